"""The derived family against exact finite-width enumeration that shares no code with the engine.

A cubic with all its coefficients, an activation that stands in the layer equation, unequal widths, no biases and
layer-dependent variances and rates; one and two inputs, layers 1 to 3. Enumerations above layer two are on file, made
by ``python -m tests.ntk.table``.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.ntk.comparison import Comparison, flow_text
from tests.oracles.network import Equations, Network, at, bias, mlp, network, power_series, reads_input, weighted
from tests.recursion.front_end import TWO_INPUTS

ONE_INPUT = (("3/4", "-2/3"),)
INPUTS = {1: ONE_INPUT, 2: TWO_INPUTS}
LAYERS = (1, 2, 3)
PRELUDE = "include mlp\ninclude observables\n"
NUMBERS = "set C_b = 1/10, C_W = 6/5, lambda_b = 1/5, lambda_W = 2/3"
STATISTICS = ("G", "V", "Theta", "D", "F", "A", "B")
DIFFERENTIALS = ("P", "Q", "R", "S", "T", "U")


@cache
def cubic(inputs: int) -> Comparison:
    """sigma(z) = 1/3 + z - z^2/4 + z^3/9."""
    text = flow_text(PRELUDE, "MLP with sigma = 1/3 + z - z^2/4 + z^3/9", INPUTS[inputs], [NUMBERS, "order 1/n"])
    coefficients = ("1/3", "1", "-1/4", "1/9")
    return Comparison(
        "cubic", text, lambda depth: mlp(coefficients, INPUTS[inputs], depth, "1/10", "6/5", "1/5", "2/3"), inputs
    )


@pytest.mark.parametrize("inputs", [1, 2])
@pytest.mark.parametrize("name", STATISTICS)
def test_a_cubic_to_next_to_leading_order(name: str, inputs: int) -> None:
    for layer in LAYERS:
        cubic(inputs).check(layer, name, 1 if (layer, name, inputs) == (3, "A", 2) else 2)


@pytest.mark.parametrize("inputs", [1, 2])
@pytest.mark.parametrize("name", DIFFERENTIALS)
def test_a_cubic_s_differentials(name: str, inputs: int) -> None:
    for layer in LAYERS[: 4 - inputs]:
        cubic(inputs).check(layer, name, 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", DIFFERENTIALS)
def test_a_cubic_s_differentials_at_layer_three(name: str) -> None:
    cubic(2).check(3, name, 1, [(0, 1, 1, 0)])


@cache
def unequal_widths() -> Comparison:
    """Widths n, 2n, n/2: tensors of layer l+1 are stripped of 1/n_l, and orders count n."""
    text = flow_text(
        PRELUDE, "MLP with sigma = z/2 + z^2/3", TWO_INPUTS, [NUMBERS, "widths n, 2*n, n/2, n", "order 1/n"]
    )
    widths = ("1", "2", "1/2", "1")

    def net(depth: int) -> Network:
        return mlp([0, "1/2", "1/3"], TWO_INPUTS, depth, "1/10", "6/5", "1/5", "2/3", widths=widths)

    return Comparison("unequal widths", text.replace("depth 3", "depth 4"), net, 2, widths)


@pytest.mark.parametrize("name", STATISTICS)
def test_unequal_widths(name: str) -> None:
    for layer in LAYERS:
        unequal_widths().check(layer, name, 2)


@pytest.mark.parametrize("name", DIFFERENTIALS)
def test_unequal_widths_differentials(name: str) -> None:
    for layer in LAYERS:
        unequal_widths().check(layer, name, 1)


@pytest.mark.parametrize("name", ["G", "V"])
def test_unequal_widths_at_layer_four(name: str) -> None:
    unequal_widths().check(4, name, 2)


FORMULA = """architecture Formula {
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    weights U[i,j] ~ Normal(0, C_U/n)   rate lambda_U/n
    biases  b[i]   ~ Normal(0, C_b)     rate lambda_b
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = 1/2*b[i] + sum(j, W[i,j]*(z[j;a] - z[j;a]^2/3)) + 2*sum(j, U[i,j]*(1 + z[j;a])*z[j;a]^2)
}
"""


@cache
def formula() -> Comparison:
    """The activations stand in the layer equation itself, two weight matrices, coefficients before the sums."""
    text = flow_text(
        "include correlators\ninclude observables\n" + FORMULA,
        "Formula",
        TWO_INPUTS,
        ["set C_b = 1/10, C_W = 6/5, C_U = 1/20, lambda_b = 1/5, lambda_W = 2/3, lambda_U = 1/7", "order 1/n"],
    )
    z = at("z")
    first: Equations = {"z": [bias("b"), reads_input("W")]}
    layer: Equations = {
        "z": [bias("b", "1/2"), weighted("W", z - z**2 / 3), weighted("U", power_series([0, 0, 1, 1], z), 2)]
    }

    def net(depth: int) -> Network:
        return network(
            first,
            layer,
            {"b": "1/10", "W": "6/5", "U": "1/20"},
            TWO_INPUTS,
            depth,
            rates={"b": "1/5", "W": "2/3", "U": "1/7"},
        )

    return Comparison("formula", text, net, 2)


@pytest.mark.parametrize("name", STATISTICS)
def test_a_formula_in_the_layer_equation(name: str) -> None:
    for layer in LAYERS:
        formula().check(layer, name, 2 if name in ("G", "V", "Theta") else 1)


@pytest.mark.parametrize("name", DIFFERENTIALS)
def test_a_formula_in_the_layer_equation_differentials(name: str) -> None:
    for layer in LAYERS[:2]:
        formula().check(layer, name, 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["P", "Q"])
def test_a_formula_in_the_layer_equation_differentials_at_layer_three(name: str) -> None:
    formula().check(3, name, 1, [(0, 0, 1, 1)])


NO_BIASES = """architecture NoBiases {
    weights W[i,j] ~ Normal(0, C_W[l]/n)   rate lambda_W[l]/n
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))
}
"""


@cache
def no_biases() -> Comparison:
    """No biases; variances and learning rates that differ layer by layer."""
    text = flow_text(
        "include correlators\ninclude observables\n" + NO_BIASES,
        "NoBiases with sigma = z + z^2/4",
        TWO_INPUTS,
        [
            "set C_W = 6/5, C_W[2] = 3/2, C_W[3] = 2/5, lambda_W = 2/3, lambda_W[1] = 1/9, lambda_W[3] = 4",
            "order 1/n",
        ],
    )
    layer: Equations = {"z": [weighted("W", power_series([0, 1, "1/4"], at("z")))]}

    def net(depth: int) -> Network:
        return network(
            {"z": [reads_input("W")]},
            layer,
            [{"W": "6/5"}, {"W": "3/2"}, {"W": "2/5"}],
            TWO_INPUTS,
            depth,
            rates=[{"W": "1/9"}, {"W": "2/3"}, {"W": 4}],
        )

    return Comparison("no biases", text, net, 2)


@pytest.mark.parametrize("name", STATISTICS)
def test_no_biases_and_layer_dependent_numbers(name: str) -> None:
    for layer in LAYERS:
        no_biases().check(layer, name, 2)


@pytest.mark.parametrize("name", DIFFERENTIALS)
def test_no_biases_and_layer_dependent_numbers_differentials(name: str) -> None:
    for layer in LAYERS:
        no_biases().check(layer, name, 1)
