"""What ptheory declines to do: one class, so that nothing else is ever taken for the user's mistake.

Whatever else is raised, by ptheory, SymPy, mpmath or Python itself, is a defect of ptheory and is shown as one.
"""

from __future__ import annotations


class Refusal(ValueError):
    """Something asked for that has no answer: ``message`` says why, ``help`` what would work, where one thing does.

    A class of refusals may state its ``help`` once for all of them. Also a ValueError: that is what Python users catch.
    """

    help: str | None = None

    def __init__(self, message: str = "", help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if help is not None:
            self.help = help


class DivisionByZero(Refusal):
    """What stands below a division is zero, identically or at the values given."""

    def __init__(self, message: str = "division by zero") -> None:
        super().__init__(message)
