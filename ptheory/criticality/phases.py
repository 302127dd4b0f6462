"""The long-depth behaviour of a recursion system at given hyperparameters: fixed kernels, phases, correlation lengths.

At hyperparameters (C_b, C_W) the kernel flows to K*. Where 0 < K* nearby inputs separate (perpendicular susceptibility
above one: chaotic) or merge (below one: ordered); the border is the edge of chaos. With chi the susceptibility along a
direction, a perturbation decays as exp(-l/xi), xi = -1/log chi. Correlations flow by f12(K, K, c K)/K to c*.
Where K* = 0 attracts every kernel collapses, K ~ chi^l; where f(K) > K beyond every fixed point kernels explode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.criticality.exact_numbers import Number, UnusableValue, positive_number, read_hyperparameters, real_number
from ptheory.criticality.kernel_system import KERNEL, expanded, pair_derivative
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.series import LogSeries, NoExpansion, order_key
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.expectations import DivergentMoment, ExpectationError, large_kernel_series
from ptheory.recursion.means.mean import Mean

Hyper = Mapping[Symbol, Number] | Mapping[Atom, Number] | Mapping[str, Number]
DECADES = (-8.0, 8.0)  # of K, searched for fixed points
PER_DECADE = 40


@dataclass(frozen=True)
class Phase:
    """The long-depth behaviour at one (C_b, C_W); lengths are infinite on the edge.

    ``name``
        "ordered", "chaotic" or "edge" at an attracting K* > 0; "edge" also where K* = 0 attracts as a power of the
        depth and where every kernel is fixed (``K_star`` None);
        "collapse" where K* = 0 attracts exponentially, K ~ parallel^l;
        "explosion" where no K attracts and kernels grow without end: ``K_star`` infinite, ``parallel`` and
        ``perpendicular`` the factors per layer at large K (nan where no limit is known), lengths nan.
    ``fixed_correlation`` is the stable c*, nan where it depends on the start. ``note`` says what kernels do that start
    elsewhere, where that is different.
    """

    name: str
    K_star: mpmath.mpf | None
    parallel: mpmath.mpf
    perpendicular: mpmath.mpf
    fixed_correlation: mpmath.mpf
    kernel_length: mpmath.mpf
    correlation_length: mpmath.mpf
    note: str = ""

    @property
    def trajectory_growth(self) -> mpmath.mpf:
        """The factor per layer by which the length of a short curve of inputs grows: sqrt of the perpendicular one."""
        return mpmath.sqrt(self.perpendicular)


@dataclass(frozen=True)
class FixedKernel:
    """f(K) = K, the slope of f there (infinite where it has none), and its ``stability``: "stable" where kernels nearby
    flow to it, "unstable", or "half-stable" where they do on one side."""

    kernel: mpmath.mpf
    slope: mpmath.mpf
    stability: str


def hyperparameters(spec: SpecialisedSystem, bias: Number, weight: Number) -> dict[Atom, sp.Expr]:
    """The two variances of a system, exactly. TypeError, UnusableValue: what is no real number, a negative variance."""
    return exact_hyperparameters(spec, {spec.system.bias: bias, spec.system.weight: weight})


def exact_hyperparameters(spec: SpecialisedSystem, hyper: Hyper) -> dict[Atom, sp.Expr]:
    """TypeError, UnusableValue as above, also for a hyperparameter the recursion lacks or one without a value."""
    exact = read_hyperparameters(spec.system.kernel, hyper)
    for atom in spec.system.kernel.atoms():
        if isinstance(atom, Symbol) and atom not in exact and atom not in spec.values:
            raise UnusableValue(f"a value of {atom} is missing")
    return exact


def fixed_kernels(spec: SpecialisedSystem, hyper: Hyper, digits: int = 20) -> list[mpmath.mpf]:
    """Every K > 0 with f(K) = K found between 1e-8 and 1e8 (from lower where f(0) is), in increasing order."""
    return _Flow(spec, exact_hyperparameters(spec, hyper)).fixed(digits)


def fixed_points(spec: SpecialisedSystem, hyper: Hyper, digits: int = 15) -> list[FixedKernel] | None:
    """Zero where it is fixed, then every K > 0 as of ``fixed_kernels``; None where every kernel is fixed."""
    exact = exact_hyperparameters(spec, hyper)
    flow = _Flow(spec, exact)
    if flow.is_identity:
        return None
    found: list[FixedKernel] = []
    series = flow.at_zero
    if series is not None and series.terms and order_key(series.leading[0]) > 0:
        power, _, slope = series.leading
        steep = mpmath.inf if order_key(power) < 1 else _mpf(slope) if order_key(power) == 1 else mpmath.mpf(0)
        found.append(FixedKernel(mpmath.mpf(0), steep, _stability(_phase_at_zero(spec, exact, flow) is not None)))
    for kernel in flow.fixed(digits):
        slope = spec.value(spec.system.parallel_susceptibility, kernel, exact, digits)
        found.append(FixedKernel(kernel, slope, _stability(abs(slope) < 1)))
    return found


def _stability(attracts: bool) -> str:
    return "stable" if attracts else "unstable"


class _Flow:
    """K' = f(K) at numbers, on a grid of kernels."""

    def __init__(self, spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr]) -> None:
        self.spec, self.hyper = spec, hyper
        self.at_zero = _near_zero(spec, spec.system.kernel, hyper)
        low, high = DECADES
        if self.at_zero is not None and order_key(self.at_zero.coefficient(0)) > 0:
            low = min(low, float(sp.log(self.at_zero.coefficient(0), 10)) - 2)
        self.kernels = np.logspace(low, high, int((high - low) * PER_DECADE) + 1)
        numbers = {symbol: float(value) for symbol, value in hyper.items()}
        with np.errstate(all="ignore"):
            self.gap = spec.grid(spec.system.kernel, self.kernels, numbers) / self.kernels - 1

    def fixed(self, digits: int) -> list[mpmath.mpf]:
        side, found = np.where(np.isfinite(self.gap), np.sign(self.gap), 0), []
        known = np.flatnonzero(side)  # a kernel of the grid may be fixed itself: its neighbours bracket it
        for k, after in pairwise(known):
            if after - k > 2 or side[k] * side[after] > 0 or not np.isfinite(self.gap[k:after]).all():
                continue
            bracket = (mpmath.mpf(float(self.kernels[k])), mpmath.mpf(float(self.kernels[after])))
            with mpmath.workdps(digits + 10):
                found.append(
                    mpmath.findroot(
                        lambda x: self.spec.value(self.spec.system.kernel, x, self.hyper, digits + 5) / x - 1,
                        bracket,
                        solver="anderson",
                        verify=False,
                    )
                )
        return found

    @property
    def grows_at_the_top(self) -> bool:
        """Whether f(K) > K at the largest kernels that double precision holds."""
        usable = self.gap[~np.isnan(self.gap)]
        return bool(usable.size and usable[-1] > 0)

    @property
    def is_identity(self) -> bool:
        """f(K) = K for every K, exactly."""
        zero = self.at_zero
        return zero is not None and zero.truncation is None and not (zero - LogSeries.power(1)).terms


def _near_zero(spec: SpecialisedSystem, polynomial: Polynomial, hyper: Mapping[Atom, sp.Expr]) -> LogSeries | None:
    """As K -> 0, through K^2; None where there is no such series."""
    try:
        return spec.series(polynomial, hyper, 2)
    except (NoExpansion, ExpectationError):
        return None


def correlation_map(spec: SpecialisedSystem, hyper: Hyper, kernel: Number, c: Number, digits: int) -> mpmath.mpf:
    """c' = f12/K at equal norms K."""
    exact, norm = exact_hyperparameters(spec, hyper), positive_number(kernel, spec.system.kernel_name)
    with mpmath.workdps(digits + 10):
        return _correlation_map(spec, exact, _mpf(norm), _mpf(real_number(c, "c")), digits)


def _correlation_map(
    spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr], kernel: mpmath.mpf, c: mpmath.mpf, digits: int
) -> mpmath.mpf:
    covariance = ((kernel, c * kernel), (c * kernel, kernel))
    return spec.value(spec.system.pair, covariance, hyper, digits) / kernel


def _mpf(value: sp.Expr) -> mpmath.mpf:
    """At the working precision in force."""
    return mpmath.mpf(sp.N(value, mpmath.mp.dps + 5)._to_mpmath(mpmath.mp.prec + 10))


def phase(spec: SpecialisedSystem, hyper: Hyper, digits: int = 15) -> Phase:
    """The phase at given hyperparameters.

    Of several attracting kernels the least positive one is described, the others are in ``note``. A kernel never goes
    round in a cycle: for averages of squares the parallel susceptibility at a fixed point is at least -1/2.
    Raises ``AsymptoticFailure`` where the search found no behaviour, TypeError and UnusableValue as
    ``hyperparameters``.
    """
    system = spec.system
    exact = exact_hyperparameters(spec, hyper)
    with mpmath.workdps(digits + 10):
        flow = _Flow(spec, exact)
        if flow.is_identity:
            return _line(spec, exact, digits)
        kernels = flow.fixed(digits)
        slopes = [spec.value(system.parallel_susceptibility, kernel, exact, digits) for kernel in kernels]
        stable = [(kernel, slope) for kernel, slope in zip(kernels, slopes, strict=True) if abs(slope) < 1]
        at_zero = _phase_at_zero(spec, exact, flow)
        runaway = flow.grows_at_the_top and not (kernels and slopes[-1] < 1)
        if stable:
            others = [f"K = {_shown(kernel)} attracts too" for kernel, _ in stable[1:]]
            if at_zero is not None:
                others.insert(0, f"kernels below {_shown(kernels[0])} go to zero")
            if runaway:
                others.append(f"kernels above {_shown(kernels[-1])} explode")
            return _at_fixed_kernel(spec, exact, *stable[0], digits, "; ".join(others))
        if at_zero is not None:
            if not runaway:
                return at_zero
            from_where = f"kernels above {_shown(kernels[-1])} explode" if kernels else ""
            return replace(at_zero, note=from_where or at_zero.note)
        if runaway and not kernels:
            return _explosion(spec, exact)
        listed = ", ".join(
            f"K = {mpmath.nstr(k, 8)} with slope {mpmath.nstr(s, 6)}" for k, s in zip(kernels, slopes, strict=True)
        )
        raise AsymptoticFailure(
            f"no K was found that attracts, nor that kernels go to zero or grow without end; fixed: {listed or 'none'}"
        )


def _shown(kernel: mpmath.mpf) -> str:
    return str(mpmath.nstr(kernel, 8)).removesuffix(".0")


def _at_fixed_kernel(
    spec: SpecialisedSystem,
    hyper: Mapping[Atom, sp.Expr],
    kernel: mpmath.mpf,
    parallel: mpmath.mpf,
    digits: int,
    note: str,
) -> Phase:
    system = spec.system
    try:
        perpendicular = spec.value(expanded(system.perpendicular_susceptibility), kernel, hyper, digits)
    except DivergentMoment:  # at a jump <delta(z)^2>: inputs at a small distance differ by its square root
        perpendicular = mpmath.inf
    distance = perpendicular - 1
    if abs(distance) < mpmath.mpf(10) ** (-digits + 4):
        name, correlation, response = "edge", mpmath.mpf(1), mpmath.mpf(1)
    elif distance < 0:
        name, correlation, response = "ordered", mpmath.mpf(1), perpendicular
    else:
        name = "chaotic"
        correlation = stable_correlation(spec, hyper, kernel, digits)
        covariance = ((kernel, correlation * kernel), (correlation * kernel, kernel))
        response = spec.value(pair_derivative(system.pair), covariance, hyper, digits)
    return Phase(name, kernel, parallel, perpendicular, correlation, length_of(parallel), length_of(response), note)


def _phase_at_zero(spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr], flow: _Flow) -> Phase | None:
    """Collapse, or the edge, where K* = 0 attracts; None where it does not (f(0) > 0 included)."""
    series = flow.at_zero
    if series is None or not series.terms:
        return None if series is None else _collapsed(mpmath.mpf(0), mpmath.mpf(0))
    power, _, amplitude = series.leading
    if order_key(power) < 1:
        return None
    if order_key(power) > 1:
        return _collapsed(mpmath.mpf(0), mpmath.mpf(0))
    slope = amplitude
    if order_key(slope) > 1:
        return None
    if slope == 1:
        drift = (series - LogSeries.power(1)).terms
        grows = not drift or order_key((series - LogSeries.power(1)).leading[2]) > 0
        return (
            None if grows else _marginal(mpmath.mpf(0), mpmath.nan, "the kernel goes to zero as a power of the depth")
        )
    across = _near_zero(spec, expanded(spec.system.perpendicular_susceptibility), hyper)
    return _collapsed(_mpf(slope), mpmath.nan if across is None else _mpf(across.coefficient(0)))


def _collapsed(parallel: mpmath.mpf, perpendicular: mpmath.mpf) -> Phase:
    return Phase(
        "collapse", mpmath.mpf(0), parallel, perpendicular, mpmath.nan, length_of(parallel), length_of(perpendicular)
    )


def _line(spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr], digits: int) -> Phase:
    """On a line of fixed points angles close, unless the map of correlations is the identity too."""
    half = mpmath.mpf(1) / 2
    moved = _correlation_map(spec, hyper, mpmath.mpf(1), half, digits) - half
    limit = mpmath.mpf(1) if moved > mpmath.mpf(10) ** (-digits // 2) else mpmath.nan
    return _marginal(None, limit, "every kernel is fixed")


def on_the_edge(kernel: Number) -> Phase:
    """The edge of chaos at a critical K* > 0, where both susceptibilities are one."""
    return _marginal(_mpf(positive_number(kernel, KERNEL)), mpmath.mpf(1), "")


def _marginal(kernel: mpmath.mpf | None, correlation: mpmath.mpf, note: str) -> Phase:
    one = mpmath.mpf(1)
    return Phase("edge", kernel, one, one, correlation, mpmath.inf, mpmath.inf, note)


def growth_at_large_kernels(spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr]) -> mpmath.mpf:
    """The limit of f(K)/K as K -> infinity; nan where it is not known."""
    return _at_large_kernel(spec, spec.system.kernel, hyper, 1)


def _explosion(spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr]) -> Phase:
    parallel = growth_at_large_kernels(spec, hyper)
    perpendicular = _at_large_kernel(spec, expanded(spec.system.perpendicular_susceptibility), hyper, 0)
    return Phase("explosion", mpmath.inf, parallel, perpendicular, mpmath.nan, mpmath.nan, mpmath.nan)


def _at_large_kernel(
    spec: SpecialisedSystem, polynomial: Polynomial, hyper: Mapping[Atom, sp.Expr], power: int
) -> mpmath.mpf:
    """The limit of polynomial/K^power as K -> infinity, from the tails of the activation; nan where not known."""
    total: dict[Fraction, sp.Expr] = {}
    for monomial, coefficient in polynomial:
        term: dict[Fraction, sp.Expr] = {Fraction(0): sp.Rational(coefficient.numerator, coefficient.denominator)}
        for atom, exponent in monomial:
            if isinstance(atom, Mean):
                try:
                    factor = dict(large_kernel_series(spec.moment(atom), -1).polynomial)
                except (NoExpansion, ExpectationError):
                    return mpmath.nan
                if exponent != 1:
                    return mpmath.nan
            elif isinstance(atom, Symbol):
                factor = {Fraction(0): (hyper[atom] if atom in hyper else spec.values[atom]) ** exponent}
            else:
                factor = {Fraction(exponent): sp.Integer(1)}
            product: dict[Fraction, sp.Expr] = {}
            for p, a in term.items():
                for q, b in factor.items():
                    product[p + q] = product.get(p + q, sp.Integer(0)) + a * b
            term = product
        for p, value in term.items():
            total[p] = total.get(p, sp.Integer(0)) + value
    if any(p > power and sp.simplify(value) != 0 for p, value in total.items()):
        return mpmath.inf
    return _mpf(total.get(Fraction(power), sp.Integer(0)))


def length_of(factor: mpmath.mpf) -> mpmath.mpf:
    """-1/log |factor|: infinite at one, zero at zero, nan where the factor is not known."""
    size = abs(factor)
    if mpmath.isnan(size):
        return mpmath.nan
    if size == 1:
        return mpmath.inf
    return -1 / mpmath.log(size) if size else mpmath.mpf(0)


def stable_correlation(
    spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr], kernel: mpmath.mpf, digits: int
) -> mpmath.mpf:
    """The fixed correlation c* < 1 of the chaotic phase: the zero of c' - c nearest below one."""

    def gap(c: mpmath.mpf) -> mpmath.mpf:
        return _correlation_map(spec, hyper, kernel, c, digits + 5) - c

    step = mpmath.mpf(1) / 16
    upper = 1 - mpmath.mpf(1) / 1000
    while gap(upper) >= 0:
        upper = 1 - (1 - upper) / 8
        if 1 - upper < mpmath.mpf(10) ** -9:
            raise AsymptoticFailure("c* is closer to one than 1e-9")
    lower = upper - step
    while gap(lower) < 0:
        lower -= step
        if lower < -1:
            raise AsymptoticFailure("no fixed correlation between -1 and 1")
    return mpmath.findroot(gap, (lower, upper), solver="anderson", verify=False)
