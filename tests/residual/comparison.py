"""Flows with skip connections beside exact enumeration at several widths, which shares no code with the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import mpmath

from ptheory.flows.moment_values import Average
from ptheory.language import parse
from ptheory.networks.program import FlowTask, check_file
from ptheory.session.flow_task import (
    DEFAULT_DIGITS,
    GUARD_DIGITS,
    component_series,
    components,
    numeric_system,
    prepare_flow,
)
from ptheory.session.systems import Systems
from tests.oracles.jets import jet_network
from tests.oracles.kept import KeptTable
from tests.oracles.network import Network
from tests.oracles.site_transfer import SiteTransfer
from tests.oracles.tensors import divide_by_powers, interpolate, paired_correlator
from tests.oracles.training_tensors import DIRECTIONS, tensor
from tests.recursion.front_end import vectors


@dataclass
class SkipFlow:
    """``values(layer, name)``: component key -> coefficients of 1, 1/n, ... as the flow command computes them.

    ``average``: how averages get their numbers; enclosed where it is not given.
    """

    text: str
    average: Average | None = None

    @cached_property
    def parts(self) -> tuple[FlowTask, Systems, Any]:
        program = check_file(parse(self.text, "test.deriv"))
        (task,) = (task for task in program.tasks if isinstance(task, FlowTask))
        systems = Systems(program)
        working = (task.digits or DEFAULT_DIGITS) + GUARD_DIGITS
        flow = prepare_flow(task, systems, numeric_system(task, systems), working, self.average)
        return task, systems, flow

    def coefficients(self, layer: int, name: str, samples: Sequence[int]) -> list[Any]:
        """Of 1, 1/n, ... for one component."""
        task, systems, flow = self.parts
        (entry,) = (e for e in systems.names(task.architecture).declared if e.name == name)
        component = dict(components(entry, len(task.inputs)))[",".join(map(str, samples))]
        with mpmath.workdps((task.digits or DEFAULT_DIGITS) + GUARD_DIGITS):
            return list(component_series(flow, task, layer, component).coefficients)

    def values(self, layer: int, name: str) -> dict[tuple[int, ...], list[Any]]:
        task, systems, flow = self.parts
        (entry,) = (e for e in systems.names(task.architecture).declared if e.name == name)
        with mpmath.workdps((task.digits or DEFAULT_DIGITS) + GUARD_DIGITS):
            return {
                tuple(map(int, key.split(","))): list(component_series(flow, task, layer, component).coefficients)
                for key, component in components(entry, len(task.inputs))
            }


def flow_text(
    architecture: str,
    inputs: Sequence[Sequence[str]],
    values: str,
    depth: int,
    order: str,
    show: str = "G",
    widths: str = "",
) -> str:
    widths = f"widths {widths}\n" if widths else ""
    return (
        f"ptheory 1\ninclude correlators\ninclude observables\narchitecture A {{\n{architecture}\n}}\n"
        f"flow A {{\n    inputs {vectors(inputs)}\n    set {values}\n"
        f"    depth {depth}\n    {order}\n    {widths}show {show}\n}}\n"
    )


LIVE = 2  # layers up to this one are enumerated in the test itself; above, rows of the kept table are read
TABLE = KeptTable(Path(__file__).with_name("enumerated.json"))


@dataclass(frozen=True)
class Row:
    """One component at the top layer of a network, in words and as data."""

    network: Network
    called: str | None
    name: str
    samples: tuple[int, ...]
    widths: range

    @property
    def key(self) -> str:
        at = ",".join(map(str, self.samples))
        return f"{self.called}, {len(self.network.inputs)} inputs, layer {self.network.depth}: {self.name}[{at}]"

    @property
    def exact(self) -> list[Fraction]:
        live = self.called is None or self.network.depth <= LIVE
        return enumerated(self) if live else TABLE[self.key]


def enumerated(row: Row) -> list[Fraction]:
    """Coefficients of 1, 1/n, ... by interpolation in n; the last width is predicted, not used."""
    name, samples, network = row.name, row.samples, row.network
    net = jet_network(network, DIRECTIONS[name]) if name in DIRECTIONS else network

    def value(n: int) -> Any:
        moment = SiteTransfer(net, n).moment
        return tensor(moment, name, samples) if name in DIRECTIONS else paired_correlator(moment, samples)

    below = network.widths[network.depth - 2]
    return divide_by_powers(interpolate([(n, value(n)) for n in row.widths]), len(samples) // 2 - 1, below)


def check(
    flow: SkipFlow,
    called: str | None,
    network_of_depth: Callable[[int], Network],
    layer: int,
    name: str,
    orders: int,
    widths: range,
    choices: Sequence[tuple[int, ...]] | None = None,
) -> None:
    """The coefficients of the flow are those enumerated; ``called``: the network in the kept table,
    None for one small enough to be enumerated here and now."""
    network = network_of_depth(layer)
    for samples in choices or list(product(range(len(network.inputs)), repeat=2)):
        expected = Row(network, called, name, samples, widths).exact
        found = flow.coefficients(layer, name, samples)
        assert found[:orders] == [*expected, *[Fraction(0)] * orders][:orders], (layer, name, samples)
