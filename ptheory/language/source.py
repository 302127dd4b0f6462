"""The text a tree was read from, so that any node can say where it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CellLine:
    """A line of a notebook: line ``line`` of cell ``cell``, both from 1, which is line ``in_file`` of its JSON; 0 where
    that is not known."""

    cell: int
    line: int
    in_file: int = 0


@dataclass(frozen=True)
class Source:
    """A file's name as the user wrote it, and its text with line ends normalised to a single newline.

    ``hidden_lines``: lines put before the user's text, left out of the line numbers of messages. ``written``: what the
    user sees, where it is not what is read: the same characters at the same places, and more. ``cells``: where each
    line of the user's text stands in a notebook, empty for other files.
    """

    path: str
    text: str
    hidden_lines: int = 0
    written: str = ""
    cells: tuple[CellLine, ...] = ()

    @property
    def shown(self) -> str:
        """The text as the user wrote it, hidden lines before it."""
        return self.written or self.text

    def number(self, line: int) -> int:
        """The number a reader counts for ``line`` of the text: from the top of the file, or of a notebook's cell."""
        counted = line - self.hidden_lines
        return self.cells[counted - 1].line if self.cells else counted

    def line_name(self, line: int) -> str:
        """What a line is called: line 7; cell 3, line 2."""
        counted = line - self.hidden_lines
        return f"cell {self.cells[counted - 1].cell}, line {self.number(line)}" if self.cells else f"line {counted}"

    def place(self, line: int, column: int) -> str:
        """file:line:column; in a notebook ``file:line of the JSON:column (cell 3, line 2)``."""
        if not self.cells:
            return f"{self.path}:{self.number(line)}:{column}"
        at = self.cells[line - self.hidden_lines - 1]
        if not at.in_file:
            return f"{self.path} (cell {at.cell}, line {at.line}, column {column})"
        return f"{self.path}:{at.in_file}:{column} (cell {at.cell}, line {at.line})"

    def line(self, number: int) -> str:
        """Line ``number`` (from 1) without its end; empty past the last line."""
        text = self.shown
        start = 0
        for _ in range(number - 1):
            start = text.find("\n", start) + 1
            if start == 0:
                return ""
        end = text.find("\n", start)
        return text[start : end if end >= 0 else len(text)]

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of a character offset, both counted from 1."""
        line = self.text.count("\n", 0, offset) + 1
        return line, offset - (self.text.rfind("\n", 0, offset) + 1) + 1
