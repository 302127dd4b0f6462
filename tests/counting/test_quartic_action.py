"""The quartic action against its integral, its differential equation and moments by other routes."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import mpmath
import pytest

from ptheory.algebra.gaussian_numbers import gaussian_moment
from ptheory.counting.gaussian_moments import expectation_of_power
from ptheory.counting.quartic_action import COUPLING, quartic_series, quartic_vector_series


def scalar(order: int) -> list[Fraction]:
    series = quartic_series(order)
    return [series.coefficient({COUPLING: k}) for k in range(order + 1)]


def vector(order: int, components: int) -> list[Fraction]:
    """The coefficients of (g K²)^k at a number of components."""
    rows = [Fraction(0)] * (order + 1)
    for (k, power), coefficient in quartic_vector_series(order):
        rows[k] += coefficient * components**power
    return rows


def test_first_coefficients() -> None:
    """1 - 1/8 g + 35/384 g² - 385/3072 g³: the vacuum diagrams of φ⁴ theory."""
    assert scalar(3) == [1, Fraction(-1, 8), Fraction(35, 384), Fraction(-385, 3072)]
    first = quartic_vector_series(1)
    assert dict(first) == {(0, 0): 1, (1, 1): Fraction(-1, 12), (1, 2): Fraction(-1, 24)}


def test_coefficients_are_moments() -> None:
    for k, coefficient in enumerate(scalar(20)):
        assert coefficient == Fraction((-1) ** k, 24**k * factorial(k)) * gaussian_moment((4 * k,), [[1]])


def test_one_component_is_the_scalar() -> None:
    assert vector(20, 1) == scalar(20)


@pytest.mark.parametrize("components", [2, 3])
def test_a_few_components_by_expansion(components: int) -> None:
    square = {tuple(2 * (i == j) for j in range(components)): 1 for i in range(components)}
    for k, coefficient in enumerate(vector(4, components)):
        moment = expectation_of_power(square, 2 * k)
        value = moment.evaluate([int(i == j) for i, j in moment.generators])
        assert coefficient == Fraction((-1) ** k * value, 24**k * factorial(k))


@pytest.mark.parametrize("components", [1, 2, 5])
def test_asymptotic_to_the_integral(components: int) -> None:
    """The error of the series cut at order 5 is below the next term: it alternates and envelopes the integral."""
    coupling = mpmath.mpf(1) / 100

    def weight(r: mpmath.mpf) -> mpmath.mpf:
        return r ** (components - 1) * mpmath.exp(-(r**2) / 2)

    with mpmath.workdps(30):
        points = [0, 1, 3, 6, 20]
        damped = mpmath.quad(lambda r: weight(r) * mpmath.exp(-coupling * r**4 / 24), points)
        exact = damped / mpmath.quad(weight, points)
        coefficients = [mpmath.mpf(c.numerator) / c.denominator for c in vector(6, components)]
        terms = [c * coupling**k for k, c in enumerate(coefficients)]
        assert abs(exact - sum(terms[:6])) < abs(terms[6])


def test_no_components_no_integral() -> None:
    assert vector(5, 0) == [1, 0, 0, 0, 0, 0]
