"""``with sigma = ...``: specialised equations, closed forms, the critical point, and the checks asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ptheory.claims.verdict import Verdict
from ptheory.flows.at_values import SystemAtValues, polynomial_at_values
from ptheory.language.errors import LanguageError
from ptheory.language.formatter import format_expression
from ptheory.language.statements import SetValues
from ptheory.networks.check_settings import assignments_of
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
from ptheory.networks.set_values import as_expression
from ptheory.recursion.equation import Equation
from ptheory.recursion.tensors import Tensor
from ptheory.rendering.report import Item, Prose, Section, SpecialisedEquation
from ptheory.session.refusals import pointing_at
from ptheory.session.results import Specialisation
from ptheory.session.systems import Systems, binding_label, bound_activations
from ptheory.session.verdict_items import verdict_item

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation
    from ptheory.session.analysis import Criticality


DEFAULT_CHECK_DIGITS = 20


def specialise(
    task: WithTask, systems: Systems, equations: Sequence[Equation], progress: Callable[[str, int, int], None]
) -> Specialisation:
    """What a with block gives, as data: equations, criticality, verdicts. Raises LanguageError."""
    architecture = systems.program.architectures[task.architecture]
    activations = bound_activations(systems.program, architecture, task.bindings)
    labels = {binding.name: binding_label(binding.value) for binding in task.bindings}
    at_values = {**labels, **set_labels(task, of_layers=False)}
    title = "With " + ", ".join(f"{n} = {label}" for n, label in {**labels, **set_labels(task)}.items())
    equations = [at_set_values(found, task) for found in equations]
    shown: list[SpecialisedEquation] = []
    verdicts: list[Verdict] = []
    inputs = input_labels(task)
    specialised = [at_inputs(found, len(inputs) or 1) for found in equations]
    for number, group in enumerate(specialised):
        progress(title, number, len(specialised))
        with pointing_at(task.bindings[0].span if task.bindings else task.statement.span, equations[number].name):
            shown += [specialised_item(found, activations, at_values, inputs, task) for found in group]
    analysed: Criticality | None = None
    if task.critical or task.exponents:
        from ptheory.session.analysis import criticality

        analysed = criticality(task, systems, activations, labels)
    for check in task.checks:
        from ptheory.session.simulation_check import DEFAULT_DEPTH, by_simulation
        from ptheory.verification.certify import certify

        with pointing_at(check.span):
            if check.method == "quadrature":
                if not specialised:
                    raise LanguageError(
                        "a check by quadrature, and nothing was derived before it",
                        check.span,
                        help="put a derive statement above this block, or add `show G`",
                    )
                digits = (check.option("digits") or (DEFAULT_CHECK_DIGITS,))[0]
                dropped = task.almost_everywhere
                found_verdicts = [
                    certify(e, activations, digits, kinks_dropped=dropped) for group in specialised for e in group
                ]
            else:
                check_simulated_layers(task, (check.option("depth") or (DEFAULT_DEPTH,))[0])
                values = {} if analysed is None else analysed.values
                found_verdicts = by_simulation(task, check, equations, systems, activations, values, progress)
        verdicts += found_verdicts
    return Specialisation(title, task.architecture, labels, tuple(shown), analysed, tuple(verdicts))


def section_of(found: Specialisation, task: WithTask, systems: Systems) -> Section:
    """What a with block shows."""
    items: list[Item] = [*found.equations]
    if found.criticality is not None:
        from ptheory.session.analysis import critical_items

        items += critical_items(found.criticality, task, systems)
    items += [verdict_item(verdict) for verdict in found.verdicts]
    if not items:
        items.append(Prose("nothing was derived before this block: put a derive statement above it"))
    return Section(found.title, tuple(items))


def set_labels(task: WithTask, of_layers: bool = True) -> dict[str, str]:
    """What is set, as written: C_b -> 1/10; with ``of_layers`` the values of single layers too, C_W[1] -> sqrt(2)."""
    return {
        a.name if a.layer is None else f"{a.name}[{a.layer}]": format_expression(a.value)
        for a in assignments_of(task.statement.settings)
        if a.layer is None or of_layers
    }


def at_set_values(found: Equation, task: WithTask) -> Equation:
    """The recursion with the hyperparameters that are set in every layer as numbers."""
    values = {name: value for (name, layer), value in task.values.items() if layer is None}
    if not values:
        return found
    for value in values.values():
        real_number(as_expression(value))
    place = next(s.span for s in task.statement.settings if isinstance(s, SetValues))
    with pointing_at(place, found.name):
        right = polynomial_at_values(found.right, values)
    return replace(found, right=right, system=SystemAtValues(found.system, values))


def check_simulated_layers(task: WithTask, depth: int) -> None:
    """Raise LanguageError for a value set in a layer the simulated networks do not have."""
    for assignment in assignments_of(task.statement.settings):
        if assignment.layer is not None and assignment.layer > depth:
            raise LanguageError(
                f"{assignment.name}[{assignment.layer}] is not used: the networks have {depth} layers",
                assignment.name_span,
                help=f"write `depth {assignment.layer}` or more after `check by simulation`",
            )


def input_labels(task: WithTask) -> tuple[str, ...]:
    """Empty for one input, else the names of the inputs (1, 2, ... where they have none)."""
    if task.inputs.count <= 1:
        return ()
    return task.inputs.names or tuple(str(k) for k in range(1, task.inputs.count + 1))


def at_inputs(found: Equation, inputs: int) -> list[Equation]:
    """The equation at every independent choice of inputs for its slots (one choice for a single input)."""
    from itertools import product

    from ptheory.recursion.dummies import by_sample, relabel_atom

    slots = sorted(leg.sample for leg in found.target.legs)
    seen: dict[Tensor, dict[int, int]] = {}
    for choice in product(range(1, inputs + 1), repeat=len(slots)):
        samples = dict(zip(slots, choice, strict=True))
        target = relabel_atom(found.target, by_sample(samples))
        seen.setdefault(target, samples)
    return [found.at(samples) for samples in seen.values()]


def specialised_item(
    found: Equation,
    activations: Mapping[str, Activation],
    labels: dict[str, str],
    inputs: tuple[str, ...],
    task: WithTask,
) -> SpecialisedEquation:
    """An equation at bound activations: in closed form where every mean has one, else with the means that have."""
    from ptheory.session.specialise import closed_moments, closed_right_side, first_jumps, tensor_symbols

    moments = closed_moments(found, activations, not inputs, task.almost_everywhere)
    whole = closed_right_side(found, dict(moments), not inputs)
    return SpecialisedEquation(
        found,
        inputs,
        labels,
        whole,
        tensor_symbols(found, not inputs),
        () if whole is not None else moments,
        task.architecture,
        equal_widths=True,
        jumps=first_jumps(activations),
        kinks_dropped=task.almost_everywhere,
    )
