"""Products of parameters, site functions and observables at neurons: what the expansion works on before averaging."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ptheory.algebra.polynomial import Polynomial
from ptheory.recursion.tensors import ObservableAt, SiteFactor


@dataclass(frozen=True)
class ParameterFactor:
    name: str
    indices: tuple[str, ...]


@dataclass(frozen=True)
class IndexedTerm:
    """coefficient * parameters * site functions at neurons * observables at neurons.

    Index names that begin with "i" are neurons of layer l+1 (fixed by the pattern); with "j", neurons of layer l,
    summed from 1 to n.
    """

    coefficient: Polynomial
    parameters: tuple[ParameterFactor, ...] = ()
    sites: tuple[tuple[SiteFactor, str], ...] = ()
    observables: tuple[tuple[ObservableAt, tuple[str, ...]], ...] = ()

    def times(self, other: IndexedTerm) -> IndexedTerm:
        return IndexedTerm(
            self.coefficient * other.coefficient,
            self.parameters + other.parameters,
            self.sites + other.sites,
            self.observables + other.observables,
        )

    def renamed(self, names: dict[str, str]) -> IndexedTerm:
        return replace(
            self,
            parameters=tuple(
                ParameterFactor(p.name, tuple(names.get(i, i) for i in p.indices)) for p in self.parameters
            ),
            sites=tuple((site, names.get(i, i)) for site, i in self.sites),
            observables=tuple((o, tuple(names.get(i, i) for i in indices)) for o, indices in self.observables),
        )

    @property
    def summed_indices(self) -> tuple[str, ...]:
        """The layer-l neuron indices, in order of first appearance."""
        found: dict[str, None] = {}
        for factor in self.parameters:
            found.update(dict.fromkeys(i for i in factor.indices if i.startswith("j")))
        found.update(dict.fromkeys(i for _, i in self.sites if i.startswith("j")))
        for _, indices in self.observables:
            found.update(dict.fromkeys(i for i in indices if i.startswith("j")))
        return tuple(found)

    @property
    def carried_indices(self) -> tuple[str, ...]:
        """Neurons of layer l+1 at which layer-l observables stand: a skip connection has carried them over."""
        return tuple(dict.fromkeys(i for _, indices in self.observables for i in indices if i.startswith("i")))
