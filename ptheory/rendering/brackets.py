"""Gaussian expectations made readable: integrands opened into products of named functions, dummies kept as ∂_a ∂_b.

An undifferentiated expectation, or one at concrete samples, becomes a rational number times ⟨primitive polynomial in
jets⟩; (1/2)⟨(σ²)''⟩ is ⟨σσ'' + σ'²⟩. With many terms the derivative may be kept instead: ⟨∂⁴ (σ²τ²)⟩.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, inf, lcm

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, SortKey
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.derivatives_with_names import with_names
from ptheory.recursion.means.layer_functions import expand_factors
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.tensors import Expectation, Leg
from ptheory.rendering.notation import Notation

OPENED = inf  # every derivative in an average is carried out
WHERE_SHORT = 4  # where that gives no more terms than this, or than the average has
KEPT = 0  # no derivative is carried out


@dataclass(frozen=True)
class MeanAtom:
    """⟨ ∂_derivatives body ⟩; ``body`` a polynomial in jets, field values and hyperparameters."""

    body: Polynomial
    derivatives: tuple[Leg, ...] = ()
    fluctuating: bool = False

    @cached_property
    def sort_key(self) -> SortKey:
        return (4, len(self.derivatives), tuple((d.field, d.place) for d in self.derivatives), str(self.body))

    def __str__(self) -> str:
        return f"⟨{''.join(f'∂{d} ' for d in self.derivatives)}{self.body}⟩"


def open_expectations(
    polynomial: Polynomial, notation: Notation, longest: float = OPENED, fluctuating: bool = False
) -> Polynomial:
    """Every expectation of a right-hand side as a rational number times a MeanAtom.

    ``longest``: the terms that carrying out its derivatives may give, OPENED, WHERE_SHORT or KEPT.
    """

    def replace(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Expectation):
            return opened(atom, notation, longest, fluctuating)
        return None

    return polynomial.map_atoms(replace)


def opened(expected: Expectation, notation: Notation, longest: float, fluctuating: bool) -> Polynomial:
    """A kinked activation: a derivative of the whole product is kept where carrying it out gives products such as
    (σ'')² of ReLU, which have no average; by the convention of automatic differentiation a factor σ'' is zero."""
    body = with_names(expand_factors(notation.sites, expected.factors))
    if notation.kinks_dropped:
        body = Polynomial({m: c for m, c in body if not any(_is_singular(a, notation.jumps) for a, _ in m)})
        if not body:
            return body
    if _degree(body) < len(expected.derivatives):
        return Polynomial()
    if any(leg.is_dummy for leg in expected.derivatives):
        scale, body = primitive_part(body)
        return scale * Polynomial.atom(MeanAtom(body, expected.derivatives, fluctuating))
    integrand = with_names(differentiate(body, *expected.derivatives))
    if not integrand:
        return Polynomial()
    too_long = len(integrand) > (max(longest, len(body)) if longest else KEPT)
    if expected.derivatives and (too_long or any(_has_no_value(monomial, notation) for monomial, _ in integrand)):
        scale, body = primitive_part(body)
        return scale * Polynomial.atom(MeanAtom(body, expected.derivatives, fluctuating))
    scale, integrand = primitive_part(integrand)
    if integrand.is_constant:
        return scale * integrand
    return scale * Polynomial.atom(MeanAtom(integrand, (), fluctuating))


def _is_singular(atom: Atom, jumps: Mapping[str, int]) -> bool:
    """A derivative beyond the first that jumps: delta functions."""
    return isinstance(atom, Jet) and isinstance(atom.function, str) and atom.order > jumps.get(atom.function, inf)


def _has_no_value(monomial: Monomial, notation: Notation) -> bool:
    """Whether a delta function stands beside a factor at the same sample that is not smooth enough for it.

    f jumping first in its k-th derivative, f^(a) with a > k asks for a - k - 1 continuous derivatives of f^(b), which
    has k - b - 1: a + b <= 2k. With kinks dropped no delta function is left standing.
    """
    jets = [a for a, e in monomial for _ in range(e) if isinstance(a, Jet) and isinstance(a.function, str)]
    for n, singular in enumerate(jets):
        if _is_singular(singular, notation.jumps):
            if notation.kinks_dropped:
                return True
            highest = 2 * notation.jumps[str(singular.function)] - singular.order
            others = jets[:n] + jets[n + 1 :]
            if any(o.leg == singular.leg and o.function in notation.jumps and o.order > highest for o in others):
                return True
    return False


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


def _fluctuates(atom: Atom) -> bool:
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
