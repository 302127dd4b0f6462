"""What tensors are called: declared names with the order of their bracket arguments, or a systematic one.

The leading coefficient of a two-point function declared as ``G`` is ``K`` (``Guv``: ``Kuv``), the next ones ``G1``,
``G2``, ...; any other tensor ``X`` keeps its name at leading order and becomes ``X1``, ``X2``, ... beyond.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ptheory.language.claim_names import leading_name
from ptheory.recursion.dummies import by_sample, relabel_atom
from ptheory.recursion.system import generic_slots
from ptheory.recursion.tensors import PREACTIVATION, Leg, ObservableAt, Tensor, tensor


@dataclass(frozen=True)
class TensorName:
    """``shape``: the tensor at leading order with its legs at slots 1, 2, ...; ``arguments``: slots in bracket order;

    ``declared_slots``: the slot numbers of the definition, in the order of the shape's legs.
    """

    name: str
    shape: Tensor
    arguments: tuple[int, ...]
    declared_slots: tuple[int, ...] = ()


@dataclass(frozen=True)
class NamedTensor:
    """A tensor component as it is written: name[arguments], ``order`` beyond the leading one."""

    declared: str
    order: int
    arguments: tuple[Leg, ...]
    is_two_point: bool = False

    @property
    def name(self) -> str:
        """G1 at order 1/n; at leading order K for what is declared as G, and the declared name for all else."""
        if self.order:
            return f"{self.declared}{self.order}"
        return leading_name(self.declared) if self.is_two_point else self.declared


class TensorNames:
    """``declared``: the tensors of ``define``, ``of_layers`` those of fields that are no outputs; ``hyperparameters``:

    names that stand for these.
    """

    def __init__(
        self, declared: Sequence[TensorName], hyperparameters: Collection[str] = (), outputs: Collection[str] = ()
    ) -> None:
        self._by_shape = {entry.shape: entry for entry in declared}
        self.declared = tuple(declared)
        self.of_layers = tuple(e for e in declared if not any(leg.field.name in outputs for leg in e.shape.legs))
        self.hyperparameters = frozenset(hyperparameters)

    def of(self, target: Tensor) -> NamedTensor:
        """The written form of a tensor with any legs."""
        canonical = tensor(target.components, target.order)
        shape = generic_slots(replace(canonical, order=0))
        entry = self._by_shape.get(shape)
        legs = canonical.legs
        two_point = len(shape.components) == 1 and shape.components[0].is_covariance
        if entry is None:
            others = (e.name for e in self.declared if structure_of(e.shape) != structure_of(shape))
            name = systematic_name(shape, {*self.hyperparameters, *others})
            return NamedTensor(name, target.order, legs, two_point)
        return NamedTensor(entry.name, target.order, tuple(legs[slot - 1] for slot in entry.arguments), two_point)

    def tensor(self, name: str, order: int = 0) -> Tensor | None:
        """The tensor a declared name stands for, its legs at slots as declared; None for an unknown name."""
        for entry in self.declared:
            if entry.name == name:
                slots = entry.declared_slots or tuple(range(1, len(entry.arguments) + 1))
                moved = relabel_atom(entry.shape, by_sample(dict(enumerate(slots, start=1))))
                assert isinstance(moved, Tensor)
                return replace(moved, order=order)
        return None


def structure_of(shape: Tensor) -> tuple[object, ...]:
    """A shape whatever its fields are: those are written with its legs."""
    return tuple((tuple(o.kind for o in c.observables), c.blocks) for c in shape.components)


_UNDECLARED = {1: "G", 2: "V"}  # cumulants of so many covariances that nobody declared; then V6, V8, ...
_IS_UNDECLARED = re.compile(r"V(6|8|\d\d)|C\d+(_\d+)*")


def is_systematic(name: str) -> bool:
    """V6, V8, ..., C4, C2_4, ...: what equations call cumulants that are not declared."""
    return _IS_UNDECLARED.fullmatch(name) is not None


def systematic_name(shape: Tensor, taken: Collection[str] = ()) -> str:
    """G, V, V6, V8, ... for cumulants of covariances; C4, C2_4, ... by the fields at each neuron where there are more
    than two; kappa_G, kappa_V, ... where that name is ``taken``; else the observables of each component joined."""
    if shape.is_of_fields:
        r = len(shape.components)
        at_one_neuron = "C" + "_".join(str(len(component.legs)) for component in shape.components)
        of_covariances = all(component.is_covariance for component in shape.components)
        name = _UNDECLARED.get(r, f"V{2 * r}") if of_covariances else at_one_neuron
        return name if name not in taken and leading_name(name) not in taken else f"kappa_{name}"
    return "_".join("".join(map(_observable_name, component.observables)) for component in shape.components)


def _observable_name(observable: ObservableAt) -> str:
    is_field = observable.kind == PREACTIVATION
    return observable.legs[0].field.name if is_field else observable.kind.name
