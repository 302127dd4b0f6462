"""What a claim assumes in words: at criticality, at fixed point, at K = 1, leading order, to some digits."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of

MLP = "for MLP, inputs one"
GELU = f"{MLP}, with sigma = gelu"
TRUE = (
    f"K_star = (3+sqrt(17))/2 {GELU}",
    f"chi_par = 1 {GELU}, at criticality",
    f"chi_perp = 1 {GELU}, at criticality",
    f"C_W = 2 {MLP}, with sigma = relu, at criticality",
    f"C_b = 0 {MLP}, with sigma = relu, at criticality",
    f"V' = V + 5*K^2 {MLP}, with sigma = relu, at criticality",
    f"V = 5*K^2*(l-1) {MLP}, with sigma = relu, at criticality",
    f"K_star = 0 {MLP}, with sigma = tanh",
    f"C_W = 1 {MLP}, with sigma = tanh, at criticality",
    f"chi_par = 1 {MLP}, with sigma = tanh, at criticality",
    f"V' = C_W^2*(<s^4> - <s^2>^2) + V {MLP}, at criticality",
    f"Theta' = Theta + lambda_b + lambda_W*<s^2> {MLP}, at criticality",
    f"<s s''> = 0 {MLP}, at criticality",
    f"C_b = K - <s^2>/<s'^2> {MLP}, at criticality",
    f"K' = K_star {MLP}, at criticality",
    f"C_b = K - C_W*<s^2> {MLP}, at fixed point",
    f"K' = K {MLP}, at fixed point, sigma odd",
    f"C_W = K/<s^2> {MLP}, at fixed point, C_b = 0",
    f"<z^4> = 3 {MLP}, at K = 1",
    f"<sin(z)^2> = (1 - exp(-4))/2 {MLP}, at K = 2",
    f"G' = C_b + C_W*<s^2> {MLP}, leading order",
    f"G' = C_b + C_W*<s^2> + G1/n {MLP}, leading order",
    f"1/<sigma^2> = 2.3517 to 5 digits {GELU}, at K = 1",
    f"0.9996*K = 1.00 to 3 digits {MLP}, at K = 1",
    f"-K = -1.0 to 2 digits {MLP}, at K = 1",
    f"<z*s>_K' = K'*<s'>_K' {MLP}, at K = 1",
    f"n*(G' - K') = G1' {MLP}, leading order",
    f"n*(G' - K') = G1' {MLP}",
    f"<s^4>/K^2 = 3 {MLP}, with sigma = tanh, at criticality",
    f"K_star = 0 {GELU}, C_W = 4, C_b = 0",
    f"p_0 = 1 {GELU}",  # of K - K*
)
CHECKED = (
    f"C_W = 1.983 to 4 digits {GELU}, at criticality",
    f"C_b = 0.173 to 3 digits {GELU}, at criticality",
    f"K_star = 14.32017 to 7 digits {MLP}, with sigma = swish",
)
FALSE = (
    f"K_star = (3+sqrt(15))/2 {GELU}",
    f"chi_par = 2 {GELU}, at criticality",
    f"C_W = 1 {MLP}, with sigma = relu, at criticality",
    f"V' = V + 6*K^2 {MLP}, with sigma = relu, at criticality",
    f"K_star = 1 {MLP}, with sigma = tanh",
    f"C_W = 2 {MLP}, with sigma = tanh, at criticality",
    f"chi_par = 2 {MLP}, with sigma = tanh, at criticality",
    f"V' = C_W^2*(<s^4> - <s^2>^2) + 2*V {MLP}, at criticality",
    f"<s'' s''> = 0 {MLP}, at criticality",
    f"C_W = 1/<s'>^2 {MLP}, at criticality",
    f"C_b = K - <s^2> {MLP}, at criticality",
    f"K' = 2*K_star {MLP}, at fixed point",
    f"C_b = C_W*<s^2> - K {MLP}, at fixed point",
    f"<z^4> = 4 {MLP}, at K = 1",
    f"<sin(z)^2> = (1 - exp(-2))/2 {MLP}, at K = 2",
    f"G' = C_b + 2*C_W*<s^2> {MLP}, leading order",
    f"C_W = 1.982 to 4 digits {GELU}, at criticality",
    f"1/<sigma^2> = 2.3515 to 5 digits {GELU}, at K = 1",
    f"1/<sigma^2> = 2.3516 to 5 digits {GELU}, at K = 1",
    f"0.9994*K = 1.00 to 3 digits {MLP}, at K = 1",
    f"-99.94*K = -100 to 3 digits {MLP}, at K = 1",
    f"-K = 1.0 to 2 digits {MLP}, at K = 1",
    f"<z^2>_K' = 1 {MLP}, at K = 1",
    f"<z*s>_K' = <s'>_K' {MLP}, at K = 1",
    f"(G' - K')*n = 0 {MLP}, leading order",
    f"n*(G' - K') = 2*G1' {MLP}",
    f"abs(C_b) = -C_b {MLP}, at fixed point",
    f"C_W = 3 {GELU}, at criticality",  # true of neither critical point
    f"K' = K + 1/10^30 {GELU}, at criticality",
    f"K' = C_b + C_W {MLP}, C_b = C_W - 3",
)
UNDECIDED = (
    f"<s^2> = 5*K {MLP}, with sigma = tanh, at criticality",  # both sides vanish
    f"V' = V + K {MLP}, with sigma = tanh, at criticality",  # V vanishes as K^2
    f"chi_par = 1 + 7*K {MLP}, with sigma = tanh, at criticality",  # what is added vanishes
    f"chi_par = cos(K) {MLP}, with sigma = tanh, at criticality",
    f"p_0 + K = 1 {MLP}, with sigma = tanh",
    f"abs(C_b) = C_b {MLP}, at fixed point",  # of no network is it negative
    f"C_W = 4 {GELU}, at criticality",  # at the other critical point
    f"K_star = 0 {GELU}",
)
REFUSED = (
    (f"V' = V {MLP}, C_W = 2, at criticality", "criticality determines C_W"),
    (f"V' = V {MLP}, at K = 1, at criticality", "its own kernel"),
    (f"V' = V {MLP}, at fixed point, at criticality", "is a fixed point"),
    (f"V' = V {MLP}, at V = 1", "what is given after `at` is the kernel"),
    (f"V' = V {MLP}, at K = -1", "a positive number"),
    (f"V' = V {MLP}, C_b = 0, C_W = 1, at fixed point", "no variance is left"),
    ("V[1,1,1,1] = V[1,1,1,1] for MLP, inputs 2, at criticality", "at one input"),
    (f"chi_par = 1 {GELU}, C_b = 3, at criticality", "no critical point"),
    (f"C_W = 1.983 to 4 digits {GELU}", "is free"),
    (f"C_W = V to 4 digits {GELU}, at criticality", "is a number"),
    (f"C_W = 1.9834 to 4 digits {GELU}, at criticality", "more than 4 significant digits"),
    (f"<z^4> = 3.4 to 1 digits {MLP}, at K = 1", "more than 1 significant digit"),
    (f"2/3*K = 2/3 to 3 digits {MLP}, at K = 1", "more than 3 significant digits"),
    (f"K' = C_b + C_W*<s^2> {MLP}, C_b = -1", "not negative"),
    (f"sqrt(G) = sqrt(K) + G1/(2*sqrt(K)*n) {MLP}", "a series in 1/n in an argument"),
    (f"n*G' = n*K' {MLP}", "a series in 1/n times n"),
    (f"C_W = 2 to 40 digits {GELU}, at criticality", "more than"),
)


@pytest.mark.parametrize("claim", TRUE)
def test_a_true_one_is_proved(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "proved"


@pytest.mark.parametrize("claim", CHECKED)
def test_what_rests_on_a_number_is_checked(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "checked"
    assert verdict["digits"] >= 3


@pytest.mark.parametrize("claim", FALSE)
def test_a_false_one_is_refuted(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "refuted"
    assert verdict["counterexample"]["left"]["value"] != verdict["counterexample"]["right"]["value"]


@pytest.mark.parametrize("claim", UNDECIDED)
def test_what_is_not_said_by_one_point_or_a_limit(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "undecided"


@pytest.mark.parametrize(("claim", "message"), REFUSED)
def test_what_cannot_be_assumed_is_refused(claim: str, message: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim)
    assert verdict["verdict"] == "unreadable"
    assert message in verdict["message"]


def test_the_verdict_says_which_critical_point(tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, f"chi_par = 1 {GELU}, at criticality")
    assert "one of 2 critical points" in verdict["message"]


def test_a_counterexample_is_a_network(tmp_path: Path) -> None:
    """C_b = K - C_W <s^2> is no variance where it is negative."""
    (verdict,) = verdicts_of(tmp_path, f"K' = 2*C_b {MLP}, at fixed point")
    values = verdict["counterexample"]["values"]
    assert float(Fraction(verdict["counterexample"]["right"]["value"])) >= 0, values


def test_the_verdict_names_the_critical_point_where_a_claim_is_true(tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, f"C_W = 4 {GELU}, at criticality")
    assert "K* = 0" in verdict["reason"]
