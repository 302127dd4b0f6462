"""Exact quotients, scalar functions in canonical spelling, corrections' arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.algebra.refusal import DivisionByZero
from ptheory.claims.corrections.missing import single_term_quotient
from ptheory.claims.terms.cancellation import lowest_terms
from ptheory.claims.terms.ratio import Ratio, TooLarge, canonical_factor
from ptheory.claims.terms.scalar_functions import collected, fractional_power, scalar_function
from ptheory.networks.fields import Field
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Leg
from ptheory.recursion.variables import leading_kernel

A, B = Ratio.atom(Symbol("a")), Ratio.atom(Symbol("b"))
K = Ratio.atom(leading_kernel(Leg(Field("z"), Sample(1)), Leg(Field("z"), Sample(1))))
ONE, TWO, HALF = Ratio.constant(1), Ratio.constant(2), Fraction(1, 2)


def test_field_axioms_on_a_few_quotients() -> None:
    values = [A, A + B, ONE + A, (A + B).inverse(), (ONE + A) * (A * A + B).inverse()]
    for x in values:
        assert not x - x and x * x.inverse() - ONE == Ratio(Polynomial())
        for y in values:
            assert not x * y - y * x and not (x + y) - (y + x)
            for z in values:
                assert not x * (y + z) - (x * y + x * z)


def test_equal_denominators_are_one_object() -> None:
    assert (TWO * A + TWO).inverse().factors == (A + ONE).inverse().factors
    assert canonical_factor((TWO * A * B + TWO * A).numerator)[0] == (B + ONE).numerator


def test_lowest_terms() -> None:
    x = (A * A - B * B) * ((A + B) * (A + ONE)).inverse()
    assert lowest_terms(x) == lowest_terms((A - B) * (A + ONE).inverse())


def test_zero_has_no_inverse_and_budgets_hold() -> None:
    with pytest.raises(DivisionByZero):
        (A - A).inverse()
    with pytest.raises(TooLarge):
        (A + B + K + ONE) ** 400


def test_roots_and_functions() -> None:
    root = fractional_power(K + ONE, HALF)
    assert collected(root * root) == K + ONE
    assert fractional_power(Ratio.constant(8), HALF) == TWO * fractional_power(TWO, HALF)
    assert fractional_power(K * K * A, HALF) == K * fractional_power(A, HALF)
    assert fractional_power(K.inverse(), HALF) == fractional_power(K, HALF) * K.inverse()
    assert scalar_function("asin", -A) == -scalar_function("asin", A)
    assert scalar_function("cos", -A) == scalar_function("cos", A)
    assert scalar_function("exp", A - A) == ONE


def test_a_root_of_unknown_sign_stays() -> None:
    """sqrt(a^2) is |a|, not a: nothing may be taken out."""
    assert fractional_power(A * A, HALF) != A


@pytest.mark.parametrize(
    ("above", "below", "quotient"),
    [
        (TWO * A + TWO * B, A + B, Fraction(2)),
        (A * A + A * B, A + B, None),
        (A + TWO * B, A + B, None),
    ],
)
def test_single_term_quotients(above: Ratio, below: Ratio, quotient: Fraction | None) -> None:
    found = single_term_quotient(above, below)
    if quotient is None:
        assert found is None or found[0]
    else:
        assert found == ((), quotient)
