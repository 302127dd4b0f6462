"""Deep linear networks: exact products of Gaussian matrices, at every order of every derived correlator."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import prod

import pytest

from tests.oracles.covariance_transfer import CovarianceTransfer
from tests.oracles.moments import cumulant
from tests.oracles.network import at as field_at
from tests.oracles.network import network, reads_input, weighted
from tests.oracles.tensors import divide_by_powers, paired_correlator
from tests.recursion.front_end import TWO_INPUTS, EngineFlow, correlator, vectors

DEPTH = 5
C_W = Fraction(3, 2)
ONE_INPUT = (("1", "1/2"),)
DEFINITIONS = correlator("G", 2) + correlator("V", 4) + correlator("V6", 6)


@cache
def engine(inputs: tuple[tuple[str, ...], ...], widths: tuple[str, ...]) -> EngineFlow:
    shown = ", ".join(f"{w}*n" for w in widths)
    return EngineFlow(
        "ptheory 1\narchitecture Linear {\n    weights W[i,j] ~ Normal(0, C_W/n)\n"
        "    first z[i;a] = sum(k, W[i,k]*x[k;a])\n    layer z[i;a] = sum(j, W[i,j]*z[j;a])\n}\n"
        f"{DEFINITIONS}flow Linear {{\n    inputs {vectors(inputs)}\n    set C_W = {C_W}\n"
        f"    widths {shown}\n    depth {len(widths)}\n    order exact\n    show G, V\n}}\n"
    )


def known_moment(m: int, layer: int, n: int, kernel: Fraction, widths: tuple[str, ...]) -> Fraction:
    """E z^(2m) = (2m-1)!! K^m prod over hidden layers prod_(k<m) (1 + 2k/n_l)."""
    gaussian = prod(range(1, 2 * m, 2)) * kernel**m
    hidden = [Fraction(w) * n for w in widths[: layer - 1]]
    return gaussian * prod(((1 + Fraction(2 * k) / width) for width in hidden for k in range(m)), start=Fraction(1))


@pytest.mark.parametrize("widths", [("1",) * DEPTH, ("1", "2", "1/2", "3", "1")], ids=["equal", "unequal"])
@pytest.mark.parametrize("n", [2, 6, 10])
def test_moments_of_one_neuron_equal_the_product_formula(widths: tuple[str, ...], n: int) -> None:
    """The moments of one neuron put together from every order of K, V and V6: no remainder at any width."""
    flow = engine(ONE_INPUT, widths)
    overlap = sum((Fraction(x) ** 2 for x in ONE_INPUT[0]), Fraction(0)) / len(ONE_INPUT[0])
    for layer in range(1, DEPTH + 1):
        below = Fraction(widths[layer - 2]) * n if layer > 1 else Fraction(1)

        def cumulant_at(name: str, legs: int, layer: int = layer, below: Fraction = below) -> Fraction:
            samples = (0,) * legs
            series = flow.coefficients(layer, name, samples, flow.orders(layer, name, samples))
            value = sum((c / Fraction(n) ** k for k, c in enumerate(series)), Fraction(0))
            return value / below ** (legs // 2 - 1)

        kernel = C_W**layer * overlap
        two, four, six = cumulant_at("G", 2), 3 * cumulant_at("V", 4), 15 * cumulant_at("V6", 6)
        assert two == known_moment(1, layer, n, kernel, widths)
        assert four + 3 * two**2 == known_moment(2, layer, n, kernel, widths)
        assert six + 15 * four * two + 15 * two**3 == known_moment(3, layer, n, kernel, widths)


@pytest.mark.parametrize("layer", [2, 3, 4])
def test_two_inputs_equal_enumeration_at_every_order(layer: int) -> None:
    flow = engine(TWO_INPUTS, ("1",) * 4)
    exact = CovarianceTransfer(
        network({"z": [reads_input("W")]}, {"z": [weighted("W", field_at("z"))]}, {"W": str(C_W)}, TWO_INPUTS, layer)
    )
    for samples in [(0, 0, 0, 0), (0, 0, 1, 1), (0, 1, 0, 1), (0, 1, 1, 1)]:
        values = divide_by_powers(paired_correlator(exact.moment, samples), 1)
        orders = flow.orders(layer, "V", samples)
        assert flow.coefficients(layer, "V", samples, orders) == values + [Fraction(0)] * (orders - len(values))
    for samples in [(0, 0, 0, 0, 1, 1), (0, 1, 0, 1, 0, 1), (0, 0, 0, 1, 1, 1)]:
        values = divide_by_powers(paired_correlator(exact.moment, samples), 2)
        orders = flow.orders(layer, "V6", samples)
        assert flow.coefficients(layer, "V6", samples, orders) == values + [Fraction(0)] * (orders - len(values))


def test_the_enumeration_itself_obeys_the_product_formula() -> None:
    layers = {"z": [weighted("W", field_at("z"))]}
    exact = CovarianceTransfer(network({"z": [reads_input("W")]}, layers, {"W": str(C_W)}, ONE_INPUT, 3))
    overlap = sum((Fraction(x) ** 2 for x in ONE_INPUT[0]), Fraction(0)) / 2
    fourth = cumulant(exact.moment, [[("z", 0, 0)] * 4])
    n = 5
    value = sum((Fraction(int(c.p), int(c.q)) / n**k for k, c in enumerate(fourth)), Fraction(0))
    assert value == known_moment(2, 3, n, C_W**3 * overlap, ("1",) * 3)
