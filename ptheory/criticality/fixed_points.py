"""Every critical initialisation of a recursion system: K* = 0, isolated K* > 0, or a line.

A critical point solves  f(K*) = K*,  parallel susceptibility = perpendicular susceptibility = 1,  C_b >= 0, C_W > 0.
Both susceptibilities are affine in C_W and f is affine in C_b, so the conditions reduce to one equation N(K) = 0 free
of hyperparameters. Its roots are bracketed on a logarithmic grid, refined, and certified: by an exact root of a closed
form, or by a change of sign between rigorous enclosures. K* = 0 is decided from the series at K -> 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import mpmath
import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.essential import essential_drift, is_polynomial_near_zero
from ptheory.criticality.exact_kernels import exact_root
from ptheory.criticality.kernel_system import NotAffine, coefficient_of, expanded, kernel_derivative
from ptheory.criticality.series import (
    LogSeries,
    NoExpansion,
    NoSeries,
    UndecidedZero,
    exact,
    is_zero,
    monomial_text,
    order_key,
    readable_text,
)
from ptheory.criticality.specialised import K, SpecialisedSystem
from ptheory.criticality.uniqueness import completeness
from ptheory.expectations import DivergentMoment, ExpectationError, TimeExceeded
from ptheory.expectations.time_limits import time_limit

SEARCH_RANGE = (-6.0, 6.0)  # decades of K
GRID_POINTS = 481
SERIES_ORDERS = (3, 6)
RIGOROUS = "rigorous enclosures"
LONGEST_AT_ZERO = 2.0  # seconds of processor time for everything at K* = 0
LONGEST_SEARCH = 6.0  # and at K > 0


class NoInfluence(Refusal):
    """A hyperparameter that is to be tuned does not move what it is tuned by."""


@dataclass(frozen=True)
class CriticalPoint:
    """One solution. Numbers are exact SymPy expressions where known, else Floats; K_star None stands for a line.

    ``below`` and ``above``: "stable", "unstable" or "marginal" for perturbations on that side; ``below`` is None at
    K* = 0. ``drift`` is f(K) - K near K* = 0 as a series, or f''/2 as a number at K* > 0.
    """

    K_star: sp.Expr | None
    C_b: sp.Expr
    C_W: sp.Expr
    below: str | None
    above: str | None
    certificate: str
    drift: LogSeries | sp.Expr | None = None

    @property
    def stability(self) -> str:
        """Stable, unstable or marginal where both sides agree; half-stable where they do not."""
        sides = {s for s in (self.below, self.above) if s is not None}
        if len(sides) == 1:
            return sides.pop()
        return "half-stable"


@dataclass(frozen=True)
class CriticalSearch:
    """All points found, what was rejected and why, and what stayed open (then nothing may be concluded).

    ``complete``: whether there are no others, proved; the last note says so.
    """

    points: tuple[CriticalPoint, ...]
    notes: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    complete: bool = False


@dataclass(frozen=True)
class CriticalConditions:
    """The conditions in terms of averages: C_W = (1 - p0)/p1, C_b = (K - r0)/r1, N(K) = 0."""

    perpendicular: tuple[Polynomial, Polynomial]
    kernel: tuple[Polynomial, Polynomial]
    reduced: Polynomial

    @staticmethod
    def of(spec: SpecialisedSystem) -> CriticalConditions:
        """NotAffine, NoInfluence: the recursion is not affine in what is tuned, or does not depend on it."""
        system = spec.system
        p0, p1 = coefficient_of(expanded(system.perpendicular_susceptibility), system.weight)
        if not p1:
            raise NoInfluence(f"the perpendicular susceptibility does not depend on {system.weight}")
        difference = expanded(system.parallel_susceptibility) - expanded(system.perpendicular_susceptibility)
        d0, d1 = coefficient_of(difference, system.weight)
        r0, r1 = coefficient_of(system.kernel, system.bias)
        if not r1:
            raise NoInfluence(f"the kernel does not depend on {system.bias}")
        return CriticalConditions((p0, p1), (r0, r1), d0 * p1 + d1 * (1 - p0))


@dataclass
class _Log:
    """``certified``: of every zero of the condition at K > 0, whether its existence is; ``complete``: whether there are
    no others."""

    notes: list[str] = field(default_factory=list)
    open_questions: list[str] = field(default_factory=list)
    certified: list[bool] = field(default_factory=list)
    complete: bool = False


def critical_points(spec: SpecialisedSystem, digits: int = 30) -> CriticalSearch:
    """Every critical point with its stability on either side."""
    try:
        conditions = CriticalConditions.of(spec)
    except (NotAffine, NoInfluence) as error:
        return CriticalSearch((), (), (f"the critical conditions could not be reduced to one equation: {error}",))
    log = _Log()
    at_zero = _point_at_zero_in_time(spec, conditions, log)
    if at_zero is not None and at_zero.K_star is None:
        return CriticalSearch((at_zero,), tuple(log.notes), tuple(log.open_questions))
    points = [] if at_zero is None else [at_zero]
    try:
        with time_limit(LONGEST_SEARCH):
            points += _points_above_zero(spec, conditions, log, digits)
    except TimeExceeded as error:
        log.open_questions.append(
            f"{spec.system.kernel_name}* > 0: the search was given up, it has {LONGEST_SEARCH:.0f} seconds of "
            f"processor time in all: {error}"
        )
    complete = log.complete and not log.open_questions
    if complete:
        named = spec.system.kernel_name
        counted = "these are the only critical points" if points else "there is no critical point at all"
        log.notes.append(f"with {named}* = 0 decided by its exact series: {counted}, proved")
    return CriticalSearch(tuple(points), tuple(log.notes), tuple(log.open_questions), complete)


# -- K* = 0 and lines -----------------------------------------------------------------------------------------------
def _point_at_zero_in_time(spec: SpecialisedSystem, conditions: CriticalConditions, log: _Log) -> CriticalPoint | None:
    named = spec.system.kernel_name
    try:
        with time_limit(LONGEST_AT_ZERO):
            return _point_at_zero(spec, conditions, log)
    except TimeExceeded:
        log.open_questions.append(
            f"{named}* = 0: the expansion as {named} -> 0 was given up, it has {LONGEST_AT_ZERO:.0f} seconds of "
            "processor time: its coefficients, which are exact, grow too long"
        )
        return None


def _point_at_zero(spec: SpecialisedSystem, conditions: CriticalConditions, log: _Log) -> CriticalPoint | None:
    """K* = 0: the weight variance from chi_perp = 1, the bias variance from f(0) = 0, then how f(K) - K begins."""
    weight = _weight_at_zero(spec, conditions, log)
    if weight is None:
        return None
    bias = _bias_at_zero(spec, conditions, weight, log)
    if bias is None:
        return None
    hyper: dict[Atom, sp.Expr] = {spec.system.weight: weight, spec.system.bias: bias}
    drift = _drift_at_zero(spec, hyper)
    named = spec.system.kernel_name
    try:
        if drift.terms and order_key(drift.leading[0]) <= 1:
            log.notes.append(
                f"{named}* = 0 excluded: the parallel susceptibility is not one where the perpendicular one is"
            )
            return None
    except UndecidedZero as error:
        log.open_questions.append(f"{named}* = 0: {error}")
        return None
    if not drift.terms and drift.truncation is None:
        certificate = f"f({named}) = {named} exactly, for every {named} (the series in {named} ends)"
        return CriticalPoint(None, bias, weight, "marginal", "marginal", certificate, drift)
    if drift.terms:
        power, _, amplitude = drift.leading
        side = "stable" if order_key(amplitude) < 0 else "unstable"
        certificate = f"exact series f({named}) - {named} = {monomial_text(amplitude, (named, power))} + ... "
        certificate += f"at {spec.system.weight} = {readable_text(weight)}"
        return CriticalPoint(sp.Integer(0), bias, weight, None, side, certificate, drift)
    return _essential_point(spec, hyper, weight, bias, drift, log)


def _weight_at_zero(spec: SpecialisedSystem, conditions: CriticalConditions, log: _Log) -> sp.Expr | None:
    """The positive weight variance at which the perpendicular susceptibility is one as K -> 0; None where none is."""
    named, system = spec.system.kernel_name, spec.system
    try:
        p0, p1 = (spec.series(p, {}, 1) for p in conditions.perpendicular)
    except DivergentMoment as error:
        log.notes.append(
            f"{named}* = 0 excluded: the perpendicular susceptibility has no limit as {named} -> 0 ({error})"
        )
        return None
    except TimeExceeded:
        raise
    except (NoExpansion, ExpectationError) as error:
        log.open_questions.append(f"{named}* = 0: no expansion as {named} -> 0 ({error})")
        return None
    if p1.terms and order_key(p1.leading[0]) < 0:
        log.notes.append(f"{named}* = 0 excluded: the perpendicular susceptibility diverges as {named} -> 0")
        return None
    slope = p1.coefficient(0)
    if is_zero(slope):
        log.notes.append(
            f"{named}* = 0 excluded: the perpendicular susceptibility vanishes as {named} -> 0 "
            f"for every finite {system.weight}"
        )
        return None
    weight = exact(sp.cancel((1 - p0.coefficient(0)) / slope))
    if order_key(weight) <= 0:
        log.notes.append(f"{named}* = 0 excluded: it would need {system.weight} = {weight}")
        return None
    return weight


def _bias_at_zero(
    spec: SpecialisedSystem, conditions: CriticalConditions, weight: sp.Expr, log: _Log
) -> sp.Expr | None:
    """The bias variance, zero or more, at which a vanishing kernel is a fixed point; None where it is negative."""
    named, system = spec.system.kernel_name, spec.system
    r0, r1 = (spec.series(r, {system.weight: weight}, 1) for r in conditions.kernel)
    bias = exact(sp.cancel(-r0.coefficient(0) / r1.coefficient(0)))
    if order_key(bias) < -1e-30:
        log.notes.append(
            f"{named}* = 0 excluded: a vanishing kernel is a fixed point only for {system.bias} = {bias} < 0"
        )
        return None
    return bias


def _drift_at_zero(spec: SpecialisedSystem, hyper: dict[Atom, sp.Expr]) -> LogSeries:
    """f(K) - K as K -> 0, to the first order at which it has a term, or is known to have none."""
    drift = LogSeries()
    for order in SERIES_ORDERS:
        drift = spec.series(spec.system.kernel, hyper, order) - LogSeries.power(1)
        if drift.terms or drift.truncation is None:
            break
    return drift


def _essential_point(
    spec: SpecialisedSystem, hyper: dict[Atom, sp.Expr], weight: sp.Expr, bias: sp.Expr, drift: LogSeries, log: _Log
) -> CriticalPoint | None:
    """f(K) - K vanishes to all orders computed; for functions that are polynomials near zero the tail decides."""
    named = spec.system.kernel_name
    if not is_polynomial_near_zero(spec, spec.system.kernel):
        log.open_questions.append(
            f"{named}* = 0: f({named}) - {named} vanishes below {named}^{drift.truncation} "
            "and no more orders were computed"
        )
        return None
    try:
        tail = essential_drift(spec, hyper)
    except NoExpansion as error:
        log.open_questions.append(
            f"{named}* = 0: f({named}) - {named} is beyond all orders and its sign was not found ({error})"
        )
        return None
    side = "stable" if order_key(tail.coefficient) < 0 else "unstable"
    certificate = (
        f"f({named}) - {named} is beyond all orders, {tail.text(named)} to leading order, "
        f"at {spec.system.weight} = {readable_text(weight)}"
    )
    return CriticalPoint(sp.Integer(0), bias, weight, None, side, certificate, drift)


# -- K* > 0 --------------------------------------------------------------------------------------------------------
def _points_above_zero(
    spec: SpecialisedSystem, conditions: CriticalConditions, log: _Log, digits: int
) -> list[CriticalPoint]:
    named = spec.system.kernel_name
    low, high = SEARCH_RANGE
    kernels = np.logspace(low, high, GRID_POINTS)
    try:
        with np.errstate(all="ignore"):
            values = spec.grid(conditions.reduced, kernels, {})
    except DivergentMoment as error:
        log.notes.append(f"no critical point at {named} > 0: a susceptibility is not finite ({error})")
        return []
    except TimeExceeded:
        raise
    except ExpectationError as error:
        log.open_questions.append(f"{named}* > 0: the conditions could not be evaluated ({error})")
        return []
    usable = np.isfinite(values)
    if not usable.any():
        _without_a_grid(spec, conditions.reduced, kernels, log)
        return []
    searched = f"{named} between {kernels[usable][0]:.3g} and {kernels[usable][-1]:.3g}"
    points = []
    roots: list[mpmath.mpf] = []
    for bracket in _brackets(spec, conditions.reduced, kernels, values, log):
        try:
            root = _refine(spec, conditions.reduced, bracket, digits)
            if root is None or any(abs(root - other) < root * 1e-10 for other in roots):
                continue
            roots.append(root)
            point = _point_at_root(spec, conditions, root, log, digits)
        except TimeExceeded:
            raise
        except ExpectationError as error:
            log.open_questions.append(
                f"the conditions hold near {named} = {bracket[0]:.6g}, not followed further: {error}"
            )
            continue
        if point is not None:
            points.append(point)
    count = len(roots)
    log.notes.append(
        f"searched {searched} on {int(usable.sum())} points: {count or 'no'} root{'s' * (count != 1)} at {named} > 0"
    )
    if len(log.certified) == count:
        said, log.complete, contradicts = completeness(spec, conditions.reduced, log.certified)
        (log.open_questions if contradicts else log.notes).append(said)
    return points


def _without_a_grid(spec: SpecialisedSystem, reduced: Polynomial, kernels: np.ndarray, log: _Log) -> None:
    """No K could be looked at: only a polynomial N(K) whose coefficients have one sign is known to have no root."""
    named = spec.system.kernel_name
    overflow = (
        f"the averages are not finite in double precision at any {named} from {kernels[0]:.0e} to {kernels[-1]:.0e}"
    )
    try:
        series = spec.series(reduced, {}, 1)
    except TimeExceeded:
        raise
    except (NoSeries, ExpectationError) as error:
        log.open_questions.append(f"{named}* > 0: {overflow}, and no expansion of them is known ({error})")
        return
    if series.truncation is None and len({order_key(c) > 0 for c in series.terms.values()}) == 1:
        log.notes.append(
            f"no critical point at {named} > 0, exactly: the difference of the susceptibilities is a polynomial in "
            f"{named} whose coefficients have one sign ({overflow})"
        )
    else:
        log.open_questions.append(f"{named}* > 0: {overflow}, so no {named} could be searched")


def _brackets(
    spec: SpecialisedSystem, reduced: Polynomial, kernels: np.ndarray, values: np.ndarray, log: _Log
) -> list[tuple[float, float]]:
    """Intervals with a change of sign; minima of |N| are looked at closely for two near roots or a tangency."""
    named = spec.system.kernel_name
    usable = np.isfinite(values)
    signs = np.sign(values)
    pairs = np.flatnonzero(usable[:-1] & usable[1:] & (signs[:-1] != signs[1:]))
    found = [(float(kernels[k]), float(kernels[k + 1])) for k in pairs]
    size = np.abs(values)
    for k in range(1, len(kernels) - 1):
        same = usable[k - 1 : k + 2].all() and signs[k - 1] == signs[k] == signs[k + 1] != 0
        if not (same and size[k] < size[k - 1] and size[k] < size[k + 1]):
            continue
        inner = np.linspace(float(kernels[k - 1]), float(kernels[k + 1]), 65)
        close = spec.grid(reduced, inner, {})
        changes = np.flatnonzero(np.sign(close[:-1]) != np.sign(close[1:]))
        found += [(float(inner[j]), float(inner[j + 1])) for j in changes]
        if not changes.size and np.abs(close).min() < 1e-4 * np.abs(close).max():
            log.open_questions.append(
                f"near {named} = {inner[np.abs(close).argmin()]:.8g} the conditions hold or almost hold"
            )
    return found


def _refine(
    spec: SpecialisedSystem, reduced: Polynomial, bracket: tuple[float, float], digits: int
) -> mpmath.mpf | None:
    """The root inside the bracket to ``digits`` digits, or None if the sign change was rounding noise.

    Bracketed in double precision by repeated subdivision, then a few secant steps at full precision.
    """
    left, right = bracket
    for _ in range(6):
        kernels = np.linspace(left, right, 33)
        signs = np.sign(spec.grid(reduced, kernels, {}))
        changes = np.flatnonzero(signs[:-1] != signs[1:])
        if not changes.size:
            return None
        left, right = float(kernels[changes[0]]), float(kernels[changes[0] + 1])
    with mpmath.workdps(digits + 15):
        low, high = mpmath.mpf(bracket[0]), mpmath.mpf(bracket[1])
        first = (mpmath.mpf(left) + mpmath.mpf(right)) / 2
        second = first * (1 + mpmath.mpf(10) ** -8)
        value_first, value_second = (spec.value(reduced, k, {}, digits + 3) for k in (first, second))
        for _ in range(12):
            if value_second == value_first:
                return None
            third = second - value_second * (second - first) / (value_second - value_first)
            if not low <= third <= high:
                return None
            if abs(third - second) < abs(third) * mpmath.mpf(10) ** (-digits - 1):
                return third
            first, value_first = second, value_second
            second, value_second = third, spec.value(reduced, third, {}, digits + 3)
    return None


def _point_at_root(
    spec: SpecialisedSystem, conditions: CriticalConditions, root: mpmath.mpf, log: _Log, digits: int
) -> CriticalPoint | None:
    named = spec.system.kernel_name
    system = spec.system
    exactly = _exact_root(spec, conditions.reduced, root)
    certificate = (
        f"exact root of the closed form: {named}* = {sp.sstr(exactly)}"
        if exactly is not None
        else _certify(spec, conditions.reduced, root, digits)
    )
    log.certified.append(exactly is not None or certificate.endswith(RIGOROUS))
    with mpmath.workdps(digits + 10):
        p0, p1 = (spec.value(p, root, {}, digits + 5) for p in conditions.perpendicular)
        weight = (1 - p0) / p1
        hyper: dict[Atom, sp.Expr] = {system.weight: weight}
        r0, r1 = (spec.value(r, root, hyper, digits + 5) for r in conditions.kernel)
        bias = (root - r0) / r1
        variances = f"{system.bias} = {mpmath.nstr(bias, 8)}, {system.weight} = {mpmath.nstr(weight, 8)}"
        where = f"{named} = {mpmath.nstr(root, 8)} ({variances})"
        if weight <= 0 or bias < -(mpmath.mpf(10) ** (-digits + 5)):
            log.notes.append(f"the conditions hold at {where}, which is no initialisation: variances are not negative")
            return None
        hyper[system.bias] = bias
        curvature = spec.value(kernel_derivative(system.parallel_susceptibility), root, hyper, digits - 3) / 2
    if certificate.startswith("not certified"):
        log.open_questions.append(f"a candidate at {where} was {certificate}")
    if abs(curvature) < mpmath.mpf(10) ** (-digits // 2):
        log.open_questions.append(f"the second derivative of the flow vanishes at {where}: stability not decided")
        return None
    below, above = ("stable", "unstable") if curvature > 0 else ("unstable", "stable")
    k_star = exactly if exactly is not None else sp.Float(root, digits)
    exact_values = _exact_values(spec, conditions, k_star) if k_star.is_Rational else None
    if exact_values is not None:
        return CriticalPoint(k_star, exact_values[0], exact_values[1], below, above, certificate, exact_values[2])
    return CriticalPoint(
        k_star, sp.Float(bias, digits), sp.Float(weight, digits), below, above, certificate, sp.Float(curvature, digits)
    )


def _exact_values(
    spec: SpecialisedSystem, conditions: CriticalConditions, kernel: sp.Expr
) -> tuple[sp.Expr, sp.Expr, sp.Expr] | None:
    """(C_b, C_W, f''/2) from closed forms at a rational K*."""
    system = spec.system
    p0, p1 = (spec.closed_form(p, {}) for p in conditions.perpendicular)
    if p0 is None or p1 is None:
        return None
    weight = sp.simplify(((1 - p0) / p1).subs(K, kernel))
    hyper: dict[Atom, sp.Expr] = {system.weight: weight}
    r0, r1 = (spec.closed_form(r, hyper) for r in conditions.kernel)
    if r0 is None or r1 is None:
        return None
    bias = sp.simplify(((K - r0) / r1).subs(K, kernel))
    flow = spec.closed_form(system.kernel, {**hyper, system.bias: bias})
    return None if flow is None else (bias, weight, sp.simplify(flow.diff(K, 2).subs(K, kernel) / 2))


def _exact_root(spec: SpecialisedSystem, reduced: Polynomial, root: mpmath.mpf) -> sp.Expr | None:
    """The root of the closed form, where there is one that has a closed form itself."""
    form = spec.closed_form(reduced, {})
    return None if form is None else exact_root(form, root)


def _certify(spec: SpecialisedSystem, reduced: Polynomial, root: mpmath.mpf, digits: int) -> str:
    """Existence of a root within 10^(3 - digits): opposite signs of rigorous enclosures on either side."""
    named = spec.system.kernel_name
    with mpmath.workdps(digits + 15):
        width = root * mpmath.mpf(10) ** (3 - digits)
        left = spec.enclosure(reduced, root - width, {}, digits)
        right = spec.enclosure(reduced, root + width, {}, digits)
    if left.sign * right.sign == -1:
        quality = RIGOROUS if left.rigorous and right.rigorous else "error estimates (not bounds)"
        return f"sign change within a relative 1e{3 - digits} of {named}*, in {quality}"
    return "not certified: the enclosures on either side of the root do not exclude zero"
