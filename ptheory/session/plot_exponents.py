"""``plot exponents``: recursions iterated from layer to layer beside their laws at large depth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING

from ptheory.algebra.refusal import Refusal
from ptheory.criticality.analysed import beyond_vertex
from ptheory.criticality.closed_tower import vertex
from ptheory.criticality.iterated import kernels_towards
from ptheory.criticality.universality import governing_point
from ptheory.networks.program import PlotTask
from ptheory.recursion.closure import OpenHierarchy
from ptheory.results.figures import ExponentsFigure
from ptheory.session.block_settings import is_leading_kernel
from ptheory.session.laws_iterated import hyperparameters_at, kernel_law, tensor_laws
from ptheory.session.plotted_network import block_of, plotted_network
from ptheory.session.systems import Systems

if TYPE_CHECKING:
    pass

DEPTH = 1000


def exponents_figure(task: PlotTask, systems: Systems) -> ExponentsFigure:
    """Every tensor asked for (the vertex where none is), and the kernel where it flows.

    Raises Refusal where there is no critical point, or no law.
    """
    names = systems.names(task.architecture)
    asked = [systems.tensor_at(name) for name in block_of(task).exponents]
    called = vertex(names)
    wanted = [tensor for tensor in asked if not is_leading_kernel(tensor, names)]
    if not asked and called is not None:
        wanted = [called]
    try:
        network = plotted_network(task, systems, wanted)
    except OpenHierarchy as error:
        raise Refusal(f"{names.of(error.target).name}: {error}", error.help) from error
    found = network.analysed.classification(network.spec, "", beyond_vertex(wanted, names), network.kinks_dropped)
    point = governing_point(found.critical_points)
    if point is None or found.label == "undecided":
        with away_from_criticality():
            at = network.critical_point
        raise Refusal(f"there are no laws at {network.spec.system.kernel_name}* = {at.K_star}: {found.evidence[-1]}")
    spec = network.spec
    kernels = kernels_towards(spec, point, hyperparameters_at(spec, point), task.depth or DEPTH)
    without: dict[str, str] = {}
    plotted = [*kernel_law(spec, found, point, kernels), *tensor_laws(network, wanted, names, found, kernels, without)]
    if not plotted:
        reasons = "; ".join(f"{name}: {why}" for name, why in without.items())
        raise Refusal(f"nothing asked for has a law at large depth{f' ({reasons})' if reasons else ''}")
    values = network.analysed.tuning.hyperparameters(point.C_b, point.C_W)
    held = (*spec.system.rates, *spec.system.constants)
    rates = tuple(str(rate) for rate in held if rate not in spec.values and wanted != [called])
    return ExponentsFigure(
        task.name,
        network.about(values, True),
        spec.system.kernel_name,
        spec.system.tangent or "",
        tuple(plotted),
        Fraction(float(kernels[0])),
        rates,
        without,
    )


@contextmanager
def away_from_criticality() -> Iterator[None]:
    """A refusal for want of a critical point says which figures need none."""
    try:
        yield
    except Refusal as error:
        raise Refusal(error.message, "what kernels do without one: plot map, plot phase") from error
