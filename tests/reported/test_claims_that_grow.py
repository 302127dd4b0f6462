"""Claims that once ran without end: decided by counting, or ended with a message that says what grew."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from tests.reported.running import HEAD, Ran, on_text

SECONDS = 9.0  # of processor time, nothing may take more

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
