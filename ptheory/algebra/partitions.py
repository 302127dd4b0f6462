"""Set partitions, pairings and the numbers that come with them: the counting behind coincidences and cumulants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import factorial
from typing import TypeVar

from ptheory.algebra.polynomial import Atom, Polynomial

T = TypeVar("T")


def set_partitions(items: Sequence[T]) -> Iterator[list[list[T]]]:
    """Every partition of ``items`` into non-empty blocks, each once (Bell number many); blocks keep the order."""
    if not items:
        yield []
        return
    head, tail = items[0], items[1:]
    for partition in set_partitions(tail):
        yield [[head], *partition]
        for k, block in enumerate(partition):
            yield [*partition[:k], [head, *block], *partition[k + 1 :]]


def pairings(items: Sequence[T]) -> Iterator[list[tuple[T, T]]]:
    """Every perfect matching of ``items``: (2m-1)!! of them for 2m items, none for an odd number."""
    if not items:
        yield []
        return
    head, tail = items[0], items[1:]
    for k, partner in enumerate(tail):
        for rest in pairings([*tail[:k], *tail[k + 1 :]]):
            yield [(head, partner), *rest]


def connected_groups(nodes: int, links: Iterable[Sequence[int]]) -> list[list[int]]:
    """The nodes 0, ..., ``nodes`` - 1 in groups that links connect, each link joining all it holds (one at least).

    Groups are in the order of their first nodes, nodes ascending.
    """
    group = list(range(nodes))
    for first, *others in links:
        for other in others:
            old, new = group[other], group[first]
            group = [new if g == old else g for g in group]
    found: dict[int, list[int]] = {}
    for node, label in enumerate(group):
        found.setdefault(label, []).append(node)
    return list(found.values())


def moebius_coefficient(blocks: int) -> int:
    """(-1)^(k-1) (k-1)!: the weight of a partition into k blocks in a joint cumulant written with moments."""
    return int((-1) ** (blocks - 1) * factorial(blocks - 1))


def falling_factorial(width: Atom, distinct: int) -> Polynomial:
    """n (n-1) ... (n-r+1): the number of ways to choose r distinct neurons, as a polynomial in n."""
    product = Polynomial.constant(1)
    for k in range(distinct):
        product = product * Polynomial({((width, 1),): Fraction(1), (): Fraction(-k)})
    return product
