"""Pairings against explicit enumeration and known numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb, factorial
from typing import Any

import numpy as np
import pytest

from ptheory.algebra.partitions import pairings
from ptheory.algebra.polynomial import Polynomial
from ptheory.counting.wick import (
    TooManyContractions,
    contracted_pairs,
    number_of_contractions,
    wick_contractions,
    wick_expansion,
)


@dataclass(frozen=True)
class Covariance:
    left: str
    right: str

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (9, self.left, self.right)


@pytest.mark.parametrize("legs", [0, 2, 4, 6, 8, 10])
def test_every_pairing_once(legs: int) -> None:
    rows = wick_contractions(legs)
    expected = sorted(tuple(leg for pair in pairing for leg in pair) for pairing in pairings(range(legs)))
    assert sorted(map(tuple, rows.tolist())) == expected
    assert rows.dtype == np.uint8


@pytest.mark.parametrize(("legs", "number"), [(2, 1), (4, 3), (6, 15), (8, 105), (10, 945), (12, 10395), (14, 135135)])
def test_double_factorial_many(legs: int, number: int) -> None:
    assert number_of_contractions(legs) == number == len(wick_contractions(legs))


def test_fourteen_legs_are_distinct_pairings() -> None:
    rows = wick_contractions(14).astype(np.int64)
    assert (np.sort(rows, axis=1) == np.arange(14)).all()
    assert (rows[:, 0::2] < rows[:, 1::2]).all() and (np.diff(rows[:, 0::2], axis=1) > 0).all()
    assert len(np.unique(rows @ 14 ** np.arange(14))) == 135135


def test_odd_numbers_of_legs_have_no_pairing() -> None:
    assert wick_contractions(5).shape == (0, 5)
    assert number_of_contractions(5) == 0


def test_too_many_legs_are_refused_before_they_are_written() -> None:
    with pytest.raises(TooManyContractions, match="654729075 pairings") as refused:
        wick_contractions(20)
    assert refused.value.terms == 654729075


def test_pair_numbers_name_the_covariances() -> None:
    pairs = [(i, j) for i in range(8) for j in range(i + 1, 8)]
    rows = wick_contractions(8)
    for row, numbers in zip(rows.tolist(), contracted_pairs(rows, 8).tolist(), strict=True):
        assert [pairs[k] for k in numbers] == list(zip(row[0::2], row[1::2], strict=True))


@pytest.mark.parametrize("legs", ["ab", "abcd", "aabb", "aaab", "abcabc", "aabcdd", "aaaabb", "abcdefgh", "abc"])
def test_expansion_is_the_sum_over_pairings(legs: str) -> None:
    parts = []
    for pairing in pairings(legs):
        term = Polynomial.constant(1)
        for a, b in pairing:
            term = term * Polynomial.atom(Covariance(*sorted((a, b))))
        parts.append(term)
    assert wick_expansion(legs, Covariance) == Polynomial.sum(parts)


def test_expansion_of_hermite_products() -> None:
    """E[x^4 y^4] = 9 Kxx² Kyy² + 72 Kxx Kyy Kxy² + 24 Kxy⁴: norms of Hermite polynomials, C(4,2k)²(...)."""
    xx, xy, yy = (Polynomial.atom(Covariance(*p)) for p in ("xx", "xy", "yy"))
    assert wick_expansion("xxxxyyyy", Covariance) == 9 * xx**2 * yy**2 + 72 * xx * yy * xy**2 + 24 * xy**4
    for power in range(0, 9, 2):
        # contracting y with x k times: coefficient of the Hermite expansion, squared, times k!
        moment = wick_expansion("x" * power + "y" * power, Covariance)
        for k in range(0, power + 1, 2):
            half = (power - k) // 2
            hermite = Fraction(comb(power, k) * factorial(power - k), 2**half * factorial(half))
            monomial = ((Covariance("x", "x"), half), (Covariance("x", "y"), k), (Covariance("y", "y"), half))
            assert moment.terms[tuple(f for f in monomial if f[1])] == hermite**2 * factorial(k)
