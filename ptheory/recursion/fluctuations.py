"""Step 4 of the expansion: joint cumulants of functions of the fluctuating collective variables, in powers of 1/n.

Every collective variable is its mean plus a fluctuation; a joint cumulant with 2m legs carries n^-(m-1) and a series
in 1/n. A function of collective variables is expanded around the leading means; insertions of cumulants join the
functions, and only configurations that join all of them contribute to their joint cumulant. An insertion on an
expectation at fluctuating Ĝ is the derivative

    dĜ[a,b] :   (1/2) sum_{a,b} dĜ[a,b] ∂_a ∂_b,      ⟨F⟩_Ĝ = exp((1/2) sum dĜ[a,b] ∂_a ∂_b) ⟨F⟩_K.

Where the weights are not Gaussian, a neuron has further cumulants given the layers below, Ĉ with 2m legs, of order
n^-(m-1) themselves; an insertion of one is the derivative (1/(2m)!) sum Ĉ[a,...] ∂_a ....

At a given total power of 1/n finitely many configurations exist; nothing here knows which power that is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import count, product
from math import factorial

from ptheory.algebra.polynomial import Monomial, Polynomial
from ptheory.recursion.dummies import canonical_dummies, with_fresh_dummies
from ptheory.recursion.tensors import (
    WIDTH,
    WIDTH_RATIO,
    Collective,
    Expectation,
    Leg,
    dummy_leg,
    field_cumulant,
    tensor,
)

ELEMENT_COLLECTIVE, PAIR = 0, 2
Element = tuple[int, int]  # (ELEMENT_COLLECTIVE, which occurrence) or (derivatives taken: 2, 4, .., which expectation)
Insertion = tuple[Element, ...]  # the elements one cumulant joins


LegLimit = Callable[[Expectation], int | None]  # most covariance legs an expectation can take; None: any number


def no_limit(_: Expectation) -> None:
    """Generic activations: derivatives never vanish."""


def joint_cumulant(
    functions: Sequence[Polynomial], power: int, limit: LegLimit = no_limit, gaussian_rows: bool = True
) -> Polynomial:
    """Coefficient of n^-power in the joint cumulant of functions of the collective variables of layer l.

    ``functions``: polynomials in n, collectives and expectations, as given by ``conditional_cumulant``. Powers of
    1/n_(l-1) that come with the tensors of layer l count as powers of 1/n_l, the quotient kept in ``WIDTH_RATIO``.
    ``limit`` cuts off derivatives that vanish because the integrand is a polynomial. ``gaussian_rows``: the neurons of
    layer l are Gaussian given the layers below.
    """
    derivatives = (PAIR,) if gaussian_rows else tuple(range(PAIR, 2 * power + 3, 2))
    parts = []
    for choice in product(*(function.terms.items() for function in functions)):
        labels = count(1)
        monomials = [with_fresh_dummies(monomial, labels) for monomial, _ in choice]
        coefficient = Fraction(1)
        for _, factor in choice:
            coefficient *= factor
        parts.append(_connected_insertions(monomials, coefficient, power, limit, derivatives, labels))
    return canonical_dummies(Polynomial.sum(parts))


def _connected_insertions(
    monomials: Sequence[Monomial],
    coefficient: Fraction,
    power: int,
    limit: LegLimit,
    derivatives: tuple[int, ...],
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
    sizes = tuple(len(c.legs) for c, _ in collectives)
    owners = tuple(v for _, v in collectives), tuple(v for _, v in expectations)
    parts = []
    limits = tuple(limit(expected) for expected, _ in expectations)
    for insertions, weight in configurations(sizes, owners, limits, len(monomials), left, derivatives):
        for orders in order_distributions(insertions, sizes, left):
            parts.append(scalars * weight * _insert(insertions, orders, collectives, expectations, labels))
    return Polynomial.sum(parts)


@cache
def configurations(
    sizes: tuple[int, ...],
    owners: tuple[tuple[int, ...], tuple[int, ...]],
    limits: tuple[int | None, ...],
    vertices: int,
    power: int,
    derivatives: tuple[int, ...] = (PAIR,),
) -> list[tuple[tuple[Insertion, ...], Fraction]]:
    """Ways to join all vertices by insertions costing at most ``power``, with their symmetry weights.

    ``sizes``: legs of each collective occurrence; ``owners``: the vertex of each collective and of each expectation;
    ``limits``: the most pairs of derivatives each expectation takes; ``derivatives``: how many one leg takes, 2 for Ĝ.
    A collective belongs to exactly one insertion (its mean, if alone); an expectation takes any number of legs of
    cumulants of the fields. Configurations are counted as multisets, never as labelled partitions.
    """
    spare = power - sum(size // 2 - 1 for size in sizes)
    if spare < 0:
        return []
    fixed: list[Element] = [(ELEMENT_COLLECTIVE, k) for k in range(len(sizes))]
    found: list[tuple[tuple[Insertion, ...], Fraction]] = []
    for legs in _leg_counts(limits, derivatives, 2 * spare):
        elements = fixed + [element for element, _ in legs]
        counts = (*(1 for _ in fixed), *(number for _, number in legs))
        for blocks in _multiset_partitions(elements, counts, None, sizes, power):
            insertions = tuple(sorted(_as_insertion(elements, block) for block in blocks))
            if _joins_all(insertions, owners, vertices):
                found.append((insertions, _symmetry_weight(blocks)))
    return found


def _as_insertion(elements: Sequence[Element], block: Sequence[int]) -> Insertion:
    return tuple(sorted(element for element, number in zip(elements, block, strict=True) for _ in range(number)))


def _symmetry_weight(blocks: Sequence[tuple[int, ...]]) -> Fraction:
    """1 / (legs of one expectation within each insertion, and equal insertions, are interchangeable)."""
    interchangeable = 1
    for block, times in Counter(blocks).items():
        interchangeable *= factorial(times)
        for number in block:
            interchangeable *= factorial(number) ** times
    return Fraction(1, interchangeable)


def _leg_counts(
    limits: tuple[int | None, ...], derivatives: tuple[int, ...], most: int
) -> Iterator[list[tuple[Element, int]]]:
    """How many legs of every kind each expectation takes, at a cost of at most ``most`` half powers of 1/n.

    Two legs of Ĝ cost at least one power, the two in one insertion; one of a cumulant of 2m fields at least m - 1.
    """
    kinds = [(taken, e) for e in range(len(limits)) for taken in derivatives]

    def counts(position: int, left: int, room: tuple[int | None, ...]) -> Iterator[list[tuple[Element, int]]]:
        if position == len(kinds):
            yield []
            return
        taken, e = kinds[position]
        here = left // max(taken - 2, 1)
        allowed = room[e]
        if allowed is not None:
            here = min(here, 2 * allowed // taken)
        for number in range(here + 1):
            rest_of_room = None if allowed is None else allowed - number * taken // 2
            rest = (*room[:e], rest_of_room, *room[e + 1 :])
            for others in counts(position + 1, left - number * max(taken - 2, 1), rest):
                yield [(kinds[position], number), *others] if number else others

    yield from counts(0, most, limits)


def _multiset_partitions(
    elements: Sequence[Element],
    counts: tuple[int, ...],
    largest: tuple[int, ...] | None,
    sizes: tuple[int, ...],
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
        cost = _least_cost(_as_insertion(elements, block), sizes)
        if cost > power:
            continue
        rest = tuple(number - used for number, used in zip(counts, block, strict=True))
        for others in _multiset_partitions(elements, rest, block, sizes, power - cost):
            yield (block, *others)


def _least_cost(block: Sequence[Element], sizes: tuple[int, ...]) -> int:
    """Lowest power of 1/n of an insertion; the mean of Ĝ alone starts at 1/n, K being what is expanded around."""
    if _is_mean_of_covariance(block):
        return 1
    return sum(sizes[k] if kind == ELEMENT_COLLECTIVE else kind for kind, k in block) // 2 - 1


def _is_mean_of_covariance(block: Sequence[Element]) -> bool:
    return len(block) == 1 and block[0][0] == PAIR


def _joins_all(insertions: Sequence[Insertion], owners: tuple[tuple[int, ...], tuple[int, ...]], vertices: int) -> bool:
    group = list(range(vertices))
    for insertion in insertions:
        touched = [owners[kind != ELEMENT_COLLECTIVE][k] for kind, k in insertion]
        for other in touched[1:]:
            old, new = group[other], group[touched[0]]
            group = [new if g == old else g for g in group]
    return len(set(group)) <= 1


def order_distributions(
    insertions: Sequence[Insertion], sizes: tuple[int, ...], power: int
) -> Iterator[tuple[int, ...]]:
    """Orders of the insertions' own 1/n series that bring the total to exactly ``power``."""
    surplus = power - sum(_least_cost(insertion, sizes) for insertion in insertions)
    for extra in _compositions(surplus, len(insertions)):
        yield tuple(
            order + _is_mean_of_covariance(insertion) for order, insertion in zip(extra, insertions, strict=True)
        )


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
        for kind, k in insertion:
            if kind == ELEMENT_COLLECTIVE:
                components.append(collectives[k][0])
            else:
                legs = [dummy_leg(next(labels)) for _ in range(kind)]
                derivatives[k] += legs
                components.append(field_cumulant(legs))
                value = value * Fraction(1, factorial(kind))
        inserted = tensor(tuple(components), order)
        value = value * Polynomial.atom(inserted)
        if inserted.power:
            value = value * Polynomial.atom(WIDTH_RATIO, inserted.power)
    for (expected, _), taken in zip(expectations, derivatives, strict=True):
        value = value * Polynomial.atom(expected.differentiated(*taken))
    return value
