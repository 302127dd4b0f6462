"""A layer with a tanh gate against simulated networks: G with its first correction and the four-point vertices."""

from __future__ import annotations

from functools import cache
from math import sqrt

import mpmath
import pytest

from ptheory.activations import lookup
from ptheory.language import parse
from ptheory.networks.program import check_file
from ptheory.simulation.array_activations import array_activation
from ptheory.simulation.networks_in_numbers import draw_rows
from ptheory.simulation.simulate import Simulation, simulate
from tests.gated.correlators import Correlator, kernels
from tests.recursion.front_end import EngineFlow

VERTICES = [Correlator(k, tuple(fields)) for k, fields in enumerate(["uuuu", "uuvv"])]
INPUTS = ((1.0, 0.5), (0.75, -1.0))
NUMBERS = {"C_W": 1.5, "C_U": 2.0}
WIDTHS = (64, 128, 256)
TO_INFINITE_WIDTH = (1 / 3, -2.0, 8 / 3)  # the parabola in 1/n through three widths, at 1/n = 0
DECLARATIONS = f"ptheory 1\ninclude gated\n{kernels('uv')}{''.join(v.definition for v in VERTICES)}"
TASK = """flow Gated with sigma = tanh {{
    inputs [1, 1/2] [3/4, -1]
    set C_W = 3/2, C_U = 2, lambda_W = 1, lambda_U = 1
    depth 3
    order {order}
    digits 10
    show M_uu
}}
"""


@cache
def engine(order: str) -> EngineFlow:
    return EngineFlow(DECLARATIONS + TASK.format(order=order))


@cache
def simulated() -> list[Simulation]:
    architecture = check_file(parse(DECLARATIONS)).architectures["Gated"]
    sigma = {"sigma": array_activation(lookup("tanh"))}
    return [simulate(architecture, sigma, NUMBERS, INPUTS, [n, n], 3, 100_000, seed=n, draw=draw_rows) for n in WIDTHS]


@pytest.mark.slow
@pytest.mark.parametrize("layer", [2, 3])
@pytest.mark.parametrize("samples", [(0, 0), (0, 1)])
def test_kernel_at_finite_width(layer: int, samples: tuple[int, int]) -> None:
    for run, n in zip(simulated(), WIDTHS, strict=True):
        for name in "uv":
            with mpmath.workdps(18):
                leading, correction = engine("1/n").coefficients(layer, f"M_{name * 2}", samples, 2)
            legs = tuple(run.leg(name, sample) for sample in samples)
            estimate = run.layers[layer - 1].G
            error = float(estimate.error[legs])
            assert abs(float(estimate.value[legs]) - float(leading + correction / n)) < 4 * error, (n, name)
            if layer == 3:  # without the correction the agreement is gone
                assert abs(float(estimate.value[legs]) - float(leading)) > 4 * error, (n, name)


@pytest.mark.slow
@pytest.mark.parametrize("layer", [2, 3])
@pytest.mark.parametrize("vertex", VERTICES, ids=lambda v: v.slot_fields)
@pytest.mark.parametrize("samples", [(0, 0, 0, 0), (0, 0, 1, 1), (0, 1, 0, 1)])
def test_vertices_at_infinite_width(layer: int, vertex: Correlator, samples: tuple[int, ...]) -> None:
    with mpmath.workdps(18):
        (expected,) = engine("1/n").coefficients(layer, vertex.tensor("a"), samples, 1)
    value = variance = 0.0
    for weight, run in zip(TO_INFINITE_WIDTH, simulated(), strict=True):
        legs = tuple(run.leg(name, sample) for name, sample in zip(vertex.slot_fields, samples, strict=True))
        estimate = run.layers[layer - 1].V
        value += weight * float(estimate.value[legs])
        variance += (weight * float(estimate.error[legs])) ** 2
    assert abs(value - float(expected)) < 4 * sqrt(variance)
    if samples != (0, 0, 1, 1):  # nearly orthogonal inputs: nothing to resolve there
        assert abs(value) > 20 * sqrt(variance)
