r"""A report as LaTeX: its sections one after the other, and a complete article around them.

Every equation is one ``align`` with a number and a label (``latex_equations.py``), no wider than the report's columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import resources
from math import ceil
from typing import TYPE_CHECKING

from ptheory.language.claim_names import KERNEL_BELOW
from ptheory.language.statements import LayerMarks
from ptheory.rendering.columns import PAGE, Columns
from ptheory.rendering.explain import step_lines_latex, step_words
from ptheory.rendering.figure_files import figure_latex
from ptheory.rendering.font_metrics import TEXT, formula_width
from ptheory.rendering.identifiers import latex_input
from ptheory.rendering.latex_equations import INLINE, align, definitions, displayed_formula, equation_row, joined
from ptheory.rendering.latex_tables import table_latex
from ptheory.rendering.latex_text import FOREIGN, latex_text
from ptheory.rendering.named_results import with_names_told_apart
from ptheory.rendering.notation import notation_of
from ptheory.rendering.prose_formulas import with_typeset_prose
from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    Figure,
    Formula,
    Item,
    Prose,
    Report,
    Solved,
    SpecialisedEquation,
    StepList,
    Table,
    Verdict,
    Words,
)
from ptheory.rendering.result_names import label_of
from ptheory.rendering.spelling import OURS, Spelling, braced
from ptheory.rendering.words import formula_as_latex, pieces, words_latex
from ptheory.rendering.written_closed_forms import ClosedForms
from ptheory.rendering.written_equations import DisplayedEquation, displayed_as, new_definitions
from ptheory.rendering.written_solutions import holds, solution_latex

if TYPE_CHECKING:
    from ptheory.results.specialisation import BoundEquation


PACKAGES = {
    "booktabs": r"\toprule",
    "graphicx": r"\includegraphics",
    "longtable": r"\begin{longtable}",
    "siunitx": "S[table-format",
}
FIELD = "z"  # of which the conventions speak where nothing else is there
LIST_MARGIN = 28.0  # points that items of a list stand further in
LONG_PARAGRAPH = 200  # characters of one that may have few places to break a line at
PAPER_WIDTH = 615  # points: letter paper
MARKED = {
    LayerMarks.SUPERSCRIPT: "A superscript $({layer})$ marks the layer and",
    LayerMarks.ARGUMENT: "${at}$ is ${kernel}$ of layer ${layer}$,",
    LayerMarks.NONE: "${above}$ is ${kernel}$ of the layer above;",
}


def conventions(report: Report) -> str:
    """What the signs mean, its formulas between dollars: kernel, field and function as the first equation has them."""
    spelling = report.spelling
    kernel, z = KERNEL_BELOW, spelling.symbol(FIELD)
    f = spelling.function(report.names.activation) if report.names.activation else r"\sigma"
    first = next((equation for section in report.sections for equation in section.equations), None)
    notation = None if first is None else notation_of(first)
    if notation is not None and not notation.several_fields:
        kernel, z = notation.covariance.name, spelling.symbol(notation.fields[0])
        f = spelling.function(notation.functions[0]) if notation.functions else ""
    below, symbol = braced(spelling.name(kernel)), spelling.symbol(kernel)
    layer, above = spelling.at_layer(symbol, 0), spelling.at_layer(symbol, 1)
    marked = MARKED[spelling.layers].format(layer=spelling.layer(0), kernel=below, at=layer, above=above)
    return (
        rf"{marked} ${spelling.width()}$ its width; $\langle\,\cdot\,\rangle_{below}$ is "
        rf"the expectation over the Gaussian of covariance ${layer}$. Subscripts are samples: "
        + (rf"${f}_1$ stands for ${f}({z.latex('1')})$, and " if f else "")
        + r"$\partial_a$ differentiates with respect to the preactivation of sample $a$."
    )


def to_latex_sections(report: Report) -> str:
    r"""Sections as \section*, ready to \input; needs amsmath, and what its first line says beyond it."""
    return with_needs(LatexReport(report.spelling, report.title, report.columns).report(for_a_page(report)))


def for_a_page(report: Report) -> Report:
    """The report with a name of its own for every result, and the formulas in what it says."""
    return with_typeset_prose(named_apart(report))


def named_apart(report: Report) -> Report:
    """The report with a name of its own for every result."""
    return with_names_told_apart(report, lambda item: LatexReport(report.spelling).item(item))


def with_needs(body: str) -> str:
    """LaTeX to be taken in by another file: what it needs beyond amsmath is said at its top."""
    needed = "".join(rf"\usepackage{{{package}}}" for package in packages_of(body))
    head = f"% besides amsmath this needs {needed}\n" if needed else ""
    return head + (unicode_definitions() if FOREIGN in body else "") + body


def unicode_definitions() -> str:
    r"""What \unicodetext means in LuaLaTeX and elsewhere."""
    return resources.files("ptheory.rendering").joinpath("templates/unicode.tex").read_text("utf-8")


def packages_of(body: str) -> list[str]:
    """The packages beyond amsmath that a text needs."""
    return [package for package, sign in PACKAGES.items() if sign in body]


def to_latex_document(report: Report, wider: float = 0.0) -> str:
    """A complete article around the sections; ``wider``: points added to the page at the right."""
    import jinja2

    title = latex_text(report.title)
    template = resources.files("ptheory.rendering").joinpath("templates/document.tex.jinja").read_text("utf-8")
    body = to_latex_sections(report)
    environment = jinja2.Environment(
        block_start_string="<%", block_end_string="%>", variable_start_string="<<", variable_end_string=">>",
        comment_start_string="<#", comment_end_string="#>", undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    return environment.from_string(template).render(
        title=title,
        unicode=unicode_definitions() if FOREIGN in body + title else "",
        body=body,
        conventions=conventions(report),
        packages=packages_of(body),
        size=report.columns.size,
        margins=margins(report.columns, wider),
    )


def margins(columns: Columns, wider: float) -> str:
    """A letter page with margins of an inch, or a text as wide as asked for in the middle of one."""
    if columns == PAGE and not wider:
        return "margin=1in"
    width = "6.5in" if columns == PAGE else f"{columns.width:g}pt"
    side = "left=1in" if wider else "hcentering"
    paper = max(PAPER_WIDTH, ceil(columns.width) + 2 * 72.27) + ceil(wider)
    return f"paperwidth={paper:g}pt,textwidth={width},vmargin=1in,{side}"


@dataclass
class LatexReport:
    """Remembers which definitions a document already has."""

    spelling: Spelling = OURS
    file: str = ""  # what labels begin with
    columns: Columns = PAGE
    defined: dict[str, str] = field(default_factory=dict)  # what is defined -> how
    heading: Words = ""  # "At one input:" is said once for a run of equations

    def report(self, report: Report) -> str:
        """All sections, as a fragment for a document that loads amsmath."""
        parts = []
        for section in report.sections:
            self.begin_section()
            parts.append(rf"\section*{{{self._words(section.title)}}}")
            parts += [self.item(item) for item in section.items]
        return stacked([part for part in parts if part])

    def begin_section(self) -> None:
        """A new section says again where its equations hold."""
        self.heading = ""

    def result(self, item: Item) -> str:
        """An equation with the definitions that are new, a critical point or a table: nothing that stands above it."""
        match item:
            case DerivedEquation():
                return self._equation(item.name, displayed_as(item, self.spelling), None)
            case SpecialisedEquation():
                return self._equation(item.name, displayed_as(item, self.spelling), item.found)
            case Solved(form):
                label = label_of(self.file, item.name) if item.name else None
                return align([solution_latex(form, self.spelling)], label, self.columns)
        return self.item(item)

    def _equation(self, name: str, shown: DisplayedEquation, found: BoundEquation | None) -> str:
        label = label_of(self.file, name) if name else None
        display = align([equation_row(shown, found, self.spelling)], label, self.columns)
        return self._paragraphs(display, self._where(shown), moments_latex(found, self.spelling, self.columns))

    def item(self, item: Item) -> str:
        """One item as LaTeX."""
        match item:
            case Prose(words):
                written = said_latex(words, self.spelling, self.columns)
                return written if len(written) < LONG_PARAGRAPH else rf"{{\sloppy {written}\par}}"
            case DerivedEquation():
                return self._paragraphs(self._words(item.note), self.result(item))
            case SpecialisedEquation():
                return self._specialised(item)
            case CriticalPoint():
                return critical_point_latex(item, self.spelling)
            case Solved(form):
                return self._paragraphs(self._words(holds(form)) + ":", self.result(item))
            case Table():
                return table_latex(item, self.spelling, self.columns)
            case Figure():
                return figure_latex(item, self._words(item.caption))
            case Verdict():
                return verdict_latex(item, self.spelling, self.columns)
            case StepList(title, steps, names):
                rows = [rf"\paragraph{{{self._words(title)}}}"] if title else []
                for number, step in enumerate(steps, start=1):
                    rows.append(
                        rf"\noindent\textit{{{number}. {latex_text(step.name)}.}} "
                        + self._words(step_words(step, names, self.spelling))
                    )
                    rows.append(align(step_lines_latex(step, names, self.spelling), None, self.columns))
                return "\n".join(rows)
        raise TypeError(f"no way to show {type(item).__name__}")

    def _words(self, words: Words) -> str:
        return words_latex(words, self.spelling)

    def _paragraphs(self, *parts: str) -> str:
        return "\n".join(part for part in parts if part)

    def _specialised(self, item: SpecialisedEquation) -> str:
        heading = self._words(item.note) or specialisation_latex(item.found, self.spelling)
        note = "" if heading == self.heading else heading
        self.heading = heading
        return self._paragraphs(note, self.result(item))

    def new_definitions(self, shown: DisplayedEquation) -> list[str]:
        """The definitions an equation needs and the document does not have yet."""
        return new_definitions(shown.where_latex(self.spelling), self.defined)

    def _where(self, shown: DisplayedEquation) -> str:
        """New definitions only: inline when short, displayed when not."""
        return definitions(self.new_definitions(shown), "where", self.columns)


def stacked(parts: list[str]) -> str:
    """Paragraphs apart, but a display right under a display in the same paragraph."""
    text = ""
    for part in parts:
        displays = text.endswith(("\\end{align}", "\\end{align*}")) and part.startswith("\\begin{align")
        text += ("" if not text else "\n" if displays else "\n\n") + part
    return text + "\n"


def moments_latex(found: BoundEquation | None, spelling: Spelling = OURS, columns: Columns = PAGE) -> str:
    """The single averages that have a closed form where the right side as a whole has none."""
    if found is None or not found.moments:
        return ""
    closed = ClosedForms(found, spelling)
    return definitions([closed.moment_latex(atom, value) for atom, value in found.moments], "Here", columns)


def specialisation_latex(found: BoundEquation, spelling: Spelling = OURS) -> str:
    """Where an equation holds: its inputs and bindings, in words."""
    if not found.inputs:
        where = "At one input" if len({leg.sample for leg in found.equation.target.legs}) == 1 else "At these samples"
    else:
        names = [f"${latex_input(name)}$" for name in found.inputs]
        where = "At inputs " + joined(names)
        if found.near:
            x, dx = names
            where = f"At inputs near {x}, separated by {dx}"
            if found.through:
                x, dx = x.strip("$"), dx.strip("$")
                where = rf"At inputs ${x} \pm {dx}/2$, through ${dx}^{{{found.through}}}$"
    bound = [rf"${spelling.function(name)}$ = {latex_text(value)}" for name, value in found.bindings.items()]
    return where + (", " + joined(bound) if bound else "") + ":"


def critical_point_latex(item: CriticalPoint, spelling: Spelling = OURS) -> str:
    """The critical point, its hyperparameters and its evidence, as a paragraph."""

    def number(value: object) -> str:
        if isinstance(value, str):
            return latex_text(value)
        return f"${formula_as_latex(Formula(value), spelling)}$"

    values = [f"${spelling.name(name)}$ = {number(value)}" for name, value in item.values.items()]
    of = f" of {latex_text(item.activation)}" if item.activation else ""
    stability = f" ({latex_text(item.stability)})" if item.stability else ""
    kernel = f"${spelling.starred(item.kernel_name)}$ = {number(item.kernel)}"
    lines = [rf"\noindent Critical point{of}: {kernel} at {joined(values)}{stability}."]
    return "\n".join(
        lines
        + [words_latex(words, spelling) + r"\\" for words in item.evidence[:-1]]
        + [words_latex(w, spelling) for w in item.evidence[-1:]]
    )


def said_latex(words: Words, spelling: Spelling = OURS, columns: Columns = PAGE) -> str:
    """Running text; its long formulas stand on lines of their own."""
    written = ""
    for piece in pieces(words):
        is_long = isinstance(piece, Formula) and (
            formula_width(formula_as_latex(piece, spelling), columns.size, TEXT) > columns.width * INLINE
        )
        if is_long and isinstance(piece, Formula):
            written += "\n" + displayed_formula(formula_as_latex(piece, spelling), columns) + "\n"
        else:
            written += words_latex(piece, spelling)
    return written.strip("\n")


def verdict_latex(verdict: Verdict, spelling: Spelling = OURS, columns: Columns = PAGE) -> str:
    """The verdict in bold, its details as a list."""
    lines = [rf"\noindent\textbf{{{verdict.kind}}}: {words_latex(verdict.what, spelling)}"]
    if verdict.details:
        lines.append(r"\begin{itemize}\sloppy")
        inside = replace(columns, width=columns.width - LIST_MARGIN)
        lines += [rf"\item {said_latex(detail, spelling, inside)}" for detail in verdict.details]
        lines.append(r"\end{itemize}")
    return "\n".join(lines)
