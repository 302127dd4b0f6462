"""Claims about a bound activation: closed forms where both sides have them, numbers with error bounds otherwise."""

from __future__ import annotations

from itertools import islice

from ptheory.activations.errors import ActivationError
from ptheory.expectations.errors import ExpectationError
from ptheory.verification.ball_values import NoNumber, common_digits
from ptheory.verification.bound_moments import BoundMoments, NoClosedForm
from ptheory.verification.corrections import Corrector
from ptheory.verification.exact_points import POINTS_BEHIND_A_PROOF, contradiction
from ptheory.verification.numerical_points import NumericalPoint, numerical_points
from ptheory.verification.ratio import TooLarge
from ptheory.verification.sides import ReadClaim
from ptheory.verification.verdict import Kind, Verdict

FEWEST_DIGITS = 10  # an agreement to fewer digits decides nothing
DIGITS_BEHIND_A_PROOF = 15


def decide_bound(read: ReadClaim, points: int, digits: int) -> Verdict:
    """Exact forms first, then ``points`` numerical points at ``digits`` digits."""
    try:
        return _BoundClaim(read, points, digits).verdict()
    except (ExpectationError, ActivationError) as error:
        return undecided(read, "a mean of this claim has no value for this activation", str(error))
    except NoNumber as error:
        return undecided(read, "no number with an error bound can be given", f"no enclosure of {error}")


class _BoundClaim:
    def __init__(self, read: ReadClaim, points: int, digits: int) -> None:
        self.read = read
        self.points = points
        self.digits = digits
        vocabulary = read.vocabulary
        self.exact = BoundMoments(read.normal, vocabulary.binding, vocabulary.almost_everywhere)

    def verdict(self) -> Verdict:
        if self.read.equal_in_normal_form and not self.read.vocabulary.almost_everywhere:
            if contradiction(self.read) is not None:
                return self._contradiction()
            return self._proved("equal in normal form, whatever the activation", DIGITS_BEHIND_A_PROOF)
        if self._equal_in_closed_form():
            return self._proved(f"equal in closed form for {self._bindings()}", self.digits)
        agreements: list[int] = []
        for point in numerical_points(self.read, self.digits):
            if not point.is_finite:
                continue
            if not point.left.overlaps(point.right):
                return self._apart(point)
            agreed = common_digits(point.left, point.right)
            if agreed >= FEWEST_DIGITS:
                agreements.append(agreed)
            if len(agreements) == self.points:
                break
        if not agreements:
            return undecided(
                self.read, "no point gave enough digits", "the values could not be enclosed tightly enough"
            )
        reached, count = min(self.digits, *agreements), len(agreements)
        return Verdict(
            Kind.CHECKED,
            self.read.claim.label,
            f"agrees to {reached} digits at {count} points for {self._bindings()}; not proved",
            self.read.understood,
            digits=reached,
            points=count,
        )

    def _proved(self, message: str, digits: int) -> Verdict:
        """A proof stands only if both sides exist for this activation and agree where they are evaluated as written."""
        finite = (point for point in numerical_points(self.read, digits) if point.is_finite)
        points = list(islice(finite, POINTS_BEHIND_A_PROOF))
        if not points:
            return undecided(self.read, "the two forms agree, but no value could be computed", "nothing confirms them")
        if not all(point.left.overlaps(point.right) for point in points):
            return self._contradiction()
        return Verdict(Kind.PROVED, self.read.claim.label, message, self.read.understood)

    def _contradiction(self) -> Verdict:
        reason = "this is a mistake in the engine, please report it"
        return undecided(self.read, "two evaluations of this claim contradict each other", reason)

    def _equal_in_closed_form(self) -> bool:
        try:
            return not self.exact.of(self.read.left) - self.exact.of(self.read.right)
        except (ZeroDivisionError, TooLarge, NoClosedForm):
            return False

    def _apart(self, point: NumericalPoint) -> Verdict:
        """Enclosures that do not overlap refute, after both have been confirmed at twice the precision."""
        again = point.at_digits(2 * self.digits)
        consistent = again.left.overlaps(point.left) and again.right.overlaps(point.right)
        if not again.is_finite or again.left.overlaps(again.right) or not consistent:
            return self._contradiction()
        how = "" if point.rigorous else " (by error estimates, widened a million times, not bounds)"
        correction, difference = self._correction()
        shown = point.as_counterexample(self.digits)
        if shown.left.value == shown.right.value:  # they differ beyond the digits asked for
            shown = again.as_counterexample(2 * self.digits)
        return Verdict(
            Kind.REFUTED,
            self.read.claim.label,
            "the two sides differ" + how,
            self.read.understood,
            shown,
            correction=correction,
            reason=difference,
        )

    def _correction(self) -> tuple[str, str]:
        """(what to change, left minus right), empty where closed forms are missing."""
        try:
            left = self.exact.of(self.read.left)
            corrector = Corrector(self.read.reader, self.exact, left, self.read.claim.right)
            return corrector.correction(), corrector.difference()
        except (ZeroDivisionError, TooLarge, NoClosedForm):
            return "", ""

    def _bindings(self) -> str:
        vocabulary = self.read.vocabulary
        shown = [f"{name} = {a.name}" for name, a in vocabulary.binding.items() if name in self.read.content.functions]
        return ", ".join(shown) or "these values"


def undecided(read: ReadClaim, message: str, reason: str) -> Verdict:
    return Verdict(Kind.UNDECIDED, read.claim.label, message, read.understood, reason=reason)
