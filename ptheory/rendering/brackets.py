"""Gaussian expectations made readable: integrands opened into products of named functions, dummies kept as ∂_a ∂_b.

An undifferentiated expectation, or one at concrete samples, becomes a rational number times ⟨primitive polynomial in
jets⟩; (1/2)⟨(σ²)''⟩ is ⟨σσ'' + σ'²⟩. With many terms the derivative may be kept instead: ⟨∂⁴ (σ²τ²)⟩.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, inf, lcm
from typing import Any

from ptheory.algebra.polynomial import Monomial, Polynomial
from ptheory.networks.architecture import SiteFunction
from ptheory.recursion.jets import FieldValue, Jet, differentiate, expand_factors
from ptheory.recursion.normal_form import JetMoment
from ptheory.recursion.tensors import Expectation, Leg
from ptheory.rendering.notation import Notation

LONGEST_OPENED_BRACKET = 4


@dataclass(frozen=True)
class MeanAtom:
    """⟨ ∂_derivatives body ⟩; ``body`` a polynomial in jets, field values and hyperparameters."""

    body: Polynomial
    derivatives: tuple[Leg, ...] = ()
    fluctuating: bool = False

    @cached_property
    def sort_key(self) -> tuple[Any, ...]:
        return (4, len(self.derivatives), tuple((d.field, d.sample) for d in self.derivatives), str(self.body))

    def __str__(self) -> str:
        return f"⟨{''.join(f'∂{d} ' for d in self.derivatives)}{self.body}⟩"


def open_expectations(
    polynomial: Polynomial, notation: Notation, keep_long_derivatives: bool = False, fluctuating: bool = False
) -> Polynomial:
    """Every Expectation and JetMoment of a right-hand side as rational numbers times MeanAtoms."""

    def replace(atom: Any) -> Polynomial | None:
        if isinstance(atom, Expectation):
            return opened(atom, notation.sites, keep_long_derivatives, fluctuating)
        if isinstance(atom, JetMoment):
            return Polynomial.atom(MeanAtom(Polynomial({atom.factors: Fraction(1)})))
        return None

    return polynomial.map_atoms(replace)


def opened(
    expected: Expectation, sites: tuple[SiteFunction, ...], keep_long_derivatives: bool, fluctuating: bool
) -> Polynomial:
    body = expand_factors(sites, expected.factors)
    if _degree(body) < len(expected.derivatives):
        return Polynomial()
    if any(leg.is_dummy for leg in expected.derivatives):
        scale, body = primitive_part(body)
        return scale * Polynomial.atom(MeanAtom(body, expected.derivatives, fluctuating))
    integrand = body
    for leg in expected.derivatives:
        integrand = differentiate(integrand, leg)
    if not integrand:
        return Polynomial()
    if keep_long_derivatives and len(integrand) > max(LONGEST_OPENED_BRACKET, len(body)):
        scale, body = primitive_part(body)
        return scale * Polynomial.atom(MeanAtom(body, expected.derivatives, fluctuating))
    scale, integrand = primitive_part(integrand)
    if integrand.is_constant:
        return scale * integrand
    return scale * Polynomial.atom(MeanAtom(integrand, (), fluctuating))


def _degree(body: Polynomial) -> float:
    """How many derivatives leave something: the degree of a polynomial, any number where there is an activation."""
    if any(isinstance(atom, Jet) for atom in body.atoms()):
        return inf
    return max((sum(e for a, e in monomial if isinstance(a, FieldValue)) for monomial in body.terms), default=-1)


def primitive_part(body: Polynomial) -> tuple[Polynomial, Polynomial]:
    """body = scale * primitive: the content, and hyperparameters common to all terms, taken out; leading sign +."""
    if not body:
        return Polynomial.constant(1), body
    content = common_content(list(body.terms.values()))
    common = common_monomial([tuple((a, e) for a, e in m if not _fluctuates(a)) for m in body.terms])
    if body.sorted_terms()[0][1] < 0:
        content = -content
    scale = Polynomial({common: content})
    return scale, body * scale.inverse_monomial()


def _fluctuates(atom: Any) -> bool:
    return isinstance(atom, (Jet, FieldValue))


def common_content(coefficients: list[Fraction]) -> Fraction:
    """The positive rational c such that all coefficients are integers without common factor times c."""
    numerator, denominator = 0, 1
    for coefficient in coefficients:
        numerator = gcd(numerator, abs(coefficient.numerator))
        denominator = lcm(denominator, coefficient.denominator)
    return Fraction(numerator or 1, denominator)


def common_monomial(monomials: list[Monomial]) -> Monomial:
    """The largest monomial that divides all of them (positive and negative exponents alike)."""
    powers = [dict(monomial) for monomial in monomials]
    shared = []
    for atom, exponent in monomials[0]:
        least = min(p.get(atom, 0) for p in powers)
        if exponent < 0:
            least = max(p.get(atom, 0) for p in powers)
        if least > 0 or (least < 0 and all(p.get(atom, 0) < 0 for p in powers)):
            shared.append((atom, least))
    return tuple(shared)
