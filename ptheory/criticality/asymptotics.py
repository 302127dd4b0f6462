"""Large-depth asymptotics of a whole tower of recursions at a critical point that attracts as a power of the depth.

With x the distance to the fixed point (x = K at K* = 0, x = |K - K*| on the stable side of K* > 0), the flow is
x' = x + c x^(1+q) + ..., c < 0, and every quantity of the tower is a formal log-power series in x: the particular
solution plus a named free constant times the homogeneous one (``linear``). Substituting x(l) expands in 1/l and log l.
Free constants: ``l_0`` shifts the depth, ``c_X`` multiplies the homogeneous solution of X.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.criticality.kernel_system import KERNEL, LinearRecursion, Quantity, RecursionSystem, coefficient_of
from ptheory.criticality.linear_recursions import AsymptoticFailure, Flow, depth_of, invert_depth, solve_linear
from ptheory.criticality.series import ONE, ZERO, LogSeries, NamedNumber, NoExpansion, exact

DEPTH = sp.Symbol("l", positive=True)
SHIFT = sp.Symbol("l_0", real=True)

Expand = Callable[[Polynomial, Mapping[Atom, LogSeries | sp.Expr]], LogSeries]


@dataclass(frozen=True)
class Behaviour:
    """One quantity at large depth: as a series in the distance x and in y = 1/l.

    ``growth`` is empty, or says in words how a homogeneous solution behaves that is no power of l.
    """

    name: str
    in_distance: LogSeries
    in_depth: LogSeries
    growth: str = ""

    @property
    def is_zero(self) -> bool:
        """Whether the quantity vanishes exactly, not only as far as its series is known."""
        return not self.in_depth.terms and self.in_depth.truncation is None

    @property
    def power(self) -> sp.Expr:
        """The leading power of l."""
        return sp.expand(-self.in_depth.leading[0])

    @property
    def log_power(self) -> int:
        """The power of log l beside the leading power of l."""
        return self.in_depth.leading[1]

    @property
    def amplitude(self) -> sp.Expr:
        """The coefficient of l^power (log l)^log_power."""
        _, log_power, value = self.in_depth.leading
        return sp.expand((-1) ** log_power * value)

    def expression(self) -> sp.Expr:
        """The expansion in l, largest term first (an Add in SymPy's own order)."""
        parts = [c * DEPTH ** (-e) * (-sp.log(DEPTH)) ** p for (e, p), c in self.in_depth.sorted_terms()]
        return sp.Add(*parts)


@dataclass(frozen=True)
class Rates:
    """Each learning rate is coefficient * l^power; the power 0 is a rate fixed with depth."""

    powers: Mapping[Symbol, sp.Expr]
    name: str

    def coefficient(self, rate: Symbol) -> sp.Expr:
        """What stands before l^power: a positive symbol with the name of the rate."""
        return sp.Symbol(rate.name, positive=True)


@dataclass(frozen=True)
class TowerSolution:
    """Behaviours by name, in solving order; ``failures`` says which quantities have no log-power form, and why."""

    flow: Flow
    distance: LogSeries  # x in y = 1/l
    behaviours: Mapping[str, Behaviour]
    rates: Rates
    failures: Mapping[str, str] = field(default_factory=dict)

    def ratio(self, numerator: str, *denominator: str) -> Behaviour:
        """A dimensionless ratio such as V/K^2 (names repeated for powers)."""
        name = f"{numerator}/{'*'.join(denominator)}"
        above = self.behaviours[numerator]
        if above.is_zero:
            return Behaviour(name, LogSeries(), LogSeries())
        below, deep = LogSeries.constant(1), LogSeries.constant(1)
        for factor in denominator:
            below = below * self.behaviours[factor].in_distance
            deep = deep * self.behaviours[factor].in_depth
        return Behaviour(name, _quotient(above.in_distance, below), _quotient(above.in_depth, deep))


def _quotient(above: LogSeries, below: LogSeries) -> LogSeries:
    """above/below; an exact denominator of several terms is expanded as far as the numerator is known."""
    if below.truncation is None and len(below.terms) > 1:
        if above.truncation is None:
            raise AsymptoticFailure("a quotient of exact series does not end")
        span = above.truncation - above.leading[0]
        below = below.truncated(sp.expand(below.leading[0] + span))
    return above * below.real_power(-1)


def fixed_rates(system: RecursionSystem) -> Rates:
    """Every learning rate the same in all layers."""
    return Rates({rate: ZERO for rate in (*system.rates, *system.constants)}, "fixed")


def equivalence_rates(
    system: RecursionSystem, expand: Expand, flow: Flow, kernel: str, named: Sequence[NamedNumber] = ()
) -> Rates:
    """Rates for which every layer contributes to the neural tangent kernel, called ``kernel``, alike.

    A layer's contribution decays as the homogeneous solution x^s of the kernel's recursion, so a rate whose coefficient
    there leads with x^e must scale as x^(s - e), that is l^((e - s)/q).
    """
    recursion = system.recursion(kernel)
    alpha, _ = _split(recursion, kernel)
    solution = solve_linear(flow, expand(alpha, {}), LogSeries(), named)
    if solution.homogeneous is None:
        raise AsymptoticFailure(f"{kernel} has no power-law response: {solution.growth}")
    s = solution.homogeneous.leading[0]
    powers = {}
    for rate in system.rates:
        _, source = coefficient_of(recursion.rhs, rate)
        lead = expand(source, {}).leading[0] if source else ZERO
        powers[rate] = sp.expand((lead - s) / flow.q)
    powers |= dict.fromkeys(system.constants, ZERO)
    return Rates(powers, "equivalence principle")


def rate_series(rates: Rates, flow: Flow) -> dict[Atom, LogSeries]:
    """The rates of layer l + 1 as series in x_l: coefficient * (A(x) + 1 - l_0)^power."""
    depth_plus_one = depth_of(flow) + 1 - SHIFT
    series: dict[Atom, LogSeries] = {}
    for rate, power in rates.powers.items():
        if power == 0:
            series[rate] = LogSeries.constant(rates.coefficient(rate))
        else:
            series[rate] = depth_plus_one.real_power(power) * rates.coefficient(rate)
    return series


def _split(recursion: LinearRecursion, name: str) -> tuple[Polynomial, Polynomial]:
    source, alpha = coefficient_of(recursion.rhs, Quantity(name))
    return alpha, source


def solve_tower(
    system: RecursionSystem,
    expand: Expand,
    flow: Flow,
    kernel: LogSeries,
    rates: Rates,
    orders: int = 2,
    names: tuple[str, ...] | None = None,
    named: Sequence[NamedNumber] = (),
) -> TowerSolution:
    """Solve the tower in order. ``expand`` turns polynomials into series in x; ``kernel`` is K as a series in x.

    ``named``: exponents known as numbers only (see ``solve_linear``).
    """
    guard = exact(orders) + 1
    flow = flow.truncated(guard)
    known = rate_series(rates, flow)
    distance = invert_depth(flow, SHIFT, guard)
    behaviours = {KERNEL: Behaviour(KERNEL, kernel, kernel.compose(distance))}
    failures: dict[str, str] = {}
    for recursion in system.tower:
        if names is not None and recursion.name not in names:
            continue
        try:
            alpha, source = _split(recursion, recursion.name)
            missing = [a.name for a in recursion.rhs.atoms() if isinstance(a, Quantity) and a.name in failures]
            if missing:
                raise AsymptoticFailure(f"it is driven by {', '.join(sorted(set(missing)))}, which has no such form")
            beta = expand(source, known) if source else LogSeries()
            factor = expand(alpha, known)
            relevant = _relative(factor, flow.q * (guard + 1)), _relative(beta, flow.q * guard)
            solution = solve_linear(flow, *relevant, named)
            series = solution.particular
            if solution.homogeneous is not None:
                series = series + solution.homogeneous * free_constant(recursion.name)
        except NoExpansion as error:
            failures[recursion.name] = str(error)
            continue
        known[Quantity(recursion.name)] = series
        in_depth = series.compose(distance) if series.terms else LogSeries({}, series.truncation)
        behaviours[recursion.name] = Behaviour(recursion.name, series, in_depth, solution.growth)
    return TowerSolution(flow, distance, behaviours, rates, failures)


def free_constant(name: str) -> sp.Symbol:
    """c_X, what the homogeneous solution of X stands with."""
    return sp.Symbol(f"c_{name}", real=True)


def _relative(series: LogSeries, orders: sp.Expr) -> LogSeries:
    """The series to ``orders`` beyond its leading exponent."""
    return series.truncated(sp.expand(series.leading[0] + orders)) if series.terms else series


def linear_response(flow: Flow, susceptibility: LogSeries) -> tuple[sp.Expr | None, str]:
    """How a perturbation eps' = susceptibility * eps behaves: (power of l, "") or (None, growth in words)."""
    flow = flow.truncated(ONE)
    solution = solve_linear(flow, susceptibility.truncated(2 * flow.q), LogSeries())
    if solution.homogeneous is None:
        return None, solution.growth
    return sp.expand(-solution.homogeneous.leading[0] / flow.q), ""
