"""The functions and constants a formula may use, as SymPy constructors; nothing else is ever called on user text."""

from __future__ import annotations

from collections.abc import Callable

import sympy

from ptheory.algebra.elementary import ELEMENTARY, EXTREMA, ElementaryFunction

HALF = sympy.Rational(1, 2)


def normal_distribution(x: sympy.Expr) -> sympy.Expr:
    """Phi(x) = (1 + erf(x/sqrt 2))/2."""
    return (1 + sympy.erf(x / sympy.sqrt(2))) / 2


def heaviside(x: sympy.Expr) -> sympy.Expr:
    """1 for x > 0, 0 for x < 0, 1/2 at 0."""
    return sympy.Heaviside(x, HALF)


def sigmoid(x: sympy.Expr) -> sympy.Expr:
    """1/(1 + exp(−z))."""
    return 1 / (1 + sympy.exp(-x))


def softplus(x: sympy.Expr) -> sympy.Expr:
    """log(1 + exp(z))."""
    return sympy.log(1 + sympy.exp(x))


def relu(x: sympy.Expr) -> sympy.Expr:
    """max(z, 0)."""
    return sympy.Max(0, x)


def gelu(x: sympy.Expr) -> sympy.Expr:
    """z Φ(z)."""
    return x * normal_distribution(x)


def swish(x: sympy.Expr) -> sympy.Expr:
    """z/(1 + exp(−z))."""
    return x * sigmoid(x)


def sech(x: sympy.Expr) -> sympy.Expr:
    """1/cosh(z)."""
    return 1 / sympy.cosh(x)


_COMPOSED = {
    "sech": sech,
    "step": heaviside,
    "Phi": normal_distribution,
    "relu": relu,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "gelu": gelu,
    "swish": swish,
}

FUNCTIONS: dict[str, Callable[..., sympy.Expr]] = {
    **{
        name: _COMPOSED[row.name] if row.name in _COMPOSED else getattr(sympy, row.sympy_name)
        for row in ELEMENTARY
        if row.in_formulas
        for name in row.names
    },
    **{name: getattr(sympy, name.capitalize()) for name in EXTREMA},
}

OF_SCALARS: dict[str, Callable[[sympy.Expr], sympy.Expr]] = {
    row.name: FUNCTIONS[row.name] if row.in_formulas else getattr(sympy, row.sympy_name)
    for row in ELEMENTARY
    if row.in_claims
}
"""what may be taken of a number in a claim, acosh and the like included"""

_BY_HEAD: dict[type[sympy.Basic], ElementaryFunction] = {
    getattr(sympy, row.sympy_name): row for row in ELEMENTARY if row.sympy_name
}


CONSTANTS: dict[str, sympy.Expr] = {"pi": sympy.pi, "e": sympy.E}


def row_of(node: sympy.Basic) -> ElementaryFunction | None:
    """The row of the function a SymPy node applies; None for sums, powers and functions outside the table."""
    return _BY_HEAD.get(node.func)


def functions() -> dict[str, Callable[..., sympy.Expr]]:
    """name -> SymPy constructor, for whoever turns an expression tree into SymPy."""
    return dict(FUNCTIONS)
