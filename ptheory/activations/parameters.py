"""Parameters of activation families as exact numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

import sympy
from sympy import Expr

ParameterValue: TypeAlias = "int | float | str | Fraction | Expr"


def exact(value: ParameterValue) -> Expr:
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
