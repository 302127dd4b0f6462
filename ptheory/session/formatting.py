"""``fmt``: files in canonical layout, and never a file that reads differently from what it was."""

from __future__ import annotations

import codecs
from pathlib import Path

from ptheory.language.errors import LanguageError, joined
from ptheory.language.formatter import format_file
from ptheory.language.paper import is_paper
from ptheory.language.parser import file_bytes, parse_text, read_bytes
from ptheory.language.statements import File
from ptheory.rendering.files import write_atomically
from ptheory.session.reading import given_name, is_stdin, stdin_bytes
from ptheory.session.streams import say


class ReadsDifferently(Exception):
    """The canonical layout of a file would not be the same derivation; the file is left as it is."""


def format_given(path: Path, check_only: bool) -> bool:
    """Whether a file is not in canonical layout; it is rewritten unless ``check_only``. Standard input goes to stdout.

    Byte order mark and line ends (where all are alike) stay as they are. Raises LanguageError, WriteFailed,
    ReadsDifferently.
    """
    name = given_name(path)
    if is_paper(path):
        raise LanguageError("this is a paper, not a derivation file", path=name, help="fmt rewrites derivation files")
    data = stdin_bytes() if is_stdin(path) else file_bytes(path)
    file = read_bytes(data, name)
    if file.unread:
        raise joined([statement.error for statement in file.unread])
    formatted = _as_written(canonical(file), data)
    changed = formatted != data
    if check_only:
        if changed:
            say(f"{name}: would be reformatted")
    elif is_stdin(path):
        say(formatted.decode("utf-8").removesuffix("\n"))
    elif changed:
        write_atomically(path, formatted)
        say(f"{name}: reformatted")
    return changed


def canonical(file: File) -> str:
    """The canonical layout, read back to be sure that it says the same. Raises ReadsDifferently."""
    text = format_file(file)
    try:
        again = parse_text(text, file.source.path)
    except LanguageError as error:
        raise ReadsDifferently(f"its canonical layout is not read: {error.message}") from error
    if again != file or [c.text for c in again.comments] != [c.text for c in file.comments]:
        raise ReadsDifferently("its canonical layout reads differently")
    return text


def _as_written(text: str, data: bytes) -> bytes:
    """``text`` with the byte order mark and the line ends of the file."""
    windows = data.count(b"\r\n")
    if windows and windows == data.count(b"\n") == data.count(b"\r"):
        text = text.replace("\n", "\r\n")
    return (codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b"") + text.encode("utf-8")
