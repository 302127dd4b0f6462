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
)
REFUSED = (
    (f"<sin(z)^2> = K - K^2 + O(K^2) {MLP}", "a term beyond O(K^2) is written"),
    (f"<sin(z)^2> = K - K^2 + O(V) {MLP}", "a power of the kernel"),
    (f"<sin(z)^2> = K + O(K^2) + O(K^3) {MLP}", "two orders"),
    (f"<sin(z)^2> = K + O(K^99) {MLP}", "up to 12"),
    (f"<sin(z)^2> = sqrt(K + O(K^2)) {MLP}", "what is this order of?"),
    ("<sin(z1)*sin(z2)> = K[1,2] + O(K^2) for MLP, inputs 2", "an order"),
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


@pytest.mark.parametrize(("claim", "message"), REFUSED)
def test_what_would_not_be_looked_at_is_refused(claim: str, message: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "unreadable"
    assert message in verdict["message"]
