"""What the word FILE of a command line stands for: a file, or standard input where it is ``-``."""

from __future__ import annotations

import sys
from pathlib import Path

from ptheory.language.errors import LanguageError
from ptheory.language.paper import is_paper, read_paper
from ptheory.language.parser import LARGEST_FILE, read_bytes, read_file
from ptheory.language.statements import File

_DASH = "-"
STDIN = "stdin"


def is_stdin(path: Path) -> bool:
    """Whether the word stands for standard input."""
    return str(path) == _DASH


def given_name(path: Path) -> str:
    """What messages and results call it."""
    return STDIN if is_stdin(path) else str(path)


def read_given(path: Path) -> File:
    """Raises LanguageError where it cannot be read at all; statements with a syntax error are in ``unread``."""
    if is_stdin(path):
        return read_bytes(stdin_bytes(), STDIN)
    if is_paper(path):
        return read_paper(path)
    return read_file(path)


def stdin_bytes() -> bytes:
    """All of standard input, up to a byte more than a derivation file may have. Raises LanguageError."""
    if sys.stdin is None:
        raise LanguageError("standard input is closed", path=STDIN)
    try:
        return sys.stdin.buffer.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise LanguageError(f"cannot be read: {reason}", path=STDIN) from None
