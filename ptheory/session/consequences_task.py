"""``consequences`` in a block: what the critical point of an activation implies for the shape of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import sympy

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.analysed import Analysed
from ptheory.criticality.analysed_at_large_depth import AtLargeDepth, carries_neurons
from ptheory.criticality.between_layers import RememberingSystem
from ptheory.criticality.closed_tower import tangent, vertex
from ptheory.criticality.consequences import NO_TANGENT, NO_VERTEX, Consequences, consequences
from ptheory.criticality.derived import UnsupportedSystem
from ptheory.criticality.series import NoExpansion
from ptheory.criticality.shared_information import NEURONS, stationary_variance
from ptheory.criticality.skip_strengths import SkipStrengths, scales_with_strength, skip_strengths
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tuning import NothingToTune
from ptheory.expectations import ExpectationError
from ptheory.language.errors import LanguageError
from ptheory.language.statements import ConsequencesSetting
from ptheory.networks.architecture import Architecture
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
from ptheory.networks.roles import roles
from ptheory.networks.set_values import as_expression
from ptheory.recursion.closure import OpenHierarchy, has_several_kernels
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from ptheory.results.consequences_result import BlockConsequences
from ptheory.session.block_settings import values_set
from ptheory.session.systems import Systems

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation


def consequences_of_block(
    task: WithTask, systems: Systems, activations: Mapping[str, Activation], labels: Mapping[str, str]
) -> BlockConsequences:
    """What a block with ``consequences`` asks for. Raises LanguageError where there is nothing to tune."""
    asked = task.consequences
    assert asked is not None
    label = ", ".join(labels.values())
    system, names = systems.system(task.architecture), systems.names(task.architecture)
    values = {name: real_number(as_expression(value)) for (name, layer), value in task.values.items() if layer is None}
    kernel = None if task.kernel is None else real_number(task.kernel.value)
    if has_several_kernels(system.model.architecture):
        return _of_several_kernels(task, asked, systems, activations, label)
    opened = open_strength(system.model.architecture, values)
    try:
        analysed, missing = analysed_for_consequences(
            system, names, {**values, **dict.fromkeys(opened, sympy.Integer(0))}
        )
    except NothingToTune as error:
        raise LanguageError(error.message, asked.span, help=error.help) from error
    except UnsupportedSystem as error:
        return BlockConsequences(label, task.architecture, None, error.message)
    spec = analysed.specialise(activations)
    found = analysed.classification(spec, label, kernel=kernel)
    has_bias = analysed.tuning.bias is not None
    implied = consequences(spec, found, has_bias, missing, analysed.architecture.has_gaussian_rows)
    skips = None
    try:
        if opened:
            skips = _at_all_strengths(spec, implied, asked)
    except (NoExpansion, ExpectationError) as error:
        return BlockConsequences(label, task.architecture, None, str(error))
    if opened and skips is None:
        raise LanguageError(
            f"{task.architecture} needs a value for {opened[0]}",
            asked.span,
            help=f"write `set {opened[0]} = ...` in the block",
        )
    return BlockConsequences(
        label,
        task.architecture,
        implied,
        depth=asked.depth,
        widths=asked.widths,
        outputs=asked.outputs,
        skips=skips,
    )


def _of_several_kernels(
    task: WithTask,
    asked: ConsequencesSetting,
    systems: Systems,
    activations: Mapping[str, Activation],
    label: str,
) -> BlockConsequences:
    """Aspect ratios and learning rates. Raises LanguageError where it is not clear what is tuned."""
    from ptheory.criticality.consequences_of_kernels import consequences_of_kernels
    from ptheory.criticality.critical_kernels import critical_kernels

    system, names = systems.system(task.architecture), systems.names(task.architecture)
    wanted = [tensor for tensor in (vertex(names), tangent(names)) if tensor is not None]
    kernel = None if task.kernel is None else real_number(task.kernel.value)
    missing: dict[str, str] = {}
    try:
        try:
            found = critical_kernels(system, names, wanted, values_set(task), activations, label, kernel=kernel)
        except OpenHierarchy as error:
            missing = {NO_VERTEX: str(error)}
            wanted = [tensor for tensor in wanted if tensor != vertex(names)]
            found = critical_kernels(system, names, wanted, values_set(task), activations, label, kernel=kernel)
    except NothingToTune as error:
        raise LanguageError(error.message, asked.span, help=error.help) from error
    except (UnsupportedSystem, NoExpansion, OpenHierarchy) as error:
        return BlockConsequences(label, task.architecture, None, error.message)
    implied = consequences_of_kernels(found.classification, missing)
    return BlockConsequences(
        label, task.architecture, implied, depth=asked.depth, widths=asked.widths, outputs=asked.outputs
    )


def open_strength(architecture: Architecture, values: Mapping[str, Expr]) -> tuple[str, ...]:
    """The strength of a skip where that alone has no value: it is not tuned, consequences are had at all of them."""
    free = [name for name in roles(architecture).others if name not in values]
    if len(free) != 1 or not carries_neurons(architecture):
        return ()
    strength = Polynomial.sum([term.coefficient for term in architecture.direct_terms])
    return (free[0],) if strength == Polynomial.atom(Symbol(free[0])) else ()


def _at_all_strengths(
    spec: SpecialisedSystem, implied: Consequences, asked: ConsequencesSetting
) -> SkipStrengths | None:
    if not isinstance(spec, RememberingSystem):
        return None
    system = spec.system
    name = scales_with_strength(system.kernel, spec.strength, (system.bias, system.weight))
    if name is None:
        return None
    shapes = [(width, sympy.Rational(asked.depth, width)) for width in asked.widths] if asked.depth is not None else []
    governing = implied.governing
    stationary = None
    if asked.outputs is not None and governing is not None and governing.is_gaussian:
        stationary = stationary_variance().subs(NEURONS, asked.outputs)
    return skip_strengths(spec, implied, name, shapes, stationary)


def analysed_for_consequences(
    system: RecursionSystem, names: TensorNames, values: Mapping[str, Expr]
) -> tuple[Analysed, dict[str, str]]:
    """Kernel, four-point vertex and tangent kernel, without those that have no recursion, and why they have none.

    Raises NothingToTune, and UnsupportedSystem where not even the kernel has one.
    """
    missing: dict[str, str] = {}
    wanted: list[TensorAt] = []
    for absent, tensor in ((NO_VERTEX, vertex(names)), (NO_TANGENT, tangent(names))):
        if tensor is None:
            continue
        try:
            AtLargeDepth(system, names, (tensor,), values)
            wanted.append(tensor)
        except (NothingToTune, LanguageError):
            raise
        except Refusal as error:
            missing[absent] = error.message
    return AtLargeDepth(system, names, wanted, values), missing
