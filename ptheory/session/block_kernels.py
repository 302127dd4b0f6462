"""The several kernels of a block: of fields, and of layers that are read further down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptheory.criticality.delayed_kernels import DelayedKernels
from ptheory.criticality.derived import UnsupportedSystem
from ptheory.criticality.kernels_at_zero import classify_kernels
from ptheory.criticality.several_kernels import several_kernels
from ptheory.criticality.slow_direction import Kernels
from ptheory.criticality.tuning import check_rates
from ptheory.criticality.universality import Classification, governing_point
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
from ptheory.networks.roles import roles
from ptheory.results.criticality_result import CriticalInitialisation
from ptheory.session.block_settings import initialisation, near_labels, tensors_asked, values_set
from ptheory.session.systems import Systems

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation


@dataclass(frozen=True)
class BlockKernels:
    """``points``: the critical points of the class, in the names of the architecture; ``kernels``: the system at the
    governing one; None without one."""

    classification: Classification
    points: tuple[CriticalInitialisation, ...]
    kernels: Kernels | None


def block_kernels(task: WithTask, systems: Systems, activations: Mapping[str, Activation], label: str) -> BlockKernels:
    """Critical points, class and exponents of a block with several kernels.

    Raises UnsupportedSystem, OpenHierarchy, NothingToTune and NoExpansion.
    """
    if near_labels(task) is not None:
        raise UnsupportedSystem(
            f"exponents along the separation of inputs are those of one kernel of one layer, not of {task.architecture}"
        )
    if len(systems.system(task.architecture).model.architecture.fields) > 1:
        return _of_fields(task, systems, activations, label)
    return _of_layers(task, systems, activations, label)


def _of_fields(task: WithTask, systems: Systems, activations: Mapping[str, Activation], label: str) -> BlockKernels:
    system, names = systems.system(task.architecture), systems.names(task.architecture)
    architecture, values = system.model.architecture, values_set(task)
    used = roles(architecture)
    if task.kernel is not None:
        raise UnsupportedSystem(f"{task.architecture} has several kernels, and only one alone can be kept")
    kernels = several_kernels(system, names, tensors_asked(task, systems), used.rates)
    for recursion in kernels.tower:
        check_rates(architecture, recursion.name, recursion.rhs, values)
    found, needed, governing = classify_kernels(kernels, used, activations, values, label, task.almost_everywhere)
    points = (
        CriticalInitialisation(point.K_star, at, point.stability)
        for point, at in zip(found.critical_points, needed, strict=True)
    )
    return BlockKernels(found, tuple(points), governing)


def _of_layers(task: WithTask, systems: Systems, activations: Mapping[str, Activation], label: str) -> BlockKernels:
    system, names = systems.system(task.architecture), systems.names(task.architecture)
    kernel = None if task.kernel is None else real_number(task.kernel.value)
    delayed = DelayedKernels(system, names, tensors_asked(task, systems), values_set(task))
    found = delayed.classification(activations, label, task.almost_everywhere, kernel)
    points = tuple(initialisation(point, delayed.together.tuning) for point in found.critical_points)
    point = governing_point(found.critical_points)
    governing = None if point is None else delayed.at(point, activations, task.almost_everywhere)
    return BlockKernels(found, points, governing)
