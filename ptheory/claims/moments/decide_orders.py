"""Claims about moments order by order in 1/n: whole tensors expanded, those of layer l+1 as derived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from ptheory.algebra.order import Order
from ptheory.algebra.polynomial import Atom
from ptheory.claims.moments.literal_moments import Mixture
from ptheory.claims.moments.literal_reader import LiteralReader
from ptheory.claims.moments.moment_claim import AtPattern, Contradiction, MomentClaim
from ptheory.claims.moments.pattern_reader import PatternReader
from ptheory.claims.moments.whole_series import expanded
from ptheory.claims.points.exact_points import contradiction, exact_points
from ptheory.claims.sides import ReadClaim
from ptheory.claims.verdict import Kind, Verdict
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO

_WORST_FIRST = (Kind.REFUTED, Kind.UNDECIDED, Kind.CHECKED, Kind.PROVED)


def order_by_order(claim: MomentClaim, order: Order, points: int, digits: int) -> Verdict:
    """Both sides through ``order`` at every pattern: the worst verdict. NotStated, Contradiction, OpenHierarchy, ..."""
    found = list(claim.read(False))
    confirm_expectations(claim, found)
    verdicts: dict[tuple[str, str], Verdict] = {}
    for at in found:
        left = claim.with_given(expanded(at.left, order, claim.derived, claim.claim.left))
        right = claim.with_given(expanded(at.right, order, claim.derived, claim.claim.right))
        key = (str(left), str(right))
        if key not in verdicts:
            reader = PatternReader(claim.setting(False), at.pattern)
            read = ReadClaim(claim.claim, claim.vocabulary, reader, claim.normal, left, right, order)
            verdicts[key] = in_coefficients(claim, at, read, points, digits)
            if verdicts[key].kind is Kind.REFUTED:
                return verdicts[key]
    return worst(verdicts.values())


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The one that an equation has which they are parts of."""
    return min(verdicts, key=lambda verdict: _WORST_FIRST.index(verdict.kind))


def in_coefficients(claim: MomentClaim, at: AtPattern, read: ReadClaim, points: int, digits: int) -> Verdict:
    """Both sides at a pattern as formulas in coefficients of series and averages. Contradiction."""
    return _generic(claim, at, read) if read.is_generic else _bound(claim, at, read, points, digits)


def _generic(claim: MomentClaim, at: AtPattern, read: ReadClaim) -> Verdict:
    reach = _reach(claim, read.truncated)
    if read.equal_in_normal_form:
        if contradiction(read) is not None:
            raise Contradiction("the normal forms agree, the values at a point do not")
        whatever = ", for every activation" if read.content.functions else ""
        several = ", for every pattern of neurons" if len(claim.labels) > 1 else ""
        return claim.verdict(Kind.PROVED, f"equal in normal form{reach}{whatever}{several}")
    if claim.is_bound_to_the_inputs(at):
        return claim.verdict(Kind.UNDECIDED, "the first layer's tangent kernel is not free of its kernel")
    point = next((point for point in exact_points(read) if point.differs), None)
    if point is None:
        return claim.verdict(Kind.UNDECIDED, "the normal forms differ, and no point was found where the values do")
    example = point.as_counterexample()
    return claim.verdict(
        Kind.REFUTED,
        f"the two sides differ{reach}{claim.where(at)}",
        counterexample=replace(example, values=(*claim.neurons_shown(at), *example.values)),
        reason=claim.forms(replace(at, left=read.left_normal, right=read.right_normal)),
    )


def _bound(claim: MomentClaim, at: AtPattern, read: ReadClaim, points: int, digits: int) -> Verdict:
    from ptheory.claims.bound import decide_bound

    verdict = decide_bound(read, points, digits)
    reach = _reach(claim, read.truncated)
    if verdict.kind is not Kind.REFUTED:
        return replace(verdict, message=verdict.message + reach, understood=claim.understood)
    example = verdict.counterexample
    if example is not None:
        example = replace(example, values=(*claim.neurons_shown(at), *example.values))
    return claim.verdict(Kind.REFUTED, f"{verdict.message}{reach}{claim.where(at)}", example)


def _reach(claim: MomentClaim, order: Order) -> str:
    """Up to which order, where the verdict does not say it by O(...)."""
    if claim.claim.beyond is not None:
        return ""
    return ", at leading order in 1/n" if not order.last else f", up to order {order}"


def confirm_expectations(claim: MomentClaim, found: list[AtPattern]) -> None:
    """Every E[...] at every pattern, by the other route. Contradiction."""
    mixtures: dict[int, Mixture] = {}
    for at in found:
        n = claim.neurons_needed(at, False)
        mixture = mixtures.setdefault(n, _mixture(claim, n))
        symbolic = PatternReader(claim.setting(True), at.pattern)
        literal = LiteralReader(claim.setting(True), at.pattern, mixture)
        for node in claim.expectations:
            if not set(claim.bodies.labels(node)) <= set(at.pattern):
                continue  # it stands under a sum over neurons
            form = claim.at_equal_widths(symbolic.moment(node))
            if mixture.value(form) != mixture.value(literal.moment(node)):
                raise Contradiction("a moment has two values")


def _mixture(claim: MomentClaim, n: int) -> Mixture:
    scalars: dict[Atom, Fraction] = {symbol: Fraction(k + 2) for k, symbol in enumerate(claim.symbols)}
    scalars |= {WIDTH: Fraction(n), WIDTH_RATIO: Fraction(1) if claim.equal_widths else Fraction(2, 3)}
    return Mixture(claim.cumulants, scalars, n, claim.vocabulary.binding, False, 0)
