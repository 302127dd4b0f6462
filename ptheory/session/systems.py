"""The recursion systems of a program: one per architecture, with the tensors the file declares for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ptheory.language.expressions import Expression, Name
from ptheory.language.statements import Binding
from ptheory.networks.architecture import Architecture
from ptheory.networks.check_architecture import hyperparameters
from ptheory.networks.coefficients import TensorAt, tensor_at
from ptheory.networks.formulas import activation_from_formula
from ptheory.networks.observables import Definition, Observable, SlotField
from ptheory.networks.program import Program
from ptheory.recursion.closure import remembers_its_past
from ptheory.recursion.declared import observable_at, observable_kind, tensor_names
from ptheory.recursion.jets import FieldValue, Jet, expand_formula
from ptheory.recursion.layer_model import with_merged_sites
from ptheory.recursion.leading_powers import LeadingPowers, LeadingSystem
from ptheory.recursion.places import Sample
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from ptheory.recursion.tensors import Kind, ObservableAt
from ptheory.recursion.uniform_scaling import uniform_scaling
from ptheory.session.refusals import pointing_at

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation


@dataclass
class Systems:
    """Systems are built when first asked for and kept, so nothing is derived twice within a run."""

    program: Program
    _systems: dict[str, RecursionSystem] = field(default_factory=dict)
    _names: dict[str, TensorNames] = field(default_factory=dict)

    def system(self, architecture: str) -> RecursionSystem:
        """Activations left open; a layer equation that is polynomial as it stands has no vanishing terms."""
        if architecture not in self._systems:
            network = self.program.architectures[architecture]
            system = recursions_of(network, self._kinds(architecture))
            if not remembers_its_past(network):
                degrees = polynomial_degrees(system, own_activations(self.program))
                if degrees is not None:
                    system = recursions_of(network, self._kinds(architecture), degrees)
            self._systems[architecture] = system
        return self._systems[architecture]

    def names(self, architecture: str) -> TensorNames:
        """What tensors and hyperparameters of an architecture are called."""
        if architecture not in self._names:
            observables = self._observables(architecture)
            definitions = self._definitions(architecture)
            declared = tensor_names(definitions, observables, shared_kinds(observables))
            network = self.program.architectures[architecture]
            self._names[architecture] = TensorNames(declared, hyperparameters(network), network.outputs)
        return self._names[architecture]

    def observables(self, architecture: str) -> dict[str, ObservableAt]:
        """The observables an architecture has, by name, each with its legs at samples 1, 2, ..."""
        observables = self._observables(architecture)
        kinds = shared_kinds(observables)
        slots = {name: tuple(range(1, len(found.slots) + 1)) for name, found in observables.items()}
        return {name: observable_at(SlotField(name, at), observables, kinds) for name, at in slots.items()}

    def tensor_at(self, name: str) -> TensorAt:
        """What a name that the checker has accepted stands for."""
        found = tensor_at(name, self.program.definitions, self.program.observables)
        assert found is not None
        return found

    def numeric_system(self, architecture: str, degrees: tuple[int, ...] | None = None) -> RecursionSystem:
        """A system to compute numbers with; ``degrees`` of its site functions where averages are polynomials."""
        merged = with_merged_sites(self.program.architectures[architecture])
        whole = self.system(architecture)
        powers = whole.powers if isinstance(whole, LeadingSystem) else None
        return recursions_of(merged, self._kinds(architecture), degrees, powers)

    def _kinds(self, architecture: str) -> tuple[Kind, ...]:
        return tuple(dict.fromkeys(shared_kinds(self._observables(architecture)).values()))

    def _observables(self, architecture: str) -> dict[str, Observable]:
        fields = self.program.architectures[architecture].all_fields
        present = {n: o for n, o in self.program.observables.items() if all(name in fields for name in o.fields)}
        outputs = self.program.architectures[architecture].outputs
        # what two of them have in common is called after the first: those of the layers come before those of outputs
        return dict(sorted(present.items(), key=lambda item: any(name in outputs for name in item[1].fields)))

    def _definitions(self, architecture: str) -> list[Definition]:
        """The definitions whose fields and observables this architecture has, each once."""
        present = {*self.program.architectures[architecture].all_fields, *self._observables(architecture)}
        found: dict[int, Definition] = {}
        for definition in self.program.definitions.values():
            if all(factor.name in present for factor in definition.factors):
                found.setdefault(id(definition), definition)
        return list(found.values())


def recursions_of(
    network: Architecture,
    kinds: tuple[Kind, ...],
    degrees: tuple[int, ...] | None = None,
    powers: LeadingPowers | None = None,
) -> RecursionSystem:
    """The recursions of an architecture; the leading ones in n where their terms have several powers of it."""
    if uniform_scaling(network) is None:
        return LeadingSystem(network, kinds, degrees, powers)
    return RecursionSystem(network, kinds, degrees)


def shared_kinds(observables: Mapping[str, Observable]) -> dict[str, Kind]:
    """The kind of each observable; those that differ only in the fields of their slots are of one kind."""
    first: dict[tuple[int, tuple[tuple[int, int], ...]], Kind] = {}
    found = {}
    for name, observable in observables.items():
        kind = observable_kind(observable)
        found[name] = first.setdefault((kind.slots, kind.edges), kind)
    return found


def polynomial_degrees(
    system: RecursionSystem, activations: Mapping[str, Activation], one_input: bool = False
) -> tuple[int, ...] | None:
    """The degree of every site function where all averages of products of them are polynomials in Ĝ, else None.

    They are for polynomial site functions; at one input also for positively homogeneous ones,
    <F>_G = G^(degree/2) <F>_1, provided no product of two terms has an odd degree.
    """
    degrees: list[int] = []
    parities: set[int] = set()
    homogeneous = False
    for site in system.model.sites:
        degree = 0
        for monomial, _ in expand_formula(site.formula, Sample(1)):
            total = 0
            for atom, exponent in monomial:
                if isinstance(atom, FieldValue):
                    total += exponent
                elif isinstance(atom, Jet):
                    order = _degree(atom, activations, one_input)
                    if order is None:
                        return None
                    homogeneous = homogeneous or not activations[str(atom.function)].is_polynomial
                    total += max(order - atom.order, 0) * exponent
            degree = max(degree, total)
            parities.add(total % 2)
        degrees.append(degree)
    if homogeneous and (len(parities) > 1 or len(system.model.architecture.fields) > 1):
        return None
    return tuple(degrees)


def _degree(jet: Jet, activations: Mapping[str, Activation], one_input: bool) -> int | None:
    """The degree of a polynomial activation; at one input that of a positively homogeneous one too."""
    activation = activations.get(jet.function) if isinstance(jet.function, str) else None
    if activation is None:
        return None
    coefficients = activation.polynomial_coefficients()
    if coefficients is not None:
        return len(coefficients) - 1
    return activation.homogeneous_degree if one_input else None


def own_activations(program: Program) -> dict[str, Activation]:
    """The activations a file defines by a formula. Raises LanguageError at one that has no finite value somewhere."""
    activations: dict[str, Activation] = {}
    for name, statement in program.activations.items():
        with pointing_at(statement.formula.span):
            activations[name] = activation_from_formula(name, statement.formula, statement.variable, {}, activations)
    return activations


def bound_activations(program: Program, bindings: tuple[Binding, ...]) -> dict[str, Activation]:
    """Every activation a layer equation can name: the file's own and what the task binds. Raises LanguageError."""
    activations = own_activations(program)
    for binding in bindings:
        with pointing_at(binding.value.span):
            activations[binding.name] = activation_from_formula(
                binding_label(binding.value), binding.value, "z", {}, activations
            )
    return activations


def binding_label(value: Expression) -> str:
    """What a bound activation is called: its name, or the formula as written."""
    if isinstance(value, Name):
        return value.name
    from ptheory.language.formatter import format_expression

    return format_expression(value)
