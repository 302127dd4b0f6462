"""What docs/new-results.md lists, at finite depth: iterated recursions against networks simulated beforehand
(`python -m tests.criticality.simulate_new_results`). The amplitudes are held against the same iterations at large depth
in test_higher_cumulants, test_above_zero and tests/residual/test_vertex_exponent."""

import json

import numpy as np
import pytest

from tests.criticality.iterated import gelu_jets, tower_at
from tests.criticality.random_kernel import QuadratureKernel
from tests.criticality.simulate_new_results import (
    FIELDS,
    FILE,
    GELU,
    RATES,
    STAR,
    TANGENT_DEPTH,
    gelu,
    gelu_slope,
    of_fields,
    relu,
)
from tests.residual.two_layers import DENSITY, U, vertex

SIMULATED = json.loads(FILE.read_text())
SLOPES = {np.tanh: lambda z: np.cosh(z) ** -2.0, relu: lambda z: 1.0 * (z > 0), gelu: gelu_slope}
ERRORS = 4  # standard errors


def predicted(name):
    sigma, skip, weight, bias, start, depth = FIELDS[name]
    if skip:
        return {"V": vertex(sigma, SLOPES[sigma], skip, weight, bias, start, depth, most=150)[1][-1]}
    return QuadratureKernel(sigma, weight, bias, U, DENSITY).run(start, [depth])[depth]


@pytest.mark.parametrize("name", FIELDS)
def test_fields(name):
    expected = predicted(name)
    for quantity, (value, error) in SIMULATED[name].items():
        assert abs(value - expected[quantity]) < ERRORS * error, (quantity, value, error, expected[quantity])
    value, error = SIMULATED[name]["V"]
    assert error < 0.04 * value


def test_the_tangent_kernel_of_gelu_at_its_critical_kernel():
    expected = tower_at(gelu_jets, GELU["weight"], GELU["bias"], STAR, TANGENT_DEPTH, *RATES)
    for quantity, (value, error) in SIMULATED["tangent kernel"].items():
        assert abs(value - expected[quantity]) < ERRORS * max(error, 1e-12), (quantity, value, error)


def test_one_width_again():
    """A simulation as it is run here: V of a residual network at one width, where 1/n is small."""
    random = np.random.default_rng(7)
    found = [of_fields("residual relu", 256, 1000, random)["V"] for _ in range(4)]
    error = np.std(found, ddof=1) / 2
    assert abs(np.mean(found) / predicted("residual relu")["V"] - 1) < 0.2 + 4 * error
