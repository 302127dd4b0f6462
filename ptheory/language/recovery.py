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
from ptheory.language.expressions import Span
from ptheory.language.keywords import KEYWORDS, STATEMENTS
from ptheory.language.names import canonical_name
from ptheory.language.source import Source
from ptheory.language.statements import Unread

_NEAR = 0.75
_MARKS = re.compile(
    r"""^(?P<labelled>[^\s\#"]{1,20}[^\S\n]*(?:latex[^\S\n]*)?"[^"\n]*"[^\S\n]*:)
    | \#[^\n]*
    | "[^"\n]*"
    | \\begin\s*\{(?P<environment>[A-Za-z]+\*?)\}(?:(?!\n[^\S\n]*claim\b)[\s\S]){0,20000}?\\end\s*\{(?P=environment)\}
    | [{}]
    | ^(?P<indent>[^\S\n]*)(?P<word>[^\W\d_]\w*)(?P<more>[^\S\n]+[\w"])?""",
    re.VERBOSE | re.MULTILINE,
)
_LABELLED = re.compile(r'\s*[^\s"]{1,20}[^\S\n]*(?:latex[^\S\n]*)?"[^"\n]*"[^\S\n]*:')
_HEAD = re.compile(r"(?:\s|#[^\n]*)*(\w+)[^\S\n]*([^=({\[\n]*)")
_LABEL = re.compile(r'"([^"\n]*)"')
_OWN_LINE = re.compile(r'^([^\W\d_]\w*)[^\S\n]+[\w"]', re.MULTILINE)
_NAME = re.compile(r"[^\W\d_]\w*")
_DECLARES = {"architecture", "activation", "observable", "let", "define"}


def pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """(begin, end) of everything that begins like a statement between two offsets, in order; nothing is left out.

    What is indented inside a block belongs to the block, and so does ``derivatives almost everywhere``.
    """
    begin, depth = start, 0
    for found in _MARKS.finditer(text, start, end):
        word, mark = found["word"], found.group()
        if found["labelled"]:  # a claim, whatever its first word looks like
            if found.start() > begin:
                yield begin, found.start()
            begin, depth = found.start(), 0
            continue
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
    yield begin, end


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


def continues_nothing(text: str, mistake: int) -> bool:
    """Whether the ``mistake`` begins a line, not indented, with what is no misspelled word that continues a statement:
    the parser takes it for no continuation of what stands above, and nobody else would."""
    line_start = text.rfind("\n", 0, mistake) + 1
    word = _NAME.match(text, mistake)
    near = closest(word.group(), KEYWORDS.values(), _NEAR) if word is not None else None
    return mistake == line_start and (near is None or near in (STATEMENTS | {"ptheory"}) - {"with"})


def unread(source: Source, begin: int, end: int, error: LanguageError) -> Unread:
    """What an unreadable piece of the text would have been."""
    piece = source.text[begin:end]
    head = _HEAD.match(piece)
    first, rest = (head.group(1), head.group(2)) if head else ("", "")
    keyword = first if first in STATEMENTS else _nearest_keyword(first) or ""
    if not keyword and _LABELLED.match(piece):
        keyword = "claim"
    names: tuple[str, ...] = ()
    if keyword in _DECLARES:
        declared = rest.split(" by ")[0].split(",") if keyword == "define" else [rest]
        found = (_NAME.match(part.strip()) for part in declared)
        names = tuple(canonical_name(name.group()) for name in found if name is not None)
    label = _LABEL.search(piece) if keyword == "claim" else None
    first_line, first_column = source.position(begin)
    span = Span(begin, begin + len(piece.rstrip()), first_line, first_column, source)
    return Unread(keyword, names, label.group(1) if label else "", error, span)
