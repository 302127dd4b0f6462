"""What can be wrong with an activation; every message names the cause."""

from __future__ import annotations

from ptheory.algebra.refusal import Refusal


class ActivationError(Refusal):
    """Base of every complaint about an activation."""


class UnknownActivation(ActivationError):
    """A name that no family answers to; ``suggestion`` is the nearest known name, if any is near."""

    def __init__(self, name: str, suggestion: str | None) -> None:
        self.name, self.suggestion = name, suggestion
        hint = f"; did you mean '{suggestion}'?" if suggestion else ""
        super().__init__(f"unknown activation '{name}'{hint}")


class UndefinedPoint(ActivationError):
    """A formula that has no finite real value somewhere on the real line (log z at z <= 0, 1/z at 0)."""

    help = "an activation has a finite real value at every z"


class KinkAtZero(ActivationError):
    """A two-sided Taylor series was asked for where left and right derivatives differ."""


class UnsupportedFormula(ActivationError):
    """A formula whose kinks cannot be located exactly, or which uses a function outside the whitelist."""


class TooManyPieces(ActivationError):
    """A product of activations with more terms than are worth writing out."""
