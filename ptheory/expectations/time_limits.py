"""A time limit for one evaluation, looked at between its steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from ptheory.expectations.errors import TimeExceeded

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Within, ``check_time`` raises TimeExceeded once ``seconds`` have passed; an outer limit stays in force."""
    outer = _deadline.get()
    own = None if seconds is None else monotonic() + seconds
    token = _deadline.set(min((limit for limit in (outer, own) if limit is not None), default=None))
    try:
        yield
    finally:
        _deadline.reset(token)


def check_time() -> None:
    deadline = _deadline.get()
    if deadline is not None and monotonic() > deadline:
        raise TimeExceeded("the time given is over")
