"""``plot vertex``: fluctuations between networks by depth, as derived and in networks drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import mpmath

from ptheory.algebra.order import LEADING
from ptheory.algebra.polynomial import Atom
from ptheory.algebra.real import Real
from ptheory.algebra.refusal import Refusal
from ptheory.flows.layer_values import FlowSetting
from ptheory.flows.of_network import flow_of
from ptheory.language.errors import LanguageError
from ptheory.language.statements import CheckBy
from ptheory.networks.program import PlotTask, WithTask
from ptheory.recursion.tensor_names import TensorName
from ptheory.results.figures import SimulatedVertex, VertexFigure
from ptheory.results.simulated import NotSimulated, SimulationResult
from ptheory.session.flow_task import ScalarPlace, components, hyperparameter_values, scalar_value
from ptheory.session.plotted_network import PlottedNetwork, block_of, plotted_network
from ptheory.session.refusals import pointing_at
from ptheory.session.simulation_check import DEFAULT_DEPTH, DEFAULT_WIDTHS, by_simulation, input_vectors
from ptheory.session.systems import Systems

if TYPE_CHECKING:
    from sympy import Expr

THEORY_DEPTH = 20  # where no networks say how deep
DIGITS = 15

Progress = Callable[[str, int, int], None]


def vertex_figure(task: PlotTask, systems: Systems, progress: Progress) -> VertexFigure:
    """V/K^2 in every layer, and in networks where the block asks for them, of one input of mean square one.

    Raises Refusal, LanguageError.
    """
    block, network = block_of(task), plotted_network(task, systems)
    kernel, vertex = _entries(systems, task.architecture)
    hyper, about = network.variances()
    check, depth = next(iter(block.checks), None), figure_depth(task, block)
    chosen = chosen_numbers(network, block, hyper)
    kernels, vertices = (list(_leading(entry, systems, network, chosen, depth)) for entry in (kernel, vertex))
    found = () if check is None else _simulated(block, check, depth, vertex, systems, network, chosen, progress)
    widths = (check.option("widths") if check is not None else None) or DEFAULT_WIDTHS
    return VertexFigure(
        task.name,
        about,
        vertex.name,
        network.spec.system.kernel_name,
        tuple(widths),
        tuple(v / k**2 for v, k in zip(vertices, kernels, strict=True)),
        _law(network) if about.critical else None,
        tuple(_points(found, [float(k) for k in kernels])),
        found,
    )


def _entries(systems: Systems, architecture: str) -> tuple[TensorName, TensorName]:
    declared = systems.names(architecture).of_layers
    vertex = next((entry for entry in declared if entry.shape.is_vertex), None)
    if vertex is None:
        raise Refusal("no four-point vertex is declared", "write `include correlators`, or define one")
    return next(entry for entry in declared if entry.shape.is_kernel), vertex


def figure_depth(task: PlotTask, block: WithTask) -> int:
    """How many layers: set in the block or behind its check, which means the same."""
    check = next(iter(block.checks), None)
    behind = None if check is None else check.option("depth")
    if check is not None and behind is not None and task.depth is not None and behind[0] != task.depth:
        raise LanguageError(
            f"a figure of {task.depth} layers, and networks of {behind[0]}",
            check.span,
            help="the depth is that of both: leave one of the two out",
        )
    if task.depth is not None:
        return task.depth
    return behind[0] if behind else THEORY_DEPTH if check is None else DEFAULT_DEPTH


def chosen_numbers(network: PlottedNetwork, block: WithTask, hyper: Mapping[Atom, Expr]) -> dict[ScalarPlace, Real]:
    """Every hyperparameter as a number: the variances, and what is set besides."""
    system = network.spec.system
    tuned = network.analysed.tuning.hyperparameters(hyper[system.bias], hyper[system.weight])
    with mpmath.workdps(DIGITS + 10):
        numbers: dict[ScalarPlace, Real] = {(name, None): mpmath.mpf(value.evalf(25)) for name, value in tuned.items()}
    return {**numbers, **hyperparameter_values(block.values, DIGITS)}


def _leading(
    entry: TensorName, systems: Systems, network: PlottedNetwork, chosen: Mapping[ScalarPlace, Real], depth: int
) -> Iterator[Real]:
    """A tensor in layers 1, ..., depth at one input, as a flow has it."""
    setting = FlowSetting(
        input_vectors(1), scalar_value(dict(chosen), DIGITS), network.activations, digits=DIGITS,
        almost_everywhere=network.kinks_dropped,
    )  # fmt: skip
    flow = flow_of(systems.system(network.architecture), setting)
    ((_, component),) = components(entry, 1)
    with mpmath.workdps(DIGITS):
        for layer in range(1, depth + 1):
            yield mpmath.mpf(1) * flow.series(layer, component, LEADING).coefficient(0)


def _simulated(
    block: WithTask,
    check: CheckBy,
    depth: int,
    vertex: TensorName,
    systems: Systems,
    network: PlottedNetwork,
    chosen: Mapping[ScalarPlace, Real],
    progress: Progress,
) -> tuple[SimulationResult | NotSimulated, ...]:
    options = tuple((name, values) for name, values in check.options if name != "depth")
    deep = CheckBy(check.method, (*options, ("depth", (depth,))), span=check.span)
    with pointing_at(check.span):
        return tuple(by_simulation(block, deep, {vertex.name}, systems, network.activations, chosen, progress))


def _points(found: tuple[SimulationResult | NotSimulated, ...], kernels: list[float]) -> Iterator[SimulatedVertex]:
    """The estimates in units of the derived kernel."""
    for result in found:
        if isinstance(result, NotSimulated):
            continue
        for one in result.compared:
            unit = result.width * kernels[one.layer - 1] ** 2
            yield SimulatedVertex(result.width, one.layer, one.simulated / unit, one.error / unit)


def _law(network: PlottedNetwork) -> tuple[Expr, Expr] | None:
    """(amplitude, power) of the vertex over K^2 at large depth."""
    found, ratio = network.classification, network.spec.system.vertex_ratio
    if ratio not in found.amplitudes or ratio not in found.exponents:
        return None
    return found.amplitudes[ratio], found.exponents[ratio]
