"""Gaussian moments by Isserlis, cumulants by set partitions: the two textbook facts every oracle here rests on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from math import factorial
from typing import Any

Leg = tuple[str, int, int]
"""(field, neuron, sample) of the output layer."""

Powers = tuple[tuple[Any, int], ...]
"""Sorted (variable, exponent) pairs."""


class GaussianMoments:
    """E[prod_v v^e_v] of a zero-mean Gaussian with ``covariance(v, w)`` in any commutative ring, memoised.

    Isserlis one contraction at a time: the first factor is contracted with each of the others.
    """

    def __init__(self, covariance: Callable[[Any, Any], Any], one: Any) -> None:
        self.covariance = covariance
        self.one = one
        self.known: dict[Powers, Any] = {(): one}

    def __call__(self, powers: Powers) -> Any:
        if powers in self.known:
            return self.known[powers]
        total = self.one * 0
        if sum(exponent for _, exponent in powers) % 2 == 0:
            first = powers[0][0]
            rest = _lower(powers, 0)
            for position, (partner, count) in enumerate(rest):
                total = total + count * self.covariance(first, partner) * self(_lower(rest, position))
        self.known[powers] = total
        return total


def _lower(powers: Powers, position: int) -> Powers:
    variable, exponent = powers[position]
    middle = ((variable, exponent - 1),) if exponent > 1 else ()
    return (*powers[:position], *middle, *powers[position + 1 :])


def set_partitions(items: Sequence[Any]) -> Iterator[list[list[Any]]]:
    """Every way to split ``items`` into non-empty blocks."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for blocks in set_partitions(rest):
        yield [[first], *blocks]
        for position, block in enumerate(blocks):
            yield [*blocks[:position], [first, *block], *blocks[position + 1 :]]


def cumulant(moment: Callable[[tuple[Leg, ...]], Any], observables: Sequence[Sequence[Leg]]) -> Any:
    """Joint cumulant of products of legs: sum over partitions of (-1)^(k-1) (k-1)! prod E[block]."""
    total: Any = 0
    for blocks in set_partitions(range(len(observables))):
        product: Any = (-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1)
        for block in blocks:
            product = product * moment(tuple(leg for position in block for leg in observables[position]))
        total = product + total
    return total


def as_powers(variables: Sequence[Hashable]) -> Powers:
    """Factors of a product, repeated or not, as sorted (variable, exponent) pairs."""
    counts: dict[Hashable, int] = {}
    for variable in variables:
        counts[variable] = counts.get(variable, 0) + 1
    return tuple(sorted(counts.items(), key=repr))
