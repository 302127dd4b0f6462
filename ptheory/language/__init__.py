"""The derivation-file language: text to statements, and back.

``parse(text, path)`` and ``load(path)`` give a ``File`` of statements, ``parse_formula(text)`` an expression; they
raise a ``LanguageError`` that points at the mistake. The parser is imported on first use, so that importing the
expression tree alone stays cheap.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.language.errors import LanguageError

if TYPE_CHECKING:
    from ptheory.language.expressions import Expression
    from ptheory.language.statements import File

__all__ = ["LanguageError", "load", "parse", "parse_formula"]


def parse(text: str, path: str = "<text>") -> File:
    """The statements of a derivation text; ``path`` is the name used in messages."""
    from ptheory.language.parser import parse_text

    return parse_text(text, path)


def parse_formula(text: str, path: str = "<formula>") -> Expression:
    """A formula that stands alone, such as ``z + z^2/4`` given on a command line."""
    from ptheory.language.parser import formula_of

    return formula_of(text, path)


def load(path: str | Path) -> File:
    """The statements of a derivation file."""
    from ptheory.language.parser import load_file

    return load_file(path)
