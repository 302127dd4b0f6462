"""``phase`` in a block, and ``ptheory phase``: at the variances that are set, along what is not, or in the plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import mpmath

from ptheory.algebra.polynomial import Atom
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.closed_tower import vertex
from ptheory.criticality.cuts import edges_met, stretches
from ptheory.criticality.edge import EdgePoint
from ptheory.criticality.edge_at_width import EdgeShift, edge_shift, edge_shifts
from ptheory.criticality.exact_kernels import exact_root
from ptheory.criticality.finite_width import FiniteWidth, finite_width
from ptheory.criticality.fixed_points import critical_points
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.phase_diagram import NoDiagram, PhaseDiagram, default_window, phase_diagram
from ptheory.criticality.phases import Phase, phase
from ptheory.criticality.specialised import K
from ptheory.language.errors import LanguageError
from ptheory.language.statements import PhaseSetting
from ptheory.networks.program import WithTask
from ptheory.recursion.closure import has_several_kernels
from ptheory.results.phase_result import FoundPhases, PhasePlane, PhasePoint, Phases, PhasesAlong
from ptheory.session.activation_pages import BAD_INPUT, GOOD, UNDECIDED, ActivationPages, answered
from ptheory.session.plotted_network import PlottedNetwork, set_numbers
from ptheory.session.systems import Systems, binding_label

if TYPE_CHECKING:
    from sympy import Expr


SHAPE = "--widths"
PHASE_DIGITS, EXACT_DIGITS = 15, 13


def phases_of_block(task: WithTask, systems: Systems) -> Phases:
    """What a block with `phase` asks for. Raises LanguageError where the network has no such plane."""
    assert task.phase is not None
    values = set_numbers(task.values)
    if has_several_kernels(systems.program.architectures[task.architecture]):
        from ptheory.session.phases_of_several import phases_of_several

        return phases_of_several(task, task.phase, systems)
    try:
        network = PlottedNetwork.of(task.architecture, task.bindings, values, systems, ())
    except LanguageError:
        raise
    except Refusal as error:
        raise LanguageError(error.message, task.phase.span, help=error.help) from error
    check_shape(task.phase, network)
    label = ", ".join(binding_label(binding.value) for binding in task.bindings)
    return phases_of(network, label, task.phase.shape)


def check_shape(setting: PhaseSetting, network: PlottedNetwork) -> None:
    """LanguageError where networks of a shape are asked for, and those of finite width are not known."""
    if setting.shape is not None and network.fluctuations is None:
        raise LanguageError(_without_width(network), setting.span, help="write `phase`")


def _without_width(network: PlottedNetwork) -> str:
    """Why nothing is known of networks of finite width; "" where something is."""
    if network.fluctuations is not None:
        return ""
    declares = network.systems is not None and vertex(network.systems.names(network.architecture)) is not None
    why = "the recursion of the vertex, or of the first correction of the kernel, does not close in one layer"
    if not declares:
        why = "no four-point vertex is declared (define V by E[z1 z2 z3 z4]_c = ...)"
    return f"nothing is known of {network.architecture} at finite width: {why}"


def phases_of(network: PlottedNetwork, activation: str, shape: tuple[int, tuple[int, ...]] | None = None) -> Phases:
    """At both variances, along one, or in the plane; ``found`` says why where there is none."""
    spec, tuned = network.spec, network.analysed.tuning
    names = tuple(unknown.name for unknown in (tuned.bias, tuned.weight) if unknown is not None)
    found: FoundPhases | str
    try:
        if tuned.are_both_set:
            found = _point(network, tuned.given)
        elif tuned.given:
            found = _along(network, tuned.given)
        else:
            points = critical_points(spec).points
            line = next(((point.C_b, point.C_W) for point in points if point.K_star is None), None)
            diagram = phase_diagram(spec, default_window(spec, points))
            found = PhasePlane(diagram, line, () if line else shifts_of_edge(network, diagram))
    except AsymptoticFailure as error:
        found = str(error)
    except NoDiagram as error:
        found = f"{error.message}; with one of {' and '.join(names)} given there are the phases along the other"
    except Refusal as error:
        found = "; ".join(filter(None, (error.message, error.help)))
    values, kernel = tuned.set_variances, spec.system.kernel_name
    return Phases(activation, network.architecture, kernel, values, names, found, shape, _without_width(network))


def _point(network: PlottedNetwork, given: Mapping[Atom, Expr]) -> PhasePoint:
    """The phase, and K* in closed form where f(K) has one of which the root is known. Raises AsymptoticFailure."""
    spec = network.spec
    found = phase(spec, given, PHASE_DIGITS)
    form = spec.closed_form(spec.system.kernel, given) if found.K_star and mpmath.isfinite(found.K_star) else None
    exact = None if form is None else exact_root(form - K, found.K_star, EXACT_DIGITS)
    return PhasePoint(found, exact, _at_finite_width(network, given, found))


def _along(network: PlottedNetwork, given: Mapping[Atom, Expr]) -> PhasesAlong:
    """The phases along the variance that is not given, in networks of finite width too. Raises Refusal."""
    spec = network.spec
    axis = spec.system.weight if spec.system.bias in given else spec.system.bias
    found = stretches(spec, given)
    finite = tuple(_at_finite_width(network, {**given, axis: one.at}, one.phase) for one in found)
    edges: list[tuple[EdgePoint, EdgeShift]] = []
    fluctuations = network.fluctuations
    if fluctuations is None:
        return PhasesAlong(str(axis), found, finite)
    for point in edges_met(spec, given, found):
        try:
            edges.append((point, edge_shift(fluctuations, point, axis, PHASE_DIGITS)))
        except Refusal:
            continue
    return PhasesAlong(str(axis), found, finite, tuple(edges))


def shifts_of_edge(network: PlottedNetwork, diagram: PhaseDiagram) -> tuple[tuple[EdgeShift, ...], ...]:
    """Of every point of every piece of the edge of chaos; empty where they are not known."""
    if network.fluctuations is None:
        return ()
    try:
        return tuple(edge_shifts(network.fluctuations, piece) for piece in diagram.edge)
    except Refusal:
        return ()


def _at_finite_width(network: PlottedNetwork, given: Mapping[Atom, Expr], found: Phase) -> FiniteWidth | None:
    """Where K* > 0 attracts exponentially; None elsewhere, and where the recursions beyond the kernel are not known."""
    if not found.K_star or not mpmath.isfinite(found.K_star) or not abs(found.parallel) < 1:
        return None
    if network.fluctuations is None:
        return None
    try:
        return finite_width(network.fluctuations, given, found.K_star, PHASE_DIGITS)
    except Refusal:
        return None


def phase_command(
    activation: str,
    bias: str | None,
    weight: str | None,
    architecture: Path | None,
    settings: Sequence[str],
    shape: tuple[int, tuple[int, ...]] | None,
    to: ActivationPages,
) -> int:
    """``ptheory phase ACTIVATION [--bias V] [--weight V] [--depth L --widths N,N] [--architecture FILE] ...``."""

    def answer() -> int:
        from ptheory.rendering.phase_report import phase_report

        found = phases_at(activation, bias, weight, architecture, settings, shape)
        code = UNDECIDED if isinstance(found.found, str) else GOOD
        made = to.show(phase_report(found), found.to_json(), found.activation)
        return max(code, made, key=(GOOD, UNDECIDED, BAD_INPUT).index)

    return answered(f"phase {activation}", answer)


def phases_at(
    activation: str,
    bias: str | None,
    weight: str | None,
    architecture: Path | None = None,
    settings: Sequence[str] = (),
    shape: tuple[int, tuple[int, ...]] | None = None,
) -> Phases:
    """The phases of an activation; a variance that is None is an axis. ``shape``: the number of layers, and the widths,
    of networks that are asked for. Raises LanguageError."""
    from ptheory.session.chosen_network import BIAS, WEIGHT, chosen_network, given_number

    texts = {option: text for option, text in ((BIAS, bias), (WEIGHT, weight)) if text is not None}
    given = {option: given_number(text, option) for option, text in texts.items()}
    network = chosen_network(activation, architecture, settings, given)
    if shape is not None and network.fluctuations is None:
        raise LanguageError(_without_width(network), path=SHAPE, help=f"leave {SHAPE} out")
    return phases_of(network, activation, shape)
