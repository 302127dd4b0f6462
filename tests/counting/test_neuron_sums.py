"""Coincidence sums against set partitions written out, explicit sums over neurons, and known laws."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, factorial, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptheory.algebra.partitions import falling_factorial, set_partitions
from ptheory.algebra.polynomial import Symbol
from ptheory.counting.neuron_sums import WIDTH, coincidences, sum_moment, sum_moment_in_cumulants
from ptheory.counting.packed_sum import PackedSum

BELL = [1, 1, 2, 5, 15, 52, 203, 877, 4140]
PARTITIONS = {1: 1, 2: 2, 5: 7, 10: 42, 20: 627, 30: 5604}


def by_set_partitions(powers: tuple[int, ...]) -> dict[tuple[int, tuple[tuple[int, ...], ...]], Fraction]:
    """(power of n, blocks) -> coefficient, one set partition at a time."""
    indices = [i for i, power in enumerate(powers) for _ in range(power)]
    found: dict[tuple[int, tuple[tuple[int, ...], ...]], Fraction] = {}
    for partition in set_partitions(list(enumerate(indices))):
        blocks = tuple(sorted(tuple([i for _, i in block].count(k) for k in range(len(powers))) for block in partition))
        for monomial, coefficient in falling_factorial(Symbol("n"), len(partition)):
            key = (monomial[0][1] if monomial else 0, blocks)
            found[key] = found.get(key, Fraction(0)) + coefficient
    return {key: c for key, c in found.items() if c}


def readable(result: PackedSum) -> dict[tuple[int, tuple[tuple[int, ...], ...]], Fraction]:
    return {
        (row[0], tuple(sorted(b for b, k in zip(result.generators[1:], row[1:], strict=True) for _ in range(k)))): c
        for row, c in result
    }


@pytest.mark.parametrize(
    "powers", [(0,), (1,), (2,), (5,), (8,), (1, 1), (2, 1), (3, 2), (2, 2, 2), (1, 1, 1, 1), (4, 3), (0, 2)]
)
def test_every_set_partition_counted(powers: tuple[int, ...]) -> None:
    assert readable(sum_moment(*powers)) == by_set_partitions(powers)


@pytest.mark.parametrize("power", range(9))
def test_bell_numbers(power: int) -> None:
    assert sum(coincidences(power).counts.tolist()) == BELL[power]


@pytest.mark.parametrize(("power", "classes"), PARTITIONS.items())
def test_one_class_for_each_integer_partition(power: int, classes: int) -> None:
    assert len(coincidences(power).counts) == classes


@given(
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=3),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_explicit_sums_over_neurons(width: int, law: list[tuple[int, int]], powers: tuple[int, int]) -> None:
    """Every configuration of ``width`` neurons, each at one of the equally likely values of (f, g)."""
    configurations = list(product(law, repeat=width))
    expected = Fraction(
        sum(sum(f for f, _ in c) ** powers[0] * sum(g for _, g in c) ** powers[1] for c in configurations),
        len(configurations),
    )
    result = sum_moment(*powers)
    moments = [Fraction(sum(f**a * g**b for f, g in law), len(law)) for a, b in result.generators[1:]]
    assert result.evaluate([width, *moments]) == expected


@pytest.mark.parametrize("power", [1, 2, 7, 20, 24])
def test_binomial_law(power: int) -> None:
    """f is 0 or 1 with even odds: all moments 1/2, the sum binomial."""
    n = 11
    expected = Fraction(sum(comb(n, k) * k**power for k in range(n + 1)), 2**n)
    assert sum_moment(power).evaluate([n] + [Fraction(1, 2)] * power) == expected


@pytest.mark.parametrize("power", [2, 8, 20])
def test_chi_squared_moments(power: int) -> None:
    """f = z²: E[(sum z²)^p] = n(n+2)...(n+2p-2), from the moments (2k-1)!! and from the cumulants 2^(k-1)(k-1)!."""
    n = 7
    expected = prod(n + 2 * k for k in range(power))
    moments = [factorial(2 * k) // (2**k * factorial(k)) for k in range(1, power + 1)]
    cumulants = [2 ** (k - 1) * factorial(k - 1) for k in range(1, power + 1)]
    assert sum_moment(power).evaluate([n, *moments]) == expected
    assert sum_moment_in_cumulants(power).evaluate([n, *cumulants]) == expected


def test_joint_cumulants_of_two_functions() -> None:
    """f = z, g = z²: E[(sum z)² sum z²] = n E[z⁴] + n(n-1) E[z²]²; with cumulants n·2 + n·1·n·1."""
    result = sum_moment_in_cumulants(2, 1)
    kappa = {(1, 0): 0, (0, 1): 1, (2, 0): 1, (1, 1): 0, (2, 1): 2}
    assert result.evaluate([5, *(kappa[b] for b in result.generators[1:])]) == 5 * 2 + 25 == 5 * 3 + 20


def test_generators_are_named() -> None:
    assert sum_moment(2, 1).generators == (WIDTH, (1, 0), (0, 1), (2, 0), (1, 1), (2, 1))
    assert sum_moment(3).coefficient({WIDTH: 1, (1,): 3}) == 2
    assert sum_moment(3).coefficient({WIDTH: 2, (1,): 1, (2,): 1}) == 3
