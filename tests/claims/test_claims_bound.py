"""Claims about a particular activation: closed forms prove, balls refute, agreement of numbers is only ever a check."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

import ptheory as pt
from ptheory.activations import Z, from_formula, lookup
from ptheory.claims.points import ball_values
from ptheory.claims.points.ball_values import GUARD_DIGITS
from ptheory.claims.points.numerical_points import DIGITS_OF_A_SCAN
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.verdict import Kind
from ptheory.expectations import Moment, Value
from ptheory.expectations.expectation_errors import TimeExceeded
from tests.claims.setting import MLP, verdict

ERF = "asin(2*K[1,2]/sqrt((1+2*K[1,1])*(1+2*K[2,2])))"
BUMP = "((1+K[1,1])*(1+K[2,2])-K[1,2]^2)^(-1/2)"
GELU = "1/4 + asin(K/(1+K))/(2*pi) + K*(3+5*K)/(2*pi*(1+K)*(1+2*K)^(3/2))"
ARC_COSINE = "(sqrt(K[1,1]*K[2,2]-K[1,2]^2) + (pi - acos(K[1,2]/sqrt(K[1,1]*K[2,2])))*K[1,2])/(2*pi)"

PROVED = [
    ("linear", "V' = 2*C_W^2*K^2 + C_W^2*V", "inputs one"),
    ("linear", "V_six' = C_W^3*(V_six + 12*K*V + 8*K^3)", "inputs one"),
    ("linear", "K'[1,2] = C_b + C_W*K[1,2]", ""),
    ("linear", "V'[1,2,3,4] = C_W^2*(V[1,2,3,4] + K[1,3]*K[2,4] + K[1,4]*K[2,3])", ""),
    ("linear", "G1' = C_W*G1", "inputs one"),
    ("relu", "V' = 5/4*C_W^2*K^2 + C_W^2/4*V", "inputs one"),
    ("relu", "chi_par = chi_perp", "inputs one"),
    ("relu", "h = 0", "inputs one"),
    ("relu", "G1' = C_W/2*G1", "inputs one"),
    ("relu", f"K'[1,2] = C_b + C_W*{ARC_COSINE}", ""),
    ("erf", f"K'[1,2] = C_b + C_W*2/pi*{ERF}", ""),
    ("sin", "K'[1,2] = C_b + C_W*exp(-(K[1,1]+K[2,2])/2)*sinh(K[1,2])", ""),
    ("exp", "K'[1,2] = C_b + C_W*exp((K[1,1]+K[2,2])/2 + K[1,2])", ""),
    ("gelu", f"chi_perp = C_W*({GELU})", "inputs one"),
    ("gelu", "K' = C_b + C_W*(K/4 + K/(2*pi)*(asin(K/(1+K)) + 2*K/((1+K)*sqrt(1+2*K))))", "inputs one"),
    ("tanh", "<s s'> = 0", "inputs one"),
    ("tanh", "<max(z, z/10)^2> = 101/200*K", "inputs one"),  # a function of the language with two arguments
    ("tanh", "<z1 s1 s2> = 0", ""),
    ("tanh", "V' = chi_par^2*V + C_W^2*(<s^4> - <s^2>^2)", "inputs one"),
]

REFUTED = [
    ("linear", "V' = 3*C_W^2*K^2 + C_W^2*V", "coefficient of C_W^2*K^2: yours 3, derived 2"),
    ("linear", "V_six' = C_W^3*(V_six + 6*K*V + 8*K^3)", "coefficient of C_W^3*K*V: yours 6, derived 12"),
    ("relu", "V' = 5/4*C_W^2*K^2 + C_W^2/2*V", "coefficient of C_W^2*V: yours 1/2, derived 1/4"),
    ("relu", "V' = 5/2*C_W^2*K^2 + C_W^2/4*V", "coefficient of C_W^2*K^2: yours 5/2, derived 5/4"),
    ("relu", "K' = C_b + C_W*K", "coefficient of C_W*K: yours 1, derived 1/2"),
    ("gelu", f"chi_perp = C_W*({GELU.replace('5*K', '4*K')})", "4 should be 5 in 4*K"),
    ("tanh", "<s'> = 1 - 2*<s^2>", ""),
    ("tanh", "V' = 2*chi_par^2*V + C_W^2*(<s^4> - <s^2>^2)", "coefficient of chi_par^2*V: yours 2, derived 1"),
]


@pytest.mark.parametrize(("name", "claim", "scope"), PROVED, ids=[f"{n}: {c[:50]}" for n, c, _ in PROVED])
def test_closed_forms_prove(name: str, claim: str, scope: str) -> None:
    found = verdict(claim, scope, binding={"sigma": lookup(name)})
    assert found.kind == "proved", found.lines()


@pytest.mark.parametrize(("name", "claim", "correction"), REFUTED, ids=[f"{n}: {c[:50]}" for n, c, _ in REFUTED])
def test_numbers_with_bounds_refute(name: str, claim: str, correction: str) -> None:
    found = verdict(claim, binding={"sigma": lookup(name)})
    assert found.kind == "refuted", found.lines()
    example = found.counterexample
    assert example is not None
    left, right = example.left, example.right
    gap = abs(Fraction(left.value) - Fraction(right.value))
    assert gap > Fraction(left.radius) + Fraction(right.radius)
    assert correction in found.correction, found.correction


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("tanh", "<s'> = 1 - <s^2>"),  # true, by a differential equation the normal form does not know
        ("tanh", "<s'''> = -2*<s'^2> - 2*<s s''>"),
        ("sigmoid", "<s> = 1/2"),
    ],
)
def test_agreement_of_numbers_is_only_a_check(name: str, claim: str) -> None:
    found = verdict(claim, binding={"sigma": lookup(name)}, points=2, digits=20)
    assert found.kind == "checked", found.lines()
    assert found.digits is not None and found.digits >= 18 and found.points >= 2


def test_nearly_right_numbers_are_refuted() -> None:
    """A wrong constant in the twelfth digit is found."""
    found = verdict("<s'> = 1 - 1.000000000001*<s^2>", binding={"sigma": lookup("tanh")})
    assert found.kind == "refuted"


@pytest.mark.parametrize("claim", ["<s''^2> = 0", "<s''^2> = <s''^2>", "h = C_W/2*<s''^2>"])
def test_a_mean_that_diverges_decides_nothing(claim: str) -> None:
    found = verdict(claim, binding={"sigma": lookup("relu")})
    assert found.kind == "undecided"
    assert "diverges" in found.reason


POLYNOMIALS: list[tuple[Any, str, str]] = [
    (Z + Z**2 / 4, "K' = C_b + C_W*(K + 3*K^2/16)", "proved"),
    (Z + Z**2 / 4, "K' = C_b + C_W*(K + K^2/16)", "refuted"),
    (Z + Z**2 / 4, "chi_perp = C_W*(1 + K/4)", "proved"),
    (Z + Z**2 / 4, "chi_perp = C_W*(1 + K/2)", "refuted"),
    (1 + Z, "V' = C_W^2*(4*K + 2*K^2 + V)", "proved"),
    (1 + Z, "V' = C_W^2*(4*K + 3*K^2 + V)", "refuted"),
    (Z**3, "K' = C_b + 15*C_W*K^3", "proved"),
    (Z**3, "chi_par = 45*C_W*K^2", "proved"),
    (Z**3, "chi_par = 27*C_W*K^2", "refuted"),
]


@pytest.mark.parametrize(("formula", "claim", "kind"), POLYNOMIALS)
def test_polynomial_activations(formula: Any, claim: str, kind: str) -> None:
    found = verdict(claim, binding={"sigma": from_formula("mine", formula)})
    assert found.kind == kind, found.lines()


FORMULA = """ptheory 1
include correlators
architecture P {{
    weights W[i,j] ~ Normal(0, C_W/n)
    first z[i;a] = sum(k, W[i,k]*x[k;a])
    layer z[i;a] = sum(j, W[i,j]*({}))
}}
"""


@pytest.mark.parametrize(
    ("formula", "claim", "kind"),
    [
        ("z[j;a] + z[j;a]^2/4", "V' = C_W^2*(<s^4>-<s^2>^2) + (C_W*(1+3*K/8))^2*V", "proved"),
        ("z[j;a] + z[j;a]^2/4", "V' = C_W^2*(<s^4>-<s^2>^2) + (C_W*(1+3*K/4))^2*V", "refuted"),
        ("sin(z[j;a]) + z[j;a]^2/4", "K' = C_W*((1-exp(-2*K))/2 + 3*K^2/16)", "proved"),
        ("sin(z[j;a]) + z[j;a]^2/4", "K' = C_W*((1-exp(-2*K))/2 + 3*K^2/8)", "refuted"),
        ("sin(z[j;a]) + z[j;a]^2/4", "V' = C_W^2*(<s^4>-<s^2>^2) + chi_par^2*V", "proved"),
        ("sin(z[j;a]) + z[j;a]^2/4", "chi_perp = C_W*<(cos(z) + z/2)^2>", "proved"),
    ],
)
def test_activations_by_formula(formula: str, claim: str, kind: str) -> None:
    found = verdict(claim, "inputs one", FORMULA.format(formula))
    assert found.kind == kind, found.lines()


def test_a_generic_activation_beside_a_bound_one() -> None:
    declarations = FORMULA.format("sigma(z[j;a])*tau(z[j;a])")
    binding = {"tau": lookup("linear")}
    assert verdict("K' = C_W*<z^2*sigma^2>", "inputs one", declarations, binding).kind == "proved"
    by_stein = "K' = C_W*(K*<sigma^2> + 2*K^2*<sigma'^2 + sigma*sigma''>)"
    assert verdict(by_stein, "inputs one", declarations, binding).kind == "proved"
    assert verdict("K' = C_W*K*<sigma^2>", "inputs one", declarations, binding).kind == "refuted"


def test_composites_of_a_generic_activation() -> None:
    assert verdict("<sigma(2*z)> = <sigma(z)>").kind == "refuted"
    assert verdict("<z*sigma(2*z)> = 2*K*<sigma'(2*z)>").kind in ("checked", "proved")


# ---- two routes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bound", [False, True])
def test_a_wrong_normal_form_is_not_believed(monkeypatch: pytest.MonkeyPatch, bound: bool) -> None:
    """If the normal form were broken, the second route would keep `proved` from being said."""
    true_form = ClaimNormalForm.of

    def broken(self: ClaimNormalForm, value: Any) -> Any:
        return true_form(self, value) * true_form(self, value).inverse()

    monkeypatch.setattr(ClaimNormalForm, "of", broken)
    found = verdict("K' = 2*C_b + C_W*<s^2>", binding={"sigma": lookup("linear")} if bound else None)
    assert found.kind == "undecided"
    assert "mistake in the engine" in found.reason


@pytest.mark.parametrize("numbers", [("1/3", "2/7"), ("5/4", "1/4"), ("5/4", "1/2")])
def test_relu_is_proved_only_at_the_true_numbers(numbers: Sequence[str]) -> None:
    found = verdict(f"V' = {numbers[0]}*C_W^2*K^2 + {numbers[1]}*C_W^2*V", "inputs one", MLP, {"sigma": lookup("relu")})
    assert found.kind == ("proved" if tuple(numbers) == ("5/4", "1/4") else "refuted")


# ---- derivatives almost everywhere ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("<s''^2> = 0", "proved"),
        ("h = 0", "proved"),
        ("<s'^2> = 1/2", "proved"),
        ("<z^2*s'^2> = K/2", "proved"),
        ("<z*s'> = K*<s''>", "refuted"),  # Stein's identity needs the delta function that this convention drops
    ],
)
def test_the_convention_of_automatic_differentiation(claim: str, kind: str) -> None:
    found = verdict(claim, binding={"sigma": lookup("relu")}, almost_everywhere=True)
    assert found.kind == kind, found.lines()


def test_an_average_that_has_no_end_leaves_a_claim_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    """<asinh(z)^2> at K = 100 took minutes; here no average is given any time at all."""
    monkeypatch.setattr("ptheory.claims.points.ball_values.LONGEST_AVERAGE", 0.0)
    text = (
        'ptheory 1\ninclude mlp\nclaim "k": K\' = C_b + C_W*<asinh(z)^2> for MLP, inputs one, with sigma = asinh(z)\n'
    )
    (found,) = pt.run_text(text).verdicts
    assert found.kind.value == "undecided" and "0.0 seconds" in found.reason


def test_a_search_for_branches_without_time_leaves_a_claim_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim is false between 0.6 and 0.61 alone: where the search there has no time, that is not ruled out."""
    product = "(<tanh(z)^2> - 6/10)*(<tanh(z)^2> - 61/100)"
    text = f'ptheory 1\ninclude mlp\nclaim "k": abs({product}) = {product} for MLP, inputs one\n'
    assert [found.kind.value for found in pt.run_text(text).verdicts] == ["refuted"]
    enclosed = ball_values.enclose

    def slow_in_a_scan(moment: Moment, covariance: Any, digits: int, *limit: float) -> Value:
        if digits == DIGITS_OF_A_SCAN + GUARD_DIGITS // 2 and 0.05 < float(covariance[0][0]) < 50:
            raise TimeExceeded("no time")
        return enclosed(moment, covariance, digits, *limit)

    monkeypatch.setattr(ball_values, "enclose", slow_in_a_scan)
    assert [found.kind.value for found in pt.run_text(text).verdicts] == ["undecided"]


FOUR_INPUTS = (
    "V'[1,2,3,4] = C_W^2*(<s1 s2 s3 s4> - <s1 s2>*<s3 s4>)"
    " + %s*C_W^2*sum(a,b in {1,2}, sum(c,d in {3,4}, V[a,b,c,d]*<d(s1*s2,a,b)>*<d(s3*s4,c,d)>))"
)


@pytest.mark.parametrize(
    ("factor", "activation", "verdict"),
    [
        ("1/4", "tanh", Kind.PROVED),  # values at four inputs take minutes; averages of tanh exist at every kernel
        ("1/2", "tanh", Kind.REFUTED),  # where the preactivations are correlated in pairs
        ("1/4", "exp(z^2/4)", Kind.UNDECIDED),  # they do not exist
    ],
)
def test_a_claim_whose_values_take_too_long(factor: str, activation: str, verdict: Kind) -> None:
    text = f'ptheory 1\ninclude mlp\nclaim "c": {FOUR_INPUTS % factor} for MLP, with sigma = {activation}\n'
    (found,) = pt.run_text(text).verdicts
    assert found.kind is verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("<s1 s2 s3^2> = 2*<s1 s2>*<s3^2>", Kind.REFUTED),
        ("<s1 s2 s3^2> = <s1 s2>*<s3^2> + 2*<s1 s3>*<s2 s3>", Kind.REFUTED),  # as Gaussians: equal inputs tell
        ("<s1 s2 s3> = <s1 s2>*<s3>", Kind.PROVED),  # both vanish
    ],
)
def test_three_inputs_of_tanh(claim: str, verdict: Kind) -> None:
    text = f'ptheory 1\ninclude mlp\nclaim "c": {claim} for MLP, inputs 3, with sigma = tanh\n'
    assert [found.kind for found in pt.run_text(text).verdicts] == [verdict]


def test_a_proof_beside_an_activation_that_is_left_open() -> None:
    text = """ptheory 1
include correlators
architecture Two {
    weights W[i,j] ~ Normal(0, C_W/n)
    weights U[i,j] ~ Normal(0, C_U/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a])) + sum(j, U[i,j]*tau(z[j;a]))
}
claim "c": C_W*<sigma1 sigma2 sigma3 sigma4>*<tau1 tau2> = C_W*<tau1 tau2>*<sigma4 sigma3 sigma2 sigma1>
    for Two, with sigma = tanh
"""
    (found,) = pt.run_text(text).verdicts
    assert found.kind is Kind.PROVED
