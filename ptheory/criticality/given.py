"""Critical points where K* or a variance is prescribed: it is not solved for, so only points that have it count.

Three conditions meet three unknowns K*, C_b, C_W. With one of them given there is in general no critical point at
K* > 0; what is left to ask for is weaker, see ``constrained``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.criticality.fixed_points import CriticalPoint, CriticalSearch
from ptheory.criticality.kernel_system import RecursionSystem
from ptheory.criticality.series import readable_text

AGREEING_DIGITS = 25
SHOWN_DIGITS = 9
ANYWHERE = "at any variances"  # what is noted of all critical points, where some are left out


def at_given(
    search: CriticalSearch, system: RecursionSystem, given: Mapping[Atom, sp.Expr], kernel: sp.Expr | None = None
) -> CriticalSearch:
    """The points at the given values of ``system.bias`` and ``system.weight``, and at the ``kernel`` given; what is
    left out is noted."""
    if not given and kernel is None:
        return search
    named = system.kernel_name
    wanted = dict(given) if kernel is None else {Symbol(named): kernel, **given}
    kept = tuple(p for p in search.points if not _differences(p, system, wanted))
    left_out = [(p, _differences(p, system, wanted)) for p in search.points if p not in kept]
    notes = [f"{ANYWHERE}: {note}" for note in search.notes] if left_out else list(search.notes)
    where = " and ".join(f"{symbol} = {readable_text(value)}" for symbol, value in wanted.items())
    if kernel is not None and not kept:
        notes.append(f"there is no critical point at {where}")
    elif not any(p.K_star is None or p.K_star != 0 for p in kept) and not search.open_questions:
        notes.append(f"at {where} there is no critical {named}* > 0")
    for point, needed in left_out:
        at = "a line of critical points" if point.K_star is None else f"{named}* = {_short(point.K_star)}"
        values = needed if kernel is None else [(system.bias, point.C_b), (system.weight, point.C_W)]
        notes.append(f"{at} needs " + " and ".join(f"{symbol} = {_short(value)}" for symbol, value in values))
    return replace(search, points=kept, notes=tuple(notes))


def _differences(
    point: CriticalPoint, system: RecursionSystem, given: Mapping[Atom, sp.Expr]
) -> list[tuple[Atom, sp.Expr]]:
    """What is given that a point has at another value, with the one it needs; a line has every kernel."""
    has: dict[Atom, sp.Expr] = {system.bias: point.C_b, system.weight: point.C_W}
    if point.K_star is not None:
        has[Symbol(system.kernel_name)] = point.K_star
    return [
        (symbol, has[symbol]) for symbol, value in given.items() if symbol in has and not _agree(has[symbol], value)
    ]


def _agree(one: sp.Expr, other: sp.Expr) -> bool:
    """Equal: exactly where both are exact, else to the digits the point is known with."""
    difference = one - other
    if not one.has(sp.Float) and not other.has(sp.Float) and difference.is_Rational:
        return bool(difference == 0)
    gap, size = abs(sp.N(difference, 40)), max(abs(sp.N(one, 40)), abs(sp.N(other, 40)))
    return bool(gap <= size * sp.Float(10, 40) ** -AGREEING_DIGITS)


def _short(value: sp.Expr) -> str:
    return str(value) if value.is_Rational and len(str(value)) <= SHOWN_DIGITS else str(sp.N(value, SHOWN_DIGITS))
