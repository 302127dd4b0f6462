"""Orthogonal weights W = sqrt(C_W) O, O uniform on the orthogonal group: a law by `across_rows` alone.

Its moments are sums over pairings p of rows and q of columns,

    E[O_i1j1 ... O_i2kj2k] = sum Wg(p, q) [p joins equal rows] [q joins equal columns],

Wg the inverse of the matrix n^(loops of p and q). At one input the other route needs none of this: O applied to a
vector is its length times a uniform point u of the sphere, E[prod u_j^(2 a_j)] = prod (2 a_j - 1)!! / (n (n+2) ...).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod

import numpy as np
import pytest
from numpy.typing import NDArray

from ptheory.algebra.partitions import moebius_coefficient, pairings, set_partitions
from ptheory.algebra.polynomial import Polynomial
from ptheory.networks.laws import NORMAL
from ptheory.networks.laws.law import Identified
from tests.recursion.test_dependent_rows import (
    C_W,
    FILE,
    flow_of,
    moment_of_mean,
    odd_factorial,
    of_covariances,
    of_slots,
    system_of,
)

Pairing = tuple[tuple[int, int], ...]
Series = list[Fraction]  # coefficients of 1, 1/n, 1/n^2, ...


@cache
def all_pairings(pairs: int) -> list[Pairing]:
    return [tuple(tuple(sorted(pair)) for pair in found) for found in pairings(range(2 * pairs))]  # type: ignore[misc]


def loops(p: Pairing, q: Pairing) -> int:
    group = list(range(2 * len(p)))
    for a, b in (*p, *q):
        group = [group[b] if g == group[a] else g for g in group]
    return len(set(group))


@cache
def weingarten(pairs: int, power: int) -> list[list[Fraction]]:
    """n^pairs Wg(p, q), p the pairing within rows, through n^-power: [order][which q], from Wg * Gram = 1."""
    known = all_pairings(pairs)
    distance = [[pairs - loops(p, q) for q in known] for p in known]
    own = known.index(tuple((2 * c, 2 * c + 1) for c in range(pairs)))
    found = [[Fraction(k == own) for k in range(len(known))]]
    for order in range(1, power + 1):
        found.append(
            [
                -sum(
                    (found[order - d][k] for k in range(len(known)) if 0 < (d := distance[k][q]) <= order), Fraction(0)
                )
                for q in range(len(known))
            ]
        )
    return found


@dataclass(frozen=True)
class Orthogonal:
    """See ``ptheory.networks.laws.law.Law``."""

    name: str = "Shared"  # as in the file
    is_gaussian: bool = True
    rows_are_independent: bool = False

    def cumulant(self, order: int) -> Fraction:
        return Fraction(order == 2)

    def across_rows(self, rows: tuple[int, ...], power: int) -> Iterable[Identified]:
        """Joint cumulants of the rows' products from their moments."""
        assert set(rows) == {2}
        total: dict[tuple[Pairing, int], Fraction] = {}
        for partition in set_partitions(range(len(rows))):
            sign = moebius_coefficient(len(partition))
            for choice in product(*(self._moment(tuple(block), power) for block in partition)):
                order = sum(k for _, k, _ in choice)
                if order <= power:
                    columns = tuple(sorted(pair for pairing, _, _ in choice for pair in pairing))
                    weight = sign * prod((c for _, _, c in choice), start=Fraction(1))
                    total[columns, order] = total.get((columns, order), Fraction(0)) + weight
        return [Identified(columns, order, c) for (columns, order), c in total.items() if c]

    @staticmethod
    def _moment(block: tuple[int, ...], power: int) -> list[tuple[Pairing, int, Fraction]]:
        place = [2 * row + k for row in block for k in range(2)]
        return [
            (tuple((place[a], place[b]) for a, b in pairing), order, c)
            for order, coefficients in enumerate(weingarten(len(block), power))
            for pairing, c in zip(all_pairings(len(block)), coefficients, strict=True)
            if c
        ]

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        raise AssertionError


# ---- the other route: one input, points on spheres, as power series in 1/n ------------------------------------------

LENGTH = 7


def times(a: Series, b: Series) -> Series:
    return [sum((a[i] * b[k - i] for i in range(k + 1)), Fraction(0)) for k in range(LENGTH)]


def over_sphere(pairs: int) -> Series:
    """n^pairs / (n (n+2) ... (n + 2 pairs - 2)) = prod 1/(1 + 2 i/n)."""
    found = [Fraction(k == 0) for k in range(LENGTH)]
    for i in range(pairs):
        found = times(found, [Fraction(-2 * i) ** k for k in range(LENGTH)])
    return found


@cache
def fourth_powers(k: int) -> tuple[Fraction, ...]:
    """E[(1/n sum_j g_j^4)^k], g standard Gaussian, a polynomial in 1/n: from its values at n = 1, ..., k."""
    import sympy

    t = sympy.Symbol("t")
    values = [
        (sympy.Rational(1, n), sympy.Rational(str(moment_of_mean(gaussian_fourth, k, n)))) for n in range(1, k + 1)
    ]
    polynomial = sympy.Poly(sympy.interpolate(values, t), t)
    return tuple(Fraction(int(c.p), int(c.q)) for c in (polynomial.coeff_monomial(t**j) for j in range(LENGTH)))


def gaussian_fourth(j: int) -> Fraction:
    return Fraction(odd_factorial(4 * j))


def moment_of_squares(layer: int, r: int) -> Series:
    """E[z_1^2 ... z_r^2] at r different neurons: z = sqrt(C_W R) u, R = sum_j sigma_j^2 of the layer below.

    R is sum_j g_j^4 for layer 1 and (C_W R_below)^2 sum_j u_j^4 above, sum_j u_j^4 = sum_j g_j^4 / |g|^4.
    """
    length = list(fourth_powers(r))
    if layer == 3:
        below = [C_W ** (2 * r) * c for c in fourth_powers(2 * r)]
        length = times(times(length, over_sphere(2 * r)), below)
    return [C_W**r * c for c in times(length, over_sphere(r))]


def exact_cumulant(layer: int, r: int) -> Series:
    total = [Fraction(0)] * LENGTH
    for partition in set_partitions(range(r)):
        term = [Fraction(moebius_coefficient(len(partition)) * (k == 0)) for k in range(LENGTH)]
        for block in partition:
            term = times(term, moment_of_squares(layer, len(block)))
        total = [a + b for a, b in zip(total, term, strict=True)]
    return total


@pytest.mark.parametrize("layer, r, through", [(2, 1, 3), (2, 2, 3), (2, 3, 2), (3, 1, 2), (3, 2, 1)])
def test_cumulants_of_squares(monkeypatch: pytest.MonkeyPatch, layer: int, r: int, through: int) -> None:
    exact, numbers = exact_cumulant(layer, r), flow_of(monkeypatch, Orthogonal())
    assert not any(exact[: r - 1])
    assert [numbers.value(layer, of_covariances(r, k)) for k in range(through + 1)] == exact[r - 1 : r + through]


def test_the_published_term_of_the_vertex(monkeypatch: pytest.MonkeyPatch) -> None:
    """V' = V'_Gauss - C_W^2 (<s1 s3><s2 s4> + <s1 s4><s2 s3>) at leading order, at any inputs."""
    right = {law: system_of(monkeypatch, law, FILE).right_hand_side(of_slots(2)) for law in (NORMAL, Orthogonal())}
    difference = Polynomial.sum([right[Orthogonal()], -right[NORMAL]])
    assert [str(c) for _, c in difference] == ["-1", "-1"]
    means = sorted(sorted(str(atom) for atom, _ in monomial if "φ" in str(atom)) for monomial, _ in difference)
    assert means == [["⟨φ0(1) φ0(3)⟩", "⟨φ0(2) φ0(4)⟩"], ["⟨φ0(1) φ0(4)⟩", "⟨φ0(2) φ0(3)⟩"]]
