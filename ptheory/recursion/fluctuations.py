"""Step 4 of the expansion: joint cumulants of functions of the fluctuating collective variables, in powers of 1/n.

Every collective variable is its mean plus a fluctuation. A function of collective variables is expanded around the
leading means, by the derivatives of its sources (``recursion.sources``); cumulants of the variables are inserted, and
only configurations that join all the functions contribute to their joint cumulant. A cumulant comes with
n^(1 - sum of the costs of what it joins) and a series in 1/n.

At a given total power of 1/n finitely many configurations exist; nothing here knows which power that is, nor what the
sources are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import count, product
from math import factorial
from typing import TypeAlias, assert_never

from ptheory.algebra.hashing import hash_once
from ptheory.algebra.partitions import connected_groups
from ptheory.algebra.polynomial import Monomial, Polynomial
from ptheory.recursion.dummies import canonical_dummies, with_fresh_dummies
from ptheory.recursion.sources import COVARIANCE, Source
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Collective, Expectation, Leg, dummy_leg, tensor


@dataclass(frozen=True)
class Occurrence:
    """A collective variable that stands as a factor: number ``place`` of them. It is in exactly one insertion."""

    place: int
    cost: int
    is_centred = False

    __hash__ = hash_once


@dataclass(frozen=True)
class Derivative:
    """The fluctuation of a source, that expectation number ``place`` is differentiated by."""

    place: int
    source: Source

    __hash__ = hash_once

    @property
    def cost(self) -> int:
        """That of the source."""
        return self.source.cost

    @property
    def is_centred(self) -> bool:
        """That of the source."""
        return self.source.is_centred


Element: TypeAlias = Occurrence | Derivative
Insertion = tuple[Element, ...]  # the elements one cumulant joins

LegLimit = Callable[[Expectation], int | None]  # most legs by fields an expectation can take; None: any number


def no_limit(_: Expectation) -> None:
    """Generic activations: derivatives never vanish."""


def joint_cumulant(
    functions: Sequence[Polynomial],
    power: int,
    limit: LegLimit = no_limit,
    sources: tuple[Source, ...] = (COVARIANCE,),
) -> Polynomial:
    """Coefficient of n^-power in the joint cumulant of functions of the collective variables of layer l.

    ``functions``: polynomials in n, collectives and expectations, as given by ``conditional_cumulant``. Powers of
    1/n_(l-1) that come with the tensors of layer l count as powers of 1/n_l, the quotient kept in ``WIDTH_RATIO``.
    ``limit`` cuts off derivatives that vanish because the integrand is a polynomial. ``sources``: what expectations
    depend on, all that cost at most power + 1.
    """
    parts = []
    for choice in product(*(function.terms.items() for function in functions)):
        labels = count(1)
        monomials = [with_fresh_dummies(monomial, labels) for monomial, _ in choice]
        coefficient = Fraction(1)
        for _, factor in choice:
            coefficient *= factor
        parts.append(_connected_insertions(monomials, coefficient, power, limit, sources, labels))
    return canonical_dummies(Polynomial.sum(parts))


def _connected_insertions(
    monomials: Sequence[Monomial],
    coefficient: Fraction,
    power: int,
    limit: LegLimit,
    sources: tuple[Source, ...],
    labels: Iterator[int],
) -> Polynomial:
    scalars = Polynomial.constant(coefficient)
    collectives: list[tuple[Collective, int]] = []
    expectations: list[tuple[Expectation, int]] = []
    spent = 0
    for vertex, monomial in enumerate(monomials):
        for atom, exponent in monomial:
            if atom == WIDTH:
                spent -= exponent
            elif isinstance(atom, Collective):
                collectives.extend([(atom, vertex)] * exponent)
            elif isinstance(atom, Expectation):
                expectations.extend([(atom, vertex)] * exponent)
            else:
                scalars = scalars * Polynomial.atom(atom, exponent)
    left = power - spent
    costs = tuple(c.cost for c, _ in collectives)
    owners = tuple(v for _, v in collectives), tuple(v for _, v in expectations)
    parts = []
    limits = tuple(limit(expected) for expected, _ in expectations)
    for insertions, weight in configurations(costs, owners, limits, len(monomials), left, sources):
        for orders in order_distributions(insertions, left):
            parts.append(scalars * weight * _insert(insertions, orders, collectives, expectations, labels))
    return Polynomial.sum(parts)


@cache
def configurations(
    costs: tuple[int, ...],
    owners: tuple[tuple[int, ...], tuple[int, ...]],
    limits: tuple[int | None, ...],
    vertices: int,
    power: int,
    sources: tuple[Source, ...] = (COVARIANCE,),
) -> list[tuple[tuple[Insertion, ...], Fraction]]:
    """Ways to join all vertices by insertions costing at most ``power``, with their symmetry weights.

    ``costs``: that of each occurrence of a collective variable; ``owners``: the vertex of each occurrence and of each
    expectation; ``limits``: the most legs each expectation takes. An occurrence belongs to exactly one insertion (its
    mean, if alone); an expectation takes any number of derivatives by any of the ``sources``. Configurations are
    counted as multisets, never as labelled partitions.
    """
    spare = power - sum(cost - 1 for cost in costs)
    if spare < 0:
        return []
    fixed: list[Element] = [Occurrence(k, cost) for k, cost in enumerate(costs)]
    found: list[tuple[tuple[Insertion, ...], Fraction]] = []
    for taken in _numbers_taken(limits, sources, 2 * spare):
        elements = [*fixed, *(element for element, _ in taken)]
        numbers = (*(1 for _ in fixed), *(number for _, number in taken))
        for blocks in _multiset_partitions(_cost_by_block(elements), numbers, None, power):
            insertions = tuple(_as_insertion(elements, block) for block in blocks)
            if _joins_all(insertions, owners, vertices):
                found.append((insertions, _symmetry_weight(blocks)))
    return found


def _as_insertion(elements: Sequence[Element], block: Sequence[int]) -> Insertion:
    return tuple(element for element, number in zip(elements, block, strict=True) for _ in range(number))


def _symmetry_weight(blocks: Sequence[tuple[int, ...]]) -> Fraction:
    """1 / (derivatives of one expectation within each insertion, and equal insertions, are interchangeable)."""
    interchangeable = 1
    for block, times in Counter(blocks).items():
        interchangeable *= factorial(times)
        for number in block:
            interchangeable *= factorial(number) ** times
    return Fraction(1, interchangeable)


def _numbers_taken(
    limits: tuple[int | None, ...], sources: tuple[Source, ...], most: int
) -> Iterator[list[tuple[Derivative, int]]]:
    """How many derivatives by every source each expectation takes, at a cost of at most ``most`` half powers of 1/n."""
    kinds = [Derivative(e, source) for e in range(len(limits)) for source in sources]

    def numbers(position: int, left: int, room: tuple[int | None, ...]) -> Iterator[list[tuple[Derivative, int]]]:
        if position == len(kinds):
            yield []
            return
        kind = kinds[position]
        share = _least_share(kind.source)
        here = left // share
        allowed, legs = room[kind.place], kind.source.legs
        if allowed is not None and legs:
            here = min(here, allowed // legs)
        for number in range(here + 1):
            rest_of_room = None if allowed is None else allowed - number * legs
            rest = (*room[: kind.place], rest_of_room, *room[kind.place + 1 :])
            for others in numbers(position + 1, left - number * share, rest):
                yield [(kind, number), *others] if number else others

    yield from numbers(0, most, limits)


def _least_share(source: Source) -> int:
    """The least cost of one derivative, in half powers of 1/n, whichever insertion it is in.

    Alone it costs its mean: cost - 1, one more where that is expanded around. In an insertion of two or more elements,
    which costs sum(cost) - 1 and so at least sum(cost - 1/2), it costs cost - 1/2.
    """
    return 2 * source.cost - 1 if source.is_centred else 2 * source.cost - 2


def _cost_by_block(elements: Sequence[Element]) -> Callable[[tuple[int, ...]], int]:
    """The cost of an insertion by how often it has each element; the same ones are met over and over."""

    @cache
    def cost(block: tuple[int, ...]) -> int:
        return _least_cost(_as_insertion(elements, block))

    return cost


def _multiset_partitions(
    cost_of: Callable[[tuple[int, ...]], int],
    counts: tuple[int, ...],
    largest: tuple[int, ...] | None,
    power: int,
) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Partitions of the multiset of elements into insertions (count vectors, descending) costing at most ``power``."""
    if not any(counts):
        yield ()
        return
    first = next(k for k, number in enumerate(counts) if number)
    ranges = [range(number + 1) if k != first else range(1, number + 1) for k, number in enumerate(counts)]
    for block in product(*ranges):
        if largest is not None and block > largest:
            continue
        cost = cost_of(block)
        if cost > power:
            continue
        rest = tuple(number - used for number, used in zip(counts, block, strict=True))
        for others in _multiset_partitions(cost_of, rest, block, power - cost):
            yield (block, *others)


def _least_cost(insertion: Insertion) -> int:
    """Lowest power of 1/n of the cumulant of an insertion."""
    return leading_power(insertion) + _first_order(insertion)


def leading_power(insertion: Insertion) -> int:
    """The power of 1/n that a joint cumulant comes with, its own series starting at one."""
    return sum(element.cost for element in insertion) - 1


def _first_order(insertion: Insertion) -> int:
    """Where the cumulant's own series in 1/n starts: at 1/n for a mean whose leading value is expanded around."""
    return int(len(insertion) == 1 and insertion[0].is_centred)


def _joins_all(insertions: Sequence[Insertion], owners: tuple[tuple[int, ...], tuple[int, ...]], vertices: int) -> bool:
    touched = ([owners[isinstance(element, Derivative)][element.place] for element in one] for one in insertions)
    return len(connected_groups(vertices, touched)) <= 1


def order_distributions(insertions: Sequence[Insertion], power: int) -> Iterator[tuple[int, ...]]:
    """Orders of the insertions' own 1/n series that bring the total to exactly ``power``."""
    surplus = power - sum(map(_least_cost, insertions))
    for extra in _compositions(surplus, len(insertions)):
        yield tuple(order + _first_order(insertion) for order, insertion in zip(extra, insertions, strict=True))


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 0:
        if total == 0:
            yield ()
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)


def _insert(
    insertions: Sequence[Insertion],
    orders: Sequence[int],
    collectives: Sequence[tuple[Collective, int]],
    expectations: Sequence[tuple[Expectation, int]],
    labels: Iterator[int],
) -> Polynomial:
    derivatives: list[list[Leg]] = [[] for _ in expectations]
    value = Polynomial.constant(1)
    for insertion, order in zip(insertions, orders, strict=True):
        components = []
        for element in insertion:
            match element:
                case Occurrence(place):
                    components.append(collectives[place][0])
                case Derivative(place, source):
                    inserted = source.inserted([dummy_leg(next(labels)) for _ in range(source.legs)])
                    derivatives[place] += inserted.by
                    components.append(inserted.variable)
                    value = value * inserted.factor
                case _:
                    assert_never(element)
        cumulant = tensor(tuple(components), order)
        value = value * Polynomial.atom(cumulant)
        if cumulant.power:
            value = value * Polynomial.atom(WIDTH_RATIO, cumulant.power)
    for (expected, _), taken in zip(expectations, derivatives, strict=True):
        value = value * Polynomial.atom(expected.differentiated(*taken))
    return value
