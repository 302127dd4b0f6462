"""The exponent of V with a skip: against covariances of two layers summed up in doubles, and those against `flow`."""

from math import erf, log

import mpmath
import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.language.errors import LanguageError
from tests.residual.two_layers import vertex


def normal(z):
    return np.array([(1 + erf(a / np.sqrt(2))) / 2 for a in z])


FUNCTIONS = {
    "relu": (lambda z: np.maximum(z, 0), lambda z: 1.0 * (z > 0)),
    "tanh": (np.tanh, lambda z: np.cosh(z) ** -2.0),
    "gelu": (
        lambda z: z * normal(z),
        lambda z: normal(z) + z * np.exp(-z * z / 2) / np.sqrt(2 * np.pi),
    ),
    "elu": (lambda z: np.where(z > 0, z, np.expm1(z)), lambda z: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)))),
    "leaky_relu": (lambda z: np.where(z > 0, z, z / 100), lambda z: np.where(z > 0, 1.0, 0.01)),
    "piecewise((z >= 0): 2*tanh(z), otherwise: sin(z))": (
        lambda z: np.where(z > 0, 2 * np.tanh(z), np.sin(z)),
        lambda z: np.where(z > 0, 2 * np.cosh(z) ** -2.0, np.cos(z)),
    ),
}


def block(text):
    return pt.run_text(f"ptheory 1\ninclude residual\n{text}").specialised[0]


def classification(activation, skip):
    return block(
        f"with sigma = {activation} for Residual {{ set xi = {skip}  critical  exponents G, V }}"
    ).classification


@pytest.mark.parametrize(
    ("activation", "skip", "start", "layers", "most"),
    [
        ("relu", "4/5", 1.0, (500, 1000, 2000), 200),
        ("relu", "-1/2", 1.0, (500, 1000, 2000), 100),
        ("leaky_relu", "1/2", 1.0, (500, 1000, 2000), 100),
        ("tanh", "4/5", 0.5, (2000, 4000, 8000), 8),
        ("elu", "1/2", 0.1, (1000, 2000, 4000), 30),
        ("piecewise((z >= 0): 2*tanh(z), otherwise: sin(z))", "1/2", 0.1, (2000, 4000, 8000), 60),
        ("gelu", "4/5", None, (250, 500, 1000), 150),
    ],
)
def test_the_amplitude_is_that_of_the_sum_over_layers(activation, skip, start, layers, most):
    found = classification(activation, skip)
    point = found.critical_points[-1]
    assert found.exponents["V/(nK^2)"] == 1
    amplitude, tolerance = float(found.amplitudes["V/(nK^2)"]), 0.01
    if start is None:  # the kernel stays at K*, where chi_par is one
        start, amplitude, tolerance = float(point.K_star), 5 * amplitude, 1e-7
    elif point.K_star is None:
        tolerance = 2e-6
    numbers = (float(sp.Rational(skip)), float(point.C_W), float(point.C_b), start)
    kernels, values = vertex(*FUNCTIONS[activation], *numbers, layers[-1], most)
    ratios = [values[layer - 1] / (kernels[layer - 1] ** 2 * layer) for layer in layers]
    assert abs((2 * ratios[2] - ratios[1]) / amplitude - 1) < tolerance, (ratios, amplitude)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_the_sum_over_layers_is_the_flow(activation):
    """The engine's law of total cumulance over histories, at variances that are not critical."""
    flow = pt.run_text(
        f"ptheory 1\ninclude residual\nflow Residual with sigma = {activation} {{ inputs [1]\n"
        "set C_b = 1/10, C_W = 1, xi = 7/10  depth 4  digits 8  show G, V }"
    ).flows[0]
    found = [float(flow.values[layer]["V"]["0,0,0,0"].coefficient(0)) for layer in (2, 3, 4)]
    _, values = vertex(*FUNCTIONS[activation], 0.7, 1.0, 0.1, 1.1, 4)
    assert np.allclose(found, values[1:], rtol=1e-4)


def test_smooth_activations_have_a_rational_amplitude():
    """(2/3)(1 - xi^4): 1 + xi^2 times that of depth (1 - xi^2) l."""
    for activation in ("tanh", "sin", "softsign"):
        skip = sp.Rational(3, 5)
        assert classification(activation, "3/5").amplitudes["V/(nK^2)"] == sp.Rational(2, 3) * (1 - skip**4)


def test_relu_by_the_published_average():
    """4 (1 - xi^2)^2 sum_k [f(xi^|k|) - 1/4], f the average of relu^2 relu^2; per depth (1 - xi^2) l it tends to
    12 + 4 log 2 as xi -> 1, where the recursion in K and V alone has 4."""

    def average(r):
        angle = mpmath.acos(min(r, mpmath.mpf(1)))
        both = 3 * mpmath.sin(angle) * mpmath.cos(angle) + (mpmath.pi - angle) * (1 + 2 * mpmath.cos(angle) ** 2)
        return both / (2 * mpmath.pi) - mpmath.mpf(1) / 4

    with mpmath.workdps(30):
        skip = mpmath.mpf(4) / 5
        total = average(mpmath.mpf(1)) + 2 * sum(average(skip**k) for k in range(1, 300))
        expected = 4 * (1 - skip**2) ** 2 * total
        found = classification("relu", "4/5").amplitudes["V/(nK^2)"]
        assert abs(mpmath.mpf(found) / expected - 1) < 1e-25
    near = classification("relu", "999/1000").amplitudes["V/(nK^2)"] / (1 - sp.Rational(999, 1000) ** 2)
    assert abs(float(near) - (12 + 4 * log(2))) < 0.02


def test_without_a_skip_it_is_the_plain_network():
    assert classification("tanh", "0").amplitudes["V/(nK^2)"] == sp.Rational(2, 3)
    assert abs(float(classification("relu", "0").amplitudes["V/(nK^2)"]) - 5) < 1e-20


def test_what_is_said():
    found = classification("relu", "4/5")
    assert found.evidence[-1].startswith("with this skip the depth counts as 9/25*l: V/(n*K^2) -> 12.02302967753896")
    assert found.evidence[-1].endswith("*(9/25*l)/n")
    assert classification("hard_tanh", "1/2").amplitudes["V/(nK^2)"] == sp.Rational(5, 8)  # K ~ 1/log l


def test_what_does_not_close_is_pointed_at():
    with pytest.raises(LanguageError, match="V1: for Residual, whose neurons remember their past") as refused:
        block("with sigma = tanh for Residual { set xi = 1/2  exponents V, V1 }")
    assert refused.value.span.column == 61
