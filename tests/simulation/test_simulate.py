"""Simulated networks against exact finite-width values: the oracles for polynomials, products for ReLU and linear."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest
from flint import fmpq

from ptheory.activations import lookup
from ptheory.language import parse
from ptheory.networks.architecture import Architecture
from ptheory.networks.program import check_file
from ptheory.simulation.array_activations import array_activation
from ptheory.simulation.jackknife import Estimate
from ptheory.simulation.networks_in_numbers import draw_rows, draw_weights
from ptheory.simulation.simulate import LayerEstimates, Simulation, simulate
from tests.oracles.covariance_transfer import CovarianceTransfer
from tests.oracles.moments import Leg, cumulant
from tests.oracles.network import Network, at, bias, direct, gated, mlp, network, reads_input, weighted
from tests.oracles.products import linear_moment, relu_moment
from tests.oracles.site_transfer import SiteTransfer

TWO_INPUTS = [["1/2", "3/4"], ["1", "-1/3"]]
WORST = 4.0  # standard errors
Moment = Callable[[tuple[Leg, ...]], Any]


@cache
def architectures(text: str) -> dict[str, Architecture]:
    return check_file(parse("ptheory 1\ninclude mlp\ninclude residual\ninclude gated\n" + text)).architectures


def quadratic(c: float) -> tuple[Any, Any]:
    return (lambda z: z + c * z**2, lambda z: 1 + 2 * c * z)


def numbers(inputs: list[list[str]]) -> list[list[float]]:
    return [[float(Fraction(x)) for x in sample] for sample in inputs]


def deviations(estimate: Estimate, exact: Any) -> np.ndarray[Any, Any]:
    """(estimate - exact)/error; where there is no spread the two must agree to rounding."""
    exact = np.asarray(exact, dtype=float)
    gap = estimate.value - exact
    certain = estimate.error <= 1e-9 * (1 + np.abs(exact))
    assert np.all(np.abs(gap[certain]) < 1e-7)
    return np.where(certain, 0.0, gap / np.where(certain, 1.0, estimate.error))


def exact_tensors(moment: Moment, simulation: Simulation, layer: LayerEstimates) -> dict[str, Any]:
    """G, V, V_same in the layout of the estimates."""
    legs, size = simulation.legs, len(simulation.legs)

    def correlator(neurons: tuple[int, ...], which: tuple[int, ...]) -> float:
        slots: list[list[Leg]] = [[(legs[k][0], i, legs[k][1])] for i, k in zip(neurons, which, strict=True)]
        return float(cumulant(moment, slots))

    pairs = [correlator((0, 0), k) for k in product(range(size), repeat=2)]
    cross = [layer.width_below * correlator((0, 0, 1, 1), k) for k in product(range(size), repeat=4)]
    same = [layer.width_below * correlator((0, 0, 0, 0), k) for k in product(range(size), repeat=4)]
    return {
        "G": np.reshape(pairs, (size,) * 2),
        "V": np.reshape(cross, (size,) * 4),
        "V_same": np.reshape(same, (size,) * 4),
    }


def compare(simulation: Simulation, net_of_depth: Callable[[int], Network], n: int, layers: tuple[int, ...]) -> None:
    for depth in layers:
        layer = simulation.layers[depth - 1]
        sites = SiteTransfer(net_of_depth(depth), n)
        for name, exact in exact_tensors(sites.moment, simulation, layer).items():
            z = deviations(getattr(layer, name), exact)
            assert np.max(np.abs(z)) < WORST, (depth, name, z)


@pytest.mark.parametrize("draw", [draw_weights, draw_rows])
def test_mlp_with_a_quadratic(draw: Any) -> None:
    found = simulate(
        architectures("")["MLP"],
        {"sigma": quadratic(0.25)},
        {"C_b": 0.1, "C_W": 0.4},
        numbers(TWO_INPUTS),
        [8, 8],
        3,
        20_000,
        seed=3,
        draw=draw,
    )
    compare(found, lambda depth: mlp([0, 1, "1/4"], TWO_INPUTS, depth, "1/10", "2/5"), 8, (1, 2, 3))
    exact = CovarianceTransfer(mlp([0, 1, "1/4"], TWO_INPUTS, 2, "1/10", "2/5"))
    six = found.layers[1].V6
    assert six is not None
    for legs in product(range(2), repeat=6):
        slots: list[list[Leg]] = [[("z", position // 2, a)] for position, a in enumerate(legs)]
        value = 64 * float(cumulant(exact.moment, slots)(fmpq(1, 8)))
        assert abs(six.value[legs] - value) < WORST * six.error[legs]


def test_unequal_widths() -> None:
    found = simulate(
        architectures("")["MLP"],
        {"sigma": quadratic(0.25)},
        {"C_b": 0.1, "C_W": 0.5, ("C_W", 2): 0.4, ("C_b", 3): 0.2},
        [[0.5, 0.75]],
        [4, 12],
        3,
        20_000,
        seed=5,
    )
    z = at("z")
    layer = {"z": [bias("b"), weighted("W", z + z**2 / 4)]}
    values = [{"b": "1/10", "W": "1/2"}, {"b": "1/10", "W": "2/5"}, {"b": "1/5", "W": "1/2"}]

    def net(depth: int) -> Network:
        first = {"z": [bias("b"), reads_input("W")]}
        return network(first, layer, values, [TWO_INPUTS[0]], depth, widths=[1, 3, 1])

    compare(found, net, 4, (1, 2, 3))


@pytest.mark.parametrize("draw", [draw_weights, draw_rows])
def test_residual(draw: Any) -> None:
    found = simulate(
        architectures("")["Residual"],
        {"sigma": quadratic(0.25)},
        {"C_b": 0.1, "C_W": 0.4, "xi": 0.5},
        numbers(TWO_INPUTS),
        [6, 6],
        3,
        20_000,
        seed=4,
        draw=draw,
    )
    compare(found, lambda depth: mlp([0, 1, "1/4"], TWO_INPUTS, depth, "1/10", "2/5", xi="1/2"), 6, (1, 2, 3))


def test_gated() -> None:
    found = simulate(
        architectures("")["Gated"],
        {"sigma": (lambda z: 1 + z / 3,)},
        {"C_W": 0.6, "C_U": 0.7},
        numbers(TWO_INPUTS[:1]),
        [6, 6],
        3,
        20_000,
        seed=6,
    )
    assert found.legs == (("u", 0), ("v", 0))
    compare(found, lambda depth: gated([1, "1/3"], TWO_INPUTS[:1], depth, "3/5", "7/10"), 6, (1, 2, 3))


SKIPS = """
architecture Skips {
    weights W[i,j] ~ Normal(0, C_W/n)
    weights R[i,j] ~ Normal(0, C_R/n)
    biases  b[i]   ~ Normal(0, C_b)
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*(z[j;a] + c*z[j;a]^2))
                     + sum(j, R[i,j]*prev(z[j;a])^2/4) + z[i;a]/2 + z[i;a]^2/4
}
"""


def test_direct_squares_and_skips_from_two_layers_below() -> None:
    """Fields with a mean, correlated neurons: the cumulants of the estimators in full."""
    found = simulate(
        architectures(SKIPS)["Skips"],
        {},
        {"C_W": 0.3, "C_R": 0.25, "C_b": 0.1, "c": 0.2},
        [[0.5, 0.75]],
        [5, 5],
        3,
        200_000,
        seed=7,
        draw=draw_rows,
    )
    z, p = at("z"), at("z", 1)
    layer = {"z": [bias("b"), weighted("W", z + z**2 / 5), weighted("R", p**2 / 4), direct(z / 2 + z**2 / 4)]}
    values = {"b": "1/10", "W": "3/10", "R": "1/4"}

    def net(depth: int) -> Network:
        return network({"z": [bias("b"), reads_input("W")]}, layer, values, [TWO_INPUTS[0]], depth)

    compare(found, net, 5, (1, 2, 3))


@pytest.mark.parametrize(("name", "variance"), [("relu", 2.0), ("linear", 1.0)])
def test_exact_products_at_five_layers(name: str, variance: float) -> None:
    """ReLU: E z^4 = 3 K^2 prod(1 + 5/n); linear: 3 K^2 prod(1 + 2/n)."""
    widths = [16, 32, 16, 24]
    inputs = [[0.6, 0.8]]
    found = simulate(
        architectures("")["MLP"],
        {"sigma": array_activation(lookup(name))},
        {"C_b": 0.0, "C_W": variance},
        inputs,
        widths,
        5,
        20_000,
        seed=8,
        draw=draw_rows,
    )
    moment = relu_moment if name == "relu" else linear_moment
    for layer in found.layers:
        below = widths[: layer.layer - 1]
        kernel = float(moment(1, Fraction(1), below)) * variance / 2
        fourth = float(moment(2, Fraction(1), below)) * (variance / 2) ** 2 / 3 - kernel**2
        assert np.max(np.abs(deviations(layer.G, kernel))) < WORST
        assert np.max(np.abs(deviations(layer.V, layer.width_below * fourth))) < WORST


def test_errors_are_of_the_right_size() -> None:
    """Over independent seeds the deviations from the exact value have root mean square one."""
    exact = CovarianceTransfer(mlp([0, 1, "1/4"], [TWO_INPUTS[0]], 2, "1/10", "2/5"))
    kernel = float(exact.moment([("z", 0, 0)] * 2)(fmpq(1, 8)))
    vertex = 8 * float(cumulant(exact.moment, [[("z", k // 2, 0)] for k in range(4)])(fmpq(1, 8)))
    scores = []
    for seed in range(60):
        found = simulate(
            architectures("")["MLP"],
            {"sigma": quadratic(0.25)},
            {"C_b": 0.1, "C_W": 0.4},
            [[0.5, 0.75]],
            [8],
            2,
            1000,
            seed=seed,
            draw=draw_rows,
        )
        scores.append([deviations(found.layers[1].G, kernel).item(), deviations(found.layers[1].V, vertex).item()])
    spread = np.sqrt(np.mean(np.square(scores), axis=0))
    assert np.all(spread > 0.75) and np.all(spread < 1.35), spread
    assert np.all(np.abs(np.mean(scores, axis=0)) < 4 * 1.2 / np.sqrt(60))


def small(seed: int, **more: Any) -> Simulation:
    return simulate(
        architectures("")["MLP"],
        {"sigma": (np.tanh,)},
        {"C_b": 0.0, "C_W": 1.0},
        [[1.0, 0.0]],
        [4, 4],
        3,
        400,
        seed=seed,
        **more,
    )


def test_same_seed_same_numbers() -> None:
    one, again, other = small(1), small(1), small(2)
    assert np.array_equal(one.layers[2].V.value, again.layers[2].V.value)
    assert not np.array_equal(one.layers[2].V.value, other.layers[2].V.value)


def test_progress_and_interruption() -> None:
    seen: list[int] = []

    def stop_half_way(done: int, total: int) -> None:
        seen.append(done)
        if 2 * done >= total:
            raise KeyboardInterrupt

    whole = small(1)
    assert not whole.interrupted and whole.networks == 400
    half = small(1, progress=stop_half_way)
    assert half.interrupted and half.networks == seen[-1] == 200
    assert np.abs(half.layers[2].G.value - whole.layers[2].G.value).max() < 0.2

    def stop_at_once(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(1, progress=stop_at_once)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"widths": [4]}, "hidden layers"),
        ({"widths": [4, 0]}, "positive"),
        ({"networks": 1}, "at least two networks"),
        ({"inputs": []}, "vectors of one length"),
        ({"hyperparameters": {"C_b": 0.0}}, "no value for the hyperparameter C_W"),
        ({"activations": {}}, "no array function for sigma"),
        ({"architecture": "Residual", "widths": [4, 6]}, "must be equal"),
    ],
)
def test_settings_that_do_not_fit(change: dict[str, Any], message: str) -> None:
    setting: dict[str, Any] = {
        "architecture": "MLP",
        "activations": {"sigma": (np.tanh,)},
        "hyperparameters": {"C_b": 0.0, "C_W": 1.0, "xi": 0.5},
        "inputs": [[1.0, 0.0]],
        "widths": [4, 4],
        "depth": 3,
        "networks": 10,
        "seed": 0,
    } | change
    setting["architecture"] = architectures("")[setting["architecture"]]
    with pytest.raises(ValueError, match=message):
        simulate(**setting)


def test_heavy_tails_are_flagged() -> None:
    """At large hyperparameters a few networks carry the whole variance of a cubic network."""
    found = simulate(
        architectures("")["MLP"],
        {"sigma": (lambda z: z**3,)},
        {"C_b": 0.0, "C_W": 3.0},
        [[1.0, 1.0]],
        [2, 2],
        3,
        2000,
        seed=0,
        draw=draw_rows,
    )
    assert found.layers[2].V.heaviest.max() > 0.5
    assert found.layers[1].G.heaviest.max() < 0.5
