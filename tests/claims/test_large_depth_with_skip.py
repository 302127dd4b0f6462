"""Claims at large depth about networks with a skip, whose tensors of four fields are known there alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy as sp

import ptheory as pt
from ptheory.claims.kinds.regimes import _searched
from ptheory.claims.verdict import Kind
from ptheory.criticality.between_layers import _SumOfPowers
from tests.claims.setting import verdicts_of, verdicts_of_latex

HEAD = "ptheory 1\ninclude residual\ninclude observables\n"
TANH = "for Residual, inputs one, xi = 1/2, with sigma = tanh"
RELU = "for Residual, inputs one, xi = 4/5, with sigma = relu"
GELU = "for Residual, inputs one, xi = 4/5, at K = K_star, with sigma = gelu"
OPEN = "for Residual, inputs one, with sigma = tanh"
TRUE = (
    f"V/(n*K^2) ~ (5/8)*l/n {TANH}",
    f"V = (5/8)*K^2*l {TANH}, large l",
    f"V ~ (5/18)/l {TANH}",  # K -> 2/(3 l)
    f"F/(n*K*Theta) ~ (3/16)*l/n {TANH}",
    f"D/(n*K*Theta) ~ -(5/32)*l/n {TANH}",
    f"K*T/(n*Theta^3) ~ (1/112)*l/n {TANH}",
    f"G1/(n*K) ~ -(5/16)*l/n {TANH}",
    f"V/(n*K^2) ~ 5*l/n {RELU.replace('4/5', '0')}",
    "V/(n*K^2) ~ (5/8)*l/n for Residual, inputs one, C_W = 3/4, C_b = 0, with sigma = tanh",  # xi is solved for
    "V/(n*K^2) ~ (2/3)*(1 - xi^4)*l/n for Residual, inputs one, xi = -3/5, with sigma = softsign",
)
IN_DIGITS = (
    (f"V/(n*K^2) ~ 0.6*l/n to 1 digits {TANH}", 1),
    (f"F/(n*K*Theta) ~ 0.7*l/n to 1 digits {RELU}", 1),
    (f"V/(n*K^2) ~ 4.3282907*l/n {RELU}", 8),
    (f"V ~ 4.328*K^2*l to 4 digits {RELU}", 4),
    (f"F/(n*K*Theta) ~ 0.735365*l/n to 6 digits {RELU}", 6),
    (
        "Theta1/(n*Theta) ~ 0.69851*(1 + K)/(2 + K)*l/n to 5 digits for Residual, inputs one, xi = 1/2, "
        "lambda_b = 1, lambda_W = 1, with sigma = relu",
        5,
    ),
    (f"V/(n*K^2) ~ 4.1804307*l/n {GELU}", 8),
    (f"V/(n*K^2) ~ 4.3282906839140283354*l/n to 20 digits {RELU}", 20),
    (f"D/(n*K*Theta) ~ 0.0166759*l^2/n to 6 digits {GELU}", 6),
)
FALSE = (
    f"V/(n*K^2) ~ (2/3)*l/n {TANH}",  # that of a plain network
    f"V/(n*K^2) ~ (2/3)*(1 - xi^2)*l/n {TANH}",
    f"V/(n*K^2) ~ (2/3)*(1 + xi^2)*l/n {TANH}",  # in the depth that counts
    f"V/(n*K^2) ~ -(5/8)*l/n {TANH}",
    f"V/(n*K^2) ~ (5/8)*l^2/n {TANH}",
    f"V/(n*K^2) ~ (5/8)/n {TANH}",
    f"V/(n*K) ~ (5/8)*l/n {TANH}",
    f"V/(n*K^2) ~ (5/8)*l {TANH}",
    f"V/(n*K^2) ~ (5/8)*l*log(l)/n {TANH}",
    f"V/(n*K^2) ~ (5/8)*l/n {TANH.replace('1/2', '2/5')}",
    f"V/(n*K^2) ~ 0.62501*l/n {TANH}",
    f"V/(n*K^2) ~ 0.63*l/n to 2 digits {TANH.replace('1/2', '51/100')}",  # 0.6216
    f"D/(n*K*Theta) ~ (5/32)*l/n {TANH}",
    f"K*T/(n*Theta^3) ~ (1/110)*l/n {TANH}",
    f"G1/(n*K) ~ -(1/3)*l/n {TANH}",
    f"V/(n*K^2) ~ (5 - xi^2)*l/n {RELU}",  # the recursion in K and V alone
    f"V/(n*K^2) ~ (5 - xi^2)*(1 - xi^2)*l/n {RELU}",
    f"V ~ 4.3282908*K^2*l {RELU}",
    f"V ~ 4.329*K^2*l to 4 digits {RELU}",
    f"F/(n*K*Theta) ~ 0.735366*l/n to 6 digits {RELU}",
    f"V/(n*K^2) ~ 4.1804308*l/n {GELU}",
    f"V/(n*K^2) ~ 4.1804309*l/n to 10 digits {GELU}",
    f"V/(n*K^2) ~ 4.3282906839140283355*l/n to 20 digits {RELU}",
    f"V/(n*K^2) ~ 0.836086*l/n to 6 digits {GELU}",  # where K tends to K*
    f"V/(n*K^2) ~ (2/3)*(1 - xi^2)*l/n {OPEN}",
    f"V/(n*K^2) ~ (5/8)*l/n {OPEN}",
    f"V/(n*K^2) ~ (2/3)*(1 - xi^3/2)*l/n {OPEN}",  # true at 1/2
)
UNDECIDED = (
    (f"V/(n*K^2) ~ 4.180430705*l/n to 10 digits {GELU}", "claim 8 digits"),
    (f"V/(n*K^2) ~ 4.32829068391402833538*l/n to 21 digits {RELU}", "claim 20 digits"),
    (f"V/(n*K^2) ~ (5/8)*l/n + 3/n {TANH}", "state the leading term alone"),
    (f"V ~ (5/8)*K^2*(l - 1) {TANH}", "state the leading term alone"),
    (f"V/(n*K^2) ~ 0.836086*l/n to 6 digits {GELU.replace(' at K = K_star,', '')}", "at K = K_star"),
    (f"V/(n*K^2) ~ (2/3)*(1 - xi^4)*l/n {TANH.replace('1/2', '999/1000')}", "remembered for some 500 layers"),
)
REFUSED = (
    (f"V/(n*K^2) ~ (5/8)*l/n {TANH}, at K = K_star", "only approached"),
    (f"V ~ K^2*l {RELU}, at K = K_star", "every kernel is critical"),
    (f"V1 ~ l {TANH}", "does not close"),
    (f"V = (5/8)*K^2*l {TANH}", "does not close"),
    (f"V' = V {TANH}, at criticality", "does not close"),
    (f"V/(n*K^2) ~ (5/8)*l/n {TANH.replace('1/2', '1')}", "no critical point"),
)


@pytest.mark.parametrize("claim", TRUE)
def test_an_exact_one_is_proved(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim, head=HEAD)
    assert verdict["verdict"] == "proved"


@pytest.mark.parametrize(("claim", "digits"), IN_DIGITS)
def test_one_in_decimals_is_checked_to_its_digits(claim: str, digits: int, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim, head=HEAD)
    assert verdict["verdict"] == "checked" and f"amplitudes to {digits} digits" in verdict["message"]


@pytest.mark.parametrize("claim", FALSE)
def test_a_false_one_is_refuted(claim: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim, head=HEAD)
    assert verdict["verdict"] == "refuted"
    assert verdict["counterexample"]["left"] != verdict["counterexample"]["right"]


@pytest.mark.parametrize(("claim", "reason"), UNDECIDED)
def test_what_was_not_shown_is_undecided(claim: str, reason: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim, head=HEAD)
    assert verdict["verdict"] == "undecided" and reason in verdict["reason"]


@pytest.mark.parametrize(("claim", "message"), REFUSED)
def test_what_has_no_law_is_refused(claim: str, message: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim, head=HEAD)
    assert verdict["verdict"] == "unreadable" and message in verdict["message"]


def test_a_strength_left_open_is_tried_at_several(tmp_path: Path) -> None:
    first, second = verdicts_of(
        tmp_path,
        f"V/(n*K^2) ~ (2/3)*(1 - xi^4)*l/n {OPEN}",
        f"K ~ 1/(2*(1 - xi^2)*l) {OPEN}, at criticality",
        head=HEAD,
    )
    for verdict in (first, second):
        assert verdict["verdict"] == "checked"
        assert "xi = -1/3" in verdict["message"] and "not proved for every xi" in verdict["message"]


def test_the_derived_amplitude_is_said(tmp_path: Path) -> None:
    exact, number, eight = verdicts_of(
        tmp_path,
        f"V/(n*K^2) ~ (2/3)*l/n {TANH}",
        f"F/(n*K*Theta) ~ 0.7*l/n {RELU}",
        f"V/(n*K^2) ~ 4*l/n {GELU}",
        head=HEAD,
    )
    assert exact["corrected"] == "V/(n*K^2) ~ 5*l/(8*n)"
    assert number["corrected"] == "F/(n*K*Theta) ~ 0.7353654831*l/n"
    assert eight["corrected"] == "V/(n*K^2) ~ 4.1804307*l/n"


@pytest.mark.parametrize(
    ("law", "kind"), [(r"4.33\, \ell", "checked"), (r"4.34\, \ell", "refuted"), (r"5\, \ell", "refuted")]
)
def test_approximately_is_to_the_digits_of_a_decimal(law: str, kind: str, tmp_path: Path) -> None:
    found = verdicts_of_latex(tmp_path, rf"\frac{{V}}{{n K^2}} \approx \frac{{{law}}}{{n}}", RELU, head=HEAD)
    assert found["verdict"] == kind


def test_a_law_that_is_derived_wrongly_is_not_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what layers remember the law is 3/8 l/n: all layers iterated together know better."""
    text = f'{HEAD}claim "wrong law": V/(n*K^2) ~ (3/8)*l/n {TANH}\n'
    text += "with sigma = tanh for Residual { set xi = 1/2  exponents V, B  check by iteration depth 2000 }\n"
    _searched.cache_clear()
    monkeypatch.setattr(_SumOfPowers, "_distances", lambda self, order: sp.Integer(0))
    claim, check = pt.run_text(text).verdicts
    _searched.cache_clear()
    assert claim.kind is Kind.UNDECIDED and claim.message.startswith("two routes disagree")
    assert check.kind is Kind.REFUTED and "V/(nK^2), B/(nTheta^2)" in check.message
