"""``consequences`` in a block: what the critical point of an activation implies for the shape of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ptheory.algebra.refusal import Refusal
from ptheory.criticality.analysed import Analysed
from ptheory.criticality.closed_tower import tangent, vertex
from ptheory.criticality.consequences import NO_TANGENT, NO_VERTEX, consequences
from ptheory.criticality.derived import UnsupportedSystem
from ptheory.criticality.tuning import NothingToTune
from ptheory.language.errors import LanguageError
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
from ptheory.networks.set_values import as_expression
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from ptheory.results.consequences_result import BlockConsequences
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
    try:
        analysed, missing = analysed_for_consequences(system, names, values)
    except NothingToTune as error:
        raise LanguageError(error.message, asked.span, help=error.help) from error
    except UnsupportedSystem as error:
        return BlockConsequences(label, task.architecture, None, error.message)
    spec = analysed.specialise(activations)
    found = analysed.classification(spec, label, kernel=kernel)
    has_bias = analysed.tuning.bias is not None
    return BlockConsequences(
        label,
        task.architecture,
        consequences(spec, found, has_bias, missing, analysed.architecture.has_gaussian_rows),
        depth=asked.depth,
        widths=asked.widths,
        outputs=asked.outputs,
    )


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
            Analysed(system, names, (tensor,), values)
            wanted.append(tensor)
        except (NothingToTune, LanguageError):
            raise
        except Refusal as error:
            missing[absent] = error.message
    return Analysed(system, names, wanted, values), missing
