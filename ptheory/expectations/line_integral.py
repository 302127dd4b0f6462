r"""One variable, rigorously: ∫ f(z) exp(−z²/2K)/√(2πK) dz in Arb balls, split at the kinks, tails bounded by hand.

Beyond |z| = T, with |f| ≤ A|z|^p exp(r|z| + q z²/2), s = 1/K − q > 0 and s T²/2 ≥ p + rT, the logarithmic derivative
of the bound is below −sT/2, so
each tail is at most A T^p exp(rT − sT²/2) · 2/(sT) / √(2πK).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import sympy
from flint import acb, arb, ctx, fmpq
from sympy import S

from ptheory.activations.branches import Branch
from ptheory.activations.exponentials import exponential_form
from ptheory.activations.growth import Envelope, envelope
from ptheory.activations.symbols import Z
from ptheory.activations.tape import compiled, tape_of
from ptheory.expectations.balls import ANALYTIC_BALLS, BALLS, ball, rational
from ptheory.expectations.covariance import shown
from ptheory.expectations.expectation_errors import PrecisionNotMet
from ptheory.expectations.one_variable import OneVariable
from ptheory.expectations.time_limits import check_time

WIDE = 48  # a reach beyond which e^z is no longer tame on the balls of a quadrature
FURTHEST = 8 * 2**40  # of the intervals that double: balls beyond are as wide as their distance
EVALUATIONS = 200_000  # beyond it Arb returns a wide ball, which is reported as precision not met


def line_integral(part: OneVariable, variance: Fraction) -> acb:
    """⟨part⟩ at the given variance > 0, at the working precision of Arb.

    Raises PrecisionNotMet when the growth of the integrand could not be bounded.
    """
    k = rational(variance)
    total = acb(0)
    if any(branch.formula != 0 for branch in part.branches):
        bound = envelope(part.branches)
        if bound is None:
            raise PrecisionNotMet(
                "the growth of the integrand could not be bounded, so no rigorous enclosure is possible"
            )
        reach, tail = cut(bound, variance, ctx.prec + 8)
        for branch in part.branches:
            total = total + _over(branch, k, reach)
        total = total + acb(arb(0, tail.upper()))
    for point, order, weight in part.deltas:
        total = total + ball(weight * (-1) ** order) * ball(density_derivative(point, order, variance))
    return total


def density_derivative(point: sympy.Expr, order: int, variance: Fraction) -> sympy.Expr:
    """The order-th derivative at ``point`` of the centred normal density."""
    k = sympy.Rational(variance.numerator, variance.denominator)
    density = sympy.exp(-(Z**2) / (2 * k)) / sympy.sqrt(2 * sympy.pi * k)
    return density.diff(Z, order).subs(Z, point)


def cut(bound: Envelope, variance: Fraction, exponent: int) -> tuple[fmpq, arb]:
    """A cut T ≥ 1 beyond which both tails together stay below 2^(−exponent), and the bound on them."""
    sharpness = 1 / variance - bound.quadratic
    if sharpness <= 0:
        raise PrecisionNotMet("the integrand (or a power of it) is not integrable, so this tail bound does not apply")
    target = arb(2) ** -exponent
    reach = _first_reach(bound, sharpness)
    while sharpness * reach**2 / 2 < bound.power + bound.rate * reach:
        reach *= 2
    while True:
        check_time()
        tail = _tail(bound, sharpness, reach, variance)
        if tail < target:
            return rational(reach), tail
        reach += max(Fraction(1), Fraction(int(reach / 8)))


def _first_reach(bound: Envelope, sharpness: Fraction) -> Fraction:
    """A power of two, at least 1 and at most the first one T with s T²/2 ≥ p + rT, which is above 2r/s and √(2p/s)."""
    linear, square = (int(2 * size / sharpness).bit_length() - 1 for size in (bound.rate, bound.power))
    return Fraction(2 ** max(0, linear, square // 2))


def _tail(bound: Envelope, sharpness: Fraction, reach: Fraction, variance: Fraction) -> arb:
    t, s = arb(rational(reach)), arb(rational(sharpness))
    height = arb(rational(bound.scale)) * t**bound.power * (arb(rational(bound.rate)) * t - s * t * t / 2).exp()
    return 2 * height * 2 / (s * t) / (2 * arb.pi() * arb(rational(variance))).sqrt()


def _over(branch: Branch, variance: fmpq, reach: fmpq) -> acb:
    """∫ over the branch within [−T, T]."""
    if branch.formula == 0:
        return acb(0)
    low, high = acb(arb(-reach)), acb(arb(reach))
    if branch.lower.is_finite:
        low = acb(ball(branch.lower).real.max(low.real).min(high.real))
    if branch.upper.is_finite:
        high = acb(ball(branch.upper).real.min(high.real).max(low.real))
    if reach > WIDE and branch.lower < 0 and branch.upper > 0:
        halves = (Branch(branch.lower, S.Zero, branch.formula), Branch(S.Zero, branch.upper, branch.formula))
        return _over(halves[0], variance, reach) + _over(halves[1], variance, reach)
    tape = tape_of(_far_out(branch, reach) if reach > WIDE else branch.formula)
    smooth, loose = compiled(tape, ANALYTIC_BALLS), compiled(tape, BALLS)
    scale = -1 / (2 * variance)

    def integrand(z: acb, analytic: bool) -> acb:
        check_time()
        value = smooth(z) if analytic else loose(z)
        return value * (z * z * scale).exp()

    tolerance = arb(2) ** (-ctx.prec)
    # far out, integrands written with exp are analytic on ever wider scales: intervals that double keep the balls tame
    places = [low, *(acb(p) for p in _doubling(reach) if low.real < p and high.real > p), high]
    integral = acb(0)
    for a, b in pairwise(places):
        integral += acb.integral(integrand, a, b, rel_tol=tolerance, abs_tol=tolerance, eval_limit=EVALUATIONS)
    return integral * (2 * acb.pi() * variance).rsqrt()


def _far_out(branch: Branch, reach: fmpq) -> sympy.Expr:
    """The formula of a half line with its exponentials decaying, which is bounded on balls however wide.

    Raises PrecisionNotMet beyond FURTHEST where it has exponentials that grow, or others.
    """
    form = exponential_form(branch.formula, 1 if branch.lower >= 0 else -1)
    if form is not None:
        return form.formula()
    if reach > FURTHEST and branch.formula.has(sympy.exp):
        raise PrecisionNotMet(f"{branch.formula} is largest beyond |z| = {shown(Fraction(FURTHEST))}, too far out")
    return branch.formula


def _doubling(reach: fmpq) -> list[int]:
    """±8, ±16, … within the cut and below FURTHEST, in increasing order."""
    positive = [8 * 2**k for k in range(40) if 8 * 2**k < reach]
    return [*(-p for p in reversed(positive)), *positive]
