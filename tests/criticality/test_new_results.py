"""What docs/new-results.md lists, at finite depth: iterated recursions against networks simulated beforehand
(`python -m tests.criticality.simulate_new_results`). The amplitudes are held against the same iterations at large depth
in test_higher_cumulants, test_above_zero and tests/residual/test_vertex_exponent."""

import json

import numpy as np
import pytest

import ptheory as pt
from tests.criticality import simulate_next_orders as next_orders
from tests.criticality.iterated import gelu_jets, tower_at
from tests.criticality.random_kernel import QuadratureKernel
from tests.criticality.simulate_new_results import (
    FIELDS,
    FILE,
    GELU,
    MEAN_DEPTH,
    MEAN_KERNEL,
    RATES,
    STAR,
    TANGENT_DEPTH,
    TANGENTS,
    gelu,
    gelu_slope,
    of_fields,
    relu,
)
from tests.residual.test_carried_tower import FUNCTIONS
from tests.residual.tower_in_two_layers import MEANS, TENSORS, tower
from tests.residual.two_layers import DENSITY, U, vertex

FURTHER = json.loads(next_orders.FILE.read_text())
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


@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_the_tangent_kernel_with_a_skip(name):
    _, _, skip, weight, bias, start = TANGENTS[f"tangent kernel, residual {name}"]
    functions = FUNCTIONS[name]
    rows = tower(functions, skip, weight, bias, RATES, start, TANGENT_DEPTH, most=60, theta=1.0)
    expected = dict(zip(("K", "Theta", *TENSORS, *MEANS), rows[-1], strict=True))
    for quantity, (value, error) in SIMULATED[f"tangent kernel, residual {name}"].items():
        assert abs(value - expected[quantity]) < ERRORS * error, (quantity, value, error, expected[quantity])


def test_the_mean_kernel_with_a_skip():
    """G1, which a plain network of ReLU has not."""
    _, skip, weight, bias, start, _ = FIELDS["residual relu, half"]
    rows = tower(FUNCTIONS["relu"], skip, weight, bias, (0, 0), start, MEAN_DEPTH, most=60, theta=1.0)
    value, error = SIMULATED[MEAN_KERNEL]["G1"]
    assert abs(value - rows[-1][-2]) < ERRORS * error < value


@pytest.mark.parametrize("name", next_orders.FURTHER)
def test_next_orders_of_the_vertex_and_eight_fields(name):
    expected = predicted(name)
    for quantity, (value, error) in FURTHER[name].items():
        assert abs(value - expected[quantity]) < ERRORS * error, (quantity, value, error, expected[quantity])


def test_the_mean_tangent_kernel_at_the_next_order():
    """Against the derived recursion."""
    ((name, depth),) = next_orders.GRADIENTS.items()
    bias, weight = next_orders.KERNEL_RATES
    values = f"C_b = 0, C_W = 1, lambda_b = {bias:.0f}, lambda_W = {weight:.0f}"
    shown = f"inputs [sqrt(1/2)]; set {values}; depth {depth}; order 1/n; show Theta; digits 8"
    text = f"ptheory 1\ninclude mlp\ninclude observables\nflow MLP with sigma = tanh {{ {shown} }}\n"
    expected = float(pt.run_text(text).flows[0].values[depth]["Theta"]["0,0"].coefficient(1))
    value, error = FURTHER[name]["Theta1"]
    assert abs(value - expected) < ERRORS * error and error < 0.15 * expected


def test_one_width_again():
    """A simulation as it is run here: V of a residual network at one width, where 1/n is small."""
    random = np.random.default_rng(7)
    found = [of_fields("residual relu", 256, 1000, random)["V"] for _ in range(4)]
    error = np.std(found, ddof=1) / 2
    assert abs(np.mean(found) / predicted("residual relu")["V"] - 1) < 0.2 + 4 * error
