"""A recursion system expanded about one critical point, in the distance x along the attracting direction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import mpmath
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.criticality.asymptotics import Expand
from ptheory.criticality.essential import EssentialFlow, essential_flow
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.kernel_system import (
    KERNEL,
    Quantity,
    RecursionSystem,
    kernel_derivative,
)
from ptheory.criticality.linear_recursions import AsymptoticFailure, Flow
from ptheory.criticality.series import DIGITS, ONE, ZERO, LogSeries, Term, exact, order_key
from ptheory.criticality.specialised import K, SpecialisedSystem
from ptheory.recursion.means.mean import Mean

WORKING_DIGITS = 25
VANISHING = sp.Float(10) ** -18  # an average this small beside K* times its slope is zero


@dataclass(frozen=True)
class LocalFlow:
    """``flow`` in x with ``kernel`` = K(x); ``expand`` turns polynomials into series in x. ``essential`` replaces the
    power-law flow where f(K) - K is smaller than every power."""

    system: RecursionSystem
    variable: str  # x in words: K, K - K* or K* - K, the kernel by its declared name
    kernel: LogSeries
    flow: Flow | None
    expand: Expand
    parallel: LogSeries
    perpendicular: LogSeries
    essential: EssentialFlow | None = None


def local_flow(spec: SpecialisedSystem, point: CriticalPoint, order: int | None = None) -> LocalFlow:
    """The expansion about an attracting critical point: averages through x^order at K* = 0 (default: three orders
    beyond the leading drift x^(1+q), at least 4), below x^order at K* > 0 (default 2: leading behaviours only).

    Raises ``AsymptoticFailure`` for a line and for points that attract on no side.
    """
    if point.K_star is None:
        raise AsymptoticFailure("on a line of fixed points the kernel does not flow")
    if point.K_star == 0:
        return _at_zero(spec, point, order or _enough_orders(point))
    return _above_zero(spec, point, order or 2)


def flow_in_own_units(spec: SpecialisedSystem, point: CriticalPoint) -> LocalFlow:
    """The same at K* > 0 with |K - K*| measured such that x' = x - x^2 + ...: of GELU the unit is 6963, and its
    powers would swamp the coefficients of quantities that grow as l^65."""
    assert point.drift is not None and not isinstance(point.drift, LogSeries)
    return _above_zero(spec, point, 2, sp.N(1 / abs(exact(point.drift)), DIGITS))


def _enough_orders(point: CriticalPoint) -> int:
    """1 + 3 q for a drift x^(1+q), what two orders of the tower beyond its leading one read; at least 4."""
    drift = point.drift
    if not isinstance(drift, LogSeries) or not drift.terms:
        return 4
    return max(4, ceil(3 * order_key(drift.leading[0]) - 2))


def _at_zero(spec: SpecialisedSystem, point: CriticalPoint, order: int) -> LocalFlow:
    system = spec.system
    critical: dict[Atom, sp.Expr] = {system.weight: point.C_W, system.bias: point.C_b}

    def expand(polynomial: Polynomial, known: Mapping[Atom, LogSeries | sp.Expr]) -> LogSeries:
        return spec.expansion(polynomial, {**critical, **known}, order)

    drift = expand(system.kernel, {}) - LogSeries.power(1)
    parallel = expand(system.parallel_susceptibility, {})
    perpendicular = expand(system.perpendicular_susceptibility, {})
    kernel = LogSeries.power(1)
    if not drift.terms:
        return LocalFlow(
            system, system.kernel_name, kernel, None, expand, parallel, perpendicular, essential_flow(spec, critical)
        )
    return LocalFlow(
        system, system.kernel_name, kernel, Flow(drift + LogSeries.power(1)), expand, parallel, perpendicular
    )


def _above_zero(spec: SpecialisedSystem, point: CriticalPoint, order: int, unit: sp.Expr = ONE) -> LocalFlow:
    if point.below == "stable":
        sign, variable = -1, "{k}* - {k}"
    elif point.above == "stable":
        sign, variable = 1, "{k} - {k}*"
    else:
        raise AsymptoticFailure("the fixed point attracts on no side")
    system = spec.system
    scale = sign * unit
    expansion = TaylorExpansion(spec, point, scale, int(order))
    flow = LogSeries({(exact(1), 0): 1, (exact(2), 0): scale * exact(point.drift)}, 3)
    if order > 2:
        flow = _impose_criticality(TaylorExpansion(spec, point, scale, int(order) + 1).flow())
    parallel = _impose_unit(expansion.of(system.parallel_susceptibility, {}))
    perpendicular = _impose_unit(expansion.of(system.perpendicular_susceptibility, {}))
    kernel = LogSeries({(exact(0), 0): expansion.centre, (exact(1), 0): scale})
    return LocalFlow(
        system, variable.format(k=system.kernel_name), kernel, Flow(flow), expansion.of, parallel, perpendicular
    )


def _impose_criticality(series: LogSeries) -> LogSeries:
    """f = x + O(x^2) exactly: the fixed-point conditions hold by construction, to working precision in the numbers."""
    terms = {k: v for k, v in series.terms.items() if k[0] not in (0, 1)}
    terms[(exact(1), 0)] = exact(1)
    return LogSeries(terms, series.truncation)


def _impose_unit(series: LogSeries) -> LogSeries:
    terms = {k: v for k, v in series.terms.items() if k[0] != 0}
    terms[(exact(0), 0)] = exact(1)
    return LogSeries(terms, series.truncation)


class TaylorExpansion:
    """Series in x = (K - K*)/scale: averages are analytic in K at K* > 0.

    Coefficients are exact where the critical point is exact and an average has a closed form, else numerical.
    """

    def __init__(self, spec: SpecialisedSystem, point: CriticalPoint, scale: sp.Expr, order: int) -> None:
        self.spec, self.scale, self.order = spec, scale, order
        assert point.K_star is not None
        numbers = (point.K_star, point.C_W, point.C_b)
        self.is_exact = not any(number.has(sp.Float) for number in numbers)
        self.centre, weight, bias = numbers if self.is_exact else tuple(sp.N(number, DIGITS) for number in numbers)
        self.critical: dict[Atom, sp.Expr] = {spec.system.weight: weight, spec.system.bias: bias}
        self._cache: dict[Mean, LogSeries] = {}

    def of(self, polynomial: Polynomial, known: Mapping[Atom, LogSeries | sp.Expr]) -> LogSeries:
        """A polynomial in averages, hyperparameters and the quantities ``known`` as a series in x, through x^order."""
        hyper: dict[Atom, sp.Expr] = {**self.critical, **known}
        total = LogSeries({}, self.order)
        for monomial, coefficient in polynomial:
            term = LogSeries.constant(sp.Rational(coefficient.numerator, coefficient.denominator), self.order)
            for atom, exponent in monomial:
                factor = self._atom(atom, hyper)
                term = term * (factor.integer_power(exponent) if exponent > 0 else factor.real_power(exponent))
            total = total + term
        return total

    def flow(self) -> LogSeries:
        """x' = (f(K* + scale x) - K*)/scale."""
        found: LogSeries = (self.of(self.spec.system.kernel, {}) - self.centre) * (1 / self.scale)
        return found

    def _atom(self, atom: Atom, hyper: Mapping[Atom, sp.Expr]) -> LogSeries:
        if isinstance(atom, Mean):
            if atom not in self._cache:
                self._cache[atom] = self._average(atom)
            return self._cache[atom]
        if isinstance(atom, Quantity) and atom.name == KERNEL:
            return LogSeries({(exact(0), 0): self.centre, (exact(1), 0): self.scale})
        if atom in hyper:
            value = hyper[atom]
        elif atom in self.spec.values:
            value = self.spec.values[atom]
        else:  # an average over two layers, which is not expanded
            return LogSeries({(exact(0), 0): self.spec.scalar(atom, self.centre, self.critical)}, 1)
        return value if isinstance(value, LogSeries) else LogSeries.constant(value, self.order)

    def _average(self, atom: Mean) -> LogSeries:
        polynomial = Polynomial.atom(atom)
        terms: dict[tuple[sp.Expr, int], sp.Expr] = {}
        form = self.spec.closed_form(polynomial, {}) if self.is_exact else None
        for k in range(self.order):
            if form is not None:
                terms[(exact(k), 0)] = form.diff(K, k).subs(K, self.centre) * self.scale**k / sp.factorial(k)
                continue
            number = self.spec.value(polynomial, _mpf(self.centre), {}, WORKING_DIGITS)
            terms[(exact(k), 0)] = sp.Float(number, DIGITS) * self.scale**k / sp.factorial(k)
            # outer derivatives stay outside: <d^2 F> is finite at kinks where the product rule would multiply deltas
            polynomial = kernel_derivative(polynomial)
        return LogSeries(self._without_vanishing(terms), self.order)

    def _without_vanishing(self, terms: dict[Term, sp.Expr]) -> dict[Term, sp.Expr]:
        """An average that the critical point makes zero, <sigma sigma''>, is zero, not rounding."""
        value, slope = terms[(exact(0), 0)], terms.get((exact(1), 0), ZERO)
        if not value.has(sp.Float) or abs(value) > VANISHING * abs(slope * self.centre / self.scale):
            return terms
        return {**terms, (exact(0), 0): ZERO}


def _mpf(value: sp.Expr) -> mpmath.mpf:
    with mpmath.workdps(DIGITS):
        return mpmath.mpf(value)
