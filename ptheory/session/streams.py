"""Results go to stdout, where a failure is an error; messages go to stderr, where it is none."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import TextIO


class StdoutFailed(OSError):
    """Results could not be shown. ``closed``: nobody reads them any more, as after ``| head -1``."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(f"stdout: cannot be written: {getattr(reason, 'strerror', None) or reason}")
        self.closed = isinstance(reason, BrokenPipeError)


class _Closed(io.TextIOBase):
    """Stands for a stdout that was closed before the start (``>&-``)."""

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def make_usable() -> None:
    """Streams that were closed before the start are there again, and no character fails to be written.

    The descriptors of closed streams are taken, so that no file opened later is mistaken for one of them.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free descriptor, this one
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (for the rest of the process)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """A line of results, at once. Raises StdoutFailed."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except (OSError, ValueError) as reason:
        raise StdoutFailed(reason) from reason


def flush() -> None:
    """Everything shown has left. Raises StdoutFailed."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as reason:
        raise StdoutFailed(reason) from reason


def complain(text: str) -> None:
    """A message; where stderr takes none, the exit code alone speaks."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        give_up(sys.stderr)


def give_up(stream: TextIO) -> None:
    """What is still waiting to be written to a broken stream goes nowhere, so that the end of the process is quiet."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
