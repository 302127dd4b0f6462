"""Where everything on a page is found: anchors made of what a thing is, numbers of equations, the contents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from markupsafe import Markup

from ptheory.rendering.dependencies import Key
from ptheory.rendering.html_formulas import inline
from ptheory.rendering.html_items import words_html
from ptheory.rendering.known_names import NONE_KNOWN, KnownNames
from ptheory.rendering.report import (
    DerivedEquation,
    Item,
    Report,
    Section,
    Solved,
    SpecialisedEquation,
    Verdict,
    Words,
)
from ptheory.rendering.result_names import joined, label_of
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.words import pieces, words_text
from ptheory.rendering.written_formulas import TextStyle
from ptheory.rendering.written_solutions import solution_latex

ASCII = TextStyle(unicode=False)


@dataclass(frozen=True)
class Entry:
    """An anchor, what it is called in the contents, and the number of an equation."""

    anchor: str
    title: Markup
    number: int = 0


@dataclass(frozen=True)
class SectionEntry:
    """A section's own anchor, and those of its items: the place of an item -> its entry."""

    anchor: str
    title: Markup
    items: dict[int, Entry]

    @property
    def entries(self) -> list[Entry]:
        """What the contents list below the section."""
        return list(self.items.values()) if len(self.items) > 1 else []


@dataclass
class Contents:
    """The anchors of a report; ``of_results``: a result -> its entry, of a section that rests on something its own."""

    spelling: Spelling = OURS
    names: KnownNames = NONE_KNOWN
    sections: list[SectionEntry] = field(default_factory=list)
    of_results: dict[Key, Entry] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _numbered: int = 0

    def section(self, number: int, section: Section) -> None:
        """Give a section and its items their anchors."""
        called = section_words(section)
        anchor = self._anchor(joined(words_text(called, ASCII)))
        entries: dict[int, Entry] = {}
        for place, item in enumerate(section.items):
            for entry in self._entry(item):
                entries[place] = entry
                if isinstance(item, DerivedEquation):
                    self.of_results.setdefault((section.architecture, item.equation.name), entry)
        title = words_html(called, self.spelling)
        self.sections.append(SectionEntry(anchor, title, entries))
        self.of_results[number] = Entry(anchor, title)

    def _entry(self, item: Item) -> Iterator[Entry]:
        match item:
            case DerivedEquation():
                name = item.equation.name
                yield self._equation(item.name or name, inline(self.names.latex(name, self.spelling)))
            case SpecialisedEquation(found):
                name, where = found.equation.name, ", ".join(found.inputs) or "one input"
                title = inline(self.names.latex(name, self.spelling)) + Markup(" at {}").format(where)
                yield self._equation(item.name or name, title)
            case Solved(form):
                left, _ = solution_latex(form, self.spelling)
                yield self._equation(item.name or joined("solved", form.tensor), inline(left))
            case Verdict():
                name = item.name or joined("claim", words_text(item.what, ASCII))
                yield Entry(self._anchor(name), words_html(item.what, self.spelling))

    def _equation(self, name: str, title: Markup) -> Entry:
        self._numbered += 1
        return Entry(self._anchor(label_of("", name)), title, self._numbered)

    def _anchor(self, name: str) -> str:
        """What a thing is called; with a number where that is taken."""
        base = name or "part"
        anchor, number = base, 2
        while anchor in self._taken:
            anchor, number = f"{base}-{number}", number + 1
        self._taken.add(anchor)
        return anchor


def contents_of(report: Report) -> Contents:
    """The anchors and numbers of a report."""
    found = Contents(report.spelling, report.names)
    for number, section in enumerate(report.sections):
        found.section(number, section)
    return found


def section_words(section: Section) -> Words:
    """The title of a section; that of a claim with the claim's name."""
    if len(section.items) == 1 and isinstance(section.items[0], Verdict) and isinstance(section.title, str):
        return (f"{section.title}: ", *pieces(section.items[0].what))
    return section.title
