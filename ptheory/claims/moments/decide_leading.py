"""Claims about moments at leading order in n: which power of the width E[...] comes with, and what multiplies it.

    E[y1 y2 y3 y4]_c = n^(-1 - 2*s)*(d12 d34 V_y[1,2,3,4] + ...)        for MuP, leading order
    E[ddI_y...] = O(n^(-1 + s))                                          for MuP

A moment is a polynomial in joint cumulants, each n^(offset - power) times a tensor, which is what a tensor's name
means in a claim (``RecursionSystem.offset``). At every pattern of equal and different neurons the terms with the
largest power of n are kept on both sides, over 0 < s < 1. What multiplies it is then compared as in any other claim: a
side that has a smaller power of n is zero beside the other one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from ptheory.algebra.exponents import ZERO, Crossing, Exponent, largest
from ptheory.algebra.order import LEADING
from ptheory.algebra.polynomial import Monomial, Polynomial
from ptheory.claims.moments.cumulants import NotStated
from ptheory.claims.moments.decide_orders import confirm_expectations, in_coefficients, worst
from ptheory.claims.moments.moment_claim import AtPattern, MomentClaim
from ptheory.claims.moments.moment_text import MomentWriter
from ptheory.claims.moments.order_terms import is_an_order
from ptheory.claims.moments.pattern_reader import PatternReader
from ptheory.claims.moments.standard_form import LONGEST, whole_form
from ptheory.claims.moments.whole_tensor import WholeTensor
from ptheory.claims.reading.claim_text import expression_text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import ReadClaim
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Kind, Verdict
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Call, Expression, Number
from ptheory.networks.width_powers import power_of_width
from ptheory.recursion.closure import OpenHierarchy
from ptheory.recursion.leading_powers import WidthMark
from ptheory.recursion.tensors import WIDTH

ZERO_SIDE = Ratio(Polynomial())
BETWEEN = Fraction(3, 4)  # the s at which powers are compared that change places


@dataclass(frozen=True)
class _Side:
    """``coefficient`` of n^``power``, the largest there is; None where a side is zero."""

    power: Exponent | None
    coefficient: Ratio


def at_leading_order(claim: MomentClaim, points: int, digits: int) -> Verdict:
    """The worst verdict of all patterns. LanguageError; Crossing, NotStated, Contradiction, ... as of other orders."""
    if not claim.equal_widths:
        help = "write n for the width of all layers"
        raise LanguageError("powers of n are those of one width", claim.claim.span, help=help)
    bound, claimed = order_claimed(claim.claim.right, claim.vocabulary), claim
    if bound is not None:
        zero = Number(Fraction(0), span=claim.claim.right.span)
        claim = MomentClaim(replace(claim.claim, right=zero), claim.vocabulary)
    found = list(claim.read(False))
    confirm_expectations(claim, found)
    verdicts: list[Verdict] = []
    powers: dict[Exponent, None] = {}
    for at in found:
        left, right = (
            _leading(claim, at.left, claim.claim.left),
            _leading(claim, at.right, claim.claim.right),
        )
        powers |= {side.power: None for side in (left, right) if side.power is not None}
        if bound is None:
            verdicts.append(_compared(claim, at, left, right, points, digits))
        else:
            verdicts.append(_bounded(claim, at, left, bound, points, digits))
        if verdicts[-1].kind is Kind.REFUTED:
            break
    verdict = replace(worst(verdicts), understood=claimed.understood)
    if verdict.kind not in (Kind.PROVED, Kind.CHECKED):
        return verdict
    return replace(verdict, message=_in_words(verdict, powers, bound, len(claim.labels) > 1))


def _in_words(verdict: Verdict, powers: Iterable[Exponent], bound: Exponent | None, several: bool) -> str:
    """What was found of all patterns."""
    goes = " and ".join(f"as {_written(power)}" for power in powers)
    patterns = ", over all patterns of neurons" if several else ""
    if not goes:
        return f"both sides are zero{patterns}"
    if bound is not None:
        return f"the left side goes {goes}{patterns}"
    equal = "equal" if verdict.kind is Kind.PROVED else "they agree"
    return f"{equal} at leading order in n, {goes}{patterns}" + (f": {verdict.message}" if equal != "equal" else "")


def order_claimed(side: Expression, vocabulary: Vocabulary) -> Exponent | None:
    """The power of n in a side that is O(n^p) and nothing else. LanguageError for an order of anything else."""
    if not is_an_order(side):
        return None
    assert isinstance(side, Call)
    if len(side.arguments) != 1:
        raise LanguageError("an order has one argument", side.span, help="write O(1/n), O(n^(-1 + s))")
    return power_of_width(side.arguments[0], "the order", vocabulary.names_in_powers)


def _compared(claim: MomentClaim, at: AtPattern, left: _Side, right: _Side, points: int, digits: int) -> Verdict:
    """What multiplies the larger power of n on both sides."""
    power, s = _larger(left.power, right.power)
    if power is None:
        return claim.verdict(Kind.PROVED, "both sides are zero")
    sides = [side.coefficient if side.power == power else ZERO_SIDE for side in (left, right)]
    verdict = in_coefficients(claim, at, _read(claim, at, *sides), points, digits)
    if verdict.kind is Kind.REFUTED:
        return _refuted(verdict, claim, at, left, right, s)
    largest_side = left if left.power == power else right
    return verdict if _is_there(claim, at, largest_side, points, digits) else _cancelled(claim, at)


def _is_there(claim: MomentClaim, at: AtPattern, side: _Side, points: int, digits: int) -> bool:
    """Whether what multiplies the largest power of n is not zero."""
    read = _read(claim, at, side.coefficient, ZERO_SIDE)
    return in_coefficients(claim, at, read, points, digits).kind is Kind.REFUTED


def _cancelled(claim: MomentClaim, at: AtPattern) -> Verdict:
    reason = "what is left is of a smaller power of n, of which leading terms say nothing"
    return claim.verdict(Kind.UNDECIDED, f"the leading terms cancel{claim.where(at)}", reason=reason)


def _refuted(verdict: Verdict, claim: MomentClaim, at: AtPattern, left: _Side, right: _Side, s: str) -> Verdict:
    """With the powers of n, and which is right where they differ."""
    corrected = _corrected(claim)
    if left.power == right.power:
        assert left.power is not None
        message = f"{verdict.message}, beside {_written(left.power)}"
        return replace(verdict, message=message, corrected=corrected)
    goes = ["is zero" if side.power is None else f"goes as {_written(side.power)}" for side in (left, right)]
    correction = ""
    if left.power is not None and right.power is not None:
        correction = f"power of n: yours {_written(right.power)}, derived {_written(left.power)}"
    return replace(
        verdict,
        message=f"the left side {goes[0]}, the right one {goes[1]}{claim.where(at)}{s}",
        correction=correction,
        corrected=corrected,
        reason="the values are those of what multiplies the larger power of n",
    )


def _bounded(claim: MomentClaim, at: AtPattern, left: _Side, bound: Exponent, points: int, digits: int) -> Verdict:
    """O(n^p): no larger power of n stands in the moment, for any 0 < s < 1."""
    if left.power is None or _never_above(left.power, bound):
        return claim.verdict(Kind.PROVED, "")
    if not _is_there(claim, at, left, points, digits):
        return _cancelled(claim, at)
    verdict = in_coefficients(claim, at, _read(claim, at, left.coefficient, ZERO_SIDE), points, digits)
    return replace(
        verdict,
        message=f"the left side goes as {_written(left.power)}{claim.where(at)}",
        correction=f"power of n: yours {_written(bound)}, derived {_written(left.power)}",
        corrected=_corrected(claim),
        reason="the values are those of what multiplies that power of n",
    )


def _never_above(power: Exponent, bound: Exponent) -> bool:
    try:
        return (power - bound).sign() <= 0
    except Crossing:
        return False


def _larger(one: Exponent | None, other: Exponent | None) -> tuple[Exponent | None, str]:
    """The larger power, and at which s where that depends on it."""
    powers = [power for power in (one, other) if power is not None]
    if not powers:
        return None, ""
    try:
        return largest(powers), ""
    except Crossing:
        return max(powers, key=lambda power: power.at(BETWEEN)), f", compared at {powers[0].symbol} = {BETWEEN}"


def _written(power: Exponent) -> str:
    return {Exponent(): "n^0", Exponent(Fraction(1)): "n", Exponent(Fraction(-1)): "1/n"}.get(power, f"n^({power})")


# ---- one side -------------------------------------------------------------------------------------------------


def _leading(claim: MomentClaim, side: Ratio, node: Expression) -> _Side:
    """The terms of a side with the largest power of n. LanguageError where n stands in a denominator; Crossing."""
    if any(_has_width(factor) for factor, _ in side.factors):
        raise LanguageError("a sum with n in a denominator", node.span, help="multiply out")
    terms: dict[Exponent, list[Polynomial]] = {}
    for monomial, coefficient in side.numerator:
        terms.setdefault(_power_of(claim, monomial), []).append(_without_width(claim, monomial) * coefficient)
    if not terms:
        return _Side(None, ZERO_SIDE)
    power = largest(terms)
    return _Side(power, Ratio(Polynomial.sum(terms[power]), side.factors))


def _power_of(claim: MomentClaim, monomial: Monomial) -> Exponent:
    """Raises NotStated for a tensor that vanishes at its own leading order, beyond which nothing is counted."""
    total = ZERO
    for atom, exponent in monomial:
        if atom == WIDTH:
            total += Exponent(Fraction(exponent))
        elif isinstance(atom, WidthMark):
            total += atom.power.times(exponent)
        elif isinstance(atom, WholeTensor):
            system = claim.vocabulary.system
            if system.vanishes(atom.tensor):
                name = claim.vocabulary.names.of(atom.tensor).name
                raise NotStated(
                    f"{name} vanishes at leading order, and which power of n its corrections have is not counted"
                )
            total += system.offset(atom.tensor).times(exponent)
    return total


def _without_width(claim: MomentClaim, monomial: Monomial) -> Polynomial:
    """What multiplies the power of n: tensors of layer l+1 as derived."""
    value = Polynomial.constant(1)
    for atom, exponent in monomial:
        if isinstance(atom, WholeTensor):
            if exponent < 0:
                raise LanguageError("a quotient of moments", claim.claim.span, help="multiply out")
            value = value * (claim.derived(atom.tensor) if atom.is_next else Polynomial.atom(atom.tensor)) ** exponent
        elif atom != WIDTH and not isinstance(atom, WidthMark):
            value = value * Polynomial.atom(atom, exponent)
    return value


def _has_width(value: Polynomial) -> bool:
    return any(atom == WIDTH or isinstance(atom, (WidthMark, WholeTensor)) for atom in value.atoms())


def _read(claim: MomentClaim, at: AtPattern, left: Ratio, right: Ratio) -> ReadClaim:
    reader = PatternReader(claim.setting(False), at.pattern)
    sides = (claim.with_given(left), claim.with_given(right))
    return ReadClaim(claim.claim, claim.vocabulary, reader, claim.normal, *sides, LEADING)


def _corrected(claim: MomentClaim) -> str:
    """What is derived; "" where it is not known."""
    try:
        return leading_form(claim)
    except (NotStated, Crossing, OpenHierarchy):
        return ""


# ---- what is derived ------------------------------------------------------------------------------------------


def leading_form(claim: MomentClaim) -> str:
    """E[z1 z2 z3 z4]_c = n^(-1)*(d12*d34*V[1,2,3,4] + ...); "" where the left side is anything else, or too long."""
    parts: dict[Exponent, list[str]] = {}
    for deltas, whole in whole_form(claim):
        for monomial, coefficient in whole:
            value = claim.with_given(Ratio(_without_width(claim, monomial) * coefficient))
            text = MomentWriter(claim.vocabulary).ratio(claim.normal.of(value))
            text = f"({text})" if " + " in text or " - " in text else text
            parts.setdefault(_power_of(claim, monomial), []).append("*".join([*deltas, text]))
    if not parts:
        return ""
    power = largest(parts)
    inside = " + ".join(part for part in parts[power] if not part.endswith("*0"))
    inside = f"({inside})" if power and len(parts[power]) > 1 else inside
    text = f"{expression_text(claim.claim.left)} = {_written(power) + '*' if power else ''}{inside}"
    return text if len(text) <= LONGEST else ""
