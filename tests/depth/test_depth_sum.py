"""Sequences in the layer: every solved recursion, put back into itself with numbers."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from ptheory.depth.depth_sum import DepthSum, NoDepthForm, gaps, solved

RATIONAL = st.fractions(min_value=-3, max_value=3, max_denominator=4).map(
    lambda q: sp.Rational(q.numerator, q.denominator)
)
Term = tuple[sp.Expr, int, sp.Expr]  # rho, p, c
BASES = st.sampled_from([sp.Rational(1), sp.Rational(1, 2), sp.Rational(-2), sp.Rational(3)])
TERMS = st.lists(st.tuples(BASES, st.integers(0, 3), RATIONAL), max_size=4)


@settings(max_examples=40, deadline=None)
@given(BASES, TERMS, RATIONAL)
def test_solutions_satisfy_their_recursions(factor: sp.Expr, terms: list[Term], first: sp.Expr) -> None:
    source = DepthSum.of(terms)
    found = solved(factor, source, first)
    value = first
    for layer in range(1, 7):
        assert found.at(layer) == value
        beta = sum((c * layer**p * rho**layer for rho, p, c in terms), sp.Integer(0))
        value = factor * value + beta


@settings(max_examples=20, deadline=None)
@given(TERMS)
def test_the_layer_below(terms: list[Term]) -> None:
    found = DepthSum.of(terms)
    assert [found.before().at(layer) for layer in (2, 3, 4)] == [found.at(layer) for layer in (1, 2, 3)]


def test_what_must_not_vanish() -> None:
    weight, bias = sp.symbols("C_W C_b", positive=True)
    assert gaps(weight / 2, DepthSum.constant(bias)) == {weight - 2}
    assert gaps(weight**2 / 4, DepthSum.of([(weight / 2, 0, bias)])) == {weight - 2}
    assert gaps(sp.Integer(1), DepthSum.constant(bias)) == set()


def test_powers_of_sums_that_are_none() -> None:
    two = DepthSum.of([(sp.Integer(1), 0, sp.Integer(1)), (sp.Integer(2), 0, sp.Integer(1))])
    with pytest.raises(NoDepthForm):
        two.raised(sp.Rational(1, 2))
    with pytest.raises(NoDepthForm):
        DepthSum.of([(sp.Integer(1), 1, sp.Integer(1))]).raised(sp.Integer(-1))
