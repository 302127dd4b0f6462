"""What can be wrong with a Gaussian expectation; every message names the cause."""

from __future__ import annotations

from ptheory.algebra.refusal import Refusal


class ExpectationError(Refusal):
    """Base of every complaint about an expectation."""


class DivergentMoment(ExpectationError):
    """The expectation is infinite: a product of deltas at one point, or a delta at zero variance."""

    help = "`derivatives almost everywhere` in the block takes the convention of automatic differentiation"


class AmbiguousMoment(ExpectationError):
    """A product of distributions whose value depends on how the kink is smoothed."""


class NonIntegrable(ExpectationError):
    """The integrand grows faster than the Gaussian weight decays."""

    help = "the expectation over Gaussian preactivations must exist: take an activation that grows more slowly"


class NotPositiveSemidefinite(ExpectationError):
    """The matrix given is not the covariance of anything."""

    help = "choose hyperparameters that keep the kernel positive, such as C_b >= 0 and C_W > 0"


class PrecisionNotMet(ExpectationError):
    """The digits asked for could not be reached; ``best`` is what was."""

    def __init__(self, message: str, best: object | None = None) -> None:
        self.best = best
        super().__init__(message)


class TimeExceeded(ExpectationError):
    """The digits asked for could not be reached in the time given."""


class OrderExceeded(ExpectationError):
    """A coefficient beyond the order to which a series was computed."""
