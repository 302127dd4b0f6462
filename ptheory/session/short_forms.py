"""The short form of every recursion on a page, taken only where a claim that states it is proved.

A form is printed in the language, read back, and decided like any claim about the architecture: the equation as derived
stands left, the abbreviations of the page are lets. What the language cannot say (a layer function that has a name on
the page only, derivatives of a kinked activation) is held against the derivation in averages alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.claims.claims import decide
from ptheory.claims.verdict import Kind
from ptheory.language.claim_names import DERIVED
from ptheory.language.errors import LanguageError
from ptheory.language.parser import parse_text
from ptheory.language.statements import ClaimStatement, LetStatement, NotationEntry
from ptheory.networks.program import Program
from ptheory.recursion.equation import Equation
from ptheory.rendering.brackets import MeanAtom
from ptheory.rendering.notation import Notation
from ptheory.rendering.report import DerivedEquation, Item, Report, SpecialisedEquation
from ptheory.rendering.shortest.known import Known, known_quantities
from ptheory.rendering.shortest.ratios import given_ratios
from ptheory.rendering.shortest.short_form import Names, ShortForm, recursion_of, short_form, simpler
from ptheory.rendering.written_equations import DisplayedEquation, displayed_short, notation_of_item


def with_short_forms(report: Report, program: Program) -> Report:
    """The report with a short form beside every recursion at one input that has one."""
    forms = ShortForms(names_of(program))
    derived = [item for section in report.sections for item in section.items if isinstance(item, DerivedEquation)]
    sections = []
    for section in report.sections:
        bound = [item for item in section.items if isinstance(item, SpecialisedEquation) and item.found.bindings]
        beside = [item.found.equation for item in bound] or [one.equation.at_one_input() for one in derived]
        sections.append(replace(section, items=tuple(forms.item(item, beside) for item in section.items)))
    return replace(report, sections=tuple(sections))


def names_of(program: Program) -> Names:
    """The letters a file has of its own, and every name that another one may not have."""
    lets = {name: statement.right for name, statement in program.lets.items()}
    taken = {*DERIVED, *program.architectures, *program.activations, *program.observables, *program.definitions, *lets}
    taken |= {entry.latex for entry in program.notation if isinstance(entry, NotationEntry)}
    for architecture in program.architectures.values():
        taken.update(architecture.fields)
        taken.update(parameter.name for parameter in architecture.parameters)
    return Names(taken, given_ratios(lets))


@dataclass
class ShortForms:
    """Every form is searched for and proved once."""

    names: Names
    _proved: dict[tuple[int, tuple[str, ...]], bool] = field(default_factory=dict)
    _found: dict[tuple[object, ...], ShortForm | None] = field(default_factory=dict)
    _known: dict[tuple[object, ...], tuple[Known, ...]] = field(default_factory=dict)

    def item(self, item: Item, beside: Sequence[Equation]) -> Item:
        """The item with its short form; ``beside``: recursions whose left sides may stand in it."""
        if not isinstance(item, SpecialisedEquation) or item.found.inputs:
            return item
        notation = notation_of_item(item)
        if not notation.one_input:
            return item
        return replace(item, short=self.of(item.found.equation, beside, notation))

    def of(self, equation: Equation, beside: Iterable[Equation], notation: Notation) -> ShortForm | None:
        """The form, proved equal to the equation; None where there is none."""
        same = [one for one in beside if one.system is equation.system and one.target != equation.target]
        jumps = tuple(sorted(notation.jumps.items())), notation.kinks_dropped
        key = (id(equation.system), equation.target, equation.right, jumps, tuple(one.target for one in same))
        if key not in self._found:
            known_key = (id(equation.system), jumps)
            if known_key not in self._known:
                self._known[known_key] = known_quantities(equation.system, notation)
            self._found[key] = self._proved_form(equation, same, self._known[known_key], notation)
        return self._found[key]

    def _proved_form(
        self, equation: Equation, beside: Sequence[Equation], known: Sequence[Known], notation: Notation
    ) -> ShortForm | None:
        recursion = recursion_of(equation, notation)
        others = simpler([recursion_of(one, notation) for one in beside], recursion)
        symbols = {atom.name for atom in recursion.right.atoms() if isinstance(atom, Symbol)}
        names = replace(self.names, taken={*self.names.taken, *symbols})
        found = short_form(recursion, others, known, notation, names)
        if found is None or found.written_out(others) != recursion.right:
            return None
        if not notation.definitions and not derivatives_in(found.right):
            stated = claim_of(equation, displayed_short(equation, notation, found))
            key = id(equation.system), stated
            if key not in self._proved:
                self._proved[key] = is_proved(equation, stated)
            if not self._proved[key]:
                return None
        return found


def derivatives_in(right: Polynomial) -> bool:
    """Whether an average of derivatives stands in it, which is no part of the language of claims."""
    return any(isinstance(atom, MeanAtom) and atom.derivatives for atom in right.atoms())


def claim_of(equation: Equation, shown: DisplayedEquation) -> tuple[str, ...]:
    """The lines of a file that claims what the page says: its letters as lets, then the equation."""
    lets = [f"let {text}" for text in shown.where_text(unicode=False) if text.partition(" = ")[0] not in DERIVED]
    scope = f"for {equation.system.model.architecture.name}, inputs one"
    return (*lets, f'claim "{equation.name}": {shown.text(unicode=False)} {scope}')


def is_proved(equation: Equation, stated: Sequence[str]) -> bool:
    """Whether the claim is proved."""
    statements = parse_text("\n".join(["ptheory 1", *stated, ""]), "<short form>").statements
    abbreviations = {one.name: one.right for one in statements if isinstance(one, LetStatement)}
    (claim,) = (one for one in statements if isinstance(one, ClaimStatement))
    try:
        return decide(claim, equation.system, equation.names, {}, abbreviations).kind is Kind.PROVED
    except LanguageError:
        return False
