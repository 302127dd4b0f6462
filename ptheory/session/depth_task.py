"""``solve V in l`` and ``solve V at l/n = r``: tensors in closed form in the layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.analysed import Analysed, analysis_of
from ptheory.criticality.asymptotics import DEPTH, TowerSolution, fixed_rates
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.kernel_system import KERNEL
from ptheory.criticality.line import solve_line
from ptheory.criticality.series import DIGITS, order_key
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import Dimension, over_scale
from ptheory.criticality.universality import governing_point
from ptheory.depth.at_large_depth import expansion, ratio_at_large_depth, tower_at_large_depth
from ptheory.depth.closed_tower_in_depth import TowerInDepth
from ptheory.depth.depth_sum import NoDepthForm
from ptheory.depth.every_order import LAYER, WIDTH_OF_LAYER, ProductOfLayers, product_of_layers
from ptheory.expectations import TimeExceeded
from ptheory.expectations.time_limits import time_limit
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Name
from ptheory.language.statements import Solve
from ptheory.networks.architecture import Architecture
from ptheory.networks.check_architecture import hyperparameters
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.fields import Field
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
from ptheory.networks.roles import roles
from ptheory.networks.set_values import as_expression
from ptheory.networks.shared_parameters import shared_in_first_layer
from ptheory.recursion.closure import OpenHierarchy
from ptheory.recursion.layer_maps import required_rate
from ptheory.recursion.tensors import Tensor
from ptheory.recursion.uniform_scaling import uniform_scaling
from ptheory.results.criticality_result import Criticality
from ptheory.results.depth_forms import DepthForm, NoDepthFormFound, Reach, Solution
from ptheory.session.systems import Systems

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation

SECONDS = 20.0  # of processor time for the forms of a block
FIRST_KERNEL = "{}[1]"
SHOWN_DIGITS = 20  # of decimal numbers, which are known to some 25
WHAT_IS_KNOWN = "add `critical`: the law at large depth is known there"


def solve(
    task: WithTask, systems: Systems, activations: Mapping[str, Activation], found: Criticality | None
) -> tuple[Solution, ...]:
    """A form, or why there is none, for every tensor that a block solves. Raises LanguageError."""
    if not task.solve:
        return ()
    system = systems.system(task.architecture)
    if uniform_scaling(system.model.declared) is None or system.needs_equal_widths:
        raise LanguageError(
            f"rates of {task.architecture} have powers of n that differ from layer to layer or from term to term",
            task.solve[0].span,
            help="recursions are solved where every rate of the layers has one power n^s; `exponents` and `flow` know "
            "others",
        )
    wanted = {name.name: systems.tensor_at(name.name) for one in task.solve for name in one.names}
    together = _Network(task, systems, activations, found, tuple(wanted.values()))
    solutions: list[Solution] = []
    for statement in task.solve:
        for name in statement.names:
            network = together if together.closes else replace(together, wanted=(wanted[name.name],))
            solutions += network.solutions(statement, name, wanted[name.name])
    return tuple(solutions)


@dataclass(frozen=True)
class _Network:
    """The one-input system of a block, its hyperparameters as numbers where they are set or critical, else symbols.

    ``at_depth``: with what a skip leaves closed at large depth alone."""

    task: WithTask
    systems: Systems
    activations: Mapping[str, Activation]
    criticality: Criticality | None
    wanted: tuple[TensorAt, ...]
    at_depth: bool = False

    # ---- the system -------------------------------------------------------------------------------------------

    @property
    def architecture(self) -> Architecture:
        """That of the block."""
        return self.systems.system(self.task.architecture).model.architecture

    @cached_property
    def point(self) -> CriticalPoint | None:
        """The critical point of the class where the block says ``critical``. LanguageError where there is none."""
        if not self.task.critical:
            return None
        found = None if self.criticality is None else self.criticality.classification
        point = None if found is None else governing_point(found.critical_points)
        if point is None:
            raise LanguageError(
                "there is no critical point to solve the recursions at",
                self.task.solve[0].span,
                help="leave out `critical`, or `set` other variances",
            )
        return point

    @cached_property
    def values(self) -> dict[str, sp.Expr]:
        """Every hyperparameter by its name."""
        critical: Mapping[str, sp.Expr] = {}
        if self.point is not None and self.criticality is not None and self.criticality.governing is not None:
            critical = self.criticality.governing.hyperparameters
        known = {**critical, **{name: real_number(as_expression(v)) for (name, _), v in self.task.values.items()}}
        return {name: known.get(name, sp.Symbol(name, positive=True)) for name in hyperparameters(self.architecture)}

    @cached_property
    def analysed(self) -> Analysed:
        """The tensors wanted and all that drive them. Raises UnsupportedSystem."""
        system, names = self.systems.system(self.task.architecture), self.systems.names(self.task.architecture)
        tensors = [asked for asked in self.wanted if not self.is_kernel(asked)]
        found = roles(self.architecture)
        wanted = {*found.others, *({name for name, _ in self.task.values} - {*found.rates})}
        given = {name: value for name, value in self.values.items() if name in wanted}
        kind = analysis_of(self.architecture) if self.at_depth else Analysed
        return kind(system, names, tensors, given)

    @cached_property
    def closes(self) -> bool:
        """Whether all that is wanted has one system."""
        try:
            _ = self.analysed
        except Refusal:
            return False
        return True

    def key(self, asked: TensorAt) -> str:
        """What the tensor is called in the system."""
        found = self.tensor(asked)
        return KERNEL if found.is_kernel else self.systems.names(self.task.architecture).of(found).name

    def is_kernel(self, asked: TensorAt) -> bool:
        """Whether it is K, the leading covariance."""
        return self.tensor(asked).is_kernel

    def tensor(self, asked: TensorAt) -> Tensor:
        """The tensor at the order wanted."""
        found = self.systems.names(self.task.architecture).tensor(asked.name, asked.lowest_order)
        assert found is not None
        return found

    @cached_property
    def spec(self) -> SpecialisedSystem:
        """The system at the activations of the block."""
        return replace(self.analysed.specialise(self.activations), kinks_dropped=self.task.almost_everywhere)

    @cached_property
    def hyper(self) -> dict[Atom, sp.Expr]:
        """The values by the symbols of the system."""
        tuning = self.analysed.tuning
        found: dict[Atom, sp.Expr] = {Symbol(name): value for name, value in self.values.items()}
        found[tuning.bias_symbol] = sp.Integer(0)
        for unknown in (tuning.bias, tuning.weight):
            if unknown is not None:
                found[unknown.symbol] = self.values[unknown.name] ** unknown.power
        return found

    # ---- closed forms -----------------------------------------------------------------------------------------

    @cached_property
    def kept(self) -> sp.Expr | None:
        """K* where the kernel is at a critical point K* > 0."""
        if self.point is None or self.point.K_star is None or self.point.K_star == 0:
            return None
        kernel = self.point.K_star
        return kernel if kernel.is_Rational else sp.N(kernel, DIGITS)

    @cached_property
    def tower(self) -> TowerInDepth:
        """Closed forms in the layer, as far as there are any."""
        kernel = self.kept if self.kept is not None else self._kernel_of_layer_one
        return TowerInDepth(self.spec, self.hyper, self._first_layer(kernel), self.kept)

    @cached_property
    def solved(self) -> str:
        """Solves the tower, once: what stopped it, or nothing."""
        try:
            with time_limit(SECONDS):
                self.tower.solve()
        except TimeExceeded:
            return f"it takes more than {SECONDS:.0f} seconds of processor time; `set` hyperparameters to numbers"
        return ""

    @property
    def _kernel_of_layer_one(self) -> sp.Expr:
        """What is set for it, else a symbol: K where it is the same in every layer."""
        if self.task.kernel is not None:
            return real_number(self.task.kernel.value)
        stays = self.point is not None and self.point.K_star is None
        return sp.Symbol(self._name if stays else FIRST_KERNEL.format(self._name), positive=True)

    @property
    def _name(self) -> str:
        return self.spec.system.kernel_name

    def _first_layer(self, kernel: sp.Expr) -> dict[str, sp.Expr]:
        """The tensors of layer 1: the kernel, and what its parameters make of Theta; all else is zero there."""
        found = {KERNEL: kernel}
        for recursion in self.analysed.tower:
            (component,) = recursion.target.components if len(recursion.target.components) == 1 else (None,)
            if component is None or recursion.target.order or len(component.observables) != 1:
                continue
            if len(component.observables[0].kind.edges) == 1:
                field = component.legs[0].field
                found[recursion.name] = self._first_tangent(kernel, field, recursion.name)
        return found

    def _first_tangent(self, kernel: sp.Expr, field: Field, name: str) -> sp.Expr:
        """Theta of layer 1, the overlap of the input with itself read off the kernel."""
        of_biases, of_inputs = [sp.Integer(0), sp.Integer(0)], [sp.Integer(0), sp.Integer(0)]  # of K, of Theta
        for coefficient, parameter, reads_input in shared_in_first_layer(self.architecture, field, field):
            share = of_inputs if reads_input else of_biases
            for k, strength in enumerate((parameter.variance, required_rate(parameter))):
                share[k] += self._scalar(coefficient * strength)
        if of_inputs[0] == 0:
            return sp.Symbol(FIRST_KERNEL.format(name), positive=True)
        return of_biases[1] + of_inputs[1] * (kernel - of_biases[0]) / of_inputs[0]

    def _scalar(self, polynomial: Polynomial) -> sp.Expr:
        def value(atom: Atom) -> sp.Expr:
            assert isinstance(atom, Symbol)
            return self.values.get(atom.name, sp.Symbol(atom.name, positive=True))

        return polynomial.evaluate(value, lambda c: sp.Rational(c.numerator, c.denominator))

    @cached_property
    def product(self) -> ProductOfLayers:
        """Every order in 1/n. Raises NoDepthForm."""
        return product_of_layers(self.spec, self.architecture, self.hyper)

    # ---- what is said -----------------------------------------------------------------------------------------

    def solutions(self, statement: Solve, written: Name, asked: TensorAt) -> list[Solution]:
        """The forms of one tensor, or why there is none. Raises LanguageError."""
        varying = next((symbol for symbol in self._symbols if symbol.layer is not None), None)
        if varying is not None:
            reason = f"{varying.name} is another number in every layer, and the recursions are solved at one"
            return [NoDepthFormFound(written.name, reason, f"declare {varying.name} without [l]")]
        try:
            if statement.ratio is None:
                return list(self._in_layer(written, asked))
            ratio = self._ratio(statement.ratio)
            if not self.closes and self.point is not None:
                return [replace(self, at_depth=True)._small_ratio(written, asked, ratio)]
            return list(self._at_ratio(written, asked, ratio))
        except LanguageError:
            raise
        except Refusal as error:
            help = self._instead(written) if isinstance(error, OpenHierarchy) else ""
            return [NoDepthFormFound(written.name, str(error), help)]

    def _instead(self, written: Name) -> str:
        """What is known of a tensor that does not close, where a skip leaves it closed at large depth."""
        if self.closes or not replace(self, at_depth=True).closes:
            return ""
        block = "" if self.task.critical else "`critical` and "
        return (
            f"its growth at large depth is known: add {block}`exponents {written.name}`; `flow` has numbers in layers"
        )

    @property
    def _symbols(self) -> set[Symbol]:
        """The hyperparameters in variances and rates, each layer's on its own."""
        laws = [p.variance for p in self.architecture.parameters]
        laws += [p.rate for p in self.architecture.parameters if p.rate is not None]
        return {atom for law in laws for atom in law.atoms() if isinstance(atom, Symbol)}

    def _ratio(self, written: Expression) -> sp.Expr:
        value = constant_value(written)
        if value is not None:
            return sp.Rational(value.numerator, value.denominator)
        assert isinstance(written, Name)
        return sp.Symbol(written.name, positive=True)

    def _in_layer(self, written: Name, asked: TensorAt) -> Iterator[Solution]:
        if self.point is not None and self.point.K_star == 0:
            yield self._at_large_depth(written, asked)
            return
        key = self.key(asked)
        stopped, found = self.solved, self.tower.solutions.get(key)
        if found is None:
            help = "" if self.task.critical or stopped else WHAT_IS_KNOWN
            yield NoDepthFormFound(written.name, self._why_not(key, stopped), help)
            return
        if key == KERNEL and found.later.is_constant:
            yield self._kernel_that_stays(written)
            return
        name = self._name if key == KERNEL else written.name
        gaps = tuple(sorted(self.tower.gaps.get(key, ()), key=str))
        reach = Reach.EVERY_LAYER if self.kept is None else Reach.CRITICAL
        terms = tuple(map(_shown, found.later.summands()))
        yield DepthForm(written.name, name, reach, terms, None, gaps, found.since)
        kernels = self._kernels_in(asked)
        if kernels > 1:
            yield from self._every_order(written, kernels)

    def _why_not(self, key: str, stopped: str) -> str:
        """Why a tensor has no closed form: its own reason, the kernel's, or the time."""
        failures = self.tower.failures
        return failures.get(key) or failures.get(KERNEL) or stopped

    def _kernel_that_stays(self, written: Name) -> DepthForm:
        star = None if self.point is None else self.point.K_star
        reach = Reach.EVERY_LAYER if star is None else Reach.CRITICAL
        first = self._kernel_of_layer_one
        stays = sp.Symbol(FIRST_KERNEL.format(self._name), positive=True) if first.is_Symbol else first
        value = stays if star is None else star
        return DepthForm(written.name, self._name, reach, (value,))

    def _kernels_in(self, asked: TensorAt) -> int:
        """How many covariances a leading cumulant is of; 0 for anything else."""
        target = self.tensor(asked)
        pure = all(component.is_covariance for component in target.components)
        return len(target.components) if pure and not target.order and asked.order is None else 0

    def _every_order(self, written: Name, kernels: int) -> Iterator[DepthForm]:
        """The same to every order in 1/n, at equal widths and at any."""
        try:
            product = self.product
        except NoDepthForm:
            return
        scale = self.tower.solutions[KERNEL].later.raised(sp.Integer(kernels)).expression()
        every = scale * product.at_equal_widths(kernels)
        yield DepthForm(written.name, written.name, Reach.EVERY_ORDER, (every,))
        width = f"n[l-1]^{kernels - 1}" if kernels > 2 else "n[l-1]"
        left = f"{written.name}/{width}"
        if kernels == 2:
            sum_of_layers = sp.Sum(1 / WIDTH_OF_LAYER, (LAYER, 1, DEPTH - 1))
            yield DepthForm(written.name, left, Reach.EVERY_WIDTH, (scale * product.growth * sum_of_layers,))
        any_widths = scale * product.at_any_widths(kernels)
        yield DepthForm(written.name, left, Reach.EVERY_WIDTH_AND_ORDER, (any_widths,))

    def _at_large_depth(self, written: Name, asked: TensorAt) -> DepthForm:
        key = self.key(asked)
        behaviour = self.large_depth.behaviours.get(key)
        if behaviour is None:
            raise NoDepthForm(self.large_depth.failures.get(key, f"{written.name} has no expansion at large depth"))
        found = expansion(behaviour, self.rates)
        name = self._name if key == KERNEL else written.name
        free = tuple(map(str, found.free))
        return DepthForm(
            written.name, name, Reach.LARGE_DEPTH, found.terms, found.remainder, kernel=self._name, free=free
        )

    @cached_property
    def large_depth(self) -> TowerSolution:
        """The tower at K* = 0 as series."""
        assert self.point is not None
        return tower_at_large_depth(self.spec, self.point)

    @property
    def rates(self) -> dict[sp.Symbol, sp.Expr]:
        """The learning rates as symbols of a series, and what they are set to."""
        return {sp.Symbol(rate, positive=True): self.values[rate] for rate in roles(self.architecture).rates}

    # ---- l/n fixed --------------------------------------------------------------------------------------------

    def _at_ratio(self, written: Name, asked: TensorAt, ratio: sp.Expr) -> Iterator[Solution]:
        kernels = 1 if self.is_kernel(asked) else self._kernels_in(asked)
        if kernels:
            try:
                value = self.product.at_fixed_ratio(kernels, ratio)
            except NoDepthForm:
                pass
            else:
                yield DepthForm(written.name, self._dimensionless(written, asked, kernels), Reach.FIXED_RATIO, (value,))
                return
        if self.is_kernel(asked):
            raise NoDepthForm(f"{self._name} of its own does not depend on the width")
        yield self._small_ratio(written, asked, ratio)

    def _dimensionless(self, written: Name, asked: TensorAt, kernels: int) -> str:
        if self.is_kernel(asked):
            return f"{self._name}/{self._name}"
        width = "n" if kernels == 2 else f"n^{kernels - 1}"
        return f"{written.name}/({width}{self._name}^{kernels})"

    def _small_ratio(self, written: Name, asked: TensorAt, ratio: sp.Expr) -> DepthForm:
        """The leading power of l/n, of tensors that grow with it."""
        dimension = self.analysed.dimensions[self.key(asked)]
        if not dimension.width:
            raise NoDepthForm(f"{written.name} is of order one: it has no corrections in l/n here, solve it in l")
        tangent = self.spec.system.tangent
        if self.point is None:
            raise NoDepthForm("what grows with l/n is known at a critical point: add `critical`")
        if self.kept is not None:
            raise NoDepthForm(
                f"fluctuations move the kernel away from {self._name}* > 0 by l^2/n: no limit at fixed l/n"
            )
        if self.point.K_star == 0:
            found = ratio_at_large_depth(self.large_depth, self.key(asked), dimension, KERNEL, tangent)
        elif self.at_depth:
            found = self._ratio_on_a_line(self.key(asked), dimension, tangent)
        else:
            found = self._polynomial_ratio(self.key(asked), dimension, tangent)
        power, amplitude = found
        left = dimension.ratio(written.name, self._name, tangent or "")
        if power != dimension.width:
            limit = "zero" if order_key(power) < dimension.width else "infinity"
            raise NoDepthForm(f"{left} goes as l^({power})/n^{dimension.width}: at fixed l/n it tends to {limit}")
        term = amplitude.subs(self.rates) * ratio**dimension.width
        remainder = None if ratio.is_number else ratio ** (dimension.width + 1)
        return DepthForm(written.name, left, Reach.SMALL_RATIO, (_shown(term),), remainder)

    def _ratio_on_a_line(self, name: str, dimension: Dimension, tangent: str | None) -> tuple[sp.Expr, sp.Expr]:
        """The same of what is known to leading order alone."""
        zeros = {one.name: sp.Integer(0) for one in self.spec.system.tower if one.name != tangent}
        line = solve_line(self.spec, self.hyper, fixed_rates(self.spec.system), zeros)
        if name not in line.expressions:
            raise NoDepthForm(line.failures.get(name, f"{name} has no expansion at large depth"))
        below = (*[KERNEL] * int(dimension.kernel), *[tangent or ""] * dimension.tangent)
        power, amplitude = line.ratio_growth(name, *below)
        return sp.Integer(power), over_scale(amplitude, sp.Integer(1))

    def _polynomial_ratio(self, name: str, dimension: Dimension, tangent: str | None) -> tuple[sp.Expr, sp.Expr]:
        """(power of l, amplitude) of X/(K^a Theta^b) where the tensors are polynomials in l."""

        stopped = self.solved

        def leading(one: str) -> tuple[sp.Expr, sp.Expr]:
            if one not in self.tower.solutions:
                raise NoDepthForm(self._why_not(one, stopped))
            polynomial = sp.Poly(self.tower.solutions[one].later.expression(), DEPTH)
            if polynomial.is_zero:
                raise NoDepthForm("it is zero in every layer")
            return sp.Integer(polynomial.degree()), polynomial.LC()

        power, amplitude = leading(name)
        for factor, exponent in ((KERNEL, dimension.kernel), (tangent or "", sp.Integer(dimension.tangent))):
            if exponent:
                below, value = leading(factor)
                power, amplitude = power - exponent * below, sp.cancel(amplitude / value**exponent)
        return power, amplitude


def _shown(term: sp.Expr) -> sp.Expr:
    """With the digits that are certain, where its numbers are decimals."""
    return term.xreplace({number: sp.Float(number, SHOWN_DIGITS) for number in term.atoms(sp.Float)})
