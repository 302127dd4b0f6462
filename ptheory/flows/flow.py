"""Numbers layer by layer from the derived recursions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

from ptheory.algebra.order import LARGEST_EXACT_POWER, Order
from ptheory.algebra.polynomial import Atom, Monomial
from ptheory.algebra.real import Real
from ptheory.algebra.refusal import Refusal
from ptheory.expectations import ExpectationError
from ptheory.flows.layer_values import LayerValues
from ptheory.flows.moment_values import MomentTable, within_size
from ptheory.flows.term_sums import Summand, number, quantity
from ptheory.recursion.dummies import by_leg, relabel_atom
from ptheory.recursion.layer_maps import required_rate
from ptheory.recursion.sources import legs_read
from ptheory.recursion.system import RowsNotIndependent
from ptheory.recursion.tensors import WIDTH_RATIO, Expectation, Leg, Tensor, covariance, tensor

Choice = tuple[tuple[Leg, Leg], ...]  # dummy -> the leg it stands for


class SeriesTooLong(Refusal):
    """An exact series with more terms than are worth computing."""

    help = "ask for a lower depth, or for an order such as `order 1/n`"

    def __init__(self, terms: int, layer: int) -> None:
        super().__init__(f"the exact series has {terms} terms at layer {layer}")


@dataclass
class Flow(LayerValues):
    """From the recursions of a network without memory: its tensors at l + 1 from those at l.

    Raises RowsNotGaussian where the first layer's weights are not Gaussian.
    """

    _kernels: dict[tuple[int, Leg, Leg], Real] = field(default_factory=dict)
    _quantities: dict[tuple[int, Tensor | tuple[Atom, int]], Summand] = field(default_factory=dict)
    _filled: dict[tuple[int, Tensor, tuple[Leg, ...]], Summand] = field(default_factory=dict)
    _tables: dict[int, MomentTable] = field(default_factory=dict)
    _expectations: dict[tuple[int, Expectation], dict[Choice, Real | ExpectationError]] = field(default_factory=dict)

    def _computed(self, layer: int, target: Tensor) -> Real:
        if self._ends and target.power > self.highest_power(layer, len(target.legs) // 2):
            return Fraction(0)
        return self._first(target) if layer == 1 else self._next(layer - 1, target)

    @property
    def _ends(self) -> bool:
        """Whether series in 1/n end: with polynomial site functions, and no rows joined by cumulants that do not."""
        return self.system.degrees is not None and self.system.model.architecture.has_independent_rows

    def _powers(self, layer: int, target: Tensor, order: Order) -> range:
        """EXACT is for polynomial site functions. Raises SeriesTooLong, RowsNotIndependent."""
        if not order.is_exact:
            return order.powers
        if not self.system.model.architecture.has_independent_rows:
            raise RowsNotIndependent("where the rows of weights are not independent, series in 1/n need not end")
        return self._powers_of_exact(layer, len(target.legs) // 2)

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
            return self.first_covariance(left, right)
        if len(component.observables) == 1 and len(component.observables[0].kind.edges) == 1:
            return self.input_overlap(target, required_rate, lambda p: p.rate_fan_in, lambda p: p.rate_power)
        return Fraction(0)

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
                self.setting.averages,
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
