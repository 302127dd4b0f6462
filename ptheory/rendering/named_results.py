"""The results of a report, each under a name of its own: see ``result_names.py`` for what names are made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from ptheory.algebra.refusal import Refusal
from ptheory.language.errors import suggestion
from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    Figure,
    Item,
    Report,
    Solved,
    SpecialisedEquation,
    Table,
    Verdict,
)
from ptheory.rendering.result_names import joined, told_apart


class NoSuchResult(Refusal):
    """Nothing, or more than one thing, is called what was asked for."""


NamedItem = DerivedEquation | SpecialisedEquation | CriticalPoint | Solved | Table | Figure | Verdict


def named_items(report: Report) -> Iterator[NamedItem]:
    """What is a result, in the order of the report."""
    for section in report.sections:
        yield from (item for item in section.items if isinstance(item, NamedItem) and item.name)


def with_names_told_apart(report: Report, content: Callable[[Item], str]) -> Report:
    """Results that differ have names that do; one that stands there twice has its name the first time only.

    ``content``: what a result without a name looks like.
    """
    found: dict[str, list[str]] = {}
    names = [item.name for item in named_items(report)]
    for item in named_items(report):
        if names.count(item.name) > 1:
            found.setdefault(item.name, []).append(content(replace(item, name="")))
    places = {name: iter(range(len(contents))) for name, contents in found.items()}

    def renamed(item: Item) -> Item:
        if not isinstance(item, NamedItem) or item.name not in found:
            return item
        contents = found[item.name]
        place = next(places[item.name])
        if contents[place] in contents[:place]:
            return replace(item, name="")
        differ = len(set(contents)) > 1
        return replace(item, name=told_apart(item.name, contents[place]) if differ else item.name)

    return replace(
        report, sections=tuple(replace(one, items=tuple(map(renamed, one.items))) for one in report.sections)
    )


def named(report: Report, asked: str) -> str:
    """The name of the result that is asked for: as it is called, by the label of a claim, or by how either begins.

    Raises NoSuchResult where there is none, or where it may be several.
    """
    names = [item.name for item in named_items(report)]
    written = joined(*asked.split(":"))
    if written in names:
        return written
    found = [name for name in names if name.startswith((f"{written}:", f"{written}-"))]
    if len(found) != 1:
        what = "several results are" if found else "no result is"
        raise NoSuchResult(f"{what} called {asked}", suggestion(asked, found or names, "result"))
    return found[0]


def only(report: Report, names: Collection[str]) -> Report:
    """The results of these names, each section with what is left of it."""
    sections = []
    for section in report.sections:
        items = tuple(item for item in section.items if isinstance(item, NamedItem) and item.name in names)
        if items:
            sections.append(replace(section, title="", items=items))
    return replace(report, sections=tuple(sections))
