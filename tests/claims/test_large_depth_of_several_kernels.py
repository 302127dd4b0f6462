"""Laws at large depth of networks with several kernels: proved, or refuted with the law that is derived."""

from __future__ import annotations

import pytest

import ptheory as pt
from ptheory.claims.verdict import Verdict
from ptheory.language.errors import LanguageError
from tests.criticality.test_several_kernels import DENSE, GATED, INTERLEAVED

OF_DENSE = "for Dense, inputs one, C_R = 1/3, with sigma = tanh"
OF_RELU = "for Dense, inputs one, C_W = 1, with sigma = relu"
OF_GATE = "for Gated, inputs one, C_W = 1, with sigma = exp(-z^2/2)"
IN_TURN = "for Interleaved, inputs one, C_A = 1, with sigma = tanh, tau = relu"


def verdict(text: str, claim: str) -> Verdict:
    (found,) = pt.run_text(f'{text}claim "a law": {claim}\n').verdicts
    return found


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (DENSE, f"K ~ 2/(3*l) {OF_DENSE}"),
        (DENSE, f"V/(n*K^2) ~ 3*l/(8*n) {OF_DENSE}"),
        (DENSE, f"V ~ 1/(6*l) {OF_DENSE}"),
        (DENSE, f"V ~ 3*l*K^2/8 {OF_DENSE}".replace("inputs one", "inputs one, at criticality")),
        (DENSE, f"Theta ~ 3*l*lambda_b/8 {OF_DENSE}"),
        (DENSE, f"Theta ~ 3*l/4 {OF_DENSE}".replace("C_R = 1/3", "C_R = 1/3, lambda_b = 2")),
        (DENSE, f"D/(n*K*Theta) ~ -3*l/(32*n) {OF_DENSE}"),
        (DENSE, f"V ~ 20*K^2*l/9 {OF_RELU}"),
        (GATED, f"K_v/K_u ~ 1 {OF_GATE}"),
        (INTERLEAVED, f"V_y/(n*K_y^2) ~ 7*l/(6*n) {IN_TURN}"),
    ],
)
def test_laws_that_hold(text: str, claim: str) -> None:
    assert verdict(text, claim).kind.value == "proved", claim


@pytest.mark.parametrize(
    ("text", "claim", "derived"),
    [
        (DENSE, f"K ~ 1/(2*l) {OF_DENSE}", "K ~ 2/(3*l)"),
        (DENSE, f"V/(n*K^2) ~ 2*l/(3*n) {OF_DENSE}", "3*l/(8*n)"),  # of the plain network
        (DENSE, f"V/(n*K^2) ~ l/(2*n) {OF_DENSE}", "3*l/(8*n)"),  # with the depth that counts once
        (DENSE, f"Theta ~ l*lambda_b/2 {OF_DENSE}", "3*l*lambda_b/8"),
        (DENSE, f"V ~ 20*K*l/9 {OF_RELU}", "20*K^2*l/9"),
        (DENSE, f"V/(n*K^2) ~ 5*l/n {OF_RELU}", "20*l/(9*n)"),
        (GATED, f"K_v ~ 2/l {OF_GATE}", "K_v ~ 1/l"),
        (INTERLEAVED, f"V_y/(n*K_y^2) ~ 2*l/(3*n) {IN_TURN}", "7*l/(6*n)"),
    ],
)
def test_laws_that_do_not(text: str, claim: str, derived: str) -> None:
    found = verdict(text, claim)
    assert found.kind.value == "refuted" and found.corrected.endswith(derived), claim


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (f"K ~ 2/(3*l) + log(l)/l^2 {OF_DENSE}", "state the leading term alone"),
        (f"K ~ 3.5 {OF_RELU}".replace("relu", "gelu"), "the kernels stay above zero"),
    ],
)
def test_what_is_not_known(claim: str, reason: str) -> None:
    found = verdict(DENSE, claim)
    assert found.kind.value == "undecided" and found.reason == reason


@pytest.mark.parametrize(
    ("text", "claim", "said"),
    [
        (DENSE, f"K ~ 2/(3*l) {OF_DENSE}".replace(" C_R = 1/3,", ""), "C_W and C_R are in variances of weights"),
        (DENSE, f"K ~ 2/(3*l) {OF_DENSE}".replace(", with sigma = tanh", ""), "depends on the activation"),
        (GATED, f"K_u ~ 1/l {OF_GATE}".replace("exp(-z^2/2)", "tanh"), "no C_U > 0 makes the largest eigenvalue"),
        (INTERLEAVED, f"K_y ~ 1/l {IN_TURN}".replace("C_A = 1", "C_A = 1, C_B = 3"), "the kernels do not stay"),
    ],
)
def test_what_has_no_critical_point(text: str, claim: str, said: str) -> None:
    with pytest.raises(LanguageError, match=said):
        verdict(text, claim)
