"""The text a tree was read from, so that any node can say where it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A file's name as the user wrote it, and its text with line ends normalised to a single newline.

    ``hidden_lines``: lines put before the user's text, left out of the line numbers of messages. ``written``: what the
    user sees, where it is not what is read: the same characters at the same places, and more.
    """

    path: str
    text: str
    hidden_lines: int = 0
    written: str = ""

    def line(self, number: int) -> str:
        """Line ``number`` (from 1) without its end; empty past the last line."""
        text = self.written or self.text
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
