"""``with sigma = ...``: specialised equations, closed forms, the critical point, and the checks asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ptheory.algebra.real import Real
from ptheory.algebra.refusal import Refusal
from ptheory.flows.at_values import SystemAtValues, polynomial_at_values
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression
from ptheory.language.formatter import format_expression
from ptheory.language.statements import CheckBy, SetValues
from ptheory.networks.check_settings import assignments_of
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
from ptheory.networks.set_values import as_expression
from ptheory.recursion.equation import Equation
from ptheory.recursion.tensors import Tensor
from ptheory.rendering.sections import specialisation_title
from ptheory.results.recursions import Recursions
from ptheory.results.specialisation import BoundEquation, Check, Specialisation
from ptheory.session.derive_task import equations_of
from ptheory.session.inputs_named import components_at, labels_of
from ptheory.session.refusals import pointing_at
from ptheory.session.systems import Systems, binding_label, bound_activations

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation
    from ptheory.results.angle_result import Angles
    from ptheory.results.consequences_result import BlockConsequences
    from ptheory.results.criticality_result import Criticality
    from ptheory.results.depth_forms import Solution
    from ptheory.results.outcomes import Outcome
    from ptheory.results.phase_result import Phases
    from ptheory.session.flow_task import ScalarPlace
    from ptheory.verification.quadrature_result import NoQuadrature, QuadratureResult


DEFAULT_CHECK_DIGITS = 20


def specialise(
    task: WithTask, systems: Systems, before: Sequence[Outcome], progress: Callable[[str, int, int], None]
) -> Specialisation:
    """What a with block gives: equations, criticality, checks. ``before``: the results above it in the file.

    Raises LanguageError.
    """
    activations = bound_activations(systems.program, task.bindings)
    labels = {binding.name: binding_label(binding.value) for binding in task.bindings}
    inputs = labels_of(task.inputs)
    found, without_recursion = wanted_equations(task, systems, before)
    equations = [at_set_values(one, task) for one in found]
    with pointing_at(task.inputs.span if task.inputs.near else task.statement.span):
        specialised = [components_at(found, task.inputs) for found in equations]
    ends: dict[str, str] = {}
    through: dict[Tensor, int] = {}
    if task.inputs.near:
        specialised = [
            list(_existing(group, task, activations, without_recursion, ends, through)) for group in specialised
        ]
    shown = bound_equations(task, specialised, activations, labels, inputs, progress)
    shown = tuple(replace(one, through=through.get(one.equation.target, 0)) for one in shown)
    analysed: Criticality | None = None
    if task.critical or task.exponents:
        from ptheory.session.analysis import criticality

        analysed = criticality(task, systems, activations, labels)
    phases: Phases | None = None
    if task.phase is not None:
        from ptheory.session.phase_task import phases_of_block

        phases = phases_of_block(task, systems)
    angles: Angles | None = None
    if task.angle is not None:
        from ptheory.session.angle_task import angles_of_block

        angles = angles_of_block(task, systems)
    solutions: tuple[Solution, ...] = ()
    if task.solve:
        from ptheory.session.depth_task import solve

        with pointing_at(task.solve[0].span):
            solutions = solve(task, systems, activations, analysed)
    implied: BlockConsequences | None = None
    if task.consequences is not None:
        from ptheory.session.consequences_task import consequences_of_block

        with pointing_at(task.consequences.span):
            implied = consequences_of_block(task, systems, activations, labels)
    checks: list[Check] = []
    for check in task.checks:
        with pointing_at(check.span):
            if check.method == "quadrature":
                checks += by_quadrature(task, check, specialised, activations)
            elif check.method == "iteration":
                from ptheory.session.iteration_check import by_iteration

                checks += by_iteration(task, check, systems, progress)
            else:
                from ptheory.session.simulation_check import DEFAULT_DEPTH, by_simulation

                check_simulated_layers(task, (check.option("depth") or (DEFAULT_DEPTH,))[0])
                values = critical_values(analysed)
                simulated = {*without_recursion, *(one.names.of(one.target).declared for one in equations)}
                checks += by_simulation(task, check, simulated, systems, activations, values, progress)
    return Specialisation(
        task.architecture,
        labels,
        set_values(task),
        inputs,
        shown,
        analysed,
        tuple(checks),
        without_recursion,
        phases,
        angles,
        solutions,
        implied,
        ends,
    )


def _existing(
    group: Sequence[Equation],
    task: WithTask,
    activations: Mapping[str, Activation],
    without_recursion: dict[str, str],
    ends: dict[str, str],
    through: dict[Tensor, int],
) -> Iterator[Equation]:
    """The components along a separation that there are, as far as their series go, through which order; the others and
    why, and why series end, by their left sides."""
    from ptheory.session.near_existence import Components

    inputs = task.inputs
    components = Components(activations, (inputs.names[0], inputs.names[1]), inputs.through)
    for one in group:
        left = BoundEquation(one, inputs.names).left_side
        why = components.why_missing(one)
        if why is not None:
            without_recursion[left] = why
            continue
        found, through[one.target], end = components.series(one)
        if end:
            ends[left] = end
        yield found


def wanted_equations(
    task: WithTask, systems: Systems, before: Sequence[Outcome]
) -> tuple[list[Equation], dict[str, str]]:
    """What a with block specialises: the tensors it shows, else all derived so far for its architecture.

    A tensor shown without an order stands for every order of it derived so far, the leading one at least. One that has
    no recursion of its own can be simulated all the same: why it has none, by its name. Raises LanguageError.
    """
    derived = [
        equation
        for outcome in before
        if isinstance(outcome, Recursions) and outcome.architecture == task.architecture
        for equation in outcome.equations
    ]
    if not task.show:
        return list({e.target: e for e in derived}.values()), {}  # one may be derived twice, to different orders
    simulated = any(check.method == "simulation" for check in task.checks)
    found: list[Equation] = []
    without_recursion: dict[str, str] = {}
    for asked in map(systems.tensor_at, task.show):
        orders = {e.target.order for e in derived if e.names.of(e.target).declared == asked.name}
        wanted = sorted(orders | {0}) if asked.order is None else [asked.order]
        try:
            found += equations_of(systems, task.architecture, asked.name, wanted)
        except Refusal as error:
            if not simulated:
                raise
            without_recursion[asked.name] = error.message
    return list({e.target: e for e in found}.values()), without_recursion


def bound_equations(
    task: WithTask,
    specialised: Sequence[Sequence[Equation]],
    activations: Mapping[str, Activation],
    labels: Mapping[str, str],
    inputs: tuple[str, ...],
    progress: Callable[[str, int, int], None],
) -> tuple[BoundEquation, ...]:
    """Every equation, at every choice of inputs, with its closed form."""
    kernel = None if task.kernel is None else task.kernel.name  # no value that stands in an equation
    in_all_layers = set_values(task, of_layers=False).items()
    of_all_layers = {name: format_expression(value) for name, value in in_all_layers if name != kernel}
    title = specialisation_title(labels, set_values(task))
    shown: list[BoundEquation] = []
    for number, group in enumerate(specialised):
        progress(title, number, len(specialised))
        with pointing_at(task.bindings[0].span if task.bindings else task.statement.span, group[0].name):
            shown += [bound_equation(found, activations, {**labels, **of_all_layers}, inputs, task) for found in group]
    return tuple(shown)


def by_quadrature(
    task: WithTask, check: CheckBy, specialised: Sequence[Sequence[Equation]], activations: Mapping[str, Activation]
) -> list[QuadratureResult | NoQuadrature]:
    """Every equation of the block beside the quadrature. Raises LanguageError where it has none."""
    from ptheory.verification.certify import certify_all

    if not specialised:
        raise LanguageError(
            "a check by quadrature, and nothing was derived before it",
            check.span,
            help="put a derive statement above this block, or add `show G`",
        )
    digits = (check.option("digits") or (DEFAULT_CHECK_DIGITS,))[0]
    dropped = task.almost_everywhere
    return certify_all([e for group in specialised for e in group], activations, digits, kinks_dropped=dropped)


def critical_values(found: Criticality | None) -> dict[ScalarPlace, Real]:
    """The tuned hyperparameters at the critical point that governs the class, as mpmath numbers; empty without one."""
    point = None if found is None else found.governing
    if point is None:
        return {}
    import mpmath

    return {(name, None): mpmath.mpf(value.evalf(mpmath.mp.dps)) for name, value in point.hyperparameters.items()}


def set_values(task: WithTask, of_layers: bool = True) -> dict[str, Expression]:
    """What is set, as written: C_b -> 1/10; with ``of_layers`` the values of single layers too, C_W[1] -> sqrt(2)."""
    return {
        a.name if a.layer is None else f"{a.name}[{a.layer}]": a.value
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


def bound_equation(
    found: Equation,
    activations: Mapping[str, Activation],
    labels: Mapping[str, str],
    inputs: tuple[str, ...],
    task: WithTask,
) -> BoundEquation:
    """An equation at bound activations: in closed form where every mean has one, else with the means that have."""
    from ptheory.session.specialise import (
        closed_moments,
        closed_right_side,
        closed_susceptibilities,
        first_jumps,
        tensor_symbols,
    )

    moments = closed_moments(found, activations, not inputs, task.almost_everywhere)
    whole = closed_right_side(found, dict(moments), not inputs)
    return BoundEquation(
        found,
        inputs,
        labels,
        whole,
        tensor_symbols(found, not inputs),
        () if whole is not None else moments,
        {} if whole is None or inputs else closed_susceptibilities(found, activations, task.almost_everywhere),
        jumps=first_jumps(activations),
        kinks_dropped=task.almost_everywhere,
        activations=activations,
        near=task.inputs.near,
    )
