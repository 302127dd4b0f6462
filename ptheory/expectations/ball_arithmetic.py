"""The recursion of ``gaussian_integral`` in Arb balls: a rigorous enclosure of every expectation the families cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from flint import acb, arb, ctx, fmpq
from sympy import Expr

from ptheory.expectations.balls import NAN, ball, bivariate_normal_ball, normal_ball, rational
from ptheory.expectations.expectation_errors import PrecisionNotMet
from ptheory.expectations.time_limits import check_time

Entry: TypeAlias = "int | fmpq | acb"
EVALUATIONS = 20_000  # beyond it Arb returns a wide ball, which is reported as precision not met


class BallArithmetic:
    """Entries are exact rationals (fmpq) where they can be, so that singular laws are recognised exactly; balls
    otherwise.
    """

    def entry(self, exact: Expr) -> Entry:
        return rational(exact) if exact.is_Rational else ball(exact)

    def value(self, exact: Expr) -> acb:
        return ball(exact)

    def tidy(self, entry: Entry) -> Entry:
        return entry

    def is_zero(self, entry: Entry) -> bool:
        return entry == 0 if isinstance(entry, (int, fmpq)) else bool(entry.is_zero())

    def scale(self, value: acb, entry: Entry) -> acb:
        return value * entry

    def exponential(self, entry: Entry) -> acb:
        return acb(entry).exp()

    def inverse_root(self, entry: Entry) -> acb:
        return acb(entry).rsqrt()

    def density(self, mean: Entry, variance: Entry) -> acb:
        scale = (2 * acb.pi() * variance).rsqrt()
        return scale if self.is_zero(mean) else scale * (-acb(mean) * mean / (2 * variance)).exp()

    def orthant(self, means: Sequence[Entry], covariance: Sequence[Sequence[Entry]]) -> acb:
        """P(u_k > 0 for all k)."""
        return orthant_probability(self, list(means), [list(row) for row in covariance])


def orthant_probability(number: BallArithmetic, means: list[Entry], covariance: list[list[Entry]]) -> acb:
    """Closed forms for one gate, and for two or three centred ones; one integral otherwise.

    Exactly correlated gates are merged first. Raises PrecisionNotMet for laws with no one-dimensional representation
    here.
    """
    weight, means, covariance = _without_certain_gates(number, means, covariance)
    if number.is_zero(weight):
        return acb(0)
    merged = _merge_correlated(number, means, covariance)
    if merged is None:
        return acb(0)
    means, covariance = merged
    size = len(means)
    centred = all(number.is_zero(m) for m in means)
    if size == 0:
        return weight
    if size == 1:
        return weight * _normal(number, means[0], covariance[0][0])
    correlation = [
        [acb(covariance[i][j]) * (acb(covariance[i][i]) * covariance[j][j]).rsqrt() for j in range(size)]
        for i in range(size)
    ]
    if size == 2:
        if centred:
            return weight * _centred_pair(correlation[0][1])
        return weight * _pair(means, covariance, correlation[0][1])
    if size == 3 and centred:
        pairs = correlation[0][1].asin() + correlation[0][2].asin() + correlation[1][2].asin()
        return weight * (acb(1) / 8 + pairs / (4 * acb.pi()))
    if size == 4 and centred:
        return weight * _centred_four(correlation)
    raise PrecisionNotMet(f"no one-dimensional form is known for an orthant probability of {size} gates")


def _normal(number: BallArithmetic, mean: Entry, variance: Entry) -> acb:
    if number.is_zero(mean):
        return acb(1) / 2
    return (-acb(mean) * (2 * acb(variance)).rsqrt()).erfc() / 2


def _centred_pair(correlation: acb) -> acb:
    return acb(1) / 4 + correlation.asin() / (2 * acb.pi())


def _without_certain_gates(
    number: BallArithmetic, means: list[Entry], covariance: list[list[Entry]]
) -> tuple[acb, list[Entry], list[list[Entry]]]:
    """Gates of zero variance are open, shut, or (exactly at the step) half open: the limit of vanishing variance."""
    weight = acb(1)
    kept: list[int] = []
    for k, mean in enumerate(means):
        if not number.is_zero(covariance[k][k]):
            kept.append(k)
        elif number.is_zero(mean):
            weight = weight / 2
        else:
            sign = acb(mean).real
            if not (sign > 0 or sign < 0):
                raise PrecisionNotMet("cannot decide on which side of a step a fixed input lies")
            weight = weight if sign > 0 else acb(0)
    return weight, [means[k] for k in kept], [[covariance[i][j] for j in kept] for i in kept]


def _merge_correlated(
    number: BallArithmetic, means: list[Entry], covariance: list[list[Entry]]
) -> tuple[list[Entry], list[list[Entry]]] | None:
    """Drop gates that another centred gate implies (correlation +1); None when two centred gates exclude each other
    (−1).
    """
    dropped: set[int] = set()
    for i in range(len(means)):
        for j in range(i):
            if i in dropped or j in dropped or not (number.is_zero(means[i]) and number.is_zero(means[j])):
                continue
            determinant = covariance[i][i] * covariance[j][j] - covariance[i][j] * covariance[i][j]
            if number.is_zero(determinant):
                if not acb(covariance[i][j]).real > 0:
                    return None
                dropped.add(i)
    kept = [k for k in range(len(means)) if k not in dropped]
    return [means[k] for k in kept], [[covariance[i][j] for j in kept] for i in kept]


def _pair(means: list[Entry], covariance: list[list[Entry]], correlation: acb) -> acb:
    """P(u_0 > 0, u_1 > 0) for two shifted gates."""
    h = acb(means[0]) * acb(covariance[0][0]).rsqrt()
    k = acb(means[1]) * acb(covariance[1][1]).rsqrt()
    determinant = covariance[0][0] * covariance[1][1] - covariance[0][1] * covariance[0][1]
    if isinstance(determinant, fmpq) and determinant == 0:
        return _collinear(h, k, bool(acb(covariance[0][1]).real > 0))
    if isinstance(covariance[0][1], fmpq) and covariance[0][1] == 0:
        return normal_ball(h) * normal_ball(k)
    return bivariate_normal_ball(h, k, correlation)


def _collinear(h: acb, k: acb, same: bool) -> acb:
    if not (h.imag.is_zero() and k.imag.is_zero()):
        raise PrecisionNotMet("oscillating factors with two fully correlated steps are not supported")
    if same:
        return normal_ball(acb(h.real.min(k.real)))
    return acb((normal_ball(h) + normal_ball(k) - 1).real.max(arb(0)))


def _centred_four(correlation: list[list[acb]]) -> acb:
    """P(u_0..u_3 > 0) by Plackett: scale the correlations of u_0 with t from 0 to 1,
    dP/dt = Σ_j ρ_0j · density of (u_0, u_j) at 0 · P(the other two | u_0 = u_j = 0)."""
    rest = correlation[1][2].asin() + correlation[1][3].asin() + correlation[2][3].asin()
    start = (acb(1) / 8 + rest / (4 * acb.pi())) / 2

    def integrand(t: acb, analytic: bool) -> acb:
        check_time()
        total = acb(0)
        for j in (1, 2, 3):
            if correlation[0][j].is_zero():
                continue
            k, m = (i for i in (1, 2, 3) if i != j)
            total = total + correlation[0][j] * _conditional_pair(correlation, t, (j, k, m), analytic)
        return total

    found = start + acb.integral(integrand, 0, 1, eval_limit=EVALUATIONS)
    # the integral's goal is absolute, 2^-prec: where it is missed by half, points are short and more bits do not help;
    # a small probability it does reach only needs more bits
    if not arb(found.real.rad()) < arb(2) ** (-(ctx.prec // 2)):
        raise PrecisionNotMet(f"an orthant probability of four gates needs more than {EVALUATIONS} points")
    return found


def _conditional_pair(correlation: list[list[acb]], t: acb, order: tuple[int, int, int], analytic: bool) -> acb:
    j, k, m = order
    a, b, c = t * correlation[0][j], t * correlation[0][k], t * correlation[0][m]
    d, e, f = correlation[j][k], correlation[j][m], correlation[k][m]
    # given u_0 = u_j = 0: (a, b, c) are the correlations of u_0 with j, k, m; d, e those of j with k, m; f that of k
    # with m
    determinant = 1 - a * a
    var_k = 1 - (b * b - 2 * a * b * d + d * d) / determinant
    var_m = 1 - (c * c - 2 * a * c * e + e * e) / determinant
    cov = f - (b * c - a * (b * e + c * d) + d * e) / determinant
    argument = cov * _root(var_k * var_m, analytic, inverse=True)
    angle = _arcsine(argument, analytic)
    density = _root(determinant, analytic, inverse=True) / (2 * acb.pi())
    return density * (acb(1) / 4 + angle / (2 * acb.pi()))


def _root(x: acb, analytic: bool, *, inverse: bool) -> acb:
    return x.rsqrt(analytic=analytic) if inverse else x.sqrt(analytic=analytic)


def _arcsine(x: acb, analytic: bool) -> acb:
    if analytic:
        return NAN if x.imag.contains(0) and not abs(x.real) < 1 else x.asin()
    if x.is_finite() and x.imag.contains(0) and abs(x.real) < 1:
        return x.asin()
    # a correlation: whatever the rounding, it lies in [-1, 1], so the arcsine lies in [-π/2, π/2]
    half = arb.pi() / 2
    return acb(arb(0, half.upper()))
