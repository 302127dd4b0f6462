"""The phases along one variance, the other one given: what lies between the points where something changes.

Those are where the edge of chaos is met, where a kernel ceases to attract (parallel susceptibility one), and the
variances of the weights at which kernels next to zero, or very large ones, neither shrink nor grow. Between two of them
the phase is that of one point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import mpmath
import sympy as sp

from ptheory.algebra.polynomial import Atom
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.constrained import marginal_points, on_edge
from ptheory.criticality.edge import EdgePoint
from ptheory.criticality.kernel_system import coefficient_of
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.phases import Phase, growth_at_large_kernels, phase
from ptheory.criticality.series import LogSeries, NoExpansion, order_key
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.expectations import ExpectationError

FAR, FARTHER, CHANGE = 10**4, 10**6, 2  # kernels, and by how much f(K)/K changes between them where it is not linear
SAME = mpmath.mpf(10) ** -9  # relative, of two places found by different conditions
PHASE_DIGITS = 12


class UnknownGrowth(Refusal):
    """Large kernels change phase at a variance that is not known."""

    help = "give both variances"


@dataclass(frozen=True)
class Stretch:
    """The phase from ``low`` to ``high`` (perhaps infinite), found ``at`` a point between."""

    low: mpmath.mpf
    high: mpmath.mpf
    at: sp.Expr
    phase: Phase


def stretches(spec: SpecialisedSystem, given: Mapping[Atom, sp.Expr]) -> tuple[Stretch, ...]:
    """The phases along the variance that is not given, from zero on; neighbours of one name are one.

    Raises Refusal where the places of change or a phase are not found.
    """
    system = spec.system
    (axis,) = [symbol for symbol in (system.bias, system.weight) if symbol not in given]
    places = [mpmath.mpf(0), *_changes(spec, given, axis), mpmath.inf]
    found: list[Stretch] = []
    for low, high in pairwise(places):
        at = _between(low, high)
        try:
            there = phase(spec, {**given, axis: at}, PHASE_DIGITS)
        except AsymptoticFailure as error:
            raise Refusal(f"no phase was found at {axis} = {sp.N(at, 6)}: {error}") from error
        if found and found[-1].phase.name == there.name:
            found[-1] = Stretch(found[-1].low, high, found[-1].at, found[-1].phase)
        else:
            found.append(Stretch(low, high, at, there))
    return tuple(found)


def edges_met(spec: SpecialisedSystem, given: Mapping[Atom, sp.Expr], along: Sequence[Stretch]) -> list[EdgePoint]:
    """The points of the edge of chaos at which one of the stretches goes over into the next. Raises Refusal."""
    merging = {"ordered", "chaotic"}
    borders = [one.high for one, after in pairwise(along) if {one.phase.name, after.phase.name} == merging]
    if not borders:
        return []
    points = on_edge(spec, given, None, False).points
    is_weight = spec.system.weight not in given
    places = [(p.weight if is_weight else p.bias, p) for p in points]
    return [p for border in borders for place, p in places if abs(place - border) <= SAME * border]


def _changes(spec: SpecialisedSystem, given: Mapping[Atom, sp.Expr], axis: Atom) -> list[mpmath.mpf]:
    """Every place above zero where something may change, in increasing order."""
    is_weight = axis == spec.system.weight
    found = [p.weight if is_weight else p.bias for p in on_edge(spec, given, None, False).points]
    found += [p.weight if is_weight else p.bias for p in marginal_points(spec, given)]
    if is_weight:
        found += [*_at_zero(spec, given), *_at_infinity(spec, given)]
    places: list[mpmath.mpf] = []
    for place in sorted(place for place in found if place > 0 and mpmath.isfinite(place)):
        if not places or place - places[-1] > SAME * place:
            places.append(place)
    return places


def _between(low: mpmath.mpf, high: mpmath.mpf) -> sp.Expr:
    """A short number inside."""
    if not mpmath.isfinite(high):
        return sp.Rational(str(mpmath.nstr(2 * low, 2))) if low else sp.Integer(1)
    middle = (low + high) / 2
    for digits in range(2, 16):
        short = sp.Rational(str(mpmath.nstr(middle, digits)))
        if low < mpmath.mpf(short.p) / short.q < high:
            return short
    raise Refusal(f"the phase changes twice next to {mpmath.nstr(low, 12)}")


def _at_zero(spec: SpecialisedSystem, given: Mapping[Atom, sp.Expr]) -> list[mpmath.mpf]:
    """The weight variance at which f(K) ~ K as K -> 0, where zero is fixed."""
    without, slope = coefficient_of(spec.system.kernel, spec.system.weight)
    try:
        rest, grows = (spec.series(part, given, 1) for part in (without, slope))
    except (NoExpansion, ExpectationError):
        return []
    if not isinstance(grows, LogSeries) or not grows.terms or order_key(grows.leading[0]) != 1:
        return []
    if rest.terms and order_key(rest.leading[0]) < 1:
        return []
    return [mpmath.mpf(sp.N((1 - rest.coefficient(1)) / grows.leading[2], 25))]


def _at_infinity(spec: SpecialisedSystem, given: Mapping[Atom, sp.Expr]) -> list[mpmath.mpf]:
    """The weight variance at which f(K) ~ K as K -> infinity; f is affine in it."""
    weight = spec.system.weight
    with mpmath.workdps(25):
        none, one = (growth_at_large_kernels(spec, {**given, weight: sp.Integer(w)}) for w in (0, 1))
        if mpmath.isnan(one) and _may_be_linear(spec, given):
            name = spec.system.kernel_name
            raise UnknownGrowth(f"{name}' seems to grow as {name} at large {name}, and at which rate is not known")
        if not mpmath.isfinite(one) or not mpmath.isfinite(none) or one == none:
            return []
        return [(1 - none) / (one - none)]


def _may_be_linear(spec: SpecialisedSystem, given: Mapping[Atom, sp.Expr]) -> bool:
    """Whether f(K)/K is neither small nor large at large kernels, as far as two of them say."""
    _, slope = coefficient_of(spec.system.kernel, spec.system.weight)
    try:
        far, farther = (
            spec.value(slope, sp.Integer(kernel), given, PHASE_DIGITS) / kernel for kernel in (FAR, FARTHER)
        )
    except ExpectationError:
        return True
    return bool(far / CHANGE < farther < far * CHANGE)
