r"""Results as LaTeX to \input in a paper: one file for each, a fragment of all, and a macro for every one.

Nothing but mathematics and tables: no headings, no verdicts, no prose of a log. Labels and macros are made of what a
result is, so that a file put in another order writes the same files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ptheory.language.claim_names import SUSCEPTIBILITIES
from ptheory.rendering.annotated_tex import marked
from ptheory.rendering.figure_files import figure_latex
from ptheory.rendering.latex_document import (
    LatexReport,
    critical_point_latex,
    for_a_page,
    moments_latex,
    stacked,
    unicode_definitions,
    with_needs,
)
from ptheory.rendering.latex_equations import align, equation_row, numbered_formula
from ptheory.rendering.latex_tables import table_latex
from ptheory.rendering.latex_text import FOREIGN
from ptheory.rendering.named_results import NamedItem, named_items
from ptheory.rendering.report import (
    CriticalPoint,
    DerivedEquation,
    Figure,
    Formula,
    NamedNumber,
    Report,
    Solved,
    SpecialisedEquation,
    Table,
    Verdict,
)
from ptheory.rendering.result_names import file_of, label_of, macro_of, macro_told_apart, number_macro
from ptheory.rendering.spelling import Spelling
from ptheory.rendering.words import formula_as_latex, words_latex
from ptheory.rendering.written_equations import DisplayedEquation, displayed_as
from ptheory.rendering.written_solutions import solution_latex
from ptheory.results.specialisation import BoundEquation

TAKEN = (
    r"\AA",
    r"\AE",
    r"\OE",
    r"\SS",
    r"\TH",
    r"\DH",
    r"\DJ",
    r"\NG",
    r"\IJ",
    r"\O",
    r"\L",
    r"\P",
    r"\S",
    r"\H",
    r"\G",
)  # by commands of LaTeX
ITS_OWN = (r"\ptOnce", r"\ptThis")
IN_PROSE = 6  # significant digits
ONCE = r"""\providecommand{\ptOnce}[3]{\ifdefined#2\long\def\ptThis{#3}\ifx#2\ptThis\else
  \GenericError{}{\string#2 has another meaning in a file read before}{}%
  {Write one of the two with ptheory run --macros PREFIX: its macros begin with PREFIX.}\fi\else#1{#2}{#3}\fi}"""


@dataclass(frozen=True)
class NamedLatex:
    """One result: ``display`` with its label, ``formula`` in one line ("" for a table); ``uses``: names of the
    definitions it rests on."""

    name: str
    display: str
    formula: str
    uses: tuple[str, ...] = ()


def latex_results(report: Report) -> list[NamedLatex]:
    """Every result of the report, and every quantity its equations are written with."""
    apart = for_a_page(report)
    found: dict[str, NamedLatex] = {}
    for item in named_items(apart):
        for one in _results(item, apart):
            found.setdefault(one.name, one)
    return list(found.values())


def _results(item: NamedItem, report: Report) -> Iterator[NamedLatex]:
    label, spelling = label_of(report.title, item.name), report.spelling
    match item:
        case DerivedEquation():
            yield from _equation(item.name, displayed_as(item, report.spelling), None, report)
        case SpecialisedEquation():
            yield from _equation(item.name, displayed_as(item, report.spelling), item.found, report)
        case CriticalPoint():
            values = [f"{spelling.name(name)} = {_number(value, spelling)}" for name, value in item.values.items()]
            point = f"{spelling.starred(item.kernel_name)} = {_number(item.kernel, spelling)}"
            yield NamedLatex(item.name, critical_point_latex(item, spelling), ",\\quad ".join([point, *values]))
        case Solved(form):
            row = solution_latex(form, spelling)
            yield NamedLatex(item.name, align([row], label, report.columns), " = ".join(row))
        case Table():
            yield NamedLatex(item.name, table_latex(item, spelling, report.columns), "")
        case Figure():
            yield NamedLatex(item.name, figure_latex(item, words_latex(item.caption, spelling)), "")
        case Verdict(latex=latex) if latex:
            display = numbered_formula(latex, label, report.columns)
            yield NamedLatex(item.name, marked(item.kind, display) if report.margin else display, latex)


def _equation(name: str, shown: DisplayedEquation, found: BoundEquation | None, report: Report) -> Iterator[NamedLatex]:
    """The equation, and before it the quantities it is written with."""
    uses = []
    for called, definition in definitions_of(name, shown, report.spelling):
        left, _, right = definition.partition(" = ")
        uses.append(called)
        yield NamedLatex(called, align([(left, right)], label_of(report.title, called), report.columns), definition)
    row = equation_row(shown, found, report.spelling)
    formula = " = ".join(row)
    display = "\n".join(
        filter(
            None,
            [
                align([row], label_of(report.title, name), report.columns),
                moments_latex(found, report.spelling, report.columns),
            ],
        )
    )
    yield NamedLatex(name, display, formula, tuple(uses))


RAISED = ("let:raised", "let:inverse-kernel")  # what indices above stand for


def definitions_of(name: str, shown: DisplayedEquation, spelling: Spelling) -> list[tuple[str, str]]:
    """(name, left = right) of every susceptibility and layer function an equation is written with.

    The closed form of one is a result of its own, chi_par:gelu beside G1:gelu. A letter is let:r, so that the macros
    of it and of a tensor R differ.
    """
    general = replace(shown, closed_susceptibilities=())
    at_inputs = ":two-inputs" if shown.defined_at else ""
    letters = [
        f"{called}{at_inputs}" if called in SUSCEPTIBILITIES else f"let:{called}"
        for called, _ in general.susceptibilities
    ]
    names = [*letters, *(RAISED if shown.has_raised else ()), *(called for called, _ in general.definitions)]
    found = list(zip(names, general.where_latex(spelling), strict=True))
    closed = replace(shown, susceptibilities=(), has_raised=False, notation=replace(shown.notation, definitions=()))
    bound = name.split(":")[1:]
    named = [":".join([called, *bound]) for called, _ in closed.closed_susceptibilities]
    return [*found, *zip(named, closed.where_latex(spelling), strict=True)]


def _number(value: Any, spelling: Spelling) -> str:
    return rf"\text{{{value}}}" if isinstance(value, str) else formula_as_latex(in_prose(value), spelling)


def in_prose(value: Any) -> Formula:
    """A number with six significant digits where it is no short exact one."""
    return Formula(value if isinstance(value, (int, Fraction)) else rounded(value, IN_PROSE), digits=IN_PROSE)


def rounded(value: Any, digits: int) -> Any:
    """A SymPy number: decimals to so many digits, exact ones as they are."""
    import sympy as sp

    return sp.N(value, digits) if value.has(sp.Float) else value


def result_file(result: NamedLatex, report: Report) -> str:
    r"""What is written to NAME/V-gelu.tex: the display alone, ready to \input."""
    head = f"% {result.name} of {report.source or report.title}\n"
    if result.uses:
        head += f"% written with {', '.join(file_of(name) + '.tex' for name in result.uses)}\n"
    return head + with_needs(result.display) + "\n"


def to_latex_fragment(report: Report) -> str:
    r"""All results in the order of the report, each quantity defined where it is first used; ready to \input."""
    apart = for_a_page(report)
    writer, parts = LatexReport(apart.spelling, apart.title, apart.columns), []
    writer.begin_section()
    for item in named_items(apart):
        if isinstance(item, Verdict):
            parts += [one.display for one in _results(item, apart)]
        else:
            parts.append(writer.result(item))
    body = stacked(parts)
    return with_needs((unicode_definitions() if FOREIGN in body else "") + body)


def to_latex_macros(report: Report) -> str:
    r"""A \newcommand for every equation, critical point and number, \ptGeluCW; to be read once, in the preamble.

    Numbers that are no short exact ones have six significant digits, and all of them in a comment.
    """
    macros = latex_macros(report)
    lines = [f"% macros of {report.source or report.title}", ONCE]
    lines += [macro.line() for macro in macros]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def latex_macros(report: Report) -> list[Macro]:
    """Every macro, its command its own: names that differ in signs LaTeX has no letters for are told apart."""
    macros = [
        Macro(macro_of(one.name, report.macros), one.name, one.formula) for one in latex_results(report) if one.formula
    ]
    macros += [_number_macro(number, report) for section in report.sections for number in section.numbers]
    meanings: dict[str, set[str]] = {}
    for macro in macros:
        meanings.setdefault(macro.command, set()).add(macro.formula)
    return [
        replace(macro, command=macro_told_apart(macro.command, macro.name))
        if len(meanings[macro.command]) > 1 or macro.command in ITS_OWN
        else macro
        for macro in macros
    ]


@dataclass(frozen=True)
class Macro:
    """``command`` for ``formula``; ``name``: of what; ``whole``: a number with all its digits."""

    command: str
    name: str
    formula: str
    whole: str = ""

    def line(self) -> str:
        """Its definition, all digits of a number in a comment behind."""
        definition = rf"\ptOnce\newcommand{{{self.command}}}{{\ensuremath{{{self.formula}}}}}"
        return f"{definition} % {self.whole}" if self.whole else definition


def _number_macro(number: NamedNumber, report: Report) -> Macro:
    spelling = report.spelling
    shown = formula_as_latex(in_prose(number.value), spelling)
    whole = formula_as_latex(Formula(number.value), spelling)
    command = number_macro(number.result, number.quantity, report.macros)
    return Macro(command, f"{number.quantity}:{number.result}", shown, "" if whole == shown else whole)
