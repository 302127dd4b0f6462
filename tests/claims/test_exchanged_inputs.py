"""X + (12 <-> 34): what it means, in text and in LaTeX, and that what could be read in two ways is refused."""

from __future__ import annotations

import pytest

import ptheory as pt
from ptheory.language import LanguageError

HEAD = "ptheory 1\ninclude mlp\ninclude observables\n"

TRUE = (
    'claim "a": <s1^2 s2> + (1 <-> 2) = <s1^2 s2> + <s1 s2^2> for MLP',
    'claim "b": D[1,2,3,4] + (12 <-> 34) = D[1,2,3,4] + D[3,4,1,2] for MLP',
    'claim "c": D[1,2,3,4] + (1,2 ↔ 3,4) = D[1,2,3,4] + D[3,4,1,2] for MLP',
    'claim "d": 2*(D[1,1,1,2] + (1 <-> 2)) - K[1,2] = 2*D[1,1,1,2] + 2*D[2,2,1,2] - K[1,2] for MLP',
    'claim "e": sum(a,b in {1,2}, V[a,b,3,3]*<d(s1*s2^2, a, b)>) + (2 <-> 3)'
    " = sum(a,b in {1,2}, V[a,b,3,3]*<d(s1*s2^2, a, b)>) + sum(a,b in {1,3}, V[a,b,2,2]*<d(s1*s3^2, a, b)>) for MLP",
    'claim "f": V[x,x,x,y] + (x <-> y) = V[x,x,x,y] + V[y,y,y,x] for MLP, inputs x y',
    'claim "g": <sx^2 sy> + (x <-> y) = <sx^2 sy> + <sy^2 sx> for MLP, inputs x y',
    'claim "h": (<s1^2 s2 s3> + (1 <-> 2)) + (2 <-> 3)'
    " = <s1^2 s2 s3> + <s2^2 s1 s3> + <s1^2 s3 s2> + <s3^2 s1 s2> for MLP",
    'claim "i": chi_par[1]*chi_perp[1,2]*h[1] + (1 <-> 2) = chi_perp[1,2]*(chi_par[1]*h[1] + chi_par[2]*h[2]) for MLP',
    "claim \"j\": D'[1,2,3,4] + (12 <-> 34) = D'[1,2,3,4] + D'[3,4,1,2] for MLP",
    'let m = <s1^3 s2>\nclaim "k": m + (1 <-> 2) = <s1^3 s2> + <s2^3 s1> for MLP',
    'claim "l": (K12^2*K11 + (1 <-> 2)) = K12^2*(K11 + K22) for MLP',
    r'claim latex "m": \[ D_{(12)(34)} + \left(12 \leftrightarrow 34\right) = D_{(12)(34)} + D_{(34)(12)} \] for MLP',
    r'claim latex "n": \[ K_{12} + \bigl[ 2 D_{1123} - (D_{1233} + (1 \leftrightarrow 3)) \bigr]'
    r" = K_{12} + 2 D_{1123} - D_{1233} - D_{3211} \] for MLP",
    r'claim latex "o": \[ \langle \sigma_1^2 \sigma_2 \rangle + (1 ↔ 2)'
    r" = \langle \sigma_1^2 \sigma_2 \rangle + \langle \sigma_2^2 \sigma_1 \rangle \] for MLP",
)

FALSE = (
    'claim "a": <s1^2 s2> + (1 <-> 2) = 2*<s1^2 s2> for MLP',
    'claim "b": D[1,2,3,4] + (12 <-> 34) = D[1,2,3,4] + D[1,4,3,2] for MLP',
    'claim "c": D[1,2,3,4] + (12 <-> 43) = D[1,2,3,4] + D[3,2,1,4] for MLP',
    r'claim latex "d": \[ D_{(12)(34)} + (13 \leftrightarrow 24) = D_{(12)(34)} + D_{(34)(12)} \] for MLP',
)

UNREADABLE = (
    ('claim "a": <s1> + <s1^2> + (1 <-> 2) = 0 for MLP', "could be of the term before it or of all terms"),
    ('claim "b": <s1> - (1 <-> 2) = 0 for MLP', "is added to what it is of"),
    ('claim "c": <s1>*(1 <-> 2) = 0 for MLP', "stands behind the one term"),
    ('claim "d": (1 <-> 2) + <s1> = 0 for MLP', "stands behind what it is of"),
    ('claim "e": (1 <-> 2) = 0 for MLP', "stands behind the one term"),
    ('claim "f": <s1 s2> + (3 <-> 4) = 0 for MLP', "input 3 does not stand"),
    ('claim "g": <s1 s2> + (12 <-> 23) = 0 for MLP', "stands twice"),
    ('claim "h": <s1 s2> + (12 <-> 3) = 0 for MLP', "as many inputs"),
    ('claim "i": <s^2> + (1 <-> 2) = 0 for MLP, inputs one', "at one input"),
    ('claim "j": <s1> + (a <-> b) = 0 for MLP, inputs 2', "no input is called a"),
    ('claim "k": <s1 s2> + (1 <-> 2) + (1 <-> 2) = 0 for MLP', "two exchanges"),
    ('claim "l": E[z1 z2 z3 z4]_c = (d12*d34*V[1,2,3,4] + (2 <-> 3))/n for MLP', "about moments"),
    ('claim "m": sum(a,b in {1,2}, K[a,b] + (a <-> b)) = 0 for MLP', "no input is called a"),
    (r'claim latex "n": \[ V_{1123} + V_{1122} + (1 \leftrightarrow 2) = 0 \] for MLP', "could be of the term before"),
    (r'claim latex "o": \[ V_{1123} (1 \leftrightarrow 2) = 0 \] for MLP', "not expected here"),
    (r'claim latex "p": \[ V_{1123} + 1 \leftrightarrow 2 = 0 \] for MLP', "stands in parentheses"),
    ("let m = <s1 s2^2> + (1 <-> 2)", "no meaning here"),
    ("activation f(z) = z + (1 <-> 2)", "no meaning here"),
)


def test_the_same_with_inputs_exchanged() -> None:
    verdicts = pt.run_text(HEAD + "\n".join(TRUE) + "\n").verdicts
    assert [v.label for v in verdicts if v.kind != "proved"] == []


def test_another_exchange_is_refuted() -> None:
    verdicts = pt.run_text(HEAD + "\n".join(FALSE) + "\n").verdicts
    assert [v.label for v in verdicts if v.kind != "refuted"] == []


@pytest.mark.parametrize(("statement", "message"), UNREADABLE)
def test_what_could_be_read_in_two_ways_is_refused(statement: str, message: str) -> None:
    with pytest.raises(LanguageError, match=message):
        pt.run_text(f"{HEAD}{statement}\n")


def test_it_is_understood_and_typeset_as_it_is_written() -> None:
    text = f"{HEAD}" + 'claim "a": K[1,2] + (D[1,2,3,4] + (12 <-> 34)) = K[1,2] + D[1,2,3,4] + D[3,4,1,2] for MLP\n'
    (verdict,) = pt.run_text(text).verdicts
    assert verdict.understood.startswith("K[1,2] + (D[1,2,3,4] + (12 <-> 34)) = ")
    assert r"\left(D_{(12)(34)} + (12 \leftrightarrow 34)\right)" in verdict.written_latex
    again = rf'claim latex "a": \[ {verdict.written_latex} \] for MLP'
    assert pt.run_text(f"{HEAD}{again}\n").verdicts[0].understood == verdict.understood
