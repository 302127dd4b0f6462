"""The functions and constants a formula may use, as SymPy constructors; nothing else is ever called on user text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

HALF = sympy.Rational(1, 2)


def normal_distribution(x: Any) -> sympy.Expr:
    """Phi(x) = (1 + erf(x/sqrt 2))/2."""
    return (1 + sympy.erf(x / sympy.sqrt(2))) / 2


def heaviside(x: Any) -> sympy.Expr:
    """1 for x > 0, 0 for x < 0, 1/2 at 0."""
    return sympy.Heaviside(x, HALF)


def sigmoid(x: Any) -> sympy.Expr:
    """1/(1 + exp(−z))."""
    return 1 / (1 + sympy.exp(-x))


def softplus(x: Any) -> sympy.Expr:
    """log(1 + exp(z))."""
    return sympy.log(1 + sympy.exp(x))


def relu(x: Any) -> sympy.Expr:
    """max(z, 0)."""
    return sympy.Max(0, x)


def gelu(x: Any) -> sympy.Expr:
    """z Φ(z)."""
    return x * normal_distribution(x)


def swish(x: Any) -> sympy.Expr:
    """z/(1 + exp(−z))."""
    return x * sigmoid(x)


def sech(x: Any) -> sympy.Expr:
    """1/cosh(z)."""
    return 1 / sympy.cosh(x)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "sech": sech,
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "Phi": normal_distribution,
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "step": heaviside,
    "heaviside": heaviside,
    "theta": heaviside,
    "max": sympy.Max,
    "min": sympy.Min,
    "relu": relu,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "gelu": gelu,
    "swish": swish,
    "atan": sympy.atan,
    "arctan": sympy.atan,
    "asinh": sympy.asinh,
    "arcsinh": sympy.asinh,
}

CONSTANTS: dict[str, Any] = {"pi": sympy.pi, "e": sympy.E}


def functions() -> dict[str, Callable[..., Any]]:
    """name -> SymPy constructor, for whoever turns an expression tree into SymPy."""
    return dict(FUNCTIONS)
