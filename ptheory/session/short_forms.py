"""The short form of every recursion on a page, taken only where a claim that states it is proved.

A form is printed in the language, read back, and decided like any claim about the architecture: the equation as derived
stands left, the abbreviations of the page are lets. What the language cannot say (a layer function that has a name on
the page only, a tensor without a definition, derivatives of a kinked activation) is held against the derivation by
algebra alone.

At several inputs the second of the two routes to a proof is the algebra that undoes every substitution: evaluation at
points would take as long as the derivation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.claims.claims import decide, have_one_normal_form
from ptheory.claims.verdict import Kind
from ptheory.language.claim_names import DERIVED
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression
from ptheory.language.parser import parse_text
from ptheory.language.statements import ClaimStatement, Inputs, LetStatement, NotationEntry
from ptheory.networks.architecture import Weights
from ptheory.networks.program import Program
from ptheory.recursion.equation import Equation
from ptheory.recursion.system import generic_slots
from ptheory.recursion.tensors import Tensor
from ptheory.rendering.brackets import MeanAtom
from ptheory.rendering.notation import Notation, notation_of
from ptheory.rendering.report import DerivedEquation, Item, Report, SpecialisedEquation
from ptheory.rendering.shortest.at_inputs import short_form_at_inputs
from ptheory.rendering.shortest.known import Known, known_quantities
from ptheory.rendering.shortest.other_recursions import Recursion
from ptheory.rendering.shortest.ratios import Names, given_ratios
from ptheory.rendering.shortest.short_form import ShortForm, recursion_of, short_form, simpler
from ptheory.rendering.written_equations import DisplayedEquation, displayed_short, notation_of_item


def with_short_forms(report: Report, program: Program) -> Report:
    """The report with a short form beside every recursion that has one."""
    forms = ShortForms(names_of(program))
    derived = [item for section in report.sections for item in section.items if isinstance(item, DerivedEquation)]
    sections = []
    for section in report.sections:
        bound = [item for item in section.items if isinstance(item, SpecialisedEquation) and item.found.bindings]
        beside = [item.found.equation for item in bound] or [one.equation.at_one_input() for one in derived]
        any_inputs = [one.equation for one in derived]
        items = tuple(forms.item(item, beside, any_inputs) for item in section.items)
        sections.append(replace(section, items=items))
    return replace(report, sections=tuple(sections))


def names_of(program: Program) -> Names:
    """The letters a file has of its own, and every name that another one may not have."""
    lets = {name: statement.right for name, statement in program.lets.items()}
    taken = {*DERIVED, *program.architectures, *program.activations, *program.observables, *program.definitions, *lets}
    taken |= {entry.latex for entry in program.notation if isinstance(entry, NotationEntry)}
    for architecture in program.architectures.values():
        taken.update(architecture.all_fields)
        taken.update(parameter.name for parameter in architecture.parameters)
    families = [parameter for one in program.architectures.values() for parameter in one.parameters]
    variances = {atom for family in families if isinstance(family, Weights) for atom in family.variance.atoms()}
    return Names(taken, given_ratios(lets), one_family=len(variances) <= 1)


@dataclass
class ShortForms:
    """Every form is searched for and proved once."""

    names: Names
    _proved: dict[tuple[int, tuple[str, ...]], bool] = field(default_factory=dict)
    _found: dict[tuple[object, ...], ShortForm | None] = field(default_factory=dict)
    _recursions: dict[tuple[object, ...], Recursion] = field(default_factory=dict)
    _known: dict[tuple[object, ...], tuple[Known, ...]] = field(default_factory=dict)

    def item(self, item: Item, beside: Sequence[Equation], any_inputs: Sequence[Equation] = ()) -> Item:
        """The item with its short form; ``beside``: recursions at one input whose left sides may stand in it.

        A recursion at any inputs has beside it those of ``any_inputs``.
        """
        if isinstance(item, DerivedEquation):
            return replace(item, short=self.at_inputs(item, any_inputs))
        if not isinstance(item, SpecialisedEquation) or (item.found.inputs and not item.found.near):
            return item
        notation = notation_of_item(item)
        if item.found.near:
            nearness = Inputs(2, item.found.inputs, near=True, through=item.found.through).nearness
            return replace(item, short=self.of(item.found.equation, (), notation, nearness))
        if not notation.one_input:
            return item
        return replace(item, short=self.of(item.found.equation, beside, notation))

    def at_inputs(self, item: DerivedEquation, beside: Sequence[Equation]) -> ShortForm | None:
        """The form of a recursion at any inputs, proved equal to it; None where there is none."""
        equation, notation = item.equation, notation_of(item.equation, (), item.equal_widths)
        same = [one for one in beside if may_stand_in(one, equation)]
        key = (id(equation.system), equation.target, item.equal_widths, tuple(one.target for one in same))
        if key not in self._found:
            symbols = {atom.name for atom in equation.right.atoms() if isinstance(atom, Symbol)}
            names = replace(self.names, taken={*self.names.taken, *symbols})
            found = short_form_at_inputs(equation, same, notation, names)
            if found is not None and not notation.definitions and has_names_for_all(equation):
                stated = claim_of(equation, displayed_short(equation, notation, found))
                found = found if agrees(equation, stated, item.equal_widths) else None
            self._found[key] = found
        return self._found[key]

    def of(
        self, equation: Equation, beside: Iterable[Equation], notation: Notation, near: str = ""
    ) -> ShortForm | None:
        """The form, proved equal to the equation; None where there is none. ``near``: near x to order dx^2."""
        same = [one for one in beside if may_stand_in(one, equation)]
        jumps = tuple(sorted(notation.jumps.items())), notation.kinks_dropped
        key = (id(equation.system), equation.target, equation.right, jumps, tuple(one.target for one in same))
        if key not in self._found:
            known_key = (id(equation.system), jumps, near)
            if known_key not in self._known:
                self._known[known_key] = known_quantities(equation.system, notation)
            self._found[key] = self._proved_form(equation, same, self._known[known_key], notation, near)
        return self._found[key]

    def _recursion(self, equation: Equation, notation: Notation) -> Recursion:
        """The recursion in averages of single products, made once."""
        jumps = tuple(sorted(notation.jumps.items())), notation.kinks_dropped, notation.equal_widths
        key = (id(equation.system), equation.target, equation.right, jumps)
        if key not in self._recursions:
            self._recursions[key] = recursion_of(equation, notation)
        return self._recursions[key]

    def _proved_form(
        self, equation: Equation, beside: Sequence[Equation], known: Sequence[Known], notation: Notation, near: str
    ) -> ShortForm | None:
        recursion = self._recursion(equation, notation)
        others = simpler([self._recursion(one, notation) for one in beside], recursion)
        symbols = {atom.name for atom in recursion.right.atoms() if isinstance(atom, Symbol)}
        names = replace(self.names, taken={*self.names.taken, *symbols})
        found = short_form(recursion, others, known, notation, names)
        if found is None or found.written_out(others) != recursion.right:
            return None
        if not notation.definitions and not derivatives_in(found.right):
            stated = claim_of(equation, displayed_short(equation, notation, found), near)
            key = id(equation.system), stated
            if key not in self._proved:
                self._proved[key] = is_proved(equation, stated)
            if not self._proved[key]:
                return None
        return found


def has_names_for_all(equation: Equation) -> bool:
    """Whether every tensor of the recursion was declared, so that a claim can say it."""
    declared = {entry.shape for entry in equation.names.declared}
    tensors = (atom for atom in equation.right.atoms() if isinstance(atom, Tensor))
    return all(generic_slots(replace(one, order=0)) in declared for one in (equation.target, *tensors))


def derivatives_in(right: Polynomial) -> bool:
    """Whether an average of derivatives stands in it, which is no part of the language of claims."""
    return any(isinstance(atom, MeanAtom) and atom.derivatives for atom in right.atoms())


def claim_of(equation: Equation, shown: DisplayedEquation, near: str = "") -> tuple[str, ...]:
    """The lines of a file that claims what the page says: its letters as lets, then the equation."""
    defined = (text for text in shown.where_text(unicode=False) if text.partition(" = ")[0] not in DERIVED)
    lets = [f"let {text}" for text in defined if "[" not in text.partition(" = ")[0]]
    inputs = f", inputs {near}" if near else ", inputs one" if shown.notation.one_input else ""
    scope = f"for {equation.system.model.architecture.name}{inputs}"
    return (*lets, f'claim "{equation.name}": {shown.text(unicode=False)} {scope}')


def is_proved(equation: Equation, stated: Sequence[str]) -> bool:
    """Whether the claim is proved."""
    claim, abbreviations = _read(stated)
    try:
        return decide(claim, equation.system, equation.names, {}, abbreviations).kind is Kind.PROVED
    except LanguageError:
        return False


def agrees(equation: Equation, stated: Sequence[str], equal_widths: bool = False) -> bool:
    """Whether the two sides of the claim have one normal form, at layers of any widths where they are not equal."""
    claim, abbreviations = _read(stated)
    try:
        return have_one_normal_form(claim, equation.system, equation.names, abbreviations, equal_widths)
    except LanguageError:
        return False


def _read(stated: Sequence[str]) -> tuple[ClaimStatement, dict[str, Expression]]:
    """The claim, and its lets."""
    statements = parse_text("\n".join(["ptheory 1", *stated, ""]), "<short form>").statements
    abbreviations = {one.name: one.right for one in statements if isinstance(one, LetStatement)}
    (claim,) = (one for one in statements if isinstance(one, ClaimStatement))
    return claim, abbreviations


def may_stand_in(one: Equation, equation: Equation) -> bool:
    """Whether the left side of a recursion may stand on the right of another: of the same network, and both of the
    layers or both of the outputs, since a network has only one of them in layer l+1."""
    return one.system is equation.system and one.target != equation.target and one.outputs == equation.outputs
