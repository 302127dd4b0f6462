"""The table of bad files: every ``files/NAME.deriv`` has its expected message in ``expected.txt``.

To add a case: drop a file into ``files/``, run ``python -m tests.bad_input.regenerate``, and read the difference in
``expected.txt`` as a user would. Mistakes that only a later stage can see (a definition that misses a structure, an
expectation that does not exist) are in the same table: the whole command is run.
"""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from ptheory.session.commands import BAD_INPUT, run_command
from ptheory.session.output_options import Pages

HERE = Path(__file__).resolve().parent
FILES = HERE / "files"
EXPECTED = HERE / "expected.txt"
EXPLAIN = {"explain-not-derived": ("Theta",)}  # names given to --explain
_HEAD = "=== "


def names() -> list[str]:
    return sorted(path.stem for path in FILES.glob("*.deriv"))


def message_of(name: str) -> str:
    """The whole of stderr for a bad file, its folder left out so that the table is the same everywhere."""
    path = FILES / f"{name}.deriv"
    complaints, shown = io.StringIO(), io.StringIO()
    with redirect_stderr(complaints), redirect_stdout(shown):
        code = run_command([path], None, ["text"], EXPLAIN.get(name, ()), Pages())
    if code != BAD_INPUT:
        return f"(exit code {code})"
    return complaints.getvalue().strip().replace(str(FILES) + "/", "")


def read_expected() -> dict[str, str]:
    table: dict[str, str] = {}
    name = ""
    for line in EXPECTED.read_text(encoding="utf-8").splitlines():
        if line.startswith(_HEAD):
            name = line.removeprefix(_HEAD)
            table[name] = ""
        elif name:
            table[name] += line + "\n"
    return {name: text.strip("\n") for name, text in table.items()}


def write_expected() -> None:
    blocks = [f"{_HEAD}{name}\n{message_of(name)}\n" for name in names()]
    EXPECTED.write_text("\n".join(blocks), encoding="utf-8")
