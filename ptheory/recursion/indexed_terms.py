"""Products of parameters, site functions and observables at neurons: what the expansion works on before averaging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ptheory.algebra.hashing import hash_once
from ptheory.algebra.polynomial import Polynomial
from ptheory.recursion.tensors import ObservableAt, SiteFactor


@dataclass(frozen=True)
class OuterNeuron:
    """A neuron of layer l+1, fixed by the pattern of a pairing; different numbers 1, 2, ... are different neurons.

    ``factor``: of which factor of a product it is a neuron; those of different factors are different, too.
    """

    number: int
    factor: int = 0

    __hash__ = hash_once


@dataclass(frozen=True)
class InnerNeuron:
    """A neuron of layer l, summed from 1 to n; ``label`` tells the sums of one term apart."""

    label: str

    __hash__ = hash_once


Neuron = OuterNeuron | InnerNeuron


@dataclass(frozen=True)
class ParameterFactor:
    """W[outer, inner] or b[outer]."""

    name: str
    indices: tuple[Neuron, ...]


@dataclass(frozen=True)
class IndexedTerm:
    """coefficient * sum over inner neurons of parameters * site functions at neurons * observables at neurons."""

    coefficient: Polynomial
    parameters: tuple[ParameterFactor, ...] = ()
    sites: tuple[tuple[SiteFactor, Neuron], ...] = ()
    observables: tuple[tuple[ObservableAt, tuple[Neuron, ...]], ...] = ()

    def times(self, other: IndexedTerm) -> IndexedTerm:
        """The product: coefficients multiplied, factors listed one after the other."""
        return IndexedTerm(
            self.coefficient * other.coefficient,
            self.parameters + other.parameters,
            self.sites + other.sites,
            self.observables + other.observables,
        )

    def renamed(self, names: Mapping[Neuron, Neuron]) -> IndexedTerm:
        """The term with neurons called as ``names`` says; indices not in it stay."""
        return replace(
            self,
            parameters=tuple(
                ParameterFactor(p.name, tuple(names.get(i, i) for i in p.indices)) for p in self.parameters
            ),
            sites=tuple((site, names.get(i, i)) for site, i in self.sites),
            observables=tuple((o, tuple(names.get(i, i) for i in indices)) for o, indices in self.observables),
        )

    @property
    def summed_indices(self) -> tuple[InnerNeuron, ...]:
        """The neurons of layer l, in order of first appearance."""
        return tuple(dict.fromkeys(i for i in self._neurons() if isinstance(i, InnerNeuron)))

    def of_factor(self, number: int) -> IndexedTerm:
        """The factor ``number`` of a product: its sums and its neurons are not those of the other factors."""
        names: dict[Neuron, Neuron] = {i: InnerNeuron(f"{i.label}.{number}") for i in self.summed_indices}
        names |= {i: OuterNeuron(i.number, number) for i in self.carried_indices}
        return self.renamed(names)

    @property
    def carried_indices(self) -> tuple[OuterNeuron, ...]:
        """Neurons of layer l+1 at which layer-l observables stand: a skip connection has carried them over."""
        at_observables = (i for _, indices in self.observables for i in indices)
        return tuple(dict.fromkeys(i for i in at_observables if isinstance(i, OuterNeuron)))

    def _neurons(self) -> Iterator[Neuron]:
        for factor in self.parameters:
            yield from factor.indices
        for _, index in self.sites:
            yield index
        for _, indices in self.observables:
            yield from indices
