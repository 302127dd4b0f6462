"""Text to statements. Everything that can be wrong with a text ends in a LanguageError, whatever the bytes."""

from __future__ import annotations

import re
import threading
from pathlib import Path

from lark.exceptions import UnexpectedInput

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Span
from ptheory.language.grammar import TooDeep, grammar
from ptheory.language.source import Source
from ptheory.language.statements import ActivationStatement, Comment, File
from ptheory.language.syntax_errors import syntax_error

LANGUAGE_VERSION = 1
LARGEST_FILE = 2_000_000
LONGEST_LINE = 50_000
_FORMULA_HEAD = f"ptheory {LANGUAGE_VERSION}\nactivation formula(z) =\n"

_FIRST_WORDS = re.compile(r"(?:\s|#[^\n]*)*(\S*)[^\S\n]*([^\s#]*)")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_one_parse_at_a_time = threading.Lock()


def load_file(path: str | Path) -> File:
    """Read and parse a file; a file that cannot be read or decoded is a LanguageError too."""
    name = str(path)
    try:
        with open(path, "rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except IsADirectoryError:
        raise LanguageError("this is a folder, not a derivation file", path=name) from None
    except FileNotFoundError:
        raise LanguageError("no such file", path=name) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise LanguageError(f"cannot be read: {reason}", path=name) from None
    if len(data) > LARGEST_FILE:
        raise LanguageError(
            f"the file is larger than {LARGEST_FILE:,} bytes",
            path=name,
            help="a derivation file is a few pages of text",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        good = data[: problem.start].decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
        line = good.count("\n") + 1
        raise LanguageError(
            f"byte {problem.start} is not UTF-8 text",
            Span(len(good), len(good) + 1, line, len(good) - (good.rfind("\n") + 1) + 1),
            path=name,
            help="is this a derivation file? save it as UTF-8 text",
        ) from None
    return parse_text(text, name)


def parse_text(text: str, path: str = "<text>") -> File:
    """Parse a whole derivation file. Raises LanguageError at the first mistake."""
    return _parse(Source(path, _normalised(text)))


def formula_of(text: str, path: str = "<formula>") -> Expression:
    """Parse a formula that stands alone, such as a command's argument; messages count its own lines and columns."""
    place = Span(0, 1, 1, 1, Source(path, text))
    if not text.strip():
        raise LanguageError("the formula is empty", place, help="write a formula such as z + z^2/4")
    statements = _parse(Source(path, _FORMULA_HEAD + _normalised(text), _FORMULA_HEAD.count("\n"))).statements
    if len(statements) != 1 or not isinstance(statements[0], ActivationStatement):
        raise LanguageError("one formula is wanted here", place, help="write a formula such as z + z^2/4")
    return statements[0].formula


def _normalised(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _parse(source: Source) -> File:
    _check_text(source)
    _check_version(source)
    with _one_parse_at_a_time:
        tables = grammar()
        tables.builder.begin(source)
        tables.watcher.begin(source.text)
        tables.comments.clear()
        try:
            version, statements = tables.lark.parse(source.text)
        except UnexpectedInput as problem:
            raise syntax_error(problem, source, tables.watcher) from None
        except TooDeep as problem:
            raise LanguageError(
                f"more than {len(tables.watcher.open) - 1} brackets are open here",
                tables.builder.span(problem.token),
                help="name a part of the formula (an activation, a let) and use the name",
            ) from None
        comments = tuple(
            Comment(
                str(token).rstrip(), token.start_pos or 0, token.line or 0, _stands_alone(source, token.start_pos or 0)
            )
            for token in tables.comments
        )
        tables.builder.begin(Source("<text>", ""))
    return File(version, statements, comments, source)


def _stands_alone(source: Source, offset: int) -> bool:
    return not source.text[source.text.rfind("\n", 0, offset) + 1 : offset].strip()


def _check_text(source: Source) -> None:
    if len(source.text) > LARGEST_FILE:
        raise LanguageError(
            f"the text is longer than {LARGEST_FILE:,} characters",
            path=source.path,
            help="a derivation file is a few pages of text",
        )
    junk = _CONTROL.search(source.text)
    if junk is not None:
        line, column = source.position(junk.start())
        raise LanguageError(
            f"a control character (code {ord(junk.group()):#04x}) stands in the text",
            Span(junk.start(), junk.end(), line, column, source),
            help="is this a derivation file? it should be plain text",
        )
    for number, line_text in enumerate(source.text.split("\n"), start=1):
        if len(line_text) > LONGEST_LINE:
            raise LanguageError(
                f"this line has {len(line_text):,} characters; the limit is {LONGEST_LINE:,}",
                Span(0, 1, number, 1, source),
                help="break the line",
            )


def _check_version(source: Source) -> None:
    match = _FIRST_WORDS.match(source.text)
    assert match is not None
    word, number = match.group(1), match.group(2)
    help_text = f"start the file with `ptheory {LANGUAGE_VERSION}`"
    if not word:
        raise LanguageError("the file is empty", path=source.path, help=help_text)
    line, column = source.position(match.start(1))
    place = Span(match.start(1), match.end(1), line, column, source)
    if word != "ptheory":
        raise LanguageError("the version line is missing", place, help=help_text)
    if not number:
        raise LanguageError("the version number is missing", place, help=help_text)
    line, column = source.position(match.start(2))
    place = Span(match.start(2), match.end(2), line, column, source)
    if not re.fullmatch(r"[0-9]{1,9}", number):
        raise LanguageError("the version is not a whole number", place, help=help_text)
    if int(number) != LANGUAGE_VERSION:
        known = f"this ptheory reads version {LANGUAGE_VERSION}"
        helps = f"{known}; a newer ptheory is needed" if int(number) > LANGUAGE_VERSION else known
        raise LanguageError(f"language version {int(number)} is not known", place, help=helps)
