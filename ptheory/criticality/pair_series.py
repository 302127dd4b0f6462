"""K12' of two inputs of equal norm as K -> 0: a series in x = K^(1/2) whose coefficients are functions of c = K12/K.

With z = x u, and F(z) = sum_n (s_n + d_n sgn z) z^n on either side of zero (d_n where the n-th derivative jumps there),

    <F(z1) G(z2)> = sum_nm x^(n+m) (s_n s'_m E_nm + d_n d'_m E^(sgn sgn)_nm + ...),    E_nm = <u1^n u2^m>,

over unit Gaussians with correlation c. Moments with signs follow from Stein's identity in u1; they are polynomials in
c, sqrt(1 - c^2) and asin(c). Kinks elsewhere are exponentially far away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import sympy as sp

from ptheory.algebra.polynomial import Atom, Monomial
from ptheory.criticality.angle_map import C
from ptheory.criticality.kernel_system import FIRST, KERNEL, PAIR, Quantity
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.expectations import ExpectationError
from ptheory.recursion.jets import Jet
from ptheory.recursion.means.mean import Factors, Mean

ROOT = sp.sqrt(1 - C**2)
ANGLE = sp.asin(C)
ENDS = (1, -1)
Signs = tuple[bool, bool]


@dataclass(frozen=True)
class OfCorrelation:
    """A function of c, with its slopes at c = 1 and c = -1; ``bend``: b of b (1 - c)^(3/2) next to c = 1."""

    value: sp.Expr
    slopes: tuple[sp.Expr, sp.Expr]
    bend: sp.Expr = sp.S.Zero

    def __add__(self, other: OfCorrelation) -> OfCorrelation:
        slopes = (self.slopes[0] + other.slopes[0], self.slopes[1] + other.slopes[1])
        return OfCorrelation(self.value + other.value, slopes, self.bend + other.bend)

    def times(self, number: sp.Expr) -> OfCorrelation:
        """A multiple of it."""
        slopes = (self.slopes[0] * number, self.slopes[1] * number)
        return OfCorrelation(self.value * number, slopes, self.bend * number)

    def expanded(self) -> OfCorrelation:
        """Multiplied out."""
        first, second = map(sp.expand, self.slopes)
        return OfCorrelation(sp.expand(self.value), (first, second), sp.expand(self.bend))


ZERO = OfCorrelation(sp.Integer(0), (sp.Integer(0), sp.Integer(0)))
CORRELATION = OfCorrelation(C, (sp.Integer(1), sp.Integer(1)))
ONE = OfCorrelation(sp.Integer(1), (sp.Integer(0), sp.Integer(0)))


def pair_series(spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr], order: int) -> list[OfCorrelation]:
    """K12'/K: the coefficients of x^0, ..., x^order. Raises AsymptoticFailure where it is no such series."""
    try:
        total = [ZERO] * (order + 3)
        for monomial, number in spec.system.pair:
            coefficient = sp.Rational(number.numerator, number.denominator)
            for power, term in enumerate(_term(monomial, spec, hyper, order + 2)):
                total[power] = total[power] + term.times(coefficient)
    except ExpectationError as error:
        raise AsymptoticFailure(f"angles at small K have no series in K^(1/2): {error}") from error
    found = [one.expanded() for one in total]
    if found[0].value != 0 or found[1].value != 0:
        raise AsymptoticFailure("K' does not vanish with K")
    return found[2:]


def _term(
    monomial: Monomial, spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr], order: int
) -> list[OfCorrelation]:
    """One term of K12' in powers of x."""
    found = [ONE, *[ZERO] * order]
    for atom, power in monomial:
        if isinstance(atom, Mean):
            if power != 1 or any(one.value.has(C) for one in found):
                raise AsymptoticFailure("angles at small K are those of one average over two inputs")
            factor = _average(atom, spec, order)
            shift = next(k for k, one in enumerate(found) if one.value != 0)
            scale = found[shift].value
            found = [*[ZERO] * shift, *(one.times(scale) for one in factor)][: order + 1]
        elif isinstance(atom, Quantity) and atom.name in (KERNEL, PAIR) and power > 0:
            for _ in range(power):
                found = [ZERO, ZERO, *found][: order + 1]
            if atom.name == PAIR:
                found = _times_correlation(found, power)
        else:
            value = hyper[atom] if atom in hyper else spec.values.get(atom)
            if value is None:
                raise AsymptoticFailure(f"angles at small K with {atom} have no series in K^(1/2)")
            found = [one.times(value**power) for one in found]
    return found


def _times_correlation(found: Sequence[OfCorrelation], power: int) -> list[OfCorrelation]:
    if power != 1 or any(one.value.has(C) for one in found):
        raise AsymptoticFailure("angles at small K are those of a recursion linear in what two inputs share")
    return [CORRELATION.times(one.value) for one in found]


def _average(average: Mean, spec: SpecialisedSystem, order: int) -> list[OfCorrelation]:
    if average.derivatives:
        raise AsymptoticFailure("angles at small K are those of averages without derivatives")
    first = _sides(tuple(f for f in average.factors if f[0].leg == FIRST), spec, order)
    second = _sides(tuple(f for f in average.factors if f[0].leg != FIRST), spec, order)
    found = [ZERO] * (order + 1)
    for n, left in enumerate(first):
        for m, right in enumerate(second[: order + 1 - n]):
            for a in (False, True):
                for b in (False, True):
                    if (weight := left[a] * right[b]) != 0 and (n + m + a + b) % 2 == 0:
                        found[n + m] = found[n + m] + _moment(n, m, (a, b)).times(weight)
    return found


def _sides(factors: Factors, spec: SpecialisedSystem, order: int) -> list[tuple[sp.Expr, sp.Expr]]:
    """(s_n, d_n) of a product of functions of one field, n = 0, ..., order."""
    sides = []
    for side in (+1, -1):
        product = [sp.Integer(1), *[sp.Integer(0)] * order]
        for factor, power in factors:
            for _ in range(power):
                product = _product(product, _taylor(factor, side, spec, order))
        sides.append(product)
    found = [(sp.expand((a + b) / 2), sp.expand((a - b) / 2)) for a, b in zip(*sides, strict=True)]
    if found[0][1] != 0:
        raise AsymptoticFailure("a function jumps at zero")
    return found


def _taylor(factor: Atom, side: int, spec: SpecialisedSystem, order: int) -> list[sp.Expr]:
    if not isinstance(factor, Jet):
        return [sp.Integer(0), sp.Integer(1), *[sp.Integer(0)] * (order - 1)]
    whole = spec.activation(factor.function).taylor(order + factor.order, side)
    return [whole[k + factor.order] * sp.ff(k + factor.order, factor.order) for k in range(order + 1)]


def _product(left: Sequence[sp.Expr], right: Sequence[sp.Expr]) -> list[sp.Expr]:
    return [sp.Add(*(left[i] * right[k - i] for i in range(k + 1))) for k in range(len(left))]


# ---- moments with signs -----------------------------------------------------------------------------------------


def _moment(n: int, m: int, signs: Signs) -> OfCorrelation:
    """<u1^n u2^m> with the sign of u1, of u2 where it is to be; with its slopes at c = 1 and -1, which are those of
    n m <u1^(n-1) u2^(m-1)>."""
    slopes = tuple(
        n * m * (-1) ** ((m - 1 + signs[1]) * (end < 0)) * absolute(n + m - 2) if n and m else sp.Integer(0)
        for end in ENDS
    )
    bend = 4 * sp.sqrt(2) / (3 * sp.pi) if (n, m) == (1, 1) and all(signs) else sp.Integer(0)
    return OfCorrelation(signed_moment(n, m, signs), (slopes[0], slopes[1]), bend)


@cache
def signed_moment(n: int, m: int, signs: Signs) -> sp.Expr:
    """<(sgn u1)^a u1^n (sgn u2)^b u2^m> for n + m + a + b even, as a function of c."""
    first, second = signs
    if not first:
        return sp.expand(_given_second(n, m, second))
    if not second:
        return sp.expand(_given_second(m, n, first))
    if n == 0 and m == 0:
        return 2 * ANGLE / sp.pi
    if n < m:
        return signed_moment(m, n, signs)
    total = sp.Integer(0)  # <u1 f> = <d1 f> + c <d2 f>, f = sgn u1 u1^(n-1) sgn u2 u2^m
    if n == 1:  # d1 of the sign: 2 delta(u1), where u2 has variance 1 - c^2
        total += 2 / sp.sqrt(2 * sp.pi) * ROOT**m * absolute(m)
    else:
        total += (n - 1) * signed_moment(n - 2, m, signs)
    if m == 0:
        total += C * 2 / sp.sqrt(2 * sp.pi) * ROOT ** (n - 1) * absolute(n - 1)
    else:
        total += C * m * signed_moment(n - 1, m - 1, signs)
    return sp.expand(total)


def _given_second(n: int, m: int, sign: bool) -> sp.Expr:
    """The same without the sign of u1, which is c u2 and an independent one of variance 1 - c^2."""
    del sign  # with n + m odd there is one, with n + m even there is none: <|u2|^k> either way
    terms = (
        sp.binomial(n, j) * C ** (n - j) * (1 - C**2) ** (j // 2) * absolute(j) * absolute(n - j + m)
        for j in range(0, n + 1, 2)
    )
    return sp.Add(*terms)


@cache
def absolute(power: int) -> sp.Expr:
    """<|u|^power> of a unit Gaussian."""
    return 2 ** sp.Rational(power, 2) * sp.gamma(sp.Rational(power + 1, 2)) / sp.sqrt(sp.pi)
