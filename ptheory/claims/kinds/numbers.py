"""Claims between numbers: at a critical point whose kernel is no rational number, and values to some digits.

C_W = 1.983 to 4 digits      the left-hand side, rounded to as many significant digits, is the number;
chi_par = 1 at criticality   at K* = (3 + sqrt(17))/2: exactly by closed forms, else to AGREED digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice

from flint import arb

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.refusal import DivisionByZero
from ptheory.claims.agreement import Agreements
from ptheory.claims.comparison import NO_VALUE
from ptheory.claims.kinds.regimes import CriticalNumbers
from ptheory.claims.points.ball_values import NoNumber, as_text, exact_ball
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.points.numerical_points import NumericalPoint, numerical_points
from ptheory.claims.points.points import TRANSCENDENTAL
from ptheory.claims.reading.claim_text import Writer
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import ReadClaim, read_sides
from ptheory.claims.terms.cancellation import lowest_terms
from ptheory.claims.terms.layer_power import mentions_layer, substituted
from ptheory.claims.terms.ratio import TooLarge
from ptheory.claims.verdict import Ball, Counterexample, Kind, Verdict
from ptheory.expectations.symbolic_arithmetic import NoClosedForm
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.statements import ClaimStatement
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import Expectation

WORKING = 40  # digits of each side; the critical kernel is known to more
AGREED = 25
APART = 20  # digits in which sides that differ do so
POINTS = 3  # for symbols that are free beside the critical values


def decide_numbers(formula: ClaimStatement, vocabulary: Vocabulary, numbers: CriticalNumbers | None) -> Verdict:
    """Proved, refuted, or checked where the critical kernel is known as a number only. LanguageError."""
    if any(mentions_layer(side) for side in formula.sides):
        help = "state it at large depth, with ~, or for activations that are critical at every kernel"
        raise LanguageError("a number has no number of the layer in it", formula.span, help=help)
    if formula.digits is not None:
        return _to_digits(formula, vocabulary, numbers)
    assert numbers is not None
    read = read_sides(formula, vocabulary)
    try:
        if _equal_exactly(read, numbers):
            message = f"equal in closed form at the critical point{read.reach}"
            return Verdict(Kind.PROVED, formula.label, message, read.understood)
    except (DivisionByZero, NoClosedForm, TooLarge):
        pass  # numbers decide
    return _by_numbers(read, list(islice(_points(read, numbers), POINTS)), numbers)


def _equal_exactly(read: ReadClaim, numbers: CriticalNumbers) -> bool:
    """Whether closed forms agree for every kernel, or at the critical one as it is known exactly."""
    vocabulary = read.vocabulary
    moments = BoundMoments(read.normal, vocabulary.binding, vocabulary.almost_everywhere)
    difference = moments.of(read.left) - moments.of(read.right)
    if any(isinstance(atom, (Mean, Expectation)) for atom in difference.atoms()):
        raise NoClosedForm
    if not lowest_terms(difference):
        return True
    if numbers.exact is None:
        return False
    return not lowest_terms(substituted(difference, lambda atom: numbers.exact if atom == numbers.atom else None))


def _points(read: ReadClaim, numbers: CriticalNumbers | None) -> Iterator[NumericalPoint]:
    held: dict[Atom, Fraction] = {} if numbers is None else {numbers.atom: numbers.kernel}
    for point in numerical_points(read, WORKING):
        yield replace(point, scalars={**point.scalars, **held})


def _by_numbers(read: ReadClaim, points: list[NumericalPoint], numbers: CriticalNumbers) -> Verdict:
    label, understood = read.claim.label, read.understood
    found = Agreements(read.left - read.right)
    for point in points:
        try:
            left, right = point.left, point.right
        except NO_VALUE as error:
            reason = str(error)
            return Verdict(Kind.UNDECIDED, label, "a mean of this claim has no value here", understood, reason=reason)
        except NoNumber as error:
            reason = f"no enclosure of {error}"
            return Verdict(Kind.UNDECIDED, label, "no number can be given", understood, reason=reason)
        size = max(abs(left).abs_upper(), abs(right).abs_upper(), *(abs(t).abs_upper() for t in point.terms(read.left)))
        constant = bool(found.difference) and not found.difference.atoms()  # not zero, however small
        if constant or not abs(left - right) < size * arb(10) ** -AGREED:
            is_seen = abs(left - right) > size * arb(10) ** -APART
            if constant or is_seen:
                shown = APART if is_seen else WORKING
                at = Counterexample(shown_at(point, numbers), *(as_text(side, shown, False) for side in (left, right)))
                message = "the two sides differ at the critical point"
                return Verdict(Kind.REFUTED, label, message, understood, at)
            reason = "the critical kernel is not known to enough digits"
            return Verdict(Kind.UNDECIDED, label, "too close to be told apart", understood, reason=reason)
        found.record(point, min(AGREED, found.agreed(point) or 0))
    unseen = next(found.unseen(), None)
    if unseen is not None:
        reason = f"{Writer(read.vocabulary).polynomial(unseen[0])} is too small beside the others"
        return Verdict(Kind.UNDECIDED, label, "agrees, but one term was never seen", understood, reason=reason)
    message = f"agrees to {AGREED} digits at the critical point; not proved"
    return Verdict(Kind.CHECKED, label, message, understood, digits=AGREED, points=len(points))


def shown_at(point: NumericalPoint, numbers: CriticalNumbers | None) -> tuple[tuple[str, str], ...]:
    """The values of a point, the critical kernel as a decimal."""
    if numbers is None:
        return point.shown
    kernel = str(numbers.kernel)
    decimal = as_text(exact_ball(numbers.kernel), APART, True).value
    return tuple((name, decimal if value == kernel else value) for name, value in point.shown)


# ---- to some digits -------------------------------------------------------------------------------------------------


def _to_digits(formula: ClaimStatement, vocabulary: Vocabulary, numbers: CriticalNumbers | None) -> Verdict:
    """LanguageError where a side is no number, or more digits are asked for than are known."""
    digits = formula.digits
    assert digits is not None
    claimed = constant_value(formula.right)
    if claimed is None or not claimed:
        raise LanguageError(
            "a value to some digits is a number", formula.right.span, help="write C_W = 1.983 to 4 digits"
        )
    if digits > APART:
        raise LanguageError(f"{digits} digits are more than {APART}", formula.span, help="claim it exactly")
    unit = Fraction(10) ** (_exponent(claimed) - digits + 1)
    if (claimed / unit).denominator > 1:
        raise LanguageError(
            f"this number has more than {digits} significant digit{'s' if digits > 1 else ''}",
            formula.right.span,
            help="round it, or claim as many digits as are written",
        )
    read = read_sides(formula, vocabulary)
    _check_number(read, numbers)
    point = next(_points(read, numbers))
    try:
        value = point.left
    except (*NO_VALUE, NoNumber) as error:
        message = "no number can be given"
        return Verdict(Kind.UNDECIDED, formula.label, message, read.understood, reason=str(error))
    is_power_of_ten = abs(claimed) == Fraction(10) ** _exponent(claimed)
    below = abs(value) < exact_ball(abs(claimed))
    half = unit / (20 if is_power_of_ten and below else 2)  # of 1.00 to 3 digits: what is below has a digit more
    distance = abs(value - exact_ball(claimed))
    understood = read.understood
    if distance <= exact_ball(half):
        kind = Kind.PROVED if numbers is None and point.rigorous else Kind.CHECKED
        message = f"the value is {as_text(value, digits + 3, point.rigorous).value}"
        verdict = Verdict(kind, formula.label, message, understood)
        return verdict if kind is Kind.PROVED else replace(verdict, digits=digits, points=1)
    if distance > exact_ball(half):
        at = Counterexample(shown_at(point, numbers), as_text(value, APART, point.rigorous), Ball(str(claimed)))
        return Verdict(Kind.REFUTED, formula.label, f"not to {digits} digits", understood, at)
    return Verdict(Kind.UNDECIDED, formula.label, "on the edge of rounding", understood, reason="claim one digit less")


def _check_number(read: ReadClaim, numbers: CriticalNumbers | None) -> None:
    """The left-hand side is a number: no symbol is left free. LanguageError."""
    held = set(read.vocabulary.held) | ({numbers.atom} if numbers is not None else set())
    constants = {Symbol(name) for name in TRANSCENDENTAL}
    free = [atom for atom in read.shown_atoms if atom not in held and atom not in constants]
    if free or read.content.has_width:
        named = Writer(read.vocabulary).atom(free[0]) if free else "n"
        help = "give the other values, or say where: at criticality, at K = 1"
        raise LanguageError(f"{named} is free: the left-hand side is no number", read.claim.left.span, help=help)


def _exponent(value: Fraction) -> int:
    """e with 10^e <= |value| < 10^(e+1)."""
    size, exponent = abs(value), 0
    while size >= 10:
        size, exponent = size / 10, exponent + 1
    while size < 1:
        size, exponent = size * 10, exponent - 1
    return exponent
