"""``plot``: the numbers of a figure, from derived recursions, their critical points and networks drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import mpmath
import numpy as np

from ptheory.algebra.polynomial import Atom
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.angles import angle_flow
from ptheory.criticality.fixed_points import critical_points
from ptheory.criticality.phase_diagram import Window, default_window, phase_diagram, rounded
from ptheory.criticality.phases import FixedKernel, fixed_points
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression
from ptheory.language.statements import PhaseSetting, Range
from ptheory.networks.formulas import real_number
from ptheory.networks.program import AtlasTask, FlowTask, PlotTask
from ptheory.networks.set_values import as_expression
from ptheory.results.figures import (
    About,
    AngleFigure,
    AtlasFigure,
    Figure,
    FlowFigure,
    MapFigure,
    PhaseFigure,
)
from ptheory.session.flow_task import run_flow
from ptheory.session.phase_task import check_shape, shifts_of_edge
from ptheory.session.plotted_network import PlottedNetwork, block_of, plotted_network, set_numbers
from ptheory.session.refusals import pointing_at
from ptheory.session.systems import Systems

if TYPE_CHECKING:
    from ptheory.criticality.fixed_points import CriticalPoint

MAP_POINTS = 201
MAP_REACH = 2  # how far a map goes, in units of the largest fixed kernel
ANGLE_DEPTH, ANGLE_STARTS = 100, (Fraction(0), Fraction(1, 2), Fraction(9, 10))
DIGITS = 15
TOUCHING = 1e-3  # relative: nearer to the critical kernel a root of K' - K is that one, by rounding
FLOW_DIGITS = 8  # of what is only looked at, in float64

Progress = Callable[[str, int, int], None]


def run_plot(task: PlotTask, systems: Systems, progress: Progress) -> Figure:
    """The figure a plot statement asks for. Raises LanguageError where there is no data for it, and says why."""
    if isinstance(task.of, FlowTask):
        return flow_figure(task, task.of, systems, progress)
    if isinstance(task.of, AtlasTask):
        from ptheory.session.atlas_task import run_atlas

        return AtlasFigure(task.name, run_atlas(task.of, systems, progress))
    progress(f"plot {task.kind}", 0, 1)
    with pointing_at(task.statement.kind.span, f"no data for `plot {task.kind}`"):
        if task.kind == "exponents":
            from ptheory.session.plot_exponents import exponents_figure

            return exponents_figure(task, systems)
        if task.kind == "vertex":
            from ptheory.session.plot_vertex import vertex_figure

            return vertex_figure(task, systems, progress)
        network = plotted_network(task, systems)
        if task.kind == "map":
            return map_figure(task, network)
        return phase_figure(task, network) if task.kind == "phase" else angle_figure(task, network)


def flow_figure(task: PlotTask, flow: FlowTask, systems: Systems, progress: Progress) -> FlowFigure:
    """The numbers of the flow, and the kernels that attract where all layers have the same variances."""
    table = run_flow(replace(flow, digits=flow.digits or FLOW_DIGITS), systems, progress)
    names = systems.names(flow.architecture)
    kernels = {e.name: names.of(e.shape).name for e in names.of_layers if e.shape.is_kernel and e.name in flow.show}
    about = About(
        flow.architecture,
        {binding.name: binding.value for binding in flow.bindings},
        {
            name if layer is None else f"{name}[{layer}]": as_expression(value)
            for (name, layer), value in flow.values.items()
        },
    )
    return FlowFigure(task.name, about, table, kernels, _attracting(flow, systems) if kernels else ())


def _attracting(flow: FlowTask, systems: Systems) -> tuple[mpmath.mpf, ...]:
    """The kernels that attract at the variances of a flow; none where these depend on the layer, or it has others."""
    if any(layer is not None for _, layer in flow.values):
        return ()
    try:
        network = PlottedNetwork.of(flow.architecture, flow.bindings, set_numbers(flow.values), systems)
        found = fixed_points(network.spec, network.given, DIGITS) if network.is_given else None
    except Refusal:
        return ()
    return tuple(point.kernel for point in found or () if point.stability == "stable")


def map_figure(task: PlotTask, network: PlottedNetwork) -> MapFigure:
    """K' over the range asked for, else as far as twice the largest fixed kernel."""
    spec, kernel = network.spec, network.spec.system.kernel_name
    hyper, about = network.variances()
    found = fixed_points(spec, hyper, DIGITS)
    if found is not None and about.critical:
        found = _with_critical(found, network.critical_point)
    largest = max((float(point.kernel) for point in found or ()), default=0.0)
    reach = rounded(MAP_REACH * largest, 2) if largest else Fraction(1)
    ((low, high),) = _ranges(task, {kernel: (Fraction(0), reach)})
    kernels = np.linspace(float(low), float(high), MAP_POINTS)
    kernels = kernels[kernels > 0]
    numbers: dict[Atom, float] = {symbol: float(value) for symbol, value in hyper.items()}
    images = np.broadcast_to(spec.grid(spec.system.kernel, kernels, numbers), kernels.shape)
    if not np.isfinite(images).all():
        raise Refusal(
            f"the next kernel overflows at {kernel} = {kernels[~np.isfinite(images)][0]:.4g}",
            f"write range {kernel} = 0 to a smaller number",
        )
    return MapFigure(
        task.name, about, kernel, tuple(map(float, kernels)), tuple(map(float, images)),
        tuple(point for point in found or () if float(low) <= point.kernel <= float(high)), found is None,
    )  # fmt: skip


def _with_critical(found: list[FixedKernel], point: CriticalPoint) -> list[FixedKernel]:
    """The critical kernel among the fixed ones: where it attracts on one side only, K' - K does not change its sign."""
    if not point.K_star:
        return found
    kernel = mpmath.mpf(point.K_star.evalf(DIGITS + 5))
    others = [other for other in found if abs(other.kernel - kernel) > TOUCHING * kernel]
    return sorted([*others, FixedKernel(kernel, mpmath.mpf(1), point.stability)], key=lambda one: one.kernel)


def phase_figure(task: PlotTask, network: PlottedNetwork) -> PhaseFigure:
    """The plane of the two variances; refused where one of them is set, or there is none of the biases."""
    spec, tuned = network.spec, network.analysed.tuning
    if tuned.bias is None:
        raise Refusal(
            f"{task.architecture} has no variance of biases, and the plane is that of both",
            "declare biases, or look at `plot map`",
        )
    if tuned.given:
        names = " and ".join(tuned.set_variances)
        raise Refusal(f"{names} is an axis of the figure, and it is set", f"leave it out, or write range {names} = ...")
    points = critical_points(spec).points
    bias, weight = tuned.bias, tuned.weight
    if {bias.name, weight.name} <= set(task.ranges):
        defaults = {name: (Fraction(0), Fraction(1)) for name in (bias.name, weight.name)}
    else:
        window = default_window(spec, points)
        defaults = {bias.name: window.biases, weight.name: window.weights}
    biases, weights = _ranges(task, defaults)
    window = Window(_raised(weights, weight.power), _raised(biases, bias.power))
    setting = next((s for s in block_of(task).statement.settings if isinstance(s, PhaseSetting)), None)
    if setting is not None:
        check_shape(setting, network)
    diagram = phase_diagram(spec, window)
    inside = [point for point in points if _is_inside(point, window)]
    return PhaseFigure(
        task.name, network.about({}), spec.system.kernel_name, spec.system.bias.name, spec.system.weight.name, diagram,
        tuple((point.C_b, point.C_W, point.K_star, point.stability) for point in inside),
        None if setting is None else setting.shape, () if setting is None else shifts_of_edge(network, diagram),
    )  # fmt: skip


def _raised(ends: tuple[Fraction, Fraction], power: int) -> tuple[Fraction, Fraction]:
    """The ends of an axis that is a power of what the file names; they are not negative."""
    return ends[0] ** power, ends[1] ** power


def _is_inside(point: CriticalPoint, window: Window) -> bool:
    (left, right), (bottom, top) = window.weights, window.biases
    return bool(left <= point.C_W <= right and bottom <= point.C_b <= top)


def angle_figure(task: PlotTask, network: PlottedNetwork) -> AngleFigure:
    """Correlations layer by layer at the variances set, else at the critical point."""
    hyper, about = network.variances()
    critical = None if network.is_given else network.critical_point.K_star or None
    found = angle_flow(network.spec, hyper, task.correlations or ANGLE_STARTS, task.depth or ANGLE_DEPTH, critical)
    return AngleFigure(task.name, about, network.spec.system.kernel_name, found)


def _ranges(task: PlotTask, defaults: Mapping[str, tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    """The ends of every axis: those asked for, else the default. LanguageError for an axis the figure does not have."""
    place = next((s for s in block_of(task).statement.settings if isinstance(s, Range)), None)
    for interval in () if place is None else place.intervals:
        if interval.name not in defaults:
            raise LanguageError(
                f"{interval.name} is no axis of `plot {task.kind}`",
                interval.name_span,
                help=f"its range is that of {' and '.join(defaults)}",
            )
    found = []
    for name, default in defaults.items():
        low, high = (_end(end) for end in task.ranges.get(name, default))
        if low < 0 or low >= high:
            assert place is not None
            raise LanguageError(
                f"{name} goes from {low} to {high}", place.span, help="it is not negative, the smaller number first"
            )
        found.append((low, high))
    return found


def _end(value: Fraction | Expression) -> Fraction:
    """An end of a range as a fraction; of sqrt(2) and the like to 15 digits. Raises FormulaError."""
    return value if isinstance(value, Fraction) else rounded(float(real_number(value)), DIGITS)
