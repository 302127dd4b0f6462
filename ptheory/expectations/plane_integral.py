r"""Two correlated variables, rigorously: ∫∫ f(x) g(y) N(x, y; K) dx dy in Arb balls by Gauss–Legendre on rectangles.

Rectangles end at the kinks of f and g. On a panel of half-width h with n nodes the rule errs by at most h·(64/15) M
ρ^{−2(n−1)}/(1 − ρ^{−2}), M the maximum of |integrand| on the Bernstein ellipse ρ (Trefethen, SIAM Review 50 (2008)
67, Theorem 4.5), bounded here by ball evaluation over boxes that cover the ellipse. The two directions are bounded
one after the other. What lies beyond the outermost panels is at most √⟨f²; |x| > T⟩ √⟨g²⟩, by Cauchy–Schwarz and the
one-variable tail bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import sympy
from flint import acb, arb, ctx, fmpq

from ptheory.activations.branches import Branch
from ptheory.activations.growth import Envelope
from ptheory.activations.tape import Tape, constants_of, run, tape_of
from ptheory.expectations.balls import AnalyticBalls, ball, bits, rational
from ptheory.expectations.errors import PrecisionNotMet
from ptheory.expectations.line_integral import cut, density_derivative, integrable_envelope, line_integral
from ptheory.expectations.one_variable import OneVariable

ELLIPSES = (2, 3, 5, 8, 12)
BOXES = 5
BOUND_BITS = 32
RECTANGLE_LIMIT = 6000


def plane_integral(parts: tuple[OneVariable, ...], covariance: tuple[tuple[Fraction, ...], ...]) -> acb:
    """⟨f(x) g(y)⟩ at a regular 2 × 2 covariance, at the working precision of Arb.

    Raises PrecisionNotMet for deltas, for integrands whose growth could not be bounded, and for covariances too close
    to singular.
    """
    singular = acb(0)
    if parts[0].deltas or parts[1].deltas:
        singular = _on_lines(parts, covariance)
        parts = tuple(OneVariable(part.branches, None, ()) for part in parts)
    if any(all(branch.formula == 0 for branch in part.branches) for part in parts):
        return singular
    law = _Law(*(rational(covariance[i][j]) for i, j in ((0, 0), (0, 1), (1, 1))))
    tolerance = arb(2) ** (-ctx.prec)
    sides: list[list[_Panel]] = []
    error = arb(0)
    for k, (part, other) in enumerate(((parts[0], parts[1]), (parts[1], parts[0]))):
        reach, missing = _reach(part, other, covariance[k][k], covariance[1 - k][1 - k])
        error += missing
        sides.append(_panels(part, reach, law.spread(k)))
    total, rule_error = _rectangles(sides[0], sides[1], law, tolerance)
    error += rule_error
    return singular + acb(total + arb(0, error.upper()))


def _on_lines(parts: tuple[OneVariable, ...], covariance: tuple[tuple[Fraction, ...], ...]) -> acb:
    """E[δ(x − c) g(y)] = density of x at c · E[g | x = c], and the same with x and y exchanged; δδ is counted once."""
    total = acb(0)
    for k, (part, other) in enumerate(((parts[0], parts[1]), (parts[1], parts[0]))):
        own, shared = covariance[k][k], covariance[0][1]
        rest = other if k == 0 else OneVariable(other.branches, None, ())
        for point, order, weight in part.deltas:
            if order:
                raise PrecisionNotMet("a derivative of a delta function in two variables has no rigorous rule here")
            mean = point * _exact(shared) / _exact(own)
            given = line_integral(rest.shifted(mean), covariance[1 - k][1 - k] - shared * shared / own)
            total += ball(weight) * ball(density_derivative(point, 0, own)) * given
    return total


def _exact(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)


@dataclass(frozen=True)
class _Law:
    """The normal density exp(−x²/2A − (y − Bx/A)²/2s²)/(2π√det)."""

    a: fmpq
    b: fmpq
    c: fmpq

    @property
    def determinant(self) -> fmpq:
        return self.a * self.c - self.b * self.b

    def spread(self, k: int) -> arb:
        """Standard deviation of variable k given the other."""
        return (arb(self.determinant) / arb(self.c if k == 0 else self.a)).sqrt()

    def largest(self, x: arb, y: arb, imaginary: arb, k: int) -> arb:
        """A bound of |density| for x, y in real intervals, variable k carrying an imaginary part of at most
        ``imaginary``.
        """
        outer, inner = (x, y) if k == 1 else (y, x)
        variance = self.a if k == 1 else self.c
        slope = self.b / variance
        spread = self.spread(k)
        ridge = (inner - outer * slope).abs_lower() ** 2 - imaginary**2
        exponent = -(outer.abs_lower() ** 2) / (2 * arb(variance)) - ridge / (2 * spread**2)
        return exponent.exp() / (2 * arb.pi() * arb(self.determinant).sqrt())


@dataclass
class _Panel:
    """An interval on which one of the functions is smooth, with what the rule needs of it."""

    lower: arb
    upper: arb
    tape: Tape
    nodes: dict[int, tuple[list[arb], list[arb]]] = field(default_factory=dict)
    bounds: dict[int, arb] = field(default_factory=dict)

    @property
    def half(self) -> arb:
        return (self.upper - self.lower) / 2

    @property
    def middle(self) -> arb:
        return (self.upper + self.lower) / 2

    def interval(self) -> arb:
        return self.lower.union(self.upper)

    def split(self) -> tuple[_Panel, _Panel]:
        middle = arb(self.middle.mid())
        return _Panel(self.lower, middle, self.tape), _Panel(middle, self.upper, self.tape)

    def values(self, count: int) -> tuple[list[arb], list[arb]]:
        """Nodes and weight·f(node)."""
        if count not in self.nodes:
            points, weights = _legendre(count, ctx.prec)
            loose = AnalyticBalls(False)
            constants = constants_of(self.tape, loose)
            x = [self.middle + self.half * p for p in points]
            f = [run(self.tape, loose, acb(p), constants).real * w * self.half for p, w in zip(x, weights, strict=True)]
            self.nodes[count] = (x, f)
        return self.nodes[count]

    def ellipse(self, rho: int) -> tuple[arb, arb]:
        """The real interval covered by the Bernstein ellipse, and its largest imaginary part."""
        long, short = (arb(rho) + s / arb(rho) for s in (1, -1))
        return self.middle + arb(0, (self.half * long / 2).upper()), (self.half * short / 2).abs_upper()

    def largest(self, rho: int) -> arb:
        """A bound of |f| on the ellipse (ρ = 1: the interval itself); infinite when f is not analytic there."""
        if rho not in self.bounds:
            with bits(BOUND_BITS):
                self.bounds[rho] = self._cover(rho)
        return self.bounds[rho]

    def _cover(self, rho: int) -> arb:
        smooth = AnalyticBalls(rho > 1)
        constants = constants_of(self.tape, smooth)
        real, height = self.ellipse(rho) if rho > 1 else (self.interval(), arb(0))
        low, width = arb(real.lower()), arb((real.upper() - real.lower()).upper()) / BOXES
        rows = 2 if rho > 1 else 1
        worst = arb(0)
        for i in range(BOXES):
            x = low + width * i + arb(0.5, 0.5) * width
            for j in range(rows):  # f is real on the real line: the lower half mirrors the upper
                y = height * (arb(2 * j + 1, 1) / (2 * rows))
                value = run(self.tape, smooth, acb(x, y), constants)
                if not value.is_finite():
                    return arb.pos_inf()
                worst = worst.max(arb(value.abs_upper()))
        return worst


@lru_cache(maxsize=32)
def _legendre(count: int, precision: int) -> tuple[list[arb], list[arb]]:
    pairs = [arb.legendre_p_root(count, k, weight=True) for k in range(count)]
    return [p for p, _ in pairs], [w for _, w in pairs]


def _reach(part: OneVariable, other: OneVariable, variance: Fraction, other_variance: Fraction) -> tuple[fmpq, arb]:
    """A cut T and a bound of ⟨|f g|; |x| > T⟩ ≤ √⟨f²; |x| > T⟩ √⟨g²⟩."""
    bound, rest = integrable_envelope(part, variance), integrable_envelope(other, other_variance)
    if bound is None or rest is None:
        raise PrecisionNotMet("the growth of the integrand could not be bounded, so no rigorous enclosure is possible")
    reach, tail = cut(bound * bound, variance, 2)
    return reach, (arb(tail.upper()) * _second_moment(other, rest, other_variance)).sqrt()


def _second_moment(part: OneVariable, bound: Envelope, variance: Fraction) -> arb:
    """An upper bound of ⟨g²⟩: the maximum on an interval, and the tail beyond."""
    reach, tail = cut(bound * bound, variance, 0)
    worst = arb(0)
    for panel in _panels(part, reach, arb(rational(variance)).sqrt()):
        worst = worst.max(panel.largest(1))
    if not worst.is_finite():
        raise PrecisionNotMet("the integrand could not be bounded")
    return worst * worst + tail


def _panels(part: OneVariable, reach: fmpq, spread: arb) -> list[_Panel]:
    """Panels of about one and a half conditional standard deviations, ending at the kinks."""
    panels: list[_Panel] = []
    for branch in part.branches:
        if branch.formula == 0:
            continue
        low, high = _ends(branch, reach)
        length = float((high - low).mid())
        if length <= 0:
            continue
        count = max(1, round(length / (1.5 * float(spread.mid())) + 0.5))
        if count > RECTANGLE_LIMIT:
            raise PrecisionNotMet("the covariance is too close to singular for the two-variable rule")
        edges = [low, *(arb((low + (high - low) * k / count).mid()) for k in range(1, count)), high]
        panels.extend(_Panel(a, b, tape_of(branch.formula)) for a, b in pairwise(edges))
    return panels


def _ends(branch: Branch, reach: fmpq) -> tuple[arb, arb]:
    low, high = arb(-reach), arb(reach)
    if branch.lower.is_finite:
        low = ball(branch.lower).real.max(low)
    if branch.upper.is_finite:
        high = ball(branch.upper).real.min(high)
    return low, high


def _rectangles(xs: list[_Panel], ys: list[_Panel], law: _Law, tolerance: arb) -> tuple[arb, arb]:
    """Sum of the product rules, and a bound of everything they miss."""
    total, error = arb(0), arb(0)
    waiting = [(x, y, 0) for x in xs for y in ys]
    count = len(waiting)
    while waiting:
        x, y, depth = waiting.pop()
        area = 4 * x.half * y.half
        plain = x.largest(1) * y.largest(1) * law.largest(x.interval(), y.interval(), arb(0), 0) * area
        if plain < tolerance:
            error += plain.abs_upper()
            continue
        nodes, missed = _best_rule(x, y, law, tolerance)
        if missed < tolerance or depth >= 12:
            total += _product_rule(x, y, law, nodes)
            error += missed.abs_upper()
            continue
        count += 3
        if count > RECTANGLE_LIMIT:
            raise PrecisionNotMet("the two-variable rule needs too many rectangles at this precision")
        waiting.extend((p, q, depth + 1) for p in x.split() for q in y.split())
    return total, error


def _best_rule(x: _Panel, y: _Panel, law: _Law, tolerance: arb) -> tuple[int, arb]:
    """The smallest number of nodes among a few whose error bound meets the tolerance, and that bound."""
    along = []
    for k, (panel, other) in enumerate(((x, y), (y, x))):
        options = []
        for rho in ELLIPSES:
            size = panel.largest(rho)
            if not size.is_finite():
                break
            real, imaginary = panel.ellipse(rho)
            where = (real, other.interval()) if k == 0 else (other.interval(), real)
            density = law.largest(*where, imaginary, k)
            options.append((rho, size * other.largest(1) * density * 2 * other.half * panel.half * 64 / 15))
        if not options:
            return 0, arb.pos_inf()
        along.append(options)
    base = ctx.prec // 8
    counts = (base + 4, base + 10, base + 18, base + 30, base + 50)
    missed = arb.pos_inf()
    for count in counts:
        missed = arb(0)
        for options in along:
            bounds = [m / (arb(rho) ** (2 * (count - 1)) * (1 - 1 / arb(rho * rho))) for rho, m in options]
            missed += min(bounds, key=lambda b: float(b.abs_upper().log().mid()) if b > 0 else -1e300)
        if missed < tolerance:
            return count, missed
    return counts[-1], missed


def _product_rule(x: _Panel, y: _Panel, law: _Law, count: int) -> arb:
    """Σ w_i w_j f(x_i) g(y_j) N(x_i, y_j), the density written as E(x) E(y) exp(B x y/det)."""
    points, f = x.values(count)
    others, g = y.values(count)
    determinant = arb(law.determinant)
    left = [w * (-law.c * p * p / (2 * determinant)).exp() for p, w in zip(points, f, strict=True)]
    right = [w * (-law.a * p * p / (2 * determinant)).exp() for p, w in zip(others, g, strict=True)]
    coupling = law.b / determinant
    total = arb(0)
    for p, w in zip(points, left, strict=True):
        rate = coupling * p
        inner = arb(0)
        for q, v in zip(others, right, strict=True):
            inner += v * (rate * q).exp()
        total += w * inner
    return total / (2 * arb.pi() * determinant.sqrt())
