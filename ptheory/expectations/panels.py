r"""One variable cut into panels, each with a Gauss–Legendre rule and a rigorous bound of what the rule misses.

On a panel of half-width h with n nodes the rule errs by at most h·(64/15) M ρ^{−2(n−1)}/(1 − ρ^{−2}), M the maximum
of |integrand| on the Bernstein ellipse ρ (Trefethen, SIAM Review 50 (2008) 67, Theorem 4.5), bounded here by ball
evaluation over boxes that cover the ellipse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from math import log

import sympy
from flint import acb, arb, ctx, fmpq, fmpz
from sympy import Expr, S

from ptheory.activations.branches import Branch
from ptheory.activations.tape import Tape, compiled, tape_of
from ptheory.expectations.balls import ANALYTIC_BALLS, BALLS, ball, bits
from ptheory.expectations.expectation_errors import PrecisionNotMet
from ptheory.expectations.one_variable import OneVariable
from ptheory.expectations.time_limits import check_time

ELLIPSES = (1.3, 1.7, 2.25, 3, 4, 5.5, 8, 12, 18, 30)
BOXES = 6
REAL_HALVINGS = 12  # of a box on which a ball was too wide to exclude a zero of a denominator
COMPLEX_HALVINGS = 1
BOUND_BITS = 32
NODES = tuple(range(6, 40, 2)) + tuple(range(40, 120, 4))
SMALLEST = 2.0**-20
PANEL_LIMIT = 4000


@dataclass(frozen=True, eq=False)
class Offsets:
    """Where the nodes of a rule lie about their middle: one object for all rules of one length and number of nodes."""

    points: tuple[arb, ...]


@dataclass(frozen=True, eq=False)
class Nodes:
    """Neighbouring nodes middle + offset, and what stands at each."""

    middle: arb
    offsets: Offsets
    values: Sequence[arb]

    @property
    def places(self) -> list[arb]:
        """The nodes."""
        return [self.middle + offset for offset in self.offsets.points]


@dataclass(eq=False)
class Panel:
    """An interval on which the function is smooth, with what was found out about it: integrals share their panels."""

    lower: arb
    upper: arb
    tape: Tape
    bounds: dict[float, arb] = field(default_factory=dict)
    rules: dict[tuple[int, int], Nodes] = field(default_factory=dict)

    @property
    def half(self) -> arb:
        """Half the length."""
        return (self.upper - self.lower) / 2

    @property
    def middle(self) -> arb:
        """The midpoint, as a ball."""
        return (self.upper + self.lower) / 2

    @cached_property
    def halves(self) -> tuple[Panel, Panel]:
        """Two panels, which meet in one exact point."""
        middle = arb(self.middle.mid())
        return Panel(self.lower, middle, self.tape), Panel(middle, self.upper, self.tape)

    def rule(self, count: int) -> list[Nodes]:
        """``count`` nodes with weight·f(node)."""
        key = count, ctx.prec
        if key not in self.rules:
            check_time()
            function = compiled(self.tape, BALLS)
            half = self.half
            offsets = _offsets(key_of(half), *key)
            places = (self.middle + offset for offset in offsets.points)
            values = [function(acb(p)).real * w * half for p, w in zip(places, _legendre(*key)[1], strict=True)]
            self.rules[key] = Nodes(self.middle, offsets, values)
        return [self.rules[key]]

    def ellipse(self, rho: float) -> tuple[arb, arb]:
        """The real interval covered by the Bernstein ellipse, and its largest imaginary part (ρ = 1: the panel)."""
        long, short = (arb(rho) + s / arb(rho) for s in (1, -1))
        return self.middle + arb(0, (self.half * long / 2).upper()), arb((self.half * short / 2).abs_upper())

    def largest(self, rho: float = 1) -> arb:
        """A bound of |f| on the ellipse; infinite when f is not analytic there."""
        if rho not in self.bounds:
            with bits(BOUND_BITS):
                self.bounds[rho] = self._cover(rho)
        return self.bounds[rho]

    def _cover(self, rho: float) -> arb:
        function = compiled(self.tape, ANALYTIC_BALLS if rho > 1 else BALLS)
        real, height = self.ellipse(rho) if rho > 1 else (self.lower.union(self.upper), arb(0))
        low, width = arb(real.lower()), arb((real.upper() - real.lower()).upper()) / BOXES
        rows = 2 if rho > 1 else 1
        worst = arb(0)
        # f is real on the real line: the lower half mirrors the upper
        waiting = [
            (low + width * i, width, height * (arb(2 * j + 1, 1) / (2 * rows)), 0)
            for i in range(BOXES)
            for j in range(rows)
        ]
        halvings = REAL_HALVINGS if rho == 1 else COMPLEX_HALVINGS
        while waiting:
            check_time()
            start, length, y, depth = waiting.pop()
            value = function(acb(start + arb(0.5, 0.5) * length, y))
            if value.is_finite():
                worst = worst.max(arb(value.abs_upper()))
            elif depth == halvings:
                return arb.pos_inf()
            else:
                half = length / 2
                waiting += [(start, half, y, depth + 1), (start + half, half, y, depth + 1)]
        return worst


@lru_cache(maxsize=256)
def _legendre(count: int, precision: int) -> tuple[list[arb], list[arb]]:
    pairs = [arb.legendre_p_root(count, k, weight=True) for k in range(count)]
    return [p for p, _ in pairs], [w for _, w in pairs]


@dataclass(frozen=True)
class Key:
    """A ball that can be looked up: equal where middle and radius are."""

    middle: tuple[fmpz, fmpz]
    radius: tuple[fmpz, fmpz]
    number: arb = field(compare=False)


def key_of(number: arb) -> Key:
    """The key of a finite ball."""
    return Key(number.mid().man_exp(), number.rad().man_exp(), number)


@lru_cache(maxsize=1024)
def _offsets(half: Key, count: int, precision: int) -> Offsets:
    return Offsets(tuple(half.number * p for p in _legendre(count, precision)[0]))


def panels(part: OneVariable, reach: fmpq, width: fmpq) -> list[Panel]:
    """Panels of at most ``width`` that cover [−reach, reach], ending at the kinks; none where the function vanishes.

    They are laid outwards from a kink or from 0: where they end does not depend on the reach, so that integrals over
    one Gaussian share them.
    """
    found: list[Panel] = []
    for branch in part.branches:
        if branch.formula != 0:
            found.extend(_panels_of(branch, reach, width))
    return found


def _panels_of(branch: Branch, reach: fmpq, width: fmpq) -> Sequence[Panel]:
    """None beyond a finite end of the branch, where the formula is another; an infinite end is passed by the last."""
    lower, upper = (_cut(end, reach) if end.is_finite else end for end in (branch.lower, branch.upper))
    low, high = (ball(end).real if end.is_finite else arb.pos_inf() for end in (lower, upper))
    if lower == upper:
        return ()
    if lower.is_finite and upper.is_finite:
        return _between(branch.formula, lower, upper, _count(high - low, width), ctx.prec)
    if lower.is_finite:
        return _ladder(branch.formula, lower, width, ctx.prec).first(_count(reach - low, width))
    if upper.is_finite:
        return _ladder(branch.formula, upper, -width, ctx.prec).first(_count(reach + high, width))
    count = _count(arb(reach), width)
    down, up = (_ladder(branch.formula, S.Zero, side * width, ctx.prec).first(count) for side in (-1, 1))
    return [*down, *up]


def _cut(end: Expr, reach: fmpq) -> Expr:
    """A finite end, or ±reach where it is certainly further out."""
    place, furthest = ball(end).real, sympy.Rational(int(reach.p), int(reach.q))
    return -furthest if place < -reach else furthest if place > reach else end


def _count(length: arb, width: fmpq) -> int:
    """How many panels cover a length: at least one. Raises PrecisionNotMet beyond PANEL_LIMIT."""
    steps = arb((length / width).upper())
    if not steps < PANEL_LIMIT:
        raise PrecisionNotMet(f"the integrand reaches over {float(steps.mid()):.2g} panels, which is too far")
    return max(1, int(steps.ceil().unique_fmpz()))


@lru_cache(maxsize=64)
def _between(formula: Expr, lower: Expr, upper: Expr, count: int, precision: int) -> tuple[Panel, ...]:
    """``count`` equal panels; ``precision``: of their ends, in bits."""
    low, high = ball(lower).real, ball(upper).real
    edges = [low, *(arb((low + (high - low) * k / count).mid()) for k in range(1, count)), high]
    return tuple(Panel(a, b, tape_of(formula)) for a, b in pairwise(edges))


@dataclass
class _Ladder:
    """Panels one beside the other from a point on, to the left where the width is negative; made when asked for."""

    foot: arb
    width: fmpq
    tape: Tape
    made: list[Panel] = field(default_factory=list)

    def first(self, count: int) -> list[Panel]:
        """The ``count`` nearest to the foot."""
        while len(self.made) < count:
            near, far = (self._edge(len(self.made) + k) for k in (0, 1))
            self.made.append(Panel(near, far, self.tape) if self.width > 0 else Panel(far, near, self.tape))
        return self.made[:count]

    def _edge(self, k: int) -> arb:
        return arb((self.foot + self.width * k).mid()) if k else self.foot


@lru_cache(maxsize=64)
def _ladder(formula: Expr, foot: Expr, width: fmpq, precision: int) -> _Ladder:
    """The ladder from a kink; ``precision``: of its ends, in bits."""
    return _Ladder(ball(foot).real, width, tape_of(formula))


def mass(parts: list[Panel], sharpness: arb) -> arb:
    """A bound of ∫|f| exp(−sharpness·x²/2) over the panels, and of the sum of any rule of positive weights on them."""
    total = arb(0)
    for p in parts:
        nearest = p.lower.union(p.upper).abs_lower()
        total += 2 * p.half * p.largest() * (-sharpness * nearest**2 / 2).exp()
    return total


def refined(
    parts: list[Panel], weight: Callable[[arb, arb], arb], tolerance: arb
) -> tuple[list[tuple[Panel, int]], arb]:
    """Panels with numbers of nodes such that the rules miss at most ``tolerance`` each; a bound of what all miss.

    ``weight(x, y)`` bounds the rest of the integrand over a real interval x and imaginary parts of at most y. A panel
    on which fewer nodes do in two halves is halved. Raises PrecisionNotMet where no panel is small enough.
    """
    kept: list[tuple[Panel, int]] = []
    error = arb(0)
    waiting = [(panel, *_cheapest(panel, weight, tolerance)) for panel in reversed(parts)]
    while waiting:
        check_time()
        panel, count, missed = waiting.pop()
        if count and count <= 24:
            kept.append((panel, count))
            error += missed
            continue
        if not float(panel.half.mid()) > SMALLEST:
            raise PrecisionNotMet("the integrand could not be bounded near a point where it is not smooth")
        halves = [(half, *_cheapest(half, weight, tolerance)) for half in panel.halves]
        if count and (not all(c for _, c, _ in halves) or sum(c for _, c, _ in halves) >= count):
            kept.append((panel, count))
            error += missed
        else:
            waiting.extend(reversed(halves))
    return kept, error


def _cheapest(panel: Panel, weight: Callable[[arb, arb], arb], tolerance: arb) -> tuple[int, arb]:
    """The smallest number of nodes whose error bound meets the tolerance, and that bound; (0, ∞) when none does.

    |f| is largest on the largest ellipse: where the bound of a smaller one would not do with fewer nodes than
    already found, the ellipse need not be covered.
    """
    with bits(BOUND_BITS):
        best, missed = 0, arb.pos_inf()
        size = arb(0)
        for rho in ELLIPSES:
            rest = panel.half * weight(*panel.ellipse(rho)) * 64 / 15 / (1 - 1 / arb(rho) ** 2)
            if not rest.is_finite() or best == NODES[0]:
                break
            if best and not _fewest(rest * size, rho, tolerance, best):
                continue
            size = panel.largest(rho)
            if not size.is_finite():
                break
            found = _fewest(rest * size, rho, tolerance, best)
            if found:
                best, missed = found, arb((rest * size / arb(rho) ** (2 * (found - 1))).abs_upper())
        return best, missed


def _fewest(scale: arb, rho: float, tolerance: arb, below: int) -> int:
    """The fewest nodes n, of ``NODES`` and fewer than ``below`` unless that is 0, with scale ρ^(−2(n−1)) < tolerance.

    0 where there are none.
    """
    ratio = arb((scale / tolerance).abs_upper())
    least = float(ratio.log().mid()) / (2 * log(rho)) + 1 if ratio > 0 else 0
    for count in NODES:
        if below and count >= below:
            return 0
        if count > least - 1e-6 and scale / arb(rho) ** (2 * (count - 1)) < tolerance:
            return count
    return 0
