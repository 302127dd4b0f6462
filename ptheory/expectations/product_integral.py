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
from functools import lru_cache
from math import ceil, log

import numpy as np
import sympy
from flint import acb, arb, arb_mat, ctx, fmpq, fmpq_mat

from ptheory.activations.growth import Envelope, envelope
from ptheory.expectations.balls import ball, rational
from ptheory.expectations.covariance import Covariance, rank_of, require_double_range
from ptheory.expectations.expectation_errors import PrecisionNotMet
from ptheory.expectations.line_integral import cut, density_derivative, line_integral
from ptheory.expectations.one_variable import OneVariable
from ptheory.expectations.panels import PANEL_LIMIT, Key, Nodes, Offsets, Panel, key_of, mass, panels, refined
from ptheory.expectations.strip import Strip, strip_of
from ptheory.expectations.time_limits import check_time

SLACK_BITS = 16  # the rules' own errors may be this much larger than the rounding
STRIP_REACH = fmpq(9, 8)  # the midpoint rule wants its integrand smaller at the ends than the tail bound does
CONJUGATES = (8, 4, 2)  # exponents tried in Hölder's inequality: the larger, the shorter the range
ENOUGH = 48
WORK_LIMIT = {2: 60_000_000, 3: 2_000_000_000, 4: 6_000_000_000}


def product_integral(parts: tuple[OneVariable, ...], covariance: Covariance) -> acb:
    """⟨Π parts[k](z_k)⟩ at a regular covariance of two to four variables, at the working precision of Arb.

    What was found is kept, in one order of the variables: the moments of a recursion repeat, ⟨∂₁∂₂(σ₁σ₂)⟩ is ⟨σ₁′σ₂′⟩.
    Raises PrecisionNotMet for integrands whose growth could not be bounded, and for covariances too close to singular.
    """
    order = sorted(range(len(parts)), key=lambda k: (covariance[k][k], parts[k].sort_key))
    ordered = tuple(tuple(covariance[i][j] for j in order) for i in order)
    return _product_integral(tuple(parts[k] for k in order), ordered, ctx.prec)


@lru_cache(maxsize=2048)
def _product_integral(parts: tuple[OneVariable, ...], covariance: Covariance, precision: int) -> acb:
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
    covers: list[list[Panel]] = []  # of all nodes, those of the midpoint rule lie further out
    strips: list[Strip | None] = []
    error = arb(0)
    for k, part in enumerate(parts):
        reach, missing = _reach(k, parts, covariance)
        error += missing
        sharpness = arb(precision[k][k]).sqrt()
        if not 2 * reach * sharpness / 3 < PANEL_LIMIT:
            raise PrecisionNotMet("the covariance is too close to singular for the product rule")
        scale = fmpq(*(1 / float(sharpness.mid())).as_integer_ratio())
        sides.append(panels(part, reach, 3 * scale))
        smooth = len(part.branches) == 1
        wide = scale * (reach * STRIP_REACH / scale).ceil() if smooth else reach
        strips.append(strip_of(part.branches[0].formula, wide, scale) if smooth else None)
        covers.append(panels(part, wide, 3 * scale))
    shares = (fmpq(0), fmpq(1, 4 * (size - 1)))  # of the Gaussian left to each of the other variables
    masses = [  # 2: a midpoint rule has up to one node more in each panel
        [2 * mass(side, arb(share / rational(covariance[k][k]))) for k, side in enumerate(covers)] for share in shares
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
    for nodes in rules:
        work *= max(1, sum(len(some.values) for some in nodes))
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


Choice = Sequence[tuple[Panel | Strip, int]]
"""Where the rules of one variable lie, and how many nodes each has."""


def _cheapest_rule(
    side: list[Panel], strip: Strip | None, weight: Callable[[arb, arb], arb], tolerance: arb
) -> tuple[Choice, arb]:
    """The midpoint rule on the whole line or Gauss–Legendre on panels, whichever has fewer nodes; its error bound."""
    whole: Choice = ()
    count, missed = (0, arb.pos_inf()) if strip is None else strip.choose(weight, tolerance)
    if strip is not None and count:
        whole = [(strip, count)]
        if count <= ENOUGH:
            return whole, missed
    try:
        chosen, error = refined(side, weight, tolerance / max(1, len(side)))
    except PrecisionNotMet:
        if not whole:
            raise
        return whole, missed
    if whole and count <= sum(nodes for _, nodes in chosen):
        return whole, missed
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
    width = fmpq(*float(deviation.mid()).as_integer_ratio())
    for panel in panels(part, reach, width):
        nearest = panel.lower.union(panel.upper).abs_lower() / deviation
        total += panel.largest() ** power * 2 * panel.half / deviation * (-(nearest**2) / 2).exp()
    if not total.is_finite():
        raise PrecisionNotMet("the integrand could not be bounded")
    return arb(total.abs_upper())


def _rule(chosen: Choice, own: fmpq) -> list[Nodes]:
    """All nodes of one variable, with weight · f · exp(−P_kk z²/2)."""
    found: list[Nodes] = []
    scale = -arb(own) / 2
    for panel, count in chosen:
        for nodes in panel.rule(count):
            weighted = [v * (scale * p * p).exp() for p, v in zip(nodes.places, nodes.values, strict=True)]
            found.append(Nodes(nodes.middle, nodes.offsets, weighted))
    return found


def _contraction(rules: list[list[Nodes]], precision: list[list[fmpq]], tolerance: arb) -> arb:
    """Σ Π_k values_k Π_{k<l} exp(−P_kl z_k z_l)."""
    if any(not nodes for nodes in rules):
        return arb(0)
    if len(rules) == 2:
        return _banded(rules[0], rules[1], -precision[0][1], tolerance)
    places = [[p for nodes in side for p in nodes.places] for side in rules]
    values = [[v for nodes in side for v in nodes.values] for side in rules]
    if len(rules) == 3:
        (x, y, z), (a, b, c) = places, values
        couplings = [
            _coupling(x, y, precision[0][1]),
            _coupling(x, z, precision[0][2]),
            _coupling(z, y, precision[1][2]),
        ]
        return _triangle(a, b, c, couplings)
    (w, x, y, z), (d, a, b, c) = places, values
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


def _banded(left: list[Nodes], right: list[Nodes], rate: fmpq, tolerance: arb) -> arb:
    """Σ_ij a_i b_j exp(rate x_i y_j), what is negligible left out and accounted for.

    With x = M + ξ and y = m + η it is a sum of exp(rate M m) · a_i exp(rate m ξ_i) · exp(rate ξ_i η_j) · b_j
    exp(rate M η_j): the matrix exp(rate ξ_i η_j) is the same for all nodes with these offsets.
    """
    if rate == 0:
        first, second = (sum((v for nodes in side for v in nodes.values), arb(0)) for side in (left, right))
        return first * second
    y, size_b = _in_floats(right)
    starts = np.cumsum([0, *(len(nodes.values) for nodes in right)])
    count = sum(len(nodes.values) for nodes in left) * len(y)
    smallest, coupling = _logarithm(tolerance) - np.log(float(count)) - 1, float(arb(rate).mid())
    keys = [key_of(nodes.middle) for nodes in right]
    total, dropped = arb(0), count
    for nodes in left:
        check_time()
        x, size_a = _in_floats([nodes])
        tells = (size_a[:, np.newaxis] + size_b + coupling * x[:, np.newaxis] * y > smallest).any(axis=0)
        key = key_of(nodes.middle)
        for j in np.flatnonzero(np.logical_or.reduceat(tells, starts[:-1])):
            other = right[j]
            dropped -= len(nodes.values) * len(other.values)
            row = arb_mat([_product(nodes.values, _tilt(rate, keys[j], nodes.offsets, ctx.prec))])
            column = arb_mat([[v] for v in _product(other.values, _tilt(rate, key, other.offsets, ctx.prec))])
            inner = row * (_within(rate, nodes.offsets, other.offsets, ctx.prec) * column)
            total += (rate * nodes.middle * other.middle).exp() * inner[0, 0]
    return total + arb(0, (tolerance * dropped / count).upper()) if dropped else total


def _in_floats(side: list[Nodes]) -> tuple[np.ndarray, np.ndarray]:
    """Where the nodes of one variable lie, and the logarithm of what stands there."""
    places = np.array([float(p.mid()) for nodes in side for p in nodes.places])
    return places, np.array([_logarithm(v) for nodes in side for v in nodes.values])


def _product(first: Sequence[arb], second: Sequence[arb]) -> list[arb]:
    return [a * b for a, b in zip(first, second, strict=True)]


@lru_cache(maxsize=4096)
def _tilt(rate: fmpq, middle: Key, offsets: Offsets, precision: int) -> list[arb]:
    """exp(rate · middle · offset); ``precision``: in bits."""
    slope = rate * middle.number
    return [(slope * offset).exp() for offset in offsets.points]


@lru_cache(maxsize=1024)
def _within(rate: fmpq, first: Offsets, second: Offsets, precision: int) -> arb_mat:
    """exp(rate ξ η) for the offsets of either variable; ``precision``: in bits."""
    return arb_mat([[(rate * a * b).exp() for b in second.points] for a in first.points])


def _logarithm(value: arb) -> float:
    """log of an upper bound of |value|."""
    top = arb(value.abs_upper())
    return float(top.log().mid()) if top > 0 else -np.inf
