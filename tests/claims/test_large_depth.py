"""Claims at large depth, K ~ 1/(2*l): by expansions in 1/l, and by iterating the recursion; exponents by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of

TANH = "for MLP, inputs one, with sigma = tanh"
RELU = "for MLP, inputs one, with sigma = relu"
GELU = "for MLP, inputs one, with sigma = gelu"
TRUE = (
    f"K ~ 1/(2*l) {TANH}, at criticality",
    f"K = 1/(2*l) {TANH}, large l",
    "K ~ 1/(2*l) for MLP, inputs one, C_b = 0, C_W = 1, with sigma = tanh",
    f"K ~ 1/(2*l) + 5*log(l)/(24*l^2) {TANH}",
    "K ~ 1/l for MLP, inputs one, with sigma = sin",
    f"V/(n*K^2) ~ 2*l/(3*n) {TANH}",
    f"chi_perp - 1 ~ -1/l {TANH}",
    f"1 - chi_par ~ 2/l {TANH}",
    f"Theta ~ lambda_b*l/2 {TANH}",
    f"V ~ 5*K^2*l {RELU}",
    f"V/(n*K^2) ~ 5*l/n {RELU}",
    f"Theta ~ (lambda_b + lambda_W*K/2)*l {RELU}",
    f"K ~ K_star {GELU}",
    "K ~ 1/l - log(l)/(3*l^2) for MLP, inputs one, with sigma = sin",
    "K ~ (1 - log(l)/(3*l))/l for MLP, inputs one, with sigma = sin",
    f"1/(2*l) + 5*log(l)/(24*l^2) ~ K {TANH}",
    f"1/(2*K) ~ l - 5*log(l)/12 {TANH}",
    f"Theta ~ l {TANH}, lambda_b = 2",
    f"Theta ~ (1/3 + K/2)*l {RELU}, lambda_W = 1, lambda_b = 1/3",
    f"p_0 = 1 {TANH}",
    f"p_par = 2 {TANH}",
    f"p_perp = 1 {TANH}",
    f"p_0 = 0 {RELU}",
)
FALSE = (
    f"K ~ 1/l {TANH}, at criticality",
    f"K ~ 1/(2*l^2) {TANH}",
    f"K ~ log(l)/(2*l) {TANH}",
    f"K ~ 1/(2*l) - 5*log(l)/(24*l^2) {TANH}",
    f"K ~ 1/(2*l) + 5*log(l)/(12*l^2) {TANH}",
    "K ~ 1/(2*l) for MLP, inputs one, with sigma = sin",
    f"V/(n*K^2) ~ l/(3*n) {TANH}",
    f"V/(n*K^2) ~ 2*l/3 {TANH}",
    f"1 - chi_par ~ 1/l {TANH}",
    f"Theta ~ lambda_b*l {TANH}",
    f"V ~ 4*K^2*l {RELU}",
    f"Theta ~ (lambda_b + lambda_W*K)*l {RELU}",
    "K ~ 1/l - log(l)/(2*l^2) for MLP, inputs one, with sigma = sin",
    f"K ~ 0.505/l {TANH}",
    f"1/(2*l) + 77/l^2 ~ K {TANH}",
    f"K ~ 1 {RELU}",
    f"V ~ 5*K*l {RELU}",
    f"V ~ 5.001*K^2*l {RELU}",
    f"Theta ~ lambda_W*l/2 {TANH}",
    f"Theta ~ 2*l {TANH}, lambda_b = 2",
    f"Theta ~ (lambda_W + lambda_b*K/2)*l {RELU}",
    f"p_0 = 2 {TANH}",
    f"p_perp = 2 {TANH}",
)
UNDECIDED = (
    "K ~ (1 - log(l)/(2*l))/l for MLP, inputs one, with sigma = sin",  # the second term is wrong
    f"K ~ 1/(2*l + 7) {TANH}",
    f"V ~ 5*K^2*(l-2) {RELU}",
    f"K ~ 0 {TANH}",
    "K ~ 1/l for MLP, inputs one, with sigma = z + z^3",  # runs away
)
REFUSED = (
    (f"K ~ 1/(2*l) {TANH}, l = 3", "the layer is given"),
    (f"K ~ 1/(2*l) {TANH}, unit inputs", "for any inputs"),
    ("K ~ 1/(2*l) for MLP, inputs one", "depends on the activation"),
    ("p_0 = 1 for MLP, inputs one", "depend on the activation"),
    ("K[1,2] ~ 1/l for MLP, inputs 2, with sigma = tanh", "at one input"),
    ("K ~ 1/(2*l) for MLP, inputs one, C_b = 0, C_W = 2, with sigma = tanh", "no critical point"),
)


@pytest.mark.parametrize("claim", TRUE)
def test_a_true_one_is_proved(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "proved"
    assert "at criticality" in verdict["message"]


@pytest.mark.parametrize("claim", FALSE)
def test_a_false_one_is_refuted(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "refuted"
    assert verdict["counterexample"]["left"] != verdict["counterexample"]["right"]


@pytest.mark.parametrize("claim", UNDECIDED)
def test_what_was_not_shown_is_undecided(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "undecided"
    assert "mistake in the engine" not in verdict["reason"]


@pytest.mark.parametrize(("claim", "message"), REFUSED)
def test_what_is_not_determined_is_refused(claim: str, message: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "unreadable"
    assert message in verdict["message"]


def test_the_derived_law_is_said(tmp_path: Path) -> None:
    first, second = verdicts_of(tmp_path, f"K ~ 1/l {TANH}", f"K ~ 1/(2*l) - 5*log(l)/(24*l^2) {TANH}")
    assert first["corrected"] == "K ~ 1/(2*l)"
    assert second["corrected"] == "K ~ 1/(2*l) + 5*log(l)/(24*l^2)"
