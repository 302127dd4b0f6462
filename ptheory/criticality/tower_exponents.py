"""Exponents and amplitudes of a whole tower, at fixed learning rates and at those of the equivalence principle.

Every quantity X of the tower grows as amplitude * l^power (times a power of log l). What has a meaning of its own is
the dimensionless ratio: with M legs in all, R learning rates and the width n of the layer below,

    X / (n^(M/2 - 1) K^(M/2 - R) Theta^R)       V/(nK^2), D/(nK Theta), B/(nTheta^2), K S/(nTheta^3), ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.criticality.asymptotics import (
    Behaviour,
    Rates,
    equivalence_rates,
    fixed_rates,
    free_constant,
    linear_response,
    solve_tower,
)
from ptheory.criticality.kernel_system import KERNEL, RecursionSystem
from ptheory.criticality.line import LineSolution, solve_line
from ptheory.criticality.linear_recursions import AsymptoticFailure, Flow
from ptheory.criticality.local import LocalFlow
from ptheory.criticality.series import (
    DIGITS,
    LogSeries,
    NamedNumber,
    NoExpansion,
    factored,
    is_quotient_of_sums,
    number_value,
)
from ptheory.criticality.specialised import SpecialisedSystem

FIXED = "fixed rates"
EQUIVALENCE = "equivalence rates"
SHOWN_DIGITS = 20
SAME = sp.Float(10) ** -15  # relative: numbers nearer than this are equal


@dataclass(frozen=True)
class Dimension:
    """What makes a quantity dimensionless: K^kernel Theta^tangent / n^width.

    ``separations``: further factors, by the names of the components of the kernel along the separation of two inputs;
    ``constant``: what the free constant of such a component is called, which the inputs set.
    """

    kernel: sp.Rational
    tangent: int
    width: int
    separations: tuple[str, ...] = ()
    constant: sp.Symbol | None = None

    @property
    def has_ratio(self) -> bool:
        """Whether the ratio says more than the quantity."""
        return bool(self.width or self.separations)

    def ratio(self, name: str, kernel_name: str, tangent_name: str) -> str:
        """The ratio in words: V/(nK^2), D/(nKTheta), KS/(nTheta^3), V[x,x,dx,dx]/(nKK[dx,dx])."""
        above, below = "", "n" * (self.width > 0) + (f"^{self.width}" if self.width > 1 else "")
        factors = [(kernel_name, self.kernel)]
        factors += [(one, sp.Integer(self.separations.count(one))) for one in dict.fromkeys(self.separations)]
        factors.append((tangent_name, sp.Integer(self.tangent)))
        for factor, power in factors:
            text = factor + (f"^{abs(power)}" if abs(power) != 1 else "")
            if power > 0:
                below += text
            elif power < 0:
                above += text
        return f"{above}{name}/({below})"


@dataclass(frozen=True)
class Growth:
    """name ~ amplitude * l^power * (log l)^log_power / n^width; ``name`` is a tensor (width 0) or the ratio made of it,
    ``tensor``."""

    tensor: str
    name: str
    power: sp.Expr
    amplitude: sp.Expr
    log_power: int = 0
    width: int = 0


@dataclass(frozen=True)
class TowerExponents:
    """One choice of learning rates: ``powers`` are their scalings with depth, ``growths`` quantities and ratios.

    ``place`` says where the kernel is, where there are two: at an isolated K* > 0 or on its way there.
    ``exact`` holds what is known for every layer (a line of fixed points), or for every one from ``since`` on;
    ``failures`` says what has no such form, and why.
    """

    rates: str
    powers: Mapping[str, sp.Expr]
    growths: tuple[Growth, ...]
    exact: Mapping[str, sp.Expr] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    since: Mapping[str, int] = field(default_factory=dict)
    place: str = ""

    @property
    def title(self) -> str:
        """The rates, and where the kernel is."""
        return f"{self.rates}, {self.place}" if self.place else self.rates

    def at_rates(self, values: Mapping[Symbol, sp.Expr]) -> TowerExponents:
        """The same where learning rates have these (positive) values, in units of their scaling with depth."""
        numbers = {Rates({}, "").coefficient(rate): value for rate, value in values.items()}
        return replace(
            self,
            growths=tuple(replace(g, amplitude=_readable(g.amplitude.subs(numbers))) for g in self.growths),
            exact={name: expression.subs(numbers) for name, expression in self.exact.items()},
        )


def tower_exponents(local: LocalFlow, dimensions: Mapping[str, Dimension], place: str = "") -> Iterator[TowerExponents]:
    """At an attracting critical point, for either choice of rates. ``place``: where the kernel is, in words.

    Coefficients are exact where that is cheap: where the perpendicular exponent is rational and the flow's leading
    coefficient no quotient of sums; else they are numbers of DIGITS digits, and that exponent is a ``NamedNumber``.
    """
    flow = local.flow
    if flow is None:
        raise AsymptoticFailure("the flow is beyond all orders: the tower has no log-power form")
    named: tuple[NamedNumber, ...] = ()
    power, _ = linear_response(flow, local.perpendicular)
    if power is None or not power.is_Rational or is_quotient_of_sums(flow.c):
        local = _in_numbers(local, flow)
        named = () if power is None else (NamedNumber("p_perp", -number_value(power) * flow.q),)
    yield replace(_solved(local, fixed_rates(local.system), FIXED, dimensions, named), place=place)
    tangent = local.system.tangent
    if tangent is None:
        return
    try:
        rates = equivalence_rates(local.system, local.expand, local.flow or flow, tangent, named)
    except NoExpansion as error:
        yield TowerExponents(EQUIVALENCE, {}, (), {}, {tangent: str(error)}, place=place)
        return
    yield replace(_solved(local, rates, EQUIVALENCE, dimensions, named), place=place)


def _in_numbers(local: LocalFlow, flow: Flow) -> LocalFlow:
    """Every irrational coefficient as a number; the rational ones, the unit coefficients among them, stay exact."""

    def numerical(value: sp.Expr) -> sp.Expr:
        return value if value.is_Rational else sp.N(value, DIGITS)

    def expand(polynomial: Polynomial, known: Mapping[Atom, LogSeries | sp.Expr]) -> LogSeries:
        return local.expand(polynomial, known).map(numerical)

    return replace(local, flow=Flow(flow.map.map(numerical)), expand=expand)


def _solved(
    local: LocalFlow,
    rates: Rates,
    title: str,
    dimensions: Mapping[str, Dimension],
    named: tuple[NamedNumber, ...],
) -> TowerExponents:
    """Leading orders first; where the leading orders of a quantity cancel, the tower is solved again to higher ones."""
    assert local.flow is not None
    found: dict[str, Behaviour] = {}
    failures: dict[str, str] = {}
    for orders in (0, 1):
        solution = solve_tower(local.system, local.expand, local.flow, local.kernel, rates, orders, named=named)
        for name, behaviour in solution.behaviours.items():
            if behaviour.in_depth.terms or behaviour.is_zero:
                found.setdefault(name, behaviour)
        failures = dict(solution.failures)
        if all(r.name in found or r.name in failures for r in local.system.tower):
            break
    for recursion in local.system.tower:
        if recursion.name not in found:
            failures.setdefault(recursion.name, "its leading terms cancel to the order computed")
    constants = {free_constant(n): d.constant for n, d in dimensions.items() if d.constant is not None}
    growths = {
        name: Growth(name, name, sp.Integer(0), sp.Integer(0))
        if b.is_zero
        else Growth(name, name, b.power, b.amplitude.subs(constants), b.log_power)
        for name, b in found.items()
    }
    return TowerExponents(
        title, _powers(rates, local.system), _with_ratios(growths, dimensions, local.system), {}, failures
    )


def line_exponents(
    spec: SpecialisedSystem,
    hyper: Mapping[Atom, sp.Expr],
    dimensions: Mapping[str, Dimension],
    kept: LocalFlow | None = None,
    place: str = "",
) -> Iterator[TowerExponents]:
    """On a line of fixed points, where fixed rates make every layer contribute alike: both choices are the same.

    Correlators of order 1/n start from zero: first-layer preactivations are Gaussian, their tangent kernel a constant.
    ``kept``: about an isolated critical point, whose kernel K* > 0 stays.
    """
    zeros: dict[str, sp.Expr] = {name: sp.Integer(0) for name, dimension in dimensions.items() if dimension.width}
    zeros |= {name: dimension.constant for name, dimension in dimensions.items() if dimension.constant is not None}
    solution: LineSolution = solve_line(spec, hyper, fixed_rates(spec.system), zeros, kept=kept)
    growths = {}
    for name, expression in solution.expressions.items():
        vanishes = expression == 0
        power = sp.Integer(0 if vanishes else solution.power(name))
        growths[name] = Growth(name, name, power, sp.Integer(0) if vanishes else solution.amplitude(name))
    approximate = {KERNEL, *spec.system.at_large_depth}
    exact = {name: e for name, e in solution.expressions.items() if name not in approximate}
    for title in (FIXED, EQUIVALENCE):
        yield TowerExponents(
            title,
            _powers(solution.rates, spec.system),
            _with_ratios(growths, dimensions, spec.system),
            exact,
            solution.failures,
            solution.since,
            place,
        )


def over_scale(amplitude: sp.Expr, scale: sp.Expr) -> sp.Expr:
    """amplitude/scale, one number where it is that whatever K and the learning rates are: decimals do not cancel."""
    over = amplitude / scale
    if not over.has(sp.Float):
        return over
    free = sorted(over.free_symbols, key=str)
    found = [number_value(over.subs({s: sp.Integer(start + k) for k, s in enumerate(free)})) for start in (1, 3, 7)]
    return found[0] if all(abs(value - found[0]) <= SAME * abs(found[0]) for value in found) else over


def _powers(rates: Rates, system: RecursionSystem) -> dict[str, sp.Expr]:
    return {rate.name: _readable(power) for rate, power in rates.powers.items() if rate not in system.constants}


def _readable(value: sp.Expr) -> sp.Expr:
    """In factors where exact, else with the digits that numbers are shown with."""
    named = value.atoms(NamedNumber)
    if named or value.has(sp.Float):
        number = sp.N(value.xreplace({n: n.value for n in named}), SHOWN_DIGITS)
        number = number.xreplace({one: sp.Integer(1) for one in number.atoms(sp.Float) if abs(one - 1) < SAME})
        return number if number.is_Mul else sp.expand(number)
    return factored(value)


def _with_ratios(
    growths: Mapping[str, Growth], dimensions: Mapping[str, Dimension], system: RecursionSystem
) -> tuple[Growth, ...]:
    """Each quantity followed by its dimensionless ratio, ready to be read."""
    tangent_name = system.tangent or ""  # without one no quantity carries a power of it
    kernel, tangent = growths.get(KERNEL), growths.get(tangent_name)
    listed: list[Growth] = []
    for name, growth in growths.items():
        dimension = dimensions.get(name)
        amplitude = growth.amplitude  # over those of K and of Theta^R
        if tangent is not None and tangent is not growth and dimension is not None and dimension.tangent:
            scale = tangent.amplitude**dimension.tangent
            if kernel is not None:
                scale *= kernel.amplitude**dimension.kernel
            amplitude = over_scale(growth.amplitude, scale)
            if amplitude.is_Float:
                growth = replace(growth, amplitude=amplitude * scale)
        elif kernel is not None and dimension is not None:
            amplitude /= kernel.amplitude**dimension.kernel
        if name != KERNEL:
            listed.append(growth)
        if dimension is None or not dimension.has_ratio or growth.amplitude == 0:
            continue
        parts = [(kernel, dimension.kernel), (tangent, dimension.tangent)]
        separations = [growths.get(one) for one in dimension.separations]
        parts += [(one, 1) for one in separations]
        if any(part is None for part, power in parts if power):
            continue
        power, logs = growth.power, sp.Integer(growth.log_power)
        for part, exponent in parts:
            if part is not None and exponent:
                power -= exponent * part.power
                logs -= exponent * part.log_power
        for separation in separations:
            assert separation is not None
            amplitude /= separation.amplitude
        ratio = dimension.ratio(name, system.kernel_name, tangent_name)
        listed.append(Growth(name, ratio, sp.expand(power), sp.together(amplitude), int(logs), dimension.width))
    return tuple(replace(g, power=_readable(g.power), amplitude=_readable(g.amplitude)) for g in listed)
