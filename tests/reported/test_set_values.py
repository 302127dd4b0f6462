"""Values that are set stand in what is shown and checked; what cannot be obeyed is an error that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reported.running import HEAD, on_text

DERIVED = HEAD + "derive G to order 1/n\nderive V\n"
FLOW = "flow MLP with sigma = relu {{ inputs [1]; set {}; depth {}; show G }}\n"
PLAIN = "architecture A { weights W[i,j] ~ Normal(0, C_W/n)  weights U[i,j] ~ Normal(0, C_U/n)\n"
FIRST_ONLY = f"""ptheory 1
include correlators
{PLAIN}    first z[i;a] = sum(k, U[i,k]*x[k;a])
    layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))
}}
"""


def said(folder: Path, text: str, *words: str) -> str:
    found = on_text(folder, text, *(words or ("run",)))
    assert found.code == 0, found.err
    return " ".join(found.out.split())


@pytest.mark.parametrize(
    ("block", "lines"),
    [
        # <relu^2> = K/2, <relu^4> = 3 K^2/2
        ("sigma = relu { set C_b = 0, C_W = 2; show G, V }", ["K′ = 2·⟨σ²⟩ = K ", "= V + 5·K²", "C_b = 0, C_W = 2:"]),
        ("sigma = relu { set C_W = 3; show K }", ["= C_b + 3/2·K"]),
        ("sigma = linear { set C_b = -1/10 + 1/5, C_W = sqrt(2); show K }", ["= 1/10 + sqrt(2)·K"]),
        ("sigma = relu { set C_W = 2; inputs a b; show K }", ["K′[a,b] = C_b + 2·⟨σ[a] σ[b]⟩"]),
        ("sigma = tanh { set C_W = 2; show V }", ["χ∥ = 2·⟨σ σ″ + σ′²⟩"]),  # no closed form
    ],
)
def test_values_stand_in_what_is_shown(tmp_path: Path, block: str, lines: list[str]) -> None:
    text = said(tmp_path, f"{DERIVED}with {block}\n") + " "
    for line in lines:
        assert line in text


def test_values_stand_in_latex_and_json(tmp_path: Path) -> None:
    block = DERIVED + "with sigma = relu { set C_b = 1/3, C_W = 5/2; show K }\n"
    found = on_text(tmp_path, block, "run", "--to", "json")
    (item,) = [i for s in found.json["sections"] for i in s["items"] if i.get("closed_form")]
    assert item["rhs"] == "1/3 + 5/2*<s^2>" and item["closed_form"] == "(15*K + 4)/12"
    assert item["bindings"] == {"sigma": "relu", "C_b": "1/3", "C_W": "5/2"}
    assert r"\frac{5}{2}" in item["latex"] and r"\frac{1}{12} (4 + 15 K^{(\ell)})" in item["closed_form_latex"]


def test_every_order_derived_is_shown(tmp_path: Path) -> None:
    shown = said(tmp_path, DERIVED + "with sigma = relu { show G }\n").partition("With")[2]
    assert "K′ =" in shown and "G1′ =" in shown and "V′ =" not in shown
    assert "G1′ =" not in said(tmp_path, HEAD + "with sigma = relu { show G }\n")
    alone = said(tmp_path, HEAD + "with sigma = relu { show G1 }\n")
    assert "G1′ =" in alone and "= 1/2·C_W·G1" in alone and "K′ =" not in alone
    assert "G1′ =" in said(tmp_path, HEAD + "derive G1\n")


def test_exponents_of_the_next_order(tmp_path: Path) -> None:
    """tanh at criticality: G1/(nK) -> -1/3 l/n; the recursion itself at layer 800 is within a percent of it."""
    text = said(tmp_path, HEAD + "with sigma = tanh { exponents G1 }\n")
    assert "G1/(nK) growth 1 -1/3 " in text and "G1 growth 0 -1/6 " in text
    kernel, vertex, next_order = 0.2, 0.0, 0.0
    for _ in range(800):  # <tanh^2> and its derivatives in K from the series of tanh, small K
        first = kernel - 2 * kernel**2 + 17 / 3 * kernel**3 - 62 / 3 * kernel**4
        slope = 1 - 4 * kernel + 17 * kernel**2
        bend = -4 + 34 * kernel
        fourth = 3 * kernel**2 - 20 * kernel**3 - (kernel - 2 * kernel**2) ** 2
        next_order = slope * next_order + bend * vertex / 2
        vertex = slope**2 * vertex + fourth
        kernel = first
    assert abs(next_order / kernel / 800 + 1 / 3) < 0.02


def test_values_inside_functions(tmp_path: Path) -> None:
    """<relu(2 z)^2> = 2 K."""
    text = """ptheory 1
include correlators
architecture A { weights W[i,j] ~ Normal(0, C_W/n)
    first z[i;a] = sum(k, W[i,k]*x[k;a])
    layer z[i;a] = sum(j, W[i,j]*sigma(beta*z[j;a]))
}
with sigma = relu { set beta = 2; show K; check by quadrature digits 12 }
"""
    shown = said(tmp_path, text)
    assert "= 2·C_W·K" in shown and "checked: K" in shown
    found = on_text(tmp_path, text.replace("set beta = 2;", ""), "run")
    assert (
        found.code == 2 and "beta is inside a function and has no value" in found.err and "`set ... = ...`" in found.err
    )


def test_a_check_by_quadrature_takes_derivatives_almost_everywhere(tmp_path: Path) -> None:
    """<sigma''^2> of ReLU exists in that convention only."""
    block = "with sigma = relu { show U; check by quadrature digits 12 }\n"
    assert on_text(tmp_path, HEAD + block, "run").code in (2, 3)
    assert "checked: " in said(tmp_path, HEAD + "derivatives almost everywhere\n" + block)


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        (HEAD + "with sigma = tanh { set C_W[1] = 1; show G }", "C_W[1] is for one layer", "`set C_W = ...`"),
        (HEAD + "with sigma = tanh { set C_W[1] = 1; critical }", "C_W[1] is for one layer", "check by simulation"),
        (HEAD + "with sigma = tanh { exponents V; set C_b[3] = 0 }", "C_b[3] is for one layer", "`set C_b = ...`"),
        (HEAD + "with sigma = tanh { set C_W[9] = 1; check by simulation depth 2 }", "C_W[9] is not used", "`depth 9`"),
        (HEAD + "with sigma = tanh { inputs [1,2] [3,4]; show G }", "input vectors in a with block", "`inputs 2`"),
        (HEAD + 'claim "c": K\' = K for MLP, inputs [1]', "input vectors in a claim", "`inputs one`"),
        (HEAD + "with sigma = tanh { set C_b = sqrt(-1); show G }", "no real number", ""),
        (HEAD + "with sigma = tanh { set C_b = log(0); critical }", "no real number", ""),
        (HEAD + "with sigma = tanh { check by quadrature }", "nothing was derived before it", "show G"),
        (HEAD + "derive G for MLP, MLP", "MLP stands twice", ""),
        (HEAD + "derive G1 to order 1/n", "G1 is a coefficient of its own", "`derive G1`"),
        (HEAD + FLOW.format("C_b = 0, C_W = 1, C_W[9] = 2", 2), "C_W[9] is not used: the depth is 2", "layers 1 to 2"),
        (HEAD + FLOW.format("C_b = 0, C_W[1] = 2", 2), "C_W has no value in layer 2", "add `C_W = ...`"),
        (HEAD + FLOW.format("C_b = 0, C_W = 3, C_W[1] = 2, C_W[2] = 1", 2), "C_W is not used", "leave it out"),
        (HEAD + FLOW.format("C_b = 0, C_W = 3", "2; layers 2 2"), "layer 2 stands twice", ""),
        (
            HEAD + FLOW.format("C_b = 0, C_W = 3", 2).replace("show G", "show G1"),
            "G1 is a coefficient of G",
            "`order 1/n; show G`",
        ),
        (HEAD + FLOW.format("C_b = 0, C_W = 3", 2).replace("show G", "show K"), "K is a coefficient of G", "show G"),
        (FIRST_ONLY + FLOW.format("C_W = 1, C_U[2] = 1", 2).replace("MLP", "A"), "C_U[2] is not used", "layer 1"),
        (HEAD + "let K = 3\nderive G", "K is a coefficient of G already", "another name"),
        (HEAD + "let C_W = 3\nderive G", "C_W is a hyperparameter of MLP already", "another name"),
        (HEAD + "let chi_par = 1\nderive G", "chi_par is the parallel susceptibility already", "another name"),
        (HEAD + "let s1 = 1\nderive G", "s1 is the activation already", "another name"),
        (HEAD + "let sigma = 1\nderive G", "sigma is an activation of MLP already", "another name"),
        ("ptheory 1\ninclude residual\natlas sigma { tanh }", "Residual needs a value for xi", "an atlas sets nothing"),
        (
            "ptheory 1\ninclude residual\nwith sigma = tanh { critical }",
            "Residual needs a value for xi",
            "`set xi = ...`",
        ),
    ],
)
def test_what_is_not_obeyed_is_refused(tmp_path: Path, text: str, message: str, help: str) -> None:
    found = on_text(tmp_path, text + "\n", "run")
    assert found.code == 2 and message in found.err and help in found.err, found.err
    assert "Traceback" not in found.err
