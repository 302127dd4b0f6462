"""Both sides of a claim in numbers, one point after another, until they are apart or agree often enough.

The points go from small kernels to large ones and to every branch of the claim's functions; the digits are those that
show the smallest number in the claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

from ptheory.activations.activation_errors import ActivationError
from ptheory.algebra.work_clock import seconds_of_work
from ptheory.claims.agreement import FEWEST_DIGITS, Agreements, digits_of_numbers
from ptheory.claims.points.ball_values import NoNumber, as_text
from ptheory.claims.points.numerical_points import (
    NumericalPoint,
    numerical_points,
    points_at_scales,
    points_of_few_variables,
    points_on_branches,
)
from ptheory.claims.reading.claim_text import Writer
from ptheory.claims.sides import ReadClaim
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Counterexample
from ptheory.expectations.expectation_errors import ExpectationError, TimeExceeded
from ptheory.recursion.means.mean import AnyMean, Mean
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Expectation, Leg

MOST_DIGITS = 400  # of an integral, to show a small term
SECONDS = 3.0  # of processor time for the points of one claim
INDISPENSABLE = 5  # points, of those that lead from 10^-6 to 10^6, beside the branches
TRIED_FOR_A_SHORT_ONE = 4  # points tried for a difference that can be read, once there is one that cannot
NO_VALUE = (ExpectationError, ActivationError, NoNumber)


class Contradiction(Exception):
    """Two evaluations of the same thing have no number in common."""


@dataclass(frozen=True)
class Apart:
    """Where the sides differ. ``hidden``: left - right in words, where it is too small to be seen in the sides."""

    point: NumericalPoint
    hidden: str = ""
    outside_the_domain: bool = False  # only one side is a real number; the other's principal value is complex

    def counterexample(self) -> Counterexample:
        """The point with both sides in digits that tell them apart; complex where a side leaves the real domain."""
        digits = self.point.digits
        if self.outside_the_domain:
            return self.point.as_complex_counterexample(digits)
        shown = self.point.as_counterexample(digits)
        if shown.left.value == shown.right.value:  # they differ beyond the digits asked for
            return self.point.at_digits(2 * digits).as_counterexample(2 * digits)
        return shown


class Comparison:
    """``run`` fills ``apart``, or the agreements and what could not be compared.

    ``difference``: left minus right with closed forms put in. NO_VALUE where a mean of the claim has none.
    """

    def __init__(self, read: ReadClaim, difference: Ratio, digits: int) -> None:
        self.read = read
        self.digits = digits
        self.end = seconds_of_work() + SECONDS
        self.found = Agreements(evaluable(read, difference))
        self.digits_elsewhere = digits // 2 if has_integrals_of_several(self.found.difference) else digits
        self.wanted = digits_of_numbers(read) + FEWEST_DIGITS + 5
        self.apart: Apart | None = None
        self.unvisited: list[str] = []  # branches without a value
        self.out_of_time = False

    def run(self) -> None:
        """Look at every point there is time for. Contradiction."""
        points = self._points()
        for number in count():
            try:
                following = next(points, None)
            except TimeExceeded:  # while branches were looked for
                self.out_of_time = True
                return
            if following is None:
                break
            point, indispensable = following
            if seconds_of_work() > self.end:
                self.out_of_time = indispensable
                break
            self._at(point, strict=number == 0, needed=indispensable)
            if self.out_of_time:
                return
            if self.apart is not None and (self._readable(self.apart) or number > TRIED_FOR_A_SHORT_ONE):
                return
        if self.apart is None and not self.out_of_time:
            self._show_every_term()

    def _points(self) -> Iterator[tuple[NumericalPoint, bool]]:
        yield next(numerical_points(self.read, self.digits)), True
        along = islice(numerical_points(self.read, self.digits_elsewhere), 1, None)
        yield from ((point, True) for point in islice(along, INDISPENSABLE - 1))
        sides = (self.found.difference, self.read.left, self.read.right)
        yield from ((point, True) for point in points_on_branches(self.read, sides, self.digits_elsewhere))
        yield from ((point, True) for point in points_at_scales(self.read, sides, self.digits_elsewhere))
        yield from ((point, False) for point in along)

    def _show_every_term(self) -> None:
        """At the points where the fewest digits show the terms that no agreement has reached."""
        for _, best, needed in self.found.unseen():
            if best is not None and needed <= MOST_DIGITS and self.apart is None and seconds_of_work() < self.end:
                self._at(best.at_digits(int(needed) + 5), strict=False)

    def _at(self, point: NumericalPoint, strict: bool, needed: bool = False) -> None:
        """Compare at one point. ``strict``: what has no value there has no value at all. ``needed``: nothing is said
        to agree where an average takes too long here."""
        try:
            if not point.is_allowed:
                return
            if point.left.is_finite() != point.right.is_finite():
                if not may_be_equal(point):
                    self.apart = Apart(point, outside_the_domain=True)
            elif point.is_finite and not point.left.overlaps(point.right):
                self.apart = confirmed_apart(point)
            elif not self._agree(point) and point.is_finite and point.branch is not None:
                self.unvisited.append(f"{self._branch(point)}: not enough digits")
        except NO_VALUE as error:
            if strict:
                raise
            self.out_of_time = self.out_of_time or (needed and isinstance(error, TimeExceeded))
            if point.branch is not None:
                self.unvisited.append(f"{self._branch(point)}: {error}")

    def _agree(self, point: NumericalPoint) -> bool:
        """Whether left - right, like terms merged, is zero as far as can be seen; ``apart`` where it is not."""
        enough = max(point.digits, self.wanted)
        for digits in (enough, 2 * enough):
            finer = point.at_digits(min(digits, MOST_DIGITS))
            agreed = self.found.agreed(finer)
            if agreed is None:
                continue
            if not finer.value(self.found.difference).contains(0):
                self.apart = self._confirmed_in_difference(finer)
                return False
            if agreed >= FEWEST_DIGITS:
                self.found.record(finer, agreed)
                return True
        return False

    def _branch(self, point: NumericalPoint) -> str:
        assert point.branch is not None
        boundary = Writer(self.read.vocabulary).polynomial(point.branch.boundary)
        return f"where {boundary} {'<' if point.branch.below else '>'} 0"

    # ---- apart ------------------------------------------------------------------------------------------------

    def _confirmed_in_difference(self, point: NumericalPoint) -> Apart:
        """The difference is not zero: confirmed at twice the precision, and in the sides where digits allow."""
        difference = self.found.difference
        again = point.at_digits(2 * point.digits)
        if again.value(difference).contains(0) or not again.value(difference).overlaps(point.value(difference)):
            raise Contradiction
        finer = point.at_digits(self.digits)
        while not finer.is_finite or finer.left.overlaps(finer.right):
            if finer.digits > MOST_DIGITS or seconds_of_work() > self.end:
                size = as_text(point.value(difference), FEWEST_DIGITS, point.rigorous)
                return Apart(finer, f"left - right = {size}, too little to be seen beside either")
            finer = finer.at_digits(2 * finer.digits)
        return Apart(finer)

    def _readable(self, apart: Apart) -> bool:
        """Whether the sides differ within the digits asked for."""
        return apart.outside_the_domain or (apart.point.digits <= self.digits and not apart.hidden)


def apart_at_few_variables(read: ReadClaim, digits: int) -> Apart | None:
    """Where the sides of a claim with averages of three or more variables differ already at kernels that leave one or
    two of them to be integrated at a time; None where they do not, which proves nothing. Contradiction."""
    if all(len(_variables(mean)) < 3 for side in (read.left, read.right) for mean in means(side)):
        return None
    end = seconds_of_work() + SECONDS
    for point in points_of_few_variables(read, digits):
        if seconds_of_work() > end:
            break
        try:
            if point.is_allowed and point.is_finite and not point.left.overlaps(point.right):
                return confirmed_apart(point)
        except NO_VALUE:
            continue
    return None


def confirmed_apart(point: NumericalPoint) -> Apart:
    """Enclosures that do not overlap count once both have been confirmed at twice the precision. Contradiction."""
    again = point.at_digits(2 * point.digits)
    consistent = again.left.overlaps(point.left) and again.right.overlaps(point.right)
    if not again.is_finite or again.left.overlaps(again.right) or not consistent:
        raise Contradiction
    return Apart(point)


def evaluable(read: ReadClaim, difference: Ratio) -> Ratio:
    """The difference; as written where its normal form has means without a value (derivatives at a kink)."""
    first = next(numerical_points(read, FEWEST_DIGITS))
    _ = first.left, first.right  # a mean without a value is an error of the claim as written
    try:
        first.value(difference)
    except NO_VALUE:
        return read.left - read.right
    return difference


def means(difference: Ratio) -> list[AnyMean]:
    """The averages in it that are still to be integrated."""
    return [atom for atom in difference.atoms() if isinstance(atom, (Mean, Expectation))]


def has_integrals_of_several(difference: Ratio) -> bool:
    """Whether a mean over two or more preactivations is left, which takes a second at 30 digits."""
    return any(len(_variables(mean)) > 1 for mean in means(difference))


def _variables(mean: AnyMean) -> set[Sample] | set[Leg]:
    """The samples, or the preactivations, an average is over."""
    if isinstance(mean, Expectation):
        return {factor.place for factor in mean.factors}
    return set(mean.variables)


def may_be_equal(point: NumericalPoint) -> bool:
    """Whether the principal values of both sides may be equal; those that are no numbers decide nothing."""
    left, right = point.principal
    return not (left.is_finite() and right.is_finite()) or bool(left.overlaps(right))
