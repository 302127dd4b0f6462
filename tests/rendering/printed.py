"""What the pages of a derivation file print, each equation as the claim that states it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import ptheory as pt
from ptheory.language.claim_names import DERIVED
from ptheory.rendering.claim_forms import ClaimForms
from ptheory.rendering.latex import LatexWriter
from ptheory.rendering.report import DerivedEquation, Report, SpecialisedEquation
from ptheory.rendering.written_closed_forms import ClosedForms
from ptheory.rendering.written_equations import DisplayedEquation, displayed_item
from ptheory.rendering.written_formulas import TextStyle

NUMBERS = re.compile(
    r"(?ms)^(flow|atlas) [^{]*\{.*?^\}"
    r"|^plot [^{\n]*(?:\{[^}]*\})?\n"
    r"|\b(?:check by|angle|phase|consequences|exponents|solve)\b[^\n}]*"
    r"|set K = 1(?=  critical)|\bK = 1, |\bcritical\b"  # a kernel is set where variances are solved for
    r"|^claim .*?(?=^(?:claim|with|flow|derive|let|#)|\Z)"
)
BEYOND = re.compile(r"(?m)^derive G, V to order 1/n$")
TASKS = re.compile(r"(?m)^derive.*$|^with (?:.|\n)*?\}")
UNICODE = TextStyle(True)


@dataclass(frozen=True)
class Printed:
    """``claim``: as it stands behind the label; ``is_latex``: behind ``claim latex``; ``ascii``: another spelling."""

    left: str
    claim: str
    is_latex: bool = False
    ascii: str = ""
    lets: tuple[str, ...] = ()

    def statement(self, number: int) -> str:
        """The claim of a file."""
        return f'claim{" latex" if self.is_latex else ""} "{number}": {self.claim}\n'


def without_numbers(path: Path) -> str:
    """What the file derives and specialises, V to leading order: nothing that is numbers alone, and no claims."""
    return BEYOND.sub("derive G to order 1/n\nderive V", NUMBERS.sub("", path.read_text("utf-8")))


def equations_of(report: Report) -> list[tuple[str, str, tuple[str, ...]]]:
    """(name, left side, activations) of every equation on the pages, in order."""
    return [
        (item.equation.name, "", ()) if isinstance(item, DerivedEquation)
        else (item.found.equation.name, item.found.left_side, tuple(item.found.bindings.values()))
        for section in report.sections for item in section.items
        if isinstance(item, DerivedEquation | SpecialisedEquation)
    ]  # fmt: skip


def declarations(text: str) -> str:
    """The file without its tasks."""
    return TASKS.sub("", text)


@cache
def report_of(text: str) -> Report:
    """What the pages of a text are made of; several tests look at those of one file."""
    return pt.run_text(text).report


def printed(text: str) -> Iterator[Printed]:
    """Every equation on the pages of a text, in each notation."""
    for section in report_of(text).sections:
        for item in section.items:
            if isinstance(item, DerivedEquation):
                yield from derived(item)
            elif isinstance(item, SpecialisedEquation):
                yield from specialised(item)


def letters(shown: DisplayedEquation) -> tuple[str, ...]:
    """What the page abbreviates by letters of its own, as lets."""
    defined = (text for text in shown.where_text(unicode=False) if text.partition(" = ")[0] not in DERIVED)
    return tuple(f"let {text}" for text in defined if not {"[", "("} & set(text.partition(" = ")[0]))


def derived(item: DerivedEquation) -> Iterator[Printed]:
    shown, forms = displayed_item(item), ClaimForms(item.equation)
    one_input = ", inputs one" if forms.notation.one_input else ""
    scope = f"for {item.equation.system.model.architecture.name}{one_input}"
    left, lets = item.equation.name, letters(shown)
    yield Printed(left, f"{shown.text(True)} {scope}", ascii=f"{shown.text(False)} {scope}", lets=lets)
    yield Printed(left, rf"\[ {shown.latex()} \] {scope}", True, lets=lets)


def specialised(item: SpecialisedEquation) -> Iterator[Printed]:
    found, shown, closed = item.found, displayed_item(item), ClosedForms(item.found)
    forms = ClaimForms(
        found.equation, found.inputs, found.bindings, found.symbols, item.equal_widths, found.near, found.through
    )
    scope = ", ".join([forms.scope, *(f"{name} = {value}" for name, value in forms.values.items())])
    bound = [f"with {name} = {value}" for name, value in found.bindings.items() if name not in forms.values]
    with_activations = ", ".join([scope, *bound])
    left, above, lets = found.left_side, LatexWriter().tensor(shown.left), letters(shown)
    yield Printed(left, f"{shown.text(True)} {scope}", ascii=f"{shown.text(False)} {scope}", lets=lets)
    yield Printed(left, rf"\[ {shown.latex()} \] {scope}", True, lets=lets)
    if found.through and any(activation.kinks for activation in found.activations.values()):
        return  # claims say that a kink ends the series
    if found.closed_form is not None:
        yield Printed(left, f"{shown.left_text()} = {closed.text(found.closed_form, UNICODE)} {with_activations}")
        value = closed.latex(found.closed_form)
        yield Printed(left, rf"\[ {above} = {value} \] {with_activations}", True)
    for atom, value in found.moments:
        yield Printed(left, f"{closed.moment_text(atom, value, UNICODE)} {with_activations}")
        yield Printed(left, rf"\[ {closed.moment_latex(atom, value)} \] {with_activations}", True)
