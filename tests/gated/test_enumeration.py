"""Gated layers against exact enumeration: G, V, tangent kernels and their fluctuations, all fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product

import pytest

from tests.gated.correlators import PAIRINGS, Correlator, kernels
from tests.oracles.covariance_transfer import CovarianceTransfer
from tests.oracles.jets import jet_name, jet_network
from tests.oracles.moments import cumulant
from tests.oracles.network import Network, at, bias, gated, network, power_series, reads_input, weighted
from tests.oracles.tensors import divide_by_powers
from tests.recursion.front_end import TWO_INPUTS, EngineFlow, vectors

VERTICES = ["uuuu", "uuuv", "uuvv", "uvvv", "vvvv"]
FLUCTUATIONS = [("uu", "u", "u"), ("uu", "v", "v"), ("uv", "u", "v"), ("uv", "u", "u"), ("vv", "u", "v")]
PRODUCTS = [("uu", "uu"), ("uu", "vv"), ("uv", "uv"), ("uv", "vv")]
FACTORS = [*map(tuple, VERTICES), *FLUCTUATIONS, *PRODUCTS]
CORRELATORS = [Correlator(k, factors) for k, factors in enumerate(FACTORS)]
TELLING = [(0, 0, 1, 1), (0, 1, 0, 1), (0, 1, 1, 0), (1, 0, 0, 0)]
DEFINITIONS = kernels("uv") + "".join(c.definition for c in CORRELATORS)

SHARED = """architecture Shared {
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    weights U[i,j] ~ Normal(0, C_U/n)   rate lambda_U/n
    biases  b[i]   ~ Normal(0, C_b)     rate lambda_b
    first   u[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    first   v[i;a] = 1/2*sum(k, W[i,k]*x[k;a]) + sum(k, U[i,k]*x[k;a])
    layer   u[i;a] = b[i] + sum(j, W[i,j]*sigma(u[j;a])*v[j;a])
    layer   v[i;a] = 1/3*b[i] + sum(j, W[i,j]*u[j;a]) + sum(j, U[i,j]*v[j;a]*sigma(u[j;a]))
}
"""
GATE = ("1/3", "1", "-1/4")
GATE_TEXT = "1/3 + z - z^2/4"


def shared_network(depth: int) -> Network:
    u, v = at("u"), at("v")
    gate = power_series(GATE, u) * v
    return network(
        {"u": [bias("b"), reads_input("W")], "v": [reads_input("W", "1/2"), reads_input("U")]},
        {"u": [bias("b"), weighted("W", gate)], "v": [bias("b", "1/3"), weighted("W", u), weighted("U", gate)]},
        {"b": "1/10", "W": "6/5", "U": "3/2"},
        TWO_INPUTS,
        depth,
        rates={"b": "1/7", "W": "1/5", "U": "2/3"},
    )


def gated_network(depth: int) -> Network:
    return gated(GATE, TWO_INPUTS, depth, "6/5", "3/2", "1/5", "2/3")


def flow_text(declarations: str, architecture: str, values: str, order: str) -> str:
    return (
        f"ptheory 1\n{declarations}{DEFINITIONS}flow {architecture} with sigma = {GATE_TEXT} {{\n"
        f"    inputs {vectors(TWO_INPUTS)}\n    set {values}\n    depth 3\n    {order}\n    show M_uu\n}}\n"
    )


@dataclass
class Gated:
    text: str
    network: Callable[[int], Network]

    @cached_property
    def engine(self) -> EngineFlow:
        return EngineFlow(self.text)

    @cached_property
    def exact(self) -> dict[int, CovarianceTransfer]:
        return {depth: CovarianceTransfer(jet_network(self.network(depth), 2)) for depth in (1, 2, 3)}


NETWORKS = {
    "independent": Gated(
        flow_text("include gated\n", "Gated", "C_W = 6/5, C_U = 3/2, lambda_W = 1/5, lambda_U = 2/3", "order 1/n"),
        gated_network,
    ),
    "shared": Gated(
        flow_text(
            SHARED,
            "Shared",
            "C_b = 1/10, C_W = 6/5, C_U = 3/2, lambda_b = 1/7, lambda_W = 1/5, lambda_U = 2/3",
            "order 1/n",
        ),
        shared_network,
    ),
}


@pytest.mark.parametrize("which", NETWORKS)
@pytest.mark.parametrize("layer", [1, 2, 3])
@pytest.mark.parametrize("fields", ["uu", "uv", "vv"])
def test_kernels_to_next_to_leading_order(which: str, layer: int, fields: str) -> None:
    case = NETWORKS[which]
    moment = case.exact[layer].moment
    for samples in product(range(2), repeat=2):
        legs = [(name, 0, sample) for name, sample in zip(fields, samples, strict=True)]
        means = {
            f"M_{fields}": cumulant(moment, [[leg] for leg in legs]),
            f"Theta_{fields}": moment(tuple((jet_name(name, (1,)), i, a) for name, i, a in legs)),
        }
        for name, series in means.items():
            expected = [*divide_by_powers(series, 0), Fraction(0)][:2]
            assert case.engine.coefficients(layer, name, samples, 2) == expected, (name, samples)


def check(which: str, layer: int, correlator: Correlator, orders: int, at: Sequence[tuple[int, ...]] = TELLING) -> None:
    case = NETWORKS[which]
    for pairing, samples in product(PAIRINGS, at):
        series = correlator.exact(case.exact[layer].moment, pairing, samples)
        expected = [*divide_by_powers(series, 1), *[Fraction(0)] * orders][:orders]
        found = case.engine.coefficients(layer, correlator.tensor(pairing), samples, orders)
        assert found == expected, (correlator.factors, pairing, samples)


@pytest.mark.parametrize("which", NETWORKS)
@pytest.mark.parametrize("correlator", CORRELATORS, ids=lambda c: " ".join(c.factors))
def test_at_layer_two_with_the_first_correction(which: str, correlator: Correlator) -> None:
    check(which, 1, correlator, 2)
    check(which, 2, correlator, 2 if len(correlator.factors) == 4 else 1)


@pytest.mark.slow
@pytest.mark.parametrize("which", NETWORKS)
@pytest.mark.parametrize("correlator", CORRELATORS, ids=lambda c: " ".join(c.factors))
def test_at_layer_three(which: str, correlator: Correlator) -> None:
    check(which, 3, correlator, 1, [(0, 1, 1, 0)])
