"""Numbers layer by layer from the derived recursions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Protocol, assert_never

from ptheory.algebra.order import LARGEST_EXACT_POWER, Order, Series
from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, Symbol
from ptheory.algebra.real import Real
from ptheory.algebra.refusal import Refusal
from ptheory.expectations import ExpectationError
from ptheory.flows.moment_values import MomentTable, within_size
from ptheory.flows.term_sums import Summand, number, quantity
from ptheory.networks.architecture import Bias, Parameter, ReadsInput
from ptheory.recursion.dummies import Relabel, by_leg, by_sample, relabel_atom
from ptheory.recursion.layer_maps import required_rate
from ptheory.recursion.sources import legs_read
from ptheory.recursion.system import RecursionSystem, RowsNotIndependent, check_laws_of_numbers
from ptheory.recursion.tensors import WIDTH_RATIO, Expectation, Leg, Tensor, covariance, tensor

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation


Choice = tuple[tuple[Leg, Leg], ...]  # dummy -> the leg it stands for


class SeriesTooLong(Refusal):
    """An exact series with more terms than are worth computing."""

    help = "ask for a lower depth, or for an order such as `order 1/n`"

    def __init__(self, terms: int, layer: int) -> None:
        super().__init__(f"the exact series has {terms} terms at layer {layer}")


@dataclass(frozen=True)
class FlowSetting:
    """What a flow needs besides the recursions.

    ``inputs``: one vector per sample. ``scalar``: (hyperparameter atom, layer) -> number. ``widths``: width of layer l
    in units of n, l = 1, 2, ... (the last one repeats). ``activations``: name -> Activation. ``almost_everywhere``: the
    convention of automatic differentiation for derivatives at kinks.
    """

    inputs: Sequence[Sequence[Fraction]]
    scalar: Callable[[Atom, int], Real]
    activations: Mapping[str, Activation]
    widths: Sequence[Fraction] = (Fraction(1),)
    digits: int = 30
    almost_everywhere: bool = False

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
class Flow:
    """Tensor components at concrete inputs, layer by layer; computed when asked for and kept.

    Raises RowsNotGaussian where the first layer's weights are not Gaussian.
    A leg's sample is the input's number, counted from 1. Values are exact Fractions where everything is rational.
    """

    system: RecursionSystem
    setting: FlowSetting
    _values: dict[tuple[int, Tensor], Real] = field(default_factory=dict)
    _kernels: dict[tuple[int, Leg, Leg], Real] = field(default_factory=dict)
    _quantities: dict[tuple[int, Tensor | tuple[Atom, int]], Summand] = field(default_factory=dict)
    _filled: dict[tuple[int, Tensor, tuple[Leg, ...]], Summand] = field(default_factory=dict)
    _tables: dict[int, MomentTable] = field(default_factory=dict)
    _expectations: dict[tuple[int, Expectation], dict[Choice, Real | ExpectationError]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_laws_of_numbers(self.system.model.architecture)

    def value(self, layer: int, target: Tensor) -> Real:
        """The component ``target`` at ``layer`` (1 is the first)."""
        written = (layer, target)
        if written not in self._values:
            self._values[written] = self._canonical_value(layer, self.setting.canonical(target))
        return self._values[written]

    def _canonical_value(self, layer: int, target: Tensor) -> Real:
        if self._ends and target.power > self.highest_power(layer, len(target.legs) // 2):
            return Fraction(0)
        key = (layer, target)
        if key not in self._values:
            self._values[key] = self._first(target) if layer == 1 else self._next(layer - 1, target)
        return self._values[key]

    @property
    def _ends(self) -> bool:
        """Whether series in 1/n end: with polynomial site functions, and no rows joined by cumulants that do not."""
        return self.system.degrees is not None and self.system.model.architecture.has_independent_rows

    def series(self, layer: int, target: Tensor, order: Order) -> Series:
        """A component at ``layer``, whatever its order, as a series in 1/n beside the 1/n_(layer-1) it is defined with.

        EXACT is for polynomial site functions. Raises SeriesTooLong, RowsNotIndependent, and
        what ``value`` does.
        """
        if order.is_exact and not self.system.model.architecture.has_independent_rows:
            raise RowsNotIndependent("where the rows of weights are not independent, series in 1/n need not end")
        powers = self._powers_of_exact(layer, len(target.legs) // 2) if order.is_exact else order.powers
        return coefficients(self, layer, target, powers, order)

    def _powers_of_exact(self, layer: int, pairs: int) -> range:
        last = self.highest_power(layer, pairs) - (pairs - 1)
        if last > LARGEST_EXACT_POWER:
            raise SeriesTooLong(last + 1, layer)
        return range(max(last, 0) + 1)

    def highest_power(self, layer: int, pairs: int) -> int:
        """The last power of 1/n in a cumulant of 2 ``pairs`` legs, for polynomial site functions of degree D:

        pairs sums over neurons leave at most n^-(pairs-1) and a polynomial in 2 D pairs legs of the layer below; a
        variance or rate at a higher power of 1/n than usual adds the difference for every pair.
        """
        assert self.system.degrees is not None
        total, degree = 0, max(self.system.degrees, default=1)
        excess = max((p.excess_fan_in for p in self.system.model.architecture.parameters), default=0)
        for _ in range(layer - 1):
            total += pairs - 1 + pairs * excess
            pairs *= max(degree, 1)
        return total

    def kernel(self, layer: int, left: Leg, right: Leg) -> Real:
        """K[left, right] at ``layer``, the leading covariance of two fields of one neuron."""
        key = (layer, left, right)
        if key not in self._kernels:
            self._kernels[key] = self.value(layer, tensor((covariance(left, right),)))
        return self._kernels[key]

    def _first(self, target: Tensor) -> Real:
        """Layer 1 is Gaussian and linear in its parameters: C_b + (C_W/n0) x.x, likewise with the rates; no more."""
        if len(target.components) > 1 or target.order:
            return Fraction(0)
        (component,) = target.components
        left, right = component.legs[0], component.legs[-1]
        if component.is_covariance:
            return self.input_overlap(left, right, lambda p: p.variance, lambda p: p.fan_in)
        if len(component.observables) == 1 and len(component.observables[0].kind.edges) == 1:
            return self.input_overlap(left, right, required_rate, lambda p: p.rate_fan_in)
        return Fraction(0)

    def input_overlap(
        self, left: Leg, right: Leg, weight: Callable[[Parameter], Polynomial], fan_in: Callable[[Parameter], int]
    ) -> Real:
        """sum over shared first-layer parameters of weight * (1 for a bias, x.x / n0^fan_in for weights)."""
        equations = {equation.field: equation for equation in self.system.model.architecture.first}
        x, y = self.setting.inputs[left.sample - 1], self.setting.inputs[right.sample - 1]
        overlap = sum((p * q for p, q in zip(x, y, strict=True)), Fraction(0))
        total: Real = Fraction(0)
        for s, t in product(equations[left.field].terms, equations[right.field].terms):
            if s.parameters != t.parameters:
                continue
            (parameter,) = s.parameters
            value = self._scalars(s.coefficient * t.coefficient * weight(parameter), 1)
            match s:
                case Bias():
                    scale = Fraction(1)
                case ReadsInput():
                    scale = overlap
                case _:
                    assert_never(s)
            total += value * scale / Fraction(len(x)) ** fan_in(parameter)
        return total

    def _scalars(self, polynomial: Polynomial, layer: int) -> Real:
        return polynomial.evaluate(lambda atom: self.setting.scalar(atom, layer), Fraction)

    def _next(self, below: int, target: Tensor) -> Real:
        right = self.system.right_hand_side(target)  # its samples are already the first of their equals
        total: Summand = Fraction(0)
        for monomial, coefficient in right:
            total += coefficient * self._monomial(below, monomial)
        return within_size(number(total))

    def _quantity(self, layer: int, factor: Tensor | tuple[Atom, int]) -> Summand:
        """A tensor, or a power of a hyperparameter, at a layer: the same object each time it is a factor."""
        key = (layer, factor)
        if key not in self._quantities:
            if isinstance(factor, Tensor):
                value = self.value(layer, factor)
            else:
                atom, exponent = factor
                value = self.setting.scalar(atom, layer) ** exponent
            self._quantities[key] = quantity(value)
        return self._quantities[key]

    def _table(self, below: int) -> MomentTable:
        if below not in self._tables:
            self._tables[below] = MomentTable(
                self.system.model.sites,
                self.setting.activations,
                lambda atom: self.setting.scalar(atom, below + 1),
                self.setting.digits,
                self.setting.almost_everywhere,
            )
        return self._tables[below]

    def _monomial(self, below: int, monomial: Monomial) -> Summand:
        value: Summand = Fraction(1)
        expectations: list[Expectation] = []
        tensors: list[Tensor] = []
        for atom, exponent in monomial:
            if atom == WIDTH_RATIO:
                value *= (self.setting.width(below) / self.setting.width(max(below - 1, 1))) ** exponent
            elif isinstance(atom, Expectation):
                expectations += [atom] * exponent
            elif isinstance(atom, Tensor):
                tensors += [atom] * exponent
            else:
                value *= self._quantity(below + 1, (atom, exponent))
        return value * self._sum_over_dummies(below, expectations, tensors) if value else value

    def _sum_over_dummies(self, below: int, expectations: Sequence[Expectation], tensors: Sequence[Tensor]) -> Summand:
        """sum over every dummy leg of prod expectations * prod tensors, one expectation at a time, zeros dropped."""
        assignments: dict[Choice, Real | ExpectationError] = {(): Fraction(1)}
        for expected in expectations:
            key = (below, expected)
            if key not in self._expectations:
                self._expectations[key] = self._differentiated(below, expected)
            values = self._expectations[key]
            assignments = {
                before + chosen: multiplied(weight, value)
                for before, weight in assignments.items()
                for chosen, value in values.items()
            }
        total: Summand = Fraction(0)
        for chosen, weight in assignments.items():
            names = dict(chosen)
            fluctuation: Summand = Fraction(1)
            for atom in tensors:
                fluctuation = fluctuation * self._filled_in(below, atom, tuple(names[leg] for leg in atom.dummies))
                if not fluctuation:
                    break
            else:
                total += defined(weight) * fluctuation
        return total

    def _filled_in(self, below: int, atom: Tensor, legs: tuple[Leg, ...]) -> Summand:
        """A tensor with ``legs`` in place of its dummies, in their order."""
        key = (below, atom, legs)
        if key not in self._filled:
            filled = relabel_atom(atom, by_leg(dict(zip(atom.dummies, legs, strict=True))))
            self._filled[key] = self._quantity(below, self.setting.canonical(filled))
        return self._filled[key]

    def _differentiated(self, below: int, expected: Expectation) -> dict[Choice, Real | ExpectationError]:
        """Values of an expectation for every choice of its dummy derivatives, the zero ones left out.

        One that does not exist (a delta at zero variance, say) is kept as the error it gives: none may be used.
        """
        table = self._table(below)
        dummies = [leg for leg in expected.derivatives if leg.is_dummy]
        fixed = tuple(leg for leg in expected.derivatives if not leg.is_dummy)
        legs = legs_read(expected, self.system.model.sites)
        found = {}
        cache: dict[tuple[Leg, ...], Real | ExpectationError] = {}
        for choice in product(legs, repeat=len(dummies)):
            key = tuple(sorted(choice))
            if key not in cache:
                concrete = Expectation(expected.factors, tuple(sorted((*fixed, *choice))))
                try:
                    cache[key] = table.value(concrete, lambda a, b: self.kernel(below, a, b))
                except ExpectationError as error:
                    cache[key] = error
            if cache[key]:
                found[tuple(zip(dummies, choice, strict=True))] = cache[key]
        return found


class LayerValues(Protocol):
    """Numbers of tensors, layer by layer."""

    setting: FlowSetting

    def value(self, layer: int, target: Tensor) -> Real:
        """The component ``target`` at ``layer``, 1 the first: the coefficient of the powers of 1/n it comes with."""


def coefficients(flow: LayerValues, layer: int, target: Tensor, powers: range, order: Order) -> Series:
    """The series with the coefficients of 1/n^k, k in ``powers``, of what comes in powers of 1/n_(layer-1)."""
    below = flow.setting.width(layer - 1) if layer > 1 else Fraction(1)
    return Series(tuple(flow.value(layer, tensor(target.components, k)) for k in powers), order).in_widths(below)


def multiplied(left: Real | ExpectationError, right: Real | ExpectationError) -> Real | ExpectationError:
    """The product of two values, or the error of the one that does not exist."""
    if isinstance(left, ExpectationError):
        return left
    return right if isinstance(right, ExpectationError) else left * right


def defined(value: Real | ExpectationError) -> Real:
    """The value; raises the error that stands in for one that does not exist."""
    if isinstance(value, ExpectationError):
        raise value
    return value


def layer_meant(symbol: Symbol, made: int) -> int:
    """The layer of a hyperparameter in the recursion l -> l+1 = ``made``: C_W[l+1], and C_W, are of the layer made."""
    return made if symbol.layer is None else made - 1 + symbol.layer


def constant_scalars(values: Mapping[str, Real]) -> Callable[[Atom, int], Real]:
    """Hyperparameters that are the same in every layer."""

    def scalar(atom: Atom, layer: int) -> Real:
        assert isinstance(atom, Symbol)
        return values[atom.name]

    return scalar
