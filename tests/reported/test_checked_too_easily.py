"""Claims that a few mild points, an absolute comparison or low polynomials once let pass, with their right verdicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reported.running import HEAD, on_text, verdict

ONE, TWO = "inputs one", "inputs 2"
C = "K[1,2]/sqrt(K[1,1]*K[2,2])"
ARCSINE = f"(2/pi)*asin({C})"

FALSE = [
    # a branch that mild points do not reach
    (f"<s1 s2> = (1/pi)*asin(2*{C}*sqrt(1 - K[1,2]^2/(K[1,1]*K[2,2])))", f"{TWO}, with sigma = sign"),
    ("sqrt((K - 1)^2) = K - 1", ONE),
    ("sqrt((K - 1)^2) = 1 - K", ONE),
    ("sqrt(sqrt((K - 2)^4)) = K - 2", ONE),
    ("abs(K - 1/1000) = K - 1/1000", ONE),
    ("((K - 300)^4)^(1/4) = 300 - K", ONE),
    ("log((K - 1)^2) = 2*log(K - 1)", ONE),
    ("sqrt(K - 1)*sqrt(K - 2) = sqrt((K - 1)*(K - 2))", ONE),
    ("atan(2*K/(1 - K^2)) = 2*atan(K)", ONE),
    ("asin(sin(K)) = K", ONE),
    ("atan(tan(K)) = K", ONE),
    (f"acos(2*K[1,2]^2/(K[1,1]*K[2,2]) - 1) = 2*acos({C})", TWO),
    (f"acos({C}) = asin(sqrt(1 - K[1,2]^2/(K[1,1]*K[2,2])))", TWO),
    ("abs(K - 1) - 2*abs(K - 1001/1000) + abs(K - 1002/1000) = 0", ONE),  # a tent between 1 and 1.002
    ("sqrt((<s^2> - 1/10)^2) = <s^2> - 1/10", f"{ONE}, with sigma = tanh"),
    ("sqrt(V^2) = V", ONE),
    # a branch between a correlation of 0.99 and 1
    (f"abs({C} - 9999/10000) = 9999/10000 - {C}", TWO),
    (f"abs({C} + 9999999/10000000) = 9999999/10000000 + {C}", TWO),
    (f"sqrt(({C}^2 - 9999/10000)^2) = 9999/10000 - {C}^2", TWO),
    ("abs(<s1 s2> - 99/100) = 99/100 - <s1 s2>", f"{TWO}, with sigma = sign"),
    # between 0 and the smallest bias
    ("abs(C_b - 1/10^9) = C_b - 1/10^9", ONE),
    # a branch beyond 10^6 or below 10^-6
    ("abs(sqrt(K) - 10^5) = 10^5 - sqrt(K)", ONE),
    ("abs(K - 10^8) = 10^8 - K", ONE),
    ("abs(V - 10^40) = 10^40 - V", ONE),
    ("abs(sqrt(K) - 10^(-10)) = sqrt(K) - 10^(-10)", ONE),
    ("sqrt((<s^2> - 10^(-20))^2) = <s^2> - 10^(-20)", f"{ONE}, with sigma = tanh"),
    # small or large kernels and correlations only
    ("K' = C_b + C_W*K/2 + exp(-500*K)", f"{ONE}, with sigma = relu"),
    ("K' = C_b + C_W*K/2*(1 + exp(-10^6/K))", f"{ONE}, with sigma = relu"),
    ("K' = C_b + C_W*K/2 + exp(-10^9*K)", f"{ONE}, with sigma = relu"),
    ("<s'> = 1 - <s^2> + exp(-500*K)", f"{ONE}, with sigma = tanh"),
    ("<s'> = 1 - <s^2> + exp(-1/K)/10^30", f"{ONE}, with sigma = tanh"),
    (f"<s1 s2> = {ARCSINE} + exp(-10^4*K[1,2]^2)/10^9", f"{TWO}, with sigma = sign"),
    ("tanh(10^9*K) = 1", ONE),  # below any kernel of the list
    ("<s'> = 1 - <s^2> + exp(-10^12*K)", f"{ONE}, with sigma = tanh"),
    ("erf(10^9*K) = 1", ONE),
    # too small beside the other terms
    ("K' = C_b + C_W*K/2 + (C_W - 2)/10^60", f"{ONE}, with sigma = relu"),
    ("<s'> = 1 - <s^2> + 10^(-60)", f"{ONE}, with sigma = tanh"),
    ("<s'> = (1 + 10^(-60))*(1 - <s^2>)", f"{ONE}, with sigma = tanh"),
    ("<s'> = 1 - <s^2>", f"{ONE}, with sigma = tanh(z) + tanh(z)/10^40"),
    ("K' = C_b + 2*C_W*<s^2>", f"{ONE}, with sigma = tanh(z)/10^12"),
    ("V' = C_W^2*(<s^4> - 2*<s^2>^2) + chi_par^2*V", f"{ONE}, with sigma = tanh(z)/10^20"),
    ("<s'> = 10^12 - 2*<s^2>/10^12", f"{ONE}, with sigma = 10^12*tanh(z)"),
    # derivatives beyond the test polynomials
    ("<s'''''> = 0", ONE),
    ("<z*s''''> = 2*K*<s'''''>", ONE),
    ("<s''''''''''''> = 0", ONE),
    ("<z^6*s> = 15*K^3*<s> + 45*K^4*<s''> + 15*K^5*<s''''>", ONE),
    ("<s1''''''' s2'''''''> = 0", TWO),
    # zero is a number
    ("<z^6> = 0", ONE),
    ("0 = <z^6>", ONE),
    ("K' = 0", ONE),
    ("V' - V' = 1", ONE),
]
TRUE = [
    ("<z^5> = 0", ONE, "proved"),
    ("0 = 0*V'", ONE, "proved"),
    ("<z*s''''> = K*<s'''''>", ONE, "proved"),
    (f"<s1 s2> = {ARCSINE}", f"{TWO}, with sigma = sign", "proved"),
    ("abs(K - 1) - abs(1 - K) = 0", ONE, "proved"),
    ("sqrt((K - 1)^2) = abs(K - 1)", ONE, "checked"),
    ("log(K^2) = 2*log(K)", ONE, "checked"),
    ("sqrt(C_b^2) = C_b", ONE, "checked"),  # a variance is not negative
    (f"atan(K[1,2]/sqrt(K[1,1]*K[2,2] - K[1,2]^2)) = asin({C})", TWO, "checked"),  # 0 = 0 at K[1,2] = 0 says nothing
    ("atan(1/C_b) = pi/2 - atan(C_b)", ONE, "checked"),
    ("abs(C_b)/C_b = 1", ONE, "checked"),
    ("asin(K/(1 + K)) = atan(K/sqrt(1 + 2*K))", ONE, "checked"),
    ("<s'> = 1 - <s^2>", f"{ONE}, with sigma = tanh", "checked"),
    ("<s'> = 10^12 - <s^2>/10^12", f"{ONE}, with sigma = 10^12*tanh(z)", "checked"),
    ("sqrt(<s^2>^2) = <s^2>", f"{ONE}, with sigma = tanh", "checked"),
]


@pytest.mark.parametrize(("claim", "scope"), FALSE, ids=[claim for claim, _ in FALSE])
def test_false_claims_are_refuted(claim: str, scope: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, f"{claim} for MLP, {scope}") == "refuted"


@pytest.mark.parametrize(("claim", "scope", "kind"), TRUE, ids=[claim for claim, _, _ in TRUE])
def test_true_claims_are_accepted(claim: str, scope: str, kind: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, f"{claim} for MLP, {scope}") == kind


def test_a_coefficient_may_be_negative(tmp_path: Path) -> None:
    head = """ptheory 1
include correlators
architecture R {
    weights W[i,j] ~ Normal(0, C_W/n)
    biases b[i] ~ Normal(0, C_b)
    first z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer z[i;a] = xi*z[j;a] + b[i] + sum(j, W[i,j]*sigma(z[j;a]))
}
""".replace("z[j;a] + b", "z[i;a] + b")
    assert verdict(tmp_path, "sqrt(xi^2) = xi for R, inputs one", head) == "refuted"
    assert verdict(tmp_path, "sqrt(xi^2) = abs(xi) for R, inputs one", head) == "checked"


def test_a_root_of_a_negative_number_is_shown_as_it_is(tmp_path: Path) -> None:
    ran = on_text(tmp_path, HEAD + 'claim "c": log((K - 1)^2) = 2*log(K - 1) for MLP, inputs one\n', "check")
    assert ran.code == 1
    assert "one side is a real number where the other is none" in ran.out
    assert "6.283185307179586" in ran.out and "*i" in ran.out
