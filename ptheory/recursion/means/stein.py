"""Explicit preactivations taken out of a mean by Stein's identity, ⟨z_a F⟩ = sum_b K_ab ⟨∂_b F⟩."""

from __future__ import annotations

from fractions import Fraction
from math import factorial, perm

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.mean import mean_of
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.tensors import Leg
from ptheory.recursion.variables import fields_among, leading_kernel


def mean_without_fields(integrand: Polynomial) -> Polynomial:
    """⟨integrand⟩_K of a polynomial in jets and field values, as a polynomial in K and means of jets alone.

    One explicit preactivation of every term at a time is exchanged for derivatives, equal terms merged in between: the
    work is the number of distinct terms, not that of the ways to reach them. Terms in one variable need no such steps.
    """
    done, several = [], {}
    for monomial, coefficient in integrand:
        legs = {a.leg for a, _ in monomial if isinstance(a, (Jet, FieldValue))}
        if len(legs) == 1:
            done.append(_mean_of_one_variable(monomial, coefficient, next(iter(legs))))
        else:
            several[monomial] = coefficient
    left = Polynomial(several)
    while left:
        slopes = []
        for monomial, coefficient in left:
            explicit = next((atom for atom, _ in monomial if isinstance(atom, FieldValue)), None)
            if explicit is None:
                done.append(mean_of(Polynomial({monomial: coefficient})))
                continue
            rest = Polynomial({_lowered(monomial, explicit): coefficient})
            for leg in fields_among(a.leg for a, _ in monomial if isinstance(a, (Jet, FieldValue))):
                slope = differentiate(rest, leg)
                if slope:
                    slopes.append(Polynomial.atom(leading_kernel(explicit.leg, leg)) * slope)
        left = Polynomial.sum(slopes)
    return Polynomial.sum(done)


def _mean_of_one_variable(monomial: Monomial, coefficient: Fraction, leg: Leg) -> Polynomial:
    """⟨z^p F⟩ = sum_k p!/((p - 2k)! k! 2^k) K^(p - k) ⟨F^(p - 2k)⟩: k pairs of z with each other, the rest with F."""
    p = dict(monomial).get(FieldValue(leg), 0)
    slope = Polynomial({tuple((a, e) for a, e in monomial if a != FieldValue(leg)): coefficient})
    kernel, parts = leading_kernel(leg, leg), []
    for order in range(p + 1):
        if order:
            slope = differentiate(slope, leg)
        pairs, rest = divmod(p - order, 2)
        if not rest and slope:
            ways = Fraction(perm(p, p - order), factorial(pairs) * 2**pairs)
            weight = Polynomial.atom(kernel, p - pairs) if p else Polynomial.constant(1)
            parts.append(weight * ways * mean_of(slope))
    return Polynomial.sum(parts)


def _lowered(monomial: Monomial, atom: Atom) -> Monomial:
    return tuple((a, e - (a == atom)) for a, e in monomial if a != atom or e > 1)
