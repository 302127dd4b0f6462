r"""⟨F⟩_K of one variable as K → ∞, for F that is piecewise polynomial up to exponentially small terms at ±∞.

Write F = F_∞ + R, F_∞(z) the tail polynomial of each half line and R localised. Then, exactly order by order in 1/K,

    ⟨F⟩_K ~ ⟨F_∞⟩_K + (2πK)^{−1/2} Σ_j (−1)^j/(j! (2K)^j) ∫ R(z) z^{2j} dz,

⟨F_∞⟩_K a polynomial in √K with exact coefficients. The moments of R are exact where F is piecewise rational in
exponentials, with kinks at 0 only (tanh, sigmoid, swish, mish and their products; softplus to the second power: see
``localised``), and numbers elsewhere (estimates: the cut of their tails is not bounded rigorously).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import mpmath
import sympy
from flint import acb, arb
from sympy import Expr, S

from ptheory.activations.symbols import Z
from ptheory.activations.tails import tail_polynomial
from ptheory.activations.tape import compiled, tape_of
from ptheory.expectations.balls import ANALYTIC_BALLS, BALLS, ball, bits, radius, real_part, to_mpf
from ptheory.expectations.expectation_errors import ExpectationError, PrecisionNotMet
from ptheory.expectations.kernel_series import half_moment
from ptheory.expectations.localised import half_line_integral
from ptheory.expectations.moments import Moment
from ptheory.expectations.one_variable import OneVariable, one_variable

FARTHEST = 4096


@dataclass(frozen=True)
class LargeKernelSeries:
    """``polynomial``: exact coefficients of K^p, p half-integers. ``local[j]`` = ∫ R z^{2j} dz, exact or a Float,
    multiplies (−1)^j/(j! 2^j √(2π)) K^{−j−1/2}."""

    moment: Moment
    polynomial: dict[Fraction, Expr]
    local: tuple[Expr, ...]

    @property
    def is_exact(self) -> bool:
        """No moment of the localised part is a mere number."""
        return not any(value.has(sympy.Float) for value in self.local)

    def expression(self, variable: Expr) -> Expr:
        """The truncated series as a SymPy expression."""
        terms = [c * variable ** sympy.Rational(p.numerator, p.denominator) for p, c in self.polynomial.items()]
        for j, value in enumerate(self.local):
            weight = (-1) ** j * variable ** -(j + S.Half) / (sympy.factorial(j) * 2**j * sympy.sqrt(2 * sympy.pi))
            terms.append(value * weight)
        return sympy.Add(*terms)

    def at(self, kernel: mpmath.mpf) -> mpmath.mpf:
        """The truncated series at a (large) K."""
        total = mpmath.mpf(0)
        for power, c in self.polynomial.items():
            total += _number(c) * kernel ** (mpmath.mpf(power.numerator) / power.denominator)
        for j, value in enumerate(self.local):
            weight = mpmath.factorial(j) * (2 * kernel) ** j * mpmath.sqrt(2 * mpmath.pi * kernel)
            total += _number(value) * (-1) ** j / weight
        return total


def _number(coefficient: Expr) -> mpmath.mpf:
    return mpmath.mpmathify(sympy.N(coefficient, mpmath.mp.dps))


@lru_cache(maxsize=64)
def large_kernel_series(moment: Moment, terms: int = 3, digits: int = 25) -> LargeKernelSeries:
    """The expansion at K → ∞ with ``terms`` moments of the localised part.

    Raises ExpectationError where the integrand has no polynomial tails (sin, arctan, exp).
    """
    if moment.size > 1:
        raise ExpectationError("the large-kernel series is defined for one variable")
    part = one_variable(moment.factors_at(0), moment.power(0), len(moment.derivatives))
    right, left = (_tail(moment, side) for side in (1, -1))
    if right is None or left is None:
        raise ExpectationError(f"{moment} has no polynomial tails: no expansion in powers of K at large K is known")
    local = tuple(_local_moment(part, right, left, j, digits) for j in range(terms))
    return LargeKernelSeries(moment, _polynomial(right, left), local)


def _tail(moment: Moment, side: int) -> Expr | None:
    """The tail polynomial of the integrand: products and derivatives of tails are tails (what is dropped is
    exponentially small and analytic).
    """
    total: Expr = Z ** moment.power(0)
    for activation, m in moment.factors_at(0):
        tail = tail_polynomial(activation.branches[-1 if side > 0 else 0].formula, side)
        if tail is None:
            return None
        total = total * tail.diff(Z, m)
    return sympy.expand(total).diff(Z, len(moment.derivatives))


def _polynomial(right: Expr, left: Expr) -> dict[Fraction, Expr]:
    found: dict[Fraction, Expr] = {}
    for side, polynomial in ((1, right), (-1, left)):
        for (k,), c in sympy.Poly(polynomial, Z).terms():
            found[Fraction(k, 2)] = found.get(Fraction(k, 2), S.Zero) + c * side**k * half_moment(k)
    return {p: sympy.expand(c) for p, c in sorted(found.items()) if sympy.expand(c) != 0}


def _local_moment(part: OneVariable, right: Expr, left: Expr, j: int, digits: int) -> Expr:
    exact = _exact_local_moment(part, right, left, j)
    if exact is not None:
        return exact
    wanted = int(digits * 3.33) + 10
    precision = wanted + 80 + 16 * j  # f − P loses the digits of P z^{2j} far out
    for _ in range(3):
        with bits(precision):
            result = _local_ball(part, right, left, j, wanted)
        if result.is_finite() and radius(result) <= mpmath.mpf(10) ** (-digits) * max(1, abs(to_mpf(result))):
            return sympy.Float(to_mpf(result), digits)
        precision *= 2
    raise PrecisionNotMet(f"a moment of the localised part could not be computed to {digits} digits")


def _exact_local_moment(part: OneVariable, right: Expr, left: Expr, j: int) -> Expr | None:
    total: Expr = sympy.Add(*_at_deltas(part, j))
    for side, tail, branch in ((1, right, part.branches[-1]), (-1, left, part.branches[0])):
        if (branch.lower if side > 0 else -branch.upper) > 0:
            return None
        value = half_line_integral(branch.formula, tail, side, 2 * j)
        if value is None:
            return None
        total += value
    return sympy.expand(total)


def _at_deltas(part: OneVariable, j: int) -> list[Expr]:
    return [
        weight * (-1) ** order * (Z ** (2 * j)).diff(Z, order).subs(Z, point) for point, order, weight in part.deltas
    ]


def _local_ball(part: OneVariable, right: Expr, left: Expr, j: int, wanted: int) -> arb:
    total = acb(0)
    for branch in part.branches:
        for low, high, tail in ((-S.Infinity, S.Zero, left), (S.Zero, S.Infinity, right)):
            lower, upper = max(branch.lower, low), min(branch.upper, high)
            if lower < upper:
                total += _integral(branch.formula - tail, lower, upper, j, wanted)
    for value in _at_deltas(part, j):
        total += ball(value)
    return real_part(total)


def _integral(difference: Expr, lower: Expr, upper: Expr, j: int, wanted: int) -> acb:
    """∫ (f − P) z^{2j}, an infinite end replaced by a point where the integrand has become negligible."""
    if sympy.expand(difference) == 0:
        return acb(0)
    tape = tape_of(difference)
    smooth, loose = compiled(tape, ANALYTIC_BALLS), compiled(tape, BALLS)

    def integrand(z: acb, analytic: bool) -> acb:
        return (smooth(z) if analytic else loose(z)) * z ** (2 * j)

    tolerance = arb(2) ** (-wanted)

    def cut(side: int) -> int:
        reach = 8
        while not abs(integrand(acb(side * reach), False)) < tolerance:
            reach *= 2
            if reach > FARTHEST:
                raise PrecisionNotMet("the localised part does not decay within reach")
        return side * reach

    start = cut(-1) if lower == -S.Infinity else lower
    end = cut(1) if upper == S.Infinity else upper
    # doubling intervals: the integrand varies on the scale of one near 0 and is negligible far out
    inner = [s * 2**k for s in (-1, 1) for k in range(17)]
    places = sorted({start, end, *(p for p in inner if start < p < end)})
    pieces = (
        acb.integral(integrand, _point(a), _point(b), abs_tol=tolerance, eval_limit=20000) for a, b in pairwise(places)
    )
    return sum(pieces, acb(0))


def _point(place: Expr | int) -> acb:
    return acb(place) if isinstance(place, int) else ball(place)
