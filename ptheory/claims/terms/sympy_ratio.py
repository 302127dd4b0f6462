"""Closed forms, which are SymPy expressions, as the quotients claims are written in. Nothing is simplified."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import sympy

from ptheory.activations.function_values import row_of
from ptheory.algebra.polynomial import Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.terms.scalar_functions import fractional_power, scalar_function


class NotRepresentable(Refusal):
    """The expression has a function that claims do not know."""


def ratio_of(expression: sympy.Expr, symbols: Mapping[str, Ratio]) -> Ratio:
    """``symbols``: what the expression's symbols stand for. NotRepresentable; DivisionByZero."""
    if expression.is_Rational:
        return Ratio.constant(Fraction(int(expression.p), int(expression.q)))
    if expression == sympy.pi:
        return Ratio.atom(Symbol("pi"))
    if expression == sympy.E:
        return Ratio.atom(Symbol("e"))
    if expression.is_Symbol and expression.name in symbols:
        return symbols[expression.name]
    if expression.is_Add:
        return Ratio.sum(ratio_of(term, symbols) for term in expression.args)
    if expression.is_Mul:
        product = Ratio.constant(1)
        for factor in expression.args:
            product = product * ratio_of(factor, symbols)
        return product
    if expression.is_Pow and expression.exp.is_Rational:
        return _power(ratio_of(expression.base, symbols), Fraction(int(expression.exp.p), int(expression.exp.q)))
    row = row_of(expression)
    if row is not None and row.in_libraries:
        return scalar_function(row.name, ratio_of(expression.args[0], symbols))
    raise NotRepresentable(str(expression))


def _power(base: Ratio, exponent: Fraction) -> Ratio:
    return base ** int(exponent) if exponent.denominator == 1 else fractional_power(base, exponent)
