"""Claims about tensors that do not close: decided in concrete networks, where both sides are numbers.

The right values: the usual form is exact for linear sigma and wrong from layer 3 on for every other, by exact
enumeration (tests/residual); the values of a counterexample are enumerated here again.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from tests.oracles.network import mlp
from tests.oracles.site_transfer import SiteTransfer
from tests.oracles.tensors import divide_by_powers, interpolate, paired_correlator
from tests.reported.running import FILES, on_text, ptheory, verdicts

VERTEX = "(C_W*<s'^2 + s*s''> + xi^2)^2*V + C_W^2*(<s^4> - <s^2>^2) + 2*xi^2*C_W*(<z^2 s^2> - K*<s^2>)"
LINEAR = "(C_W + xi^2)^2*V + 2*C_W^2*K^2 + 4*xi^2*C_W*K^2"
KERNEL = "K'[1,2] = xi^2*K[1,2] + C_b + C_W*<s1 s2>"
CLAIMS = f"""ptheory 1
include residual
include observables
architecture Direct {{
    weights W[i,j] ~ Normal(0, C_W/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = prev(z[i;a])/2 + sum(j, W[i,j]*sigma(z[j;a]))
}}
claim "usual vertex": V' = {VERTEX} for Residual, inputs one
claim "usual vertex, quadratic": V' = {VERTEX} for Residual, inputs one, with sigma = z + z^2/4
claim "usual vertex, relu": V' = (C_W/2 + xi^2)^2*V + 5*C_W^2*K^2/4 + 2*xi^2*C_W*K^2 for Residual, inputs one,
    with sigma = relu
claim "linear vertex": V' = {LINEAR} for Residual, inputs one, with sigma = z
claim "linear vertex, wrong factor": V' = {LINEAR} + K^2/10^9 for Residual, inputs one, with sigma = z
claim "two inputs": V'[1,1,2,2] = V[1,1,2,2] + C_W^2*(<s1^2 s2^2> - <s1^2><s2^2>) for Residual, inputs 2
claim "kernel": {KERNEL} for Residual, inputs 2
claim "tangent kernel": Theta' = xi^2*Theta + lambda_b + lambda_W*<s^2> + C_W*<s'^2>*Theta for Residual, inputs one
claim "carried further": K'[1,2] = K[1,2;l-1]/4 + C_W*<s1 s2> for Direct, inputs 2
claim "carried further, relu": K' = K[l-1]/4 + C_W*K/2 for Direct, inputs one, with sigma = relu
claim "carried further, wrong layer": K' = K/4 + C_W*<s^2> for Direct, inputs one
claim "carried further, wrong average": K' = K[l-1]/4 + C_W*<s^2>_K[l-1] for Direct, inputs one
claim "mixed": F' = (C_W*<s'^2 + s*s''> + xi^2)^2*F + C_W^2*<s^2 s'^2>*Theta for Residual, inputs one
"""
EXPECTED = {
    "usual vertex": "refuted",
    "usual vertex, quadratic": "refuted",
    "usual vertex, relu": "refuted",
    "linear vertex": "undecided",  # true; no proof is offered
    "linear vertex, wrong factor": "refuted",
    "two inputs": "refuted",
    "kernel": "proved",
    "tangent kernel": "proved",
    "carried further": "undecided",  # true
    "carried further, relu": "undecided",  # true
    "carried further, wrong layer": "refuted",
    "carried further, wrong average": "refuted",
    "mixed": "refuted",
}


def test_reported_claims_are_refuted() -> None:
    assert set(verdicts(FILES / "g-14c-residual-claim.deriv").values()) == {"refuted"}
    assert set(verdicts(FILES / "f-residual-g1-as-symbol.deriv").values()) == {"refuted"}


def test_verdicts(tmp_path: Path) -> None:
    path = tmp_path / "claims.deriv"
    path.write_text(CLAIMS, "utf-8")
    assert verdicts(path) == EXPECTED


def test_the_left_side_of_a_counterexample_is_what_networks_have(tmp_path: Path) -> None:
    text = f'ptheory 1\ninclude residual\nclaim "c": V\' = {VERTEX} for Residual, inputs one\n'
    (claim,) = on_text(tmp_path, text, "check", "--json").json["files"][0]["claims"]
    values = claim["counterexample"]["values"]
    assert values["sigma(z)"] == "z + 1/2*z^2" and values["inputs"] == "[1, 1]"
    numbers = {name: Fraction(values[name]) for name in ("C_b", "C_W", "xi", "l", "K", "V")}

    def enumerated(layer: int, slots: int) -> Fraction:
        net = mlp((0, 1, "1/2"), ((1, 1),), layer, numbers["C_b"], numbers["C_W"], xi=numbers["xi"])
        points = [(n, paired_correlator(SiteTransfer(net, n).moment, (0,) * slots)) for n in range(3, 9 + 3 * layer)]
        return Fraction(str(divide_by_powers(interpolate(points), slots // 2 - 1, Fraction(1))[0]))

    layer = int(numbers["l"])
    assert enumerated(layer, 2) == numbers["K"] and enumerated(layer, 4) == numbers["V"]
    assert enumerated(layer + 1, 4) == Fraction(claim["counterexample"]["left"]["value"])


def test_what_is_said(tmp_path: Path) -> None:
    text = f'ptheory 1\ninclude residual\nclaim "c": V\' = {LINEAR} for Residual, inputs one, with sigma = z\n'
    ran = on_text(tmp_path, text, "check")
    assert ran.code == 3 and re.search("equal in \\d+ networks, which proves nothing: for Residual", ran.out)
    reported = ptheory("check", FILES / "g-14c-residual-claim.deriv")
    assert reported.code == 1 and "chi_par is derived from the whole of K', the skip included" in reported.out
