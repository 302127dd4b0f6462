"""The quartic action against its integral, its differential equation and moments by other routes."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import mpmath
import pytest

from ptheory.algebra.gaussian_moments import expectation_of_power
from ptheory.algebra.gaussian_numbers import gaussian_moment
from ptheory.algebra.quartic_action import quartic_series, quartic_vector_series


def test_first_coefficients() -> None:
    """1 - 1/8 g + 35/384 g² - 385/3072 g³: the vacuum diagrams of φ⁴ theory."""
    assert quartic_series(3) == [1, Fraction(-1, 8), Fraction(35, 384), Fraction(-385, 3072)]


def test_coefficients_are_moments() -> None:
    for k, coefficient in enumerate(quartic_series(20)):
        assert coefficient == Fraction((-1) ** k, 24**k * factorial(k)) * gaussian_moment((4 * k,), [[1]])


def test_one_component_is_the_scalar() -> None:
    assert [sum(row) for row in quartic_vector_series(20)] == quartic_series(20)


@pytest.mark.parametrize("components", [2, 3])
def test_a_few_components_by_expansion(components: int) -> None:
    square = {tuple(2 * (i == j) for j in range(components)): 1 for i in range(components)}
    for k, row in enumerate(quartic_vector_series(4)):
        moment = expectation_of_power(square, 2 * k)
        value = moment.evaluate([int(i == j) for i, j in moment.generators])
        by_components = sum(c * components**power for power, c in enumerate(row))
        assert by_components == Fraction((-1) ** k * value, 24**k * factorial(k))


@pytest.mark.parametrize("components", [1, 2, 5])
def test_asymptotic_to_the_integral(components: int) -> None:
    """The error of the series cut at order 5 is below the next term: it alternates and envelopes the integral."""
    coupling = mpmath.mpf(1) / 100
    radial = lambda r: r ** (components - 1) * mpmath.exp(-(r**2) / 2)  # noqa: E731
    with mpmath.workdps(30):
        points = [0, 1, 3, 6, 20]
        exact = mpmath.quad(lambda r: radial(r) * mpmath.exp(-coupling * r**4 / 24), points) / mpmath.quad(
            radial, points
        )
        rows = quartic_vector_series(6)
        terms = [
            mpmath.mpf(value.numerator) / value.denominator * coupling**k
            for k, value in enumerate(sum(c * components**p for p, c in enumerate(row)) for row in rows)
        ]
        assert abs(exact - sum(terms[:6])) < abs(terms[6])


def test_no_components_no_integral() -> None:
    assert [row[0] for row in quartic_vector_series(5)] == [1, 0, 0, 0, 0, 0]
