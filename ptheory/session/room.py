"""Room for nested calls. The interpreter keeps their variables in blocks of 16 KB, asks the system for a block when a
call needs the next one, and gives it back when the call ends: a loop that calls a function just there waits for the
system at every turn, which has taken half the time of a command. A call under :func:`with_room` has one large block."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Found = TypeVar("Found")

VARIABLES = 70_000  # 560 KB, for which it takes 1 MB: the rest is left to a few thousand nested calls


def with_room(call: Callable[Parameters, Found], *args: Parameters.args, **kwargs: Parameters.kwargs) -> Found:
    """What the call returns. Raises what it raises."""
    return call(*args, **kwargs)


with_room.__code__ = with_room.__code__.replace(co_stacksize=VARIABLES)
