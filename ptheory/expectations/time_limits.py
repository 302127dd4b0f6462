"""A limit on the processor time of one evaluation, looked at between its steps: the same on a busy machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import process_time

from ptheory.expectations.expectation_errors import TimeExceeded

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Within, ``check_time`` raises TimeExceeded once ``seconds`` have passed; an outer limit stays in force."""
    outer = _deadline.get()
    own = None if seconds is None else process_time() + seconds
    token = _deadline.set(min((limit for limit in (outer, own) if limit is not None), default=None))
    try:
        yield
    finally:
        _deadline.reset(token)


def check_time() -> None:
    """Raise TimeExceeded once the processor time given by ``time_limit`` is over."""
    deadline = _deadline.get()
    if deadline is not None and process_time() > deadline:
        raise TimeExceeded("the time given is over")
