"""A layer equation that is no polynomial, sin(z) + z^2/4 at two inputs, against real finite-width networks.

Networks are drawn neuron by neuron; each value of the engine to order 1/n has to lie within the standard error of the
simulation plus an estimate of the first order left out, (second coefficient)^2/first.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest

from ptheory.simulation.networks_in_numbers import draw_rows
from ptheory.simulation.simulate import Simulation, simulate
from tests.recursion.front_end import EngineFlow, correlator, vectors

INPUTS = (("1", "-1/2"), ("1/3", "4/5"))
C_W, C_B = "4/5", "1/10"
WIDTH, DEPTH, NETWORKS, SEED = 96, 4, 100_000, 7
LARGEST_DEVIATION = 4.5  # standard errors, for the largest of some sixty
TEXT = (
    "ptheory 1\narchitecture Sine {\n    weights W[i,j] ~ Normal(0, C_W/n)\n    biases b[i] ~ Normal(0, C_b)\n"
    "    first z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])\n"
    "    layer z[i;a] = b[i] + sum(j, W[i,j]*(sin(z[j;a]) + z[j;a]^2/4))\n}\n"
    f"{correlator('G', 2)}{correlator('V', 4)}"
    f"flow Sine {{\n    inputs {vectors(INPUTS)}\n    set C_W = {C_W}, C_b = {C_B}\n"
    f"    depth {DEPTH}\n    order 1/n\n    digits 15\n    show G, V\n}}\n"
)


@cache
def engine() -> EngineFlow:
    return EngineFlow(TEXT)


@cache
def simulated(seed: int) -> Simulation:
    def number(text: str) -> float:
        numerator, _, denominator = text.partition("/")
        return float(numerator) / float(denominator or 1)

    return simulate(
        engine().flow.system.model.architecture,
        {"sin": (np.sin,)},
        {"C_W": number(C_W), "C_b": number(C_B)},
        [[number(x) for x in vector] for vector in INPUTS],
        [WIDTH] * (DEPTH - 1),
        DEPTH,
        NETWORKS,
        seed,
        draw=draw_rows,
    )


@pytest.mark.slow
@pytest.mark.parametrize("layer", range(2, DEPTH + 1))
def test_sine_plus_square(layer: int) -> None:
    found = simulated(SEED).layers[layer - 1]
    for name, legs, estimate in (("G", 2, found.G), ("V", 4, found.V)):
        for samples in product(range(2), repeat=legs):
            leading, correction = map(float, engine().coefficients(layer, name, samples, 2))
            left_out = (correction / WIDTH) ** 2 / abs(leading)
            error = float(estimate.error[samples])
            difference = abs(float(estimate.value[samples]) - leading - correction / WIDTH)
            assert error < abs(leading) / 10
            assert difference <= LARGEST_DEVIATION * error + left_out, (name, samples, difference / error)


@pytest.mark.slow
def test_the_simulation_would_see_a_factor_of_two() -> None:
    """Half the leading vertex is many standard errors away: the comparison has teeth."""
    found = simulated(SEED).layers[DEPTH - 1]
    leading = float(engine().coefficients(DEPTH, "V", (0, 0, 0, 0), 1)[0])
    assert abs(float(found.V.value[0, 0, 0, 0]) - leading / 2) > 10 * float(found.V.error[0, 0, 0, 0])


UNEQUAL = """ptheory 1
include mlp
flow MLP with sigma = tanh {
    inputs [1, -1/2]
    set C_W = 3/2, C_b = 1/10
    depth 4
    order 1/n
    widths n, 2*n, n/2, n
    digits 15
    show G, V
}
"""


@pytest.mark.slow
def test_tanh_at_unequal_widths() -> None:
    derived = EngineFlow(UNEQUAL)
    found = simulate(
        derived.flow.system.model.architecture,
        {"sigma": (np.tanh,)},
        {"C_W": 1.5, "C_b": 0.1},
        [[1.0, -0.5]],
        [WIDTH, 2 * WIDTH, WIDTH // 2],
        4,
        NETWORKS,
        SEED,
        draw=draw_rows,
    )
    for layer in (2, 3, 4):
        for name, legs in (("G", 2), ("V", 4)):
            estimate = getattr(found.layers[layer - 1], name)
            leading, correction = map(float, derived.coefficients(layer, name, (0,) * legs, 2))
            error, value = float(estimate.error.item()), float(estimate.value.item())
            left_out = (correction / WIDTH) ** 2 / abs(leading)
            assert error < leading / 10
            assert abs(value - leading - correction / WIDTH) <= LARGEST_DEVIATION * error + left_out, (layer, name)
