"""Blocks brought to order one before they are integrated: quadrature works to an absolute error, results are relative.

Variances below 1/4 are scaled up by powers of two (the tail bounds cut at distances of at least one), and integrands
far from order one are multiplied by a power of two, which is given back as the exponent of the weight.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import isqrt

import sympy
from flint import acb, arb, fmpq

from ptheory.activations.branches import Branch
from ptheory.activations.tape import compiled, tape_of
from ptheory.expectations.balls import BALLS, ball
from ptheory.expectations.one_variable import OneVariable
from ptheory.expectations.reduction import Block

UNREMARKABLE = 8  # binary orders of magnitude an integrand may be away from one before it is scaled
PLACES = (fmpq(1, 2), fmpq(1), fmpq(2), fmpq(4))  # in units of the standard deviation, where its size is looked at


def of_order_one(block: Block) -> tuple[int, Block]:
    """(k, block'), ⟨block⟩ = 2^k ⟨block'⟩ with variances at least 1/4 and integrands of order one at a few points.

    How well the size is met decides the precision needed, never the result.
    """
    scales = [power_of_two(block.covariance[k][k]) for k in range(len(block.parts))]
    parts, exponent = [], 0
    for k, (part, scale) in enumerate(zip(block.parts, scales, strict=True)):
        wide = part if scale == 1 else _rescaled(part, scale)
        size = _size(wide, block.covariance[k][k] / scale**2)
        exponent += size
        parts.append(_times_power_of_two(wide, -size) if size else wide)
    rows = zip(block.covariance, scales, strict=True)
    covariance = tuple(tuple(x / (s * t) for x, t in zip(row, scales, strict=True)) for row, s in rows)
    return exponent, Block(tuple(parts), covariance)


def power_of_two(variance: Fraction) -> Fraction:
    """The largest s = 2^(−k) ≤ 1 with variance/s² at least 1/4."""
    if not variance or variance >= Fraction(1, 4):
        return Fraction(1)
    # 2k = the number of doublings, rounded up to even, that take the variance to 1/4 or above
    quarters = (variance.denominator - 1) // (4 * variance.numerator)
    k = isqrt(quarters).bit_length()
    return Fraction(1, 2**k)


@lru_cache(maxsize=512)
def _rescaled(part: OneVariable, scale: Fraction) -> OneVariable:
    return part.rescaled(sympy.Rational(scale.numerator, scale.denominator))


@lru_cache(maxsize=512)
def _times_power_of_two(part: OneVariable, exponent: int) -> OneVariable:
    return part.times(sympy.Integer(2) ** exponent)


def _size(part: OneVariable, variance: Fraction) -> int:
    """The binary order of magnitude of the integrand, 0 where it is near one or vanishes at every place looked at."""
    deviation = arb(fmpq(variance.numerator, variance.denominator)).sqrt()
    largest = arb(0)
    for place in PLACES:
        weight = (-(arb(place) ** 2) / 2).exp()
        for z in (arb((place * deviation).mid()), arb((-place * deviation).mid())):
            branch = _branch_at(part, z)
            if branch.formula == 0:
                continue
            value = compiled(tape_of(branch.formula), BALLS)(acb(z))
            if not value.is_finite():
                return 0
            if value.contains(0):  # of which only the rounding has a size
                continue
            largest = largest.max(arb(value.abs_upper()) * weight)
    if not largest > 0:
        return 0
    mantissa, exponent = arb(largest.upper()).man_exp()
    size = int(exponent) + int(mantissa).bit_length()
    return size if abs(size) > UNREMARKABLE else 0


def _branch_at(part: OneVariable, z: arb) -> Branch:
    return next((b for b in part.branches if not b.upper.is_finite or z < ball(b.upper).real), part.branches[-1])
