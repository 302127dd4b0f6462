"""The tangent kernel's fluctuations and differentials with skip connections: enumeration, and a second route."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import mpmath
import pytest

from tests.oracles.network import Network
from tests.recursion.front_end import EngineFlow
from tests.residual.comparison import SkipFlow, check, flow_text
from tests.residual.test_enumeration import LAYERS, ONE_INPUT, PARAMETERS, TWO_INPUTS, VALUES, network_of

STATISTICS = ("D", "F", "A", "B")
DIFFERENTIALS = ("P", "Q", "R", "S", "T", "U")
ONE = [(0, 0, 0, 0)]
TELLING = [(0, 0, 1, 1), (0, 1, 0, 1), (1, 0, 0, 0)]


@cache
def flow_of(which: str, inputs: int, order: str = "") -> SkipFlow:
    """One flow for all tensors: they share the averages they are made of."""
    text = f"{PARAMETERS}\n    layer   z[i;a] = {LAYERS[which]}"
    shown = ", ".join(["Theta", *STATISTICS, *DIFFERENTIALS])
    return SkipFlow(flow_text(text, ONE_INPUT if inputs == 1 else TWO_INPUTS, VALUES, 4, order, shown))


@pytest.mark.parametrize("name", [*STATISTICS, *DIFFERENTIALS])
@pytest.mark.parametrize(
    "which", ["residual", "both skips", "weighted skip from further down", "product across layers"]
)
def test_one_input(which: str, name: str) -> None:
    def net(depth: int) -> Network:
        return network_of(which, 1, depth)

    for layer in (2, 3) if which == "residual" or name in "DAQ" else (2,):
        check(flow_of(which, 1), which, net, layer, name, 1, range(2, 16), ONE)


@pytest.mark.parametrize("name", [*STATISTICS, "P", "Q"])
def test_two_inputs(name: str) -> None:
    def net(depth: int) -> Network:
        return network_of("residual", 2, depth)

    for layer in (2, 3):
        check(flow_of("residual", 2), "residual", net, layer, name, 1, range(2, 14), TELLING[: 4 - layer + 1])


@pytest.mark.parametrize("name", ["Theta", *STATISTICS])
def test_the_next_order(name: str) -> None:
    def net(depth: int) -> Network:
        return network_of("residual", 1, depth)

    for layer in (2, 3):
        check(
            flow_of("residual", 1, "order 1/n"),
            "residual",
            net,
            layer,
            name,
            2,
            range(2, 16),
            [(0, 0)] if name == "Theta" else ONE,
        )


@pytest.mark.parametrize("name", ["D"])
def test_layer_four(name: str) -> None:
    def net(depth: int) -> Network:
        return network_of("residual", 1, depth)

    check(flow_of("residual", 1), "residual", net, 4, name, 1, range(2, 20), ONE)


NUMBERS = "inputs [1, 1/2]\n set C_b = 1/10, C_W = 6/5, lambda_b = 1/5, lambda_W = 2/3{xi}\n depth 3\n digits 15\n {ae}"


@pytest.mark.parametrize("sigma", ["gelu", "relu", "erf(z) + z^2/3"])
def test_without_the_skip_it_is_the_plain_network(sigma: str) -> None:
    """xi = 0: the joint law of a neuron's branches against the recursions of collective variables."""
    ae = "derivatives almost everywhere" if sigma == "relu" else ""
    shown = ", ".join(["Theta", *STATISTICS, *DIFFERENTIALS])
    head = (
        "ptheory 1\ninclude {}\ninclude observables\nflow {} with sigma = "
        + sigma
        + " {{\n{}\nshow "
        + shown
        + "\n}}\n"
    )
    plain = EngineFlow(head.format("mlp", "MLP", NUMBERS.format(xi="", ae=ae)))
    skip = SkipFlow(head.format("residual", "Residual", NUMBERS.format(xi=", xi = 0", ae=ae)))
    for name in [*STATISTICS, *DIFFERENTIALS]:
        for layer in (2, 3):
            (expected,) = plain.coefficients(layer, name, (0, 0, 0, 0), 1)
            (found,) = skip.values(layer, name)[0, 0, 0, 0]
            assert mpmath.almosteq(_number(found), _number(expected), 1e-13, 1e-13), (name, layer)


def _number(value: object) -> mpmath.mpf:
    if isinstance(value, Fraction):
        return mpmath.mpf(value.numerator) / value.denominator
    return mpmath.mpf(value)
