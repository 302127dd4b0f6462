"""Failures that are ptheory's own: kept beside the results, so that none hides another, and said as what they are."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ptheory import __version__
from ptheory.language.errors import LanguageError
from ptheory.session.interrupts import interrupted_by

DEFECT = 4
SHOW_TRACEBACK = "PTHEORY_TRACEBACK"


@dataclass(frozen=True)
class Defect:
    """``where``: what was being done."""

    where: str
    error: Exception

    @property
    def message(self) -> str:
        """The class of the exception and its words."""
        return f"{type(self.error).__name__}: {self.error}".strip()

    def render(self) -> str:
        """What is shown: that it is a defect, where, and how to report it; the traceback where the environment asks."""
        lines = [
            f"{self.where}: this is a defect in ptheory, not a mistake of yours: {self.message}",
            f"  please report it with the command, the file and the version ({__version__}); "
            f"{SHOW_TRACEBACK}=1 in the environment adds the traceback to report",
        ]
        if os.environ.get(SHOW_TRACEBACK):
            lines += "".join(traceback.format_exception(self.error)).rstrip().split("\n")
        return "\n".join(lines)


@contextmanager
def defects_kept(found: list[Defect], where: str) -> Iterator[None]:
    """The one place where any exception is caught: what is no refusal of ptheory's is a defect of it.

    LanguageError passes, and so does an interrupt that compiled code turned into another exception.
    """
    try:
        yield
    except (LanguageError, OSError):
        raise
    except Exception as error:
        if interrupted_by() is not None:
            raise KeyboardInterrupt from error
        found.append(Defect(where, error))
