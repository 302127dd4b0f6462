"""Polynomials as products of irreducible ones, by FLINT."""

from __future__ import annotations

from fractions import Fraction

from ptheory.algebra.polynomial import Polynomial


def factors(polynomial: Polynomial) -> tuple[Fraction, list[tuple[Polynomial, int]]]:
    """(c, [(f1, e1), ...]) with polynomial = c f1^e1 f2^e2 ..., each f irreducible over the rationals with coprime

    integer coefficients. Negative exponents are taken out as powers of their atoms first.
    """
    from flint import Ordering, fmpq, fmpq_mpoly_ctx

    atoms = sorted(polynomial.atoms(), key=lambda atom: atom.sort_key)
    if not atoms:
        return polynomial.constant_term, []
    place = {atom: k for k, atom in enumerate(atoms)}
    shift = [min(0, *(dict(m).get(atom, 0) for m in polynomial.terms)) for atom in atoms]
    context = fmpq_mpoly_ctx.get([f"x{k}" for k in range(len(atoms))], Ordering.lex)
    terms = {}
    for monomial, coefficient in polynomial:
        exponents = [-least for least in shift]
        for atom, exponent in monomial:
            exponents[place[atom]] += exponent
        terms[tuple(exponents)] = fmpq(coefficient.numerator, coefficient.denominator)
    content, found = context.from_dict(terms).factor()
    split = [(Polynomial.atom(atom), least) for atom, least in zip(atoms, shift, strict=True) if least]
    for factor, exponent in found:
        pieces = {
            tuple((atoms[k], int(e)) for k, e in enumerate(powers) if e): Fraction(int(c.p), int(c.q))
            for powers, c in factor.to_dict().items()
        }
        split.append((Polynomial(pieces), int(exponent)))
    return Fraction(int(content.p), int(content.q)), split
