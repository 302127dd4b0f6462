"""Claims that once ran without end: decided by counting, or ended with a message that says what grew."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from tests.reported.running import HEAD, Ran, on_text

SECONDS = 6.0  # of processor time, nothing may take more

DECIDED = [
    ("<z^200*s> = 1", "inputs one", "refuted"),
    ("<z^200*s> = K*<z^199*s'> + 199*K*<z^198*s>", "inputs one", "proved"),
    ("<z^200*s> = K*<z^199*s'> + 198*K*<z^198*s>", "inputs one", "refuted"),
    ("<z^200*s> = 1", "inputs one, with sigma = relu", "refuted"),
    ("<s^40*z^40> = K*<s^40*z^39>", "inputs one", "refuted"),
    ("chi_par = C_W*<s^2*(z^4 + K)>/(2*K^2)", "inputs one", "refuted"),
    ("Kinv[1,2] = Kinv[2,1]", "inputs 6", "proved"),
    ("sum(a,b,c, <s_a s_b s_c>) = 1", "inputs 9", "refuted"),
    ("(K + V + C_W)^20 = 1", "inputs one", "refuted"),
]
REFUSED = [
    ("(K + V + C_W + C_b + Theta)^30 = 1", "inputs one", "multiplying this out gives about 46376 terms"),
    ("((K + 1)^200)^200 = 1", "inputs one", "multiplying this out gives about 10^"),
    ("Kinv[1,2] = Kinv[2,1]", "inputs 12", "the inverse of a 12 by 12 kernel matrix has about 171453343 terms"),
    ("sum(a,b,c,d,e, K[a,b]*K[c,d]*K[e,a]) = 1", "inputs 9", "a sum over 5 indices of 9 inputs has 59049 terms"),
    ("K^(3/2 + 1/10^60) = K", "inputs one", "an exponent with a denominator of 200 bits"),
    ("<z^(10^9)> = 1", "inputs one", "the exponent 1000000000 is too large"),
    ("<s^2>^(1/300) = K", "inputs one", "an exponent with a denominator of 300"),
    ("(K+V+G1+C_W+C_b+1)^(199/200) = K", "inputs one", "multiplying this out gives about 10^"),
]
ENDED = [("<s1^9*z1^9*s2^9*z2^9> = K[1,1]*<s1^9*z1^8*s2^9*z2^9>", "inputs 2", "no correction: ")]


def timed(claim: str, scope: str, folder: Path) -> Ran:
    before = process_time()
    ran = on_text(folder, HEAD + f'claim "c": {claim} for MLP, {scope}\n', "check")
    assert process_time() - before < SECONDS
    return ran


@pytest.mark.parametrize(("claim", "scope", "kind"), DECIDED, ids=[f"{c}, {s}" for c, s, _ in DECIDED])
def test_decided(claim: str, scope: str, kind: str, tmp_path: Path) -> None:
    assert f"{kind}: c: " in timed(claim, scope, tmp_path).out


@pytest.mark.parametrize(("claim", "scope", "message"), REFUSED, ids=[f"{c}, {s}" for c, s, _ in REFUSED])
def test_refused_by_a_size_estimate(claim: str, scope: str, message: str, tmp_path: Path) -> None:
    ran = timed(claim, scope, tmp_path)
    assert ran.code == 2
    assert message in ran.err and "^" in ran.err


@pytest.mark.parametrize(("claim", "scope", "message"), ENDED, ids=[f"{c}, {s}" for c, s, _ in ENDED])
def test_a_search_that_takes_too_long_says_so(claim: str, scope: str, message: str, tmp_path: Path) -> None:
    ran = timed(claim, scope, tmp_path)
    assert ran.code == 1
    assert message in ran.out and "s of processor time" in ran.out


def test_four_raised_indices_at_four_inputs_end_with_a_counterexample(tmp_path: Path) -> None:
    raised = r"V_{(\ell)}^{(\beta_1\beta_2)(\beta_3\beta_4)}"
    mean = r"\langle\sigma_%d\sigma_%d(z_{\beta_%d}z_{\beta_%d} - K_{\beta_%d\beta_%d})\rangle"
    means = " ".join(mean % (k, k, a, b, a, b) for k, a, b in ((1, 1, 2), (2, 3, 4)))
    body = rf"V^{{(\ell+1)}}_{{(11)(22)}} = \frac{{C_W^2}}{{4}} \sum_{{\beta_1,\ldots,\beta_4}} {raised} {means}"
    text = HEAD + rf'claim latex "c": \[ {body} \] for MLP, inputs 4'
    before = process_time()
    ran = on_text(tmp_path, text, "check")
    assert process_time() - before < SECONDS
    assert ran.code == 1 and "counterexample at sigma(z)" in ran.out  # the source is left out


def test_an_exponent_of_a_billion_in_latex(tmp_path: Path) -> None:
    ran = on_text(tmp_path, HEAD + r'claim latex "c": \[ \langle z^{10^9}\rangle = 1 \] for MLP, inputs one', "check")
    assert ran.code == 2 and "the exponent 1000000000 is too large" in ran.err
