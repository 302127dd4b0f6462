"""Universality classes: the label of an activation in a recursion system, with critical points, exponents and evidence.

Labels
    scale-invariant            a line of fixed points, f(K) = K for every K
    K*=0                       K* = 0 attracts with f(K) - K ~ -K^2: K ~ 1/l
    K*=0, half-integer         K* = 0 attracts with f(K) - K ~ -K^(3/2), a kink in some derivative at 0: K ~ 1/l^2
    K*=0, degenerate           K* = 0 attracts with f(K) - K ~ -K^(1+q), q > 1: K ~ l^(-1/q)
    K*=0, beyond all orders    K* = 0 attracts, f(K) - K smaller than every power of K: K ~ 1/log l
    half-stable                an isolated K* > 0 attracts on one side
    none                       no critical point that is stable on any side
    undecided                  something could not be decided; the reason is part of the evidence
The class is that of the stable point, else of the half-stable one (the least K* where there are several).
Exponents: ``p_0``, ``p_par``, ``p_perp`` are decays, l^(-p), of K (or of K - K*), of parallel and of perpendicular
perturbations; every other entry is the power of l with which that quantity grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import sympy as sp

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.criticality.asymptotics import fixed_rates, linear_response, solve_tower
from ptheory.criticality.fixed_points import CriticalPoint, CriticalSearch, critical_points
from ptheory.criticality.given import at_given
from ptheory.criticality.kernel_system import KERNEL, RecursionSystem
from ptheory.criticality.laws import law_texts
from ptheory.criticality.line import solve_line
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.local import LocalFlow, flow_in_own_units, local_flow
from ptheory.criticality.series import NoExpansion, added_text, factored, number_value
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import (
    Dimension,
    Growth,
    TowerExponents,
    line_exponents,
    tower_exponents,
)
from ptheory.displayed import Displayed
from ptheory.expectations import ExpectationError
from ptheory.language.json_values import JsonObject


@dataclass(frozen=True)
class Classification(Displayed):
    """``exponents`` and ``amplitudes`` hold exact SymPy expressions (Floats where no closed form was found).

    ``system`` says what the kernel and the tuned variances are called; under its ``vertex_ratio`` stands the relative
    size of the fluctuations between networks.
    """

    system: RecursionSystem
    activation: str
    label: str
    critical_points: tuple[CriticalPoint, ...]
    exponents: Mapping[str, sp.Expr] = field(default_factory=dict)
    amplitudes: Mapping[str, sp.Expr] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    tower: tuple[TowerExponents, ...] = ()

    @property
    def kernel_name(self) -> str:
        """What the kernel is called."""
        return self.system.kernel_name

    @property
    def variances(self) -> tuple[str, str]:
        """What the tuned variances of biases and of weights are called."""
        return self.system.bias.name, self.system.weight.name

    def growths(self) -> dict[str, Growth]:
        """Every exponent of the tower under a name that says which learning rates are meant: "D (fixed rates)"."""
        return {f"{g.name} ({scheme.title})": g for scheme in self.tower for g in scheme.growths}

    def to_json(self) -> JsonObject:
        """The object behind ``classify --json``; numbers are strings with all their digits."""
        return {
            "activation": self.activation,
            "class": self.label,
            "critical_points": [point_json(p, *self.variances) for p in self.critical_points],
            "exponents": {k: exact_text(v) for k, v in self.every_exponent.items()},
            "amplitudes": {k: exact_text(v) for k, v in self.every_amplitude.items()},
            "evidence": list(self.evidence),
            "rates": {s.title: {k: exact_text(v) for k, v in s.powers.items()} for s in self.tower},
            "laws": law_texts(self),
        }

    @property
    def every_exponent(self) -> dict[str, sp.Expr]:
        """Those of the tower too, under names that say which learning rates are meant."""
        return {**self.exponents, **{name: g.power for name, g in self.growths().items()}}

    @property
    def every_amplitude(self) -> dict[str, sp.Expr]:
        """The same for the amplitudes."""
        return {**self.amplitudes, **{name: g.amplitude for name, g in self.growths().items()}}


def exact_text(value: sp.Expr) -> str:
    """SymPy's text; numbers known only numerically carry 20 digits."""
    return str(sp.N(number_value(value), 20)) if value.has(sp.Float) else str(sp.sstr(value))


def decimal_text(value: sp.Expr, digits: int = 30) -> str:
    """An integer as such, everything else as a decimal with ``digits`` digits."""
    if value.is_Integer:
        return str(value)
    return str(sp.N(value, digits))


def point_json(point: CriticalPoint, bias: str, weight: str) -> JsonObject:
    """A critical point with its numbers as text, the two variances under their names; exact values beside decimals."""
    entry: JsonObject = {
        "K_star": "any" if point.K_star is None else decimal_text(point.K_star),
        bias: decimal_text(point.C_b),
        weight: decimal_text(point.C_W),
        "stability": point.stability,
        "from_below": point.below,
        "from_above": point.above,
        "certificate": point.certificate,
    }
    for key, value in (("K_star", point.K_star), (bias, point.C_b), (weight, point.C_W)):
        if value is not None and not value.has(sp.Float) and not value.is_Integer:
            entry[f"{key}_exact"] = exact_text(value)
    return entry


def classify_system(
    spec: SpecialisedSystem,
    name: str,
    digits: int = 30,
    dimensions: Mapping[str, Dimension] | None = None,
    kinks_dropped: bool = False,
    given: Mapping[Atom, sp.Expr] | None = None,
    kernel: sp.Expr | None = None,
) -> Classification:
    """Critical points, class label, exponents and evidence of a recursion system at one activation.

    With ``dimensions`` of its quantities the whole tower is solved, for fixed rates and for equivalence rates, with the
    derivatives of automatic differentiation where ``kinks_dropped``; critical points never depend on that.
    ``given``: values of the tuned variances that are prescribed, ``kernel`` that of K*; only critical points that have
    them count.
    """
    search = at_given(critical_points(spec, digits), spec.system, given or {}, kernel)
    return _classified(spec, name, search, dimensions, kinks_dropped)


def _classified(
    spec: SpecialisedSystem,
    name: str,
    search: CriticalSearch,
    dimensions: Mapping[str, Dimension] | None,
    kinks_dropped: bool,
) -> Classification:
    system = spec.system
    evidence = list(search.notes)
    if search.open_questions:
        reasons = tuple(f"undecided: {q}" for q in search.open_questions)
        return Classification(system, name, "undecided", search.points, {}, {}, (*evidence, *reasons))
    point = governing_point(search.points)
    if point is None:
        listed = ", ".join(
            f"{system.kernel_name}* = {exact_text(p.K_star)} ({p.stability})"
            for p in search.points
            if p.K_star is not None
        )
        evidence.append(f"no critical point is stable on any side; found: {listed or 'none at all'}")
        return Classification(system, name, "none", search.points, {}, {}, tuple(evidence))
    evidence.append(point.certificate)
    if point.K_star is None:
        return _classify_line(spec, name, point, evidence, dimensions or {}, kinks_dropped)
    try:
        local = local_flow(spec, point)
    except (NoExpansion, ExpectationError) as error:
        if point.K_star == 0:
            reason = f"undecided: no expansion at the critical point ({error})"
            return Classification(system, name, "undecided", search.points, {}, {}, (*evidence, reason))
        evidence.append(f"no exponents: the averages could not be expanded at the critical point ({error})")
        return Classification(system, name, _isolated_label(point), search.points, {}, {}, tuple(evidence))
    label = _label(point, local)
    exponents, amplitudes = _exponents(local, evidence)
    solve = partial(_schemes, replace(spec, kinks_dropped=kinks_dropped), point, local, dimensions or {})
    tower = _tower(solve, dimensions, _rate_values(spec), evidence)
    return Classification(system, name, label, search.points, exponents, amplitudes, tuple(evidence), tower)


def _schemes(
    spec: SpecialisedSystem, point: CriticalPoint, local: LocalFlow, dimensions: Mapping[str, Dimension]
) -> Iterator[TowerExponents]:
    """The exponents of the tower; at K* > 0 where the kernel is K*, and rates fixed are those of the equivalence
    principle, and where it only tends to it."""
    if not point.K_star:
        about = local_flow(spec, point) if spec.kinks_dropped else local
        yield from tower_exponents(about, dimensions)
        return
    hyper: dict[Atom, sp.Expr] = {spec.system.weight: point.C_W, spec.system.bias: point.C_b}
    kernel, about = spec.system.kernel_name, flow_in_own_units(spec, point)
    yield next(line_exponents(spec, hyper, dimensions, about, f"{kernel} = {kernel}*"))
    yield next(tower_exponents(about, dimensions, f"{kernel} tends to {kernel}*"))


def _tower(
    solve: Callable[[], Iterable[TowerExponents]],
    dimensions: Mapping[str, Dimension] | None,
    rates: Mapping[Symbol, sp.Expr],
    evidence: list[str],
) -> tuple[TowerExponents, ...]:
    if not dimensions:
        return ()
    try:
        tower = tuple(scheme.at_rates(rates) if rates else scheme for scheme in solve())
    except NoExpansion as error:
        evidence.append(f"no exponents of the tower: {error}")
        return ()
    for scheme in tower:
        evidence += [f"{name} ({scheme.title}): {reason}" for name, reason in scheme.failures.items()]
    return tower


def _rate_values(spec: SpecialisedSystem) -> dict[Symbol, sp.Expr]:
    return {rate: spec.values[rate] for rate in (*spec.system.rates, *spec.system.constants) if rate in spec.values}


def governing_point(points: tuple[CriticalPoint, ...]) -> CriticalPoint | None:
    """The point whose class the activation has: stable (or a line) before half-stable, then the least K*."""
    for wanted in (("stable", "marginal"), ("half-stable",)):
        matching = [p for p in points if p.stability in wanted]
        if matching:
            return min(matching, key=lambda p: float(sp.N(p.K_star)) if p.K_star is not None else 0.0)
    return None


def _label(point: CriticalPoint, local: LocalFlow) -> str:
    if point.K_star != 0:
        return _isolated_label(point)
    if local.essential is not None:
        return "K*=0, beyond all orders"
    assert local.flow is not None
    q = local.flow.q
    if q == 1:
        return "K*=0"
    return "K*=0, half-integer" if q == sp.Rational(1, 2) else "K*=0, degenerate"


def _isolated_label(point: CriticalPoint) -> str:
    return "half-stable" if point.stability == "half-stable" else "K*>0"


def _classify_line(
    spec: SpecialisedSystem,
    name: str,
    point: CriticalPoint,
    evidence: list[str],
    dimensions: Mapping[str, Dimension],
    kinks_dropped: bool,
) -> Classification:
    hyper: dict[Atom, sp.Expr] = {spec.system.weight: point.C_W, spec.system.bias: point.C_b}
    zero = sp.Integer(0)
    exponents: dict[str, sp.Expr] = {"p_0": zero, "p_par": zero, "p_perp": zero}
    amplitudes: dict[str, sp.Expr] = {}
    vertex, ratio_name = spec.system.vertex, spec.system.vertex_ratio
    wanted = () if vertex is None else (vertex,)
    solution = solve_line(spec, hyper, fixed_rates(spec.system), names=wanted)
    if vertex is not None and vertex in solution.expressions:
        power, amplitude = solution.ratio_growth(vertex, KERNEL, KERNEL)
        exponents[ratio_name], amplitudes[ratio_name] = sp.Integer(power), amplitude
    evidence += [f"{k}: {reason}" for k, reason in solution.failures.items()]
    tower = _tower(
        lambda: line_exponents(replace(spec, kinks_dropped=kinks_dropped), hyper, dimensions),
        dimensions,
        _rate_values(spec),
        evidence,
    )
    for quantity, value in tower[0].exact.items() if tower else ():
        since = tower[0].since.get(quantity, 1)
        layers = "layer l" if since == 1 else f"layer l >= {since}"
        form = exact_text(sp.factor(value)).replace("**", "^")
        evidence.append(f"{quantity} = {form} in {layers}, exactly")
    return Classification(spec.system, name, "scale-invariant", (point,), exponents, amplitudes, tuple(evidence), tower)


def _exponents(local: LocalFlow, evidence: list[str]) -> tuple[dict[str, sp.Expr], dict[str, sp.Expr]]:
    if local.essential is not None:
        evidence += local.essential.evidence
        return dict(local.essential.exponents), dict(local.essential.amplitudes)
    flow = local.flow
    assert flow is not None
    # the parallel susceptibility is the derivative of the flow, 1 + (1 + q) c x^q
    exponents: dict[str, sp.Expr] = {"p_0": 1 / flow.q, "p_par": sp.expand((1 + flow.q) / flow.q)}
    amplitudes: dict[str, sp.Expr] = {}
    power, growth = linear_response(flow, local.perpendicular)
    if power is None:
        evidence.append(f"p_perp: no power law, {growth}")
    else:
        exponents["p_perp"] = factored(-power)
    evidence.append(
        f"near the fixed point x' = x{added_text(flow.c, ('x', 1 + flow.q))} + ... with x = {local.variable}"
    )
    vertex, ratio_name = local.system.vertex, local.system.vertex_ratio
    wanted = () if vertex is None else (vertex,)
    try:
        tower = solve_tower(
            local.system, local.expand, flow, local.kernel, fixed_rates(local.system), orders=0, names=wanted
        )
    except AsymptoticFailure as error:
        evidence.append(f"no tower asymptotics: {error}")
        return exponents, amplitudes
    amplitudes[local.variable] = factored(tower.distance.leading[2])
    if vertex is not None and vertex in tower.behaviours:
        ratio = tower.ratio(vertex, KERNEL, KERNEL)
        exponents[ratio_name], amplitudes[ratio_name] = ratio.power, factored(ratio.amplitude)
    evidence += [f"{k}: {reason}" for k, reason in tower.failures.items()]
    return exponents, amplitudes
