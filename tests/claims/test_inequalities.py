"""Inequalities: proved where the difference is positive term by term, refuted at a point, else undecided."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of, verdicts_of_latex

ONE = "for MLP, inputs one"
PROVED = (
    f"(<s^4> >= <s^2>^2) {ONE}",
    f"(<s>^2 <= <s^2>) {ONE}",
    f"(chi_perp >= 0) {ONE}",
    f"(0 <= chi_perp) {ONE}",
    f"(V' >= chi_par^2*V) {ONE}",
    f"(K' >= C_b) {ONE}",
    f"(Theta' >= lambda_b) {ONE}",
    f"(K' >= C_b) {ONE}, with sigma = relu",
    f"(K > 0) {ONE}",
    f"(1 + K^2 > 1) {ONE}",
)
REFUTED = (
    f"(<s^4> <= <s^2>^2) {ONE}",
    f"(chi_par >= 0) {ONE}",
    f"(V' <= chi_par^2*V) {ONE}",
    f"(chi_perp < chi_par) {ONE}",
    f"(chi_perp > chi_par) {ONE}",
    f"(K' <= C_b) {ONE}, with sigma = relu",
    f"(K < K) {ONE}",
    f"(<s> >= 0) {ONE}",
)
UNDECIDED = (f"(K < 10^9) {ONE}", f"(D' >= 0) {ONE}", f"(chi_perp <= 1) {ONE}, C_W = 1, with sigma = tanh")


@pytest.mark.parametrize("claim", PROVED)
def test_a_true_one_is_proved(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "proved"


@pytest.mark.parametrize("claim", REFUTED)
def test_a_false_one_is_refuted(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "refuted" and verdict["counterexample"]


@pytest.mark.parametrize("claim", UNDECIDED)
def test_points_alone_prove_nothing(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "undecided"


def test_in_latex(tmp_path: Path) -> None:
    assert verdicts_of_latex(tmp_path, r"0 \leq \chi_\perp", ONE)["verdict"] == "proved"
    variance = r"\langle\sigma^2\rangle \geqslant \langle\sigma\rangle^2"
    assert verdicts_of_latex(tmp_path, variance, ONE)["verdict"] == "proved"
    assert verdicts_of_latex(tmp_path, r"\chi_\perp < \chi_\parallel", ONE)["verdict"] == "refuted"


def test_one_side_alone_is_no_claim(tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, f"chi_perp {ONE}")
    assert verdict["verdict"] == "unreadable" and "two sides" in verdict["message"]
