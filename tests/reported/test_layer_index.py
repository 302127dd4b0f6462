r"""C_W[l] is that of the layer its weights belong to: in claims, recursions, flow, LaTeX, SymPy.

A recursion leads from l to l+1, so its hyperparameters are C_W[l+1], ... The numbers of `flow` are compared with an
iteration of the two-line recursions done here by hand, exactly (polynomial activation) or by quadrature (tanh).
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest

import ptheory as pt
from ptheory.language import parse
from ptheory.networks.program import check_file
from ptheory.simulation.networks_in_numbers import NumericArchitecture
from tests.reported.running import FILES, on_text, ptheory, verdicts

VARYING = """ptheory 1
include correlators
include observables
architecture Varying {
    weights W[i,j] ~ Normal(0, C_W[l]/n[l-1])   rate lambda_W[l]/n
    biases  b[i]   ~ Normal(0, C_b[l])          rate lambda_b
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))
}
"""


def test_the_reported_file() -> None:
    found = verdicts(FILES / "layer_dependent.deriv")
    assert found == {"weights of the layer above": "proved", "weights of this layer": "refuted"}


CLAIMS = [
    ("V' = C_W[l+1]^2*(<s^4> - <s^2>^2) + chi_par^2*V for Varying, inputs one", "proved"),
    ("V' = C_W[l]^2*(<s^4> - <s^2>^2) + chi_par^2*V for Varying, inputs one", "refuted"),
    ("chi_par = C_W[l+1]*<z*s*s'>/K for Varying, inputs one", "proved"),
    ("chi_par = C_W[l]*<z*s*s'>/K for Varying, inputs one", "refuted"),
    ("chi_perp = C_W[l+1]*<s'^2> for Varying, inputs one", "proved"),
    ("Theta' = lambda_b + lambda_W[l+1]*<s^2> + chi_perp*Theta for Varying, inputs one", "proved"),
    ("Theta' = lambda_b + lambda_W[l]*<s^2> + chi_perp*Theta for Varying, inputs one", "refuted"),
    ("Theta' = lambda_b[l+1] + lambda_W[l+1]*<s^2> + chi_perp*Theta for Varying, inputs one", "proved"),
]
LATEX = [
    (r"K^{(\ell+1)} = C_b^{(\ell+1)} + C^{(\ell+1)}_W \langle\sigma\sigma\rangle_{K^{(\ell)}}", "proved"),
    (r"K^{(\ell)} = C_b^{(\ell)} + C_W^{(\ell)} \langle\sigma\sigma\rangle_{K^{(\ell-1)}}", "proved"),
    (r"K^{(\ell+1)} = C_b^{(\ell)} + C_W^{(\ell)} \langle\sigma\sigma\rangle_{K^{(\ell)}}", "refuted"),
    (r"K^{(\ell)} = C_b^{(\ell-1)} + C_W^{(\ell-1)} \langle\sigma\sigma\rangle_{K^{(\ell-1)}}", "refuted"),
]


def test_claims_of_layer_dependent_hyperparameters(tmp_path: Path) -> None:
    plain = [f'claim "{k}": {claim}\n' for k, (claim, _) in enumerate(CLAIMS)]
    latex = [f'claim latex "x{k}": \\[ {body} \\] for Varying, inputs one\n' for k, (body, _) in enumerate(LATEX)]
    path = tmp_path / "case.deriv"
    path.write_text(VARYING + "".join(plain + latex), "utf-8")
    right = {str(k): kind for k, (_, kind) in enumerate(CLAIMS)} | {f"x{k}": kind for k, (_, kind) in enumerate(LATEX)}
    assert verdicts(path) == right


UNCLEAR = [
    ("K' = C_b[l+1] + C_W*<s^2> for Varying, inputs one", "C_W of which layer?", "C_W"),
    ("Theta' = lambda_b[l] for Varying, inputs one", "the parameters of layer l+1", "lambda_b[l]"),
]


@pytest.mark.parametrize(("claim", "message", "offender"), UNCLEAR, ids=["no layer", "wrong layer of a constant"])
def test_a_layer_left_out_or_wrong_is_an_error_at_its_place(
    tmp_path: Path, claim: str, message: str, offender: str
) -> None:
    ran = on_text(tmp_path, VARYING + f'claim "c": {claim}\n', "check")
    assert ran.code == 2 and message in ran.err
    line, caret = ran.err.splitlines()[1:3]
    assert line[caret.index("^") : caret.index("^") + caret.count("^")] == offender


def test_printed_recursions_carry_the_layer_of_their_weights(tmp_path: Path) -> None:
    """Beside n[l]/n[l-1] stands C_W[l+1]^2, in every format and in every step of the derivation."""
    folder = tmp_path / "out"
    ran = on_text(tmp_path, VARYING + "derive V, Theta\n", "run", "--to", "text,latex,json", "-o", str(folder))
    assert ran.code == 0, ran.err
    explained = ptheory("run", tmp_path / "case.deriv", "--explain", "V").out
    pages = [path.read_text("utf-8") for path in sorted(folder.glob("*.*"))]
    assert "C_W[ℓ+1]²" in ran.out + explained + "".join(pages)
    for page in (ran.out, explained, *pages):
        indices = re.findall(r"(?:C_W|C_b|lambda_W|λ_W)(?:\[(.*?)\]|\^\{\((.*?)\)\})", page)
        assert {"".join(found).replace("\\", "").replace("ell", "l").replace("ℓ", "l") for found in indices} <= {"l+1"}
    assert r"C^{(\ell+1)}_W" in "".join(pages)


def test_sympy_symbols_say_the_layer(tmp_path: Path) -> None:
    path = tmp_path / "case.deriv"
    path.write_text(VARYING + "derive V, Theta\n", "utf-8")
    result = pt.run(str(path))
    names = {str(symbol) for name in ("V", "Theta") for symbol in result[name].rhs.free_symbols}
    assert {"C_W_lp1", "lambda_W_lp1", "lambda_b", "n_l", "n_lm1"} <= names
    assert not any(name.endswith("_l") and name != "n_l" for name in names)


def test_flow_numbers_against_an_iteration_by_hand(tmp_path: Path) -> None:
    """sigma = z + z^2/4 at one input of norm one: every average is a polynomial in K."""
    values = "C_W = 1, C_W[2] = 1/2, C_W[4] = 3, C_b = 1/10, C_b[3] = 2"
    values += ", lambda_b = 1/5, lambda_W = 2/3, lambda_W[2] = 7"
    ran = on_text(
        tmp_path,
        VARYING + f"flow Varying with sigma = z + z^2/4 {{ inputs [1]; set {values}; depth 4; show G, V, Theta }}\n",
        "flow",
        "--json",
    )
    q = Fraction
    weight, bias, rate = {1: q(1), 2: q(1, 2), 3: q(1), 4: q(3)}, {3: q(2)}, {2: q(7)}
    kernel = bias.get(1, q(1, 10)) + weight[1]
    vertex, tangent = q(0), q(1, 5) + rate.get(1, q(2, 3))
    for layer in ran.json["layers"]:
        number = layer["layer"]
        if number > 1:
            second = kernel + q(3, 16) * kernel**2
            fourth = 3 * kernel**2 + 6 * q(1, 16) * 15 * kernel**3 + q(1, 256) * 105 * kernel**4
            parallel = weight[number] * (1 + q(3, 8) * kernel)
            perpendicular = weight[number] * (1 + kernel / 4)
            vertex = parallel**2 * vertex + weight[number] ** 2 * (fourth - second**2)
            tangent = q(1, 5) + rate.get(number, q(2, 3)) * second + perpendicular * tangent
            kernel = bias.get(number, q(1, 10)) + weight[number] * second
        assert [q(layer[name][key][0]) for name, key in (("G", "0,0"), ("V", "0,0,0,0"), ("Theta", "0,0"))] == [
            kernel,
            vertex,
            tangent,
        ]


INSIDE = """ptheory 1
include correlators
architecture Inside {
    weights W[i,j] ~ Normal(0, C_W[l]/n)
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = SKIPsum(j, W[i,j]*tanh(c[l]*z[j;a]))
}
flow Inside { inputs [1]; set C_W = 1, C_W[3] = 2, c[2] = 3, c[3] = 1/2SET; depth 3; digits 12; show G }
"""


def mean_square_of_tanh(scale: mpmath.mpf) -> mpmath.mpf:
    """<tanh(scale z)^2> at K = 1."""
    return mpmath.quad(lambda z: mpmath.tanh(scale * z) ** 2 * mpmath.npdf(z), [-10, -1, 0, 1, 10])


@pytest.mark.parametrize(
    ("skip", "setting", "kept"),
    [("", "", {2: 0, 3: 0}), ("xi[l]*z[i;a] + ", ", xi = 1, xi[3] = 1/2", {2: 1, 3: 0.25})],
    ids=["plain", "with a skip connection"],
)
@pytest.mark.parametrize("written", ["c[l]", "c"])
def test_a_hyperparameter_inside_a_function(
    tmp_path: Path, skip: str, setting: str, kept: dict[int, float], written: str
) -> None:
    text = INSIDE.replace("SKIP", skip).replace("SET", setting).replace("c[l]*", written + "*")
    ran = on_text(tmp_path, text, "flow", "--json")
    kernel = mpmath.mpf(1)
    for layer, scale, weight in ((2, 3, 1), (3, 0.5, 2)):
        kernel = kept[layer] * kernel + weight * mean_square_of_tanh(scale * mpmath.sqrt(kernel))
        found = ran.json["layers"][layer - 1]["G"]["0,0"][0]
        assert mpmath.almosteq(mpmath.mpf(found), kernel, 1e-10)


def test_recursions_with_a_hyperparameter_inside_a_function_print_its_layer(tmp_path: Path) -> None:
    text = INSIDE.replace("SKIP", "").replace("SET", "") + "derive G\n"
    ran = on_text(tmp_path, text, "run", "--to", "text,latex", "-o", str(tmp_path / "out"))
    assert "tanh(c[l + 1]·z)" in ran.out and "C_W[ℓ+1]" in ran.out
    assert r"c^{(\ell+1)}" in "".join(p.read_text("utf-8") for p in (tmp_path / "out").glob("*.*"))


def test_simulated_networks_use_the_weights_of_the_layer_they_make() -> None:
    """Layer 3 of a real network is drawn with C_W[3], as flow takes it."""
    architecture = check_file(parse(VARYING)).architectures["Varying"]
    numbers = {"C_W": 1.0, ("C_W", 3): 2.0, "C_b": 0.5, ("C_b", 2): 7.0}
    networks = NumericArchitecture(architecture, {}, numbers, np.ones((1, 1)), (8, 8, 8))
    variance = {parameter.name: parameter.variance for parameter in architecture.parameters}
    assert [networks.number(variance["W"], layer) for layer in (1, 2, 3, 4)] == [1.0, 1.0, 2.0, 1.0]
    assert [networks.number(variance["b"], layer) for layer in (1, 2, 3, 4)] == [0.5, 7.0, 0.5, 0.5]


def test_a_printed_recursion_reads_back_as_a_claim(tmp_path: Path) -> None:
    block = "with sigma = tanh { inputs one; show G, V, Theta }\n"
    ran = on_text(tmp_path, VARYING + block, "run", "--to", "json", "-o", str(tmp_path / "out"))
    assert ran.code == 0, ran.err
    (written,) = (tmp_path / "out").iterdir()
    items = [i for section in json.loads(written.read_text("utf-8"))["sections"] for i in section["items"]]
    claims = [
        f'claim "{item["name"]}": {item["lhs"]} = {item["rhs"]} for Varying, inputs one\n'
        for item in items
        if item["type"] == "specialised equation"
    ]
    path = tmp_path / "claims.deriv"
    path.write_text(VARYING + "".join(claims), "utf-8")
    assert len(claims) == 3 and all("[l+1]" in claim for claim in claims)
    assert set(verdicts(path).values()) == {"proved"}


def test_claims_of_a_hyperparameter_inside_a_function(tmp_path: Path) -> None:
    declared = INSIDE[: INSIDE.index("flow")].replace("SKIP", "")
    claims = {
        "K' = C_W[l+1]*<tanh(c[l+1]*z)^2>": "proved",
        "K' = C_W[l+1]*<tanh(c[l]*z)^2>": "refuted",
        "K' = C_W[l]*<tanh(c[l+1]*z)^2>": "refuted",
    }
    path = tmp_path / "case.deriv"
    lines = [f'claim "{text}": {text} for Inside, inputs one\n' for text in claims]
    path.write_text(declared + "".join(lines), "utf-8")
    assert verdicts(path) == claims
