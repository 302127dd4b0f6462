r"""Papers, notes and notebooks with marked equations (`language.marks`), read as the derivation file that they spell.

What is marked is a derivation file that stands between the lines of another text: everything else is blanked, so that
every character keeps its place, and the equation after a marked claim is the claim's body. Every claim is read on its
own, so that no mistake in one reaches another. TeX is not run; of the rest of a paper only \newcommand, \def,
\DeclareMathOperator and \input of its own files are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.language.latex_macros import Macro, MacroError, definitions_in, macros_in
from ptheory.language.marks import Display, Mark, almost_marks, displays_of, marks_of, uncommented
from ptheory.language.notebook import NotebookText, notebook_text
from ptheory.language.parser import file_bytes, read_parts, text_of_bytes
from ptheory.language.source import Source
from ptheory.language.statements import (
    File,
    LatexClaimStatement,
    NotationEntry,
    NotationStatement,
    Statement,
    Unread,
)

MARKDOWN = (".md", ".markdown")
NOTEBOOK = ".ipynb"
TEX = (".tex", ".ltx", ".latex")
SUFFIXES = (*TEX, *MARKDOWN, NOTEBOOK)
DEEPEST_INPUT = 16

_INPUT = re.compile(r"\\(?:input|include)\s*\{(?P<name>[^{}\n]*)\}")
_HIDDEN = "ptheory 1\n"


@dataclass(frozen=True)
class MarkedClaim:
    """A mark with its equation, None where none follows; ``span``: from the word `claim` to the equation's end."""

    label: str
    display: Display | None
    span: Span


@dataclass(frozen=True)
class Page:
    """One file of a paper: ``name`` from the paper's folder, its bytes, what is read of them (of a notebook, the
    Markdown), its displayed equations, and the claims among them."""

    path: Path
    name: str
    data: bytes
    text: str
    source: Source
    displays: tuple[Display, ...]
    claims: tuple[MarkedClaim, ...]

    @property
    def unmarked(self) -> tuple[Display, ...]:
        """The displayed equations that no claim is made of."""
        claimed = {claim.display.start for claim in self.claims if claim.display is not None}
        return tuple(display for display in self.displays if display.start not in claimed)

    def span(self, start: int, end: int) -> Span:
        """Characters ``start`` to ``end`` of the file."""
        return _span(self.source, start, end)


@dataclass(frozen=True)
class Paper:
    """A paper and the files it takes in, each once; ``file``: the derivation file that their marks spell."""

    pages: tuple[Page, ...]
    file: File

    @property
    def is_marked(self) -> bool:
        """Whether anything in it is."""
        return bool(self.file.statements or self.file.unread)


def is_paper(path: str | Path) -> bool:
    """Whether a file is read as a paper: .tex, .ltx, .latex, .md, .markdown, .ipynb."""
    return Path(path).suffix.lower() in SUFFIXES


def read_paper(path: str | Path) -> File:
    """The derivation file that the marks of a paper spell. Raises LanguageError, also where nothing is marked."""
    paper = paper_at(path)
    if not paper.is_marked:
        raise unmarked(str(path))
    return paper.file


def unmarked(path: str) -> LanguageError:
    """That there is nothing to decide in a paper."""
    return LanguageError("no equation of this paper is marked", path=path, help=_HOW_TO_MARK)


def paper_at(path: str | Path) -> Paper:
    r"""A paper with its marks, and the files that it \inputs. Raises LanguageError where one cannot be read.

    A claim without a name is called by the \label of its equation, else by its line.
    """
    root = Path(path)
    reader = _Reader(root.parent)
    reader.take(root, root.name)
    statements, unread = reader.statements, reader.unread
    if reader.macros:
        statements.append(NotationStatement(tuple(reader.macros), span=reader.macros[0].span))
    file = File(1, tuple(statements), (), reader.pages[0].source, tuple(unread))
    return Paper(tuple(reader.pages), file)


class _Reader:
    """Reads a paper and the files it takes in, each once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder  # as given: messages name files as the user does
        self.pages: list[Page] = []
        self.statements: list[Statement] = []
        self.unread: list[Unread] = []
        self._entries: list[tuple[str, NotationEntry]] = []
        self._known: dict[str, Macro] = {}
        self._ambiguous: set[str] = set()
        self._taken: set[Path] = set()

    def take(self, path: Path, name: str, depth: int = 0) -> None:
        self._taken.add(path.resolve())
        data = file_bytes(path)
        content = text_of_bytes(data, str(path))
        is_notebook = path.suffix.lower() == NOTEBOOK
        found = notebook_text(content, str(path)) if is_notebook else NotebookText(content)
        is_markdown = is_notebook or path.suffix.lower() in MARKDOWN
        marks = marks_of(found.text, is_markdown)
        displays = displays_of(found.text, is_markdown, [*(mark.begin for mark in marks), *found.ends])
        claims = [(mark, _equation_of(mark, marks, displays)) for mark in marks if mark.is_claim]
        read = _HIDDEN + _marked(found.text, marks, dict(claims))
        source = Source(str(path), read, 1, _HIDDEN + found.text, found.lines)
        named = [_claim(source, mark, display) for mark, display in claims]
        self.pages.append(Page(path, name, data, found.text, source, tuple(displays), tuple(named)))
        open_now = [mark for mark in marks if not mark.is_closed and not mark.is_claim]
        self.unread += [statement for mark in open_now for statement in _not_closed(source, mark).unread]
        for start, end in almost_marks(found.text, is_markdown):
            help = "a mark begins with `ptheory:`; in other comments put a word before it"
            error = LanguageError("is this comment meant as a mark?", _span(source, start, end), help=help)
            self.unread.append(Unread("", (), "", error, error.span))
        self._read(source, marks, named)
        bare = found.text if is_markdown else uncommented(found.text)
        for start, end in definitions_in(bare):
            self._macro(bare[start:end], _span(source, start, end))
        for taken in () if is_markdown else _INPUT.finditer(bare):
            self._input(taken["name"].strip(), _span(source, taken.start(), taken.end()), depth + 1)

    def _read(self, source: Source, marks: Sequence[Mark], claims: Sequence[MarkedClaim]) -> None:
        """Each claim as a part of its own, and each run of other marks between them."""
        waiting = list(claims)
        firsts = [k for k, mark in enumerate(marks) if k == 0 or mark.is_claim or marks[k - 1].is_claim]
        begins = [marks[k].begin + len(_HIDDEN) for k in firsts]
        parts = list(pairwise([*begins, len(source.text)]))
        for first, part in zip(firsts, read_parts(source, parts), strict=True):
            if marks[first].is_claim:
                self._take_claim(waiting.pop(0), part if marks[first].is_closed else _not_closed(source, marks[first]))
            else:
                self.statements += part.statements
                self.unread += part.unread

    def _take_claim(self, claim: MarkedClaim, part: File) -> None:
        match part.statements, part.unread:
            case (LatexClaimStatement() as statement,), ():
                self.statements.append(replace(statement, label=claim.label, span=claim.span))
            case _, (first, *_):
                self.unread.append(Unread("claim", (), claim.label, first.error, claim.span))
            case _:
                error = LanguageError("this is more than one claim", claim.span, help="write a mark for each")
                self.unread.append(Unread("claim", (), claim.label, error, claim.span))

    def _macro(self, definition: str, span: Span) -> None:
        """One that cannot be read, or is defined anew with another meaning, is left out: its use is refused there."""
        try:
            ((name, macro),) = macros_in(definition).items()
        except MacroError:
            return
        if self._known.setdefault(name, macro) != macro:
            self._ambiguous.add(name)
        self._entries.append((name, NotationEntry("", definition, latex_span=span, span=span)))

    @property
    def macros(self) -> list[NotationEntry]:
        """The definitions that hold all through the paper."""
        return [entry for name, entry in self._entries if name not in self._ambiguous]

    def _input(self, name: str, span: Span, depth: int) -> None:
        written = name if Path(name).suffix else f"{name}.tex"
        path, folder = self.folder / written, self.folder.resolve()
        if Path(name).is_absolute() or not path.resolve().is_relative_to(folder):
            help = "a paper takes in files below its own folder"
            raise LanguageError(f"{name} leads out of the folder of the paper", span, help=help)
        if not path.is_file():
            raise LanguageError(f"no file {name}", span, help="a path is taken from the folder of the paper")
        if depth > DEEPEST_INPUT:
            raise LanguageError(f"this is \\input number {depth} of a chain", span, help="at most 16 lead on")
        if path.resolve() not in self._taken:
            self.take(path, str(path.resolve().relative_to(folder)), depth)


def _not_closed(source: Source, mark: Mark) -> File:
    """In place of what a comment without end says."""
    error = LanguageError("this comment has no end", _span(source, mark.begin, mark.start), help="close it with -->")
    return File(1, (), (), source, (Unread("", (), "", error, error.span),))


def _equation_of(mark: Mark, marks: Sequence[Mark], displays: Sequence[Display]) -> Display | None:
    """The first equation that is displayed between a mark and the next one."""
    end = next((other.begin for other in marks if other.begin > mark.begin), None)
    following = next((display for display in displays if display.start >= mark.end), None)
    return following if following is not None and (end is None or following.start < end) else None


def _claim(source: Source, mark: Mark, display: Display | None) -> MarkedClaim:
    start = mark.start + len(mark.text) - len(mark.text.lstrip())
    end = mark.end if display is None else display.end
    label = mark.claim["label"].strip().strip('"').replace('"', " ")
    if not label and display is not None:
        label = display.label
    line, _ = source.position((start if display is None else display.start) + len(_HIDDEN))
    return MarkedClaim(label or source.line_name(line), display, _span(source, start, end))


def _marked(text: str, marks: Sequence[Mark], equations: dict[Mark, Display | None]) -> str:
    """The text, blank but for what is marked and the equations of marked claims."""
    shown = [character if character == "\n" else " " for character in text]
    for mark in marks:
        if mark.is_claim:
            _show_claim(shown, text, mark)
            display = equations[mark]
            if display is not None:
                shown[display.start : display.end] = text[display.start : display.end]
        elif mark.is_closed:
            shown[mark.start : mark.end] = mark.text
    return "".join(shown)


def _show_claim(shown: list[str], text: str, mark: Mark) -> None:
    """claim NAME for SCOPE as claim latex "NAME" for SCOPE."""
    label = mark.claim["label"].strip().strip('"').replace('"', " ")
    begin = mark.start + mark.claim.start("label")
    head = f'claim latex "{label}"'
    name_end = max(begin + len(label) - 1, mark.start + len("claim"))
    start = max(name_end - len(head), mark.begin)
    shown[start : start + len(head)] = head
    rest = mark.start + mark.claim.end()
    shown[rest : mark.end] = text[rest : mark.end]


def _span(source: Source, start: int, end: int) -> Span:
    """Characters ``start`` to ``end`` of the paper."""
    offset = len(_HIDDEN)
    line, column = source.position(start + offset)
    return Span(start + offset, end + offset, line, column, source)


_HOW_TO_MARK = "write `% ptheory: include mlp` at its top, and `% ptheory: claim NAME for MLP` before an equation"
