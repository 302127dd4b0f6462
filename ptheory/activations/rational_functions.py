"""Rational functions in lowest terms, by arithmetic in a field of fractions.

``sympy.cancel`` expands an expression first and is several times slower; it remains for what has other constants than
rational numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy import QQ, ZZ, Expr
from sympy.polys.fields import FracField


def lowest_terms(expression: Expr, variables: Sequence[Expr]) -> tuple[Expr, Expr]:
    """Numerator and denominator of an expression rational in ``variables``, expanded, without a common factor."""
    found = _fraction(expression, variables)
    if found is None:
        numerator, denominator = sympy.fraction(sympy.cancel(sympy.together(expression)))
        return numerator, denominator
    return found


def in_lowest_terms(expression: Expr) -> Expr:
    """The quotient of both in all symbols of the expression."""
    found = _fraction(expression, sorted(expression.free_symbols, key=sympy.default_sort_key))
    return sympy.cancel(expression) if found is None else found[0] / found[1]


def _fraction(expression: Expr, variables: Sequence[Expr]) -> tuple[Expr, Expr] | None:
    """None where the expression has other constants, or functions of the variables."""
    for numbers in (ZZ, QQ):
        field = FracField(tuple(variables), numbers)
        try:
            fraction = field.from_expr(expression)
        except (ValueError, sympy.CoercionFailed):
            continue
        return fraction.numer.as_expr(), fraction.denom.as_expr()
    return None
