"""Critical points where a variance is prescribed: it is not tuned, so only points that have its value count.

Three conditions meet three unknowns K*, C_b, C_W. With one of the variances given there is in general no critical point
at K* > 0. What is left to ask for is then weaker: the value of the other variance at which a kernel is kept,

    f(K) = K,

and how perturbations fare there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import mpmath
import sympy as sp

from ptheory.algebra.polynomial import Atom
from ptheory.criticality.fixed_points import CriticalPoint, CriticalSearch
from ptheory.criticality.kernel_system import RecursionSystem, coefficient_of, expanded
from ptheory.criticality.series import readable_text
from ptheory.criticality.specialised import SpecialisedSystem

AGREEING_DIGITS = 25
SHOWN_DIGITS = 9


def at_given(search: CriticalSearch, system: RecursionSystem, given: Mapping[Atom, sp.Expr]) -> CriticalSearch:
    """The points at the given values of ``system.bias`` and ``system.weight``; what is left out is noted."""
    if not given:
        return search
    named = system.kernel_name
    kept = tuple(p for p in search.points if not _differences(p, system, given))
    left_out = [(p, _differences(p, system, given)) for p in search.points if p not in kept]
    notes = list(search.notes)
    where = " and ".join(f"{symbol} = {readable_text(value)}" for symbol, value in given.items())
    if not any(p.K_star is None or p.K_star != 0 for p in kept) and not search.open_questions:
        notes.append(f"at {where} there is no critical {named}* > 0")
    for point, needed in left_out:
        at = "a line of critical points" if point.K_star is None else f"{named}* = {_short(point.K_star)}"
        notes.append(f"{at} needs " + " and ".join(f"{symbol} = {_short(value)}" for symbol, value in needed))
    return replace(search, points=kept, notes=tuple(notes))


def _differences(
    point: CriticalPoint, system: RecursionSystem, given: Mapping[Atom, sp.Expr]
) -> list[tuple[Atom, sp.Expr]]:
    """The given variances that a point has at another value, with the one it needs."""
    has: dict[Atom, sp.Expr] = {system.bias: point.C_b, system.weight: point.C_W}
    return [(symbol, has[symbol]) for symbol, value in given.items() if not _agree(has[symbol], value)]


def _agree(one: sp.Expr, other: sp.Expr) -> bool:
    """Equal: exactly where both are exact, else to the digits the point is known with."""
    difference = one - other
    if not one.has(sp.Float) and not other.has(sp.Float) and difference.is_Rational:
        return bool(difference == 0)
    gap, size = abs(sp.N(difference, 40)), max(abs(sp.N(one, 40)), abs(sp.N(other, 40)))
    return bool(gap <= size * sp.Float(10, 40) ** -AGREEING_DIGITS)


def _short(value: sp.Expr) -> str:
    return str(value) if value.is_Rational and len(str(value)) <= SHOWN_DIGITS else str(sp.N(value, SHOWN_DIGITS))


@dataclass(frozen=True)
class KeptKernel:
    """f(K) = K at these variances, with both susceptibilities there."""

    kernel: sp.Expr
    bias: sp.Expr
    weight: sp.Expr
    parallel: sp.Expr
    perpendicular: sp.Expr


def kept_kernel(
    spec: SpecialisedSystem, kernel: sp.Expr, given: Mapping[Atom, sp.Expr], digits: int = 20
) -> KeptKernel | None:
    """The variance that is not given, chosen so that f(kernel) = kernel; None where it would be negative or is free.

    f is affine in either variance. Raises NotAffine where it is not.
    """
    system = spec.system
    (free,) = [symbol for symbol in (system.bias, system.weight) if symbol not in given]
    without, slope = coefficient_of(system.kernel, free)
    with mpmath.workdps(digits + 10):
        hyper: dict[Atom, sp.Expr] = dict(given)
        steep = spec.value(slope, kernel, hyper, digits + 5)
        if steep == 0:
            return None
        hyper[free] = (kernel - spec.value(without, kernel, hyper, digits + 5)) / steep
        if hyper[free] < 0:
            return None
        parallel = spec.value(system.parallel_susceptibility, kernel, hyper, digits)
        perpendicular = spec.value(expanded(system.perpendicular_susceptibility), kernel, hyper, digits)
    return KeptKernel(kernel, hyper[system.bias], hyper[system.weight], parallel, perpendicular)
