"""Figures of criticality with matplotlib (an optional dependency, imported when a figure is drawn)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ptheory.criticality.edge import edge_of_chaos
from ptheory.criticality.exact_numbers import Number
from ptheory.criticality.phases import Hyper, exact_hyperparameters
from ptheory.criticality.specialised import SpecialisedSystem

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def _axes(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise RuntimeError("figures need matplotlib: pip install 'ptheory[figures]'") from error
    figure = Figure(figsize=(5, 3.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def _math(name: str) -> str:
    """C_W with its subscript, longer names upright."""
    parts = [part if len(part) == 1 else rf"\mathrm{{{part}}}" for part in name.split("_")]
    return f"${parts[0]}$" if len(parts) == 1 else f"${parts[0]}_{{{','.join(parts[1:])}}}$"


def kernel_flow(spec: SpecialisedSystem, hyper: Hyper, largest: float, points: int = 200) -> Figure:
    """f(K) against K with the diagonal: fixed points are the crossings."""
    figure, axes = _axes("kernel flow", "$K^{(\\ell)}$", "$K^{(\\ell+1)}$")
    kernels = np.linspace(largest / points, largest, points)
    numbers = {symbol: float(value) for symbol, value in exact_hyperparameters(spec, hyper).items()}
    axes.plot(kernels, spec.grid(spec.system.kernel, kernels, numbers))
    axes.plot(kernels, kernels, linestyle="--", color="0.6")
    return figure


def phase_diagram(spec: SpecialisedSystem, kernels: Sequence[Number], digits: int = 12) -> Figure:
    """The edge of chaos in the plane of the two variances: ordered on the side of small weights, chaotic beyond."""
    figure, axes = _axes("edge of chaos", _math(spec.system.weight.name), _math(spec.system.bias.name))
    line = edge_of_chaos(spec, kernels, digits)
    axes.plot([float(weight) for _, _, weight in line], [float(bias) for _, bias, _ in line])
    return figure


def vertex_growth(amplitude: float, ratios: Sequence[float], simulated: Mapping[float, tuple[float, float]]) -> Figure:
    """V/(nK^2) = amplitude l/n, with simulated points {l/n: (value, standard error)}."""
    figure, axes = _axes("four-point vertex", "$\\ell/n$", "$V/(nK^2)$")
    axes.plot(ratios, [amplitude * r for r in ratios])
    if simulated:
        axes.errorbar(
            list(simulated), [v for v, _ in simulated.values()], [e for _, e in simulated.values()], fmt="o", capsize=3
        )
    return figure


def exponent_fit(name: str, layers: Sequence[int], values: Sequence[float], power: float, amplitude: float) -> Figure:
    """|values| against the depth on logarithmic axes with the predicted power law."""
    figure, axes = _axes(name, "$\\ell$", f"|{name}|")
    axes.loglog(layers, np.abs(np.asarray(values)), "o", markersize=3)
    axes.loglog(layers, abs(amplitude) * np.asarray(layers, dtype=float) ** power, linestyle="--", color="0.5")
    return figure
