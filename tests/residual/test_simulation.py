"""The four-point vertex of residual networks against real networks, tight enough to tell it from the usual form."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import sqrt

import numpy as np
import pytest

from ptheory.activations import lookup
from ptheory.language import parse
from ptheory.networks.program import check_file
from ptheory.simulation.array_activations import array_activation
from ptheory.simulation.networks_in_numbers import draw_rows
from ptheory.simulation.simulate import simulate
from tests.residual.comparison import SkipFlow

GAMMA = 0.7
DEPTH = 4
WIDTHS = (64, 128, 256)
TO_INFINITE_WIDTH = (1 / 3, -2.0, 8 / 3)  # the parabola in 1/n through three widths, at 1/n = 0
FLOW = """ptheory 1
include residual
flow Residual with sigma = {name} {{
    inputs [1, 1]
    set C_b = 0, C_W = 1, xi = 7/10
    depth 4
    digits 10
    show G, V
}}
"""


@cache
def derived(name: str) -> dict[int, float]:
    flow = SkipFlow(FLOW.format(name=name))
    return {layer: float(flow.values(layer, "V")[0, 0, 0, 0][0]) for layer in range(2, DEPTH + 1)}


@cache
def usual(name: str) -> dict[int, float]:
    """The form usually quoted, K and V closing among themselves; <...> by a fine grid."""
    sigma = array_activation(lookup(name))[0]
    x = np.linspace(-12, 12, 48001)
    weight = np.exp(-(x**2) / 2) / sqrt(2 * np.pi) * (x[1] - x[0])

    def mean(function: Callable[[np.ndarray], np.ndarray], K: float) -> float:
        return float(np.sum(weight * function(sqrt(K) * x)))

    K, V, found = 1.0, 0.0, {}
    for layer in range(2, DEPTH + 1):
        g, fourth = mean(lambda z: sigma(z) ** 2, K), mean(lambda z: sigma(z) ** 4, K)
        excess = mean(lambda z: z**2 * sigma(z) ** 2, K) - K * g
        V = (excess / (2 * K**2) + GAMMA**2) ** 2 * V + fourth - g**2 + 2 * GAMMA**2 * excess
        K = GAMMA**2 * K + g
        found[layer] = V
    return found


@cache
def simulated(name: str, networks: int) -> dict[int, tuple[float, float]]:
    """V and its standard error at infinite width, by layer."""
    architecture = check_file(parse("ptheory 1\ninclude residual\n")).architectures["Residual"]
    runs = [
        simulate(
            architecture,
            {"sigma": array_activation(lookup(name))},
            {"C_W": 1.0, "C_b": 0.0, "xi": GAMMA},
            [[1.0, 1.0]],
            [width] * (DEPTH - 1),
            DEPTH,
            networks,
            seed=width,
            draw=draw_rows,
        )
        for width in WIDTHS
    ]
    found = {}
    for layer in range(2, DEPTH + 1):
        estimates = [run.layers[layer - 1].V for run in runs]
        value = sum(w * float(e.value.item()) for w, e in zip(TO_INFINITE_WIDTH, estimates, strict=True))
        error = sqrt(sum((w * float(e.error.item())) ** 2 for w, e in zip(TO_INFINITE_WIDTH, estimates, strict=True)))
        found[layer] = value, error
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_derived_within_the_error_bars_and_the_usual_form_far_outside(name: str) -> None:
    networks = simulated(name, 120_000)
    for layer in range(3, DEPTH + 1):
        value, error = networks[layer]
        assert abs(value - derived(name)[layer]) < 4 * error, layer
        assert abs(value - usual(name)[layer]) > 8 * error, layer


@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_the_usual_form_is_right_at_layer_two_only(name: str) -> None:
    assert derived(name)[2] == pytest.approx(usual(name)[2], rel=1e-6)
    assert all(abs(derived(name)[layer] / usual(name)[layer] - 1) > 0.05 for layer in range(3, DEPTH + 1))
