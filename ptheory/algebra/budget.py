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

from ptheory.algebra.refusal import Refusal
from ptheory.algebra.work_clock import seconds_of_work


@dataclass
class Budget:
    """``end`` by ``seconds_of_work``, ``seconds`` it was set for, ``what`` it is for; ``terms``: the most seen."""

    end: float
    seconds: float
    what: str
    terms: int = 0


BETWEEN_LOOKS = 64  # operations; the clock of a process is slow to ask
_operations = count()
_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


class OutOfBudget(Refusal):
    """The time was over; the message says how large the polynomials had become."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(
            f"{budget.what} took more than {budget.seconds:g} s of processor time, with sums of {budget.terms} terms"
        )
        self.budget = budget


@contextmanager
def processor_time(seconds: float, what: str) -> Iterator[Budget]:
    """Within, ``spend`` raises OutOfBudget once ``seconds`` are used up; an outer budget that ends sooner stays."""
    own = Budget(seconds_of_work() + seconds, seconds, what)
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
    if budget is None:
        return
    budget.terms = max(budget.terms, terms)
    if seconds_of_work() > budget.end:
        raise OutOfBudget(budget)
