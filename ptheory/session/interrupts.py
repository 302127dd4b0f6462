"""Ctrl-C, also where compiled code swallows it or makes another exception of it."""

from __future__ import annotations

import _thread
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_pressed: list[int] = []


def interrupted_by() -> int | None:
    """The number of the signal that asked this run to end, None where none did."""
    return _pressed[0] if _pressed else None


@contextmanager
def recorded_interrupts() -> Iterator[None]:
    """Signals that ask for the end raise KeyboardInterrupt and are remembered; ignored ones (nohup) stay ignored."""
    _pressed.clear()
    before = {number: signal.getsignal(number) for number in _ENDING}
    hook = sys.unraisablehook
    for number, handler in before.items():
        if handler in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupt)
    sys.unraisablehook = _again
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _: FrameType | None) -> None:
    _pressed.append(number)
    raise KeyboardInterrupt


def _again(unraisable: sys.UnraisableHookArgs) -> None:
    """A KeyboardInterrupt that hit a callback, where Python drops it, is raised once more outside."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        _thread.interrupt_main()
    else:
        sys.__unraisablehook__(unraisable)
