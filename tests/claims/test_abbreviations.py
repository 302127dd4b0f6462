r"""What an abbreviation hides counts as if it were written: the layer, the width, a series, the terms of a law."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.claims.setting import verdicts_of
from tests.reported.running import HEAD

MLP = "for MLP, inputs one"
LINEAR = f"{MLP}, C_b = 0, C_W = 2, with sigma = linear, unit inputs"
DECIDED = (
    ("let m = n", f"m*(G' - K') = G1' {MLP}", "proved"),
    ("let m = n", f"m*(G' - K') = 0 {MLP}", "refuted"),
    ("let gap = G' - K'", f"n*gap = G1' {MLP}", "proved"),
    ("let gap = G' - K'", f"n*gap = 0 {MLP}", "refuted"),
    ("let second = G1/n", f"G = K + second {MLP}", "proved"),
    ("let second = G1/n", f"G = K + 2*second {MLP}", "refuted"),
    ("let growth = 2^l", f"K = growth {LINEAR}", "proved"),
    ("let growth = 2^l", f"K = 2*growth {LINEAR}", "refuted"),
    ("let law = 1/(2*l) + 1/l^2", f"K ~ law {MLP}, with sigma = tanh", "refuted"),
    ("let law = 1/(2*l)", f"K ~ law {MLP}, with sigma = tanh", "proved"),
    ("let third = 7*K^3", f"<sin(z)^2> = K + third + O(K^2) {MLP}", "unreadable"),
    ("let third = 7*K^3", f"<sin(z)^2> = K - K^2 + third + O(K^4) {MLP}", "refuted"),
)


@pytest.mark.parametrize(("abbreviation", "claim", "expected"), DECIDED)
def test_an_abbreviation_hides_nothing(abbreviation: str, claim: str, expected: str, tmp_path: Path) -> None:
    (verdict,) = verdicts_of(tmp_path, claim, head=f"{HEAD}{abbreviation}\n")
    assert verdict["verdict"] == expected


ABBREVIATIONS = """ptheory 1
include mlp
include observables
let kappa = V/n[l-1]
let Sdot = chi_perp[1,2;l-1]
let dotted = <s1' s2'>_K[l-1]
let gap = G' - K'
let several = kappa*K
let of_weights = C_W[l+1]*K
let prime = V'
"""
RECURSION = "C_W^2/n[l]*(<s^4> - <s^2>^2) + chi_par^2*kappa"
NEXT_LAYER = [
    (f"kappa[l+1] = {RECURSION} for MLP, inputs one", "proved"),
    (f"kappa[l+1] = {RECURSION.replace('n[l]', 'n[l-1]')} for MLP, inputs one", "refuted"),
    (f"kappa = {RECURSION} for MLP, inputs one", "refuted"),
    ("Theta'[1,2] = lambda_b + lambda_W*<s1 s2> + Sdot[l+1]*Theta[1,2] for MLP", "proved"),
    ("Sdot[l+1] = C_W*dotted[l+1] for MLP", "proved"),
    ("Sdot[l+1] = dotted[l+1] for MLP", "refuted"),
    ("several[l+1] = V'*K'/n[l] for MLP, inputs one", "proved"),
    ("several[l+1] = V'*K/n[l] for MLP, inputs one", "refuted"),
    ("n*gap[l] = 0 for MLP, inputs one", "refuted"),
    ("n*gap[l] = G1' for MLP, inputs one", "proved"),
    ("Sdot = <s1' s2'> for MLP", "unreadable"),
    ("of_weights[l+1] = 1 for MLP, inputs one", "unreadable"),
    ("prime[l+1] = 1 for MLP, inputs one", "unreadable"),
    ("kappa[l+2] = 1 for MLP, inputs one", "unreadable"),
    ("kappa' = 1 for MLP, inputs one", "unreadable"),
]


def test_abbreviations_at_the_next_layer(tmp_path: Path) -> None:
    found = verdicts_of(tmp_path, *(claim for claim, _ in NEXT_LAYER), head=ABBREVIATIONS)
    assert [(claim["verdict"], text) for claim, (text, _) in zip(found, NEXT_LAYER, strict=True)] == [
        (verdict, text) for text, verdict in NEXT_LAYER
    ]
