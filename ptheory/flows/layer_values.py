"""What the readers of a flow know of it, and what flows share whichever way they get their numbers.

A flow gives the tensors of a network at concrete inputs, layer by layer: from the recursions (``flow``) or, where
neurons remember their past, from the joint law of a neuron's branches (``history_flow``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from ptheory.algebra.order import Order, Series
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.real import Real, real
from ptheory.flows.moment_values import Average, enclosed_to
from ptheory.networks.architecture import Parameter
from ptheory.networks.shared_parameters import shared_in_first_layer
from ptheory.networks.width_powers import WidthPower
from ptheory.recursion.dummies import Relabel, by_sample, relabel_atom
from ptheory.recursion.system import RecursionSystem, check_laws_of_numbers
from ptheory.recursion.tensors import Leg, Tensor, covariance, tensor

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation


@dataclass(frozen=True)
class FlowSetting:
    """What a flow needs besides the recursions.

    ``inputs``: one vector per sample. ``scalar``: (hyperparameter atom, layer) -> number. ``widths``: width of layer l
    in units of n, l = 1, 2, ... (the last one repeats). ``activations``: name -> Activation. ``almost_everywhere``: the
    convention of automatic differentiation for derivatives at kinks. ``average``: how averages get their numbers, None:
    enclosed to ``digits``.
    """

    inputs: Sequence[Sequence[Fraction]]
    scalar: Callable[[Atom, int], Real]
    activations: Mapping[str, Activation]
    widths: Sequence[Fraction] = (Fraction(1),)
    digits: int = 30
    almost_everywhere: bool = False
    average: Average | None = None

    @cached_property
    def averages(self) -> Average:
        """How averages get their numbers."""
        return enclosed_to(self.digits) if self.average is None else self.average

    def width(self, layer: int) -> Fraction:
        """n of ``layer``, counted from 1; the last one given holds for all layers above."""
        return self.widths[min(layer, len(self.widths)) - 1]

    @cached_property
    def _to_first_equal(self) -> Relabel:
        vectors = [tuple(vector) for vector in self.inputs]
        return by_sample({number: vectors.index(vector) + 1 for number, vector in enumerate(vectors, start=1)})

    def canonical(self, target: Tensor) -> Tensor:
        """The component with equal inputs as one variable, its commuting parts in order."""
        merged = relabel_atom(target, self._to_first_equal)
        assert isinstance(merged, Tensor)
        return merged


@dataclass
class LayerValues(ABC):
    """Tensor components at concrete inputs, layer by layer; computed when asked for and kept.

    A leg's sample is the input's number, counted from 1. Values are exact Fractions where everything is rational.
    Raises RowsNotGaussian and its like for laws of parameters that no flow is written for.
    """

    system: RecursionSystem
    setting: FlowSetting
    _values: dict[tuple[int, Tensor], Real] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_laws_of_numbers(self.system.model.architecture)

    def value(self, layer: int, target: Tensor) -> Real:
        """The component ``target`` at ``layer``, 1 the first: the coefficient of the powers of 1/n it comes with."""
        written = (layer, target)
        if written not in self._values:
            canonical = (layer, self.setting.canonical(target))
            if canonical not in self._values:
                self._values[canonical] = self._computed(*canonical)
            self._values[written] = self._values[canonical]
        return self._values[written]

    @abstractmethod
    def _computed(self, layer: int, target: Tensor) -> Real:
        """``value`` of a component with equal inputs as one."""

    def series(self, layer: int, target: Tensor, order: Order) -> Series:
        """A component at ``layer``, whatever its order, as a series in 1/n beside the 1/n_(layer-1) it is defined with.

        Raises what ``value`` does, and refusals where EXACT is asked of a series that does not end.
        """
        below = self.setting.width(layer - 1) if layer > 1 else Fraction(1)
        powers = self._powers(layer, target, order)
        values = tuple(self.value(layer, tensor(target.components, k)) for k in powers)
        return Series(values, order).in_widths(below)

    def _powers(self, layer: int, target: Tensor, order: Order) -> range:
        """The powers of 1/n_(layer-1) whose coefficients make the series."""
        return order.powers

    def first_covariance(self, left: Leg, right: Leg) -> Real:
        """K[left, right] at layer 1: C_b + (C_W/n0) x.x."""
        kernel = tensor((covariance(left, right),))
        return self.input_overlap(kernel, lambda p: p.variance, lambda p: p.fan_in, lambda p: p.variance_power)

    def input_overlap(
        self,
        target: Tensor,
        weight: Callable[[Parameter], Polynomial],
        fan_in: Callable[[Parameter], int],
        power: Callable[[Parameter], WidthPower],
    ) -> Real:
        """sum over shared first-layer parameters of weight * (1 for a bias, x.x / n0^fan_in for weights).

        ``power``: that of the width beside 1/n^fan_in, n0 where it is of the layer read.
        """
        left, right = target.legs
        x, y = self.setting.inputs[left.sample - 1], self.setting.inputs[right.sample - 1]
        overlap = sum((p * q for p, q in zip(x, y, strict=True)), Fraction(0))
        total: Real = Fraction(0)
        architecture = self.system.model.architecture
        for coefficient, parameter, reads_input in shared_in_first_layer(architecture, left.field, right.field):
            beside = power(parameter)
            if not self.system.leads_in_first_layer(beside.network, target):
                continue
            value = self.scalars(coefficient * weight(parameter), 1)
            n0_power = fan_in(parameter) - int(beside.read)
            total += value * (overlap if reads_input else Fraction(1)) / Fraction(len(x)) ** n0_power
        return total

    def scalars(self, polynomial: Polynomial, layer: int) -> Real:
        """The value of a polynomial in hyperparameters in the recursion that makes ``layer``."""
        return polynomial.evaluate(lambda atom: self.setting.scalar(atom, layer), real)


def layer_meant(symbol: Symbol, made: int) -> int:
    """The layer of a hyperparameter in the recursion l -> l+1 = ``made``: C_W[l+1], and C_W, are of the layer made."""
    return made if symbol.layer is None else made - 1 + symbol.layer


def constant_scalars(values: Mapping[str, Real]) -> Callable[[Atom, int], Real]:
    """Hyperparameters that are the same in every layer."""

    def scalar(atom: Atom, layer: int) -> Real:
        assert isinstance(atom, Symbol)
        return values[atom.name]

    return scalar
