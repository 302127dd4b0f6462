"""prev(...) at layer 2: only functions of the absent field are zero there, and sums and products distribute.

Right values: exact enumeration of small networks, whose layer-2 equations hold no monomial with prev(...), and at
layer 2 Gaussian averages done by hand.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from ptheory.language import parse
from ptheory.networks.program import check_file
from ptheory.simulation.simulate import simulate
from tests.oracles.network import Network, SitePolynomial, at, bias, direct, network, reads_input, weighted
from tests.reported.running import FILES, on_text, ptheory
from tests.residual.comparison import SkipFlow, check, flow_text

INPUT = (("3/4", "-2/3"),)
HEAD = """    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = """
VALUES = "C_W = 6/5, lambda_W = 2/3"
WITH_XI = f"{VALUES}, xi = 1/3"
Z, PREV = at("z"), at("z", 1)

WEIGHTED: dict[str, SitePolynomial] = {
    "prev(z[j;a]) - z[j;a]": PREV - Z,
    "(prev(z[j;a]) + z[j;a])^2/2": (PREV + Z) ** 2 / 2,
    "prev(z[j;a])*z[j;a] + z[j;a]": PREV * Z + Z,
    "z[j;a]*(1 - prev(z[j;a])/2)": Z * (1 + PREV / -2),
    "xi*(prev(z[j;a])^2 - 2*z[j;a]) + xi*z[j;a]*prev(z[j;a])": (PREV**2 - Z * 2 + Z * PREV) / 3,
    "1 + prev(z[j;a])": 1 + PREV,
}


def net(depth: int, site: SitePolynomial, skip: SitePolynomial | None = None) -> Network:
    terms = [weighted("W", site), *([direct(skip)] if skip is not None else [])]
    variances, rates = {"W": "6/5"}, {"W": "2/3"}
    return network({"z": [reads_input("W")]}, {"z": terms}, variances, INPUT, depth, rates)


def test_the_reported_flows() -> None:
    ran = ptheory("run", FILES / "g-47-prev-distributes.deriv")
    values = [line.split()[-1] for line in ran.out.splitlines() if "G[0,0]" in line]
    assert ran.code == 0 and values == ["1", "1", "2", "3"] * 3


@pytest.mark.parametrize("written", WEIGHTED)
def test_sums_and_products_beside_enumeration(written: str) -> None:
    text = f"{HEAD}sum(j, W[i,j]*({written}))"
    site, values = WEIGHTED[written], WITH_XI if "xi" in written else VALUES
    for layer in (2, 3):
        flow = SkipFlow(flow_text(text, INPUT, values, 3, "order 1/n"))
        check(flow, None, lambda depth: net(depth, site), layer, "G", 2, range(3, 9))
    for name in ("V", "Theta"):
        flow = SkipFlow(flow_text(text, INPUT, values, 3, "", show=name))
        choices = [(0, 0, 0, 0)] if name == "V" else None
        check(flow, None, lambda depth: net(depth, site), 2, name, 1, range(3, 9), choices)


def test_a_direct_sum_is_the_sum_of_direct_terms() -> None:
    text = f"{HEAD}xi*(prev(z[i;a]) - z[i;a]/2) + sum(j, W[i,j]*z[j;a]*(1 + prev(z[j;a])))"
    flow = SkipFlow(flow_text(text, INPUT, WITH_XI, 3, "order 1/n"))
    for layer in (2, 3):
        check(
            flow,
            None,
            lambda depth: net(depth, Z * (1 + PREV), (PREV - Z / 2) / 3),
            layer, "G", 2, range(3, 9),
        )  # fmt: skip


def test_a_function_of_fields_of_two_layers() -> None:
    """sigma(z + prev(z)/2) is sigma(z) at layer 2; the kernel to order 1/n, the vertex and the tangent kernel."""
    text = f"{HEAD}sum(j, W[i,j]*sigma(z[j;a] + prev(z[j;a])/2))"
    site = Z + PREV / 2 + (Z + PREV / 2) ** 2 / 4
    for name, order in (("G", "order 1/n"), ("Theta", ""), ("V", "")):
        written = flow_text(text, INPUT, VALUES, 3, order, show=name).replace("flow A {", "flow A with sigma = QUAD {")
        flow = SkipFlow(written.replace("QUAD", "z + z^2/4"))
        for layer in (2, 3) if name != "V" else (2,):
            orders, choices = (2, None) if order else (1, [(0, 0, 0, 0)] if name == "V" else None)
            check(flow, None, lambda depth: net(depth, site), layer, name, orders, range(3, 11), choices)


def test_two_fields() -> None:
    text = """    weights W[i,j] ~ Normal(0, C_W/n)
    weights U[i,j] ~ Normal(0, C_U/n)
    biases  b[i]   ~ Normal(0, C_b)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    first   v[i;a] = b[i] + sum(k, U[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*v[j;a]*(prev(z[j;a]) + z[j;a]))
    layer   v[i;a] = b[i] + sum(j, U[i,j]*(v[j;a] - prev(v[j;a])*z[j;a]))"""
    v, prev_v = at("v"), at("v", 1)

    def both(depth: int) -> Network:
        layers = {
            "z": [weighted("W", v * (PREV + Z))],
            "v": [bias("b"), weighted("U", v - prev_v * Z)],
        }
        first = {"z": [reads_input("W")], "v": [bias("b"), reads_input("U")]}
        return network(first, layers, {"W": "6/5", "U": "3/4", "b": "1/10"}, INPUT, depth)

    flow = SkipFlow(flow_text(text, INPUT, "C_W = 6/5, C_U = 3/4, C_b = 1/10", 3, "order 1/n"))
    for layer in (2, 3):
        check(flow, None, both, layer, "G", 2, range(3, 11))


LAYER_TWO = {  # one input with K = 1 at layer 1, C_W = 1: G at layer 2
    "cos(prev(z[j;a]))": 0,  # a function of the absent field alone, whatever cos(0) is
    "z[j;a] + cos(prev(z[j;a]))": 1,
    "z[j;a]^2*cos(prev(z[j;a])) - 2*z[j;a]": 4,
    "z[j;a]*prev(z[j;a])^2/3 + z[j;a]^2": 3,
    "z[j;a]/(1 + prev(z[j;a])^2) + z[j;a]^3": 15,
    "2^prev(z[j;a]) + z[j;a]": 1,
    "z[j;a] + prev(z[j;a])^0": 2,
    "2*z[j;a] + piecewise((prev(z[j;a]) > 0): 1, otherwise: 5)": 4,
    "prev(prev(z[j;a])) + z[j;a]": 1,
}


@pytest.mark.parametrize("written", LAYER_TWO)
def test_layer_two_by_hand(written: str, tmp_path: Path) -> None:
    text = f"ptheory 1\ninclude correlators\narchitecture A {{\n{HEAD}sum(j, W[i,j]*({written}))\n}}\n"
    flow = "flow A { inputs [1]; set C_W = 1; depth 2; show G }\n"
    ran = on_text(tmp_path, text + flow, "flow", "--json")
    assert ran.code == 0, ran.err
    assert Fraction(ran.json["layers"][1]["G"]["0,0"][0]) == LAYER_TWO[written]


def test_simulated_networks_have_the_same_second_layer() -> None:
    text = f"ptheory 1\narchitecture A {{\n{HEAD}sum(j, W[i,j]*(z[j;a] + cos(prev(z[j;a]))*prev(prev(z[j;a]))))\n}}\n"
    architecture = check_file(parse(text, "test.deriv")).architectures["A"]
    cosine = {"cos": (np.cos,)}
    found = simulate(architecture, cosine, {"C_W": 1.0}, [[1.0, 1.0]], [16, 16, 16], 4, 400, 1)
    for layer in found.layers[:3]:  # a plain linear network up to layer 3
        estimate = layer.G
        assert abs(float(estimate.value[0, 0]) - 1) < 5 * float(estimate.error[0, 0]) + 1e-9


def test_division_by_what_is_absent_is_refused(tmp_path: Path) -> None:
    text = f"ptheory 1\narchitecture A {{\n{HEAD}sum(j, W[i,j]*z[j;a]/(z[j;a]*prev(z[j;a])))\n}}\n"
    ran = on_text(tmp_path, text, "run")
    assert ran.code == 2 and "case.deriv:5:43: error: at layer 2, where prev(...) is absent, this divides" in ran.err
