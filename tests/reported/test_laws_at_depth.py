"""Amplitudes stand in the law they belong to, K -> 1/(2 l), with numbers a person can read, and the laws are true."""

import json
import math

import numpy as np
import pytest
import sympy as sp

from ptheory.activations import Z, from_formula, lookup
from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.laws import Law, laws
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import classify_system
from tests.criticality.hand_made import mlp
from tests.reported.running import ptheory

R = sp.Rational
LAWS = {
    "tanh": ["K -> 1/(2 l)", "V/(nK^2) -> 2 l/(3 n)"],
    "selu": ["K -> 2.89325377838719/l^2", "V/(nK^2) -> 0.891018450685916 l/n"],
    "softsign": ["K -> (pi/8)/l^2", "V/(nK^2) -> 2 l/(3 n)"],
    "relu": ["V/(nK^2) -> 5 l/n"],
    "hard_tanh": ["K -> 1/(2 log(l))", "V/(nK^2) -> 2 l/(3 n)"],
}


def classified(activation):
    return classify_system(SpecialisedSystem(mlp(), (activation,)), "sigma")


@pytest.mark.parametrize("name", LAWS)
def test_the_law_of_every_amplitude(name):
    assert [str(law) for law in laws(classified(lookup(name))).values()] == LAWS[name]


def test_degenerate_flows_and_other_amplitudes():
    """z - z^5: f(K) - K = -30 K^3, so K = (60 l)^(-1/2)."""
    found = laws(classified(from_formula("f", Z - Z**5)))
    assert sp.simplify(found["K"].expression() - 1 / sp.sqrt(60 * sp.Symbol("l", positive=True))) == 0
    assert str(found["K"]) == "K -> (sqrt(15)/30)/l^(1/2)"


@pytest.mark.parametrize(("law", "text"), [
    (Law("X", R(-1, 12), R(1), width=1), "X -> -l/(12 n)"),
    (Law("X", R(1), R(0)), "X -> 1"),
    (Law("X", R(0), R(0)), "X = 0"),
    (Law("X", R(5, 7), R(-2), width=2), "X -> 5/(7 l^2 n^2)"),
    (Law("X", sp.Symbol("lambda_b") / 2, R(1, 3), 1), "X -> (lambda_b/2) l^(1/3) log(l)"),
    (Law("X", R(10**30 + 1, 3), R(1)), "X -> 3.33333333333333e+29 l"),
    (Law("X", sp.Float("0.12345678901234567890", 30), R(-1)), "X -> 0.123456789012346/l"),
])  # fmt: skip
def test_how_a_law_is_written(law, text):
    assert str(law) == text


NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)
HALF = 6.5 * (NODES + 1)
GRID = np.concatenate([-HALF[::-1], HALF])
WEIGHT = np.exp(-(GRID**2) / 2) / np.sqrt(2 * np.pi) * 6.5 * np.concatenate([WEIGHTS[::-1], WEIGHTS])
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def selu(z):
    return SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0)))


FUNCTIONS = {
    "tanh": np.tanh,
    "sin": np.sin,
    "selu": selu,
    "softsign": lambda z: z / (1 + np.abs(z)),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
}


@pytest.mark.parametrize(
    ("name", "start"), [("tanh", 0.4), ("sin", 0.4), ("selu", 2e-3), ("softsign", 1e-3), ("elu", 2e-3)]
)
def test_the_laws_are_those_of_the_iterated_recursion(name, start):
    """K and V from layer to layer in double precision, V by the derivative of <sigma^2> with respect to K."""
    found = classified(lookup(name))
    (point,) = (p for p in found.critical_points if p.K_star == 0)
    weight, function = float(point.C_W), FUNCTIONS[name]
    kernel, vertex, layers = start, 0.0, (1500, 3000)
    ratios = {}
    at_depth = {law.quantity: law.expression() for law in laws(found).values()}
    depth, n = DEPTH, sp.Symbol("n", positive=True)
    for layer in range(1, layers[1] + 1):
        if layer in layers:
            for quantity, value in (("K", kernel), ("V/(nK^2)", vertex / kernel**2)):
                predicted = float(at_depth[quantity].subs({depth: layer, n: 1}))
                ratios.setdefault(quantity, []).append(value / predicted)
        square = function(np.sqrt(kernel) * GRID) ** 2
        mean, parallel = WEIGHT @ square, WEIGHT @ (square * (GRID**2 - 1)) / (2 * kernel)
        vertex = (weight * parallel) ** 2 * vertex + weight**2 * (WEIGHT @ square**2 - mean**2)
        kernel = weight * mean
    for quantity, (first, second) in ratios.items():
        assert abs(2 * second - first - 1) < 5e-3, (quantity, first, second)


def test_the_approach_to_a_kernel_above_zero():
    """x' = x - |f''/2| x^2 on the attracting side, so |K - K*| = 2/(|f''| l); f'' by second differences."""
    found = classified(lookup("gelu"))
    (point,) = (p for p in found.critical_points if p.stability == "half-stable")
    (law,) = (v for v in laws(found).values() if "K*" in v.quantity)
    cdf = np.vectorize(math.erf)
    step, k = 0.01, float(point.K_star)

    def flow(kernel):
        z = np.sqrt(kernel) * GRID
        return float(point.C_W) * (WEIGHT @ (z * (1 + cdf(z / np.sqrt(2))) / 2) ** 2)

    second = (flow(k + step) - 2 * flow(k) + flow(k - step)) / step**2
    assert law.quantity == ("K* - K" if second > 0 else "K - K*")
    assert abs(float(law.amplitude) * abs(second) / 2 - 1) < 1e-3 and law.power == -1


def test_the_command_says_what_each_exponent_is_the_exponent_of():
    ran = ptheory("classify", "selu")
    assert ran.code == 0
    lines = [line.strip() for line in ran.out.splitlines()]
    rows = [line.split() for line in lines]
    assert ["p_0", "decay", "2", "2.89325", "K", "→", "2.89325/ℓ²"] in rows
    assert ["p⊥", "decay", "2", "perpendicular", "perturbations", "→", "ℓ^(-p⊥)"] in rows
    assert ["V/(nK²)", "growth", "1", "0.891018", "V/(nK²)", "→", "0.891018·ℓ/n"] in rows
    starts = {row.index("→") for row in rows if "→" in row}
    assert starts, "laws stand below each other"
    exact = ptheory("classify", "selu", "--digits", "all")
    assert "2.89325377838719/ℓ²" in exact.out and "0.476771017882753" in exact.out
    assert not any(len(line) > 120 for line in lines)


def test_json_keeps_exact_numbers_and_says_the_laws():
    found = json.loads(ptheory("classify", "selu", "--json").out)
    assert found["laws"] == {"K": LAWS["selu"][0], "V/(nK^2)": LAWS["selu"][1]}
    amplitude = sp.Rational(found["amplitudes"]["V/(nK^2)"]) if "/" in found["amplitudes"]["V/(nK^2)"] else None
    assert amplitude is not None and abs(float(amplitude) - 0.891018450685916) < 1e-15
    assert found["critical_points"][0]["C_W"].startswith("0.476771017882753"[:16])
