"""Mistakes in a file and defects of ptheory, as messages and in JSON."""

from __future__ import annotations

from collections.abc import Iterable

from ptheory.language.errors import LanguageError
from ptheory.language.json_values import JsonObject
from ptheory.session.defects import Defect
from ptheory.session.streams import complain


def complain_of(errors: Iterable[LanguageError], defects: Iterable[Defect] = ()) -> None:
    """Every mistake and every defect on standard error, in order."""
    problems: tuple[LanguageError | Defect, ...] = (*errors, *defects)
    for problem in problems:
        complain(problem.render())


def problems_json(errors: Iterable[LanguageError], defects: Iterable[Defect] = ()) -> list[JsonObject]:
    """The mistakes of a file, each with its place, and what ptheory itself failed at."""
    found: list[JsonObject] = [
        {"place": error.place, "message": error.message, **({"help": error.help} if error.help else {})}
        for error in errors
    ]
    return found + [{"place": defect.where, "message": defect.message, "defect": True} for defect in defects]
