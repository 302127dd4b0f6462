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
    for numbers in (ZZ, QQ):
        field = FracField(tuple(variables), numbers)
        try:
            fraction = field.from_expr(expression)
        except (ValueError, sympy.CoercionFailed):  # a constant that is none of these numbers
            continue
        return fraction.numer.as_expr(), fraction.denom.as_expr()
    numerator, denominator = sympy.fraction(sympy.cancel(sympy.together(expression)))
    return numerator, denominator


def in_lowest_terms(expression: Expr) -> Expr:
    """The quotient of ``lowest_terms`` in all symbols of the expression."""
    numerator, denominator = lowest_terms(expression, sorted(expression.free_symbols, key=sympy.default_sort_key))
    return numerator / denominator
