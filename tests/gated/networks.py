"""Two gated networks, twice: in the language, and as plain data for exact enumeration; the correlators looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from tests.gated.correlators import Correlator, kernels
from tests.oracles.covariance_transfer import CovarianceTransfer
from tests.oracles.jets import jet_network
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


def enumerated(which: str, layer: int, correlator: Correlator, pairing: str, samples: Sequence[int]) -> list[Fraction]:
    """Coefficients of 1, 1/n, ... of a component, its definition's 1/n stripped."""
    series = correlator.exact(NETWORKS[which].exact[layer].moment, pairing, samples)
    return divide_by_powers(series, 1)
