"""The Markdown cells of a Jupyter notebook as one text, each line with its cell and its line of the JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.language.source import CellLine, Source

_HELP = "a notebook is JSON as Jupyter writes it, with its cells under `cells`"


@dataclass(frozen=True)
class NotebookText:
    """The Markdown cells, one below the other, where each line of them stands, and where each cell ends."""

    text: str
    lines: tuple[CellLine, ...] = ()
    ends: tuple[int, ...] = ()


def notebook_text(data: str, path: str) -> NotebookText:
    """The Markdown of a notebook. Raises LanguageError where the text is no notebook."""
    try:
        document = json.loads(data)
    except json.JSONDecodeError as problem:
        place = Span(problem.pos, problem.pos + 1, problem.lineno, problem.colno, Source(path, data))
        raise LanguageError(f"this is no JSON: {problem.msg}", place, help=_HELP) from None
    except RecursionError:
        raise LanguageError("this JSON is nested too deep", path=path, help=_HELP) from None
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        raise LanguageError("this JSON is no notebook", path=path, help=_HELP)
    shown: list[str] = []
    lines: list[CellLine] = []
    ends: list[int] = []
    position = 0
    for number, cell in enumerate(cells, start=1):
        strings = _strings(cell)
        if strings is None:
            raise LanguageError(f"cell {number} has no source", path=path, help=_HELP)
        found = _source_in(data, strings, isinstance(cell["source"], list), position)
        position = position if found is None else found.end()
        if cell.get("cell_type") != "markdown":
            continue
        below = 0 if found is None else data.count("\n", 0, found.start("first")) + 1
        each_its_own = found is not None and data.count("\n", found.start("first"), found.end()) >= len(strings) - 1
        text = _normalised("".join(strings))
        for line, content in enumerate(text.split("\n"), start=1):
            shown.append(content)
            further = line - 1 if each_its_own and isinstance(cell["source"], list) else 0
            lines.append(CellLine(number, line, below + further if below else 0))
        ends.append(sum(len(line) + 1 for line in shown))
    return NotebookText("\n".join(shown), tuple(lines), tuple(ends))


def _strings(cell: Any) -> list[str] | None:
    """The source of a cell: a list of lines, or one text."""
    source = cell.get("source") if isinstance(cell, dict) else None
    strings = [source] if isinstance(source, str) else source
    if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
        return None
    return strings


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _source_in(data: str, strings: list[str], is_list: bool, position: int) -> re.Match[str] | None:
    """Where the source of a cell stands in the JSON from ``position`` on, as Jupyter spells it; None elsewhere."""
    for ascii_only in (False, True):
        spelled = [re.escape(json.dumps(string, ensure_ascii=ascii_only)) for string in strings]
        inside = r"\s*,\s*".join(spelled)
        pattern = (
            rf'"source"\s*:\s*\[\s*(?P<first>{inside})\s*\]' if is_list else rf'"source"\s*:\s*(?P<first>{inside})'
        )
        found = re.compile(pattern).search(data, position)
        if found is not None:
            return found
    return None
