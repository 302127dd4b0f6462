r"""Closed forms in the layer, V = 5 K^2 (l-1): proved by induction or by a sum over layers, refuted by a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of
from tests.reported.running import HEAD

RELU = "for MLP, inputs one, C_b = 0, C_W = 2, with sigma = relu"
LINEAR = "for MLP, inputs one, C_b = 0, C_W = 1, with sigma = linear"
TRUE = (
    f"V = 5*K^2*(l-1) {RELU}",
    f"V/(n*K^2) = 5*(l-1)/n {RELU}",
    f"V' = 5*K'^2*l {RELU}",
    f"V[l+1] = 5*K[l+1]^2*l {RELU}",
    f"Theta = (lambda_b + lambda_W*K/2)*l {RELU}",
    "V = 2*K^2*(l-1) for MLP, inputs one, C_b = 0, with sigma = linear",
    "Theta = lambda_W*K/C_W*l for MLP, inputs one, C_b = 0, lambda_b = 0, with sigma = linear",
    f"D = lambda_W*K^2*l*(l-1) {LINEAR}, lambda_b = 0",
    f"F = lambda_W*K^2*l*(l-1)/2 {LINEAR}, lambda_b = 0",
    f"B = lambda_W^2*K^2*(2*l^3 - 3*l^2 + l)/6 {LINEAR}, lambda_b = 0",
    "K*C_W^(1-l) = K/C_W^l*C_W for MLP, inputs one, C_b = 0, with sigma = linear",
    "V = 5*K^2*(l-1) for MLP, inputs one, C_b = 0, with sigma = relu",  # at any C_W
    "K = C_W^l for MLP, inputs one, C_b = 0, with sigma = linear, unit inputs",
    "K = 2*(C_W/2)^l for MLP, inputs one, C_b = 0, with sigma = relu, unit inputs",
    "V = 2*(l-1)*C_W^(2*l) for MLP, inputs one, C_b = 0, with sigma = linear, unit inputs",
    "<s>*l + l = l for MLP, inputs one, sigma odd",
    "8^(l-1)*K = 2^(3*l)/8*K for MLP, inputs one",
    "l^(l+1) = l*l^l for MLP, inputs one",
    "(-1)^(2*l) = 1 for MLP, inputs one",
    "(-1)^(2*l+1)*(-2)^(2*l) = -4^l for MLP, inputs one",
    "sqrt(2*4^l) = sqrt(2)*2^l for MLP, inputs one",
    f"V/(l-1) = 5*K^2 {RELU}",
    f"V/(l-2)^2 = 5*K^2*(l-1)/(l-2)^2 {RELU}",
    "K = C_b*(C_W^l - 1)/(C_W - 1) + C_W^l for MLP, inputs one, with sigma = linear, unit inputs",
)
FALSE = (
    f"V = 5*K^2*l {RELU}",
    f"V = 5*K^2*(l+1) {RELU}",
    f"V = 4*K^2*(l-1) {RELU}",
    f"V = 5*K^2*(l-1)*(l-1) {RELU}",
    f"V' = 5*K'^2*(l-1) {RELU}",
    f"V/(n*K^2) = 5*(l-1) {RELU}",
    f"Theta = (lambda_b + lambda_W*K)*l {RELU}",
    f"Theta = (lambda_b + lambda_W*K/2)*(l-1) {RELU}",
    "V = 3*K^2*(l-1) for MLP, inputs one, C_b = 0, with sigma = linear",
    f"B = lambda_W^2*K^2*(2*l^3 - 3*l^2 - l)/6 {LINEAR}, lambda_b = 0",
    "K = C_W^l for MLP, inputs one, C_b = 0, with sigma = linear",
    "K = C_W^(l-1) for MLP, inputs one, C_b = 0, with sigma = linear, unit inputs",
    "K = (C_W/2)^l for MLP, inputs one, C_b = 0, with sigma = relu, unit inputs",
    "l^l = l*l for MLP, inputs one",
    "(-1)^(2*l) = (-1)^l for MLP, inputs one",
    "sqrt((-2)^(2*l)) = (-2)^l for MLP, inputs one",
    "sqrt(4^l) = 4^l for MLP, inputs one",
    f"V/(l-1) = 6*K^2 {RELU}",
    f"V/(l-1) = 5*K^2*l/(l-2) {RELU}",
    "<s>*l + l = l for MLP, inputs one",
    "K^l = K*K for MLP, inputs one",
    "exp(-200*l) = 0 for MLP, inputs one",
    "sqrt(4^l) = 2^l + (-1)^l - 1 for MLP, inputs one",
    f"V = 5*K^2*sqrt((l-50)^2) {RELU}",
    f"V = 5*K^2*(l-1) + K^2*exp(-400*l) {RELU}",
    "K = C_b*(C_W^(l-1) - 1)/(C_W - 1) + C_W^l for MLP, inputs one, with sigma = linear, unit inputs",
    "K = C_W^l*K for MLP, inputs one, C_b = 0, with sigma = linear",
)


@pytest.mark.parametrize("claim", TRUE)
def test_a_true_one_is_proved(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "proved"
    assert "over the layers" in verdict["message"]


@pytest.mark.parametrize("claim", FALSE)
def test_a_false_one_is_refuted(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "refuted"
    assert verdict["counterexample"]["values"]["l"]


@pytest.mark.parametrize(
    "hidden",
    [
        f"V = 5*K^2*(l-1) + (l-1)*(l-2)*(l-3)*(l-4)*(l-5) {RELU}",
        f"V + sqrt((l-50)^2) = 5*K^2*(l-1) + 50 - l {RELU}",
        f"V + abs(l-50) = 5*K^2*(l-1) + 50 - l {RELU}",
        "tanh(200*l) = 1 for MLP, inputs one",
    ],
)
def test_what_agrees_in_every_layer_tried_is_not_proved(hidden: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, hidden)
    assert verdict["verdict"] == "undecided"


def test_the_derived_form_is_said(tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, f"V = 4*K^2*(l-1) {RELU}")
    assert verdict["corrected"] == "V = 5*l*K^2 - 5*K^2"


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("V' = V + 5*K^2*l^2 for MLP, inputs one, with sigma = relu", "layers l and l+1"),
        ("V[1,1,1,1] = l for MLP, inputs 2, with sigma = relu", "at one input"),
        (f"V = 5*K^2*(l-1) {RELU}, l = 2", "the layer is given"),
        ("V = 5*K^2*l for MLP, inputs one, with sigma = gelu, at criticality", "no number of the layer"),
        ("K = l for MLP, inputs one, at criticality", "not the same number in every layer"),
        (f"V = 5*(l-1) {RELU}, at K = 1", "the kernel is given"),
        ("V = 2*K^2*(l-1) for MLP, inputs one, C_b = 1, with sigma = linear, at fixed point", "the kernel is given"),
        ("V' = V for MLP, inputs one, unit inputs", "the first layer makes of them"),
        ("V = K^(l^2) for MLP, inputs one", "an exponent is a number"),
        ("V = l for MLP, inputs one, C_W = 1/<s'^2>, with sigma = tanh", "not the same number in every layer"),
    ],
)
def test_what_has_no_meaning_is_refused(claim: str, message: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "unreadable"
    assert message in verdict["message"]


VARYING = """architecture Varying {
    weights W[i,j] ~ Normal(0, C_W[l]/n[l-1])
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))
}
"""


def test_a_hyperparameter_of_a_layer_has_no_closed_form_in_it(tmp_path: Path) -> None:
    power, product, without = verdicts_of(
        tmp_path,
        "K = C_W[l+1]^l for Varying, inputs one, with sigma = linear, unit inputs",
        "V = 2*K^2*(l-1)*C_W[l+1] for Varying, inputs one, with sigma = linear",
        "V = 2*K^2*(l-1) for Varying, inputs one, with sigma = linear",
        head=HEAD + VARYING,
    )
    for verdict in (power, product):
        assert verdict["verdict"] == "unreadable"
        assert "another number in every layer" in verdict["message"]
    assert without["verdict"] == "proved"


def test_a_sum_of_hyperparameters_to_the_power_of_the_layer(tmp_path: Path) -> None:
    scope = "for Residual, inputs one, C_b = 0, with sigma = linear, unit inputs"
    true, false = verdicts_of(
        tmp_path,
        f"K = (C_W + xi^2)^(l-1)*C_W {scope}",
        f"K = (C_W + xi^2)^l {scope}",
        head=HEAD + "include residual\n",
    )
    assert (true["verdict"], false["verdict"]) == ("proved", "refuted")
