"""Moments and cumulants over all parameters, at a pattern of equal and different neurons, exactly in n.

Given the layers below, fields at different neurons are independent and those at one neuron Gaussian (of even cumulants,
where the weights are not Gaussian), so a product of fields and observables is a sum over the ways to join their legs in
blocks at one neuron each. A way leaves collective variables C, and

    E[product]            = sum over ways  E[C_1 ... C_m],
    E[product]_connected  = sum over ways  κ(C_1, ..., C_m),      κ(C_1, ..., C_m) = n^-power * (a tensor, whole).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from ptheory.algebra.partitions import pairings, set_partitions
from ptheory.algebra.polynomial import Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.claims.moments.whole_tensor import WholeTensor
from ptheory.claims.terms.claim_normal_form import independent_fields
from ptheory.recursion.declared import components_of
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Block, Collective, ObservableAt, Position, tensor

At = tuple[ObservableAt, tuple[int, ...]]  # an observable and the number of the neuron of each of its legs
Components = tuple[Collective, ...]


class NotStated(Refusal):
    """An expectation over the parameters that is not made of the tensors of the network."""


@dataclass(frozen=True)
class Cumulants:
    """Of one network. ``equal_widths``: n[l]/n[l-1] is one; ``at_first_layer``: l is 1, where Ĝ does not fluctuate."""

    system: RecursionSystem
    equal_widths: bool
    at_first_layer: bool = False

    def mean(self, factors: Sequence[At], is_next: bool) -> Polynomial:
        """E[product of the factors]. NotStated."""
        return Polynomial.sum(self.joint_mean(found, is_next) for _, found in self.ways(factors))

    def connected(self, factors: Sequence[At], is_next: bool) -> Polynomial:
        """The joint cumulant of the factors. NotStated."""
        return Polynomial.sum(self.cumulant(found, is_next) for _, found in self.ways(factors))

    def joint_mean(self, components: Components, is_next: bool) -> Polynomial:
        """E[C_1 ... C_m] = sum over set partitions of products of joint cumulants."""
        parts = []
        for partition in set_partitions(components):
            value = Polynomial.constant(1)
            for block in partition:
                value = value * self.cumulant(tuple(block), is_next)
            parts.append(value)
        return Polynomial.sum(parts)

    def cumulant(self, components: Components, is_next: bool) -> Polynomial:
        """κ(C_1, ..., C_m) = n^-power * tensor, n the width of the layer below."""
        found = tensor(components)
        if self.vanishes(components) or (self.at_first_layer and not is_next and found.power):
            return Polynomial()
        below = Polynomial.atom(WIDTH, -found.power) if found.power else Polynomial.constant(1)
        if not (is_next or self.equal_widths) and found.power:
            below = below * Polynomial.atom(WIDTH_RATIO, found.power)
        return below * Polynomial.atom(WholeTensor(found, is_next))

    def vanishes(self, components: Components) -> bool:
        """Whether fields that share no parameter make a covariance among them zero."""
        return any(c.is_covariance and frozenset(leg.field for leg in c.legs) in self._independent for c in components)

    @cached_property
    def _independent(self) -> frozenset[frozenset[object]]:
        return frozenset(frozenset(pair) for pair in independent_fields(self.system))

    def ways(self, factors: Sequence[At]) -> Iterator[tuple[list[Block], Components]]:
        """Every way to join legs at equal neurons in blocks, and the collective variables it leaves. NotStated."""
        observables = [observable for observable, _ in factors]
        at_neuron: dict[int, list[Position]] = {}
        for k, (_, neurons) in enumerate(factors):
            for p, neuron in enumerate(neurons):
                at_neuron.setdefault(neuron, []).append((k, p))
        architecture = self.system.model.architecture
        if architecture.direct_terms:
            raise NotStated(
                "neurons of a network with skip connections remember their past, so that their moments are "
                "not made of tensors alone"
            )
        if not architecture.has_independent_rows:
            raise NotStated("the rows of the weights are not independent")
        of_fields = all(len(observable.legs) == 1 for observable in observables)
        if not architecture.has_gaussian_rows and not of_fields:
            raise NotStated(
                "the weights are not Gaussian, and correlators of parameter derivatives are for Gaussian ones"
            )
        blocks = pairs if architecture.has_gaussian_rows else even_blocks
        for chosen in product(*(list(blocks(legs)) for legs in at_neuron.values())):
            joined = [block for group in chosen for block in group]
            yield joined, components_of(observables, joined)


def pairs(legs: Sequence[Position]) -> Iterator[list[Block]]:
    """Every way to join legs in pairs."""
    for found in pairings(legs):
        yield [tuple(pair) for pair in found]


def even_blocks(legs: Sequence[Position]) -> Iterator[list[Block]]:
    """Every way to join legs in blocks of an even number."""
    for found in set_partitions(legs):
        if all(len(block) % 2 == 0 for block in found):
            yield [tuple(block) for block in found]


def patterns(labels: Sequence[str]) -> Iterator[dict[str, int]]:
    """Every pattern of equal and different neurons: label -> the number of its class, all different first."""
    found = [{label: k for k, block in enumerate(partition) for label in block} for partition in set_partitions(labels)]
    yield from sorted(found, key=lambda pattern: -len(set(pattern.values())))


def pattern_text(pattern: dict[str, int]) -> str:
    """(1 2)(3 4): which neurons are the same one; other neurons are different."""
    groups: dict[int, list[str]] = {}
    for label, number in pattern.items():
        groups.setdefault(number, []).append(label or "i")
    return "".join(f"({' '.join(group)})" for group in sorted(map(sorted, groups.values())))


def classes(pattern: Iterable[int]) -> int:
    """How many different neurons a pattern has."""
    return len(set(pattern))
