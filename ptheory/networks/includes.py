"""Follows include statements: the prelude first, then a path beside the including file; every file once.

A path stays below the folder the command runs in or the folder of the file that was given, whichever is higher, with
every link followed before it is judged; nothing else of a computer can be read through an include, and a file that does
not begin like a derivation file is refused without a word of its text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ptheory.language.errors import LanguageError, suggestion
from ptheory.language.expressions import Span
from ptheory.language.parser import file_bytes, read_bytes, read_file
from ptheory.language.prelude import FOLDER, prelude_names, prelude_path
from ptheory.language.statements import File, IncludeStatement, Statement, Unread

DEEPEST_INCLUDE = 16


@dataclass
class Gathered:
    """A file and what it includes, included declarations where their include stands.

    ``statements``: (statement, whether it is the file's own). ``unread``: (statement with a syntax error, whether it is
    the file's own). ``missing``: the mistakes of includes that bring nothing, and whether what is missing could change
    the meaning of what is there (a file of the user's own could, the prelude could not).
    """

    statements: list[tuple[Statement, bool]] = field(default_factory=list)
    unread: list[tuple[Unread, bool]] = field(default_factory=list)
    missing: list[tuple[LanguageError, bool]] = field(default_factory=list)


def gather(file: File) -> Gathered:
    """All statements of a file and its includes; no mistake stops it."""
    folder = Path(file.source.path).parent
    collector = _Collector(_highest(folder))
    collector.visited.add(_resolved(Path(file.source.path)))
    collector.take(file, folder, depth=0)
    return collector.gathered


class _Collector:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.visited: set[Path] = set()
        self.gathered = Gathered()

    def take(self, file: File, folder: Path, depth: int) -> None:
        """``depth``: how many includes led to this file."""
        own = depth == 0
        self.gathered.unread += [(statement, own) for statement in file.unread]
        for statement in file.statements:
            if not isinstance(statement, IncludeStatement):
                self.gathered.statements.append((statement, own))
                continue
            try:
                self._include(statement, folder, depth + 1)
            except LanguageError as error:
                self.gathered.missing.append((error, statement.is_path))

    def _include(self, statement: IncludeStatement, folder: Path, depth: int) -> None:
        path = self._path(statement, folder)
        if _resolved(path) in self.visited:
            return
        if depth > DEEPEST_INCLUDE and path.parent != FOLDER:
            raise LanguageError(
                f"this is include number {depth} of a chain; at most {DEEPEST_INCLUDE} lead from file to file",
                statement.name_span,
                help="include the last files of the chain from the first one",
            )
        self.visited.add(_resolved(path))
        try:
            included = _of_prelude(path, file_bytes(path)) if path.parent == FOLDER else read_file(path)
        except LanguageError as error:
            raise LanguageError(
                f"{statement.name} is not a derivation file: {error.message}",
                statement.name_span,
                help="an included file begins with `ptheory 1`, as every derivation file does",
            ) from None
        self.take(included, path.parent, depth)

    def _path(self, statement: IncludeStatement, folder: Path) -> Path:
        if not statement.is_path:
            prelude = prelude_path(statement.name)
            if prelude is not None:
                return prelude
        path = folder / (statement.name if statement.is_path else f"{statement.name}.deriv")
        if statement.is_path:
            self._check_below(statement.name, path, statement.name_span)
        try:
            found, other = path.is_file() and _resolved(path).is_relative_to(self.root), path.exists()
        except (OSError, ValueError):
            found, other = False, False
        if found:
            return path
        if statement.is_path:
            raise LanguageError(
                f"{statement.name} is not a file" if other else f"no file {statement.name}",
                statement.name_span,
                help="a path is taken from the folder of this file",
            )
        raise LanguageError(
            f"there is no {statement.name} to include",
            statement.name_span,
            help=suggestion(statement.name, prelude_names(), "file"),
        )

    def _check_below(self, name: str, path: Path, span: Span) -> None:
        if Path(name).is_absolute():
            raise LanguageError(
                "an include gives no absolute path", span, help="a path is taken from the folder of this file"
            )
        if not _resolved(path).is_relative_to(self.root):
            raise LanguageError(
                f"{name} leads out of the folder of the derivation",
                span,
                help="includes stay below the folder of the file, or the one the command runs in if that is higher",
            )


@lru_cache(maxsize=32)
def _of_prelude(path: Path, data: bytes) -> File:
    """A file of the prelude, which every program includes: parsed once in a process."""
    return read_bytes(data, str(path))


def _highest(folder: Path) -> Path:
    """The folder the command runs in where it is above that of the file, else the file's."""
    own, here = _resolved(folder), _resolved(Path())
    return here if own.is_relative_to(here) else own


def _resolved(path: Path) -> Path:
    """The path with every link and every ``..`` followed; as it stands where that is impossible (links in a circle)."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()
