"""A tower of recursions at one input as closed forms in the layer, exact in every layer from 1 on.

    K' = a K + b, a and b the same in every layer     K is a sum of c rho^l
    averages are powers of K                          homogeneous activations: linear, ReLU, leaky ReLU
    X' = alpha X + beta(l), alpha a constant          every other tensor, drivers first

At a critical point K* > 0 the kernel stays, every coefficient is a number, and the tensors are polynomials in l. What a
layer makes anew (alpha = 0) follows its source from the second layer on; its first layers are kept one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.kernel_system import KERNEL, Quantity, coefficient_of
from ptheory.criticality.series import DIGITS
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.depth.depth_sum import DepthSum, NoDepthForm, canonical, gaps, solved
from ptheory.expectations import TimeExceeded
from ptheory.recursion.means.mean import Mean

UNIT = sp.Float(10) ** -20  # a response at a critical point that is this close to one is one
LAYERS_CHECKED = 6
ONE = sp.Integer(1)


class Disagreement(Refusal):
    """A closed form that its own recursion does not give: a mistake in the engine."""


@dataclass(frozen=True)
class InDepth:
    """A tensor in every layer: ``first`` are its values in the layers 1, 2, ... before ``later`` holds."""

    later: DepthSum
    first: tuple[sp.Expr, ...] = ()

    @property
    def since(self) -> int:
        """The first layer of which ``later`` says the value."""
        return len(self.first) + 1

    def at(self, layer: int) -> sp.Expr:
        """The value in a layer."""
        return self.first[layer - 1] if layer < self.since else self.later.at(layer)


@dataclass
class TowerInDepth:
    """``hyper``: every hyperparameter as a number or a symbol; ``first``: the tensors of layer 1, the kernel among them
    as KERNEL; ``kept``: K* where the kernel is at a critical point K* > 0, None elsewhere.

    ``solutions`` and ``failures`` by the names of tensors; ``gaps``: what must not vanish for each form to hold.
    """

    spec: SpecialisedSystem
    hyper: Mapping[Atom, sp.Expr]
    first: Mapping[str, sp.Expr]
    kept: sp.Expr | None = None
    solutions: dict[str, InDepth] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, set[sp.Expr]] = field(default_factory=dict)
    _means: dict[Mean, DepthSum] = field(default_factory=dict)

    def solve(self) -> None:
        """Everything that has a closed form; why the rest has none. Raises Disagreement, TimeExceeded."""
        try:
            self.solutions[KERNEL] = InDepth(self._kernel())
        except Refusal as error:
            self.failures[KERNEL] = str(error)
            return
        for recursion in self.spec.system.tower:
            try:
                self.solutions[recursion.name] = self._tensor(recursion.name, recursion.rhs)
            except (Disagreement, TimeExceeded):
                raise
            except Refusal as error:
                self.failures[recursion.name] = str(error)

    def _kernel(self) -> DepthSum:
        if self.kept is not None:
            return DepthSum.constant(self.kept)
        map_of_kernel = self.spec.series(self.spec.system.kernel, self.hyper, 1)
        powers = {exponent: c for (exponent, log), c in map_of_kernel.terms.items() if not log}
        if map_of_kernel.truncation is not None or len(powers) != len(map_of_kernel.terms):
            raise NoDepthForm(f"{self._name}' is no polynomial in {self._name}")
        if not set(powers) <= {sp.Integer(0), ONE}:
            raise NoDepthForm(f"{self._name}' is not linear in {self._name}")
        factor = canonical(powers.get(ONE, sp.Integer(0)))
        if factor == 0:
            raise NoDepthForm(f"{self._name}' does not depend on {self._name}")
        source = DepthSum.constant(powers.get(sp.Integer(0), sp.Integer(0)))
        self.gaps[KERNEL] = gaps(factor, source)
        return solved(factor, source, self.first[KERNEL])

    @property
    def _name(self) -> str:
        return self.spec.system.kernel_name

    def _tensor(self, name: str, right: Polynomial) -> InDepth:
        source, alpha = coefficient_of(right, Quantity(name))
        factor = self._factor(alpha)
        driven = self._sum(source, lambda known: self.solutions[known].later)
        first = [self.first.get(name, sp.Integer(0))]
        drivers = {atom.name for atom in right.atoms() if isinstance(atom, Quantity)} - {name}
        self.gaps[name] = set().union(*(self.gaps.get(driver, set()) for driver in (KERNEL, *drivers)))
        starts = [self.solutions[atom.name].since for atom in source.atoms() if isinstance(atom, Quantity)]
        for layer in range(1, max(starts, default=1) + (factor == 0)):
            below = self._sum(source, _of_layer(self.solutions, layer))
            first.append(canonical(factor * first[-1] + below.at(1)))
        if factor == 0:
            found = InDepth(driven.before(), tuple(first[:-1]))
        else:
            self.gaps[name] |= gaps(factor, driven)
            found = InDepth(solved(factor, driven, first[-1], len(first)), tuple(first[:-1]))
        while found.first and found.later.at(found.since - 1) == found.first[-1]:  # it holds earlier than was needed
            found = InDepth(found.later, found.first[:-1])
        self._check(name, right, found)
        return found

    def _check(self, name: str, right: Polynomial, found: InDepth) -> None:
        """The recursion itself, layer by layer. Raises Disagreement."""
        value = self.first.get(name, sp.Integer(0))
        known = {**self.solutions, name: found}
        for layer in range(1, LAYERS_CHECKED + 1):
            if not _equal(found.at(layer), value):
                raise Disagreement(f"{name} in layer {layer} is {value}, and the closed form {found.at(layer)}")
            below = self._sum(right, _of_layer(known, layer))
            value = below.at(1)

    def _factor(self, alpha: Polynomial) -> sp.Expr:
        """The coefficient of the tensor itself, the same in every layer; NoDepthForm where it is not."""
        found = self._sum(alpha, lambda known: self.solutions[known].later)
        if not found.is_constant:
            raise NoDepthForm("what it is multiplied by changes from layer to layer")
        value = found.at(1)
        return ONE if self.kept is not None and value.is_number and abs(sp.N(value - 1, DIGITS)) < UNIT else value

    def _sum(self, polynomial: Polynomial, known: Callable[[str], DepthSum]) -> DepthSum:
        """A polynomial in averages, hyperparameters and tensors, the tensors as ``known`` says."""
        total = DepthSum()
        for monomial, coefficient in polynomial:
            term = DepthSum.constant(sp.Rational(coefficient.numerator, coefficient.denominator))
            for atom, exponent in monomial:
                term = term * self._atom(atom, known).raised(sp.Integer(exponent))
            total = total + term
        return total

    def _atom(self, atom: Atom, known: Callable[[str], DepthSum]) -> DepthSum:
        if isinstance(atom, Quantity):
            if atom.name in self.failures:
                raise NoDepthForm(f"it is driven by {atom.name}, which has no closed form in the layer")
            return known(atom.name)
        if isinstance(atom, Mean):
            return self._mean_at(atom, known(KERNEL))
        return DepthSum.constant(self.hyper[atom] if atom in self.hyper else self.spec.values[atom])

    def _mean_at(self, mean: Mean, kernel: DepthSum) -> DepthSum:
        if self.kept is not None:
            if mean not in self._means:
                self._means[mean] = DepthSum.constant(self._number(mean, self.kept))
            return self._means[mean]
        series = self.spec.average_series(mean, 1)
        if series.truncation is not None or any(log for _, log in series.terms):
            raise NoDepthForm(f"{mean} is no sum of powers of {self._name}")
        total = DepthSum()
        for (exponent, _), coefficient in series.terms.items():
            total = total + kernel.raised(exponent).scaled(coefficient)
        return total

    def _number(self, mean: Mean, kernel: sp.Expr) -> sp.Expr:
        """An average at K*: exact where K* is rational and the average has a closed form."""
        average = Polynomial.atom(mean)
        if kernel.is_Rational:
            form = self.spec.closed_form(average, {})
            if form is not None:
                return sp.simplify(form.subs({s: kernel for s in form.free_symbols}))
        return sp.Float(self.spec.value(average, sp.N(kernel, DIGITS), {}, DIGITS), DIGITS)


def _of_layer(known: Mapping[str, InDepth], layer: int) -> Callable[[str], DepthSum]:
    """The tensors as the numbers they are in one layer."""
    return lambda name: DepthSum.constant(known[name].at(layer))


def _equal(one: sp.Expr, other: sp.Expr) -> bool:
    difference = canonical(one - other)
    if difference.has(sp.Float) and difference.is_number:
        return bool(abs(difference) <= UNIT * (1 + abs(sp.N(one, DIGITS))))
    return bool(difference == 0 or sp.simplify(difference) == 0)
