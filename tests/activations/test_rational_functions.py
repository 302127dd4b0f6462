"""Lowest terms by arithmetic in a field of fractions, against SymPy's cancel."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from ptheory.activations.rational_functions import in_lowest_terms, lowest_terms

X, Y = sympy.symbols("x y")
ATOMS = st.sampled_from([X, Y, sympy.Integer(2), sympy.Rational(-3, 4), X + 1, X - Y])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, n: a**n if a != 0 or n > 0 else a, inner, st.integers(-2, 2)),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_the_same_quotient_as_cancel(expression: sympy.Expr) -> None:
    if not expression.free_symbols or expression.has(sympy.zoo, sympy.nan):
        return
    try:
        expected = sympy.cancel(expression)
    except ZeroDivisionError:
        return
    assert in_lowest_terms(expression) == expected


@pytest.mark.parametrize("constant", [sympy.sqrt(2), sympy.pi, sympy.exp(sympy.Rational(1, 2))])
def test_other_constants_are_kept(constant: sympy.Expr) -> None:
    numerator, denominator = lowest_terms((constant * X**2 - constant) / (X - 1) ** 2, (X,))
    assert sympy.expand(numerator * (X - 1) - constant * (X + 1) * denominator) == 0
