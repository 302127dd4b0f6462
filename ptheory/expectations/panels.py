r"""One variable cut into panels, each with a Gauss–Legendre rule and a rigorous bound of what the rule misses.

On a panel of half-width h with n nodes the rule errs by at most h·(64/15) M ρ^{−2(n−1)}/(1 − ρ^{−2}), M the maximum
of |integrand| on the Bernstein ellipse ρ (Trefethen, SIAM Review 50 (2008) 67, Theorem 4.5), bounded here by ball
evaluation over boxes that cover the ellipse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from flint import acb, arb, ctx, fmpq

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


@dataclass
class Panel:
    """An interval on which the function is smooth, with what a rule needs of it."""

    lower: arb
    upper: arb
    tape: Tape
    count: int = 0
    bounds: dict[float, arb] = field(default_factory=dict)

    @property
    def half(self) -> arb:
        """Half the length."""
        return (self.upper - self.lower) / 2

    @property
    def middle(self) -> arb:
        """The midpoint, as a ball."""
        return (self.upper + self.lower) / 2

    def split(self) -> tuple[Panel, Panel]:
        """The two halves, which meet in one exact point."""
        middle = arb(self.middle.mid())
        return Panel(self.lower, middle, self.tape), Panel(middle, self.upper, self.tape)

    def rule(self) -> tuple[list[arb], list[arb]]:
        """Nodes and weight·f(node)."""
        check_time()
        points, weights = _legendre(self.count, ctx.prec)
        function = compiled(self.tape, BALLS)
        middle, half = self.middle, self.half
        x = [middle + half * p for p in points]
        return x, [function(acb(p)).real * w * half for p, w in zip(x, weights, strict=True)]

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


def panels(part: OneVariable, reach: fmpq, width: float) -> list[Panel]:
    """Panels of about ``width`` within [−reach, reach], ending at the kinks; none where the function vanishes."""
    found: list[Panel] = []
    for branch in part.branches:
        if branch.formula == 0:
            continue
        low, high = _ends(branch, reach)
        length = float((high - low).mid())
        if length <= 0:
            continue
        if not length / width < PANEL_LIMIT:
            raise PrecisionNotMet(f"the integrand reaches over {length / width:.2g} panels, which is too far")
        count = max(1, round(length / width + 0.5))
        edges = [low, *(arb((low + (high - low) * k / count).mid()) for k in range(1, count)), high]
        found.extend(Panel(a, b, tape_of(branch.formula)) for a, b in pairwise(edges))
    return found


def _ends(branch: Branch, reach: fmpq) -> tuple[arb, arb]:
    low, high = arb(-reach), arb(reach)
    if branch.lower.is_finite:
        low = ball(branch.lower).real.max(low).min(high)
    if branch.upper.is_finite:
        high = ball(branch.upper).real.min(high).max(low)
    return low, high


def mass(parts: list[Panel], sharpness: arb) -> arb:
    """A bound of ∫|f| exp(−sharpness·x²/2) over the panels, and of the sum of any rule of positive weights on them."""
    total = arb(0)
    for p in parts:
        nearest = p.lower.union(p.upper).abs_lower()
        total += 2 * p.half * p.largest() * (-sharpness * nearest**2 / 2).exp()
    return total


def refined(parts: list[Panel], weight: Callable[[arb, arb], arb], tolerance: arb) -> tuple[list[Panel], arb]:
    """Panels with node counts such that the rules miss at most ``tolerance`` each, and a bound of what all miss.

    ``weight(x, y)`` bounds the rest of the integrand over a real interval x and imaginary parts of at most y. A panel
    on which fewer nodes do in two halves is halved. Raises PrecisionNotMet where no panel is small enough.
    """
    kept: list[Panel] = []
    error = arb(0)
    waiting = [(panel, *_cheapest(panel, weight, tolerance)) for panel in reversed(parts)]
    while waiting:
        check_time()
        panel, count, missed = waiting.pop()
        if count and count <= 24:
            kept, error = [*kept, panel], error + missed
            panel.count = count
            continue
        if not float(panel.half.mid()) > SMALLEST:
            raise PrecisionNotMet("the integrand could not be bounded near a point where it is not smooth")
        halves = [(half, *_cheapest(half, weight, tolerance)) for half in panel.split()]
        if count and (not all(c for _, c, _ in halves) or sum(c for _, c, _ in halves) >= count):
            kept, error = [*kept, panel], error + missed
            panel.count = count
        else:
            waiting.extend(reversed(halves))
    return kept, error


def _cheapest(panel: Panel, weight: Callable[[arb, arb], arb], tolerance: arb) -> tuple[int, arb]:
    """The smallest number of nodes whose error bound meets the tolerance, and that bound; (0, ∞) when none does."""
    with bits(BOUND_BITS):
        best, missed = 0, arb.pos_inf()
        for rho in ELLIPSES:
            size = panel.largest(rho)
            if not size.is_finite():
                break
            scale = panel.half * size * weight(*panel.ellipse(rho)) * 64 / 15 / (1 - 1 / arb(rho) ** 2)
            if not scale.is_finite():
                break
            for count in NODES:
                if best and count >= best:
                    break
                bound = scale / arb(rho) ** (2 * (count - 1))
                if bound < tolerance:
                    best, missed = count, arb(bound.abs_upper())
                    break
        return best, missed
