"""Criticality of a derived system with its activations bound: critical points, class, exponents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from ptheory.algebra.real import Real
from ptheory.criticality.derived import DerivedSystem, UnsupportedSystem, one_input_system
from ptheory.criticality.edge import fixed_kernels, phase
from ptheory.criticality.fixed_points import CriticalPoint as FoundPoint
from ptheory.criticality.given import kept_kernel
from ptheory.criticality.kernel_system import expanded
from ptheory.criticality.laws import Law, laws, meaning
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.series import NoExpansion
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import SHOWN_DIGITS
from ptheory.criticality.universality import Classification, classify_system, exact_text, governing_point
from ptheory.expectations import ExpectationError
from ptheory.language.claim_names import CHI_PAR, CHI_PERP
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.language.statements import Critical, Exponents
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
from ptheory.networks.set_values import as_expression
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from ptheory.rendering.report import CriticalPoint, Formula, Item, Prose, Table, Words
from ptheory.session.flow_task import ScalarPlace
from ptheory.session.prelude_network import prelude_network
from ptheory.session.systems import Systems
from ptheory.session.tower import closed_tower, dimensions_of, two_point_equation, vertex
from ptheory.session.tuning import NothingToTune, Tuning, check_rates, tuning

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation


KEPT = 1  # the kernel that a network of unit inputs is asked to keep
KEPT_DIGITS = 15
OF_ONE_INPUT = f"criticality and exponents are those of one input, {CHI_PERP} that of two inputs drawn together"


def classify_activation(activation: Activation, name: str, tower: bool = False) -> Classification:
    """The class of an activation in the fully connected network of the prelude, from its derived recursions.

    ``tower``: exponents of every tensor of the neural tangent kernel family, not of K and V alone.
    """
    network = prelude_network()
    wanted = network.tower if tower else tuple(asked.name for asked in _vertices(network.names))
    return classify(network.system, network.names, wanted, {network.activation: activation}, name)


def specialised_network(activation: Activation) -> SpecialisedSystem:
    """Kernel and four-point vertex of the prelude's fully connected network at an activation."""
    network = prelude_network()
    analysed = Analysed(network.system, network.names, _vertices(network.names), {})
    return analysed.derived.specialise({network.activation: activation})


def _vertices(names: TensorNames) -> tuple[TensorAt, ...]:
    """The four-point vertex where it is declared."""
    found = vertex(names)
    return () if found is None else (found,)


class Analysed:
    """The one-input system of the wanted tensors, with what is tuned in it.

    ``values``: hyperparameters that are set, as SymPy numbers. Raises UnsupportedSystem where there is no such system.
    """

    def __init__(
        self, system: RecursionSystem, names: TensorNames, wanted: Sequence[TensorAt], values: Mapping[str, Expr]
    ) -> None:
        architecture = system.model.architecture
        if len(architecture.fields) > 1:
            fields = ", ".join(architecture.fields)
            raise UnsupportedSystem(f"{architecture.name} has a kernel for each of its fields ({fields}), not one")
        kernel = two_point_equation(system, names)
        self.tuning: Tuning = tuning(architecture, kernel, values)
        self.tower = closed_tower(system, names, wanted)
        for recursion in self.tower:
            check_rates(recursion, values)
        self.derived: DerivedSystem = one_input_system(
            architecture.name,
            self.tuning.of(kernel),
            [self.tuning.of(recursion) for recursion in self.tower],
            self.tuning.bias_symbol.name,
            self.tuning.weight.symbol.name,
            self.tuning.rates,
        )

    def specialise(self, activations: Mapping[str, Activation]) -> SpecialisedSystem:
        """The system at chosen activations, with the values of the hyperparameters that are set."""
        return self.derived.specialise(activations, self.tuning.fixed)

    def classification(
        self, spec: SpecialisedSystem, label: str, all_rates: bool = False, kinks_dropped: bool = False
    ) -> Classification:
        """``all_rates``: the exponents of the whole tower too, at either choice of learning rates."""
        dimensions = dimensions_of(self.tower) if all_rates else {}
        return classify_system(spec, label, dimensions=dimensions, kinks_dropped=kinks_dropped, given=self.tuning.given)


def classify(
    system: RecursionSystem,
    names: TensorNames,
    tower: Sequence[str],
    activations: Mapping[str, Activation],
    label: str,
    values: Mapping[str, Expr] | None = None,
    kinks_dropped: bool = False,
) -> Classification:
    """The class of a system at one input; ``tower`` are the tensors whose exponents are wanted.

    ``values``: hyperparameters that are set, as SymPy numbers; a variance among them is not tuned. Raises
    UnsupportedSystem where one is missing, or where the system has no one-input form.
    """
    wanted = [TensorAt(name) for name in tower]
    analysed = Analysed(system, names, wanted, values or {})
    beyond = beyond_vertex(wanted, names)
    return analysed.classification(analysed.specialise(activations), label, beyond, kinks_dropped)


def beyond_vertex(wanted: Iterable[TensorAt], names: TensorNames) -> bool:
    """Whether more than the four-point vertex is wanted, whose exponent every classification has."""
    found = vertex(names)
    return any(found is None or (asked.name, asked.lowest_order) != (found.name, 0) for asked in wanted)


@dataclass(frozen=True)
class Criticality:
    """What ``critical`` and ``exponents`` of a block gave: the class with its points, or why there is none.

    ``specialised``, ``tuning``: the system it was found in, and what was tuned.
    """

    label: str
    classification: Classification | None
    undecided: str = ""
    specialised: SpecialisedSystem | None = None
    tuning: Tuning | None = None

    @property
    def values(self) -> dict[ScalarPlace, Real]:
        """The hyperparameters of the critical point that governs the class, (name, None) -> number; empty without."""
        if self.classification is None or self.tuning is None:
            return {}
        return critical_values(self.classification, self.tuning)


def criticality(
    task: WithTask, systems: Systems, activations: Mapping[str, Activation], labels: Mapping[str, str]
) -> Criticality:
    """Critical points, class and exponents of a block. Raises LanguageError where there is nothing to tune."""
    label = ", ".join(labels.values())
    system, names = systems.system(task.architecture), systems.names(task.architecture)
    asked = (systems.tensor_at(name) for name in task.exponents)
    wanted = [tensor for tensor in asked if not is_leading_kernel(tensor, names)]
    values = {name: real_number(as_expression(value)) for (name, layer), value in task.values.items() if layer is None}
    try:
        analysed = Analysed(system, names, wanted, values)
        spec = analysed.specialise(activations)
        found = analysed.classification(spec, label, beyond_vertex(wanted, names), task.almost_everywhere)
    except NothingToTune as error:
        raise LanguageError(str(error), _asking(task), help=error.help) from error
    except UnsupportedSystem as error:
        return Criticality(label, None, str(error))
    return Criticality(label, found, "", spec, analysed.tuning)


def critical_items(found_in: Criticality, task: WithTask, systems: Systems) -> list[Item]:
    """The same as report items; what could not be analysed is said."""
    found, chosen, spec = found_in.classification, found_in.tuning, found_in.specialised
    if found is None or chosen is None or spec is None:
        return [Prose("class: undecided"), Prose(f"undecided: {found_in.undecided}")]
    names = systems.names(task.architecture)
    items: list[Item] = [_critical_point(found, point, chosen, found_in.label) for point in found.critical_points]
    items.append(Prose(f"class: {found.label}"))
    items += [Prose(line) for line in found.evidence]
    if task.inputs.count > 1:
        items.append(Prose(OF_ONE_INPUT))
    if found.label != "undecided":
        items += _at_given_variances(spec, chosen)
    if task.exponents and found.exponents:
        items += exponent_tables(found, [_written(systems.tensor_at(name), names) for name in task.exponents])
    return items


def _asking(task: WithTask) -> Span:
    """The setting that asks for criticality."""
    return next(s.span for s in task.statement.settings if isinstance(s, (Critical, Exponents)))


def is_leading_kernel(asked: TensorAt, names: TensorNames) -> bool:
    """Whether what is asked for is K, the leading covariance of two preactivations."""
    found = names.tensor(asked.name, asked.lowest_order)
    return found is not None and found.is_kernel


def _written(asked: TensorAt, names: TensorNames) -> str:
    """The name of a tensor at its order: V, G1."""
    found = names.tensor(asked.name, asked.lowest_order)
    assert found is not None
    return names.of(found).name


def _critical_point(found: Classification, point: FoundPoint, chosen: Tuning, label: str) -> CriticalPoint:
    values = chosen.hyperparameters(point.C_b, point.C_W)
    variances = ((chosen.bias, point.C_b), (chosen.weight, point.C_W))
    powers = [f"{u.symbol} = {exact_text(value)}" for u, value in variances if u is not None and u.power != 1]
    evidence = (", ".join(powers),) if powers else ()
    kernel = "any" if point.K_star is None else point.K_star
    return CriticalPoint(found.kernel_name, kernel, values, point.stability, label, evidence)


def _at_given_variances(spec: SpecialisedSystem, chosen: Tuning) -> list[Item]:
    """Where a variance is set: what keeps the kernel, critical or not; where both are, the kernels that are kept."""
    if not chosen.given:
        return []
    system = spec.system
    where = chosen.prescribed
    try:
        if chosen.are_both_set:
            return [Prose(line) for line in _kept_kernels(spec, chosen, where)]
        kept = kept_kernel(spec, KEPT, chosen.given)
        (free,) = [symbol for symbol in (system.bias, system.weight) if symbol not in chosen.given]
    except (NoExpansion, ExpectationError) as error:
        return [Prose(f"what keeps the kernel {where} was not found: {error}")]
    name = system.kernel_name
    if kept is None:
        return [Prose(f"{where} no {free} keeps {name} = {KEPT}")]
    value = kept.weight if free == system.weight else kept.bias
    responses = _responses(kept.parallel, kept.perpendicular)
    return [Prose(f"keeping {name} = {KEPT} {where} needs {free} = {_decimal(value)}; there {responses}")]


def _kept_kernels(spec: SpecialisedSystem, chosen: Tuning, where: str) -> Iterator[str]:
    system = spec.system
    found = fixed_kernels(spec, chosen.given)
    for kernel in found:
        parallel = spec.value(system.parallel_susceptibility, kernel, chosen.given, KEPT_DIGITS + 3)
        perpendicular = spec.value(expanded(system.perpendicular_susceptibility), kernel, chosen.given, KEPT_DIGITS + 3)
        responses = _responses(parallel, perpendicular)
        yield f"{where} the kernel stays at {system.kernel_name} = {_decimal(kernel)}, where {responses}"
    if found:
        return
    try:
        reached = phase(spec, chosen.given)
    except AsymptoticFailure as error:
        yield f"{where} no kernel {system.kernel_name} that stays where it is was found: {error}"
        return
    star = "every kernel stays" if reached.K_star is None else f"{system.kernel_name} -> {_decimal(reached.K_star)}"
    note = f"; {reached.note}" if reached.note else ""
    yield f"{where} the phase is {reached.name}: {star}, {_responses(reached.parallel, reached.perpendicular)}{note}"


def _responses(parallel: Expr, perpendicular: Expr) -> str:
    return f"{CHI_PAR} = {_decimal(parallel)}, {CHI_PERP} = {_decimal(perpendicular)}"


def _decimal(value: Expr) -> str:
    import mpmath

    return str(mpmath.nstr(value, KEPT_DIGITS)).removesuffix(".0")


def exponent_tables(found: Classification, wanted: Sequence[str]) -> list[Item]:
    """K, perturbations and V; then, per choice of learning rates, the wanted tensors and their dimensionless ratios."""
    at_depth = laws(found)
    decaying = next((name for name in found.amplitudes if name not in found.exponents), None)  # K, or K - K*
    first = []
    for name, value in found.exponents.items():
        law = at_depth.get(decaying if name == "p_0" and decaying else name)
        amplitude, behaviour = _amplitude_and_law(law) if law else ("", meaning(name, found))
        first.append((name, Formula(shown(value)), amplitude, behaviour))
    headers = ("quantity", "exponent", "amplitude", "at large depth l")
    items: list[Item] = [Table(headers, tuple(first), "p_0, p_par, p_perp: decay; others: growth with depth")]
    for scheme in found.tower:
        scaling = ", ".join(f"{rate} ~ l^({exact_text(power)})" for rate, power in scheme.powers.items())
        rows = tuple(
            (
                growth.name,
                Formula(shown(growth.power)),
                *_amplitude_and_law(at_depth[f"{growth.name} ({scheme.rates})"]),
            )
            for growth in scheme.growths
            if growth.tensor in wanted
        )
        items.append(Table(headers, rows, f"growth with depth at {scheme.rates}: {scaling}"))
    return items


def _amplitude_and_law(law: Law) -> tuple[Words, Words]:
    return Formula(shown(law.amplitude)), (f"{law.quantity} ~ ", Formula(law.expression()))


def shown(value: sp.Expr) -> sp.Expr:
    """Numbers known to many digits with twenty of them."""
    return sp.N(value, SHOWN_DIGITS) if value.has(sp.Float) else value


def critical_values(found: Classification, chosen: Tuning) -> dict[ScalarPlace, Real]:
    """The tuned hyperparameters at the stable or half-stable critical point, as mpmath numbers; empty without one."""
    import mpmath

    point = governing_point(found.critical_points)
    if point is None:
        return {}
    digits = mpmath.mp.dps
    values = chosen.hyperparameters(point.C_b, point.C_W)
    return {(name, None): mpmath.mpf(value.evalf(digits)) for name, value in values.items()}
