"""A report as lines of plain text with a style each: what the terminal shows and ``to_text`` joins."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    Figure,
    Formula,
    Item,
    Prose,
    Report,
    Section,
    Solved,
    SpecialisedEquation,
    StepList,
    Table,
    Verdict,
    Words,
    of_columns,
    unfolded,
)
from ptheory.rendering.text import text_writer
from ptheory.rendering.text_pieces import broken_text
from ptheory.rendering.words import pieces, words_text
from ptheory.rendering.written_closed_forms import ClosedForms
from ptheory.rendering.written_equations import DisplayedEquation, displayed_item, new_definitions
from ptheory.rendering.written_formulas import TextStyle

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.results.specialisation import BoundEquation


INDENT = "    "
MANY_ROWS = 8  # of a table that is easier to read in parts than cell by cell
VERDICT_SIGNS = {
    "proved": ("✓", "+"),
    "checked": ("≈", "~"),
    "undecided": ("?", "?"),
    "refuted": ("✗", "x"),
    "unreadable": ("!", "!"),
}


@dataclass(frozen=True)
class Line:
    """``style``: title, section, equation, where, verdict kind, or "" for running text."""

    text: str
    style: str = ""


@dataclass
class TextReport:
    """Remembers which definitions the page already has."""

    width: int = 100
    unicode: bool = True
    defined: dict[str, str] = field(default_factory=dict)
    heading: Words = ""  # "At one input:" is said once for a run of equations

    @property
    def style(self) -> TextStyle:
        """How names and signs are written."""
        return TextStyle(self.unicode)

    def report(self, report: Report) -> Iterator[Line]:
        """The lines of a whole report, an empty one before every section and item."""
        yield Line(report.title, "title")
        for section in report.sections:
            yield Line("")
            yield Line(words_text(section.title, self.style), "section")
            yield from self.items(section)

    def items(self, section: Section) -> Iterator[Line]:
        """Those of a section, which says again where its equations hold."""
        self.heading = ""
        for item in section.items:
            yield Line("")
            yield from self.item(item)

    def item(self, item: Item) -> Iterator[Line]:
        """The lines of one item, without the empty line before it."""
        match item:
            case Prose(words):
                yield from self._wrapped(words)
            case DerivedEquation():
                if item.note:
                    yield from self._wrapped(item.note)
                yield from self._equation(displayed_item(item))
            case SpecialisedEquation():
                yield from self._specialised(item)
            case CriticalPoint():
                yield from self._critical_point(item)
            case Solved(form):
                from ptheory.rendering.written_solutions import holds, solution_text

                yield from self._wrapped((*pieces(holds(form)), ":"))
                yield from self._definition(solution_text(form, self.style))
            case Table():
                yield from self._table(item)
            case Figure():
                yield from self._figure(item)
            case Verdict():
                yield from self._verdict(item)
            case StepList():
                yield from self._steps(item)

    def _wrapped(self, words: Words, hanging: str = "", indent: str = "") -> Iterator[Line]:
        text = words_text(words, self.style)
        for paragraph in text.split("\n"):
            for line in textwrap.wrap(
                paragraph,
                self.width,
                initial_indent=indent,
                subsequent_indent=indent + hanging,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [""]:
                yield Line(line)

    def _equation(self, shown: DisplayedEquation, found: BoundEquation | None = None) -> Iterator[Line]:
        for definition in new_definitions(shown.where_text(self.unicode), self.defined):
            yield from self._definition(definition)
        writer = text_writer(shown.notation, self.unicode)
        left = writer.tensor(shown.left)
        rights = [("=", writer.sum(shown.right_opened))]
        if shown.explicit is not None:
            rights.append(("=", writer.sum(shown.explicit)))
        if found is not None and found.closed_form is not None:
            rights.append(self._closed(found, found.closed_form))
        for k, (relation, right) in enumerate(rights):
            head = left if not k else " " * len(left)
            room = self.width - len(INDENT)
            hanging = min(len(left) + 3, 16, room // 4)
            first, *rest = broken_text(right, room - len(left) - 3, room - hanging)
            yield Line(f"{INDENT}{head} {relation} {first}", "equation")
            for line in rest:
                yield Line(f"{INDENT}{' ' * hanging}{line}", "equation")

    def _definition(self, text: str) -> Iterator[Line]:
        """What an equation abbreviates, further lines a little behind the first."""
        room = self.width - len(INDENT)
        first, *rest = broken_text(text, room, room - len(INDENT))
        yield Line(INDENT + first, "where")
        yield from (Line(INDENT * 2 + line, "where") for line in rest)

    def _closed(self, found: BoundEquation, value: Expr) -> tuple[str, str]:
        """A closed form and how it is equal: with its long rationals rounded, approximately."""
        from ptheory.rendering.written_numbers import is_rounded

        approximately = "≈" if self.unicode else "~"
        return (approximately if is_rounded(value) else "="), ClosedForms(found).text(value, self.style)

    def _specialised(self, item: SpecialisedEquation) -> Iterator[Line]:
        shown = displayed_item(item)
        heading = item.note or specialisation_words(item.found)
        if heading != self.heading:
            yield from self._wrapped(heading)
            yield Line("")
        self.heading = heading
        yield from self._equation(shown, item.found)
        for atom, value in item.found.moments:
            yield from self._definition(ClosedForms(item.found).moment_text(atom, value, self.style))

    def _critical_point(self, item: CriticalPoint) -> Iterator[Line]:
        values = ", ".join(f"{self.style.name(name)} = {self._value(value)}" for name, value in item.values.items())
        of = f" of {item.activation}" if item.activation else ""
        stability = f"  ({item.stability})" if item.stability else ""
        kernel = f"{item.kernel_name}* = {self._value(item.kernel)}"
        yield from self._wrapped(f"Critical point{of}: {kernel} at {values}{stability}", "    ")
        for words in item.evidence:
            yield from self._wrapped(words, "", INDENT)

    def _verdict(self, item: Verdict) -> Iterator[Line]:
        sign = VERDICT_SIGNS[item.kind][0 if self.unicode else 1]
        for line in self._wrapped((f"{sign} {item.kind}: ", *_tuple(item.what)), "  "):
            yield Line(line.text, item.kind)
        for detail in item.details:
            yield from self._wrapped(detail, "", "    ")

    def _steps(self, item: StepList) -> Iterator[Line]:
        if item.title:
            yield Line(words_text(item.title, self.style), "section")
        from ptheory.rendering.explain import explain_text

        for line in explain_text(item.steps, item.names, self.width, self.unicode).rstrip().split("\n"):
            yield Line(line)

    def _value(self, value: object) -> str:
        return value if isinstance(value, str) else words_text(Formula(value), self.style)

    def _table(self, table: Table) -> Iterator[Line]:
        """In columns where those fit; else, of many rows, some of the columns below the others; else one row for each
        cell, else a block of lines for each row."""
        several = len(table.headers) > table.labels + 2
        if self._across(table) <= self.width:
            yield from self._columns(table)
        elif len(table.rows) >= MANY_ROWS and (parts := self._parts(table)):
            for number, part in enumerate(parts):
                yield from [Line("")] * (number > 0)
                yield from self._columns(part)
        elif several and self._across(unfolded(table)) <= self.width:
            yield from self._columns(unfolded(table))
        else:
            yield from self._blocks(table)
        if table.caption:
            yield from self._wrapped(table.caption, "", INDENT)

    def _parts(self, table: Table) -> list[Table]:
        """The table as several with the same rows, each as wide as fits; empty where a column does not."""
        parts: list[list[int]] = []
        for place in range(table.labels, len(table.headers)):
            if parts and self._across(of_columns(table, [*parts[-1], place])) <= self.width:
                parts[-1].append(place)
            elif self._across(of_columns(table, [place])) <= self.width:
                parts.append([place])
            else:
                return []
        return [of_columns(table, places) for places in parts]

    def _cells(self, table: Table) -> list[list[str]]:
        return [[words_text(cell, self.style) for cell in row] for row in (table.headers, *table.rows)]

    def _across(self, table: Table) -> int:
        rows = self._cells(table)
        return sum(max(len(row[k]) for row in rows) + 2 for k in range(len(table.headers))) - 2

    def _blocks(self, table: Table) -> Iterator[Line]:
        """What a row is of, and below it one cell after the other with its head."""
        heads, *rows = self._cells(table)
        for row in rows:
            yield from self._wrapped("  ".join(row[: table.labels]), INDENT, INDENT)
            for head, cell in zip(heads[table.labels :], row[table.labels :], strict=True):
                front = f"{INDENT}{INDENT[:2]}{head}: " if head else f"{INDENT}{INDENT[:2]}"
                if cell:
                    room = self.width - len(INDENT) * 2
                    first, *others = broken_text(cell, self.width - len(front), room)
                    yield Line(front + first)
                    yield from (Line(INDENT * 2 + other) for other in others)

    def _columns(self, table: Table) -> Iterator[Line]:
        rows = self._cells(table)
        widths = [max(len(row[k]) for row in rows) for k in range(len(table.headers))]
        indent = INDENT if self._across(table) + len(INDENT) <= self.width else ""
        for number, row in enumerate(rows):
            cells = [cell.ljust(widths[0]) if not k else cell.rjust(widths[k]) for k, cell in enumerate(row)]
            yield Line(indent + "  ".join(cells).rstrip(), "header" if not number else "")
            if not number:
                yield Line(indent + "  ".join(("─" if self.unicode else "-") * w for w in widths))

    def _figure(self, figure: Figure) -> Iterator[Line]:
        """What it shows, as characters; drawn it is in the other formats."""
        from ptheory.rendering.figure_sketch import sketch

        yield from self._wrapped(figure.caption, "", INDENT)
        for panel in figure.panels:
            yield Line("")
            yield from (Line(INDENT + line) for line in sketch(panel, self.width - len(INDENT)))


def specialisation_words(found: BoundEquation) -> Words:
    """Where an equation holds: its inputs and bindings, in words."""
    if found.near:
        x, dx = found.inputs
        where = f"At inputs near {x}, separated by {dx}"
        if found.through:
            where = f"At inputs {x} ± {dx}/2, through {dx}^{found.through}"
    elif found.inputs:
        where = "At inputs " + ", ".join(found.inputs)
    else:
        where = "At one input" if len({leg.sample for leg in found.equation.target.legs}) == 1 else "At these samples"
    bound = [piece for name, value in found.bindings.items() for piece in (", ", Formula(name), f" = {value}")]
    return (where, *bound, ":")


def _tuple(words: Words) -> tuple[str | Formula, ...]:
    return words if isinstance(words, tuple) else (words,)


def to_text(report: Report, width: int = 100, unicode: bool = True) -> str:
    """The whole report as plain text."""
    return "\n".join(line.text for line in TextReport(width, unicode).report(report)) + "\n"
