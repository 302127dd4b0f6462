"""`derive G` for layers that read prev(...): averages at the kernel of layer l-1, in every output and in claims.

The right values: at leading order the layers of one neuron are independent, so kernels follow by hand from layer to
layer; they are compared with the flow, which works with branches and shares nothing with the recursion.
"""

from __future__ import annotations

import json
from pathlib import Path

import mpmath
import pytest

from tests.reported.running import FILES, on_text, ptheory, verdicts

HEAD = """ptheory 1
include correlators
architecture Dense {
    weights W[i,j] ~ Normal(0, C_W/n)
    weights R[i,j] ~ Normal(0, C_R/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = xi*z[i;a] + sum(j, W[i,j]*sigma(z[j;a])) + sum(j, R[i,j]*sigma(prev(z[j;a])))
}
architecture Shared {
    weights W[i,j] ~ Normal(0, C_W/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*(sigma(z[j;a]) + sigma(prev(z[j;a]))/2))
}
architecture Far {
    weights W[i,j] ~ Normal(0, C_W/n)
    weights R[i,j] ~ Normal(0, C_R/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a])) + sum(j, R[i,j]*tau(prev(prev(z[j;a]))))
}
architecture Fields {
    weights W[i,j] ~ Normal(0, C_W/n)
    weights R[i,j] ~ Normal(0, C_R/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    first   v[i;a] = sum(k, R[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a])*v[j;a])
    layer   v[i;a] = sum(j, R[i,j]*sigma(prev(z[j;a]) + prev(v[j;a])))
}
"""


def test_the_reported_file() -> None:
    ran = ptheory("run", FILES / "g-27-densenet.deriv")
    assert ran.code == 0
    assert "K′[1,2] = C_R·⟨σ₁ σ₂⟩_K[ℓ-1] + C_W·⟨σ₁ σ₂⟩" in ran.out
    relu, quadratic = (part for part in ran.out.split("Flow of Dense")[1:])
    assert [line.split()[-1] for line in relu.splitlines() if "G[0,0]" in line] == ["1", "1/2", "3/4", "5/8", "11/16"]
    assert "19105515/16777216" in quadratic


RECURSIONS = {
    "Dense": "xi^2*K[1,2] + C_R*<s1*s2>_K[l-1] + C_W*<s1*s2>",
    "Shared": "1/4*C_W*(4*<s1*s2> + <s1*s2>_K[l-1] + 2*<s1>*<s2>_K[l-1] + 2*<s1>_K[l-1]*<s2>)",
    "Far": "C_R*<tau1*tau2>_K[l-2] + C_W*<sigma1*sigma2>",
}


@pytest.mark.parametrize("architecture", RECURSIONS)
def test_recursions_in_text_and_latex(architecture: str, tmp_path: Path) -> None:
    on_text(tmp_path, f"{HEAD}derive G for {architecture}\n", "run", "--to", "json", "-o", str(tmp_path))
    document = json.loads((tmp_path / "case.json").read_text("utf-8"))
    (row,) = (item for part in document["sections"] for item in part["items"] if item["type"] == "equation")
    assert row["rhs"] == RECURSIONS[architecture]
    assert rf"\rangle_{{K^{{(\ell-{'2' if architecture == 'Far' else '1'})}}}}" in row["latex"]


def test_what_is_printed_reads_back_as_a_claim(tmp_path: Path) -> None:
    claims = "".join(
        f'claim "{name}": K\'[1,2] = {right} for {name}, inputs 2\n' for name, right in RECURSIONS.items()
    )  # fmt: skip
    path = tmp_path / "claims.deriv"
    path.write_text(HEAD + claims, "utf-8")
    assert verdicts(path) == dict.fromkeys(RECURSIONS, "proved")


CLAIMS = {
    "K' = xi^2*K + (C_W + C_R)*<s^2> for Dense, inputs one": "refuted",
    "K' = xi^2*K + C_W*<s^2>_K[l-1] + C_R*<s^2> for Dense, inputs one": "refuted",
    "K' = xi^2*K + C_W*K/2 + C_R*K[l-1]/2 for Dense, inputs one, with sigma = relu": "proved",
    "K' = xi^2*K + C_W*K[l-1]/2 + C_R*K[l-1]/2 for Dense, inputs one, with sigma = relu": "refuted",
    "K' = C_W*<s^2> + C_W/4*<s^2>_K[l-1] + C_W*<s><s>_K[l-1] for Shared, inputs one": "proved",
    "K' = C_W*<s^2> + C_W/4*<s^2>_K[l-1] for Shared, inputs one": "refuted",
    "K' = C_W*(K + K[l-1]/4) for Shared, inputs one, with sigma = sin": "refuted",
}


def test_claims(tmp_path: Path) -> None:
    path = tmp_path / "claims.deriv"
    path.write_text(HEAD + "".join(f'claim "{claim}": {claim}\n' for claim in CLAIMS), "utf-8")
    assert verdicts(path) == CLAIMS


def test_the_recursion_with_shared_weights_is_that_of_the_flow(tmp_path: Path) -> None:
    """<relu^2> = K/2 and <relu> = sqrt(K/(2 pi)); at layer 2 the skip is absent."""
    flow = "flow Shared with sigma = relu { inputs [1]; set C_W = 2; depth 5; digits 12; show G }\n"
    layers = on_text(tmp_path, HEAD + flow, "flow", "--json").json["layers"]
    kernels = [mpmath.mpf(0), mpmath.mpf(2)]
    for _ in range(4):
        below, here = kernels[-2:]
        kernels.append(2 * (here / 2 + below / 8 + mpmath.sqrt(here * below) / (2 * mpmath.pi)))
    for row, expected in zip(layers, kernels[1:], strict=True):
        assert abs(mpmath.mpf(row["G"]["0,0"][0]) - expected) < 1e-10


REFUSED = {
    "derive V for Dense": "does not close",
    "derive G to order 1/n for Dense": "does not close",
    "with sigma = tanh for Dense { set xi = 0; critical }": "",
}


@pytest.mark.parametrize("task", REFUSED)
def test_what_does_not_close_is_refused(task: str, tmp_path: Path) -> None:
    ran = on_text(tmp_path, f"{HEAD}{task}\n", "run")
    assert ran.code == 2 and "Traceback" not in ran.err and REFUSED[task] in ran.err


def test_an_average_over_two_layers_together_is_refused_by_name(tmp_path: Path) -> None:
    text = HEAD.replace("sum(j, W[i,j]*sigma(z[j;a])*v[j;a])", "sum(j, W[i,j]*sigma(z[j;a] + prev(z[j;a])))")
    text += "define G_z by E[z1 z2]_c = d12 G_z[1,2]\nderive G_z for Fields\n"
    ran = on_text(tmp_path, text.replace("include correlators\n", ""), "run")
    assert ran.code == 2 and "averages over fields of layers l and l-1" in ran.err.replace("an average", "averages")


def test_two_fields(tmp_path: Path) -> None:
    text = (
        HEAD.replace("include correlators\n", "") + "define G_v by E[v1 v2]_c = d12 G_v[1,2]\nderive G_v for Fields\n"
    )
    ran = on_text(tmp_path, text, "run")
    assert "K_v′[1,2] = C_R·⟨σ(v₁ + z₁) σ(v₂ + z₂)⟩_K[ℓ-1]" in ran.out
