r"""What a paper marks and displays: `% ptheory: ...` in LaTeX, `<!-- ptheory: ... -->` in Markdown.

A mark is the comment of one line in LaTeX, and may run over several in Markdown. A displayed equation is an
environment (equation, align, ...), \[ \] or $$ $$; one that is not closed before the next mark, or before another
begins, has no end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ptheory.language.keywords import STATEMENTS
from ptheory.language.latex_macros import definitions_in

READ = ("equation", "align", "gather", "multline", "eqnarray", "flalign", "displaymath")
REFUSED = ("alignat", "xalignat", "xxalignat", "IEEEeqnarray", "dmath", "dgroup", "darray", "empheq", "math")
DISPLAYED = (*READ, *REFUSED)  # a marked claim is the first of these: none is passed over for the next

_TEX_COMMENT = re.compile(r"\\.|(?P<comment>%[^\n]*)", re.DOTALL)
_TEX_MARK = re.compile(r"%+[^\S\n]*ptheory[^\S\n]*:[^\S\n]*(?P<text>[^\n]*?)[^\S\n]*$")
_MARKDOWN_MARK = re.compile(
    r"<!--[^\S\n]*ptheory[^\S\n]*:[^\S\n]*(?P<text>(?:(?!-->|<!--)[\s\S])*?)\s*(?P<end>-->|(?=<!--)|\Z)"
)
_WORDS = "|".join(sorted(STATEMENTS))
_ALMOST = re.compile(rf"(?:%+|<!--)[^\S\n]*ptheory[^\S\n]*[^\w\s]?[^\S\n]*(?:{_WORDS})\b", re.IGNORECASE)
_OPENING = re.compile(r"\\begin\s*\{(?P<name>[A-Za-z]+)(?P<star>\*?)\}|\\\[|\$\$|(?P<other>\\.)", re.DOTALL)
_VERBATIM = re.compile(r"\\begin\{(?P<name>verbatim\*?|lstlisting|comment)\}[\s\S]*?\\end\{(?P=name)\}")
_FENCED = re.compile(r"^(?P<fence>```+|~~~+)[\s\S]*?^(?P=fence)[^\S\n]*$", re.MULTILINE)
_HTML_COMMENT = re.compile(r"<!--[\s\S]*?-->")
_LABEL = re.compile(r"\\label\s*\{\s*([^{}]*?)\s*\}")
_CLAIM = re.compile(r"\s*claim(?![^\W\d_])[^\S\n]*(?P<label>(?:(?!for\b)[^\n])*?)\s*(?=for\b|$)")


@dataclass(frozen=True)
class Mark:
    """``text``: what stands behind the colon, from ``start`` to ``end``; the comment begins at ``begin``.

    ``is_closed``: whether a comment of Markdown has its -->; of one without only the first line is kept.
    """

    text: str
    begin: int
    start: int
    end: int
    is_closed: bool = True

    @property
    def is_claim(self) -> bool:
        """Whether it makes a claim of the equation that follows."""
        return _CLAIM.match(self.text) is not None

    @property
    def claim(self) -> re.Match[str]:
        """The word, the label, and where what follows them begins, of one that does."""
        found = _CLAIM.match(self.text)
        assert found is not None
        return found


@dataclass(frozen=True)
class Display:
    """A displayed equation from ``start`` to ``end``, its inside from ``inside`` to ``inside_end``.

    ``name``: its environment, ``\\[`` or ``$$``; ``label``: its first \\label; ``is_closed``: whether it has an end.
    """

    name: str
    start: int
    inside: int
    inside_end: int
    end: int
    label: str
    is_closed: bool = True


def marks_of(text: str, is_markdown: bool) -> list[Mark]:
    """The marks of a text, from its top to its end."""
    if is_markdown:
        return [_markdown_mark(found) for found in _MARKDOWN_MARK.finditer(text)]
    marks = []
    for start, end in _comments(text):
        mark = _TEX_MARK.match(text, start, end)
        if mark is not None:
            marks.append(Mark(mark["text"], start, mark.start("text"), mark.end("text")))
    return marks


def _markdown_mark(found: re.Match[str]) -> Mark:
    is_closed = found["end"] == "-->"
    inside = found["text"] if is_closed else found["text"].partition("\n")[0]
    start = found.start("text")
    return Mark(inside, found.start(), start, start + len(inside), is_closed)


def almost_marks(text: str, is_markdown: bool) -> list[tuple[int, int]]:
    """Where comments stand that lack the colon of a mark, or have `Ptheory:`: meant as one, and read by nobody."""
    meant = {mark.begin for mark in marks_of(text, is_markdown)}
    if is_markdown:
        places = [(found.start(), found.end()) for found in _HTML_COMMENT.finditer(text)]
    else:
        places = list(_comments(text))
    return [(start, end) for start, end in places if start not in meant and _ALMOST.match(text, start, end)]


def uncommented(text: str) -> str:
    """LaTeX with its comments blank, every other character at its place."""
    return _without(text, list(_comments(text)))


def _comments(text: str) -> Iterator[tuple[int, int]]:
    for found in _TEX_COMMENT.finditer(text):
        if found["comment"] is not None:
            yield found.start(), found.end()


def _without(text: str, places: Sequence[tuple[int, int]]) -> str:
    r"""The text, blank at ``places`` but for line ends."""
    shown, done = [], 0
    for start, end in places:
        shown += [text[done:start], re.sub(r"[^\n]", " ", text[start:end])]
        done = max(end, done)
    return "".join([*shown, text[done:]])


def displays_of(text: str, is_markdown: bool, limits: Sequence[int]) -> list[Display]:
    """The displayed equations of a text, those in comments, listings and definitions of macros left out.

    ``limits``: places over which none goes on: where marks begin, where cells end.
    """
    bare = _bare(text, is_markdown)
    limits = [*sorted(limits), len(text)]
    found: list[Display] = []
    position, passed = 0, 0
    while (opening := _OPENING.search(bare, position)) is not None:
        position = opening.end()
        if opening["other"] or (opening["name"] is not None and opening["name"] not in DISPLAYED):
            continue
        while limits[passed] < opening.start():
            passed += 1
        display = _display(bare, opening, limits[passed])
        found.append(display)
        position = display.end
    return found


def _bare(text: str, is_markdown: bool) -> str:
    if is_markdown:
        text = _without(text, [(found.start(), found.end()) for found in _HTML_COMMENT.finditer(text)])
        return _without(text, [(found.start(), found.end()) for found in _FENCED.finditer(text)])
    text = uncommented(text)
    text = _without(text, [(found.start(), found.end()) for found in _VERBATIM.finditer(text)])
    return _without(text, definitions_in(text))


def _display(text: str, opening: re.Match[str], limit: int) -> Display:
    name = opening["name"]
    closing = {r"\[": r"\]", "$$": "$$"}.get(opening.group(), "") or f"\\end{{{name}{opening['star']}}}"
    close = text.find(closing, opening.end(), limit)
    again = text.find(opening.group(), opening.end(), limit) if opening.group() != "$$" else -1
    shown = f"{name}{opening['star']}" if name is not None else opening.group()
    if close < 0 or 0 <= again < close:
        return Display(shown, opening.start(), opening.end(), opening.end(), opening.end(), "", is_closed=False)
    label = _LABEL.search(text, opening.end(), close)
    end = close + len(closing)
    return Display(shown, opening.start(), opening.end(), close, end, label.group(1) if label else "")
