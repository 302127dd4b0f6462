"""Checked observables (H, dH, ...) and tensor definitions (define V by E[...]_c = ...), as plain data.

A slot number stands for a (neuron, sample) pair: ``z1`` is the field z at slot 1, ``H12`` the observable H at slots 1
and 2, ``d12`` the Kronecker delta of the neuron indices of slots 1 and 2, ``V[1,2,3,4]`` a tensor with the samples of
those slots, ``n`` the width of the layer below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ptheory.algebra.polynomial import Polynomial
from ptheory.language.expressions import NOWHERE, Span


@dataclass(frozen=True)
class SlotField:
    """A field or observable at slots: z1 is ("z", (1,)), H12 is ("H", (1, 2))."""

    name: str
    slots: tuple[int, ...]

    def __str__(self) -> str:
        return slot_name(self.name, self.slots)


@dataclass(frozen=True)
class ParameterDerivative:
    """d(z1,mu,nu): the field at a slot, differentiated by parameters; no indices: the field itself."""

    field: str
    slot: int
    by: tuple[str, ...]


@dataclass(frozen=True)
class ObservableTerm:
    """coefficient * sum over ``summed`` of the rates' and derivatives' product."""

    coefficient: Polynomial
    summed: tuple[str, ...]
    rates: tuple[str, ...]
    derivatives: tuple[ParameterDerivative, ...]


@dataclass(frozen=True)
class Observable:
    """observable H[1,2] = sum(mu, rate(mu)*d(z1,mu)*d(z2,mu))"""

    name: str
    slots: tuple[int, ...]
    terms: tuple[ObservableTerm, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it differentiates, each once."""
        return tuple(dict.fromkeys(d.field for term in self.terms for d in term.derivatives))


@dataclass(frozen=True)
class TensorTerm:
    """coefficient / n^order * product of deltas * tensor[arguments].

    ``deltas`` are blocks of slots whose neurons are equal: d12 d34 is ((1, 2), (3, 4)), d123 is ((1, 2, 3),).
    """

    coefficient: Polynomial
    order: int
    deltas: tuple[tuple[int, ...], ...]
    tensor: str
    arguments: tuple[int, ...]


@dataclass(frozen=True)
class Definition:
    """define D, F by E[H12 z3 z4]_c = (d12 d34 D[1,2,3,4] + ...) / n"""

    names: tuple[str, ...]
    factors: tuple[SlotField, ...]
    connected: bool
    terms: tuple[TensorTerm, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def slots(self) -> tuple[int, ...]:
        """The slot numbers on the left side, from left to right."""
        return tuple(slot for factor in self.factors for slot in factor.slots)

    @property
    def rank(self) -> int:
        """How many slots the tensor has."""
        return len(self.slots)


def fields_of(definition: Definition, observables: Mapping[str, Observable]) -> tuple[str, ...]:
    """The fields that a definition is about, each once; those that its observables differentiate among them."""
    factors = definition.factors
    return tuple(dict.fromkeys(field for f in factors for field in _fields_of_factor(f, observables)))


def _fields_of_factor(factor: SlotField, observables: Mapping[str, Observable]) -> tuple[str, ...]:
    return observables[factor.name].fields if factor.name in observables else (factor.name,)


def slot_name(name: str, slots: tuple[int, ...]) -> str:
    """``H12``, or ``H[1,10]`` beyond nine."""
    if all(slot < 10 for slot in slots):
        return name + "".join(map(str, slots))
    return f"{name}[{','.join(map(str, slots))}]"
