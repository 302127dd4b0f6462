"""The oracles against one another, against exact values on file, and against closed products."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flint import fmpq, fmpq_poly

from tests.oracles import jets
from tests.oracles.covariance_transfer import CovarianceTransfer
from tests.oracles.jets import jet_network
from tests.oracles.literal import LiteralNetwork
from tests.oracles.moments import GaussianMoments, Leg, cumulant, set_partitions
from tests.oracles.network import Network, Rational, at, bias, direct, gated, mlp, network, reads_input, weighted
from tests.oracles.products import linear_moment, odd_factorial, relu_norm_moment
from tests.oracles.site_transfer import SiteTransfer
from tests.oracles.tensors import divide_by_powers, interpolate, paired_correlator
from tests.oracles.training_tensors import DIRECTIONS, tensor

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = json.loads((HERE / "exact_cases.json").read_text())["cases"]
ONE_INPUT = [["1/2", "3/4"]]
TWO_INPUTS = [["1/2", "3/4"], ["1", "-1/3"]]
SINGLE = [["1/2"]]
TWO_SINGLE = [["1/2"], ["-2/3"]]
Z, P = at("z"), at("z", 1)


def value_at(polynomial: Any, n: int) -> fmpq:
    return polynomial(fmpq(1, n)) if isinstance(polynomial, fmpq_poly) else polynomial


def network_of(case: dict[str, Any]) -> Network:
    return mlp(
        case["coeffs"], case["inputs"], case["layer"], case["C_b"], case["C_W"], case["lambda_b"], case["lambda_W"]
    )


@cache
def transfer_for(coefficients: tuple[str, ...], inputs: int, layer: int, directions: int) -> CovarianceTransfer:
    case = next(c for c in CASES if (tuple(c["coeffs"]), len(c["inputs"]), c["layer"]) == (coefficients, inputs, layer))
    base = network_of(case)
    return CovarianceTransfer(jet_network(base, directions) if directions else base)


def test_oracles_share_no_code_with_the_package() -> None:
    for path in HERE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not any(name.split(".")[0] == "ptheory" for name in names), path


def test_isserlis() -> None:
    moments = GaussianMoments(lambda i, j: {("a", "a"): 2, ("b", "b"): 5}.get((i, j), 3), 1)
    assert moments((("a", 6),)) == 15 * 2**3
    assert moments((("a", 2), ("b", 2))) == 2 * 5 + 2 * 3**2
    assert moments((("a", 3), ("b", 1))) == 3 * 2 * 3
    assert moments((("a", 1), ("b", 2))) == 0


def test_set_partitions_are_counted_by_bell_numbers() -> None:
    assert [sum(1 for _ in set_partitions(range(k))) for k in range(7)] == [1, 1, 2, 5, 15, 52, 203]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_values_on_file(case: dict[str, Any]) -> None:
    """All tensors, layers 1-3, one and two inputs: the whole polynomial in 1/n."""
    name, samples = case["tensor"], [int(digit) for digit in case["subscript"]]
    transfer = transfer_for(tuple(case["coeffs"]), len(case["inputs"]), case["layer"], DIRECTIONS.get(name, 0))
    if name in DIRECTIONS:
        correlator = tensor(transfer.moment, name, samples)
    else:
        correlator = paired_correlator(transfer.moment, samples)
    found = divide_by_powers(correlator, len(samples) // 2 - 1)
    expected = [Fraction(coefficient) for coefficient in case["powers_of_1_over_n"]]
    width = max(len(found), len(expected))
    assert [*found, *[0] * (width - len(found))] == [*expected, *[0] * (width - len(expected))]


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("samples", [(0, 1), (0, 0, 1, 1), (0, 1, 0, 1), (0, 0, 0, 1)])
def test_covariance_transfer_agrees_with_site_transfer(depth: int, samples: tuple[int, ...]) -> None:
    net = (
        mlp([0, 1, "1/4", "-1/9"], TWO_INPUTS, depth, "1/10", "6/5")
        if depth < 3
        else mlp(["1/7", 1, "1/4"], TWO_INPUTS, depth, "1/10", "6/5", widths=[1, 2, 1])
    )
    polynomial = paired_correlator(CovarianceTransfer(net).moment, samples)
    for n in (1, 2, 3, 7):
        assert value_at(polynomial, n) == paired_correlator(SiteTransfer(net, n).moment, samples)


def test_interpolation_in_the_width_gives_the_symbolic_polynomial() -> None:
    net = mlp([0, 1, "1/4"], TWO_INPUTS, 3, "1/10", "6/5")
    values = [(n, paired_correlator(SiteTransfer(net, n).moment, (0, 0, 0, 1))) for n in range(1, 7)]
    assert interpolate(values) == paired_correlator(CovarianceTransfer(net).moment, (0, 0, 0, 1))


def test_layer_four() -> None:
    """A quadratic, interpolated from site transfers at 13 widths; the cubic with two inputs, to n^-23, at three."""
    net = mlp([0, 1, "1/4"], TWO_INPUTS, 4, "1/10", "6/5")
    values = [(n, paired_correlator(SiteTransfer(net, n).moment, (0, 0, 1, 1))) for n in range(1, 15)]
    assert interpolate(values) == paired_correlator(CovarianceTransfer(net).moment, (0, 0, 1, 1))
    cubic = mlp([0, 1, "1/4", "-1/9"], TWO_INPUTS, 4, "1/10", "6/5")
    polynomial = paired_correlator(CovarianceTransfer(cubic).moment, (0, 1, 1, 1))
    assert len(divide_by_powers(polynomial, 1)) == 23


@pytest.mark.slow
def test_cubic_with_two_inputs_at_layer_four_by_two_methods() -> None:
    net = mlp([0, 1, "1/4", "-1/9"], TWO_INPUTS, 4, "1/10", "6/5")
    polynomial = paired_correlator(CovarianceTransfer(net).moment, (0, 1, 1, 1))
    assert polynomial(fmpq(1, 2)) == paired_correlator(SiteTransfer(net, 2).moment, (0, 1, 1, 1))


def test_too_few_widths_are_noticed() -> None:
    with pytest.raises(ValueError, match="too few widths"):
        interpolate([(1, Fraction(1)), (2, Fraction(1, 4)), (3, Fraction(1, 9))])


LITERAL: dict[str, tuple[Network, int]] = {
    "mlp, layer 2": (mlp([0, 1, "1/4"], TWO_INPUTS, 2, "1/10", "6/5"), 2),
    "mlp, layer 3, one neuron": (mlp([0, 1, "1/4"], TWO_INPUTS, 3, "1/10", "6/5"), 1),
    "mlp, layer 3, two neurons": (mlp([0, 1, "1/4"], SINGLE, 3, 0, "6/5"), 2),
    "cubic, layer 2, three neurons": (mlp([0, 1, "1/4", "-1/9"], TWO_SINGLE, 2, "1/10", "6/5"), 3),
    "residual, layer 3": (mlp([0, 1, "1/4"], SINGLE, 3, 0, "6/5", xi="1/2"), 2),
    "residual, two inputs": (mlp(["1/5", 1, "1/4"], TWO_SINGLE, 2, "1/3", "6/5", xi="1/2"), 2),
    "gated, layer 3": (gated([1, "1/3"], SINGLE, 3, "6/5", "2/3"), 2),
    "gated, unequal widths": (gated([1, "1/3", "1/5"], TWO_INPUTS, 2, "6/5", "2/3", widths=[2, 1]), 1),
    "skip from two layers below, unequal widths": (
        network(
            {"z": [reads_input("W")]},
            {"z": [weighted("W", Z + Z**2 / 4), weighted("R", P + P**2 / 3)]},
            {"W": "6/5", "R": "1/2"},
            SINGLE,
            3,
            widths=[1, 2, 1],
        ),
        2,
    ),
    "mixed depths and direct polynomials": (
        network(
            {"z": [reads_input("W")]},
            {"z": [weighted("W", Z + Z**2 / 4), weighted("U", Z * P / 4), direct(Z / 2 + Z**2 / 3), direct(P / 5)]},
            {"W": "6/5", "U": "1/2"},
            SINGLE,
            3,
        ),
        2,
    ),
    "shared weights, unlike fields": (
        network(
            {"u": [bias("b"), reads_input("W")], "v": [bias("b", 2), reads_input("U")]},
            {
                "u": [bias("b"), weighted("W", at("u") * at("v"))],
                "v": [bias("c"), weighted("W", at("v") ** 2), weighted("U", at("u")), direct(at("v") / 3)],
            },
            {"b": "1/10", "W": "6/5", "U": "1/2", "c": "1/7"},
            SINGLE,
            2,
        ),
        2,
    ),
    "hyperparameters that vary with depth": (
        network(
            {"z": [bias("b"), reads_input("W")]},
            [{"z": [bias("b"), weighted("W", Z + Z**2 / 4)]}, {"z": [weighted("W", Z**2), direct(Z / 3)]}],
            [{"b": "1/3", "W": 1}, {"b": "1/5", "W": "2/7"}, {"W": "3/2"}],
            SINGLE,
            3,
        ),
        1,
    ),
}


@pytest.mark.parametrize("name", LITERAL)
def test_site_transfer_agrees_with_literal_expansion(name: str) -> None:
    net, n = LITERAL[name]
    has_direct = any(t.kind == "direct" for e in net.layers for ts in e.values() for t in ts)
    outputs = n if has_direct else 2
    literal, sites = LiteralNetwork(net, n, outputs), SiteTransfer(net, n)
    u, v = min(net.layers[0]), max(net.layers[0])
    last = len(net.inputs) - 1
    products: list[list[Leg]] = [
        [(u, 0, 0)],
        [(u, 0, 0), (u, 0, last)],
        [(u, 0, 0), (u, 0, 0), (v, 1, last)],
        [(u, 0, 0), (u, 0, last), (v, 1, 0), (v, 1, last)],
        [(u, 0, 0), (v, 0, last), (u, 0, 0), (u, 0, last)],
    ]
    for legs in products:
        if all(neuron < outputs for _, neuron, _ in legs):
            assert literal.moment(legs) == sites.moment(legs), legs


def test_averaging_in_stages_equals_averaging_at_once() -> None:
    net = mlp(["1/5", 1, "1/4"], TWO_SINGLE, 2, "1/3", "6/5", xi="1/2")
    literal = LiteralNetwork(net, 2, 2)
    legs = [("z", 0, 0), ("z", 0, 1), ("z", 1, 0), ("z", 1, 1)]
    expanded = literal.context.constant(1)
    for leg in legs:
        expanded *= literal.output(leg)
    assert literal.expectation(expanded) == literal.moment(legs)


TRAINED: dict[str, tuple[Network, int, str]] = {
    "mlp, layer 2": (mlp([0, 1, "1/4"], TWO_SINGLE, 2, "1/10", "6/5", "1/5", "2/3"), 2, "z"),
    "cubic, layer 2": (mlp(["1/3", 1, "1/4", "-1/9"], SINGLE, 2, "1/10", "6/5", "1/5", "2/3"), 2, "z"),
    "mlp, layer 3, one neuron": (mlp([0, 1, "1/4"], TWO_SINGLE, 3, "1/10", "6/5", "1/5", "2/3"), 1, "z"),
    "residual, layer 2": (mlp([0, 1, "1/4"], TWO_SINGLE, 2, "1/10", "6/5", "1/5", "2/3", xi="1/2"), 2, "z"),
    "residual, layer 3, one neuron": (mlp([0, 1, "1/4"], SINGLE, 3, "1/10", "6/5", "1/5", "2/3", xi="1/2"), 1, "z"),
    "gated, layer 2": (gated([1, "1/3"], TWO_SINGLE, 2, "6/5", "2/3", "1/5", "2/7"), 2, "u"),
    "gated, layer 3, one neuron": (gated([1, "1/3"], SINGLE, 3, "6/5", "2/3", "1/5", "2/7"), 1, "u"),
}


@pytest.mark.parametrize("name", TRAINED)
def test_derivative_fields_agree_with_derivatives_by_every_parameter(name: str) -> None:
    """H, dH, ddI, ddII from their definitions by parameter derivatives, against the jets."""
    net, n, field = TRAINED[name]
    outputs = 1 if n == 1 else 2
    literal = LiteralNetwork(net, n, outputs)
    sites = SiteTransfer(jet_network(net, 3), n)
    last = len(net.inputs) - 1
    slots = [(0, 0), (outputs - 1, last), (0, last), (outputs - 1, 0)]
    orders = [slots, [slots[0], slots[2], slots[1], slots[3]], [slots[0], slots[1], slots[3], slots[2]]]

    def leg(slot: tuple[int, int], *directions: int) -> Leg:
        return (jets.jet_name(field, directions), *slot)

    for s in orders:
        a, b, c, d = [(field, *slot) for slot in s]
        h = literal.tangent_kernel(a, b)
        assert literal.expectation(h) == sites.moment([leg(s[0], 1), leg(s[1], 1)])
        assert literal.expectation(h * literal.output(c) * literal.output(d)) == sites.moment(
            [leg(s[0], 1), leg(s[1], 1), leg(s[2]), leg(s[3])]
        )
        assert literal.expectation(h * literal.tangent_kernel(c, d)) == sites.moment(
            [leg(s[0], 1), leg(s[1], 1), leg(s[2], 2), leg(s[3], 2)]
        )
        assert literal.expectation(literal.kernel_differential(a, b, c) * literal.output(d)) == sites.moment(
            [leg(s[0], 1, 2), leg(s[1], 1), leg(s[2], 2), leg(s[3])]
        )
        assert literal.expectation(literal.second_differential_one(a, b, c, d)) == sites.moment(
            [leg(s[0], 1, 2, 3), leg(s[1], 1), leg(s[2], 2), leg(s[3], 3)]
        )
        assert literal.expectation(literal.second_differential_two(a, b, c, d)) == sites.moment(
            [leg(s[0], 1, 2), leg(s[1], 1, 3), leg(s[2], 2), leg(s[3], 3)]
        )


@pytest.mark.parametrize(("depth", "inputs"), [(2, TWO_INPUTS), (3, ONE_INPUT)])
@pytest.mark.parametrize("name", DIRECTIONS)
def test_training_tensors_of_a_gated_network_by_two_methods(name: str, depth: int, inputs: list[list[str]]) -> None:
    gate: list[Rational] = [1, "1/3"] if depth == 2 else [0, 1]
    net = jet_network(gated(gate, inputs, depth, "6/5", "2/3", "1/5", "2/7"), DIRECTIONS[name])
    samples = ((0, 1, 0, 0) if len(inputs) == 2 else (0, 0, 0, 0))[: 2 if name == "Theta" else 4]
    polynomial = tensor(CovarianceTransfer(net).moment, name, samples, field="u")
    for n in (2, 3):
        assert value_at(polynomial, n) == tensor(SiteTransfer(net, n).moment, name, samples, field="u")


def test_deep_linear_products() -> None:
    kernel = Fraction(13, 32)  # (1/4 + 9/16)/2
    for depth, m in product((1, 2, 3, 4), (1, 2, 3)):
        net = mlp([0, 1], ONE_INPUT, depth, 0, 1)
        moment = CovarianceTransfer(net).moment([("z", 0, 0)] * (2 * m))
        for n in (1, 2, 5):
            expected = linear_moment(m, kernel, [n] * (depth - 1))
            assert value_at(moment, n) == fmpq(expected.numerator, expected.denominator)


def test_relu_squared_length() -> None:
    for n in (1, 2, 3, 8, 20):
        assert relu_norm_moment(1, n) == 1
        assert relu_norm_moment(2, n) == 1 + Fraction(5, n)
        assert relu_norm_moment(3, n) == 1 + Fraction(15, n) + Fraction(44, n**2)
    assert [odd_factorial(m) for m in range(5)] == [1, 1, 3, 15, 105]


def test_quoted_residual_recursion_holds_at_layer_two_and_fails_at_three() -> None:
    """V' = (chi_par + xi^2)^2 V + C_W^2(<s^4> - <s^2>^2) + 2 xi^2 C_W(<z^2 s^2> - K<s^2>), linear sigma excepted."""

    def leading_vertex(coefficients: list[Any], depth: int, widths: int) -> Fraction:
        net = mlp(coefficients, SINGLE, depth, 0, 1, xi="1/2")
        values = [(n, paired_correlator(SiteTransfer(net, n).moment, (0, 0, 0, 0))) for n in range(2, widths)]
        return divide_by_powers(interpolate(values), 1)[0]

    def quoted(coefficients: list[Any], depth: int) -> Fraction:
        def constant(value: Fraction) -> Callable[[Any, Any], Fraction]:
            return lambda _i, _j: value

        def mean(powers: int, of_sigma: int) -> Fraction:
            polynomial = Z**powers
            for _ in range(of_sigma):
                polynomial = polynomial * sigma
            return sum((c * moments((("z", m[0][1]),) if m else ()) for m, c in polynomial.terms.items()), Fraction(0))

        sigma = Z * Fraction(coefficients[1]) + Z**2 * Fraction(coefficients[2])
        kernel, vertex, xi2 = Fraction(1, 4), Fraction(0), Fraction(1, 4)
        moments = GaussianMoments(constant(kernel), Fraction(1))
        for _ in range(depth - 1):
            moments = GaussianMoments(constant(kernel), Fraction(1))
            chi = (mean(2, 2) - kernel * mean(0, 2)) / (2 * kernel**2)
            source = mean(0, 4) - mean(0, 2) ** 2 + 2 * xi2 * (mean(2, 2) - kernel * mean(0, 2))
            vertex, kernel = (chi + xi2) ** 2 * vertex + source, xi2 * kernel + mean(0, 2)
        return vertex

    assert leading_vertex([0, 1, "1/4"], 2, 6) == quoted([0, 1, "1/4"], 2)
    assert leading_vertex([0, 1, 0], 3, 8) == quoted([0, 1, 0], 3)
    assert leading_vertex([0, 1, "1/4"], 3, 12) != quoted([0, 1, "1/4"], 3)


def test_cumulant_of_products() -> None:
    """E[(xy) z]_c = E[xyz] - E[xy]E[z]: products count as one observable."""
    table = {1: Fraction(3), 2: Fraction(5), 3: Fraction(11)}
    x, y, z = ("z", 0, 0), ("z", 1, 0), ("z", 2, 0)
    assert cumulant(lambda legs: table[len(legs)], [[x, y], [z]]) == 11 - 5 * 3
