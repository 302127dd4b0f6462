"""Critical points and exponents beyond the plain network: residual weights against iteration, gates."""

import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.activations import lookup
from ptheory.criticality.analysed import classify
from ptheory.language.errors import LanguageError
from ptheory.language.parser import parse_text
from ptheory.networks.program import check_file
from ptheory.session.systems import Systems
from tests.criticality.iterated import GRID, WEIGHT, softsign_jets, tanh_jets

R = sp.Rational
PROGRAM = "ptheory 1\ninclude residual\ninclude observables\n"


def residual(name, xi):
    systems = Systems(check_file(parse_text(PROGRAM, "<residual>")))
    system, names = systems.system("Residual"), systems.names("Residual")
    return classify(system, names, ("Theta",), {"sigma": lookup(name)}, name, {"xi": xi})


def iterated(jets, xi, weight, kernel, layers):
    """K, a perpendicular perturbation and Theta (lambda_b = 1, lambda_W = 0) of z' = xi z + W sigma(z)."""
    eps, theta, found = 1.0, 0.0, {}
    for layer in range(1, max(layers) + 1):
        if layer in layers:
            found[layer] = np.array([kernel, eps, theta])
        s0, s1 = jets(np.sqrt(kernel) * GRID)[:2]
        factor = xi**2 + weight * float(WEIGHT @ s1**2)
        kernel = xi**2 * kernel + weight * float(WEIGHT @ s0**2)
        eps, theta = factor * eps, 1 + factor * theta
    return found


@pytest.mark.parametrize(
    ("name", "jets", "xi", "k_power", "scale"),
    [
        ("tanh", tanh_jets, R(1, 2), 1, 1 / (2 * R(3, 4))),
        ("tanh", tanh_jets, R(9, 10), 1, 1 / (2 * R(19, 100))),
        ("softsign", softsign_jets, R(1, 2), 2, sp.pi / 8 / R(3, 4) ** 2),
    ],
)
def test_the_residual_weight_rescales_depth_and_keeps_the_exponents(name, jets, xi, k_power, scale):
    found = residual(name, xi)
    (point,) = found.critical_points
    assert (point.C_b, point.C_W, point.stability) == (0, 1 - xi**2, "stable")
    plain = pt.classify(name)
    assert {k: found.exponents[k] for k in ("p_0", "p_par", "p_perp")} == {
        k: plain.exponents[k] for k in ("p_0", "p_par", "p_perp")
    }
    assert sp.simplify(found.amplitudes["K"] - scale) == 0 and found.exponents["p_0"] == k_power
    layers = (4000, 8000)
    numbers = iterated(jets, float(xi), float(1 - xi**2), 0.1, layers)
    kernel = [numbers[layer][0] * layer**k_power / float(scale) for layer in layers]
    assert abs(2 * kernel[1] - kernel[0] - 1) < 0.01
    decay = np.log2(numbers[layers[0]][1] / numbers[layers[1]][1])
    assert abs(decay - float(found.exponents["p_perp"])) < 0.01
    theta = next(g for g in found.tower[0].growths if g.name == "Theta")
    assert theta.power == 1
    slope = (numbers[layers[1]][2] - numbers[layers[0]][2]) / (layers[1] - layers[0])
    assert abs(slope / float(theta.amplitude.subs({s: 1 for s in theta.amplitude.free_symbols})) - 1) < 0.01


def test_no_critical_point_at_residual_weight_one():
    found = residual("tanh", R(1))
    assert found.label == "none" and any("it would need C_W = 0" in line for line in found.evidence)


def test_what_does_not_close_with_a_skip_is_refused_not_guessed():
    text = PROGRAM + "with sigma = tanh { set xi = 1/2; exponents G, V, D1 }\n"
    with pytest.raises(LanguageError, match=r"D1: for Residual, .* does not close"):
        pt.run_text(text)


def test_a_gated_network_says_why_it_is_undecided():
    """<tanh(u)²> K vanishes faster than K: no weights keep a small kernel."""
    report = str(pt.run_text("ptheory 1\ninclude gated\nwith sigma = tanh { set C_W = 1 critical }\n").report)
    assert "undecided" in report and "no C_U > 0 makes the largest eigenvalue of the kernels near zero one" in report


def test_a_gate_within_one_field():
    """z' = b + W sigma(z), the gate sigma(z) = z^2 tanh(z)... written in the layer equation: one kernel, one class."""
    text = (
        "ptheory 1\narchitecture Gate {\n weights W[i,j] ~ Normal(0, C_W/n)\n biases b[i] ~ Normal(0, C_b)\n"
        " first z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])\n"
        " layer z[i;a] = b[i] + sum(j, W[i,j]*z[j;a]*sigma(z[j;a]))\n}\n"
        "define G by E[z1 z2]_c = d12 G[1,2]\nwith sigma = sigmoid { critical }\n"
    )
    report = str(pt.run_text(text).report)
    assert "14.3201736180257988" in report  # z sigmoid(z) is swish
