"""Decides claims about moments: both sides at every pattern of equal and different neurons, exactly or order by order.

    E[...] at a pattern ──▶ polynomial in whole tensors ──identical──▶ proved, after both sides agree in numbers
                                                        ──apart─────▶ refuted, at a network law and a pattern
    names coefficients of series ──▶ whole tensors expanded, compared up to the order that is written

The numbers come from another route (``literal_moments``): an explicit law, neurons counted one by one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from ptheory.algebra.exponents import Crossing
from ptheory.algebra.order import power_text, through
from ptheory.claims.moments.cumulants import NotStated
from ptheory.claims.moments.decide_exactly import exactly
from ptheory.claims.moments.decide_leading import at_leading_order
from ptheory.claims.moments.decide_orders import order_by_order
from ptheory.claims.moments.literal_moments import NotByNumbers
from ptheory.claims.moments.moment_claim import Contradiction, MomentClaim
from ptheory.claims.moments.order_terms import is_at_leading_order
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.verdict import Kind, Verdict
from ptheory.language.statements import ClaimStatement
from ptheory.recursion.closure import OpenHierarchy
from ptheory.recursion.system import ExpansionTooLarge, RowsNotGaussian, RowsNotIndependent


def decide_moments(claim: ClaimStatement, vocabulary: Vocabulary, points: int, digits: int) -> Verdict:
    """The verdict on a claim with E[...] in it. LanguageError where it has no meaning."""
    if is_at_leading_order(claim, vocabulary):
        vocabulary = replace(vocabulary, leading_only=True)
    moments = MomentClaim(claim, vocabulary)
    try:
        if vocabulary.leading_only:
            return at_leading_order(moments, points, digits)
        if claim.beyond is None and moments.is_exact:
            return exactly(moments) or _beyond_what_is_written(moments, points, digits)
        return order_by_order(moments, moments.order_written, points, digits)
    except Crossing as error:
        reason = str(error)
        return moments.verdict(Kind.UNDECIDED, "which power of n leads on one side depends on s", reason=reason)
    except (NotStated, NotByNumbers, OpenHierarchy, ExpansionTooLarge, RowsNotGaussian, RowsNotIndependent) as error:
        return moments.verdict(Kind.UNDECIDED, "these moments are not known", reason=str(error))
    except Contradiction as error:
        reason = f"{error}: this is a mistake in the engine, please report it"
        return moments.verdict(Kind.UNDECIDED, "two evaluations of this claim contradict each other", reason=reason)


def read_moments(claim: ClaimStatement, vocabulary: Vocabulary) -> str:
    """The claim as it is read, at one pattern of neurons, and nothing of it decided. LanguageError."""
    moments = MomentClaim(claim, vocabulary)
    with suppress(NotStated, OpenHierarchy):  # moments that are not known are no mistake of the claim
        next(moments.read(True))
    return moments.understood


def _beyond_what_is_written(moments: MomentClaim, points: int, digits: int) -> Verdict:
    """An exact statement whose recursion does not end: apart at the order that is written, at the next one, or
    undecided."""
    order = moments.order_written
    verdict = order_by_order(moments, order, points, digits)
    if verdict.kind not in (Kind.PROVED, Kind.CHECKED):
        return verdict
    assert order.last is not None
    missing = f"add + O({power_text(order.last + 1)})"
    further = order_by_order(moments, through(order.last + 1), points, digits)
    if further.kind is Kind.REFUTED:
        return replace(further, correction=f"up to order {order} the sides agree: {missing}")
    message = f"the sides agree up to order {order}, and no statement to all orders is known"
    return moments.verdict(Kind.UNDECIDED, message, reason=f"{missing} for a claim up to that order")
