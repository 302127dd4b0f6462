"""Decides claims: the left-hand and right-hand sides read, put into normal form, compared; then checked by numbers.

    tree ──read──▶ quotients ──normal form──▶ identical?  ──▶ proved, after agreeing at points by an independent route
                                              different?  ──▶ a point where both sides are exact and differ: refuted
    with an activation bound: closed forms identical ──▶ proved;  else balls: apart ──▶ refuted, agreeing ──▶ checked

``proved`` is never said on one route's word: the comparison of normal forms and the evaluation of both sides as written
(no Stein identity, no product rule) must agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression
from ptheory.language.statements import ClaimStatement, LatexClaimStatement
from ptheory.recursion.closure import OpenHierarchy
from ptheory.recursion.names import TensorNames
from ptheory.recursion.system import RecursionSystem
from ptheory.verification.corrections import Corrector
from ptheory.verification.exact_points import contradiction, exact_points
from ptheory.verification.sides import ReadClaim, read_sides
from ptheory.verification.verdict import Kind, Verdict
from ptheory.verification.vocabulary import Vocabulary

if TYPE_CHECKING:
    from ptheory.activations import Activation


def decide(
    claim: ClaimStatement | LatexClaimStatement,
    system: RecursionSystem,
    names: TensorNames,
    binding: Mapping[str, Activation] | None = None,
    lets: Mapping[str, Expression] | None = None,
    points: int = 3,
    digits: int = 30,
    almost_everywhere: bool = False,
) -> Verdict:
    """The verdict on one claim about ``system``. LanguageError where the claim cannot be read.

    ``binding``: activation name in the architecture -> what it is bound to; the others are generic. ``points`` and
    ``digits``: how hard to look numerically where nothing can be proved. ``almost_everywhere``: kinks of bound
    activations have no delta functions, as automatic differentiation takes them.
    """
    vocabulary = Vocabulary(system, names, dict(binding or {}), dict(lets or {}), claim.scope.inputs, almost_everywhere)
    formula = _as_formula(claim, vocabulary)
    try:
        read = read_sides(formula, vocabulary)
    except LanguageError as error:
        if not isinstance(error.__cause__, OpenHierarchy):
            raise
        from ptheory.verification.open_claims import decide_open

        return decide_open(formula, vocabulary, error.__cause__)
    if read.is_generic:
        return _proved(read) if read.equal_in_normal_form else _refuted(read)
    if read.content.has_next_means:
        return Verdict(
            Kind.UNDECIDED,
            read.claim.label,
            "an average at the kernel of the next layer",
            read.understood,
            reason="such averages are compared for generic activations and rational numbers only",
        )
    from ptheory.verification.bound import decide_bound

    return decide_bound(read, points, digits)


def _as_formula(claim: ClaimStatement | LatexClaimStatement, vocabulary: Vocabulary) -> ClaimStatement:
    if isinstance(claim, ClaimStatement):
        return claim
    from ptheory.verification.read_latex import read_latex

    return read_latex(claim, vocabulary)


def _proved(read: ReadClaim) -> Verdict:
    """Identical normal forms, and agreement at a few points by the other route."""
    against = contradiction(read)
    if against is not None:
        return Verdict(
            Kind.UNDECIDED,
            read.claim.label,
            "the normal forms agree, the values at a point do not",
            read.understood,
            reason="two routes of the engine disagree; this is a mistake in the engine, please report it",
            counterexample=against.as_counterexample(),
        )
    scope = "for every activation" if read.content.functions else "identically"
    where = f" up to order {order_text(read.truncated)}" if read.truncated else ""
    return Verdict(Kind.PROVED, read.claim.label, f"equal in normal form, {scope}{where}", read.understood)


def order_text(power: int) -> str:
    return "1/n" if power == 1 else f"1/n^{power}"


def _refuted(read: ReadClaim) -> Verdict:
    for point in exact_points(read):
        left, right = point.values
        if left != right:
            corrector = Corrector(read.reader, read.normal, read.left_normal, read.claim.right)
            return Verdict(
                Kind.REFUTED,
                read.claim.label,
                "the two sides differ",
                read.understood,
                point.as_counterexample(),
                correction=corrector.correction(),
                reason=corrector.difference(),
            )
    return Verdict(
        Kind.UNDECIDED,
        read.claim.label,
        "the normal forms differ, and no point was found where the values do",
        read.understood,
        reason="the sides may still be equal under relations the normal form does not know",
    )
