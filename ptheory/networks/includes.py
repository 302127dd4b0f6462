"""Follows include statements: the prelude first, then a path beside the including file; every file once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ptheory.language.errors import LanguageError, suggestion
from ptheory.language.parser import load_file
from ptheory.language.prelude import prelude_names, prelude_path
from ptheory.language.statements import File, IncludeStatement, Statement


def all_statements(file: File) -> Iterator[tuple[Statement, bool]]:
    """(statement, whether it is the file's own), included declarations where their include stands.

    Raises LanguageError for a file that cannot be found, at the include, and for a mistake in an included file, there.
    """
    yield from _statements(file, True, {_key(Path(file.source.path))})


def _statements(file: File, own: bool, visited: set[Path]) -> Iterator[tuple[Statement, bool]]:
    for statement in file.statements:
        if not isinstance(statement, IncludeStatement):
            yield statement, own
            continue
        path = _resolve(statement, Path(file.source.path).parent)
        if _key(path) in visited:
            continue
        visited.add(_key(path))
        yield from _statements(load_file(path), False, visited)


def _key(path: Path) -> Path:
    return Path(path).absolute()


def _resolve(statement: IncludeStatement, folder: Path) -> Path:
    if not statement.is_path:
        prelude = prelude_path(statement.name)
        if prelude is not None:
            return prelude
    beside = folder / (statement.name if statement.is_path else f"{statement.name}.deriv")
    try:
        found = beside.is_file()
    except (OSError, ValueError):
        found = False
    if found:
        return beside
    if statement.is_path:
        raise LanguageError(
            f"no file {statement.name}", statement.name_span, help="a path is taken from the folder of this file"
        )
    raise LanguageError(
        f"there is no {statement.name} to include",
        statement.name_span,
        help=suggestion(statement.name, prelude_names(), "file"),
    )
