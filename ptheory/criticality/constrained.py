"""What is left of criticality where K*, the variance of the biases or that of the weights are prescribed.

Three conditions, f(K) = K, parallel and perpendicular susceptibility one, meet three unknowns. Whatever is prescribed
is no unknown any more, and as many conditions can be met as there are unknowns:

    two    the edge of chaos: f(K) = K, perpendicular susceptibility one
    one    a kernel that is kept: f(K) = K
    none   there is nothing to solve for: f(K) = K holds or it does not

f is affine in either variance, the perpendicular susceptibility in that of the weights. On the edge both variances are
functions of K, w(K) and b(K): a kernel that is given is one point of it, a variance that is given a root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import mpmath
import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.edge import EdgePoint, edge_at
from ptheory.criticality.fixed_points import CriticalConditions
from ptheory.criticality.kernel_system import coefficient_of, expanded
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.phases import Phase, phase
from ptheory.criticality.specialised import K, SpecialisedSystem
from ptheory.expectations import DivergentMoment

SEARCHED = (-6.0, 6.0)  # decades of K
POINTS = 481
NOISE = 1e-10  # of a variance beside the kernel, in double precision
DIGITS = 20
NEAR = mpmath.mpf(10) ** -10  # of one, a susceptibility that is one
LONGEST_EXACT = 40  # characters


@dataclass(frozen=True)
class KeptKernel:
    """f(K) = K at these variances, with both susceptibilities there.

    ``fate``: what kernels nearby, and inputs, do: ordered, chaotic, edge, marginal, or unstable and where they go.
    """

    kernel: sp.Expr
    bias: sp.Expr
    weight: sp.Expr
    parallel: sp.Expr
    perpendicular: sp.Expr
    fate: str = ""


@dataclass(frozen=True)
class OnEdge:
    """Where the edge of chaos meets what is given: ``points`` with K > 0 in increasing order, attracting or not.

    ``is_line``: every K is. ``excluded``: what no network has, a negative variance. ``searched``: which K were looked
    at, "" where nothing had to be searched.
    """

    points: tuple[EdgePoint, ...]
    excluded: tuple[EdgePoint, ...] = ()
    is_line: bool = False
    searched: str = ""


def kept_kernel(
    spec: SpecialisedSystem, kernel: sp.Expr, given: Mapping[Atom, sp.Expr], digits: int = DIGITS
) -> KeptKernel | None:
    """The variance that is not given, chosen so that f(kernel) = kernel; None where it would be negative or is free.

    Exact where it has a short closed form. Raises NotAffine where f is not affine in it.
    """
    system = spec.system
    (free,) = [symbol for symbol in (system.bias, system.weight) if symbol not in given]
    without, slope = coefficient_of(system.kernel, free)
    hyper: dict[Atom, sp.Expr] = dict(given)
    with mpmath.workdps(digits + 10):
        steep = spec.value(slope, kernel, hyper, digits + 5)
        if steep == 0:
            return None
        hyper[free] = (_mpf(kernel, digits + 10) - spec.value(without, kernel, hyper, digits + 5)) / steep
        if hyper[free] < 0:
            return None
        parallel, perpendicular = susceptibilities(spec, kernel, hyper, digits)
        fate = fate_of(spec, kernel, hyper, parallel, perpendicular)
        exact = _exact_quotient(spec, kernel, given, without, slope, hyper[free])
        hyper[free] = sp.Float(hyper[free], digits) if exact is None else exact
    return KeptKernel(kernel, hyper[system.bias], hyper[system.weight], parallel, perpendicular, fate)


def kept_about_the_mean(spec: SpecialisedSystem, kernel: sp.Expr, digits: int = DIGITS) -> mpmath.mpf | None:
    """The variance of the weights at which K' - K12' = K for two inputs of norm K and covariance zero.

    What all inputs share, the mean of the activation, is subtracted: in one layer, C_W (<s^2> - <s>^2) = K. None where
    it would not be positive.
    """
    system = spec.system
    without, slope = coefficient_of(system.kernel, system.weight)
    pair_without, pair_slope = coefficient_of(system.pair, system.weight)
    covariance = ((kernel, sp.Integer(0)), (sp.Integer(0), kernel))
    hyper: dict[Atom, sp.Expr] = {system.bias: sp.Integer(0)}
    with mpmath.workdps(digits + 10):
        whole = spec.value(slope, kernel, hyper, digits + 5)
        steep = whole - spec.value(pair_slope, covariance, hyper, digits + 5)
        rest = spec.value(without, kernel, hyper, digits + 5) - spec.value(pair_without, covariance, hyper, digits + 5)
        if steep <= NEAR * abs(whole):
            return None
        weight = (_mpf(kernel, digits + 10) - rest) / steep
    return weight if weight > 0 else None


def susceptibilities(
    spec: SpecialisedSystem, kernel: sp.Expr, hyper: Mapping[Atom, sp.Expr], digits: int = DIGITS
) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Parallel and perpendicular, at a kernel that need not be fixed; nan where one diverges, as at a jump."""
    across = expanded(spec.system.perpendicular_susceptibility)
    parallel = spec.value(spec.system.parallel_susceptibility, kernel, hyper, digits)
    try:
        return parallel, spec.value(across, kernel, hyper, digits)
    except DivergentMoment:
        return parallel, mpmath.nan


def next_kernel(spec: SpecialisedSystem, kernel: sp.Expr, hyper: Mapping[Atom, sp.Expr]) -> mpmath.mpf:
    """f(K)."""
    return spec.value(spec.system.kernel, kernel, hyper, DIGITS)


def on_edge(spec: SpecialisedSystem, given: Mapping[Atom, sp.Expr], kernel: sp.Expr | None, is_line: bool) -> OnEdge:
    """The edge of chaos where one of the three is given. ``is_line``: every kernel is critical at what is given.

    Raises what the averages raise.
    """
    if is_line and kernel is None:
        return OnEdge((), is_line=True)
    found: tuple[EdgePoint, ...]
    if kernel is not None:
        found, searched = (edge_at(spec, kernel, DIGITS),), ""
    else:
        ((symbol, value),) = given.items()
        roots, searched = _roots(spec, symbol, value, CriticalConditions.of(spec).perpendicular)
        found = tuple(edge_at(spec, root, DIGITS) for root in roots)
    impossible = tuple(point for point in found if point.weight <= 0 or point.bias < -NEAR * point.kernel)
    return OnEdge(tuple(p for p in found if p not in impossible), impossible, searched=searched)


def marginal_points(spec: SpecialisedSystem, given: Mapping[Atom, sp.Expr]) -> tuple[EdgePoint, ...]:
    """Where a kernel ceases to attract at the variance given: f(K) = K and parallel susceptibility one.

    What no network has is left out. Raises what the averages raise.
    """
    ((symbol, value),) = given.items()
    condition = coefficient_of(expanded(spec.system.parallel_susceptibility), spec.system.weight)
    if not condition[1]:
        return ()
    roots, _ = _roots(spec, symbol, value, condition)
    points = (_on_line(spec, root, condition) for root in roots)
    return tuple(point for point in points if point.weight > 0 and point.bias >= -NEAR * point.kernel)


def _on_line(spec: SpecialisedSystem, kernel: mpmath.mpf, condition: tuple[Polynomial, Polynomial]) -> EdgePoint:
    """The variances at which a kernel is fixed and an affine condition c0 + c1 w = 1 holds."""
    system = spec.system
    remaining = CriticalConditions.of(spec).kernel
    with mpmath.workdps(DIGITS + 5):
        c0, c1 = (spec.value(c, kernel, {}, DIGITS) for c in condition)
        hyper: dict[Atom, sp.Expr] = {system.weight: (1 - c0) / c1}
        r0, r1 = (spec.value(r, kernel, hyper, DIGITS) for r in remaining)
        hyper[system.bias] = (kernel - r0) / r1
        parallel = spec.value(system.parallel_susceptibility, kernel, hyper, DIGITS)
    return EdgePoint(kernel, hyper[system.bias], hyper[system.weight], parallel, "")


def _roots(
    spec: SpecialisedSystem, given: Atom, value: sp.Expr, condition: tuple[Polynomial, Polynomial]
) -> tuple[list[mpmath.mpf], str]:
    """Every K > 0 found at which one variance has its value, f(K) = K and c0 + c1 w = 1; and where they were looked
    for."""
    system = spec.system
    kernels = np.logspace(*SEARCHED, POINTS)
    remaining = CriticalConditions.of(spec).kernel
    with np.errstate(all="ignore"):
        c0, c1 = (_grid(spec, c, kernels, {}) for c in condition)
        weights = (1 - c0) / c1
        r0, r1 = (_grid(spec, r, kernels, {system.weight: weights}) for r in remaining)
        gap = ((kernels - r0) / r1 if given == system.bias else weights) - float(value)
    scale = kernels + float(value) if given == system.bias else np.maximum(weights, float(value))
    usable = np.isfinite(gap)
    if not usable.any():
        raise Refusal(f"the averages are not finite at any {system.kernel_name} of the search")
    side = np.where(usable & (np.abs(gap) > NOISE * scale), np.sign(gap), 0)
    searched = f"{kernels[usable][0]:.3g} and {kernels[usable][-1]:.3g}"

    def distance(at: mpmath.mpf) -> mpmath.mpf:
        point = _on_line(spec, at, condition)
        return (point.bias if given == system.bias else point.weight) - _mpf(value, DIGITS + 10)

    known = np.flatnonzero(side)
    crossed = [(k, after) for k, after in pairwise(known) if side[k] * side[after] < 0 and usable[k:after].all()]
    roots = [_root_between(distance, float(kernels[k]), float(kernels[after])) for k, after in crossed]
    return [root for root in roots if root is not None], searched


def _grid(
    spec: SpecialisedSystem, polynomial: Polynomial, kernels: np.ndarray, hyper: Mapping[Atom, np.ndarray]
) -> np.ndarray:
    return np.broadcast_to(spec.grid(polynomial, kernels, hyper) if polynomial else 0.0, kernels.shape)


def _root_between(distance: Callable[[mpmath.mpf], mpmath.mpf], low: float, high: float) -> mpmath.mpf | None:
    """None where the change of sign was rounding of the grid."""
    with mpmath.workdps(DIGITS + 5):
        ends = (mpmath.mpf(low), mpmath.mpf(high))
        if distance(ends[0]) * distance(ends[1]) > 0:
            return None
        return mpmath.findroot(distance, ends, solver="anderson", verify=False)


def fate_of(
    spec: SpecialisedSystem,
    kernel: sp.Expr,
    hyper: Mapping[Atom, sp.Expr],
    parallel: mpmath.mpf,
    perpendicular: mpmath.mpf,
) -> str:
    """What a fixed kernel is, in words: ordered, chaotic or edge where it attracts, marginal where the parallel
    susceptibility is one; unstable, and the phase that there is instead."""
    if parallel > 1 + NEAR:
        return "; ".join(_unstable(spec, hyper, kernel))
    distance = perpendicular - 1
    if mpmath.isnan(distance):
        return "stable; the perpendicular susceptibility diverges"
    side = "edge" if abs(distance) <= NEAR else "ordered" if distance < 0 else "chaotic"
    return side if parallel < 1 - NEAR or side == "edge" else f"marginal, {side}"


def _unstable(spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr], kernel: sp.Expr) -> Iterator[str]:
    yield "unstable"
    try:
        found = phase(spec, hyper)
    except (AsymptoticFailure, Refusal):
        return
    yield in_words(found, spec.system.kernel_name)


def in_words(found: Phase, named: str) -> str:
    """A phase: its name, the kernel it is at, and what other kernels do."""
    star, where = found.K_star, ""
    if star is not None and mpmath.isfinite(star) and star:
        where = f" at {named} = {str(mpmath.nstr(star, 6)).removesuffix('.0')}"
    return f"{found.name}{where}" + (f", {found.note}" if found.note else "")


def _exact_quotient(
    spec: SpecialisedSystem,
    kernel: sp.Expr,
    given: Mapping[Atom, sp.Expr],
    without: Polynomial,
    slope: Polynomial,
    near: mpmath.mpf,
) -> sp.Expr | None:
    """(K - without)/slope in closed form, where that is short; checked against the number."""
    if any(value.has(sp.Float) for value in (kernel, *given.values())):
        return None
    above, below = (spec.closed_form(part, given) for part in (without, slope))
    if above is None or below is None:
        return None
    found = sp.simplify(((kernel - above) / below).subs(K, kernel))
    if found.has(sp.Float) or len(str(found)) > LONGEST_EXACT:
        return None
    return found if abs(_mpf(found, DIGITS) - near) <= mpmath.mpf(10) ** (2 - DIGITS) * (1 + abs(near)) else None


def _mpf(value: object, digits: int) -> mpmath.mpf:
    if isinstance(value, mpmath.mpf):
        return value
    return mpmath.mpf(sp.N(value, digits)._to_mpmath(int(digits * 3.33) + 4))
