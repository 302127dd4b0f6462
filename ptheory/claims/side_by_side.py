"""Both sides of a refuted claim in normal form, aligned term by term."""

from __future__ import annotations

from fractions import Fraction

from ptheory.algebra.polynomial import Polynomial
from ptheory.claims.reading.claim_text import Writer
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import AlignedTerm

MOST_TERMS = 60  # that are still read side by side


def side_by_side(left: Ratio, right: Ratio, writer: Writer) -> tuple[AlignedTerm, ...]:
    """Every term of either side, those that differ too; none where there are too many, or different denominators."""
    if left.factors != right.factors:
        return ()
    ones = Polynomial({m: Fraction(1) for m in {**left.numerator.terms, **right.numerator.terms}})
    if len(ones) > MOST_TERMS:
        return ()
    below = writer.ratio(Ratio(Polynomial.constant(1), left.factors)).removeprefix("(1)") if left.factors else ""
    return tuple(
        AlignedTerm(
            writer.term(monomial, Fraction(1)) + below,
            left.numerator.terms.get(monomial, Fraction(0)),
            right.numerator.terms.get(monomial, Fraction(0)),
        )
        for monomial, _ in ones.sorted_terms()
    )
