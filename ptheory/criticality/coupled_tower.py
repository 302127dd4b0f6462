"""The tower of several kernels at large depth: groups of coupled recursions, each after what drives it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import ceil

import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.criticality.asymptotics import SHIFT, Behaviour, Rates, free_constant, rate_series
from ptheory.criticality.coupled_recursions import solve_coupled
from ptheory.criticality.kernel_system import LinearRecursion, Quantity, coefficient_of
from ptheory.criticality.linear_recursions import AsymptoticFailure, Flow, invert_depth, solve_linear
from ptheory.criticality.series import ZERO, LogSeries, NoExpansion, exact, factored, order_key
from ptheory.criticality.several_kernels import SeveralKernels, has_delays
from ptheory.criticality.slow_direction import AlongCurve, split
from ptheory.criticality.tower_exponents import EQUIVALENCE, FIXED, Growth, TowerExponents
from ptheory.networks.delayed_fields import is_delay
from ptheory.networks.fields import Field
from ptheory.recursion.tensors import Tensor

GUARDS = 1, 2  # relative orders beyond the leading one; the second where leading terms cancel
SHRINKS = "it shrinks faster than every power of the depth that was computed"
CANCELS = "its leading terms cancel to the order computed"
DEPTH_ORDERS = 6  # of y = 1/l where kernels stay
DEPTH_FLOW = Flow(LogSeries({(exact(k + 1), 0): (-1) ** k for k in range(DEPTH_ORDERS)}, DEPTH_ORDERS + 1))
"""y' = y/(1 + y) of y = 1/l, in the place of a kernel that does not flow."""


class CoupledTower:
    """All quantities of a system as series in x along ``flow``, and in 1/l by ``distance``."""

    def __init__(self, system: SeveralKernels, spec: AlongCurve, flow: Flow, guard: int = GUARDS[0]) -> None:
        self._system, self._spec = system, spec
        self._stays = flow is DEPTH_FLOW
        if self._stays:
            self._flow, self._distance = flow, LogSeries.power(1)
        else:
            self._flow = flow.truncated(exact(guard))
            self._distance = invert_depth(self._flow, SHIFT, exact(guard))
        self._span = sp.expand(flow.q * guard)
        self._order = orders_read(flow.q, guard)

    def _expand(self, polynomial: Polynomial, known: Mapping[Atom, sp.Expr | LogSeries], span: sp.Expr) -> LogSeries:
        """A right-hand side through ``span`` beyond its leading exponent."""
        found: LogSeries = self._spec.series(polynomial, known, self._order)
        return found.truncated(sp.expand(found.leading[0] + span)) if found.terms else found

    def _matrix(
        self, rows: Sequence[Sequence[Polynomial]], known: Mapping[Atom, sp.Expr | LogSeries]
    ) -> list[list[LogSeries]]:
        return [[self._expand(entry, known, self._span + self._flow.q) for entry in row] for row in rows]

    def perpendicular(self) -> sp.Expr:
        """The power of x with which what tells two near inputs apart shrinks. Raises NoExpansion."""
        matrix = self._matrix(self._system.perpendicular, {})
        solution = solve_coupled(self._flow, matrix, [LogSeries()] * len(matrix))
        if solution.homogeneous is None:
            raise AsymptoticFailure("inputs approach each other exponentially")
        found = solution.homogeneous[0].leading[0]
        solution.check_no_alternation(found)
        return found

    def schemes(self, place: str = "") -> tuple[TowerExponents, ...]:
        """Exponents and amplitudes at fixed rates, and at those of the equivalence principle where there is a tangent
        kernel; at the values of the rates where they are set. ``place``: where the kernels are, in words."""
        fixed = Rates({rate: ZERO for rate in self._system.naming.rates}, FIXED)
        found = [self._scheme(fixed, FIXED, place)]
        tangent = self._system.naming.tangent
        if tangent is None:
            return tuple(found)
        try:
            rates = fixed if self._stays else self._equivalence_rates(tangent)
            found.append(self._scheme(rates, EQUIVALENCE, place))
        except NoExpansion as error:
            found.append(TowerExponents(EQUIVALENCE, {}, (), {}, {tangent: str(error)}, place=place))
        return tuple(found)

    def _scheme(self, rates: Rates, title: str, place: str) -> TowerExponents:
        growths, failures = self._growths(rates)
        powers = {rate.name: power for rate, power in rates.powers.items()}
        found = TowerExponents(title, powers, tuple(growths), {}, failures, place=place)
        values = {rate: self._spec.values[rate] for rate in rates.powers if rate in self._spec.values}
        return found.at_rates(values) if values else found

    def _equivalence_rates(self, tangent: str) -> Rates:
        """Every layer contributes alike: as ``asymptotics.equivalence_rates``, along the direction that adds up."""
        group = next(one for one in coupled_groups(self._system.tower) if tangent in {r.name for r in one})
        members = [one.name for one in group]
        parts = [split(one.rhs, members) for one in group]
        matrix = self._matrix([coefficients for coefficients, _ in parts], {})
        solution = solve_coupled(self._flow, matrix, [LogSeries()] * len(group))
        if solution.homogeneous is None:
            raise AsymptoticFailure(f"{tangent} forgets what layers below contribute exponentially fast")
        power = solution.homogeneous[0].leading[0]
        powers = {}
        for rate in self._system.naming.rates:
            sources = [self._expand(coefficient_of(rest, rate)[1], {}, self._span) for _, rest in parts]
            lead = min((source.leading[0] for source in sources if source.terms), key=order_key, default=power)
            powers[rate] = sp.expand((lead - power) / self._flow.q)
        return Rates(powers, EQUIVALENCE)

    def _growths(self, rates: Rates) -> tuple[list[Growth], dict[str, str]]:
        """Of the kernels, then of the tower with its dimensionless ratios; and what has no such form."""
        named = dict(zip(self._system.fields, self._system.kernels, strict=True))
        kernels = [name for field, name in named.items() if not is_delay(Field(field))]
        vanishing = [name for name in kernels if not self._spec.curve[name].terms]
        found = {name: self._behaviour(name, self._spec.curve[name]) for name in kernels if name not in vanishing}
        known: dict[Atom, sp.Expr | LogSeries] = dict(rate_series(rates, self._flow))
        failures = dict.fromkeys(vanishing, SHRINKS)
        for group in coupled_groups(self._system.tower):
            members = [one.name for one in group]
            try:
                missing = sorted(_drivers(group) & failures.keys())
                if missing:
                    raise AsymptoticFailure(f"it is driven by {', '.join(missing)}, which has no such form")
                solutions = self._solve(group, known)
            except NoExpansion as error:
                failures |= dict.fromkeys(members, str(error))
                continue
            for name, series in zip(members, solutions, strict=True):
                known[Quantity(name)] = series
                found[name] = self._behaviour(name, series)
        growths = {name: Growth(name, name, ZERO, ZERO) for name in self._system.zero}
        hidden = {name for name, target in self._system.targets.items() if has_delays(target)}
        for name, behaviour in found.items():
            if name in hidden:
                continue
            legs = self._system.targets[name].legs if name in self._system.targets else ()
            if not behaviour.in_depth.terms and any(named[leg.field.name] in vanishing for leg in legs):
                failures[name] = SHRINKS
            elif behaviour.is_zero:
                growths[name] = Growth(name, name, ZERO, ZERO)
            elif behaviour.in_depth.terms:
                growths[name] = Growth(name, name, behaviour.power, factored(behaviour.amplitude), behaviour.log_power)
            else:
                failures[name] = CANCELS
        return list(self._with_ratios(growths)), failures

    def _behaviour(self, name: str, series: LogSeries) -> Behaviour:
        in_depth = series.compose(self._distance) if series.terms else LogSeries({}, series.truncation)
        return Behaviour(name, series, in_depth)

    def _solve(self, group: Sequence[LinearRecursion], known: Mapping[Atom, sp.Expr | LogSeries]) -> list[LogSeries]:
        """What comes with 1/n starts from zero: without a source it stays there."""
        members = [one.name for one in group]
        parts = [split(one.rhs, members) for one in group]
        matrix = self._matrix([coefficients for coefficients, _ in parts], known)
        source = [self._expand(rest, known, self._span) for _, rest in parts]
        if not any(source) and all(self._system.targets[name].power for name in members):
            return source
        if len(group) == 1:
            own = solve_linear(self._flow, matrix[0][0], source[0])
            homogeneous = [] if own.homogeneous is None else [own.homogeneous]
            return [self._sum(own.particular, homogeneous, members[0])]
        solution = solve_coupled(self._flow, matrix, source)
        modes = [()] * len(members) if solution.homogeneous is None else [(one,) for one in solution.homogeneous]
        found = [self._sum(one, mode, members[0]) for one, mode in zip(solution.particular, modes, strict=True)]
        for one in filter(None, found):
            solution.check_no_alternation(one.leading[0])
        return found

    def _sum(self, particular: LogSeries, homogeneous: Sequence[LogSeries], called: str) -> LogSeries:
        total = particular
        for mode in homogeneous:
            total = total + mode * free_constant(called)
        return total

    # -- ratios -----------------------------------------------------------------------------------------------------
    def _with_ratios(self, growths: Mapping[str, Growth]) -> Iterator[Growth]:
        for name, growth in growths.items():
            yield growth
            target = self._system.targets.get(name)
            if target is None or growth.amplitude == 0 or not target.power:
                continue
            below = scale_of(self._system, target)
            if below is None or any(one not in growths or growths[one].amplitude == 0 for one, _ in below):
                continue
            power, amplitude, logs = growth.power, growth.amplitude, growth.log_power
            for one, exponent in below:
                power -= exponent * growths[one].power
                amplitude /= growths[one].amplitude ** exponent
                logs -= int(exponent * growths[one].log_power)
            yield Growth(
                name, _ratio_text(name, target.power, below), sp.expand(power), factored(amplitude), logs, target.power
            )


def scale_of(system: SeveralKernels, target: Tensor) -> list[tuple[str, sp.Expr]] | None:
    """The kernels, and tangent kernels, that make a tensor dimensionless; None where that is no power of them."""
    kernel_of = dict(zip(system.fields, system.kernels, strict=True))
    count = Counter(leg.field.name for leg in target.legs)
    if not target.rates:
        if any(number % 2 for number in count.values()):
            return None
        return [(kernel_of[field], exact(number) / 2) for field, number in sorted(count.items())]
    tangent = system.naming.tangent
    if set(count) != {system.fields[0]} or tangent is None:
        return None
    kernel = sp.Rational(len(target.legs), 2) - target.rates
    return [(system.kernels[0], kernel)] * bool(kernel) + [(tangent, exact(target.rates))]


def orders_read(q: sp.Expr, guard: int) -> int:
    """The power of x through which kernels are read where x' = x + c x^(1+q)."""
    return ceil(1 + order_key(q) * (1 + guard))


def _ratio_text(name: str, width: int, below: Sequence[tuple[str, sp.Expr]]) -> str:
    """In words: V_u/(nK_u^2), V_uv/(nK_uK_v)."""
    above, under = "", "n" + (f"^{width}" if width > 1 else "")
    for factor, power in below:
        text = factor + (f"^{abs(power)}" if abs(power) != 1 else "")
        if power > 0:
            under += text
        else:
            above += text
    return f"{above}{name}/({under})"


def _drivers(group: Sequence[LinearRecursion]) -> set[str]:
    return {atom.name for one in group for atom in one.rhs.atoms() if isinstance(atom, Quantity)}


def coupled_groups(tower: Sequence[LinearRecursion]) -> list[list[LinearRecursion]]:
    """The recursions in groups that drive one another, each group after what drives it."""
    by_name = {one.name: one for one in tower}
    reached: dict[str, set[str]] = {name: _drivers([one]) & by_name.keys() for name, one in by_name.items()}
    changed = True
    while changed:
        changed = False
        for name, below in reached.items():
            more = set().union(below, *(reached[other] for other in below))
            if more != below:
                reached[name], changed = more, True
    groups: list[list[LinearRecursion]] = []
    waiting = list(by_name)
    while waiting:
        done = {one.name for group in groups for one in group}
        name = next(n for n in waiting if reached[n] <= done | {m for m in reached[n] if n in reached[m]} | {n})
        members = [n for n in waiting if n == name or (n in reached[name] and name in reached[n])]
        groups.append([by_name[n] for n in members])
        waiting = [n for n in waiting if n not in members]
    return groups
