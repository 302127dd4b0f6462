"""Processor time for one piece of algebra, looked at between the operations on polynomials.

Sizes are estimated where they can be; this is for what grows in ways no estimate foresees (products of derivatives,
searches). The error says how large the sum had become.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from time import process_time


@dataclass(frozen=True)
class Budget:
    """``end`` on the clock of this process; ``seconds`` it was set for, ``what`` it is for."""

    end: float
    seconds: float
    what: str


BETWEEN_LOOKS = 64  # operations; the clock of a process is slow to ask
_operations = count()
_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


class OutOfBudget(Exception):
    """``terms``: of the polynomial being worked out when the time was over."""

    def __init__(self, budget: Budget, terms: int) -> None:
        super().__init__(
            f"{budget.what} took more than {budget.seconds:g} s of processor time; "
            f"the sum being worked out had {terms} terms"
        )
        self.budget = budget
        self.terms = terms


@contextmanager
def processor_time(seconds: float, what: str) -> Iterator[Budget]:
    """Within, ``spend`` raises OutOfBudget once ``seconds`` are used up; an outer budget that ends sooner stays."""
    own = Budget(process_time() + seconds, seconds, what)
    outer = _budget.get()
    chosen = outer if outer is not None and outer.end < own.end else own
    token = _budget.set(chosen)
    try:
        yield chosen
    finally:
        _budget.reset(token)


def spend(terms: int) -> None:
    """Called by every operation on polynomials, with the terms it has made so far."""
    if next(_operations) % BETWEEN_LOOKS:
        return
    budget = _budget.get()
    if budget is not None and process_time() > budget.end:
        raise OutOfBudget(budget, terms)
