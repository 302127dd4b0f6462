"""What a block sets and what it asks for, as its analysis takes it, and a critical point in its hyperparameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.tuning import Tuning
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
from ptheory.networks.set_values import as_expression
from ptheory.recursion.tensor_names import TensorNames
from ptheory.results.criticality_result import CriticalInitialisation
from ptheory.session.systems import Systems

if TYPE_CHECKING:
    from sympy import Expr


def initialisation(point: CriticalPoint, chosen: Tuning) -> CriticalInitialisation:
    """A critical point in the hyperparameters that are tuned."""
    variances = ((chosen.bias, point.C_b), (chosen.weight, point.C_W))
    powers = {str(u.symbol): value for u, value in variances if u is not None and u.power != 1}
    values = chosen.hyperparameters(point.C_b, point.C_W)
    return CriticalInitialisation(point.K_star, values, point.stability, powers)


def near_labels(task: WithTask) -> tuple[str, str] | None:
    """What the inputs of a block are called where its exponents are those of a separation, too."""
    if not task.inputs.near or not task.exponents:
        return None
    x, dx = task.inputs.names
    return x, dx


def values_set(task: WithTask) -> dict[str, Expr]:
    """The hyperparameters set in every layer."""
    return {name: real_number(as_expression(value)) for (name, layer), value in task.values.items() if layer is None}


def tensors_asked(task: WithTask, systems: Systems) -> list[TensorAt]:
    """Those whose exponents are asked for, leading kernels left out."""
    names = systems.names(task.architecture)
    asked = (systems.tensor_at(name) for name in task.exponents)
    return [tensor for tensor in asked if not is_leading_kernel(tensor, names)]


def is_leading_kernel(asked: TensorAt, names: TensorNames) -> bool:
    """Whether what is asked for is K, the leading covariance of two preactivations."""
    found = names.tensor(asked.name, asked.lowest_order)
    return found is not None and found.is_kernel and any(entry.name == asked.name for entry in names.of_layers)
