"""The engine driven the way a user drives it: a derivation text in, coefficients of 1, 1/n, ... of components out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ptheory.flows.flow import Flow
from ptheory.language import parse
from ptheory.networks.program import FlowTask, check_file
from ptheory.recursion.tensors import Tensor, tensor
from ptheory.session.flow_task import DEFAULT_DIGITS, GUARD_DIGITS, components, numeric_system, prepare_flow
from ptheory.session.systems import Systems

TWO_INPUTS = (("1/2", "3/4"), ("1", "-1/3"))


def pairings(slots: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
    """All ways to pair the slots, the first one with each of the others in turn."""
    if not slots:
        yield []
        return
    for k in range(1, len(slots)):
        for rest in pairings([*slots[1:k], *slots[k + 1 :]]):
            yield [(slots[0], slots[k]), *rest]


def correlator(name: str, points: int, field: str = "z") -> str:
    """The definition of the tensor of a 2m-point correlator of one field: every pairing of its slots, over n^(m-1)."""
    terms = []
    for pairing in pairings(range(1, points + 1)):
        deltas = " ".join(f"d{a}{b}" for a, b in pairing)
        slots = ",".join(str(slot) for pair in pairing for slot in pair)
        terms.append(f"{deltas} {name}[{slots}]")
    fields = " ".join(f"{field}{slot}" for slot in range(1, points + 1))
    return f"define {name} by E[{fields}]_c = ({' + '.join(terms)}) / n^{points // 2 - 1}\n"


def vectors(inputs: Sequence[Sequence[str]]) -> str:
    return " ".join(f"[{', '.join(vector)}]" for vector in inputs)


@dataclass
class EngineFlow:
    """One flow statement, computed component by component when asked."""

    text: str

    def __post_init__(self) -> None:
        program = check_file(parse(self.text, "test.deriv"))
        (self.task,) = (task for task in program.tasks if isinstance(task, FlowTask))
        systems = Systems(program)
        flow = prepare_flow(self.task, systems, numeric_system(self.task, systems), DEFAULT_DIGITS + GUARD_DIGITS)
        assert isinstance(flow, Flow)
        self.flow = flow
        declared = systems.names(self.task.architecture).declared
        self._components = {
            (entry.name, key): component
            for entry in declared
            for key, component in components(entry, len(self.task.inputs))
        }

    def component(self, name: str, samples: Sequence[int]) -> Tensor:
        return self._components[name, ",".join(map(str, samples))]

    def coefficients(self, layer: int, name: str, samples: Sequence[int], orders: int) -> list[Any]:
        """Coefficients of 1, 1/n, ... of a component, samples from 0 in the tensor's bracket order."""
        component = self.component(name, samples)
        below = self.flow.setting.width(layer - 1) if layer > 1 else 1
        return [self.flow.value(layer, tensor(component.components, k)) / below**k for k in range(orders)]

    def orders(self, layer: int, name: str, samples: Sequence[int]) -> int:
        """How many coefficients the engine holds the exact series to have."""
        pairs = len(self.component(name, samples).legs) // 2
        return max(self.flow.highest_power(layer, pairs) - (pairs - 1), 0) + 1
