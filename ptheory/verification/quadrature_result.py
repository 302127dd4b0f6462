"""What ``check by quadrature`` gives: the engine's numbers beside the quadrature's, and the verdict they make."""

from __future__ import annotations

from dataclasses import dataclass

import mpmath

from ptheory.claims.verdict import Ball, Counterexample, Kind, Verdict
from ptheory.displayed import Displayed
from ptheory.expectations import Moment
from ptheory.verification.quadrature import Matrix

DIGITS_OF_TWO_VARIABLES = 12
FEWEST_DIGITS = 10


@dataclass(frozen=True)
class Comparison:
    """One number of the engine beside the quadrature's, at one kernel."""

    moment: Moment
    kernel: Matrix
    what: str
    engine: mpmath.mpf
    witness: mpmath.mpf
    error: mpmath.mpf  # of both together
    size: mpmath.mpf  # the mean of the absolute value, beside which a mean that is exactly zero is judged

    @property
    def agrees(self) -> bool:
        """Whether engine and quadrature are no further apart than the error allowed."""
        return bool(abs(self.engine - self.witness) <= self.error)

    @property
    def digits(self) -> int:
        """Digits that both are known to share, whatever the size of the number; 0 where either error swallows it."""
        reference = abs(self.engine) if self.engine else self.size
        apart = abs(self.engine - self.witness) + self.error
        if not apart:
            return 10**6
        return max(0, int(mpmath.floor(-mpmath.log10(apart / reference)))) if reference else 0


@dataclass(frozen=True)
class QuadratureResult(Displayed):
    """The expectations of one equation against a quadrature.

    ``of``: the equation; ``digits``: asked for; ``comparisons``: those that tell something, up to the first that
    disagrees; ``missed``: why others could not be made; ``silent``: kernels at which the quadrature has too few digits;
    ``out_of_time``: how many expectations were compared before one took too long.
    """

    of: str
    digits: int
    moments: tuple[Moment, ...]
    comparisons: tuple[Comparison, ...] = ()
    missed: tuple[str, ...] = ()
    silent: tuple[Matrix, ...] = ()
    out_of_time: int | None = None

    def reach(self, moment: Moment) -> int:
        """The digits wanted of one expectation: as many as asked for, of two variables not more than 12."""
        return self.digits if moment.size == 1 else min(self.digits, DIGITS_OF_TWO_VARIABLES)

    @property
    def disagreement(self) -> Comparison | None:
        """The comparison that refutes the engine, if one does."""
        return next((one for one in self.comparisons if not one.agrees), None)

    @property
    def certain_digits(self) -> int | None:
        """The digits to which all comparisons agree, none beyond those wanted; None without a comparison."""
        return min((min(one.digits, self.reach(one.moment)) for one in self.comparisons), default=None)

    @property
    def agrees(self) -> bool:
        """Whether every expectation was compared at every kernel, and agrees to the digits it takes."""
        return self.verdict.kind is Kind.CHECKED and bool(self.comparisons) and not self.silent

    @property
    def verdict(self) -> Verdict:
        """Checked where all agree, refuted where one does not, undecided where some could not be compared."""
        label, count, least = f"quadrature check of {self.of}", len(self.moments), self.certain_digits
        if self.disagreement is not None:
            return _refuted(label, self.disagreement, self.reach(self.disagreement.moment))
        if self.out_of_time is not None:
            message = f"an expectation takes too long; {self.out_of_time} of {count} were compared before it"
            return Verdict(Kind.UNDECIDED, label, message, reason=self.missed[-1])
        if self.missed:
            rest = "" if least is None else f"; the others agree to {least} digits"
            message = f"{len(self.missed)} of {count} expectations could not be compared{rest}"
            return Verdict(Kind.UNDECIDED, label, message, reason="; ".join(self.missed[:3]))
        if least is None:
            return Verdict(Kind.CHECKED, label, "nothing to compare: the recursion has no expectation")
        points, fewest = len(self.comparisons), min(self.digits, FEWEST_DIGITS)
        if least < fewest:
            message = f"the quadrature reaches only {least} digits"
            return Verdict(Kind.UNDECIDED, label, message, digits=least, points=points)
        message = f"{count} expectations agree with quadrature to {least} digits ({points} comparisons)"
        if self.silent:
            where = ", ".join(dict.fromkeys(map(_shown, self.silent)))
            message += f"; of some it has fewer than {fewest} at {where}, where others stand in"
        return Verdict(Kind.CHECKED, label, message, digits=least, points=points)


@dataclass(frozen=True)
class NoQuadrature(Displayed):
    """An equation whose expectations have no numbers: an activation is not bound, or has no value."""

    of: str
    what: str
    reason: str

    @property
    def verdict(self) -> Verdict:
        """Undecided."""
        return Verdict(Kind.UNDECIDED, f"quadrature check of {self.of}", self.what, reason=self.reason)


def _shown(kernel: Matrix) -> str:
    entries = [(a, b) for a in range(len(kernel)) for b in range(a, len(kernel))]
    return " ".join(f"K{'' if len(kernel) == 1 else f'_{a + 1}{b + 1}'} = {kernel[a][b]}" for a, b in entries)


def _refuted(label: str, comparison: Comparison, digits: int) -> Verdict:
    values = [
        (f"K{a}{b}", str(comparison.kernel[a][b]))
        for a in range(comparison.moment.size)
        for b in range(a, comparison.moment.size)
    ]
    with mpmath.workdps(digits + 5):
        left, right = (
            Ball(mpmath.nstr(number, digits), mpmath.nstr(comparison.error, 3), rigorous=False)
            for number in (comparison.engine, comparison.witness)
        )
    return Verdict(
        Kind.REFUTED,
        label,
        f"the {comparison.what} of {comparison.moment} differs from quadrature",
        counterexample=Counterexample(tuple(values), left, right),
    )
