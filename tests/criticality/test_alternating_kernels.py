"""Layers of several kinds in turn: what differs from one to the next, and fields that die out beside those that stay.

Kernels of u = W exp(-w²/2) y, y = B τ(w) in the layer below are iterated by hand: K_w' = 2 K_y (1 + 2 K_w)^(-1/2), and
K_y' = <τ²>/2. With K_w = x + d and 2 K_y = x - d, d turns its sign in every layer.
"""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import ptheory as pt
from ptheory.criticality.universality import Classification
from ptheory.results.specialisation import Specialisation

GATED_IN_TURN = """ptheory 1
architecture InTurn {
    weights A[i,j] ~ Normal(0, C_A/n)   rate lambda_A/n
    weights B[i,j] ~ Normal(0, C_B/n)   rate lambda_B/n
    first   w[i;a] = sum(k, A[i,k]*x[k;a])
    first   y[i;a] = sum(k, B[i,k]*x[k;a])
    layer   w[i;a] = sum(j, A[i,j]*sigma(w[j;a])*y[j;a])
    layer   y[i;a] = sum(j, B[i,j]*tau(w[j;a]))
}
define G_w by E[w1 w2]_c = d12 G_w[1,2]
define G_y by E[y1 y2]_c = d12 G_y[1,2]
"""
OF_THREE = """ptheory 1
architecture OfThree {
    weights A[i,j] ~ Normal(0, C_A/n)   rate lambda_A/n
    weights B[i,j] ~ Normal(0, C_B/n)   rate lambda_B/n
    weights D[i,j] ~ Normal(0, C_D/n)   rate lambda_D/n
    first   y[i;a] = sum(k, A[i,k]*x[k;a])
    first   w[i;a] = sum(k, B[i,k]*x[k;a])
    first   z[i;a] = sum(k, D[i,k]*x[k;a])
    layer   y[i;a] = 2*sum(j, A[i,j]*sigma(z[j;a]))
    layer   w[i;a] = sum(j, B[i,j]*tau(y[j;a]))
    layer   z[i;a] = sum(j, D[i,j]*rho(w[j;a]))
}
define G_y by E[y1 y2]_c = d12 G_y[1,2]
define V_y by E[y1 y2 y3 y4]_c = (d12 d34 V_y[1,2,3,4] + d13 d24 V_y[1,3,2,4] + d14 d23 V_y[1,4,2,3]) / n
"""
BESIDE = """ptheory 1
architecture Beside {
    weights A[i,j] ~ Normal(0, C_A/n)   rate lambda_A/n
    weights B[i,j] ~ Normal(0, C_B/n)   rate lambda_B/n
    first   y[i;a] = sum(k, A[i,k]*x[k;a])
    first   w[i;a] = sum(k, B[i,k]*x[k;a])
    layer   y[i;a] = sum(j, A[i,j]*sigma(y[j;a]))
    layer   w[i;a] = sum(j, B[i,j]*tau(w[j;a]))
}
define G_y by E[y1 y2]_c = d12 G_y[1,2]
define G_w by E[w1 w2]_c = d12 G_w[1,2]
observable H_w[1,2] = sum(mu, rate(mu)*d(w1,mu)*d(w2,mu))
define Theta_w by E[H_w12] = d12 Theta_w[1,2]
define V_w by E[w1 w2 w3 w4]_c = (d12 d34 V_w[1,2,3,4] + d13 d24 V_w[1,3,2,4] + d14 d23 V_w[1,4,2,3]) / n
"""
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def specialised(text: str, block: str) -> tuple[Specialisation, str]:
    result = pt.run_text(f"{text}{block}\n")
    return result.specialised[0], " ".join(str(result.report).split())


def in_turn(tau: str, depth: int) -> tuple[float, float]:
    """K_w and K_y by hand, of a network that starts with 2 K_y a third smaller than K_w."""
    w, y = 0.03, 0.01
    for _ in range(depth):
        square = w if tau == "z" else float(WEIGHTS @ np.tanh(np.sqrt(w) * NODES) ** 2)
        w, y = 2 * y / np.sqrt(1 + 2 * w), square / 2
    return w, y


def test_kernels_that_stay_larger_and_smaller_in_turn_have_no_common_law() -> None:
    """For τ = z a pair of layers changes x + d by -x² + d²: one of the two dies out, the other stays."""
    found, report = specialised(GATED_IN_TURN, "with sigma = exp(-z^2/2), tau = z { set C_B = 1/2 critical }")
    assert found.classification is None and "kernels that are larger and smaller in turn stay so" in report
    w, y = in_turn("z", 20_000)
    assert max(w, 2 * y) > 5e-3 and min(w, 2 * y) < 1e-20  # neither is (l/2)^-1 = 1e-4


def test_kernels_whose_difference_dies_out_have_the_law_of_the_curve() -> None:
    """For τ = tanh, x' = x - (3/2) x² and |d|' = (1 - 2x) |d|: d ~ x^(4/3)."""
    found, _ = specialised(
        GATED_IN_TURN, "with sigma = exp(-z^2/2), tau = tanh { set C_B = 1/2 critical exponents G_y }"
    )
    assert isinstance(found.classification, Classification)
    growths = {growth.name: (growth.power, growth.amplitude) for growth in found.classification.tower[0].growths}
    assert growths["K_w"] == (-1, sp.Rational(2, 3)) and growths["K_y"] == (-1, sp.Rational(1, 3))
    depths = (20_000, 160_000)
    off = [abs(depth * np.mean(in_turn("tanh", depth) * np.array([1, 2])) - 2 / 3) for depth in depths]
    apart = [abs(w - 2 * y) / (w + 2 * y) for w, y in (in_turn("tanh", depth) for depth in depths)]
    assert off[1] < off[0] < 0.01
    assert apart[0] / apart[1] == pytest.approx(8 ** (1 / 3), rel=0.05)


def test_three_kinds_of_layers_are_compared_three_layers_apart() -> None:
    block = "with sigma = tanh, tau = sin, rho = z + z^2/3 { set C_A = 1/2, C_D = 1 critical exponents V_y, G_y1"
    (verdict,) = pt.run_text(f"{OF_THREE}{block} check by iteration depth 20000 }}\n").verdicts
    assert verdict.kind.value == "checked" and verdict.digits is not None and verdict.digits >= 7


def test_a_line_of_kernels_in_turn_is_not_all_there_is() -> None:
    text = GATED_IN_TURN.replace("sigma(w[j;a])*y", "y")
    found, _ = specialised(text, "with tau = z { set C_B = 1/2 critical }")
    assert isinstance(found.classification, Classification) and found.classification.label == "scale-invariant"
    assert "kernels that start off the line are as far off it again 2 layers later" in found.classification.evidence


@pytest.mark.parametrize("tau", ["tanh", "z"])
def test_a_field_that_dies_out_is_iterated_beside_one_that_stays(tau: str) -> None:
    """No tensor of it is zero, or known by cancelling terms: it is gone faster than any power, exact series or not."""
    block = f"with sigma = tanh, tau = {tau} {{ set C_B = 1/2, C_A = 1 critical exponents G_y, V_w, G_w1, Theta_w"
    result = pt.run_text(f"{BESIDE}{block} check by iteration depth 4000 }}\n")
    (found,), (verdict,) = result.specialised, result.verdicts
    assert isinstance(found.classification, Classification) and verdict.kind.value == "checked"
    scheme = found.classification.tower[0]
    gone = {"K_w", "V_w", "G_w1", "Theta_w"}
    assert not gone & {growth.tensor for growth in scheme.growths}
    assert {scheme.failures[name] for name in gone} == {
        "it shrinks faster than every power of the depth that was computed"
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "C_A = 1/2",
            "at C_B = 1 near zero K_y shrinks exponentially while another kernel stays: declare the field of",
        ),
        ("C_A = 1/2, C_B = 1", "undecided: near zero K_y shrinks exponentially while another kernel stays: declare"),
    ],
)
def test_the_first_field_is_one_that_stays(given: str, said: str) -> None:
    found, report = specialised(BESIDE, f"with sigma = tanh, tau = tanh {{ set {given} critical }}")
    assert found.classification is None and said in report


def test_a_field_that_is_there_at_the_next_order_alone_shifts_the_kernel_of_another() -> None:
    """By hand: K = 1/(2l) and G1' = (1 - 2/l) G1 + (C_R - 2/3)/(2l), so G1 -> C_R/4 - 1/6."""
    text = """ptheory 1
architecture Net {
    weights W[i,j] ~ Normal(0, C_W/n)     rate lambda_W/n
    weights R[i,j] ~ Normal(0, C_R/n^2)   rate lambda_R/n
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    first   v[i;a] = sum(k, R[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a])) + v[i;a]
    layer   v[i;a] = sum(j, R[i,j]*sigma(z[j;a]))
}
define G_z by E[z1 z2]_c = d12 G_z[1,2]
define G_v by E[v1 v2]_c = d12 G_v[1,2]
define V_z by E[z1 z2 z3 z4]_c = (d12 d34 V_z[1,2,3,4] + d13 d24 V_z[1,3,2,4] + d14 d23 V_z[1,4,2,3]) / n
"""
    block = "with sigma = tanh { set C_R = 1/3 critical exponents V_z, G_v1, G_z1 check by iteration depth 4000 }"
    result = pt.run_text(f"{text}{block}\n")
    (found,), (verdict,) = result.specialised, result.verdicts
    assert isinstance(found.classification, Classification) and verdict.kind.value == "checked"
    growths = {growth.name: (growth.power, growth.amplitude) for growth in found.classification.tower[0].growths}
    assert growths["G_z1"] == (0, sp.Rational(-1, 12)) and growths["G_v1"] == (-1, sp.Rational(1, 6))


def test_a_line_that_drives_what_is_no_multiple_of_it_is_not_followed() -> None:
    text = BESIDE.replace("sum(j, B[i,j]*tau(w[j;a]))", "sum(j, B[i,j]*tau(y[j;a]))")
    found, report = specialised(text, "with sigma = relu, tau = z + z^2/3 { set C_B = 1/2 critical }")
    assert (
        found.classification is None and "K_y stays what it is near zero while another kernel is no multiple" in report
    )
