r"""A report as LaTeX: its sections one after the other, and a complete article around them.

Every equation is one ``align`` with a number and a label, broken by ``breaking.py``; nothing needs a package but
amsmath.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from math import ceil
from typing import TYPE_CHECKING

from ptheory.language.claim_names import KERNEL_BELOW
from ptheory.language.statements import LayerMarks
from ptheory.rendering.breaking import broken, without_marks
from ptheory.rendering.dot_plot import dot_plot_latex
from ptheory.rendering.explain import step_lines_latex, step_why
from ptheory.rendering.identifiers import latex_identifier
from ptheory.rendering.latex import LatexWriter, visible_width
from ptheory.rendering.latex_tables import table_latex
from ptheory.rendering.latex_text import FOREIGN, latex_text
from ptheory.rendering.named_results import with_names_told_apart
from ptheory.rendering.notation import notation_of
from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    DotPlot,
    Formula,
    Item,
    Prose,
    Report,
    SpecialisedEquation,
    StepList,
    Table,
    Verdict,
    Words,
)
from ptheory.rendering.result_names import label_of
from ptheory.rendering.spelling import OURS, Spelling, Symbol, braced
from ptheory.rendering.words import formula_as_latex, words_latex
from ptheory.rendering.written_closed_forms import ClosedForms
from ptheory.rendering.written_equations import DisplayedEquation, displayed, displayed_item, new_definitions

if TYPE_CHECKING:
    from ptheory.results.specialisation import BoundEquation


PAPER_WIDTH = 615  # points: letter paper
LINE_WIDTH = 72.0  # in digits of the text size; an 11pt article holds about 80 beside the equation number
LONGEST_INLINE = 45.0
APPROXIMATELY = r"\approx "
MARKED = {
    LayerMarks.SUPERSCRIPT: "A superscript $({layer})$ marks the layer and",
    LayerMarks.ARGUMENT: "${at}$ is ${kernel}$ of layer ${layer}$,",
    LayerMarks.NONE: "${above}$ is ${kernel}$ of the layer above;",
}


def conventions(report: Report) -> str:
    """What the signs mean, its formulas between dollars: kernel, field and function as the first equation has them."""
    spelling = report.spelling
    kernel, f, z = KERNEL_BELOW, r"\sigma", Symbol("z")
    first = next((equation for section in report.sections for equation in section.equations), None)
    notation = None if first is None else notation_of(first)
    if notation is not None and not notation.several_fields:
        kernel, z = notation.covariance.name, spelling.symbol(notation.fields[0])
        if len(notation.functions) == 1:
            f = spelling.function(notation.functions[0])
    below, symbol = braced(spelling.name(kernel)), spelling.symbol(kernel)
    layer, above = spelling.at_layer(symbol, 0), spelling.at_layer(symbol, 1)
    marked = MARKED[spelling.layers].format(layer=spelling.layer(0), kernel=below, at=layer, above=above)
    return (
        rf"{marked} ${spelling.width()}$ its width; $\langle\,\cdot\,\rangle_{below}$ is "
        rf"the expectation over the Gaussian of covariance ${layer}$. Subscripts are samples: "
        rf"${f}_1$ stands for ${f}({z.latex('1')})$, and $\partial_a$ differentiates with respect to the "
        r"preactivation of sample $a$."
    )


def to_latex_sections(report: Report) -> str:
    r"""Sections as \section*, ready to \input; needs amsmath, and what its first line says beyond it."""
    return with_needs(LatexReport(report.spelling, report.title).report(named_apart(report)))


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
    return ["longtable"] if r"\begin{longtable}" in body else []


def to_latex_document(report: Report, wider: float = 0.0) -> str:
    """A complete article around the sections; ``wider``: points added to a letter page at the right."""
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
        margins=f"paperwidth={PAPER_WIDTH + ceil(wider)}pt,textwidth=6.5in,vmargin=1in,left=1in"
        if wider
        else "margin=1in",
    )


@dataclass
class LatexReport:
    """Remembers which definitions a section already has."""

    spelling: Spelling = OURS
    file: str = ""  # what labels begin with
    defined: dict[str, str] = field(default_factory=dict)  # what is defined -> how, within the section
    heading: str = ""  # "At one input:" is said once for a run of equations

    def report(self, report: Report) -> str:
        """All sections, as a fragment for a document that loads amsmath."""
        parts = []
        for section in report.sections:
            self.begin_section()
            parts.append(rf"\section*{{{self._words(section.title)}}}")
            parts += [self.item(item) for item in section.items]
        return stacked([part for part in parts if part])

    def begin_section(self) -> None:
        """Forget what the section before has defined."""
        self.heading = ""
        self.defined.clear()

    def result(self, item: Item) -> str:
        """An equation with the definitions that are new, a critical point or a table: nothing that stands above it."""
        match item:
            case DerivedEquation():
                return self._equation(item.name, displayed(item.equation, (), item.equal_widths), None)
            case SpecialisedEquation():
                return self._equation(item.name, displayed_item(item), item.found)
        return self.item(item)

    def _equation(self, name: str, shown: DisplayedEquation, found: BoundEquation | None) -> str:
        label = label_of(self.file, name) if name else None
        display = align([equation_row(shown, found, self.spelling)], label)
        return self._paragraphs(display, self._where(shown), moments_latex(found, self.spelling))

    def item(self, item: Item) -> str:
        """One item as LaTeX."""
        match item:
            case Prose(words):
                return self._words(words)
            case DerivedEquation():
                return self._paragraphs(self._words(item.note), self.result(item))
            case SpecialisedEquation():
                return self._specialised(item)
            case CriticalPoint():
                return critical_point_latex(item, self.spelling)
            case Table():
                return table_latex(item, self.spelling)
            case DotPlot():
                return dot_plot_latex(item, self._words(item.caption))
            case Verdict():
                return verdict_latex(item, self.spelling)
            case StepList(title, steps, names):
                rows = [rf"\paragraph{{{self._words(title)}}}"] if title else []
                for number, step in enumerate(steps, start=1):
                    rows.append(
                        rf"\noindent\textit{{{number}. {latex_text(step.name)}.}} {latex_text(step_why(step, names))}"
                    )
                    rows.append(align(step_lines_latex(step, names, self.spelling), None))
                return "\n".join(rows)
        raise TypeError(f"no way to show {type(item).__name__}")

    def _words(self, words: Words) -> str:
        return words_latex(words, self.spelling)

    def _paragraphs(self, *parts: str) -> str:
        return "\n".join(part for part in parts if part)

    def _specialised(self, item: SpecialisedEquation) -> str:
        heading = specialisation_latex(item.found, self.spelling)
        note = self._words(item.note) or ("" if heading == self.heading else heading)
        self.heading = heading
        return self._paragraphs(note, self.result(item))

    def new_definitions(self, shown: DisplayedEquation) -> list[str]:
        """The definitions an equation needs and this section does not have yet."""
        return new_definitions(shown.where_latex(self.spelling), self.defined)

    def _where(self, shown: DisplayedEquation) -> str:
        """New definitions only: inline when short, displayed when not."""
        new = self.new_definitions(shown)
        short = [text for text in new if visible_width(text) <= LONGEST_INLINE]
        long = [text for text in new if visible_width(text) > LONGEST_INLINE]
        written = [r"\noindent where " + joined([f"${text}$" for text in short]) + "."] if short else []
        for text in long:
            left, _, right = text.partition(" = ")
            written.append((r"\noindent where" + "\n" if not short else "") + align([(left, right)], None))
        return "\n".join(written)


def stacked(parts: list[str]) -> str:
    """Paragraphs apart, but a display right under a display in the same paragraph."""
    text = ""
    for part in parts:
        displays = text.endswith(("\\end{align}", "\\end{align*}")) and part.startswith("\\begin{align")
        text += ("" if not text else "\n" if displays else "\n\n") + part
    return text + "\n"


def equation_row(
    shown: DisplayedEquation, found: BoundEquation | None = None, spelling: Spelling = OURS
) -> tuple[str, ...]:
    """left, right, and what else the right side equals: without expectations, in closed form."""
    writer = LatexWriter(spelling)
    row = [writer.tensor(shown.left), writer.sum(shown.right)]
    if shown.explicit is not None:
        row.append(writer.sum(shown.explicit))
    if found is not None and found.closed_form is not None:
        from ptheory.rendering.written_numbers import long_rationals

        rounded = APPROXIMATELY if long_rationals(found.closed_form) else ""
        row.append(rounded + ClosedForms(found, spelling).latex(found.closed_form))
    return tuple(row)


def moments_latex(found: BoundEquation | None, spelling: Spelling = OURS) -> str:
    """The single averages that have a closed form where the right side as a whole has none, as a sentence."""
    if found is None or not found.moments:
        return ""
    closed = ClosedForms(found, spelling)
    written = [f"${without_marks(closed.moment_latex(atom, value))}$" for atom, value in found.moments]
    return f"Here {joined(written)}."


def align(equations: Sequence[tuple[str, ...]], label: str | None, width: float = LINE_WIDTH) -> str:
    """(left, right, what it also equals, ...) rows as one align; broken lines are indented; numbered when labelled.

    What begins with APPROXIMATELY is equal up to rounding.
    """
    lines: list[str] = []
    widest = max(visible_width(left) for left, *_ in equations)
    for left, *rights in equations:
        for k, right in enumerate(rights):
            head = left if not k else ""
            relation = r"\approx" if right.startswith(APPROXIMATELY) else "="
            right = right.removeprefix(APPROXIMATELY)
            first, *rest = broken(right, width - widest - 2, visible_width, times=r"\times ")
            lines.append(f"{head} &{relation} {first}")
            lines += [rf"&\quad {line}" for line in rest]
    star = "" if label else "*"
    ending = rf" \label{{{label}}}" if label else ""
    body = " \\\\\n".join(
        "  " + line + (r" \notag" if label and k < len(lines) - 1 else "") for k, line in enumerate(lines)
    )
    return f"\\begin{{align{star}}}\n{body}{ending}\n\\end{{align{star}}}"


def joined(parts: list[str]) -> str:
    """a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def specialisation_latex(found: BoundEquation, spelling: Spelling = OURS) -> str:
    """Where an equation holds: its inputs and bindings, in words."""
    if not found.inputs:
        where = "At one input" if len({leg.sample for leg in found.equation.target.legs}) == 1 else "At these samples"
    else:
        where = "At inputs " + joined([f"${latex_identifier(name)}$" for name in found.inputs])
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


def verdict_latex(verdict: Verdict, spelling: Spelling = OURS) -> str:
    """The verdict in bold, its details as a list."""
    lines = [rf"\noindent\textbf{{{verdict.kind}}}: {words_latex(verdict.what, spelling)}"]
    if verdict.details:
        lines.append(r"\begin{itemize}")
        lines += [rf"\item {words_latex(detail, spelling)}" for detail in verdict.details]
        lines.append(r"\end{itemize}")
    return "\n".join(lines)
