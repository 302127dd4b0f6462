"""The table of bad files: every ``files/NAME.deriv`` has its expected message in ``expected.txt``.

To add a case: drop a file into ``files/``, run ``python -m tests.bad_input.regenerate``, and read the difference in
``expected.txt`` as a user would. Messages of stages after the check belong in the same table: give ``message_of``
the command that reaches them.
"""

from __future__ import annotations

from pathlib import Path

from ptheory.language import LanguageError
from ptheory.networks.program import load_program

HERE = Path(__file__).resolve().parent
FILES = HERE / "files"
EXPECTED = HERE / "expected.txt"
_HEAD = "=== "


def names() -> list[str]:
    return sorted(path.stem for path in FILES.glob("*.deriv"))


def message_of(name: str) -> str:
    """The rendered message of a bad file, its folder left out so that the table is the same everywhere."""
    path = FILES / f"{name}.deriv"
    try:
        load_program(path)
    except LanguageError as error:
        return error.render().replace(str(FILES) + "/", "")
    return "(no error)"


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
