"""Quotients in lowest terms, by the greatest common divisor of multivariate polynomials (FLINT)."""

from __future__ import annotations

from fractions import Fraction

from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.claims.terms.ratio import Ratio, canonical_factor


def lowest_terms(value: Ratio) -> Ratio:
    """The same quotient with a single denominator factor that shares nothing with the numerator: a canonical form."""
    if not value.factors:
        return value
    below = Polynomial.constant(1)
    for factor, power in value.factors:
        below = below * factor**power
    above, content = canonical_factor(value.numerator)
    atoms = sorted(above.atoms() | below.atoms(), key=lambda atom: atom.sort_key)
    context = fmpq_mpoly_ctx.get([f"x{k}" for k in range(len(atoms))], Ordering.lex)
    top, bottom = _packed(above, atoms, context), _packed(below, atoms, context)
    shared = top.gcd(bottom)
    top, bottom = divmod(top, shared)[0], divmod(bottom, shared)[0]
    return Ratio(_unpacked(top, atoms) * content) * Ratio(_unpacked(bottom, atoms)).inverse()


def _packed(polynomial: Polynomial, atoms: list[Atom], context: fmpq_mpoly_ctx) -> fmpq_mpoly:
    place = {atom: k for k, atom in enumerate(atoms)}
    terms = {}
    for monomial, coefficient in polynomial:
        exponents = [0] * len(atoms)
        for atom, exponent in monomial:
            exponents[place[atom]] = exponent
        terms[tuple(exponents)] = fmpq(coefficient.numerator, coefficient.denominator)
    return context.from_dict(terms)


def _unpacked(packed: fmpq_mpoly, atoms: list[Atom]) -> Polynomial:
    terms = {}
    for exponents, coefficient in packed.terms():
        monomial = tuple((atoms[k], int(e)) for k, e in enumerate(exponents) if e)
        terms[monomial] = Fraction(int(coefficient.p), int(coefficient.q))
    return Polynomial(terms)


def irreducible_factors(polynomial: Polynomial) -> tuple[Polynomial, ...]:
    """The distinct irreducible factors that are no constants, negative powers multiplied away."""
    if not polynomial or polynomial.is_constant:
        return ()
    bare, content = canonical_factor(polynomial)
    single = [Polynomial.atom(atom) for monomial, _ in content for atom, power in monomial if power > 0]
    if bare.is_constant:
        return tuple(single)
    atoms = sorted(bare.atoms(), key=lambda atom: atom.sort_key)
    context = fmpq_mpoly_ctx.get([f"x{k}" for k in range(len(atoms))], Ordering.lex)
    _, factors = _packed(bare, atoms, context).factor()
    return (*single, *(_unpacked(factor, atoms) for factor, _ in factors))
