"""Criticality of several kernels, where all of them tend to zero and on lines of fixed points: class, exponents.

What is tuned is one hyperparameter, the one that is not set: it makes the largest eigenvalue of ∂K'/∂K at zero one
(``slow_direction``). Then x' = x + c x^(1+q) + ... along the slow direction, x = K_1, and every tensor is a formal
series in x (``coupled_recursions``). Where the kernels are linear in one another there is a line of fixed points, and
y = 1/l takes the place of x: y' = y/(1 + y).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import sympy as sp

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.criticality.alternating import APART, period, slowest_alternation
from ptheory.criticality.coupled_tower import CANCELS, DEPTH_FLOW, GUARDS, CoupledTower, orders_read
from ptheory.criticality.derived import UnsupportedSystem
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.kernel_system import RecursionSystem
from ptheory.criticality.linear_recursions import AsymptoticFailure, Flow
from ptheory.criticality.series import (
    ZERO,
    LogSeries,
    NoExpansion,
    added_text,
    factored,
    monomial_text,
    order_key,
    readable_text,
)
from ptheory.criticality.several_kernels import SeveralKernels, kernel_slope
from ptheory.criticality.slow_direction import AlongCurve, Kernels, NotAtZero
from ptheory.criticality.tower_exponents import TowerExponents
from ptheory.criticality.tuning import NothingToTune
from ptheory.criticality.universality import Classification
from ptheory.networks.delayed_fields import is_delay
from ptheory.networks.fields import Field
from ptheory.networks.roles import Roles

if TYPE_CHECKING:
    from ptheory.activations import Activation

ORDERS = 2, 7  # of the kernels, where that is enough to see them move
NOT_SEARCHED = "of several kernels, critical points above zero are not searched for"


@dataclass(frozen=True)
class AtZero:
    """Kernels at values of all hyperparameters, about zero."""

    kernels: Kernels
    label: str
    tuned: Mapping[str, sp.Expr]

    @cached_property
    def _flow(self) -> tuple[AlongCurve, LogSeries]:
        """The system on the curve, and x' - x, to as many orders as tensors read. Raises NotAtZero."""
        for order in ORDERS:
            spec, flow = self.kernels.curve(order)
            drift = flow - LogSeries.power(1)
            needed = orders_read(Flow(flow).q, GUARDS[-1]) if drift.terms else order
            if drift.terms and needed > order:
                spec, flow = self.kernels.curve(needed)
            if drift.terms or drift.truncation is None:
                break
        return spec, flow - LogSeries.power(1)

    def classification(self) -> Classification:
        """Raises NoExpansion where the kernels do not tend to zero as a power of the depth."""
        _, drift = self._flow
        if drift.terms:
            return self._at_an_attracting_zero(drift)
        if drift.truncation is not None:
            first, *_ = self.kernels.system.kernels
            raise AsymptoticFailure(
                f"to the order computed, {first} stays what it is near zero while another kernel is no multiple of it; "
                "lines of kernels are followed where all are in proportion"
            )
        return self._on_a_line()

    def _at_an_attracting_zero(self, drift: LogSeries) -> Classification:
        spec, names = self._flow[0], self.kernels.system.kernels
        flow = Flow(drift + LogSeries.power(1))
        evidence = [
            self._linear_text(),
            f"near zero x' = x{added_text(flow.c, ('x', 1 + flow.q))} + ..., x = {names[0]}",
        ]
        stable = order_key(flow.c) < 0
        point = self._point(ZERO, "stable" if stable else "unstable", evidence[0], drift)
        if not stable:
            evidence.append("kernels that start near zero move away from it")
            return Classification(self._naming, self.label, "none", (point,), {}, {}, tuple(evidence))
        self._check_no_alternation(flow)
        q = flow.q
        exponents: dict[str, sp.Expr] = {"p_0": 1 / q, "p_par": sp.expand((1 + q) / q)}
        label = "K*=0" if q == 1 else "K*=0, half-integer" if q == sp.Rational(1, 2) else "K*=0, degenerate"
        solved = (CoupledTower(self.kernels.system, spec, flow, guard) for guard in GUARDS)
        first = next(solved)
        try:
            exponents["p_perp"] = factored(first.perpendicular() / q)
        except NoExpansion as error:
            evidence.append(f"p_perp: {error}")
        tower = first.schemes()
        if any(CANCELS in scheme.failures.values() for scheme in tower):
            tower = next(solved).schemes()
        return self._with_tower(label, point, exponents, evidence, tower)

    def _check_no_alternation(self, flow: Flow) -> None:
        """Raises AsymptoticFailure unless kernels that start off the curve come to it faster than it comes to zero."""
        system, spec = self.kernels.system, self._flow[0]
        if period(self.kernels.at_zero()[1]) == 1:
            return
        order = orders_read(flow.q, GUARDS[0])
        slopes = [
            [spec.series(kernel_slope(right, name), {}, order) for name in system.kernels] for right in system.maps
        ]
        power = slowest_alternation(flow, slopes)
        if power is not None and power < 1 + APART:
            raise AsymptoticFailure(
                f"kernels that are larger and smaller in turn stay so: their differences go as {system.kernels[0]}^"
                f"{power:.3g} as it tends to zero, and there is no one law for all layers"
            )

    def _on_a_line(self) -> Classification:
        spec, names = self._flow[0], self.kernels.system.kernels
        first = sp.Symbol(names[0], positive=True)
        at = {name: LogSeries.constant(spec.curve[name].to_expr(first)) for name in names}
        on_line = replace(spec, curve=at)
        evidence = [
            self._linear_text(),
            f"the kernels are linear in one another: a line of fixed points, any {names[0]}",
        ]
        point = self._point(None, "marginal", evidence[0], None)
        exponents: dict[str, sp.Expr] = {"p_0": ZERO, "p_par": ZERO, "p_perp": ZERO}
        kinds = period(self.kernels.at_zero()[1])
        if kinds > 1:
            evidence.append(f"kernels that start off the line are as far off it again {kinds} layers later")
        tower = CoupledTower(self.kernels.system, on_line, DEPTH_FLOW).schemes()
        return self._with_tower("scale-invariant", point, exponents, evidence, tower)

    def _with_tower(
        self,
        label: str,
        point: CriticalPoint,
        exponents: dict[str, sp.Expr],
        evidence: list[str],
        tower: tuple[TowerExponents, ...],
    ) -> Classification:
        evidence += [f"{name} ({one.title}): {reason}" for one in tower for name, reason in one.failures.items()]
        amplitudes = {}
        kernel, ratio = self._naming.kernel_name, self._naming.vertex_ratio
        for growth in tower[0].growths:
            if growth.name == kernel and growth.power != 0:
                amplitudes[kernel] = growth.amplitude
            if growth.name == ratio:
                exponents[ratio], amplitudes[ratio] = growth.power, growth.amplitude
        return Classification(self._naming, self.label, label, (point,), exponents, amplitudes, tuple(evidence), tower)

    # -- words ------------------------------------------------------------------------------------------------------
    @property
    def _naming(self) -> RecursionSystem:
        return self.kernels.system.naming

    def _linear_text(self) -> str:
        named = zip(self.kernels.system.fields, self.kernels.system.kernels, strict=True)
        names = [name for field, name in named if not is_delay(Field(field))]
        curve = self._flow[0].curve
        tuned = " and ".join(f"{name} = {readable_text(value)}" for name, value in self.tuned.items())
        where = f" at {tuned}" if tuned else ""
        if len(names) == 1:
            counts = monomial_text(self.kernels.share_of_first(), ("l", sp.Integer(1)))
            return (
                f"{names[0]}' responds to {names[0]} in all layers that are read with the largest eigenvalue "
                f"one{where}; as these lie further down, the depth counts as {counts}"
            )
        ratios = ", ".join(f"{name}/{names[0]} -> {readable_text(curve[name].coefficient(1))}" for name in names[1:])
        return f"the kernels {', '.join(names)} respond to one another with the largest eigenvalue one{where}; {ratios}"

    def _point(self, star: sp.Expr | None, above: str, certificate: str, drift: LogSeries | None) -> CriticalPoint:
        return CriticalPoint(star, ZERO, ZERO, None, above, certificate, drift)


def critical_values(kernels: Kernels, free: Symbol) -> list[sp.Expr]:
    """The positive values of a hyperparameter at which ∂K'/∂K at zero has the eigenvalue one, exact."""
    _, matrix = kernels.at_zero()
    unknown = sp.Symbol(free.name, positive=True)
    determinant = sp.factor((sp.eye(matrix.rows) - matrix).det())
    if not determinant.has(unknown):
        return []
    found: Sequence[sp.Expr] = sp.solve(sp.numer(sp.together(determinant)), unknown)
    return sorted((value for value in found if value.is_positive), key=order_key)


def classify_kernels(
    system: SeveralKernels,
    roles: Roles,
    activations: Mapping[str, Activation],
    values: Mapping[str, sp.Expr],
    label: str,
    kinks_dropped: bool = False,
) -> tuple[Classification, tuple[Mapping[str, sp.Expr], ...], Kernels | None]:
    """The class where all kernels tend to zero or a line is fixed, the hyperparameters that each point needs, and the
    system at the governing point.

    Raises NothingToTune where it is not one hyperparameter that is left to solve for, UnsupportedSystem where no
    kernels tend to zero for any value of it, NoExpansion where they do not as a power of the depth, FormulaError for a
    hyperparameter inside a function that has no value.
    """
    asked = _asked(system, roles)
    tuned = {name: ZERO for name in roles.biases if name in asked and name not in values}
    fixed: dict[Atom, sp.Expr] = {Symbol(name): value for name, value in {**values, **tuned}.items()}
    free = [name for name in asked if Symbol(name) not in fixed]
    if len(free) > 1:
        one, *others = free
        raise NothingToTune(
            f"{' and '.join(free)} are not set, and one hyperparameter is solved for",
            f"write `set {', '.join(f'{name} = ...' for name in others)}` to solve for {one}",
        )
    found: list[tuple[Classification, dict[str, sp.Expr], Kernels]] = []
    for value in _candidates(system, activations, fixed, free):
        needed = {name: {**values, **tuned, **value}[name] for name in asked}
        at: dict[Atom, sp.Expr] = {Symbol(name): number for name, number in value.items()}
        kernels = Kernels.of(system, activations, {**fixed, **at})
        kernels = replace(kernels, spec=replace(kernels.spec, kinks_dropped=kinks_dropped))
        found.append((AtZero(kernels, label, value).classification(), needed, kernels))
    governing, _, kernels = min(found, key=lambda one: one[0].label == "none")
    points = tuple(point for classification, _, _ in found for point in classification.critical_points)
    at_governing = None if governing.label == "none" else kernels
    return replace(governing, critical_points=points), tuple(needed for _, needed, _ in found), at_governing


def _asked(system: SeveralKernels, roles: Roles) -> list[str]:
    """The hyperparameters of the kernels' recursions, learning rates left out, in the order of their roles."""
    names = {atom.name for right in system.maps for atom in right.atoms() if isinstance(atom, Symbol)}
    return [name for name in (*roles.weights, *roles.others, *roles.biases) if name in names]


def _candidates(
    system: SeveralKernels,
    activations: Mapping[str, Activation],
    fixed: Mapping[Atom, sp.Expr],
    free: Sequence[str],
) -> Iterator[dict[str, sp.Expr]]:
    """What is solved for, at every solution that is one; nothing, once, where all is set. Raises UnsupportedSystem."""
    if not free:
        yield {}
        return
    (name,) = free
    unknown: dict[Atom, sp.Expr] = {Symbol(name): sp.Symbol(name, positive=True)}
    kernels = Kernels.of(system, activations, {**fixed, **unknown})
    kept, reasons = False, []
    for value in critical_values(kernels, Symbol(name)):
        try:
            Kernels.of(system, activations, {**fixed, Symbol(name): value}).direction()
        except NotAtZero as error:
            reasons.append(f"at {name} = {readable_text(value)} {error}")
            continue
        kept = True
        yield {name: value}
    if not kept:
        Kernels.of(system, activations, {**fixed, **unknown}).check_zero()
        if reasons:
            raise UnsupportedSystem(f"{'; '.join(reasons)}; {NOT_SEARCHED}")
        raise UnsupportedSystem(
            f"no {name} > 0 makes the largest eigenvalue of the kernels near zero one; {NOT_SEARCHED}"
        )
