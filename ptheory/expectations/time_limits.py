"""A limit on the processor time of one evaluation, looked at between its steps: the same on a busy machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import perf_counter

from ptheory.algebra.work_clock import seconds_of_work
from ptheory.expectations.expectation_errors import TimeExceeded

BETWEEN_LOOKS = 0.001  # seconds: to ask for the processor time takes longer than most steps


class Deadline:
    """``end``: of the processor time; ``next_look``: by a clock that is quick to read."""

    __slots__ = ("end", "next_look")

    def __init__(self, end: float) -> None:
        self.end, self.next_look = end, -inf


_deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Within, ``check_time`` raises TimeExceeded once ``seconds`` have passed; an outer limit stays in force."""
    outer = _deadline.get()
    ends = [] if outer is None else [outer.end]
    ends += [] if seconds is None else [seconds_of_work() + seconds]
    token = _deadline.set(Deadline(min(ends)) if ends else None)
    try:
        yield
    finally:
        _deadline.reset(token)


def check_time() -> None:
    """Raise TimeExceeded once the processor time given by ``time_limit`` is over."""
    deadline = _deadline.get()
    if deadline is None or (now := perf_counter()) < deadline.next_look:
        return
    if seconds_of_work() > deadline.end:
        raise TimeExceeded("the time given is over")
    deadline.next_look = now + BETWEEN_LOOKS
