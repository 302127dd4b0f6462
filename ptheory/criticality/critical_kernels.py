"""Critical points and exponents of a network with several kernels, whichever they are of: fields, or layers read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptheory.criticality.delayed_kernels import DelayedKernels
from ptheory.criticality.derived import UnsupportedSystem
from ptheory.criticality.kernels_at_zero import classify_kernels
from ptheory.criticality.several_kernels import several_kernels
from ptheory.criticality.slow_direction import Kernels
from ptheory.criticality.tuning import Tuning, check_rates
from ptheory.criticality.universality import Classification, governing_point
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.roles import roles
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations import Activation


@dataclass(frozen=True)
class CriticalKernels:
    """``needed``: the hyperparameters of every critical point of ``classification``, where they are not those of
    ``tuning``; ``kernels``: the system at the governing point; None without one."""

    classification: Classification
    kernels: Kernels | None
    needed: tuple[Mapping[str, Expr], ...] = ()
    tuning: Tuning | None = None


def critical_kernels(
    system: RecursionSystem,
    names: TensorNames,
    wanted: Sequence[TensorAt],
    values: Mapping[str, Expr],
    activations: Mapping[str, Activation],
    label: str,
    kinks_dropped: bool = False,
    kernel: Expr | None = None,
) -> CriticalKernels:
    """``values``: hyperparameters that are set; ``kernel``: K* where it is prescribed.

    Raises UnsupportedSystem, OpenHierarchy, NothingToTune and NoExpansion.
    """
    architecture = system.model.architecture
    if len(architecture.fields) == 1:
        delayed = DelayedKernels(system, names, wanted, values)
        found = delayed.classification(activations, label, kinks_dropped, kernel)
        point = governing_point(found.critical_points)
        governing = None if point is None else delayed.at(point, activations, kinks_dropped)
        return CriticalKernels(found, governing, tuning=delayed.together.tuning)
    if kernel is not None:
        raise UnsupportedSystem(f"{architecture.name} has several kernels, and only one alone can be kept")
    used = roles(architecture)
    kernels = several_kernels(system, names, wanted, used.rates)
    for recursion in kernels.tower:
        check_rates(architecture, recursion.name, recursion.rhs, values)
    found, needed, governing = classify_kernels(kernels, used, activations, values, label, kinks_dropped)
    return CriticalKernels(found, governing, needed)
