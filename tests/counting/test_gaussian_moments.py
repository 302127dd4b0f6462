"""Counted moments against pairings written out, Stein's identity, Isserlis numbers and quadrature."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, factorial, prod
from typing import Any

import pytest
from flint import fmpq, fmpz_mpoly_ctx
from hypothesis import given
from hypothesis import strategies as st

from ptheory.algebra.gaussian_numbers import double_factorial, gaussian_moment, moment_table
from ptheory.algebra.partitions import pairings
from ptheory.counting.gaussian_moments import expectation_of_polynomial, expectation_of_power, moment_expansion
from ptheory.counting.packed_sum import TooManyTerms

small_powers = st.lists(st.integers(0, 4), min_size=1, max_size=4).filter(lambda p: sum(p) <= 8)
fractions = st.fractions(min_value=-3, max_value=3, max_denominator=6)


def by_enumeration(powers: list[int], covariance: list[list[Any]]) -> Any:
    legs = [i for i, power in enumerate(powers) for _ in range(power)]
    return sum(
        (prod((covariance[a][b] for a, b in pairing), start=Fraction(1)) for pairing in pairings(legs)), Fraction(0)
    )


@st.composite
def moments(draw: st.DrawFn) -> tuple[list[int], list[list[Fraction]]]:
    powers = draw(small_powers)
    entries = {(i, j): draw(fractions) for i in range(len(powers)) for j in range(i, len(powers))}
    return powers, [[entries[min(i, j), max(i, j)] for j in range(len(powers))] for i in range(len(powers))]


@given(moments())
def test_all_routes_agree_with_enumeration(case: tuple[list[int], list[list[Fraction]]]) -> None:
    powers, covariance = case
    expected = by_enumeration(powers, covariance)
    expansion = moment_expansion(powers)
    assert expansion.evaluate([covariance[i][j] for i, j in expansion.generators]) == expected
    assert gaussian_moment(powers, covariance) == expected
    assert moment_table(powers, covariance)[tuple(powers)] == expected


@given(st.lists(st.integers(0, 7), min_size=1, max_size=4))
def test_contractions_number_the_double_factorial(powers: list[int]) -> None:
    total = sum(powers)
    expansion = moment_expansion(powers)
    assert sum(expansion.numerators) == (double_factorial(total - 1) if total % 2 == 0 else 0)
    assert len({exponents for exponents, _ in expansion}) == len(expansion)
    for exponents, _ in expansion:
        used = dict(zip(expansion.generators, exponents, strict=True))
        for i, power in enumerate(powers):
            assert sum(c * ((i == a) + (i == b)) for (a, b), c in used.items()) == power


@pytest.mark.parametrize("powers", [(20, 20, 20), (60,), (30, 30), (25, 1, 34), (15, 15, 15, 15), (21, 21)])
def test_sixty_legs(powers: tuple[int, ...]) -> None:
    """At K_ij = 1 all variables are one standard normal; at K = u u^T one normal times prod u_i^p_i."""
    scales = [Fraction(2, 3), Fraction(-5, 7), Fraction(3), Fraction(1, 2)][: len(powers)]
    covariance = [[a * b for a in scales] for b in scales]
    expected = double_factorial(sum(powers) - 1) * prod(u**p for u, p in zip(scales, powers, strict=True))
    assert gaussian_moment(powers, covariance) == expected
    expansion = moment_expansion(powers)
    assert expansion.evaluate([covariance[i][j] for i, j in expansion.generators]) == expected


def test_number_of_terms_of_the_twentieth_powers() -> None:
    """Every term of E[x^20 y^20 z^20] is a triple of contraction numbers of one parity, pairwise at most 20."""
    triples = [
        t
        for t in product(range(21), repeat=3)
        if len({k % 2 for k in t}) == 1 and max(map(sum, zip(t, (*t[1:], t[0]), strict=True))) <= 20
    ]
    assert len(moment_expansion((20, 20, 20))) == len(triples) == 671


def test_stein_identity_at_twenty_legs_each() -> None:
    """E[x^20 y^20 z^20] = 19 Kxx E[x^18 ...] + 20 Kxy E[x^19 y^19 ...] + 20 Kxz E[x^19 z^19 ...]."""
    covariance: list[list[Any]] = [
        [Fraction(2), Fraction(1, 3), Fraction(-1, 2)],
        [Fraction(1, 3), 1, Fraction(1, 5)],
        [Fraction(-1, 2), Fraction(1, 5), 3],
    ]
    value = gaussian_moment((20, 20, 20), covariance)
    assert value == (
        19 * 2 * gaussian_moment((18, 20, 20), covariance)
        + Fraction(20, 3) * gaussian_moment((19, 19, 20), covariance)
        - 10 * gaussian_moment((19, 20, 19), covariance)
    )
    expansion = moment_expansion((20, 20, 20))
    assert value == expansion.evaluate([covariance[i][j] for i, j in expansion.generators])


@pytest.mark.parametrize("moment", [moment_expansion, lambda p: gaussian_moment(p, [[1, 1], [1, 1]])])
def test_negative_powers_are_refused(moment: Any) -> None:
    with pytest.raises(ValueError, match="at least zero"):
        moment((-1, 1))


def test_too_many_terms_are_refused_before_they_are_made() -> None:
    with pytest.raises(TooManyTerms, match="smaller or fewer powers"):
        moment_expansion((4,) * 12)


def test_wishart_permanent() -> None:
    """Legs all distinct and only x_i y_j correlated: the permanent; of the all-ones 7 x 7 matrix it is 7!."""
    n = 7
    covariance = [[int((i < n) != (j < n)) for j in range(2 * n)] for i in range(2 * n)]
    assert gaussian_moment([1] * (2 * n), covariance) == factorial(n)


def test_rings_other_than_the_rationals() -> None:
    ring = fmpz_mpoly_ctx.get(("a", "b", "c"), "lex")
    a, b, c = ring.gens()
    assert gaussian_moment((4, 4), [[a, b], [b, c]]) == 9 * a**2 * c**2 + 72 * a * c * b**2 + 24 * b**4
    half = fmpq(1, 2)
    assert gaussian_moment((2, 2), [[half, half], [half, half]]) == fmpq(3, 4)
    assert gaussian_moment((3, 2), [[1, 1], [1, 1]]) == 0
    assert gaussian_moment((), []) == 1


def test_expectation_of_a_power_is_the_sum_over_its_monomials() -> None:
    """(1 + x + x²y)^30 = sum_(u,v) 30!/(u! v! (30-u-v)!) x^(u+2v) y^v, term by term."""
    covariance = [[Fraction(3, 2), Fraction(-1, 4)], [Fraction(-1, 4), Fraction(2, 5)]]
    result = expectation_of_power({(0, 0): 1, (1, 0): 1, (2, 1): 1}, 30)
    expected = sum(
        comb(30, u) * comb(30 - u, v) * gaussian_moment((u + 2 * v, v), covariance)
        for u in range(31)
        for v in range(31 - u)
    )
    assert result.evaluate([covariance[i][j] for i, j in result.generators]) == expected
    table = moment_table((60, 30), covariance)
    assert expected == sum(
        comb(30, u) * comb(30 - u, v) * table[u + 2 * v, v] for u in range(31) for v in range(31 - u)
    )


def test_rational_coefficients_and_odd_terms() -> None:
    result = expectation_of_polynomial(
        {(2, 0): Fraction(1, 3), (1, 1): Fraction(1, 2), (1, 0): 5, (0, 0): Fraction(7, 4)}
    )
    assert dict(result) == {(1, 0, 0): Fraction(1, 3), (0, 1, 0): Fraction(1, 2), (0, 0, 0): Fraction(7, 4)}
    assert result.coefficient({(0, 1): 1}) == Fraction(1, 2)
    assert result.coefficient({(1, 1): 1}) == 0
    squared = expectation_of_power({(1,): Fraction(1, 2), (0,): Fraction(1, 3)}, 2)
    assert dict(squared) == {(1,): Fraction(1, 4), (0,): Fraction(1, 9)}
