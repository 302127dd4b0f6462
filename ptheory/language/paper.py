r"""Papers and notes with marked equations: `% ptheory: ...` in LaTeX, `<!-- ptheory: ... -->` in Markdown.

What is marked is a derivation file that stands between the lines of another text: everything else is blanked, so that
every character keeps its place, and the equation after a marked claim is the claim's body. TeX is not run; of the rest
of a paper only \newcommand, \def, \DeclareMathOperator and \input of its own files are looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.language.latex_macros import Macro, MacroError, definitions_in, macros_in
from ptheory.language.parser import file_bytes, read_source, text_of_bytes
from ptheory.language.source import Source
from ptheory.language.statements import File, LatexClaimStatement, NotationEntry, NotationStatement, Statement

SUFFIXES = (".tex", ".ltx", ".latex", ".md", ".markdown")
DEEPEST_INPUT = 16

_TEX_MARK = re.compile(r"^[^\S\n]*%+[^\S\n]*ptheory[^\S\n]*:[^\S\n]*(?P<text>[^\n]*?)[^\S\n]*$", re.MULTILINE)
_MARKDOWN_MARK = re.compile(r"<!--[^\S\n]*ptheory[^\S\n]*:[^\S\n]*(?P<text>(?:(?!-->)[\s\S])*?)\s*-->")
_CLAIM = re.compile(r"\s*claim(?![^\W\d_])[^\S\n]*(?P<label>(?:(?!for\b)[^\n])*?)\s*(?=for\b|$)")
_DISPLAY = re.compile(r"\\begin\s*\{(?P<name>[A-Za-z]+)(?P<star>\*?)\}|\\\[|\$\$")
_READ = ("equation", "align", "gather", "multline", "eqnarray", "flalign", "displaymath")
_REFUSED = ("alignat", "xalignat", "xxalignat", "IEEEeqnarray", "dmath", "dgroup", "darray", "empheq", "math")
_DISPLAYED = (*_READ, *_REFUSED)  # a marked claim is the first of these: none is passed over for the next
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_INPUT = re.compile(r"\\(?:input|include)\s*\{(?P<name>[^{}\n]*)\}")
_LABEL = re.compile(r"\\label\s*\{\s*([^{}]*?)\s*\}")
_HIDDEN = "ptheory 1\n"


def is_paper(path: str | Path) -> bool:
    """Whether a file is read as a paper: .tex, .ltx, .latex, .md, .markdown."""
    return Path(path).suffix.lower() in SUFFIXES


def read_paper(path: str | Path) -> File:
    r"""The derivation file that the marks of a paper, and of the files it \inputs, spell. Raises LanguageError.

    A claim without a name is called by the \label of its equation, else by its line.
    """
    root = Path(path)
    pages = _Pages(root.resolve().parent)
    pages.take(root)
    statements = [statement for file in pages.files for statement in file.statements]
    unread = [statement for file in pages.files for statement in file.unread]
    if not statements and not unread:
        raise LanguageError("no equation of this paper is marked", path=str(path), help=_HOW_TO_MARK)
    statements = [_labelled(statement) for statement in statements]
    if pages.macros:
        statements.append(NotationStatement(tuple(pages.macros), span=pages.macros[0].span))
    return File(1, tuple(statements), (), pages.files[0].source, tuple(unread))


class _Pages:
    """A paper and the files it takes in, each once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[File] = []
        self._entries: list[tuple[str, NotationEntry]] = []
        self._known: dict[str, Macro] = {}
        self._ambiguous: set[str] = set()
        self._taken: set[Path] = set()

    def take(self, path: Path, depth: int = 0) -> None:
        self._taken.add(path.resolve())
        text = text_of_bytes(file_bytes(path), str(path))
        is_markdown = path.suffix.lower() in (".md", ".markdown")
        source = Source(str(path), _HIDDEN + _marked(text, is_markdown), 1, _HIDDEN + text)
        self.files.append(read_source(source))
        uncommented = _COMMENT.sub(lambda found: " " * len(found.group()), text)
        for start, end in definitions_in(uncommented):
            self._macro(uncommented[start:end], _span(source, start, end))
        for found in () if is_markdown else _INPUT.finditer(uncommented):
            self._input(found["name"].strip(), _span(source, found.start(), found.end()), depth + 1)

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
        path = self.folder / (name if Path(name).suffix else f"{name}.tex")
        if Path(name).is_absolute() or not path.resolve().is_relative_to(self.folder):
            help = "a paper takes in files below its own folder"
            raise LanguageError(f"{name} leads out of the folder of the paper", span, help=help)
        if not path.is_file():
            raise LanguageError(f"no file {name}", span, help="a path is taken from the folder of the paper")
        if depth > DEEPEST_INPUT:
            raise LanguageError(f"this is \\input number {depth} of a chain", span, help="at most 16 lead on")
        if path.resolve() not in self._taken:
            self.take(path, depth)


@dataclass(frozen=True)
class _Mark:
    """A mark's text and where it stands."""

    text: str
    start: int
    end: int


def _marked(text: str, is_markdown: bool) -> str:
    """The text, blank but for what is marked and the equations of marked claims."""
    found = (_MARKDOWN_MARK if is_markdown else _TEX_MARK).finditer(text)
    marks = [_Mark(mark["text"], mark.start("text"), mark.end("text")) for mark in found]
    shown = [character if character == "\n" else " " for character in text]
    for number, mark in enumerate(marks):
        if _CLAIM.match(mark.text):
            end = marks[number + 1].start if number + 1 < len(marks) else len(text)
            _show_claim(shown, text, mark, end)
        else:
            shown[mark.start : mark.end] = mark.text
    return "".join(shown)


def _show_claim(shown: list[str], text: str, mark: _Mark, end: int) -> None:
    """claim NAME for SCOPE as claim latex "NAME" for SCOPE, and the equation that follows it."""
    claim = _CLAIM.match(mark.text)
    assert claim is not None
    label = claim["label"].strip().strip('"').replace('"', " ")
    begin = mark.start + claim.start("label")
    head = f'claim latex "{label}"'
    name_end = max(begin + len(label) - 1, mark.start + len("claim"))
    start = max(name_end - len(head), text.rfind("\n", 0, mark.start) + 1)
    shown[start : start + len(head)] = head
    rest = mark.start + claim.end()
    shown[rest : mark.end] = text[rest : mark.end]
    place = _equation(text, mark.end, end)
    if place is not None:
        shown[place[0] : place[1]] = text[place[0] : place[1]]


def _equation(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the first displayed equation stands between ``start`` and ``end``."""
    uncommented = _COMMENT.sub(lambda found: " " * len(found.group()), text[start:end])
    for found in _DISPLAY.finditer(uncommented):
        if found["name"] is not None and found["name"] not in _DISPLAYED:
            continue
        closing = {r"\[": r"\]", "$$": "$$"}.get(found.group(), "")
        closing = closing or f"\\end{{{found['name']}{found['star']}}}"
        close = uncommented.find(closing, found.end())
        return start + found.start(), start + (found.end() if close < 0 else close + len(closing))
    return None


def _labelled(statement: Statement) -> Statement:
    if not isinstance(statement, LatexClaimStatement) or statement.label:
        return statement
    label = _LABEL.search(statement.body)
    line = statement.body_span.line - (statement.body_span.source.hidden_lines if statement.body_span.source else 0)
    return replace(statement, label=label.group(1) if label else f"line {line}")


def _span(source: Source, start: int, end: int) -> Span:
    """Characters ``start`` to ``end`` of the paper."""
    offset = len(_HIDDEN)
    line, column = source.position(start + offset)
    return Span(start + offset, end + offset, line, column, source)


_HOW_TO_MARK = "write `% ptheory: include mlp` at its top, and `% ptheory: claim NAME for MLP` before an equation"
