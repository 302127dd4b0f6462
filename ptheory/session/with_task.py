"""``with sigma = ...``: specialised equations, closed forms, the critical point, and the checks asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ptheory.networks.program import WithTask
from ptheory.recursion.equation import Equation
from ptheory.rendering.report import Item, Prose, Section, SpecialisedEquation
from ptheory.session.refusals import pointing_at
from ptheory.session.systems import Systems, binding_label, bound_activations
from ptheory.session.verdict_items import verdict_item
from ptheory.verification.verdict import Verdict

DEFAULT_CHECK_DIGITS = 20


def specialise(
    task: WithTask, systems: Systems, equations: Sequence[Equation], progress: Callable[[str, int, int], None]
) -> tuple[Section, list[Verdict]]:
    """The section a with block shows, and its verdicts. Raises LanguageError."""
    architecture = systems.program.architectures[task.architecture]
    activations = bound_activations(systems.program, architecture, task.bindings)
    labels = {binding.name: binding_label(binding.value) for binding in task.bindings}
    title = "With " + ", ".join(f"{name} = {label}" for name, label in labels.items())
    items: list[Item] = []
    verdicts: list[Verdict] = []
    inputs = input_labels(task)
    specialised = [at_inputs(found, len(inputs) or 1) for found in equations]
    for number, group in enumerate(specialised):
        progress(title, number, len(specialised))
        with pointing_at(task.bindings[0].span if task.bindings else task.statement.span, equations[number].name):
            items += [specialised_item(found, activations, labels, inputs, task) for found in group]
    critical_values: dict[Any, Any] = {}
    if task.critical or task.exponents:
        from ptheory.session.analysis import critical_items

        shown, critical_values = critical_items(task, systems, activations, labels)
        items += shown
    for check in task.checks:
        from ptheory.session import checks

        with pointing_at(check.span):
            if check.method == "quadrature":
                digits = (check.option("digits") or (DEFAULT_CHECK_DIGITS,))[0]
                found_verdicts = [
                    checks.by_quadrature(e, activations, digits, title) for group in specialised for e in group
                ]
            else:
                found_verdicts = checks.by_simulation(task, check, systems, activations, critical_values, progress)
        verdicts += found_verdicts

        items += [verdict_item(verdict) for verdict in found_verdicts]
    if not items:
        items.append(Prose("nothing was derived before this block: put a derive statement above it"))
    return Section(title, tuple(items)), verdicts


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
    seen: dict[Any, dict[int, int]] = {}
    for choice in product(range(1, inputs + 1), repeat=len(slots)):
        samples = dict(zip(slots, choice, strict=True))
        target = relabel_atom(found.target, by_sample(samples))
        seen.setdefault(target, samples)
    return [found.at(samples) for samples in seen.values()]


def specialised_item(
    found: Equation, activations: dict[str, Any], labels: dict[str, str], inputs: tuple[str, ...], task: WithTask
) -> SpecialisedEquation:
    from ptheory.session.specialise import closed_moments, closed_right_side

    moments = closed_moments(found, activations, not inputs, task.almost_everywhere)
    whole = closed_right_side(found, dict(moments), not inputs)
    return SpecialisedEquation(
        found, inputs, labels, whole, () if whole is not None else moments, task.architecture, equal_widths=True
    )
