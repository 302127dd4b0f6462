"""Where the statements of a text begin, so that a mistake in one does not hide the others.

Used only where the whole text does not parse: it is cut before every line that begins like a statement (a keyword, or a
misspelled one at the line's start, and a word or a text behind it), and the pieces are read one by one. What an
unreadable piece would have been is kept: names it declares are missing for a reason, and a claim keeps its label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ptheory.language.errors import LanguageError, closest
from ptheory.language.keywords import KEYWORDS, STATEMENTS
from ptheory.language.names import canonical_name
from ptheory.language.statements import Unread

_NEAR = 0.75
_MARKS = re.compile(
    r"""\#[^\n]*
    | "[^"\n]*"
    | \\begin\s*\{(?P<environment>[A-Za-z]+\*?)\}(?:(?!\n[^\S\n]*claim\b)[\s\S]){0,20000}?\\end\s*\{(?P=environment)\}
    | [{}]
    | ^(?P<indent>[^\S\n]*)(?P<word>[^\W\d_]\w*)(?P<more>[^\S\n]+[\w"])?""",
    re.VERBOSE | re.MULTILINE,
)
_HEAD = re.compile(r"(?:\s|#[^\n]*)*(\w+)[^\S\n]*([^=({\[\n]*)")
_LABEL = re.compile(r'"([^"\n]*)"')
_OWN_LINE = re.compile(r'^([^\W\d_]\w*)[^\S\n]+[\w"]', re.MULTILINE)
_NAME = re.compile(r"[^\W\d_]\w*")
_DECLARES = {"architecture", "activation", "observable", "let", "define"}


def pieces(text: str, start: int) -> Iterator[tuple[int, int]]:
    """(begin, end) of everything that begins like a statement from offset ``start`` on, in order; nothing is left out.

    What is indented inside a block belongs to the block, and so does ``derivatives almost everywhere``.
    """
    begin, depth = start, 0
    for found in _MARKS.finditer(text, start):
        word, mark = found["word"], found.group()
        if mark in "{}":
            depth += 1 if mark == "{" else -1
        elif depth > 0 and (found["indent"] or word == "derivatives"):
            continue
        elif word is not None and (
            word in STATEMENTS or (_misspells_keyword(word) and found["more"] and not found["indent"])
        ):
            line_start = found.start()
            if line_start > begin:
                yield begin, line_start
            begin, depth = line_start, 0
    yield begin, len(text)


def _misspells_keyword(word: str) -> bool:
    return word not in KEYWORDS.values() and _nearest_keyword(word) is not None


@lru_cache(maxsize=10_000)
def _nearest_keyword(word: str) -> str | None:
    return closest(word, STATEMENTS, _NEAR)


def next_of_its_own(text: str, begin: int, mistake: int, end: int) -> int | None:
    """The first line of a piece, from the one with the ``mistake`` on, that does not continue what stands above: it is
    not indented, no block is open, and its first word is none that continues a statement (``fro MLP`` may be meant as
    ``for MLP``)."""
    first = text.rfind("\n", 0, mistake) + 1
    for found in _OWN_LINE.finditer(text, max(first, begin), end):
        line_start = found.start()
        above = text[begin:line_start]
        if (
            above.strip()
            and above.count("{") <= above.count("}")
            and closest(found[1], KEYWORDS.values(), _NEAR) is None
        ):
            return line_start
    return None


def unread(piece: str, error: LanguageError) -> Unread:
    """What an unreadable piece of text would have been."""
    head = _HEAD.match(piece)
    first, rest = (head.group(1), head.group(2)) if head else ("", "")
    keyword = first if first in STATEMENTS else _nearest_keyword(first) or ""
    names: tuple[str, ...] = ()
    if keyword in _DECLARES:
        declared = rest.split(" by ")[0].split(",") if keyword == "define" else [rest]
        found = (_NAME.match(part.strip()) for part in declared)
        names = tuple(canonical_name(name.group()) for name in found if name is not None)
    label = _LABEL.search(piece) if keyword == "claim" else None
    return Unread(keyword, names, label.group(1) if label else "", error)
