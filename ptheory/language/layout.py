"""Lines of a derivation file with their comments woven back in, blank lines kept, long formulas broken.

A comment that ends a line stays at the end of that line; one on its own line stays above the statement it stood above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from ptheory.language.expressions import Span
from ptheory.language.statements import File

INDENT = "    "
WIDTH = 120
_COMMENT_GAP = 2
_DEEPEST_BREAK = 4
_BLANK_ROW = re.compile(r"\n[^\S\n]*\n")


@dataclass
class Line:
    """``begins``/``ends``: offsets in the source of what stands on this line, -1 for nowhere."""

    text: str
    begins: int = -1
    ends: int = -1
    block_edge: bool = False
    blank_before: bool = False
    comment: str = ""

    @property
    def last_row(self) -> str:
        """The text behind the last line break."""
        return self.text[self.text.rfind("\n") + 1 :]

    @property
    def indent(self) -> str:
        """The blanks the text begins with."""
        return self.text[: len(self.text) - len(self.text.lstrip())]


class _OwnLine(NamedTuple):
    """A comment that stands alone, and whether blank lines stood around it."""

    text: str
    blank_before: bool
    blank_after: bool


@dataclass
class Layout:
    """The lines of a file in order, each with the place in the source it comes from."""

    lines: list[Line] = field(default_factory=list)

    def add(self, text: str, span: Span | None = None, block_edge: bool = False) -> None:
        """One more line; ``block_edge`` for the lines with the braces of a block."""
        if span is None or span.source is None:
            self.lines.append(Line(text, block_edge=block_edge))
        else:
            self.lines.append(Line(text, span.start, span.end, block_edge))


# ---- long formulas --------------------------------------------------------------------------------------------


def broken(text: str, indent: str) -> str:
    """``text`` broken before `+` and `-`, in as few brackets as will do, so that no row is wider than WIDTH.

    A sign opens every new row, so that none begins with a name (which would read as a misspelled keyword).
    """
    if len(text) <= WIDTH:
        return text
    places = _signs(text)
    rows: list[str] = [text]
    for deepest in range(_DEEPEST_BREAK):
        rows = _filled(text, [place for place, depth in places if depth <= deepest], indent)
        if max(map(len, rows)) <= WIDTH:
            break
    return "\n".join(rows)


def _signs(text: str) -> list[tuple[int, int]]:
    """(offset of the space before a sign between two terms, how many brackets are open there)"""
    found = []
    depth = 0
    for place, character in enumerate(text):
        if character in "([" or (character == "<" and text[place + 1 : place + 2] not in (" ", "=")):
            depth += 1
        elif character in ")]" or (character == ">" and text[place - 1] != " " and text[place + 1 : place + 2] != "="):
            depth -= 1
        elif text[place : place + 3] in (" + ", " - "):
            found.append((place, depth))
    return found


def _filled(text: str, places: list[int], indent: str) -> list[str]:
    """Rows as full as they get with breaks at some of ``places``."""
    rows: list[str] = []
    start = 0
    for place, following in pairwise([*places, len(text)]):
        room = WIDTH - (len(indent) if rows else 0)
        if following - start > room and place > start:
            rows.append((indent if rows else "") + text[start:place].strip())
            start = place
    rows.append((indent if rows else "") + text[start:].strip())
    first = text[: len(text) - len(text.lstrip())]
    return [first + rows[0], *rows[1:]]


# ---- comments and blank lines ---------------------------------------------------------------------------------


def woven(lines: list[Line], file: File) -> Iterator[str]:
    """The rows of the file: the lines with the comments in their places."""
    _separate_blocks(lines)
    above = _attach_comments(lines, file)
    columns = _comment_columns(lines, above)
    for position, line in enumerate(lines):
        own = above.get(position, [])
        detached = bool(own) and own[-1].blank_after and line.text != "}"
        after_block = position > 0 and lines[position - 1].text == "}"
        if (line.blank_before and (after_block or not detached)) or (own and own[0].blank_before):
            yield ""
        yield from _own_rows(own, INDENT if line.text == "}" else line.indent)
        if detached:
            yield ""
        yield line.text + (" " * (columns[position] - len(line.last_row)) + line.comment if line.comment else "")
    last = above.get(len(lines), [])
    if last and last[0].blank_before:
        yield ""
    yield from _own_rows(last, "")


def _own_rows(own: list[_OwnLine], indent: str) -> Iterator[str]:
    for number, comment in enumerate(own):
        if comment.blank_before and number:
            yield ""
        yield indent + comment.text


def _comment_columns(lines: list[Line], above: dict[int, list[_OwnLine]]) -> list[int]:
    """Where the comment of each line begins: neighbours in a block have theirs below each other where they fit."""
    columns = [len(line.last_row) + _COMMENT_GAP for line in lines]
    groups: list[list[int]] = []
    for place, line in enumerate(lines):
        if not line.comment:
            continue
        below = groups and groups[-1][-1] == place - 1 and not line.blank_before and place not in above
        if below and lines[place - 1].text.startswith(INDENT) and line.text.startswith(INDENT):
            groups[-1].append(place)
        else:
            groups.append([place])
    for group in groups:
        shared = max(columns[place] for place in group)
        if all(shared + len(lines[place].comment) <= WIDTH for place in group):
            for place in group:
                columns[place] = shared
    return columns


def stood_apart(source: str, span: Span) -> bool:
    """Whether the statement, with the comment lines right above it, had a blank line before it."""
    if span.source is None or not source:
        return False
    lines = source[: span.start].split("\n")[:-1]
    while lines and lines[-1].lstrip().startswith("#"):
        lines.pop()
    return bool(lines) and not lines[-1].strip()


def _separate_blocks(lines: list[Line]) -> None:
    """A blank line around every statement of several lines."""
    for above, line in pairwise(lines):
        if (line.block_edge and line.text.endswith("{")) or (above.block_edge and above.text == "}"):
            line.blank_before = True


def _attach_comments(lines: list[Line], file: File) -> dict[int, list[_OwnLine]]:
    """Comments standing alone, by the line they go above."""
    above: dict[int, list[_OwnLine]] = {}
    source = file.source.text
    for comment in file.comments:
        before = [i for i, line in enumerate(lines) if line.begins >= 0 and line.begins < comment.start]
        last = before[-1] if before else None
        if not comment.own_line and last is not None and not lines[last].comment:
            lines[last].comment = comment.text
            continue
        place = _next_line(lines, last, comment.start)
        apart = source[: source.rfind("\n", 0, comment.start) + 1].endswith("\n\n")
        below = source[source.find("\n", comment.start) :] if "\n" in source[comment.start :] else ""
        own = _OwnLine(
            comment.text, apart and place != 0 and not _opens(lines, place), _BLANK_ROW.match(below) is not None
        )
        above.setdefault(place, []).append(own)
    return above


def _next_line(lines: list[Line], last: int | None, start: int) -> int:
    """The first line after everything that began before the comment; inside a statement, the statement's own line."""
    if last is None:
        return 0
    return last if lines[last].ends > start and not lines[last].block_edge else last + 1


def _opens(lines: list[Line], place: int) -> bool:
    return 0 < place <= len(lines) and lines[place - 1].text.endswith("{")
