"""Text to statements. Everything that can be wrong with a text ends in a LanguageError, whatever the bytes."""

from __future__ import annotations

import codecs
import os
import re
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from lark.exceptions import UnexpectedInput

from ptheory.language.errors import LanguageError, joined
from ptheory.language.expressions import Expression, Span
from ptheory.language.grammar import TooDeep, grammar
from ptheory.language.recovery import continues_nothing, next_of_its_own, pieces, unread
from ptheory.language.source import Source
from ptheory.language.statements import ActivationStatement, Comment, File, Statement, Unread
from ptheory.language.syntax_errors import syntax_error

LANGUAGE_VERSION = 1
LARGEST_FILE = 2_000_000
LONGEST_LINE = 50_000
_VERSION_LINE = f"ptheory {LANGUAGE_VERSION}\n"
_FORMULA_HEAD = f"{_VERSION_LINE}activation formula(z) =\n"

_FIRST_WORDS = re.compile(r"(?:\s|#[^\n]*)*(\S*)[^\S\n]*([^\s#]*)")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_LONG_LINE = re.compile(rf"[^\n]{{{LONGEST_LINE + 1},}}")
_one_parse_at_a_time = threading.Lock()


def load_file(path: str | Path) -> File:
    """Read and parse a file. Raises LanguageError, also for a file that cannot be read or decoded."""
    return _whole(read_file(path))


def read_file(path: str | Path) -> File:
    """The same, statements with a syntax error left out and kept in ``unread``. Raises LanguageError where the text is
    no derivation file at all."""
    return read_bytes(file_bytes(path), str(path))


def file_bytes(path: str | Path, most: int = LARGEST_FILE) -> bytes:
    """What a file holds, up to a byte more than it may have. Raises LanguageError.

    A pipe that nobody writes to is empty rather than waited for.
    """
    name = str(path)
    try:
        with open(path, "rb", opener=_without_waiting) as stream:
            return stream.read(most + 1)
    except IsADirectoryError:
        raise LanguageError("this is a folder, not a derivation file", path=name) from None
    except FileNotFoundError:
        raise LanguageError("no such file", path=name) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise LanguageError(f"cannot be read: {reason}", path=name) from None


def _without_waiting(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    os.set_blocking(descriptor, True)
    return descriptor


def read_bytes(data: bytes, name: str) -> File:
    """``read_text`` of UTF-8 text."""
    return read_text(text_of_bytes(data, name), name)


def text_of_bytes(data: bytes, name: str) -> str:
    """UTF-8 text, its line ends normalised. Raises LanguageError where it is none, or longer than a file may be."""
    if len(data) > LARGEST_FILE:
        raise LanguageError(
            f"the file is larger than {LARGEST_FILE:,} bytes",
            path=name,
            help="a derivation file is a few pages of text",
        )
    mark = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    try:
        text = data[mark:].decode("utf-8")
    except UnicodeDecodeError as problem:
        good = _normalised(data[mark : mark + problem.start].decode("utf-8"))
        line_start = good.rfind("\n") + 1
        raise LanguageError(
            f"byte {mark + problem.start} is not UTF-8 text",
            Span(len(good), len(good) + 1, good.count("\n") + 1, len(good) - line_start + 1),
            path=name,
            help="is this a derivation file? save it as UTF-8 text",
        ) from None
    return _normalised(text)


def parse_text(text: str, path: str = "<text>") -> File:
    """Parse a whole derivation file. Raises one LanguageError with every syntax error in it (``also``)."""
    return _whole(read_text(text, path))


def read_text(text: str, path: str = "<text>") -> File:
    """The same, statements with a syntax error left out and kept in ``unread``."""
    return read_source(Source(path, _normalised(text)))


def read_source(source: Source) -> File:
    """The same of a source."""
    try:
        return _parse(source)
    except Unparsable:
        return _parse_in_pieces(source, pieces(source.text, 0, len(source.text)))


def read_parts(source: Source, parts: Sequence[tuple[int, int]]) -> list[File]:
    """What stands between each two offsets as a file of its own: no mistake in one part reaches another."""
    return [_part(source, begin, end) for begin, end in parts]


def _part(source: Source, begin: int, end: int) -> File:
    try:
        version, statements, comments = _parse_piece(source, begin, end)
        return File(version, statements, comments, source)
    except Unparsable:
        return _parse_in_pieces(source, pieces(source.text, begin, end))


def _whole(file: File) -> File:
    if file.unread:
        raise joined([statement.error for statement in file.unread])
    return file


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


class Unparsable(LanguageError):
    """A syntax error, which the next statement may do without."""


def _parse(source: Source) -> File:
    """Raises LanguageError where the text is no derivation file, else Unparsable at the first syntax error."""
    _check_size(source)
    _check_version(source)
    version, statements, comments = _parse_piece(source, 0, len(source.text))
    return File(version, statements, comments, source)


def _parse_in_pieces(source: Source, taken_apart: Iterable[tuple[int, int]]) -> File:
    """A text with a syntax error: the statements that can be read, and those that cannot."""
    statements: list[Statement] = []
    comments: list[Comment] = []
    unreadable: list[Unread] = []
    waiting = list(taken_apart)[::-1]
    while waiting:
        begin, end = waiting.pop()
        try:
            _, read, beside = _parse_piece(source, begin, end)
        except Unparsable as error:
            cut = next_of_its_own(source.text, begin, error.span.start, end)
            cut = cut if cut is not None else _end_of_what_is_whole(source, begin, error.span.start)
            if cut is None:
                unreadable.append(unread(source, begin, end, _seen_in_place(source, begin, end, error)))
            else:
                waiting += [(cut, end), (begin, cut)]
        else:
            statements += read
            comments += beside
    return File(LANGUAGE_VERSION, tuple(statements), tuple(comments), source, tuple(unreadable))


def _end_of_what_is_whole(source: Source, begin: int, mistake: int) -> int | None:
    """Where a line begins with a ``mistake`` that no statement goes on with, and what stands above it can be read."""
    if mistake <= begin or not continues_nothing(source.text, mistake):
        return None
    try:
        _parse_piece(source, begin, mistake)
    except Unparsable:
        return None
    return mistake


def _seen_in_place(source: Source, begin: int, end: int, error: LanguageError) -> LanguageError:
    """The mistake of a piece as it looks with the line that follows: what breaks off does so before the next thing."""
    next_line = source.text.find("\n", end)
    try:
        _parse_piece(source, begin, len(source.text) if next_line < 0 else next_line)
    except Unparsable as seen:
        return seen if seen.span.start < end else error
    return error


def _parse_piece(source: Source, begin: int, end: int) -> tuple[int, tuple[Statement, ...], tuple[Comment, ...]]:
    """(version, statements, comments) of a piece of the text; within a line, as if nothing stood before it there.

    Raises Unparsable.
    """
    _check_piece(source, begin, end)
    offset, lines, text = 0, 0, source.text[begin:end]
    if begin:
        line_start = source.text.rfind("\n", 0, begin) + 1
        text = _VERSION_LINE + " " * (begin - line_start) + text
        offset, lines = line_start - len(_VERSION_LINE), source.text.count("\n", 0, begin) - 1
    with _one_parse_at_a_time:
        tables = grammar()
        tables.builder.begin(source)
        tables.watcher.begin(source.text, offset, lines)
        tables.comments.clear()
        try:
            version, statements = tables.lark.parse(text)
        except UnexpectedInput as problem:
            raise _unparsable(syntax_error(problem, source, tables.watcher)) from None
        except TooDeep as problem:
            raise Unparsable(
                f"more than {len(tables.watcher.open) - 1} brackets are open here",
                tables.builder.span(problem.token),
                help="name a part of the formula (an activation, a let) and use the name",
            ) from None
        except LanguageError as error:
            raise _unparsable(error) from None
        comments = tuple(
            Comment(
                str(token).rstrip(), token.start_pos or 0, token.line or 0, _stands_alone(source, token.start_pos or 0)
            )
            for token in tables.comments
        )
        tables.builder.begin(Source("<text>", ""))
    return version, statements, comments


def _unparsable(error: LanguageError) -> Unparsable:
    return Unparsable(error.message, error.span, help=error.help, path=error.path)


def _stands_alone(source: Source, offset: int) -> bool:
    return not source.text[source.text.rfind("\n", 0, offset) + 1 : offset].strip()


def _check_size(source: Source) -> None:
    if len(source.text) > LARGEST_FILE:
        raise LanguageError(
            f"the text is longer than {LARGEST_FILE:,} characters",
            path=source.path,
            help="a derivation file is a few pages of text",
        )


def _check_piece(source: Source, begin: int, end: int) -> None:
    """Raises Unparsable at a control character, and at a line that is too long."""
    junk = _CONTROL.search(source.text, begin, end)
    if junk is not None:
        line, column = source.position(junk.start())
        raise Unparsable(
            f"a control character (code {ord(junk.group()):#04x}) stands in the text",
            Span(junk.start(), junk.end(), line, column, source),
            help="is this a derivation file? it should be plain text",
        )
    long = _LONG_LINE.search(source.text, begin, end)
    if long is not None:
        line, column = source.position(long.start())
        raise Unparsable(
            f"this line has {len(long.group()):,} characters; the limit is {LONGEST_LINE:,}",
            Span(long.start(), long.start() + 1, line, column, source),
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
