"""Functions of linear combinations of fields, tanh(u - v/3): derived, shown, flowing, in claims; all others refused.

The right values: a combination of Gaussians is one Gaussian, so that one-dimensional integrals by mpmath give the
kernels; and exact enumeration where the function is a polynomial.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest

from tests.oracles.network import Network, at, network, reads_input, weighted
from tests.reported.running import FILES, on_text, ptheory, verdicts
from tests.residual.comparison import SkipFlow, flow_text

FIELDS = """    weights W[i,j] ~ Normal(0, C_W/n)
    weights U[i,j] ~ Normal(0, C_U/n)
    first   u[i;a] = sum(k, W[i,k]*x[k;a])
    first   v[i;a] = sum(k, U[i,k]*x[k;a])
"""
DEFINED = """define G_u by E[u1 u2]_c = d12 G_u[1,2]
define G_v by E[v1 v2]_c = d12 G_v[1,2]
define V_u by E[u1 u2 u3 u4]_c = (d12 d34 V_u[1,2,3,4] + d13 d24 V_u[1,3,2,4] + d14 d23 V_u[1,4,2,3]) / n
"""


def mean(function, variance):  # type: ignore[no-untyped-def]
    """<f(z)> at one Gaussian by mpmath."""
    root = mpmath.sqrt(variance)
    weight = mpmath.sqrt(2 * mpmath.pi)
    return mpmath.quad(lambda t: function(root * t) * mpmath.exp(-t * t / 2) / weight, [-12, -4, 0, 4, 12])


def file_of(u: str, v: str, rest: str) -> str:
    layers = f"    layer   u[i;a] = sum(j, W[i,j]*({u}))\n    layer   v[i;a] = sum(j, U[i,j]*({v}))\n"
    return f"ptheory 1\narchitecture S {{\n{FIELDS}{layers}}}\n{DEFINED}{rest}"


def test_the_reported_file(tmp_path: Path) -> None:
    ran = ptheory("run", FILES / "g-48-two-field-argument.deriv")
    assert ran.code == 0
    assert "K_u′[1,2] = C_W·⟨tanh(u₁ + v₁) tanh(u₂ + v₂)⟩" in ran.out
    assert "K_v′[1,2] = C_U·⟨tanh(u₁ − v₁) tanh(u₂ − v₂)⟩" in ran.out
    shown = [line.split()[-1] for line in ran.out.splitlines() if "G_" in line and "[0,0]" in line]
    ku, kv = mpmath.mpf(1), mpmath.mpf(1) / 2
    for layer in range(1, 4):
        assert abs(mpmath.mpmathify(eval_fraction(shown[2 * layer - 2])) - ku) < 1e-7
        assert abs(mpmath.mpmathify(eval_fraction(shown[2 * layer - 1])) - kv) < 1e-7
        square = mean(lambda z: mpmath.tanh(z) ** 2, ku + kv)  # u and v share no weights: K_uv = 0
        ku, kv = square, square / 2


def eval_fraction(text: str) -> mpmath.mpf:
    above, _, below = text.partition("/")
    return mpmath.mpf(above) / mpmath.mpf(below or 1)


ONE_LAYER = {  # u -> its kernel at layer 2 from K_uu = 1, K_vv = 1/2, K_uv = 0, C_W = 1, C_U = 1/2
    "relu(u[j;a] + v[j;a])": lambda: mpmath.mpf(3) / 4,
    "sin(2*u[j;a] - v[j;a]/3)": lambda: mean(lambda z: mpmath.sin(z) ** 2, 4 + mpmath.mpf(1) / 18),
    "1/(1 + (u[j;a] - c*v[j;a])^2)": lambda: mean(lambda z: (1 + z * z) ** -2, 1 + mpmath.mpf(1) / 8),
    "tanh(u[j;a] + v[j;a] + 1)": lambda: mean(lambda z: mpmath.tanh(z + 1) ** 2, 1.5),
    "v[j;a]*sigma(u[j;a])": lambda: mean(lambda z: mpmath.tanh(z) ** 2, 1) / 2,
    "sigma((u[j;a] - v[j;a])/2)": lambda: mean(lambda z: mpmath.tanh(z) ** 2, mpmath.mpf(3) / 8),
    "sin(u[j;a] + v[j;a])*cos(u[j;a] + v[j;a])": lambda: mean(lambda z: mpmath.sin(2 * z) ** 2 / 4, 1.5),
    "piecewise((u[j;a] >= v[j;a]): u[j;a] - v[j;a], otherwise: 0)": lambda: mpmath.mpf(3) / 4,
}


@pytest.mark.parametrize("written", ONE_LAYER)
def test_kernels_beside_one_dimensional_integrals(written: str, tmp_path: Path) -> None:
    bound = " with sigma = tanh" if "sigma" in written else ""
    values = "C_W = 1, C_U = 1/2" + (", c = 1/2" if "c*" in written else "")
    rest = f"flow S{bound} {{ inputs [1]; set {values}; depth 2; digits 10; show G_u }}\n"
    ran = on_text(tmp_path, file_of(written, "v[j;a]", rest), "flow", "--json")
    assert ran.code == 0, ran.err
    found = eval_fraction(ran.json["layers"][1]["G_u"]["0,0"][0])
    assert abs(found - ONE_LAYER[written]()) < 1e-9


def test_polynomials_of_combinations_beside_enumeration() -> None:
    """The vertex and G at order 1/n through the chain rule of a combination, sigma = z + z^2/4 left to the flow."""
    u, v = at("u"), at("v")
    whole, other = u * 2 - v / 3, u + v
    text = FIELDS + (
        "    layer   u[i;a] = sum(j, W[i,j]*phi(2*u[j;a] - v[j;a]/3))\n"
        "    layer   v[i;a] = sum(j, U[i,j]*phi(u[j;a] + v[j;a]))"
    )

    def both(depth: int) -> Network:
        layers = {"u": [weighted("W", whole + whole**2 / 4)], "v": [weighted("U", other + other**2 / 4)]}
        first = {"u": [reads_input("W")], "v": [reads_input("U")]}
        return network(first, layers, {"W": "6/5", "U": "3/4"}, (("3/4", "-2/3"),), depth)

    written = flow_text(text, (("3/4", "-2/3"),), "C_W = 6/5, C_U = 3/4", 3, "order 1/n", show="G_u")
    written = written.replace("include correlators\ninclude observables\n", "").replace(
        "\nflow A", f"\n{DEFINED}flow A"
    )
    flow = SkipFlow(written.replace("flow A {", "flow A with phi = z + z^2/4 {"))
    expected = [Fraction(str(coefficient)) for coefficient in enumerated_kernel(both(3))]
    assert flow.coefficients(3, "G_u", (0, 0))[:2] == expected[:2]


def enumerated_kernel(net: Network) -> list[object]:
    from tests.oracles.site_transfer import SiteTransfer
    from tests.oracles.tensors import interpolate

    points = [(n, SiteTransfer(net, n).moment((("u", 1, 0), ("u", 1, 0)))) for n in range(2, 9)]
    return list(interpolate(points))


CLAIMS = """claim "proved": K_u' = C_W*<sigma(u + c*v)^2*u^2> for S, inputs one
claim "two inputs": K_u'[1,2] = C_W*<sigma(u1 + c*v1)*sigma(u2 + c*v2)*u1*u2> for S, inputs 2
claim "by parts": K_u' = C_W*K_u*<sigma(u + c*v)^2>
    + 2*C_W*K_u^2*<sigma(u + c*v)*sigma''(u + c*v) + sigma'(u + c*v)^2> for S, inputs one
claim "another slope": K_u' = C_W*<sigma(u + v)^2*u^2> for S, inputs one
claim "sine": K_u' = C_W*K_u/2*(1 - exp(-2*(K_u + c^2*K_v))*(1 - 4*K_u)) for S, inputs one, with sigma = sin
claim "wrong sine": K_u' = C_W*K_u/2*(1 - exp(-2*(K_u + c^2*K_v))*(1 - 3*K_u)) for S, inputs one, with sigma = sin
claim "variance": <(u - 2*v)^2> = K_u + 4*K_v for S, inputs one
claim "not independent": <sigma(u - v)*sigma(u + v)> = <sigma(u + v)>*<sigma(u - v)> for S, inputs one
claim "independent": <sigma(u)*sigma(v)> = <sigma(u)>*<sigma(v)> for S, inputs one
"""
REFUTED = ("another slope", "wrong sine", "not independent")


def test_claims(tmp_path: Path) -> None:
    path = tmp_path / "claims.deriv"
    path.write_text(file_of("sigma(u[j;a] + c*v[j;a])*u[j;a]", "v[j;a]", CLAIMS), "utf-8")
    found = verdicts(path)
    assert len(found) == 9
    assert {label for label, verdict in found.items() if verdict == "refuted"} == set(REFUTED)
    assert set(found.values()) == {"proved", "refuted"}


def test_every_output_writes_the_argument(tmp_path: Path) -> None:
    text = file_of("sigma(u[j;a] - c*v[j;a])", "1/(1 + (u[j;a] + v[j;a])^2)", "derive G_u, G_v, V_u\n")
    on_text(tmp_path, text, "run", "--to", "json", "-o", str(tmp_path))
    document = json.loads((tmp_path / "case.json").read_text("utf-8"))
    rows = [item for part in document["sections"] for item in part["items"] if item["type"] == "equation"]
    assert rows[0]["rhs"] == "C_W*<sigma(u1 - c*v1)*sigma(u2 - c*v2)>"
    assert rows[0]["latex"].endswith(r"\langle \sigma(u_1 - c v_1) \sigma(u_2 - c v_2)\rangle_K")
    assert rows[1]["rhs"] == "C_U*<(1/(1 + (u1 + v1)^2))*(1/(1 + (u2 + v2)^2))>"
    explained = ptheory("run", tmp_path / "case.deriv", "--explain", "V_u").out
    assert "σ(u[j;1] − c·v[j;1])" in explained


MIXED = {
    "sigma(u[j;a]*v[j;a])": "u[j;a]*v[j;a]",
    "sin(u[j;a]^2 + v[j;a])": "u[j;a]",
    "max(u[j;a], v[j;a])": "v[j;a]",
    "sigma(u[j;a] + tanh(v[j;a]))": "v[j;a]",
}


@pytest.mark.parametrize("task", ["derive G_u", 'claim "c": K_u\' = 0 for S, inputs one'])
@pytest.mark.parametrize("written", MIXED)
def test_other_functions_of_several_fields_are_pointed_at(written: str, task: str, tmp_path: Path) -> None:
    ran = on_text(tmp_path, file_of(written, "v[j;a]", task + "\n"), "run")
    assert ran.code == 2 and "that is no function of one linear combination of them" in ran.err
    assert "case.deriv:7:" in ran.err and "Traceback" not in ran.err
