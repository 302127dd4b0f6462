"""Results in a notebook: HTML with formulas in MathML, Markdown, and LaTeX of a single equation."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from markupsafe import Markup

from ptheory.rendering.html import HtmlReport
from ptheory.rendering.html_formulas import tagged
from ptheory.rendering.latex_equations import equation_row, row_latex
from ptheory.rendering.markdown import markdown, words_markdown
from ptheory.rendering.prose_formulas import with_typeset_prose
from ptheory.rendering.report import DerivedEquation, Item, Report, SpecialisedEquation
from ptheory.rendering.result_items import result_items
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.written_equations import displayed_as


class NotebookViews:
    """What ``ptheory.displayed`` asks for; names spelled as ours, since a result alone has no notation block."""

    def html(self, thing: object) -> str | None:
        """The items of a result in HTML."""
        items = result_items(thing)
        return items_html(items) if items else None

    def markdown(self, thing: object) -> str | None:
        """The same in Markdown."""
        items = result_items(thing)
        return markdown(items) if items else None

    def latex(self, thing: object) -> str | None:
        """A single equation; None of anything else."""
        items = result_items(thing)
        return items_latex(items) if len(items) == 1 else None


def items_html(items: Sequence[Item], spelling: Spelling = OURS) -> str:
    """Items one below the other, with the little style that a notebook does not have."""
    writer = HtmlReport(spelling)
    return _in_a_cell(Markup("\n").join(writer.item(item) for item in items))


def items_latex(items: Sequence[Item], spelling: Spelling = OURS) -> str | None:
    """A single equation between dollars; None of anything else."""
    match items:
        case [DerivedEquation() as item]:
            row = equation_row(displayed_as(item, spelling), None, spelling)
        case [SpecialisedEquation() as item]:
            row = equation_row(displayed_as(item, spelling), item.found, spelling)
        case _:
            return None
    return f"$\\displaystyle {row_latex(row)}$"


def report_html(report: Report) -> str:
    """All sections of a report, without contents and anchors: a notebook has its own."""
    report = with_typeset_prose(report)
    writer = HtmlReport(report.spelling)
    parts = [tagged("strong", report.source or report.title)]
    for number, section in enumerate(report.sections):
        parts += [tagged("h4", writer.title(section)), *writer.section(number, section)]
    return _in_a_cell(Markup("\n").join(parts))


def report_markdown(report: Report) -> str:
    """The same in Markdown."""
    report = with_typeset_prose(report)
    parts = [f"**{words_markdown(report.source or report.title)}**"]
    for section in report.sections:
        parts += [f"#### {words_markdown(section.title, report.spelling)}", markdown(section.items, report.spelling)]
    return "\n\n".join(parts)


def _in_a_cell(inside: Markup) -> str:
    style = resources.files("ptheory.rendering").joinpath("templates/cell.css").read_text("utf-8")
    return str(Markup('<div class="ptheory">') + tagged("style", Markup(style)) + inside + Markup("</div>"))
