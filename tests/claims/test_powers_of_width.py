"""Claims about the power of the width that a moment comes with, and about what multiplies it."""

from __future__ import annotations

from pathlib import Path

import pytest

import ptheory as pt
from ptheory.language.errors import LanguageError

HEAD = """ptheory 1
include outputs
include mlp
include residual
architecture MuP {
    weights W[i,j] ~ Normal(0, C_W/n)         rate lambda_W*n^s/n
    biases  b[i]   ~ Normal(0, C_b)           rate lambda_b*n^s
    weights R[i,j] ~ Normal(0, C_R/n^(1 + s)) rate lambda_R/n
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))
    last    y[i;a] = sum(j, R[i,j]*sigma(z[j;a]))
}
architecture Std {
    weights W[i,j] ~ Normal(0, C_W/n) rate lambda_W
    biases  b[i]   ~ Normal(0, C_b)   rate lambda_b
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))
}
"""
FOUR = "d12 d34 V_y[1,2,3,4] + d13 d24 V_y[1,3,2,4] + d14 d23 V_y[1,4,2,3]"


def verdict(claim: str):
    (found,) = pt.run_text(f'{HEAD}claim "c": {claim}\n').verdicts
    return found


@pytest.mark.parametrize(
    ("claim", "goes"),
    [
        (f"E[y1 y2 y3 y4]_c = n^(-1 - 2*s)*({FOUR}) for MuP, leading order", "as n^(-1 - 2*s)"),
        ("E[y1' y2'] = n^(-s)*d12*C_R*<s1 s2> for MuP, leading order", "as n^(-s)"),
        ("E[y1' y2'] = n^(-s)*d12*<s1 s2> for MuP, leading order, with sigma = relu, C_R = 1", "as n^(-s)"),
        ("E[H_y12] = d12*Theta_y[1,2] for MuP, leading order", "as n^0"),
        (
            "E[ddI_y0123] = n^(-1 + s)*(d01 d23 R_y[0,1,2,3] + d02 d31 R_y[0,2,3,1] + d03 d12 R_y[0,3,1,2]) for MuP, "
            "leading order",
            "as n^(-1 + s)",
        ),
        ("E[y1^2*y2^2] = n^(-2*s)*K_y^2*(1 + 2*d12) for MuP, inputs one, leading order", "as n^(-2*s)"),
        ("E[y1 y2]/n^(1/2) = n^(-s - 1/2)*d12*K_y[1,2] for MuP, leading order", "as n^(-1/2 - s)"),
        ("E[y1' y2' y3' y4']_c = O(n^(-1 - s)) for MuP", "goes as n^(-1 - 2*s)"),
        ("E[y1 y2 y3 y4]_c = O(1/n) for MuP", "goes as n^(-1 - 2*s)"),
        ("E[H12'] = n*d12*(lambda_W*<s1 s2> + C_W*<s1' s2'>*Theta[1,2]) for Std, leading order", "as n"),
        ("E[H12 z3 z4]_c = O(n^0) for Std", "goes as n^0"),
        ("E[z1 z2 z3] = 0 for Std, leading order", "both sides are zero"),
        (
            "E[z1 z2 z3 z4] = d12 d34 K[1,2]*K[3,4] + d13 d24 K[1,3]*K[2,4] + d14 d23 K[1,4]*K[2,3] for MLP, "
            "leading order",
            "as n^0",
        ),
    ],
)  # fmt: skip
def test_proved(claim: str, goes: str) -> None:
    found = verdict(claim)
    assert found.kind.value == "proved" and goes in found.message


@pytest.mark.parametrize(
    ("claim", "message", "correction", "corrected"),
    [
        (f"E[y1 y2 y3 y4]_c = n^(-1 - s)*({FOUR}) for MuP, leading order", "the right one goes as n^(-1 - s)",
         "power of n: yours n^(-1 - s), derived n^(-1 - 2*s)", "n^(-1 - 2*s)*(d12*d34*V_y[1,2,3,4]"),
        (f"E[y1 y2 y3 y4]_c = n^(-2)*({FOUR}) for MuP, leading order", "compared at s = 3/4",
         "derived n^(-1 - 2*s)", ""),
        (f"E[y1 y2 y3 y4]_c = ({FOUR})/n for MuP, leading order", "goes as 1/n", "yours 1/n", ""),
        ("E[y1 y2 y3 y4]_c = O(n^(-3)) for MuP", "goes as n^(-1 - 2*s)", "yours n^(-3)", ""),
        ("E[y1 y2 y3 y4]_c = O(n^(-2)) for MuP", "goes as n^(-1 - 2*s)", "", ""),
        ("E[H12] = O(n^0) for Std", "goes as n", "yours n^0, derived n", ""),
        ("E[y1' y2'] = 2*n^(-s)*d12*C_R*<s1 s2> for MuP, leading order", "beside n^(-s)", "",
         "E[y1'*y2'] = n^(-s)*d12*C_R*<sigma(z1) sigma(z2)>"),
        ("E[y1 y2] = 0 for MuP, leading order", "the right one is zero", "", ""),
        ("E[y1 y2] = n^(-s)*K_y[1,2] for MuP, leading order", "the left side is zero", "", ""),
        (f"E[y1 y2 y3 y4]_c = n^(-1 - 2*s)*({FOUR.replace('1,3,2,4', '1,2,3,4')}) for MuP, leading order",
         "the two sides differ", "", ""),
    ],
)  # fmt: skip
def test_refuted(claim: str, message: str, correction: str, corrected: str) -> None:
    found = verdict(claim)
    assert found.kind.value == "refuted" and found.counterexample is not None
    assert message in found.message and correction in found.correction and corrected in found.corrected
    assert found.counterexample.left != found.counterexample.right


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("E[z1 z2] - d12*K[1,2] = O(n^(-5)) for MuP", "the leading terms cancel"),  # G1/n is left, and not looked at
        ("E[z1 z2] - d12*K[1,2] = 0 for MLP, leading order", "the leading terms cancel"),
        ("E[y1 y2 y3 y4]_c = (n^(-2) - n^(-1 - 2*s))*V_y[1,2,3,4] for MuP, leading order", "depends on s"),
        ("E[z1 z2] = d12*K[1,2] for Residual, leading order", "these moments are not known"),
    ],
)  # fmt: skip
def test_not_proved(claim: str, message: str) -> None:
    found = verdict(claim)
    assert found.kind.value != "proved" and message in found.message


@pytest.mark.parametrize(
    ("claim", "message", "help"),
    [
        ("E[y1 y2] = d12*K_y[1,2] for MuP", "other powers of n than C_W/n", "add `leading order`"),
        ("E[y1 y2] = n^(-t)*d12*K_y[1,2] for MuP, leading order", "t stands in no variance or rate", "powers have s"),
        ("E[z1 z2] = O(n^(-s)) for Std", "s stands in no variance or rate", "are numbers"),
        ("E[y1 y2] = O(K) for MuP", "the order is no power of n", "n^(-1 + s)"),
        ("E[y1 y2] = O(2/n) for MuP", "the order is no power of n", "1/n"),
        ("E[y1 y2] = O(n^(s^2)) for MuP", "is not of the form n^(c + k*s)", "one name"),
        ("E[y1 y2] = n^(-s)*d12*K_y[1,2] + O(1/n) for MuP, leading order", "an order beside the leading one", "leave"),
        ("E[y1 y2]/(1 + n) = 0 for MuP, leading order", "a sum with n in a denominator", "multiply out"),
        ("E[y1 y2] = n[l]/n[l-1]*d12*K_y[1,2] for MuP, leading order", "those of one width", "write n"),
        ("E[y1 y2] = n^(-s)*d12*K_y[1,2] for MuP, at criticality", "no meaning beside E[...]", ""),
        ("Theta_y' = n^s*Theta for MuP, inputs one", "an exponent is a number", ""),
    ],
)  # fmt: skip
def test_bad_input(claim: str, message: str, help: str) -> None:
    with pytest.raises(LanguageError) as caught:
        verdict(claim)
    assert message in caught.value.message and help in (caught.value.help or "")


def test_what_could_not_be_counted_leaves_no_trace(tmp_path: Path) -> None:
    """A claim that needs a rate that W has not, then one that does not."""
    text = (
        HEAD.replace("rate lambda_W*n^s/n", "").replace("rate lambda_b*n^s", "").replace("C_R/n^(1 + s)", "C_R/n^(3/2)")
    )
    claims = (
        "E[H_y12] = O(n) for MuP",
        "E[y1 y2 y3 y4]_c = O(n^(-2)) for MuP",
        "E[y1 y2 y3 y4]_c = O(n^(-5/2)) for MuP",
    )
    written = "".join(f'claim "{k}": {claim}\n' for k, claim in enumerate(claims))
    (tmp_path / "claims.deriv").write_text(text + written, "utf-8")
    found = pt.attempt(tmp_path / "claims.deriv").verdicts
    assert [one.kind.value for one in found] == ["unreadable", "proved", "refuted"]


LATEX_OF_TWO = r"\mathbb{E}[z_{i_1;\alpha_1} z_{i_2;\alpha_2}]"
LATEX_OF_FOUR = r"\mathbb{E}[y_{i_1;\alpha_1} y_{i_2;\alpha_2} y_{i_3;\alpha_3} y_{i_4;\alpha_4}]_{\mathrm{c}}"


@pytest.mark.parametrize(
    ("equation", "regime", "kind"),
    [
        (rf"{LATEX_OF_FOUR} = O(n^{{-1-2s}})", "", "proved"),
        (rf"{LATEX_OF_FOUR} = \mathcal{{O}}(n^{{-2s-2}})", "", "refuted"),
        (
            rf"{LATEX_OF_TWO} = \frac{{n^{{s}}}}{{n^s}} \delta_{{i_1i_2}} K_{{\alpha_1\alpha_2}}",
            ", leading order",
            "proved",
        ),
        (rf"{LATEX_OF_TWO} = n^{{-s}} \delta_{{i_1i_2}} K_{{\alpha_1\alpha_2}}", ", leading order", "refuted"),
    ],
)
def test_in_latex(equation: str, regime: str, kind: str) -> None:
    text = rf"{HEAD}claim latex \"c\" for MuP{regime}: \begin{{equation}} {equation} \end{{equation}}"
    (found,) = pt.run_text(text.replace('\\"', '"') + "\n").verdicts
    assert found.kind.value == kind
