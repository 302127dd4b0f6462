"""The several kernels of a block: of fields, and of layers that are read further down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptheory.criticality.critical_kernels import critical_kernels
from ptheory.criticality.derived import UnsupportedSystem
from ptheory.criticality.slow_direction import Kernels
from ptheory.criticality.universality import Classification
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
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
    kernel = None if task.kernel is None else real_number(task.kernel.value)
    found = critical_kernels(
        systems.system(task.architecture), systems.names(task.architecture), tensors_asked(task, systems),
        values_set(task), activations, label, task.almost_everywhere, kernel,
    )  # fmt: skip
    points = found.classification.critical_points
    if found.tuning is not None:
        made = [initialisation(point, found.tuning) for point in points]
    else:
        pairs = zip(points, found.needed, strict=True)
        made = [CriticalInitialisation(point.K_star, values, point.stability) for point, values in pairs]
    return BlockKernels(found.classification, tuple(made), found.kernels)
