"""Gaussian moments of monomials, exactly: E[Π z_a^p_a] over zero-mean Gaussian variables, by counting contractions.

The recursion E[z_a f] = Σ_b K_ab E[∂_b f] on multiplicities visits each remaining multiset of legs once, so 60 legs
on a few variables take Π(p_a + 1) steps instead of 59!! pairings."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any


def polynomial_moment(powers: Sequence[int], covariance: Sequence[Sequence[Any]]) -> Any:
    """E[Π z_a^powers[a]] in the ring of the covariance entries (Fraction, SymPy, ptheory Polynomial, …)."""
    memo: dict[tuple[int, ...], Any] = {}
    size = len(powers)

    def expectation(left: tuple[int, ...]) -> Any:
        if left in memo:
            return memo[left]
        first = next((a for a in range(size) if left[a]), None)
        if first is None:
            return Fraction(1)
        rest = list(left)
        rest[first] -= 1
        total: Any = None
        for b in range(first, size):
            count = rest[b]
            if not count:
                continue
            entry = covariance[first][b]
            if isinstance(entry, (int, Fraction)) and entry == 0:
                continue
            rest[b] -= 1
            inner = expectation(tuple(rest))
            rest[b] += 1
            term = _times(_times(entry, count), inner)
            total = term if total is None else total + term
        memo[left] = Fraction(0) if total is None else total
        return memo[left]

    if sum(powers) % 2:
        return Fraction(0)
    return expectation(tuple(powers))


def _times(left: Any, right: Any) -> Any:
    """Product that keeps Fraction out of rings that do not know it."""
    if isinstance(right, Fraction) and not isinstance(left, (int, Fraction)) and right.denominator == 1:
        right = right.numerator
    return left * right
