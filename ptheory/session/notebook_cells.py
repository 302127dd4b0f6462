"""``%load_ext ptheory`` and ``%%ptheory`` cells: a derivation file in a cell, its results shown below it."""

from __future__ import annotations

import re
import sys
from typing import Any

from ptheory.language.errors import LanguageError
from ptheory.language.parser import read_text
from ptheory.networks.program import check_what_is_readable
from ptheory.session.problems import complain_of
from ptheory.session.result import Result
from ptheory.session.run import carry_out

VERSION_LINE = "ptheory 1"
_HAS_VERSION = re.compile(r"\A(\s|#[^\n]*\n)*ptheory\s+\d")


def register(shell: Any) -> None:
    """Give an IPython shell the magic ``%%ptheory [NAME]``."""

    def ptheory(line: str, cell: str) -> Result | None:
        """%%ptheory [NAME]: carry out the statements of the cell; NAME, where given, is the result."""
        return run_cell(shell, line, cell)

    shell.register_magic_function(ptheory, "cell", "ptheory")


def run_cell(shell: Any, line: str, cell: str) -> Result | None:
    """The result of a cell, which IPython shows; a mistake points into the cell and stops no other statement."""
    name = line.strip()
    if name and not name.isidentifier():
        print(f"%%ptheory {name}: write a name for the result, or nothing, behind %%ptheory", file=sys.stderr)
        return None
    place = f"In[{shell.execution_count}]"
    try:
        result = carry_out(check_what_is_readable(read_text(cell_text(cell), place)), place)
    except LanguageError as error:
        print(error.render(), file=sys.stderr)
        return None
    complain_of(result.errors, result.defects)
    if name:
        shell.user_ns[name] = result
    return result


def cell_text(cell: str) -> str:
    """The cell as a file in which lines have the numbers that the cell shows: the magic stands in the first.

    The version line may be left out.
    """
    return ("" if _HAS_VERSION.match(cell) else VERSION_LINE) + "\n" + cell
