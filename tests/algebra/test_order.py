"""Orders as values; series in 1/n against polynomials in 1/n, and what is not known of them."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from ptheory.algebra.order import EXACT, LEADING, Order, OrderNotKnown, Series, lower, power_text, through
from ptheory.algebra.refusal import Refusal

X = sympy.Symbol("x")  # 1/n

NUMBERS = st.fractions(min_value=-5, max_value=5, max_denominator=7)
COEFFICIENTS = st.lists(NUMBERS, min_size=1, max_size=6).map(tuple)
ORDERS = st.just(EXACT) | st.builds(through, st.integers(0, 6))


@st.composite
def series(draw: st.DrawFn) -> Series:
    coefficients = draw(COEFFICIENTS)
    return Series(coefficients, draw(st.sampled_from((EXACT, through(len(coefficients) - 1)))))


def polynomial(found: Series) -> sympy.Expr:
    return sum((sympy.Rational(c.numerator, c.denominator) * X**k for k, c in enumerate(found.coefficients)), X * 0)


def known(expression: sympy.Expr, order: Order, count: int) -> list[Fraction]:
    """The first ``count`` coefficients of a polynomial, of which no more than ``order`` says are looked at."""
    found = sympy.Poly(expression, X)
    return [Fraction(str(found.coeff_monomial(X**k))) for k in range(count) if order.reaches(k)]


@given(series(), series())
def test_sums_and_products_are_those_of_polynomials(one: Series, other: Series) -> None:
    order = lower(one.known_through, other.known_through)
    for found, expected in (
        (one + other, polynomial(one) + polynomial(other)),
        (one * other, polynomial(one) * polynomial(other)),
    ):
        assert found.known_through == order
        count = 12 if order.is_exact else len(order.powers)
        assert [found.coefficient(k) for k in range(count)] == known(sympy.expand(expected), order, count)


@given(series(), NUMBERS, st.fractions(min_value=Fraction(1, 4), max_value=4, max_denominator=5))
def test_factors_and_widths(found: Series, factor: Fraction, width: Fraction) -> None:
    n = sympy.Rational(width.numerator, width.denominator)
    narrowed, scaled = found.in_widths(width), found.scaled(factor)
    count = len(found.coefficients)
    assert list(narrowed.coefficients) == known(sympy.expand(polynomial(found).subs(X, X / n)), EXACT, count)
    assert list(scaled.coefficients) == known(
        sympy.expand(polynomial(found) * sympy.Rational(factor.numerator, factor.denominator)), EXACT, count
    )
    assert narrowed.known_through == scaled.known_through == found.known_through


@given(series(), series(), series())
def test_series_are_a_commutative_ring(a: Series, b: Series, c: Series) -> None:
    assert a + b == b + a and (a + b) + c == a + (b + c)
    assert a * b == b * a
    left, right = a * (b + c), a * b + a * c
    order = lower(left.known_through, right.known_through)
    count = 12 if order.is_exact else len(order.powers)
    assert [left.coefficient(k) for k in range(count)] == [right.coefficient(k) for k in range(count)]


@given(series(), st.integers(0, 9))
def test_what_is_not_known_is_not_zero(found: Series, power: int) -> None:
    if found.known_through.reaches(power):
        beyond = power >= len(found.coefficients)
        assert found.coefficient(power) == (0 if beyond else found.coefficients[power])
    else:
        with pytest.raises(OrderNotKnown, match="is not known"):
            found.coefficient(power)


def test_a_series_in_1_over_n_has_no_positive_powers_of_n() -> None:
    assert Series((Fraction(4), Fraction(7)), through(1)).coefficient(-1) == 0
    assert Series((Fraction(4), Fraction(7)), EXACT).coefficient(-2) == 0


def test_the_refusal_says_what_to_ask_for() -> None:
    with pytest.raises(Refusal) as refused:
        Series((Fraction(1), Fraction(2)), through(1)).coefficient(2)
    assert refused.value.message == "the coefficient of 1/n^2 is not known: the series was computed to order 1/n"
    assert refused.value.help == "ask for order 1/n^2"


def test_a_series_has_as_many_coefficients_as_it_says() -> None:
    with pytest.raises(ValueError, match="2 coefficients of a series to order leading"):
        Series((Fraction(1), Fraction(2)), LEADING)
    assert Series.constant(3, through(2)).coefficients == (3, 0, 0)
    assert Series.constant(0, through(2)).vanishes and not Series.constant(3, EXACT).vanishes


@given(ORDERS, ORDERS)
def test_the_lower_order_is_what_both_reach(one: Order, other: Order) -> None:
    found = lower(one, other)
    assert found == lower(other, one) and found in (one, other)
    assert all(found.reaches(k) == (one.reaches(k) and other.reaches(k)) for k in range(9))


def test_orders_are_written_as_in_the_language() -> None:
    assert [str(o) for o in (LEADING, through(1), through(2), EXACT)] == ["leading", "1/n", "1/n^2", "exact"]
    assert [power_text(k) for k in range(3)] == ["1", "1/n", "1/n^2"]
    assert list(through(2).powers) == [0, 1, 2] and EXACT.is_exact and not LEADING.is_exact
    with pytest.raises(ValueError, match="no last power"):
        _ = EXACT.powers
    with pytest.raises(ValueError, match="an order of"):
        through(-1)
