"""Claims about a bound activation: closed forms where both sides have them, numbers with error bounds otherwise.

What is compared is one quotient D = left - right, closed forms put in and like terms merged, so that what both sides
share cannot hide a difference. D apart from zero anywhere refutes; ``checked`` asks for agreement from small kernels
to large ones, on every branch of the claim's functions, to digits that show every term of D.
"""

from __future__ import annotations

from itertools import chain, islice

from ptheory.activations.activation import Activation
from ptheory.algebra.budget import OutOfBudget, processor_time
from ptheory.algebra.polynomial import Symbol
from ptheory.algebra.refusal import DivisionByZero
from ptheory.claims.comparison import (
    NO_VALUE,
    SECONDS,
    Apart,
    Comparison,
    Contradiction,
    apart_at_few_variables,
    may_be_equal,
    means,
)
from ptheory.claims.corrections.search import NONE_FOUND, Correction, corrected
from ptheory.claims.points.ball_values import NoNumber
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.points.exact_points import POINTS_BEHIND_A_PROOF, contradiction
from ptheory.claims.points.numerical_points import NumericalPoint, numerical_points, points_on_branches
from ptheory.claims.reading.claim_text import Writer, expression_text
from ptheory.claims.side_by_side import side_by_side
from ptheory.claims.sides import ReadClaim
from ptheory.claims.terms.ratio import Ratio, TooLarge
from ptheory.claims.verdict import AlignedTerm, Kind, Verdict
from ptheory.claims.witness import confirmed, polynomials_bound
from ptheory.expectations.expectation_errors import TimeExceeded
from ptheory.expectations.symbolic_arithmetic import NoClosedForm
from ptheory.recursion.means.binding import Unbound
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Tensor

DIGITS_BEHIND_A_PROOF = 15
FEWEST_POINTS = 3
SECONDS_FOR_FORMS = 1.5  # of processor time, for the normal form and for closed forms


def decide_bound(read: ReadClaim, points: int, digits: int) -> Verdict:
    """Exact forms first, then numbers at ``digits`` digits, at ``points`` points or more."""
    try:
        return _BoundClaim(read, points, digits).verdict()
    except NoNumber as error:
        return undecided(read, "no number with an error bound can be given", f"no enclosure of {error}")
    except TimeExceeded as error:
        return undecided(read, "a mean of this claim takes too long for this activation", str(error))
    except NO_VALUE as error:
        return undecided(read, "a mean of this claim has no value for this activation", str(error))
    except Contradiction:
        reason = "this is a mistake in the engine, please report it"
        return undecided(read, "two evaluations of this claim contradict each other", reason)


class _BoundClaim:
    def __init__(self, read: ReadClaim, points: int, digits: int) -> None:
        self.read = read
        self.points = points
        self.digits = digits
        vocabulary = read.vocabulary
        self.exact = BoundMoments(read.normal, vocabulary.binding, vocabulary.almost_everywhere)

    def verdict(self) -> Verdict:
        if self._equal_in_normal_form():
            if contradiction(self.read) is not None:
                raise Contradiction
            return self._proved_in_normal_form()
        difference = self._difference()
        if not difference:
            return self._proved(f"equal in closed form for {self._bindings()}", self.digits)
        return self._by_numbers(difference)

    def _difference(self) -> Ratio:
        """Left minus right, with closed forms where there are any."""
        as_written = self.read.left - self.read.right
        try:
            with processor_time(SECONDS_FOR_FORMS, "the closed form"):
                exact = self.exact.of(self.read.left) - self.exact.of(self.read.right)
        except (DivisionByZero, TooLarge, NoClosedForm, OutOfBudget):
            return as_written
        return exact if len(means(exact)) <= 2 * len(means(as_written)) + 2 else as_written

    def _equal_in_normal_form(self) -> bool:
        """False, too, where the normal form is too large: closed forms and numbers decide then."""
        if self.read.vocabulary.almost_everywhere:
            return False
        try:
            with processor_time(SECONDS_FOR_FORMS, "the normal form"):
                return self.read.equal_in_normal_form
        except (TooLarge, OutOfBudget):
            return False

    # ---- equal in form ----------------------------------------------------------------------------------------

    def _proved_in_normal_form(self) -> Verdict:
        """Where values take too long, averages that exist at every kernel are enough: the proof is for every function,
        and the exact points have held it against another route."""
        message = "equal in normal form, whatever the activation"
        try:
            return self._proved(message, DIGITS_BEHIND_A_PROOF)
        except TimeExceeded:
            if not self._exists_at_every_kernel():
                raise
            return Verdict(Kind.PROVED, self.read.claim.label, message + self.read.reach, self.read.understood)

    def _exists_at_every_kernel(self) -> bool:
        """Whether all that stands in the claim are averages of functions without kinks that grow slower than any
        exp(q z^2), derivatives of them too, and no function of numbers is there that may be without a value. One that
        is left open is any for which the averages exist."""
        content = self.read.content
        if content.formulas or content.has_scalar_functions or self.read.vocabulary.almost_everywhere:
            return False
        for name in content.functions:
            try:
                activation = self.exact.binding.activation(name)
            except Unbound:
                continue
            orders = range(content.highest_derivative + 1)
            if activation.kinks or not all(_grows_slowly(activation, order) for order in orders):
                return False
        return True

    def _proved(self, message: str, digits: int) -> Verdict:
        """A proof stands only if both sides exist for this activation and agree where they are evaluated as written."""
        finite = (point for point in numerical_points(self.read, digits) if point.is_finite)
        points = list(islice(finite, POINTS_BEHIND_A_PROOF))
        if not points:
            return undecided(self.read, "the two forms agree, but no value could be computed", "nothing confirms them")
        for point in chain(points, points_on_branches(self.read, (self.read.left, self.read.right), digits)):
            if one_sided(point) and not may_be_equal(point):
                return self._refuted(Apart(point, outside_the_domain=True))
            if point.is_finite and not point.left.overlaps(point.right):
                raise Contradiction
        return Verdict(Kind.PROVED, self.read.claim.label, message + self.read.reach, self.read.understood)

    # ---- different in form ------------------------------------------------------------------------------------

    def _by_numbers(self, difference: Ratio) -> Verdict:
        apart = apart_at_few_variables(self.read, self.digits)
        if apart is not None:
            return self._refuted(apart)
        compared = Comparison(self.read, difference, self.digits)
        compared.run()
        if compared.apart is not None:
            return self._refuted(compared.apart)
        reason = self._against(compared)
        if reason is not None:
            return undecided(self.read, *reason)
        reached, count = min(self.digits, *compared.found.digits), len(compared.found.digits)
        return Verdict(
            Kind.CHECKED,
            self.read.claim.label,
            f"agrees to {reached} digits at {count} points for {self._bindings()}{self.read.reach}; not proved",
            self.read.understood,
            digits=reached,
            points=count,
        )

    def _against(self, compared: Comparison) -> tuple[str, str] | None:
        """Why an agreement is not enough, as (message, reason); None where it is."""
        found = compared.found
        count = len(found.digits)
        if compared.out_of_time:
            reason = f"{count} points agree; the others were not reached in {SECONDS:g} s"
            return "too slow to compare at enough points", reason
        if not count:
            return "no point gave enough digits", "the values could not be enclosed tightly enough"
        if compared.unvisited:
            return "one branch of its functions could not be compared", compared.unvisited[0]
        unseen = next(found.unseen(), None)
        if unseen is not None:
            term = Writer(self.read.vocabulary).polynomial(unseen[0])
            reason = f"{term} is too small beside the others at every point"
            return f"agrees at {count} points, but one term was never seen", reason
        if is_rational(found.difference):
            return "the two forms differ, and no point was found where the values do", "the forms are exact"
        if count < min(self.points, FEWEST_POINTS):
            return f"agrees, but only {count} points have values", "too few to say checked"
        return None

    def _refuted(self, apart: Apart) -> Verdict:
        how = "" if apart.point.rigorous else " (by error estimates, widened a million times, not bounds)"
        correction, difference = self._correction()
        message, reason = "the two sides differ" + how, apart.hidden or difference
        if apart.outside_the_domain:
            message = "one side is a real number where the other is none"
            reason = "roots, logarithms and inverse functions have their principal values"
        verdict = Verdict(
            Kind.REFUTED,
            self.read.claim.label,
            message,
            self.read.understood,
            apart.counterexample(),
            correction=correction.change,
            cause=correction.cause,
            corrected=f"{expression_text(self.read.claim.left)} = {correction.right}" if correction else "",
            reason=reason,
            terms=self._terms(),
        )
        polynomials = {**polynomials_bound(self.read.vocabulary.binding), **apart.point.polynomials}
        return verdict if apart.outside_the_domain else confirmed(verdict, self.read, apart.point.scalars, polynomials)

    def _terms(self) -> tuple[AlignedTerm, ...]:
        """Both sides in closed form; none where one has no such form."""
        try:
            left, right = self.exact.of(self.read.left), self.exact.of(self.read.right)
        except (DivisionByZero, TooLarge, NoClosedForm, OutOfBudget):
            return ()
        return side_by_side(left, right, Writer(self.read.vocabulary))

    def _correction(self) -> tuple[Correction, str]:
        """(what to change, left minus right), empty where closed forms are missing."""
        try:
            left = self.exact.of(self.read.left)
            return corrected(self.read.reader, self.exact, left, self.read.claim)
        except (DivisionByZero, TooLarge, NoClosedForm, OutOfBudget):
            return NONE_FOUND, ""

    def _bindings(self) -> str:
        vocabulary = self.read.vocabulary
        shown = [f"{name} = {a.name}" for name, a in vocabulary.binding.items() if name in self.read.content.functions]
        return ", ".join(shown) or "these values"


def one_sided(point: NumericalPoint) -> bool:
    """Whether one side is a real number here and the other is not."""
    return bool(point.left.is_finite() != point.right.is_finite())


def is_rational(difference: Ratio) -> bool:
    """Whether it is a quotient of polynomials in free symbols, which is never zero throughout if it is not zero."""
    return all(isinstance(a, (Symbol, Tensor)) or a in (WIDTH, WIDTH_RATIO) for a in difference.atoms())


def _grows_slowly(activation: Activation, order: int) -> bool:
    bound = activation.derivative_almost_everywhere(order).growth if order else activation.growth
    return bound is not None and bound.quadratic <= 0


def undecided(read: ReadClaim, message: str, reason: str) -> Verdict:
    """The verdict *undecided*, with the reason why neither side could be decided."""
    return Verdict(Kind.UNDECIDED, read.claim.label, message, read.understood, reason=reason)
