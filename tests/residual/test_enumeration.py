"""Skip connections against exact enumeration: residual, several sublayers, skips from further down."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

from tests.oracles.network import Network, at, bias, direct, network, reads_input, weighted
from tests.recursion.front_end import TWO_INPUTS
from tests.residual.comparison import SkipFlow, check, flow_text
from tests.residual.usual_form import usual_form

ONE_INPUT = (("3/4", "-2/3"),)
PARAMETERS = """    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    weights R[i,j] ~ Normal(0, C_R/n)   rate lambda_R/n
    biases  b[i]   ~ Normal(0, C_b)     rate lambda_b
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])"""
VALUES = "C_b = 1/10, C_W = 6/5, C_R = 3/4, lambda_b = 1/5, lambda_W = 2/3, lambda_R = 1/7"
SIGMA = "(z[j;a] + z[j;a]^2/4)"
SIGMA_OF_PREV = SIGMA.replace("z[j;a]", "prev(z[j;a])")
LAYERS = {
    "residual": f"z[i;a]/2 + b[i] + sum(j, W[i,j]*{SIGMA})",
    "residual, cubic": "z[i;a]/2 + b[i] + sum(j, W[i,j]*(1/3 + z[j;a] - z[j;a]^2/4 + z[j;a]^3/9))",
    "weighted skip from further down": f"sum(j, W[i,j]*{SIGMA}) + sum(j, R[i,j]*{SIGMA_OF_PREV})",
    "direct skip from further down": f"b[i] + prev(z[i;a])/3 + sum(j, W[i,j]*{SIGMA})",
    "both skips": f"z[i;a]/2 - prev(z[i;a])/3 + b[i] + sum(j, W[i,j]*{SIGMA})",
    "product across layers": "b[i] + sum(j, W[i,j]*z[j;a]*(1 + prev(z[j;a])/2))",
}
Z, PREV = at("z"), at("z", 1)
QUADRATIC = Z + Z**2 / 4
TERMS = {
    "residual": [direct(Z / 2), bias("b"), weighted("W", QUADRATIC)],
    "residual, cubic": [direct(Z / 2), bias("b"), weighted("W", Z - Z**2 / 4 + Z**3 / 9 + "1/3")],
    "weighted skip from further down": [weighted("W", QUADRATIC), weighted("R", PREV + PREV**2 / 4)],
    "direct skip from further down": [bias("b"), direct(PREV / 3), weighted("W", QUADRATIC)],
    "both skips": [direct(Z / 2), direct(PREV / -3), bias("b"), weighted("W", QUADRATIC)],
    "product across layers": [bias("b"), weighted("W", Z * (1 + PREV / 2))],
}


def network_of(which: str, inputs: int, depth: int) -> Network:
    return network(
        {"z": [bias("b"), reads_input("W")]},
        {"z": TERMS[which]},
        {"b": "1/10", "W": "6/5", "R": "3/4"},
        ONE_INPUT if inputs == 1 else TWO_INPUTS,
        depth,
        rates={"b": "1/5", "W": "2/3", "R": "1/7"},
    )


@cache
def flow_of(which: str, inputs: int, order: str) -> SkipFlow:
    text = f"{PARAMETERS}\n    layer   z[i;a] = {LAYERS[which]}"
    return SkipFlow(flow_text(text, ONE_INPUT if inputs == 1 else TWO_INPUTS, VALUES, 4, order))


@pytest.mark.parametrize("which", TERMS)
@pytest.mark.parametrize("layer", [2, 3])
def test_kernel_with_its_first_correction(which: str, layer: int) -> None:
    check(flow_of(which, 2, "order 1/n"), which, lambda depth: network_of(which, 2, depth), layer, "G", 2, range(3, 15))


@pytest.mark.parametrize("which", TERMS)
@pytest.mark.parametrize("layer", [2, 3])
def test_four_point_vertex(which: str, layer: int) -> None:
    some = [(0, 0, 0, 0), (0, 1, 0, 1), (0, 0, 1, 1), (1, 0, 0, 0)]
    check(flow_of(which, 2, ""), which, lambda depth: network_of(which, 2, depth), layer, "V", 1, range(3, 15), some)


@pytest.mark.parametrize("which", TERMS)
@pytest.mark.parametrize("layer", [2, 3])
def test_leading_tangent_kernel(which: str, layer: int) -> None:
    check(
        flow_of(which, 2, ""),
        which,
        lambda depth: network_of(which, 2, depth),
        layer,
        "Theta",
        1,
        range(3, 13),
        [(0, 1)],
    )


@pytest.mark.parametrize("which", ["residual", "weighted skip from further down", "both skips"])
def test_layer_four_at_one_input(which: str) -> None:
    def net(depth: int) -> Network:
        return network_of(which, 1, depth)

    check(flow_of(which, 1, "order 1/n"), which, net, 4, "G", 2, range(3, 14))
    check(flow_of(which, 1, ""), which, net, 4, "Theta", 1, range(3, 14))
    check(flow_of(which, 1, ""), which, net, 4, "V", 1, range(3, 20), [(0, 0, 0, 0)])


BLOCK_NAME = "a skip around two sublayers"
BLOCK = """    weights W[i,j] ~ Normal(0, C_W/n)
    weights U[i,j] ~ Normal(0, C_U/n)
    biases  b[i]   ~ Normal(0, C_b)
    first   h[i;a] = sum(k, W[i,k]*x[k;a])
    first   z[i;a] = b[i] + sum(k, U[i,k]*x[k;a])
    layer   h[i;a] = sum(j, W[i,j]*(z[j;a] + z[j;a]^2/4))
    layer   z[i;a] = z[i;a]/2 + b[i] + sum(j, U[i,j]*(h[j;a] - h[j;a]^2/3))"""


@cache
def block_flow(order: str) -> SkipFlow:
    return SkipFlow(flow_text(BLOCK, TWO_INPUTS, "C_b = 1/10, C_W = 6/5, C_U = 3/4", 4, order))


def block_network(depth: int) -> Network:
    """A skip around a block of two sublayers, h then z."""
    h = at("h")
    return network(
        {"h": [reads_input("W")], "z": [bias("b"), reads_input("U")]},
        {"h": [weighted("W", QUADRATIC)], "z": [direct(Z / 2), bias("b"), weighted("U", h - h**2 / 3)]},
        {"b": "1/10", "W": "6/5", "U": "3/4"},
        TWO_INPUTS,
        depth,
    )


def test_a_skip_around_two_sublayers() -> None:
    for layer in (2, 3, 4):
        check(block_flow("order 1/n"), BLOCK_NAME, block_network, layer, "G", 2, range(3, 18))
    for layer in (2, 3):
        check(
            block_flow(""),
            BLOCK_NAME,
            block_network,
            layer,
            "V",
            1,
            range(3, 18),
            [(0, 0, 0, 0), (0, 1, 0, 1), (1, 0, 0, 0)],
        )


class TestLinear:
    """For linear sigma the usual closed form in K and V alone is exact; so is the engine."""

    TEXT = (
        "    weights W[i,j] ~ Normal(0, C_W/n)\n    biases  b[i]   ~ Normal(0, C_b)\n"
        "    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])\n"
        "    layer   z[i;a] = gamma*z[i;a] + b[i] + sum(j, W[i,j]*z[j;a])"
    )

    def test_the_usual_form_is_exact(self) -> None:
        flow = SkipFlow(flow_text(self.TEXT, ONE_INPUT, "C_b = 1/10, C_W = 6/5, gamma = 2/3", 6, ""))
        K, V = flow.values(1, "G")[0, 0][0], Fraction(0)
        for layer in range(2, 7):
            K, V = usual_form(K, V, [Fraction(1)], Fraction(2, 3), Fraction(1, 10), Fraction(6, 5))
            assert flow.values(layer, "G")[0, 0][0] == K
            assert flow.values(layer, "V")[0, 0, 0, 0][0] == V

    def test_the_usual_form_fails_for_a_quadratic_from_layer_three_on(self) -> None:
        flow = flow_of("residual", 1, "")
        K, V = flow.values(1, "G")[0, 0][0], Fraction(0)
        agree = []
        for layer in (2, 3, 4):
            K, V = usual_form(K, V, [Fraction(1), Fraction(1, 4)], Fraction(1, 2), Fraction(1, 10), Fraction(6, 5))
            agree.append((flow.values(layer, "G")[0, 0][0] == K, flow.values(layer, "V")[0, 0, 0, 0][0] == V))
        assert agree == [(True, True), (True, False), (True, False)]


@cache
def unequal_widths() -> SkipFlow:
    text = f"{PARAMETERS}\n    layer   z[i;a] = {LAYERS['weighted skip from further down']}"
    return SkipFlow(flow_text(text, ONE_INPUT, VALUES, 4, "order 1/n", "G, V, D, B", "n, 2*n, n/2, n"))


@pytest.mark.parametrize(("name", "orders"), [("G", 2), ("V", 2), ("D", 1), ("B", 1)])
def test_unequal_widths_where_no_neuron_is_carried_over(name: str, orders: int) -> None:
    def net(depth: int) -> Network:
        plain = network_of("weighted skip from further down", 1, depth)
        return replace(plain, widths=tuple(Fraction(w) for w in ("1", "2", "1/2", "1")[:depth]))

    for layer in (2, 3, 4) if name == "G" else (2, 3):
        rank = 2 if name == "G" else 4
        check(
            unequal_widths(),
            "weighted skip, widths n, 2n, n/2",
            net,
            layer,
            name,
            orders,
            range(2, 38 if orders == 2 else 22, 2),
            [(0,) * rank],
        )


def test_weights_shared_with_a_term_that_reads_an_earlier_layer() -> None:
    """Only the term with prev is absent at layer 2: K(l) = K(l-1) + K(l-2) for W z + W prev(z), C_W = 1."""
    text = (
        "    weights W[i,j] ~ Normal(0, C_W/n)\n    first   z[i;a] = sum(k, W[i,k]*x[k;a])\n"
        "    layer   z[i;a] = sum(j, W[i,j]*z[j;a]) + sum(j, W[i,j]*prev(z[j;a]))"
    )
    flow = SkipFlow(flow_text(text, (("1",),), "C_W = 1", 4, ""))
    assert [flow.coefficients(layer, "G", (0, 0)) for layer in (1, 2, 3, 4)] == [[1], [1], [2], [3]]
