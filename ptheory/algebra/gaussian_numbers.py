"""Gaussian moments at given covariances, exact: counting with merging, and Stein's recursion for whole tables.

``covariance`` is a symmetric matrix (nested sequences) of ints, Fractions or members of any other commutative ring that
multiplies with ints: python-flint numbers and polynomials, ``Polynomial``, floats. Rational matrices are worked out in
integers over one denominator.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb, lcm, perm
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Covariance = Sequence[Sequence[Any]]
States = dict[tuple[int, ...], Any]  # legs left of each variable -> weight


def gaussian_moment(powers: Sequence[int], covariance: Covariance) -> Any:
    """E[x_1^p_1 ... x_n^p_n] by contracting one variable after the other, equal sets of legs left over merged.

    A variable with r legs left contracts p of them with s legs of another in C(r,p) s!/(s-p)! ways and the rest with
    itself in (r-p-1)!! ways. At most prod (p_i + 1) sets of legs exist, so the work is polynomial in the powers.
    """
    if min(powers, default=0) < 0:
        raise ValueError("a moment needs powers of at least zero")
    if sum(powers) % 2:
        return 0
    matrix, denominator = _integers(covariance)
    order = sorted((i for i, power in enumerate(powers) if power), key=lambda i: -powers[i])
    states: States = {tuple(powers[i] for i in order): 1}
    for place, i in enumerate(order):
        for other, j in enumerate(order[place + 1 :], start=1):
            if matrix[i][j]:
                states = _contracted(states, other, _powers(matrix[i][j], min(powers[i], powers[j])))
        own = _powers(matrix[i][i], powers[i] // 2)
        remaining: States = {}
        for (legs, *rest), weight in states.items():
            if legs % 2 == 0:
                key = tuple(rest)
                remaining[key] = remaining.get(key, 0) + weight * (double_factorial(legs - 1) * own[legs // 2])
        states = remaining
    value = states.get((), 0)
    return value if denominator == 1 else Fraction(value, denominator ** (sum(powers) // 2))


def _contracted(states: States, other: int, covariance_powers: list[Any]) -> States:
    """Any number of legs of the first variable with legs of variable number ``other``."""
    found: States = {}
    for state, weight in states.items():
        here, there = state[0], state[other]
        for p in range(min(here, there) + 1):
            key = (here - p, *state[1:other], there - p, *state[other + 1 :])
            term = weight * (comb(here, p) * perm(there, p) * covariance_powers[p]) if p else weight
            found[key] = found[key] + term if key in found else term
    return found


def moment_table(highest: Sequence[int], covariance: Covariance) -> NDArray[np.object_]:
    """E[x_1^a_1 ... x_n^a_n] for all a_i <= highest[i], as an array indexed by the powers, by Stein's recursion

    E[x_1^(a+1) F] = sum_j K[1,j] E[∂_j (x_1^a F)], a whole slice of the table at a time.
    """
    matrix, denominator = _integers(covariance)
    table = np.array(1, dtype=object)
    for i in reversed(range(len(highest))):
        below = table
        table = np.zeros((highest[i] + 1, *below.shape), dtype=object)
        table[0] = below
        for a in range(highest[i]):
            if a:
                table[a + 1] = a * matrix[i][i] * table[a - 1]
            for axis, j in enumerate(range(i + 1, len(highest))):
                lower, raised = _shifted(table[a], axis)
                counts = np.arange(1, highest[j] + 1).astype(object)
                table[a + 1][raised] += matrix[i][j] * (lower.swapaxes(axis, -1) * counts).swapaxes(axis, -1)
    if denominator != 1:
        degree = np.indices(table.shape).sum(axis=0)
        scales = np.array([Fraction(1, denominator ** (d // 2)) for d in range(sum(highest) + 1)], dtype=object)
        table = table * scales[degree]
    return table


def _shifted(table: NDArray[np.object_], axis: int) -> tuple[NDArray[np.object_], tuple[slice, ...]]:
    """The entries with power 0 ... top-1 along ``axis``, and where the entries one power higher are."""
    before = (slice(None),) * axis
    return table[(*before, slice(None, -1))], (*before, slice(1, None))


def _integers(covariance: Covariance) -> tuple[Covariance, int]:
    entries = [entry for row in covariance for entry in row]
    if not all(isinstance(entry, (int, Fraction)) for entry in entries):
        return covariance, 1
    denominator = lcm(*(entry.denominator for entry in entries))
    return [[int(entry * denominator) for entry in row] for row in covariance], denominator


def _powers(base: Any, top: int) -> list[Any]:
    powers = [1]
    for _ in range(top):
        powers.append(powers[-1] * base)
    return powers


def double_factorial(odd: int) -> int:
    """(2m-1)!! = (2m)! / (2^m m!), the number of pairings of 2m legs; 1 for -1."""
    half = (odd + 1) // 2
    return perm(odd + 1, half) >> half
