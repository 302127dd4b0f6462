"""Parameters of activation families as exact numbers."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Expr


def exact(value: Any) -> Expr:
    """A parameter as an exact SymPy number: int, Fraction, decimal text or SymPy; a float stands for its shortest
    decimal.
    """
    if isinstance(value, Expr):
        return value
    if isinstance(value, float):
        return sympy.Rational(repr(value))
    if isinstance(value, str):
        return sympy.Rational(value)
    return sympy.Rational(value)
