"""The tower of the tangent kernel with a skip at large depth: against covariances of all pairs of layers summed up in
doubles, and those against `flow`."""

from math import erf

import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.language.errors import LanguageError
from tests.residual.tower_in_two_layers import MEANS, TENSORS, tower

DENSITY_AT_ZERO = 1 / np.sqrt(2 * np.pi)


def normal(z):
    return np.array([(1 + erf(a / np.sqrt(2))) / 2 for a in z])


def density(z):
    return DENSITY_AT_ZERO * np.exp(-z * z / 2)


FUNCTIONS = {
    "relu": (lambda z: np.maximum(z, 0), lambda z: 1.0 * (z > 0), lambda z: 0 * z, lambda z: 0 * z),
    "tanh": (
        np.tanh,
        lambda z: np.cosh(z) ** -2.0,
        lambda z: -2 * np.tanh(z) / np.cosh(z) ** 2,
        lambda z: (4 - 6 * np.cosh(z) ** -2.0) / np.cosh(z) ** 2,
    ),
    "gelu": (
        lambda z: z * normal(z),
        lambda z: normal(z) + z * density(z),
        lambda z: (2 - z * z) * density(z),
        lambda z: (z**3 - 4 * z) * density(z),
    ),
    "z + z^2 - 2*z^3/5": (  # K* = 5/36
        lambda z: z + z**2 - 0.4 * z**3,
        lambda z: 1 + 2 * z - 1.2 * z**2,
        lambda z: 2 - 2.4 * z,
        lambda z: 0 * z - 2.4,
    ),
}
EVERYWHERE = {"relu": "derivatives almost everywhere"}


def block(text, files="include residual\ninclude observables"):
    return pt.run_text(f"ptheory 1\n{files}\n{text}").specialised[0].classification


NAMES = ", ".join((*TENSORS, *MEANS))


def classification(activation, skip, tensors=NAMES):
    dropped = EVERYWHERE.get(activation, "")
    rates = "lambda_b = 1, lambda_W = 1"
    return block(
        f"with sigma = {activation} for Residual {{ set xi = {skip}, {rates}\n"
        f"critical  exponents {tensors}  {dropped} }}"
    )


def test_the_sums_over_layers_are_the_flow():
    """The engine's law of total cumulance over histories, at variances that are not critical."""
    flow = pt.run_text(
        f"ptheory 1\ninclude residual\ninclude observables\nflow Residual with sigma = gelu {{ inputs [1]\n"
        "set C_b = 1/10, C_W = 6/5, xi = 7/10, lambda_b = 1/3, lambda_W = 1/2\n"
        f"depth 3  digits 8  show {', '.join(TENSORS)} }}"
    ).flows[0]
    rows = tower(FUNCTIONS["gelu"], 0.7, 1.2, 0.1, (1 / 3, 1 / 2), 1.3, 3)
    for layer in (2, 3):
        found = [float(next(iter(flow.values[layer][name].values())).coefficient(0)) for name in TENSORS]
        assert np.allclose(rows[layer - 1][2:-2], found, rtol=1e-6, atol=1e-9)


def test_the_next_order_of_the_means_is_the_flow():
    """E[z z] and E[H] to order 1/n, in which a neuron finds itself again."""
    flow = pt.run_text(
        "ptheory 1\ninclude residual\ninclude observables\nflow Residual with sigma = gelu { inputs [1]\n"
        "set C_b = 1/10, C_W = 6/5, xi = 7/10, lambda_b = 1/3, lambda_W = 1/2\n"
        "depth 3  digits 7  order 1/n  show G, Theta }"
    ).flows[0]
    rows = tower(FUNCTIONS["gelu"], 0.7, 1.2, 0.1, (1 / 3, 1 / 2), 1.3, 3)
    found = [float(next(iter(flow.values[3][name].values())).coefficient(1)) for name in ("G", "Theta")]
    assert np.allclose(rows[2][-2:], found, rtol=1e-6)


@pytest.mark.parametrize(
    ("activation", "skip", "start", "depth", "most", "tolerance"),
    [
        ("tanh", "1/2", 0.5, 600, 8, 4e-3),
        ("relu", "4/5", 1.0, 240, 60, 3e-4),
        ("relu", "-1/2", 1.0, 240, 60, 3e-4),
        ("z + z^2 - 2*z^3/5", "1/2", None, 240, 30, 3e-3),
    ],
)
def test_amplitudes_are_those_of_the_sums_over_layers(activation, skip, start, depth, most, tolerance):
    """Extrapolated in 1/l from three layers; every tensor, at fixed learning rates (at K* > 0 with K = K*)."""
    found = classification(activation, skip)
    point, scheme = found.critical_points[-1], found.tower[0]
    start = float(point.K_star) if start is None else start
    numbers = (float(sp.Rational(skip)), float(point.C_W), float(point.C_b), (1, 1), start)
    rows = tower(FUNCTIONS[activation], *numbers, depth, most)
    kernel, theta = rows[:, 0], rows[:, 1]
    layers = np.array([depth // 4, depth // 2, depth])
    ratios = [growth for growth in scheme.growths if growth.width]
    absent = {"P", "R", "U"} if activation == "relu" else set()
    assert {growth.tensor for growth in ratios} == {*TENSORS, *MEANS} - absent
    for growth in ratios:
        share = theta**2
        if growth.tensor in set("VDF"):
            share = kernel**2 if growth.tensor == "V" else kernel * theta
        elif growth.tensor in set("RSTU"):
            share = theta**3 / kernel
        if growth.tensor in MEANS:
            share = kernel if growth.tensor == "G1" else theta
        column = rows[:, 2 + [*TENSORS, *MEANS].index(growth.tensor)] / share
        values = column[layers - 1] / layers ** float(growth.power)
        extrapolated = (8 * values[2] - 6 * values[1] + values[0]) / 3
        amplitude = float(growth.amplitude.subs(sp.Symbol("K", positive=True), 1))
        assert abs(extrapolated / amplitude - 1) < tolerance, (growth.name, extrapolated, amplitude)


def test_smooth_activations_are_plain_networks_of_other_shape():
    """Every ratio that grows as l/n has 1 + xi^2 times the amplitude of a plain network, in the depth (1 - xi^2) l."""
    names = "V, D, F, A, B, P, Q, R, T, G1, Theta1"
    found = {growth.name: growth for growth in classification("sin", "3/5", names).tower[0].growths if growth.width}
    text = f"with sigma = sin for MLP {{ set lambda_b = 1, lambda_W = 1  critical  exponents {names} }}"
    plain = {g.name: g for g in block(text, "include mlp\ninclude observables").tower[0].growths if g.width}
    assert found.keys() == plain.keys() and len(found) == 11
    for name, growth in found.items():
        assert growth.power == plain[name].power == 1
        assert growth.amplitude == (1 - sp.Rational(3, 5) ** 4) * plain[name].amplitude, name


def test_without_a_skip_the_recursions_are_the_derived_ones():
    text = "with sigma = tanh for Residual { set xi = 0  critical  exponents Q, S, T, U }"
    found = {g.name: g.amplitude for g in block(text).tower[0].growths}
    text = "with sigma = tanh for MLP { critical  exponents Q, S, T, U }"
    plain = {g.name: g.amplitude for g in block(text, "include mlp\ninclude observables").tower[0].growths}
    for name, amplitude in found.items():
        assert name not in plain or sp.simplify(amplitude - plain[name]) == 0, name
    assert {"KS/(nTheta^3)", "KT/(nTheta^3)", "KU/(nTheta^3)", "Q/(nTheta^2)"} <= found.keys() & plain.keys()


def test_nothing_is_said_to_be_exact_in_every_layer():
    found = classification("relu", "1/2", "Theta, V, D")
    assert found.tower[0].exact.keys() == {"Theta"}
    assert not any(line.startswith(("V =", "D =")) for line in found.evidence)


@pytest.mark.parametrize("activation", ["relu", "softsign", "elu"])
def test_delta_functions_are_refused(activation):
    found = block(f"with sigma = {activation} {{ set xi = 1/2  critical  exponents V, R }}")
    reasons = [line for line in found.evidence if "R (" in line]
    assert reasons and all("delta function" in line for line in reasons)
    assert "V/(nK^2)" in found.amplitudes


def test_a_skip_that_is_solved_for():
    found = block("with sigma = tanh for Residual { set C_W = 3/4, C_b = 0  critical  exponents V, F }")
    assert found.amplitudes["V/(nK^2)"] == sp.Rational(5, 8)  # xi = 1/2
    assert {g.name: g.amplitude for g in found.tower[0].growths}["F/(nKTheta)"] == sp.Rational(3, 16)


def test_weights_without_a_learning_rate():
    text = (
        "architecture Net {\n weights W[i,j] ~ Normal(0, C_W/n)\n first z[i;a] = sum(k, W[i,k]*x[k;a])\n"
        " layer z[i;a] = xi*z[i;a] + sum(j, W[i,j]*sigma(z[j;a]))\n}\ninclude correlators\n"
    )
    found = block(text + "with sigma = tanh { set xi = 1/2  critical  exponents V }", "")
    assert found.amplitudes["V/(nK^2)"] == sp.Rational(5, 8)
    with pytest.raises(LanguageError, match="learning rate"):
        block(text + "include observables\nwith sigma = tanh { set xi = 1/2  critical  exponents D }", "")
