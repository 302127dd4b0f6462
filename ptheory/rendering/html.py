"""A report as one HTML page; formulas by MathJax 4, everything else self-contained and escaped."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources

from markupsafe import Markup, escape

from ptheory.rendering.breaking import without_marks
from ptheory.rendering.dot_plot import dot_plot_svg
from ptheory.rendering.explain import step_lines_latex, step_why
from ptheory.rendering.latex_document import LatexReport, align, conventions, equation_row
from ptheory.rendering.lines import specialisation_text
from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    DotPlot,
    Formula,
    Item,
    Prose,
    Report,
    Section,
    SpecialisedEquation,
    StepList,
    Table,
    Verdict,
    Words,
)
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.words import formula_as_latex, pieces
from ptheory.rendering.written_closed_forms import ClosedForms
from ptheory.rendering.written_equations import DisplayedEquation, displayed, displayed_item
from ptheory.rendering.written_formulas import TextStyle


def to_html(report: Report) -> str:
    """The page; needs the network for MathJax only."""
    import jinja2

    template = resources.files("ptheory.rendering").joinpath("templates/page.html.jinja").read_text("utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    writer = HtmlReport(report.spelling)
    sections = [(words_html(section.title, report.spelling), writer.section(section)) for section in report.sections]
    return environment.from_string(template).render(
        title=report.title, conventions=conventions_html(report), sections=sections
    )


@dataclass
class HtmlReport:
    """``memory``: which definitions the page already has."""

    spelling: Spelling = OURS
    memory: LatexReport = field(init=False)

    def __post_init__(self) -> None:
        self.memory = LatexReport(self.spelling)

    def section(self, section: Section) -> list[Markup]:
        """The items of a section, which has its own definitions."""
        self.memory.begin_section()
        return [self.item(item) for item in section.items]

    def item(self, item: Item) -> Markup:
        """One item, everything a user wrote escaped."""
        match item:
            case Prose(words):
                return tagged("p", self._words(words))
            case DerivedEquation():
                shown = displayed(item.equation, (), item.equal_widths)
                note = tagged("p", self._words(item.note)) if item.note else Markup("")
                return note + display(align([equation_row(shown, None, self.spelling)], None)) + self._where(shown)
            case SpecialisedEquation():
                found, shown = item.found, displayed_item(item)
                heading = specialisation_text(found, TextStyle())
                note = self._words(item.note or ("" if heading == self.memory.heading else heading))
                self.memory.heading = heading
                moments = Markup("").join(
                    display(ClosedForms(found, self.spelling).moment_latex(a, v)) for a, v in found.moments
                )
                row = equation_row(shown, found, self.spelling)
                return (
                    (tagged("p", note) if note else Markup(""))
                    + display(align([row], None))
                    + self._where(shown)
                    + moments
                )
            case CriticalPoint():
                return critical_point_html(item, self.spelling)
            case Table():
                return table_html(item, self.spelling)
            case DotPlot():
                return dot_plot_svg(item) + tagged("p", self._words(item.caption))
            case Verdict(kind, what, details):
                lines = Markup("").join(tagged("li", self._words(d)) for d in details)
                inside = tagged("strong", Markup(kind)) + ": " + self._words(what)
                return (
                    Markup('<div class="verdict {}">').format(kind)
                    + inside
                    + (tagged("ul", lines) if details else "")
                    + Markup("</div>")
                )
            case StepList(title, steps, names):
                rows = [tagged("h3", self._words(title))] if title else []
                for number, step in enumerate(steps, start=1):
                    rows.append(
                        tagged(
                            "p", tagged("em", escape(f"{number}. {step.name}.")) + " " + escape(step_why(step, names))
                        )
                    )
                    rows.append(display(align(step_lines_latex(step, names, self.spelling), None)))
                return Markup("\n").join(rows)
        raise TypeError(f"no way to show {type(item).__name__}")

    def _words(self, words: Words) -> Markup:
        return words_html(words, self.spelling)

    def _where(self, shown: DisplayedEquation) -> Markup:
        new = self.memory.new_definitions(shown)
        return Markup("").join(tagged("p", escape("where ") + inline(text)) for text in new)


def tagged(name: str, inside: Markup | str) -> Markup:
    """An element without attributes; what is inside is escaped."""
    return Markup(f"<{name}>") + escape(inside) + Markup(f"</{name}>")


def inline(latex: str) -> Markup:
    """A formula in running text."""
    return Markup('<span class="math">\\(') + escape(without_marks(latex)) + Markup("\\)</span>")


def display(latex: str) -> Markup:
    """A formula on lines of its own."""
    body = latex if latex.startswith("\\begin") else f"\\[{latex}\\]"
    return Markup('<div class="math">') + escape(without_marks(body)) + Markup("</div>\n")


def words_html(words: Words, spelling: Spelling = OURS) -> Markup:
    """Running text with its formulas."""
    return Markup("").join(
        escape(piece) if isinstance(piece, str) else inline(formula_as_latex(piece, spelling))
        for piece in pieces(words)
    )


def conventions_html(report: Report) -> Markup:
    """The sentence on conventions, its formulas between dollars."""
    parts = conventions(report).split("$")
    return Markup("").join(inline(part) if k % 2 else escape(part) for k, part in enumerate(parts))


def critical_point_html(item: CriticalPoint, spelling: Spelling = OURS) -> Markup:
    """The critical point, its hyperparameters and its evidence, as a paragraph."""

    def value(v: object) -> Markup:
        return escape(v) if isinstance(v, str) else inline(formula_as_latex(Formula(v), spelling))

    of = f" of {item.activation}" if item.activation else ""
    text = (
        escape(f"Critical point{of}: ")
        + inline(spelling.starred(item.kernel_name))
        + " = "
        + value(item.kernel)
        + " at "
    )
    text += Markup(", ").join(inline(spelling.name(n)) + " = " + value(v) for n, v in item.values.items())
    if item.stability:
        text += f" ({item.stability})"
    return tagged("p", text) + Markup("").join(tagged("p", words_html(words, spelling)) for words in item.evidence)


def table_html(table: Table, spelling: Spelling = OURS) -> Markup:
    """The table with its header and caption."""
    header = Markup("").join(tagged("th", words_html(cell, spelling)) for cell in table.headers)
    rows = Markup("\n").join(
        tagged("tr", Markup("").join(tagged("td", words_html(cell, spelling)) for cell in row)) for row in table.rows
    )
    caption = tagged("caption", words_html(table.caption, spelling)) if table.caption else Markup("")
    return tagged("table", caption + tagged("tr", header) + rows)
