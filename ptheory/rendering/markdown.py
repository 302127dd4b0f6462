"""Items of a report in Markdown, formulas between dollars: for notebooks, and for whoever pastes into one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ptheory.rendering.explain import step_lines_latex, step_words
from ptheory.rendering.latex_equations import equation_row, row_latex
from ptheory.rendering.lines import specialisation_words
from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    Figure,
    Formula,
    Item,
    Prose,
    Solved,
    SpecialisedEquation,
    StepList,
    Table,
    Verdict,
    Words,
)
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.words import formula_as_latex, pieces
from ptheory.rendering.written_equations import DisplayedEquation, displayed_as
from ptheory.rendering.written_solutions import holds, solution_latex

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def markdown(items: Iterable[Item], spelling: Spelling = OURS) -> str:
    """The items, an empty line between them."""
    return "\n\n".join(part for item in items for part in _parts(item, spelling))


def _parts(item: Item, spelling: Spelling) -> list[str]:
    match item:
        case Prose(words):
            return [words_markdown(words, spelling)]
        case DerivedEquation():
            shown = displayed_as(item, spelling)
            return [_rows([equation_row(shown, None, spelling)]), *_where(shown, spelling)]
        case SpecialisedEquation():
            shown = displayed_as(item, spelling)
            heading = words_markdown(item.note or specialisation_words(item.found), spelling)
            return [heading, _rows([equation_row(shown, item.found, spelling)]), *_where(shown, spelling)]
        case CriticalPoint():
            return [_critical_point(item, spelling), *(words_markdown(words, spelling) for words in item.evidence)]
        case Solved(form):
            return [words_markdown((*pieces(holds(form)), ":"), spelling), _rows([solution_latex(form, spelling)])]
        case Table():
            return [_table(item, spelling)]
        case Figure():
            return [words_markdown(item.caption, spelling)]
        case Verdict():
            details = "".join(f"\n* {words_markdown(detail, spelling)}" for detail in item.details)
            formula = f"\n\n$$\n{item.latex}\n$$" if item.latex else ""
            return [f"**{item.kind}**: {words_markdown(item.what, spelling)}{formula}" + (details and f"\n{details}")]
        case StepList():
            return _steps(item, spelling)
    raise TypeError(f"no way to show {type(item).__name__}")


def words_markdown(words: Words, spelling: Spelling = OURS) -> str:
    """Running text with its formulas; what Markdown would take for a mark is escaped."""
    return "".join(
        _SPECIAL.sub(r"\\\1", piece) if isinstance(piece, str) else f"${formula_as_latex(piece, spelling)}$"
        for piece in pieces(words)
    )


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    return "\n\n".join(f"$$\n{row_latex(row)}\n$$" for row in rows)


def _where(shown: DisplayedEquation, spelling: Spelling) -> list[str]:
    return [f"where ${text}$" for text in shown.where_latex(spelling)]


def _critical_point(item: CriticalPoint, spelling: Spelling) -> str:
    def value(number: object) -> str:
        return words_markdown(number if isinstance(number, str) else Formula(number), spelling)

    of = f" of {words_markdown(item.activation)}" if item.activation else ""
    values = ", ".join(f"${spelling.name(name)}$ = {value(number)}" for name, number in item.values.items())
    stability = f" ({item.stability})" if item.stability else ""
    return f"Critical point{of}: ${spelling.starred(item.kernel_name)}$ = {value(item.kernel)} at {values}{stability}"


def _table(table: Table, spelling: Spelling) -> str:
    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    ruler = [":--" if k < table.labels else "--:" for k in range(len(table.headers))]
    rows = [[words_markdown(cell, spelling) for cell in row] for row in (table.headers, *table.rows)]
    written = "\n".join([line(rows[0]), line(ruler), *map(line, rows[1:])])
    return f"{written}\n\n{words_markdown(table.caption, spelling)}" if table.caption else written


def _steps(item: StepList, spelling: Spelling) -> list[str]:
    parts = [f"**{words_markdown(item.title, spelling)}**"] if item.title else []
    for number, step in enumerate(item.steps, start=1):
        why = words_markdown(step_words(step, item.names, spelling), spelling)
        parts += [f"{number}. *{step.name}.* {why}", _rows(step_lines_latex(step, item.names, spelling))]
    return parts
