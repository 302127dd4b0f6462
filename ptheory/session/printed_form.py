"""An equation in Python as pages print it: in its short form, with what that abbreviates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ptheory.networks.program import Program
from ptheory.recursion.equation import Equation
from ptheory.rendering.report import DerivedEquation, Item, SpecialisedEquation
from ptheory.rendering.spelling import Spelling
from ptheory.rendering.written_equations import DisplayedEquation, displayed_as, displayed_item
from ptheory.results.specialisation import BoundEquation
from ptheory.session.short_forms import ShortForms, names_of


@dataclass(frozen=True)
class PrintedForm:
    """left = right with susceptibilities, letters and tensors of the next layer; ``definitions`` say what they are.

    ``typeset``: the same with averages as the author writes them.
    """

    shown: DisplayedEquation
    typeset: DisplayedEquation
    spelling: Spelling

    def latex(self) -> str:
        """The equation as LaTeX for amsmath, in the symbols of the file's notation block."""
        return self.typeset.latex(self.spelling)

    @property
    def rhs(self) -> str:
        """The right side in the language's ASCII syntax."""
        return self.shown.right_text()

    @property
    def definitions(self) -> tuple[str, ...]:
        """left = right of every abbreviation, in ASCII."""
        return self.shown.where_text(unicode=False)

    @property
    def definitions_latex(self) -> tuple[str, ...]:
        """The same as LaTeX."""
        return self.typeset.where_latex(self.spelling)

    def __str__(self) -> str:
        return self.shown.text(unicode=False)


def printed_form(equation: Equation, beside: Sequence[Equation], program: Program, spelling: Spelling) -> PrintedForm:
    """``beside``: recursions of the file, whose left sides may stand on the right."""
    item: Item = DerivedEquation(equation)
    if {leg.sample for leg in equation.target.legs} == {1}:
        item = SpecialisedEquation(BoundEquation(equation))
    found = ShortForms(names_of(program)).item(item, [one.at_one_input() for one in beside], beside)
    assert isinstance(found, (DerivedEquation, SpecialisedEquation))
    return PrintedForm(displayed_item(found), displayed_as(found, spelling), spelling)
