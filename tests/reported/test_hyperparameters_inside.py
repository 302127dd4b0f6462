"""Hyperparameters inside functions of a layer equation, slopes and thresholds of piecewise formulas among them.

The right values: half of a Gaussian lies on either side of 0, erfc beyond a threshold, and <sin(bz)^2> by its Fourier
form.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mpmath

from tests.reported.running import on_text, verdicts

HEAD = """ptheory 1
include correlators
architecture Leaky {
    weights W[i,j] ~ Normal(0, C_W/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*piecewise((z[j;a] >= 0): z[j;a], otherwise: slope*z[j;a]))
}
architecture Step {
    weights W[i,j] ~ Normal(0, C_W/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*piecewise((z[j;a] >= edge): 1, otherwise: low))
}
architecture Scaled {
    weights W[i,j] ~ Normal(0, C_W/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*relu(beta*z[j;a]))
}
architecture Both {
    weights W[i,j] ~ Normal(0, C_W/n)
    weights R[i,j] ~ Normal(0, C_R/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*piecewise((z[j;a] >= 0): z[j;a], otherwise: slope*z[j;a])) + sum(j, R[i,j]*LAST)
}
""".replace("LAST", "sigma(beta*z[j;a])")

CLAIMS = {
    "K' = C_W*(1 + slope^2)*K/2 for Leaky, inputs one": "proved",
    "K' = C_W*(1 + slope)*K/2 for Leaky, inputs one": "refuted",
    "K' = C_W*(1 + slope^2)*K/2 + C_W*slope^3*K/10^9 for Leaky, inputs one": "refuted",
    "K' = C_W*<piecewise((z >= 0): z, otherwise: slope*z)^2> for Leaky, inputs one": "proved",
    "K'[1,2] = C_W*<s1 s2> for Leaky, inputs 2": "proved",
    "K' = C_W*(1 + (low^2 - 1)*erfc(-edge/sqrt(2*K))/2) for Step, inputs one": "checked",
    "K' = C_W*(1 + (low^2 - 1)*erfc(-edge/sqrt(K))/2) for Step, inputs one": "refuted",
    "K' = C_W*beta^2*K/2 for Scaled, inputs one": "checked",
    "<relu(beta*z)> = beta*sqrt(K/(2*pi)) for Scaled, inputs one": "refuted",  # wrong for beta < 0
    "<relu(beta*z)> = abs(beta)*sqrt(K/(2*pi)) for Scaled, inputs one": "checked",
    "K' = C_W*(1 + slope^2)*K/2 + C_R*(1 - exp(-2*beta^2*K))/2 for Both, inputs one, with sigma = sin": "proved",
    "K' = C_W*(1 + slope^2)*K/2 + C_R*(1 - exp(-beta^2*K))/2 for Both, inputs one, with sigma = sin": "refuted",
}


def test_claims(tmp_path: Path) -> None:
    path = tmp_path / "claims.deriv"
    path.write_text(HEAD + "".join(f'claim "{claim}": {claim}\n' for claim in CLAIMS), "utf-8")
    assert verdicts(path) == CLAIMS


def flow(folder: Path, task: str) -> list[str]:
    ran = on_text(folder, HEAD + task, "flow", "--json")
    assert ran.code == 0, ran.err
    return [row["G"]["0,0"][0] for row in ran.json["layers"]]


def test_flows(tmp_path: Path) -> None:
    leaky = flow(tmp_path, "flow Leaky { inputs [1]; set C_W = 1, slope = 1/10; depth 4; show G }\n")
    assert [Fraction(value) for value in leaky] == [Fraction(101, 200) ** k for k in range(4)]
    step = flow(tmp_path, "flow Step { inputs [1]; set C_W = 1, edge = 1/2, low = -1/3; depth 3; digits 12; show G }\n")
    kernel = mpmath.mpf(1)
    for value in step[1:]:
        above = mpmath.erfc(mpmath.mpf(1) / 2 / mpmath.sqrt(2 * kernel)) / 2
        kernel = above + (1 - above) / 9
        assert abs(mpmath.mpf(value) - kernel) < 1e-10


def test_a_block_puts_the_values_in(tmp_path: Path) -> None:
    task = "derive G for Both\nwith sigma = sin for Both { inputs one; set slope = 1/10, beta = 1/2; show G }\n"
    assert "1/2·C_R·(1 − exp(−K/2)) + 101/200·C_W·K" in on_text(tmp_path, HEAD + task, "run").out


def test_an_activation_of_one_variable_says_where_it_belongs(tmp_path: Path) -> None:
    text = "ptheory 1\nactivation leaky(z) = piecewise((z >= 0): z, otherwise: slope*z)\n"
    ran = on_text(tmp_path, text, "run")
    assert (
        ran.code == 2 and "unknown name slope" in ran.err and "a hyperparameter stands in a layer equation" in ran.err
    )
