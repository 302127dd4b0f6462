r"""Two to four correlated variables, rigorously: ∫ Π f_k(z_k) N(z; K) dz in Arb balls by a product of panel rules.

Gauss–Legendre panels of each variable end at its kinks, so that a product rule meets no kink; a variable without kinks
takes the midpoint rule where that needs fewer nodes. The coupling exp(−z P z/2), P = K⁻¹, is summed pair by pair as
matrix products. With I_k the integral and T_k the rule in variable k,
Π I − Π T = Σ_k T_1 … T_{k−1} (I_k − T_k) I_{k+1} …, and each term is bounded at complex z_k with
|N(z)| ≤ exp(P_kk Im(z_k)²/2 − x P x/2)/√((2π)^d det K), x = Re z, and x P x ≥ Σ_j w_j x_j²/K_jj for any weights w_j ≥ 0
of sum one. What lies beyond the outermost panels is at most
Σ_k ⟨|f_k|^p; |z_k| > T⟩^{1/p} ⟨Π_{j≠k} |f_j|^q⟩^{1/q}, 1/p + 1/q = 1, by Hölder and the one-variable tail bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, log

import numpy as np
import sympy
from flint import acb, arb, arb_mat, ctx, fmpq, fmpq_mat

from ptheory.activations.growth import Envelope, envelope
from ptheory.activations.tape import tape_of
from ptheory.expectations.balls import ball, rational
from ptheory.expectations.covariance import Covariance, rank_of, require_double_range
from ptheory.expectations.expectation_errors import PrecisionNotMet
from ptheory.expectations.line_integral import cut, density_derivative, line_integral
from ptheory.expectations.one_variable import OneVariable
from ptheory.expectations.panels import PANEL_LIMIT, Panel, mass, panels, refined
from ptheory.expectations.strip import Strip
from ptheory.expectations.time_limits import check_time

SLACK_BITS = 16  # the rules' own errors may be this much larger than the rounding
STRIP_REACH = fmpq(9, 8)  # the midpoint rule wants its integrand smaller at the ends than the tail bound does
CONJUGATES = (8, 4, 2)  # exponents tried in Hölder's inequality: the larger, the shorter the range
ENOUGH = 48
WORK_LIMIT = {2: 60_000_000, 3: 2_000_000_000, 4: 6_000_000_000}


def product_integral(parts: tuple[OneVariable, ...], covariance: Covariance) -> acb:
    """⟨Π parts[k](z_k)⟩ at a regular covariance of two to four variables, at the working precision of Arb.

    Raises PrecisionNotMet for integrands whose growth could not be bounded, and for covariances too close to singular.
    """
    if len(parts) == 0:
        return acb(1)
    if len(parts) == 1:
        return line_integral(parts[0], covariance[0][0])
    require_double_range(covariance)
    if rank_of(covariance) < len(parts):
        raise PrecisionNotMet("no rule is available at a singular covariance of several variables")
    for k, part in enumerate(parts):
        if part.deltas:
            return _regular_and_singular(k, parts, covariance)
    if any(all(branch.formula == 0 for branch in part.branches) for part in parts):
        return acb(0)
    return _smooth(parts, covariance)


def _regular_and_singular(k: int, parts: tuple[OneVariable, ...], covariance: Covariance) -> acb:
    """The part of variable k without its deltas, and each delta by itself."""
    total = product_integral((*parts[:k], parts[k].regular(), *parts[k + 1 :]), covariance)
    for point, order, weight in parts[k].deltas:
        total += ball(weight) * _delta(k, point, order, parts, covariance)
    return total


def _delta(k: int, point: sympy.Expr, order: int, parts: tuple[OneVariable, ...], covariance: Covariance) -> acb:
    """E[δ^(m)(z_k − c) Π g_j(z_j)]: the density at c times the mean given z_k = c, derivatives lowered by Stein,
    K_kk E[δ^(m) G] = c E[δ^(m−1) G] − (m − 1) E[δ^(m−2) G] − Σ_j K_kj E[δ^(m−1) ∂_j G]."""
    own = covariance[k][k]
    if order == 0:
        others = [j for j in range(len(parts)) if j != k]
        means = {j: point * _exact(covariance[k][j] / own) for j in others}
        given = tuple(
            tuple(covariance[i][j] - covariance[k][i] * covariance[k][j] / own for j in others) for i in others
        )
        density = ball(density_derivative(point, 0, own))
        return density * product_integral(tuple(parts[j].shifted(means[j]) for j in others), given)
    total = ball(point) * _delta(k, point, order - 1, parts, covariance)
    if order > 1:
        total -= (order - 1) * _delta(k, point, order - 2, parts, covariance)
    for j in range(len(parts)):
        if j != k and covariance[k][j]:
            changed = (*parts[:j], parts[j].derivative(), *parts[j + 1 :])
            total -= acb(arb(rational(covariance[k][j]))) * _delta(k, point, order - 1, changed, covariance)
    return total / arb(rational(own))


def _exact(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)


def _smooth(parts: tuple[OneVariable, ...], covariance: Covariance) -> acb:
    size = len(parts)
    exact = fmpq_mat(size, size, [rational(x) for row in covariance for x in row])
    inverse = exact.inv()
    precision = [[inverse[i, j] for j in range(size)] for i in range(size)]
    norm = 1 / (arb(exact.det()) * (2 * arb.pi()) ** size).sqrt()
    tolerance = arb(2) ** (SLACK_BITS - ctx.prec)
    sides: list[list[Panel]] = []
    strips: list[Strip | None] = []
    error = arb(0)
    for k, part in enumerate(parts):
        reach, missing = _reach(k, parts, covariance)
        error += missing
        sharpness = arb(precision[k][k]).sqrt()
        if not 2 * reach * sharpness / 3 < PANEL_LIMIT:
            raise PrecisionNotMet("the covariance is too close to singular for the product rule")
        scale = 1 / float(sharpness.mid())
        sides.append(panels(part, reach, 3 * scale))
        smooth = len(part.branches) == 1
        strips.append(Strip(reach * STRIP_REACH, tape_of(part.branches[0].formula), _dyadic(scale)) if smooth else None)
    shares = (fmpq(0), fmpq(1, 4 * (size - 1)))  # of the Gaussian left to each of the other variables
    masses = [  # 2: a midpoint rule has up to one node more in each panel
        [2 * mass(side, arb(share / rational(covariance[k][k]))) for k, side in enumerate(sides)] for share in shares
    ]
    if not all(m.is_finite() for m in masses[0]):
        raise PrecisionNotMet("the integrand could not be bounded")
    rules = []
    for k, (side, strip) in enumerate(zip(sides, strips, strict=True)):
        options = []
        for share, row in zip(shares, masses, strict=True):
            rest = norm
            for j, other in enumerate(row):
                rest = rest * (1 if j == k else other)
            options.append((rest, arb((1 - share * (size - 1)) / rational(covariance[k][k]))))
        weight = _rest_of_integrand(arb(precision[k][k]), options)
        chosen, missed = _cheapest_rule(side, strip, weight, tolerance / size)
        error += missed
        rules.append(_rule(chosen, precision[k][k]))
    work = 1
    for x, _ in rules:
        work *= max(1, len(x))
    if work > WORK_LIMIT[size]:
        raise PrecisionNotMet("the product rule needs too many points at this precision and covariance")
    total = _contraction(rules, precision, tolerance) * norm
    return acb(total + arb(0, error.upper()))


def _rest_of_integrand(own: arb, options: list[tuple[arb, arb]]) -> Callable[[arb, arb], arb]:
    """The bound of everything but f_k, at real parts x and imaginary parts of at most y."""

    def weight(x: arb, y: arb) -> arb:
        nearest = x.abs_lower() ** 2
        first, second = (rest * (own * y * y / 2 - sharpness * nearest / 2).exp() for rest, sharpness in options)
        return first.min(second)

    return weight


def _dyadic(value: float) -> fmpq:
    return fmpq(*value.as_integer_ratio())


def _cheapest_rule(
    side: list[Panel], strip: Strip | None, weight: Callable[[arb, arb], arb], tolerance: arb
) -> tuple[Sequence[Panel | Strip], arb]:
    """The midpoint rule on the whole line or Gauss–Legendre on panels, whichever has fewer nodes; its error bound."""
    missed = arb.pos_inf() if strip is None else strip.choose(weight, tolerance)
    if strip is not None and strip.count and strip.count <= ENOUGH:
        return [strip], missed
    try:
        chosen, error = refined(side, weight, tolerance / max(1, len(side)))
    except PrecisionNotMet:
        if strip is None or not strip.count:
            raise
        return [strip], missed
    if strip is not None and strip.count and strip.count <= sum(panel.count for panel in chosen):
        return [strip], missed
    return chosen, error


def _reach(k: int, parts: tuple[OneVariable, ...], covariance: Covariance) -> tuple[fmpq, arb]:
    """A cut T and a bound of ⟨|Π f|; |z_k| > T⟩ ≤ ⟨|f_k|^p; |z_k| > T⟩^{1/p} Π_j ⟨|f_j|^{q(d−1)}⟩^{1/(q(d−1))}."""
    bounds = []
    for part in parts:
        bound = envelope(part.branches)
        if bound is None:
            raise PrecisionNotMet(
                "the growth of the integrand could not be bounded, so no rigorous enclosure is possible"
            )
        bounds.append(bound)
    others = len(parts) - 1
    for q in CONJUGATES:
        p = Fraction(q, q - 1)
        try:
            rest = arb(1)
            for j, part in enumerate(parts):
                if j != k:
                    power = q * others
                    rest = rest * _absolute_moment(part, bounds[j], covariance[j][j], power) ** (arb(1) / power)
            wanted = ctx.prec - SLACK_BITS + 8 + max(0, ceil(float((rest + 1).log().mid()) / log(2)))
            reach, tail = cut(bounds[k].raised(p), covariance[k][k], ceil(wanted * p))
            return reach, arb(tail.upper()) ** (arb(1) / arb(rational(p))) * rest
        except PrecisionNotMet:
            if q == CONJUGATES[-1]:
                raise
    raise AssertionError


def _absolute_moment(part: OneVariable, bound: Envelope, variance: Fraction, power: int) -> arb:
    """An upper bound of ⟨|g|^power⟩: the maximum on each panel of an interval, and the tail beyond."""
    reach, tail = cut(bound.raised(Fraction(power)), variance, 8)
    deviation = arb(rational(variance)).sqrt()
    total = tail
    for panel in panels(part, reach, float(deviation.mid())):
        nearest = panel.lower.union(panel.upper).abs_lower() / deviation
        total += panel.largest() ** power * 2 * panel.half / deviation * (-(nearest**2) / 2).exp()
    if not total.is_finite():
        raise PrecisionNotMet("the integrand could not be bounded")
    return arb(total.abs_upper())


Rule = tuple[list[arb], list[arb]]


def _rule(chosen: Sequence[Panel | Strip], own: fmpq) -> Rule:
    """All nodes of one variable, with weight · f · exp(−P_kk z²/2)."""
    points: list[arb] = []
    values: list[arb] = []
    scale = -arb(own) / 2
    for panel in chosen:
        x, f = panel.rule()
        points.extend(x)
        values.extend(v * (scale * p * p).exp() for p, v in zip(x, f, strict=True))
    return points, values


def _contraction(rules: list[Rule], precision: list[list[fmpq]], tolerance: arb) -> arb:
    """Σ Π_k values_k Π_{k<l} exp(−P_kl z_k z_l)."""
    if any(not x for x, _ in rules):
        return arb(0)
    if len(rules) == 2:
        return _banded(rules[0], rules[1], precision, tolerance)
    if len(rules) == 3:
        (x, a), (y, b), (z, c) = rules
        couplings = [
            _coupling(x, y, precision[0][1]),
            _coupling(x, z, precision[0][2]),
            _coupling(z, y, precision[1][2]),
        ]
        return _triangle(a, b, c, couplings)
    (w, d), (x, a), (y, b), (z, c) = rules
    couplings = [_coupling(x, y, precision[1][2]), _coupling(x, z, precision[1][3]), _coupling(z, y, precision[2][3])]
    to_x, to_y, to_z = (_coupling(w, v, precision[0][k]) for k, v in ((1, x), (2, y), (3, z)))
    total = arb(0)
    for i, v in enumerate(d):
        check_time()
        first, second, third = (
            [u * e for u, e in zip(values, rows[i], strict=True)] for values, rows in ((a, to_x), (b, to_y), (c, to_z))
        )
        total += v * _triangle(first, second, third, couplings)
    return total


def _coupling(x: list[arb], y: list[arb], rate: fmpq) -> list[list[arb]]:
    if rate == 0:
        return [[arb(1)] * len(y)] * len(x)
    rows = []
    for p in x:
        check_time()
        r = -rate * p
        rows.append([(r * q).exp() for q in y])
    return rows


def _triangle(a: list[arb], b: list[arb], c: list[arb], couplings: list[list[list[arb]]]) -> arb:
    """Σ_ijk a_i b_j c_k X_ij Y_ik Z_kj, the sum over k as a product of matrices."""
    xy, xz, zy = couplings
    check_time()
    inner = arb_mat(xz) * arb_mat([[v * e for e in row] for v, row in zip(c, zy, strict=True)])
    total = arb(0)
    for i, v in enumerate(a):
        check_time()
        row = xy[i]
        total += v * sum((b[j] * row[j] * inner[i, j] for j in range(len(b))), arb(0))
    return total


def _banded(left: Rule, right: Rule, precision: list[list[fmpq]], tolerance: arb) -> arb:
    """Σ_ij a_i b_j exp(−P_01 x_i y_j), what is negligible left out and accounted for."""
    (x, a), (y, b) = left, right
    rate = -precision[0][1]
    if rate == 0:
        return sum(a, arb(0)) * sum(b, arb(0))
    place_x, place_y = (np.array([float(p.mid()) for p in points]) for points in (x, y))
    size_a, size_b = (np.array([_logarithm(v) for v in values]) for values in (a, b))
    smallest = _logarithm(tolerance) - np.log(float(len(x)) * len(y)) - 1
    coupling = float(arb(rate).mid())
    total, dropped = arb(0), 0
    for i, (p, v) in enumerate(zip(x, a, strict=True)):
        exponents = size_a[i] + size_b + coupling * place_x[i] * place_y
        kept = np.flatnonzero(exponents > smallest)
        dropped += len(y) - len(kept)
        if len(kept):
            check_time()
            r = rate * p
            total += v * sum((b[j] * (r * y[j]).exp() for j in kept), arb(0))
    return total + arb(0, (tolerance * dropped / (len(x) * len(y))).upper()) if dropped else total


def _logarithm(value: arb) -> float:
    """log of an upper bound of |value|."""
    top = arb(value.abs_upper())
    return float(top.log().mid()) if top > 0 else -np.inf
