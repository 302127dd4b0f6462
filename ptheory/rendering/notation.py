"""What is called what in one equation: site functions given short names, legs labelled, dummies lettered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ptheory.language.expressions import Add, Call, Expression, FieldAt, Multiply
from ptheory.networks.architecture import SiteFunction
from ptheory.networks.fields import Field
from ptheory.recursion.equation import Equation
from ptheory.recursion.jets import FieldValue, Jet, expand_formula, formula_of, in_variable, walk
from ptheory.recursion.places import Place, Sample
from ptheory.recursion.tensor_names import NamedTensor, TensorNames
from ptheory.recursion.tensors import Leg, covariance, tensor
from ptheory.recursion.variables import parts_of
from ptheory.rendering.tree import LegLabel

SHORT_NAMES = ("phi", "psi", "varphi", "rho", "omega")
DUMMY_LETTERS = "abcdefghpqrstuvwxy"


@dataclass(frozen=True)
class Notation:
    """``sites``: the architecture's site functions with compound one-field formulas replaced by a short name, stated in
    ``definitions`` as (name, formula in z). ``one_input``: sample labels are left unsaid. ``inputs``: labels of samples
    1, 2, ... ``outputs``: fields that no layer reads; their tensors have names of their own.
    """

    names: TensorNames
    sites: tuple[SiteFunction, ...]
    fields: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    definitions: tuple[tuple[str, Expression], ...] = ()
    one_input: bool = False
    inputs: tuple[str, ...] = ()
    equal_widths: bool = False
    dummies: Mapping[Place, str] = field(default_factory=dict)  # of a dummy -> its letter
    jumps: Mapping[str, int] = field(default_factory=dict)  # kinked activation -> its first derivative that jumps
    kinks_dropped: bool = False
    along: int = 0  # the sample whose powers a series is in, 0 where an equation is none

    @property
    def several_fields(self) -> bool:
        """Whether a leg has to say which field it is of."""
        return len(self.fields) > 1

    @cached_property
    def covariance(self) -> NamedTensor:
        """What the covariance is called, and its leading coefficient: as declared where there is one field."""
        names = TensorNames(()) if self.several_fields else self.names
        field = Field(self.fields[0])
        return names.of(tensor((covariance(Leg(field, Sample(1)), Leg(field, Sample(2))),)))

    def label(self, leg: Leg) -> LegLabel:
        """How a leg is written; what goes without saying is left out."""
        if leg.is_dummy:
            return LegLabel(letter=self.dummies.get(leg.place, f"a{leg.place.number}"))
        sample = "" if self.one_input else self.sample(leg.sample)
        field = leg.field
        return LegLabel(
            field=field.name if self.several_fields or field.depth else "", sample=sample, depth=field.depth
        )

    def variable(self, leg: Leg) -> LegLabel:
        """The label where a field is named by itself, in ∂z and in formulas: its name is never left unsaid."""
        label = self.label(leg)
        return label if label.letter or label.field else replace(label, field=leg.field.name)

    def differentiated(self, leg: Leg) -> LegLabel:
        """The label of a derivative: 1 for ∂_1, z where there is no other label."""
        label = self.label(leg)
        return label if label.letter or label.field or label.sample else self.variable(leg)

    def sample(self, number: int) -> str:
        """The name of an input, or its number where it has none."""
        return self.inputs[number - 1] if 1 <= number <= len(self.inputs) else str(number)

    @cached_property
    def functions(self) -> tuple[str, ...]:
        """Every function name in the site functions, in order of first appearance."""
        found: dict[str, None] = {}
        for site in self.sites:
            for node in walk(site.formula):
                if isinstance(node, Call):
                    found.setdefault(node.function)
        return tuple(found)


def notation_of(equation: Equation, inputs: Iterable[str] = (), equal_widths: bool = False) -> Notation:
    """The notation of an equation; at one input when every leg of its target carries sample 1 and no other is there."""
    model = equation.system.model
    labels = tuple(inputs)
    sites, definitions = name_compound_sites(model.sites)
    one_input = {leg.sample for leg in equation.target.legs} == {1} and len(labels) <= 1
    return Notation(
        names=equation.names,
        sites=sites,
        fields=model.architecture.fields,
        outputs=model.architecture.outputs,
        definitions=definitions,
        one_input=one_input,
        inputs=labels,
        equal_widths=equal_widths,
    )


def name_compound_sites(
    sites: tuple[SiteFunction, ...],
) -> tuple[tuple[SiteFunction, ...], tuple[tuple[str, Expression], ...]]:
    """Give every one-field site function that is a sum, or is no product of named functions, a short name.

    So too a compound function of one linear combination of fields: 1/(1 + (u + v)^2) is phi(u + v).
    """
    taken = {node.function for site in sites for node in walk(site.formula) if isinstance(node, Call)}
    available = [name for name in SHORT_NAMES if name not in taken]
    available += [f"phi_{k}" for k in range(1, len(sites) + 1)]
    named: list[SiteFunction] = []
    definitions: list[tuple[str, Expression]] = []
    for site in sites:
        argument, function = _as_one_function(site)
        if argument is None or function is None:
            named.append(site)
            continue
        name = available.pop(0)
        definitions.append((name, function))
        named.append(SiteFunction(Call(name, (argument,)), site.fields))
    return tuple(named), tuple(definitions)


def _as_one_function(site: SiteFunction) -> tuple[Expression | None, Expression | None]:
    """(argument, function of z) of a compound site function; None for one that is written as it stands."""
    if len(site.fields) == 1:
        (field,) = site.fields
        compound = _is_compound(site.formula)
        return (FieldAt(field.name, "j", "a"), in_variable(site.formula)) if compound else (None, None)
    jets = list(expand_formula(site.formula, Sample(1)).atoms())
    if len(jets) != 1 or not isinstance(jets[0], Jet) or isinstance(jets[0].function, str):
        return None, None
    terms = (Multiply((formula_of(slope), FieldAt(leg.field.name, "j", "a"))) for leg, slope in parts_of(jets[0].leg))
    return Add(tuple(terms)), jets[0].function


def _is_compound(formula: Expression) -> bool:
    jets = expand_formula(formula, Sample(1))
    if len(jets) != 1:
        return True
    return any(isinstance(atom, Jet) and not isinstance(atom.function, str) for atom in jets.atoms()) or not any(
        isinstance(atom, (Jet, FieldValue)) for atom in jets.atoms()
    )
