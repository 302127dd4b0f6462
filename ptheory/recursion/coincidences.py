"""Step 3 of the expansion: cumulants of neuron sums given the layers below, coincidences counted exactly in n.

Given the layers below, neurons of layer l are independent, so a product of sums over neurons splits by which summed
indices coincide: a set partition of the indices into r classes carries n(n-1)...(n-r+1) and one Gaussian expectation
per class. Legs of observables at a neuron are contracted with one another or differentiate that neuron's site
functions (Wick for the rows of layer-l weights), leaving collective variables of layer l.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, product

from ptheory.algebra.partitions import connected_groups, falling_factorial, moebius_coefficient, set_partitions
from ptheory.algebra.polynomial import Polynomial
from ptheory.recursion.dummies import canonical_dummies, multiply_with_own_dummies
from ptheory.recursion.indexed_terms import IndexedTerm, Neuron
from ptheory.recursion.tensors import (
    PREACTIVATION,
    WIDTH,
    Collective,
    Expectation,
    Leg,
    ObservableAt,
    Position,
    SiteFactor,
    collective,
    dummy_leg,
    expectation,
)

NeuronSum = Sequence[IndexedTerm]


def conditional_cumulant(sums: Sequence[NeuronSum]) -> Polynomial:
    """Joint cumulant of neuron sums over layer l given the layers below, in n, Ĝ-expectations and collectives."""
    parts = []
    for partition in set_partitions(range(len(sums))):
        product_of_means = Polynomial.constant(moebius_coefficient(len(partition)))
        for block in partition:
            mean = conditional_mean([sums[k] for k in block])
            product_of_means = multiply_with_own_dummies(product_of_means, mean)
        parts.append(product_of_means)
    return canonical_dummies(Polynomial.sum(parts))


def conditional_mean(sums: Sequence[NeuronSum]) -> Polynomial:
    """E over layer l, given the layers below, of a product of neuron sums."""
    parts = []
    for choice in product(*sums):
        whole = choice[0].of_factor(0)
        for k, factor in enumerate(choice[1:], start=1):
            whole = whole.times(factor.of_factor(k))
        for classes in set_partitions(whole.summed_indices):
            class_of: dict[Neuron, int] = {index: number for number, members in enumerate(classes) for index in members}
            # what is carried over has to do with none of the neurons summed: the one of its own index is as the others
            carried = whole.carried_indices
            class_of |= {index: number for number, index in enumerate(carried, start=len(classes))}
            mean = canonical_dummies(_mean_at_distinct_neurons(whole, class_of, len(classes) + len(carried)))
            parts.append(whole.coefficient * falling_factorial(WIDTH, len(classes)) * mean)
    return Polynomial.sum(parts)


def _mean_at_distinct_neurons(term: IndexedTerm, class_of: dict[Neuron, int], classes: int) -> Polynomial:
    sites: list[list[SiteFactor]] = [[] for _ in range(classes)]
    for site, index in term.sites:
        sites[class_of[index]].append(site)
    observables = [observable for observable, _ in term.observables]
    legs = [
        ((position, leg), class_of[index])
        for position, (_, indices) in enumerate(term.observables)
        for leg, index in enumerate(indices)
    ]
    differentiable = [bool(factors) for factors in sites]
    parts = []
    for pairs, derivatives in leg_contractions(legs, differentiable):
        labels = count(1)
        attached = {position: dummy_leg(next(labels)) for position, _ in derivatives}
        factors = [
            expectation(tuple(sites[c]), tuple(attached[position] for position, where in derivatives if where == c))
            for c in range(classes)
            if sites[c]
        ]
        components = connected_components(observables, pairs, attached)
        value = Polynomial.constant(1)
        atoms: list[Expectation | Collective] = [*factors, *components]
        for atom in atoms:
            value = value * Polynomial.atom(atom)
        parts.append(value)
    return Polynomial.sum(parts)


Contraction = tuple[list[tuple[Position, Position]], list[tuple[Position, int]]]


def leg_contractions(legs: Sequence[tuple[Position, int]], differentiable: Sequence[bool]) -> Iterator[Contraction]:
    """Ways to contract observable legs: in pairs at one neuron, or each onto the site functions of its neuron."""
    if not legs:
        yield [], []
        return
    (position, where), rest = legs[0], legs[1:]
    if differentiable[where]:
        for pairs, derivatives in leg_contractions(rest, differentiable):
            yield pairs, [(position, where), *derivatives]
    for k, (partner, place) in enumerate(rest):
        if place == where:
            for pairs, derivatives in leg_contractions([*rest[:k], *rest[k + 1 :]], differentiable):
                yield [(position, partner), *pairs], derivatives


def connected_components(
    observables: Sequence[ObservableAt],
    pairs: Sequence[tuple[Position, Position]],
    attached: dict[Position, Leg],
) -> list[Collective]:
    """The collective variables a contraction leaves: components of the graph of observables joined by pairs.

    A leg that differentiates a site function ends on a preactivation carrying the derivative's dummy leg.
    """
    nodes = list(observables)
    edges = list(pairs)
    for position, leg in attached.items():
        edges.append((position, (len(nodes), 0)))
        nodes.append(ObservableAt(PREACTIVATION, (leg,)))
    components = []
    for members in connected_groups(len(nodes), [(a, b) for (a, _), (b, _) in edges]):
        place = {node: k for k, node in enumerate(members)}
        inner = tuple(((place[a], p), (place[b], q)) for (a, p), (b, q) in edges if a in place)
        components.append(collective(tuple(nodes[k] for k in members), inner))
    return components
