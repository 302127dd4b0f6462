"""Expansions at small kernels: + O(K^m) compares every power below m, and nothing that is written is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of

MLP = "for MLP, inputs one"
TRUE = (
    f"<sin(z)^2> = K - K^2 + 2/3*K^3 + O(K^4) {MLP}",
    f"<sin(z)^2> = K + O(K^2) {MLP}",
    f"chi_perp = C_W*(1 - K + O(K^2)) {MLP}, with sigma = sin",
    f"chi_perp - C_W = -C_W*K + O(K^2) {MLP}, with sigma = sin",
    f"K' = C_b + C_W*K*(1 - 2*K + 17/3*K^2 + O(K^3)) {MLP}, with sigma = tanh",
    f"chi_par = 1 - 4*K + O(K^2) {MLP}, with sigma = tanh, at criticality",
    f"<s^2> = s(0)^2 + K*(s'(0)^2 + s(0)*s''(0)) + O(K^2) {MLP}",
    f"<s'^2> = s'(0)^2 + K*(s''(0)^2 + s'(0)*s'''(0)) + O(K^2) {MLP}",
    f"exp(K) = 1 + K + K^2/2 + O(K^3) {MLP}",
    f"log(1 + K) = K - K^2/2 + O(K^3) {MLP}",
    f"sqrt(1 + K) = 1 + K/2 + O(K^2) {MLP}",
    f"<max(0, z)> = sqrt(K/(2*pi)) + O(K^2) {MLP}",
    f"K*log(K) = O(K^(1/2)) {MLP}",
    f"<s^2>/K = s'(0)^2 + O(K) {MLP}, sigma odd",
    f"<s^2> = s(0)^2 + K*s(0)*s''(0) + O(K^2) {MLP}, sigma even",
    f"s(0)*K = O(K^5) {MLP}, sigma odd",
    f"abs(K - 1) = 1 - K + O(K^2) {MLP}",
    f"abs(K*log(K)) = -K*log(K) + O(K^2) {MLP}",
    f"asin(sqrt(K)) = sqrt(K) + O(K) {MLP}",
    f"log(C_W*K) = log(C_W) + log(K) + O(K) {MLP}",
    f"V' = V*(1 - 8*K + O(K^2)) {MLP}, with sigma = tanh, C_W = 1".replace("V' = V*", "chi_par^2 = ") + ", C_b = 0",
)
FALSE = (
    f"<sin(z)^2> = K - K^2 + 1/3*K^3 + O(K^4) {MLP}",
    f"<sin(z)^2> = K - K^2 + O(K^4) {MLP}",
    f"<sin(z)^2> = K + K^2 + O(K^3) {MLP}",
    f"chi_perp = C_W*(1 - 2*K + O(K^2)) {MLP}, with sigma = sin",
    f"K' = C_b + C_W*K*(1 - 2*K + 16/3*K^2 + O(K^3)) {MLP}, with sigma = tanh",
    f"chi_par = 1 - 2*K + O(K^2) {MLP}, with sigma = tanh, at criticality",
    f"<s^2> = s(0)^2 + K*(s'(0)^2 + 2*s(0)*s''(0)) + O(K^2) {MLP}",
    f"<s^2> = s(0)^2 + K*s'(0)^2 + O(K^2) {MLP}",
    f"exp(K) = 1 + 2*K + O(K^2) {MLP}",
    f"<max(0, z)> = sqrt(K/pi) + O(K^2) {MLP}",
    f"<max(0, z)> = O(K) {MLP}",
    f"K*log(K) = O(K) {MLP}",
    f"<s^2>/K = s'(0)^2 + O(K) {MLP}",
    f"<s^2>/K = s''(0)^2 + O(K) {MLP}, sigma odd",
    f"<s^2> = s(0)^2 + O(K^2) {MLP}, sigma even",
    f"s'(0)*K = O(K^5) {MLP}, sigma odd",
    f"abs(K - 1) = K - 1 + O(K^2) {MLP}",
    f"asin(sqrt(K)) = sqrt(2*K) + O(K) {MLP}",
    f"sqrt(V^2*K) = V*sqrt(K) + O(K) {MLP}",
)
UNDECIDED = (
    f"log(V^2*K) = 2*log(V) + log(K) + O(K) {MLP}",  # V < 0
    f"acosh(1 + K) = sqrt(2*K) + O(K) {MLP}",
    f"exp(-1/K) = 1 + O(K) {MLP}",
)
REFUSED = (
    (f"<sin(z)^2> = K - K^2 + O(K^2) {MLP}", "a term beyond O(K^2) is written"),
    (f"<sin(z)^2> = K - K^2 + O(V) {MLP}", "a power of the kernel"),
    (f"<sin(z)^2> = K + O(K^2) + O(K^3) {MLP}", "two orders"),
    (f"<sin(z)^2> = K + O(K^99) {MLP}", "up to 12"),
    (f"<sin(z)^2> = sqrt(K + O(K^2)) {MLP}", "what is this order of?"),
    ("<sin(z1)*sin(z2)> = K[1,2] + O(K^2) for MLP, inputs 2", "an order"),
    (f"<sin(z)^2> = K*(1 - K + 77*K^2 + O(K^2)) {MLP}", "a term beyond O(K^3) is written"),
    (f"<sin(z)^2> = 2*(K/2 + 5*K^3) + O(K^2) {MLP}", "a term beyond O(K^2) is written"),
    (f"<sin(z)^2> = (K^2 + 5*K^4)/K + O(K^2) {MLP}", "a term beyond O(K^2) is written"),
    (f"1/K + 5 = (1/K + O(K))*(1 + O(K)) {MLP}", "orders in two factors"),
    (f"<sin(z)^2> = K - K^2 + 0*O(K^3) {MLP}", "an order times zero"),
    (f"<sin(z)^2> = K + O(K^2) {MLP}, at K = 1", "an order as K -> 0"),
    (f"<s^2> = s(1)^2 + O(K) {MLP}", "its value at zero"),
)


@pytest.mark.parametrize("claim", TRUE)
def test_a_true_one_is_proved(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "proved"
    assert "as K -> 0" in verdict["message"]


@pytest.mark.parametrize("claim", FALSE)
def test_a_false_one_is_refuted_at_the_power_that_differs(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "refuted"
    assert "derived" in verdict["correction"]
    assert verdict["counterexample"]["left"] != verdict["counterexample"]["right"]


@pytest.mark.parametrize("claim", UNDECIDED)
def test_without_a_series_nothing_is_said(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "undecided"


def test_tensors_are_called_as_they_are_declared(tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, f"V' = C_W^2*V*(1 - 8*K) + O(K^2) {MLP}, with sigma = sin")
    assert verdict["correction"] == "the coefficient of K: yours -8*C_W^2*V, derived -4*C_W^2*V"


def test_a_series_in_one_over_n_is_said_to_be_cut_off(tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, f"G' = C_b + C_W*K + O(K^2) {MLP}, with sigma = sin")
    assert "at leading order in 1/n" in verdict["message"]


@pytest.mark.parametrize(("claim", "message"), REFUSED)
def test_what_would_not_be_looked_at_is_refused(claim: str, message: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "unreadable"
    assert message in verdict["message"]
