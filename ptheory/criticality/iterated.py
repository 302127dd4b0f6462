"""Recursions iterated in doubles, what a law at large depth is held against.

Nothing here knows of series in 1/l: kernels follow one another by the derived recursion, and every tensor X by

    X' = alpha(K) X + beta(K, tensors before it),

averages interpolated between kernels. Tensors that come with 1/n start from zero, the tangent kernel from one.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache, partial
from math import isfinite

import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.interpolated import OnWindows
from ptheory.criticality.kernel_system import Quantity, coefficient_of
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import Dimension
from ptheory.recursion.means.mean import Mean

START = 0.25  # K in the first layer where K* = 0; the distance from K* elsewhere
ON_A_LINE = 0.75  # K in all layers where every kernel is critical


class LeavesCriticalPoint(Refusal):
    """A kernel that was to flow to a critical point does not."""


@dataclass(frozen=True)
class DepthLaw:
    """|tensor| / (K^kernel Theta^tangent), layer by layer from layer 1 on, beside amplitude l^power (log l)^log_power.

    ``distance`` names what is measured from a critical kernel instead, K - K*, "" otherwise. ``amplitude`` is None
    where the law is that of the power alone.
    """

    tensor: str
    values: tuple[float, ...]
    power: sp.Expr
    amplitude: sp.Expr
    log_power: int = 0
    dimension: Dimension | None = None
    distance: str = ""


def kernels_towards(
    spec: SpecialisedSystem, point: CriticalPoint, numbers: Mapping[Atom, float], depth: int
) -> np.ndarray:
    """K in layers 1, ..., depth, from the side that is attracted. Raises LeavesCriticalPoint, ExpectationError."""
    if point.K_star is None:
        return np.full(depth, ON_A_LINE)
    centre = float(point.K_star)
    side = -1.0 if centre and point.below == "stable" else 1.0
    growth = OnWindows(lambda kernels: spec.grid(spec.system.kernel, kernels, numbers) / kernels)
    values = [centre + side * min(START, centre / 4 or START)]
    while len(values) < depth:
        after = values[-1] * growth.at(values[-1])
        if not isfinite(after) or after <= 0:
            raise LeavesCriticalPoint("the kernel leaves the critical point")
        values.append(after)
    return np.array(values)


def tower_on(
    spec: SpecialisedSystem,
    kernels: np.ndarray,
    numbers: Mapping[Atom, float],
    without: Container[str] = (),
) -> dict[str, np.ndarray]:
    """Every tensor of the tower by its name in the layers of ``kernels``, but those ``without`` a recursion in numbers.

    ``numbers``: the hyperparameters. Raises ExpectationError.
    """
    found: dict[Atom, np.ndarray | float] = {}

    @cache
    def average(mean: Mean) -> np.ndarray:
        return OnWindows(partial(spec.average_on, mean)).on(kernels)

    def on_layers(polynomial: Polynomial) -> np.ndarray:
        if not polynomial:
            return np.zeros_like(kernels)
        at_kernels = spec.grid(polynomial, kernels, {**numbers, **found}, lambda mean, _: average(mean))
        return np.broadcast_to(at_kernels, kernels.shape)

    for recursion in spec.system.tower:
        if recursion.name in without:
            continue
        source, alpha = coefficient_of(recursion.rhs, Quantity(recursion.name))
        factors, sources = on_layers(alpha), on_layers(source)
        values = np.zeros_like(kernels)
        values[0] = 1.0 if recursion.name == spec.system.tangent else 0.0
        for layer in range(1, len(kernels)):
            values[layer] = factors[layer - 1] * values[layer - 1] + sources[layer - 1]
        found[Quantity(recursion.name)] = values
    return {atom.name: np.asarray(v) for atom, v in found.items() if isinstance(atom, Quantity)}
