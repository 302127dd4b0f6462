"""Progress on stderr for anything over a second; silent when stderr is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 1.0  # seconds before anything is shown

Report = Callable[[str, int, int], None]


@contextmanager
def progress_on_stderr() -> Iterator[Report]:
    """``report(what, done, of)`` rewrites one line of stderr, which is wiped at the end."""
    started = time.monotonic()
    shown = False

    def report(what: str, done: int, of: int) -> None:
        nonlocal shown
        if sys.stderr.isatty() and time.monotonic() - started > PATIENCE:
            shown = True
            sys.stderr.write(f"\r\x1b[K{what}: {done}/{of}")
            sys.stderr.flush()

    try:
        yield report
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
