"""Items of a report in HTML that need nothing of what stands before them: words, tables, critical points, steps."""

from __future__ import annotations

from markupsafe import Markup, escape

from ptheory.rendering.explain import step_lines_latex, step_words
from ptheory.rendering.html_formulas import display, equations, in_text, inline, tagged
from ptheory.rendering.latex_document import conventions
from ptheory.rendering.report import CriticalPoint, Formula, Report, StepList, Table, Verdict, Words
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.words import formula_as_latex, pieces

MOST_COLUMNS = 7  # in letters of the size of the text


def words_html(words: Words, spelling: Spelling = OURS) -> Markup:
    """Running text with its formulas."""
    return Markup("").join(
        escape(piece) if isinstance(piece, str) else in_text(formula_as_latex(piece, spelling))
        for piece in pieces(words)
    )


def conventions_html(report: Report) -> Markup:
    """The sentence on conventions, its formulas between dollars."""
    parts = conventions(report).split("$")
    return Markup("").join(inline(part) if k % 2 else escape(part) for k, part in enumerate(parts))


def critical_point_html(item: CriticalPoint, spelling: Spelling = OURS) -> Markup:
    """The critical point, its hyperparameters and its evidence, as paragraphs."""

    def value(v: object) -> Markup:
        return escape(v) if isinstance(v, str) else inline(formula_as_latex(Formula(v), spelling))

    of = f" of {item.activation}" if item.activation else ""
    kernel = inline(spelling.starred(item.kernel_name))
    text = escape(f"Critical point{of}: ") + kernel + " = " + value(item.kernel) + " at "
    text += Markup(", ").join(inline(spelling.name(n)) + " = " + value(v) for n, v in item.values.items())
    if item.stability:
        text += f" ({item.stability})"
    return tagged("p", text) + Markup("").join(tagged("p", words_html(words, spelling)) for words in item.evidence)


def table_html(table: Table, spelling: Spelling = OURS) -> Markup:
    """The table with its header and caption; the first columns say what a row is."""
    header = Markup("").join(
        Markup('<th scope="col">{}</th>').format(words_html(cell, spelling)) for cell in table.headers
    )
    rows = Markup("\n").join(tagged("tr", _cells(row, table.labels, spelling)) for row in table.rows)
    caption = tagged("caption", words_html(table.caption, spelling)) if table.caption else Markup("")
    body = caption + tagged("thead", tagged("tr", header)) + tagged("tbody", rows)
    return tagged("div", tagged("table", body), "table wide" if len(table.headers) > MOST_COLUMNS else "table")


def _cells(row: tuple[Words, ...], labels: int, spelling: Spelling) -> Markup:
    heads = [Markup('<th scope="row">{}</th>').format(words_html(cell, spelling)) for cell in row[:labels]]
    return Markup("").join([*heads, *(tagged("td", words_html(cell, spelling)) for cell in row[labels:])])


def verdict_html(verdict: Verdict, anchor: str = "", spelling: Spelling = OURS) -> Markup:
    """The verdict, its word in its colour, its details as a list."""
    lines = Markup("").join(tagged("li", words_html(detail, spelling)) for detail in verdict.details)
    inside = tagged("span", verdict.kind, "kind") + ": " + words_html(verdict.what, spelling)
    inside += display(verdict.latex) if verdict.latex else ""
    inside += tagged("ul", lines) if verdict.details else ""
    named = Markup(' id="{}"').format(anchor) if anchor else Markup("")
    return Markup('<div class="verdict {}"{}>').format(verdict.kind, named) + inside + Markup("</div>")


def steps_html(item: StepList, spelling: Spelling = OURS) -> Markup:
    """Numbered steps, each with its reason and its formulas."""
    rows = [tagged("h3", words_html(item.title, spelling))] if item.title else []
    for number, step in enumerate(item.steps, start=1):
        name = tagged("em", f"{number}. {step.name}.")
        rows.append(tagged("p", name + " " + words_html(step_words(step, item.names, spelling), spelling)))
        rows.append(equations(step_lines_latex(step, item.names, spelling)))
    return Markup("\n").join(rows)


def folded(summary: Markup | str, inside: Markup) -> Markup:
    """What is read on request."""
    return Markup("<details><summary>") + escape(summary) + Markup("</summary>\n") + inside + Markup("</details>\n")


def folds(*parts: Markup) -> Markup:
    """Several of these side by side, an open one on lines of its own."""
    return Markup('<div class="folds">') + Markup("").join(parts) + Markup("</div>\n")
