"""The simulated tangent kernel against exact finite-width tensors, and against differences of a real network."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from flint import fmpq

from ptheory.activations import lookup
from ptheory.simulation.array_activations import array_activation
from ptheory.simulation.networks_in_numbers import DrawnParameters, Fields, NumericArchitecture, draw_parameters
from ptheory.simulation.networks_in_numbers import fields_of as layer_fields
from ptheory.simulation.simulate_training import TrainingEstimates, simulate_training, tangent_kernel
from tests.oracles.covariance_transfer import CovarianceTransfer
from tests.oracles.jets import jet_network
from tests.oracles.network import Network, gated, mlp
from tests.oracles.site_transfer import SiteTransfer
from tests.oracles.training_tensors import DIRECTIONS, tensor
from tests.simulation.test_simulate import SKIPS, TWO_INPUTS, WORST, architectures, deviations, numbers, quadratic

NAMES = ("Theta", "D", "F", "A", "B")
RATES = {"lambda_b": 0.2, "lambda_W": 2 / 3, "lambda_U": 2 / 7}


def compare(
    found: TrainingEstimates, net: Network, n: int, moments: Callable[[Network], Any], field: str = "z"
) -> None:
    samples = len(net.inputs)
    for name in NAMES:
        moment = moments(jet_network(net, DIRECTIONS[name]))
        rank = 2 if name == "Theta" else 4
        width = 1 if name == "Theta" else found.width_below
        exact = np.zeros((samples,) * rank)
        for choice in product(range(samples), repeat=rank):
            value = tensor(moment, name, choice, field=field)
            exact[choice] = width * float(value(fmpq(1, n)) if hasattr(value, "degree") else value)
        z = deviations(getattr(found, name), exact)
        assert np.max(np.abs(z)) < WORST, (name, z)


def test_mlp_layer_three() -> None:
    found = simulate_training(
        architectures("")["MLP"],
        {"sigma": quadratic(0.25)},
        {"C_b": 0.1, "C_W": 0.4, **RATES},
        numbers(TWO_INPUTS),
        [6, 6],
        3,
        20_000,
        seed=11,
    )
    net = mlp([0, 1, "1/4"], TWO_INPUTS, 3, "1/10", "2/5", "1/5", "2/3")
    compare(found, net, 6, lambda n: CovarianceTransfer(n).moment)


def test_residual_layer_three() -> None:
    found = simulate_training(
        architectures("")["Residual"],
        {"sigma": quadratic(0.25)},
        {"C_b": 0.1, "C_W": 0.4, "xi": 0.5, **RATES},
        numbers(TWO_INPUTS[:1]),
        [5, 5],
        3,
        20_000,
        seed=12,
        outputs=5,
    )
    net = mlp([0, 1, "1/4"], TWO_INPUTS[:1], 3, "1/10", "2/5", "1/5", "2/3", xi="1/2")
    compare(found, net, 5, lambda n: SiteTransfer(n, 5).moment)


GATED = """
architecture Gate {
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    weights U[i,j] ~ Normal(0, C_U/n)   rate lambda_U/n
    first   u[i;a] = sum(k, W[i,k]*x[k;a])
    first   v[i;a] = sum(k, U[i,k]*x[k;a])
    layer   u[i;a] = sum(j, W[i,j]*sigma(u[j;a])*v[j;a])
    layer   v[i;a] = sum(j, U[i,j]*sigma(u[j;a])*v[j;a])
}
"""


@pytest.mark.parametrize("field", ["u", "v"])
def test_gated_layer_two(field: str) -> None:
    found = simulate_training(
        architectures(GATED)["Gate"],
        {"sigma": (lambda z: 1 + z / 3, lambda z: 1 / 3 + 0 * z)},
        {"C_W": 0.6, "C_U": 0.7, **RATES},
        numbers(TWO_INPUTS),
        [5],
        2,
        20_000,
        seed=13,
        field=field,
    )
    net = gated([1, "1/3"], TWO_INPUTS, 2, "3/5", "7/10", "2/3", "2/7")
    compare(found, net, 5, lambda n: CovarianceTransfer(n).moment, field)


def test_relu_mean_is_the_infinite_width_one() -> None:
    """C_b = 0, C_W = 2, one input: E[H] = (lambda_b + lambda_W K/2) l exactly, at every width."""
    found = simulate_training(
        architectures("")["MLP"],
        {"sigma": array_activation(lookup("relu"))},
        {"C_b": 0.0, "C_W": 2.0, "lambda_b": 0.2, "lambda_W": 0.5},
        [[0.6, 0.8]],
        [16, 16, 16],
        4,
        2000,
        seed=14,
    )
    assert np.max(np.abs(deviations(found.Theta, 4 * (0.2 + 0.5 * 0.5)))) < WORST


def test_kernel_of_one_network_by_finite_differences() -> None:
    """Two layers of skips, biases, prev: every parameter nudged."""
    text = SKIPS.replace("C_W/n)", "C_W/n) rate lambda_W/n").replace("C_R/n)", "C_R/n) rate lambda_W/n")
    text = text.replace("Normal(0, C_b)", "Normal(0, C_b) rate lambda_b").replace(" + z[i;a]^2/4", "")
    values = {"C_W": 0.9, "C_R": 0.5, "C_b": 0.3, "c": 0.2, "lambda_W": 0.7, "lambda_b": 0.4}
    numeric = NumericArchitecture(
        architectures(text)["Skips"], {}, values, np.array([[0.5, 0.75], [1.0, -0.3]]), (3, 3)
    )
    rng = np.random.default_rng(0)

    def forward(given: list[DrawnParameters]) -> tuple[list[Fields], list[Any], list[DrawnParameters]]:
        below: list[Fields] = []
        reads, drawn = [], []
        for layer in (1, 2, 3):
            reads.append(numeric.read(layer, below, 1))
            drawn.append(given[layer - 1] if given else draw_parameters(reads[-1], 3, rng))
            below.insert(0, numeric.unstack(layer_fields(reads[-1], drawn[-1])))
        return below, reads, drawn

    layers, reads, drawn = forward([])
    kernel = tangent_kernel(numeric, layers, reads, drawn, "z", 2)[0]
    expected = np.zeros_like(kernel)
    step = 1e-6
    for parameters in drawn:
        rates = [(array, 0.7 / array.shape[1]) for array in parameters.weights]
        rates += [(array, 0.4) for array in parameters.biases]
        for array, rate in rates:
            for index in np.ndindex(array.shape):
                kept = array[index]
                array[index] = kept + step
                up = forward(drawn)[0][0]["z"][0, :, :2]
                array[index] = kept - step
                down = forward(drawn)[0][0]["z"][0, :, :2]
                array[index] = kept
                slope = (up - down) / (2 * step)
                expected += rate * np.einsum("ai,bj->ijab", slope, slope)
    assert kernel == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(
    ("text", "name", "change", "message"),
    [
        (GATED.replace("rate lambda_U/n", ""), "Gate", {}, "U has no learning rate"),
        ("", "MLP", {"outputs": 1}, "at least two output neurons"),
        ("", "Residual", {"outputs": 9}, "no more output neurons"),
        (SKIPS.replace("C_W/n)", "C_W/n) rate 1/n").replace("C_R/n)", "C_R/n) rate 1/n").replace("C_b)", "C_b) rate 1"),
         "Skips", {}, "linear direct terms only"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit(text: str, name: str, change: dict[str, Any], message: str) -> None:
    setting: dict[str, Any] = {
        "activations": {"sigma": quadratic(0.25)},
        "hyperparameters": {"C_b": 0.1, "C_W": 0.4, "C_U": 0.4, "C_R": 0.1, "c": 0.1, "xi": 0.5, **RATES},
        "inputs": [[1.0, 0.0]],
        "widths": [4, 4],
        "depth": 3,
        "networks": 10,
        "seed": 0,
        "outputs": 4,
    } | change
    with pytest.raises(ValueError, match=message):
        simulate_training(architectures(text)[name], **setting)
