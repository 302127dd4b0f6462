"""``derive``: the recursions a statement asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ptheory.language.errors import LanguageError, joined
from ptheory.language.expressions import Name
from ptheory.language.statements import Inputs
from ptheory.networks.program import DeriveTask
from ptheory.recursion.equation import Equation, equation
from ptheory.recursion.system import generic_slots
from ptheory.recursion.tensors import Tensor, field_cumulant, tensor
from ptheory.results.recursions import Recursions
from ptheory.results.specialisation import BoundEquation
from ptheory.session.inputs_named import components_at, labels_of
from ptheory.session.refusals import pointing_at
from ptheory.session.systems import Systems


def derive(task: DeriveTask, systems: Systems) -> Recursions:
    """The equations of every tensor named, at every order asked for; what is refused is kept beside them.

    Raises LanguageError where nothing can be derived.
    """
    asked: dict[str, tuple[Equation, ...]] = {}
    refused: list[LanguageError] = []
    for written in task.statement.names:
        try:
            asked[written.name] = _derivable(task, written, systems)
        except LanguageError as error:
            refused.append(error)
    if not asked:
        raise joined(refused)
    found = [one for equations in asked.values() for one in equations]
    longer = {one.name: one.at_one_input() for one in found if len(one.target.legs) > 2 or one.target.order}
    shown = () if task.statement.inputs is None else tuple(_at_inputs(task.statement.inputs, found))
    return Recursions(task.architecture, asked, longer, shown, _undeclared_structures(task, systems), tuple(refused))


def _at_inputs(inputs: Inputs, found: Sequence[Equation]) -> Iterator[BoundEquation]:
    """Every component at the inputs that the statement names."""
    labels = labels_of(inputs)
    for equation_ in found:
        with pointing_at(inputs.span, equation_.name):
            yield from (
                BoundEquation(one, labels, near=inputs.near, through=inputs.through)
                for one in components_at(equation_, inputs)
            )


def equations_of(systems: Systems, architecture: str, name: str, orders: Iterable[int]) -> tuple[Equation, ...]:
    """The equations of a tensor at these orders beyond its leading one. Raises what its derivation raises."""
    system, names = systems.system(architecture), systems.names(architecture)
    return tuple(equation(system, names, name, order) for order in orders)


def _derivable(task: DeriveTask, written: Name, systems: Systems) -> tuple[Equation, ...]:
    """The equations of one name; what cannot be derived points at it."""
    if task.order.is_exact:
        assert task.statement.order is not None
        raise LanguageError(
            "a recursion is derived order by order",
            task.statement.order.span,
            help="write `to order 1/n`, or 1/n^2, ...; `order exact` is for a flow",
        )
    asked = systems.tensor_at(written.name)
    orders = task.order.powers if asked.order is None else (asked.order,)
    with pointing_at(written.span, written.name, systems.program.architectures[task.architecture]):
        return equations_of(systems, task.architecture, asked.name, orders)


def _undeclared_structures(task: DeriveTask, systems: Systems) -> tuple[Tensor, ...]:
    """Where weights are not Gaussian, the correlations at one neuron that no definition names."""
    names = systems.names(task.architecture)
    if systems.program.architectures[task.architecture].has_gaussian_rows:
        return ()
    declared = {entry.shape for entry in names.declared}
    asked = {systems.tensor_at(written.name).name for written in task.statement.names}
    found: dict[Tensor, None] = {}
    for entry in names.declared:
        at_one_neuron = generic_slots(tensor((field_cumulant(entry.shape.legs),)))
        if entry.name in asked and entry.shape.is_of_fields and at_one_neuron not in declared:
            found.setdefault(at_one_neuron)
    return tuple(found)
