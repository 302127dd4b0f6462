r"""One smooth variable on [−T, T] by the midpoint rule, which converges geometrically when the integrand is analytic in
a strip and small at ±T.

With step h = 2T/N and g analytic on |Im z| ≤ a, the residues of 1/(1 + exp(−2πi(z + T)/h)) at the nodes give

    |∫g − h Σ g| ≤ 2 ∫|g(x + ia)| dx / (exp(2πa/h) − 1) + (2h ln 2/π) max |g(±T + iy)|,   0 ≤ y ≤ a,

for g with |g(z̄)| = |g(z)| (Trefethen & Weideman, SIAM Review 56 (2014) 385, on a bounded interval).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, log, pi

from flint import acb, arb, ctx, fmpq
from sympy import Expr

from ptheory.activations.tape import Tape, compiled, tape_of
from ptheory.expectations.balls import ANALYTIC_BALLS, BALLS, bits
from ptheory.expectations.panels import BOUND_BITS, Nodes, Offsets
from ptheory.expectations.time_limits import check_time

ROWS = 26
BOXES = 40
TOGETHER = 16  # nodes with one middle


@dataclass(eq=False)
class Strip:
    """A whole line, cut at ±reach; ``scale`` is the length on which the rest varies, and the longest step."""

    reach: fmpq
    tape: Tape
    scale: fmpq
    rows: list[list[arb]] = field(default_factory=list)

    def rule(self, count: int) -> list[Nodes]:
        """``count`` nodes with weight·f(node), some of them together."""
        function = compiled(self.tape, BALLS)
        step = 2 * self.reach / count
        found = []
        for start in range(0, count, TOGETHER):
            check_time()
            offsets = _offsets(step, min(TOGETHER, count - start), ctx.prec)
            middle = arb(-self.reach + step * fmpq(2 * start + len(offsets.points), 2))
            places = (middle + offset for offset in offsets.points)
            found.append(Nodes(middle, offsets, [function(acb(p)).real * step for p in places]))
        return found

    def choose(self, weight: Callable[[arb, arb], arb], tolerance: arb) -> tuple[int, arb]:
        """How many nodes miss at most ``tolerance``, and the bound of what they miss; (0, ∞) when none does."""
        with bits(BOUND_BITS):
            best, missed = 0, arb.pos_inf()
            edges = arb(0)
            boxes = self._boxes()
            for k in range(ROWS):
                row = self._row(k)
                if row is None:
                    break
                height = arb(self._height(k + 1))
                sides = (row[0] * weight(boxes[0], height)).max(row[-1] * weight(boxes[-1], height))
                edges = edges.max(sides)
                area = sum((f * weight(x, height) for f, x in zip(row, boxes, strict=True)), arb(0))
                area = area * 2 * self.reach / BOXES
                found = self._needed(area, edges, float(height.mid()), tolerance)
                if found and (not best or found < best):
                    best = found
                    missed = self._error(area, edges, height, found)
            return best, arb(missed.abs_upper())

    def _needed(self, area: arb, edges: arb, height: float, tolerance: arb) -> int:
        ratio = 4 * area / tolerance + 1
        if not ratio.is_finite() or not edges < tolerance / 4:
            return 0
        size = float(arb(ratio.abs_upper()).log().mid())
        step = min(2 * pi * height / max(size, log(2)), float(arb(self.scale).mid()))
        return ceil(2 * float(arb(self.reach).mid()) / step * (1 + 1e-9)) + 1

    def _error(self, area: arb, edges: arb, height: arb, count: int) -> arb:
        step = 2 * arb(self.reach) / count
        growth = (2 * arb.pi() * height / step).exp() - 1
        return 2 * area / growth + edges * 2 * step * arb(2).log() / arb.pi()

    def _height(self, k: int) -> fmpq:
        """Heights grow from a seventh of the scale to ten times it."""
        return self.scale * fmpq(k * (k + 10), 80)

    def _boxes(self) -> list[arb]:
        width = 2 * self.reach / BOXES
        return [arb(-self.reach + width * i).union(arb(-self.reach + width * (i + 1))) for i in range(BOXES)]

    def _row(self, k: int) -> list[arb] | None:
        """Bounds of |f| over the boxes of row k, heights from k to k + 1; None where f is not analytic."""
        if k < len(self.rows):
            return self.rows[k]
        function = compiled(self.tape, ANALYTIC_BALLS)
        y = arb(self._height(k)).union(arb(self._height(k + 1)))
        row = []
        for x in self._boxes():
            value = function(acb(x, y))
            if not value.is_finite():
                return None
            row.append(arb(value.abs_upper()))
        self.rows.append(row)
        return row


@lru_cache(maxsize=64)
def _offsets(step: fmpq, count: int, precision: int) -> Offsets:
    """Offsets of ``count`` nodes from their middle; ``precision``: in bits."""
    return Offsets(tuple(arb(step * fmpq(2 * k + 1 - count, 2)) for k in range(count)))


@lru_cache(maxsize=64)
def strip_of(formula: Expr, reach: fmpq, scale: fmpq) -> Strip:
    """The strip of a smooth formula, with the bounds found before: integrals over one Gaussian share it."""
    return Strip(reach, tape_of(formula), scale)
