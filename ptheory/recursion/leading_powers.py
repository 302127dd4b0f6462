"""Recursions whose terms differ in their powers of the width: the leading ones, and which power that is.

The powers of the width that an expansion in 1/n does not count stand in variances and rates as factors, ``WidthMark``;
the recursions derived with them say the power of n of every term, given those of the tensors of the layer below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import TypeVar, assert_never

from ptheory.algebra.exponents import ZERO, Exponent, largest
from ptheory.algebra.hashing import hash_once
from ptheory.algebra.polynomial import Monomial, Polynomial, SortKey, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.networks.architecture import Architecture, Bias, Direct, LayerEquation, LayerTerm, Parameter, WeightedSum
from ptheory.networks.fields import Field
from ptheory.networks.shared_parameters import shared_in_first_layer
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.means.relabel import with_samples
from ptheory.recursion.places import Sample
from ptheory.recursion.system import LeftOut, RecursionSystem, generic_slots
from ptheory.recursion.tensors import Kind, Leg, Tensor
from ptheory.recursion.variables import leading_kernel

MOST_LAYERS = 40  # after which powers of n that still change are taken to change from layer to layer


class KernelNotOfOrderOne(Refusal):
    """Averages are taken at a kernel that does not depend on the width."""


class PowersOfLayers(Refusal):
    """The power of n of a tensor changes from layer to layer."""


class MixedPowers(Refusal):
    """A correction to a tensor whose terms have several powers of n."""


@dataclass(frozen=True)
class WidthMark:
    """n to a power that an expansion in 1/n does not count, as a factor of a variance or a rate."""

    power: Exponent

    __hash__ = hash_once

    @property
    def sort_key(self) -> SortKey:
        return (0, "n^", self.power.constant, self.power.slope, self.power.symbol)

    def __str__(self) -> str:
        return f"n^({self.power})"


def marked(architecture: Architecture) -> Architecture:
    """Powers of the width as factors of variances and rates; the first layer, which no recursion makes, as it is."""

    def equations(found: tuple[LayerEquation, ...]) -> tuple[LayerEquation, ...]:
        return tuple(LayerEquation(e.field, tuple(map(_marked_term, e.terms))) for e in found)

    return replace(
        architecture,
        parameters=tuple(map(_marked_parameter, architecture.parameters)),
        layers=equations(architecture.layers),
        last=equations(architecture.last),
    )


def _marked_term(term: LayerTerm) -> LayerTerm:
    match term:
        case Bias(parameters=biases):
            return replace(term, parameters=tuple(map(_marked_parameter, biases)))
        case WeightedSum(parameters=weights):
            return replace(term, parameters=tuple(map(_marked_parameter, weights)))
        case Direct():
            return term
        case _:
            assert_never(term)


_Family = TypeVar("_Family", bound=Parameter)


def _marked_parameter(parameter: _Family) -> _Family:
    rate = None if parameter.rate is None else parameter.rate * _mark(parameter.rate_power.total)
    return replace(parameter, variance=parameter.variance * _mark(parameter.variance_power.total), rate=rate)


def _mark(power: Exponent) -> Polynomial:
    return Polynomial.atom(WidthMark(power)) if power else Polynomial.constant(1)


class LeadingSystem(RecursionSystem):
    """The terms with the largest power of n of every recursion.

    ``whole``: a system with activations left open whose powers hold; itself where none is given.
    """

    def __init__(
        self,
        architecture: Architecture,
        kinds: tuple[Kind, ...] = (),
        degrees: tuple[int, ...] | None = None,
        powers: LeadingPowers | None = None,
    ) -> None:
        super().__init__(marked(architecture), kinds, degrees)
        self.powers = LeadingPowers(self) if powers is None else powers
        self._leading: dict[Tensor, Polynomial] = {}

    @property
    def needs_equal_widths(self) -> bool:
        """Always: terms are compared in powers of one n."""
        return True

    def every_term(self, target: Tensor) -> Polynomial:
        """The recursion with all its terms, powers of n as ``WidthMark``."""
        return super().right_hand_side(target)

    def right_hand_side(self, target: Tensor) -> Polynomial:
        """As of every system, of the leading terms. Raises what that raises, and refusals of this module."""
        shape = generic_slots(target)
        if shape not in self._leading:
            self._leading[shape] = self._leading_terms(shape)
        return with_samples(self._leading[shape], {k: leg.sample for k, leg in enumerate(target.legs, start=1)})

    def _leading_terms(self, shape: Tensor) -> Polynomial:
        self.powers.check_order(shape)
        highest = self.powers.of(shape)
        kept: list[Polynomial] = []
        for monomial, coefficient in self.every_term(shape):
            if highest is not None and self.powers.of_term(monomial) == highest:
                bare = tuple(item for item in monomial if not isinstance(item[0], WidthMark))
                kept.append(Polynomial({bare: coefficient}))
        return Polynomial.sum(kept)

    def offset(self, target: Tensor) -> Exponent:
        """The power of n beside the usual one; zero for a tensor that vanishes."""
        return self.powers.of(generic_slots(target)) or ZERO

    def vanishes(self, target: Tensor) -> bool:
        """Whether no layer makes a term of it, at its own leading order."""
        return self.powers.of(generic_slots(target)) is None

    def leads_in_first_layer(self, power: Exponent, target: Tensor) -> bool:
        """Whether a term of the first layer with this power of n is one of those kept."""
        return power == self.offset(target)

    def left_out(self, target: Tensor) -> tuple[LeftOut, ...]:
        """What is not among the leading terms, the largest power first."""
        shape = generic_slots(target)
        highest = self.powers.of(shape)
        if highest is None:
            return ()
        kept = {atom.name for atom in self.right_hand_side(shape).atoms() if isinstance(atom, Symbol)}
        found: dict[Exponent, dict[str, None]] = {}
        for monomial, _ in self.every_term(shape):
            power = self.powers.of_term(monomial)
            if power is not None and power != highest:
                names = (atom.name for atom, _ in monomial if isinstance(atom, Symbol))
                found.setdefault(highest - power, {}).update(dict.fromkeys(n for n in names if n not in kept))
        in_layer_one = {highest - power for power in self.powers.in_first_layer(shape)} - {ZERO}
        return (
            *(LeftOut(below, tuple(names)) for below, names in sorted(found.items())),
            *(LeftOut(below, (), in_layer_one=True) for below in sorted(in_layer_one)),
        )


class LeadingPowers:
    """The power of n of every tensor beside its usual one, in layers that are deep enough: the largest that a term of

    its recursion has, from those of the first layer on. None: the tensor vanishes.
    """

    def __init__(self, system: LeadingSystem) -> None:
        self.system = system
        self._terms: dict[Tensor, list[Monomial]] = {}
        self._found: dict[Tensor, Exponent | None] = {}
        self._shapes_of: dict[Tensor, tuple[Tensor, ...]] = {}

    def of(self, shape: Tensor) -> Exponent | None:
        """That of a tensor with its legs at slots; of the largest, where legs are summed over several fields.

        Raises KernelNotOfOrderOne, PowersOfLayers, Crossing.
        """
        shapes = self._shapes(shape)
        if not all(one in self._found for one in shapes):
            before, is_counted = (dict(self._terms), dict(self._found)), False
            try:
                self._include([*shapes, *self._kernels()])
                self._iterate()
                is_counted = True
            finally:
                if not is_counted:  # what is half counted is not known, whatever ended it
                    self._terms, self._found = before
        return _largest(self._found[one] for one in shapes)

    def of_term(self, monomial: Monomial) -> Exponent | None:
        """The power of n of a term of a recursion."""
        total: Exponent | None = ZERO
        for atom, exponent in monomial:
            power: Exponent | None = ZERO
            if isinstance(atom, WidthMark):
                power = atom.power
            elif isinstance(atom, Tensor):
                power = self.of(atom)
            total = None if total is None or power is None else total + power.times(exponent)
        return total

    def check_order(self, shape: Tensor) -> None:
        """Raises MixedPowers for a correction in 1/n whose tensors have terms of several powers of n."""
        if not shape.order:
            return
        self.of(shape)
        waiting, seen = list(self._shapes(shape)), set[Tensor]()
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.add(one)
            of_terms = {self.of_term(monomial) for monomial in self._terms[one]} - {None}
            if len(of_terms | {*self.in_first_layer(one)}) > 1:
                raise MixedPowers(
                    "terms with several powers of n stand beside each other in this recursion, and orders in 1/n "
                    "are not the next ones",
                    "ask for the leading order; give all rates of the layers one power of n for corrections in 1/n",
                )
            waiting += [other for m in self._terms[one] for atom, _ in m for other in self._inside(atom)]

    # ---- counting ---------------------------------------------------------------------------------------------

    def _kernels(self) -> list[Tensor]:
        fields = self.system.model.architecture.fields
        return [leading_kernel(Leg(Field(name), Sample(1)), Leg(Field(name), Sample(2))) for name in fields]

    def _include(self, shapes: Iterable[Tensor]) -> None:
        waiting = list(shapes)
        while waiting:
            shape = waiting.pop()
            if shape in self._terms:
                continue
            self._terms[shape] = [monomial for monomial, _ in self.system.every_term(shape)]
            waiting += [other for m in self._terms[shape] for atom, _ in m for other in self._inside(atom)]

    def _inside(self, atom: object) -> Iterator[Tensor]:
        if isinstance(atom, Tensor):
            yield from self._shapes(atom)

    def _shapes(self, target: Tensor) -> tuple[Tensor, ...]:
        if target not in self._shapes_of:
            self._shapes_of[target] = tuple(self._filled(target))
        return self._shapes_of[target]

    def _filled(self, target: Tensor) -> Iterator[Tensor]:
        """The tensor at slots 1, 2, ...; where legs are summed over fields, one for every choice of them."""
        fields = self.system.model.architecture.fields
        for choice in product(fields, repeat=len(target.dummies)):
            names = dict(zip(target.dummies, choice, strict=True))
            one = relabel_atom(target, partial(_filled_leg, names))
            assert isinstance(one, Tensor)
            yield generic_slots(one)

    def _iterate(self) -> None:
        """Layer by layer until no power changes any more."""
        self._found = {shape: _largest(self.in_first_layer(shape)) for shape in self._terms}
        for _ in range(MOST_LAYERS):
            self._check_kernels()
            after = {shape: _largest(map(self.of_term, terms)) for shape, terms in self._terms.items()}
            if after == self._found:
                return
            self._found = after
        raise PowersOfLayers(
            "the power of n of a tensor changes from layer to layer", "give the layers powers of n that have a limit"
        )

    def _check_kernels(self) -> None:
        for kernel in self._kernels():
            power = self._found[generic_slots(kernel)]
            if power:
                raise KernelNotOfOrderOne(
                    f"the kernel of the layers goes as n^({power}), and averages over a neuron are taken at one that "
                    "has a limit",
                    "a variance of C_W/n or C_b somewhere in every layer keeps it; other powers belong into the output",
                )

    def in_first_layer(self, shape: Tensor) -> list[Exponent]:
        """The powers of n of the terms it has there: none where it vanishes."""
        if shape.order or len(shape.components) > 1 or len(shape.legs) > 2:
            return []
        (component,) = shape.components
        is_kernel = component.is_covariance
        if not is_kernel and not shape.is_tangent_kernel:
            return []
        left, right = component.legs
        shared = shared_in_first_layer(self.system.model.architecture, left.field, right.field)
        return [(p.variance_power if is_kernel else p.rate_power).network for _, p, _ in shared]


def _filled_leg(names: Mapping[Leg, str], leg: Leg) -> Leg:
    return Leg(Field(names[leg]), Sample(0)) if leg in names else leg


def _largest(powers: Iterable[Exponent | None]) -> Exponent | None:
    present = [power for power in powers if power is not None]
    return largest(present) if present else None
