"""One name stands for one thing: what would be read as something else is refused where it is written."""

from __future__ import annotations

import pytest

import ptheory as pt
from ptheory.language.errors import LanguageError
from ptheory.rendering.written_equations import right_text


def network(
    bias: str = "s", weight: str = "g", kernel: str = "Q", vertex: str = "Y", field: str = "z", activation: str = "phi"
) -> str:
    return f"""ptheory 1
architecture Net {{
    weights w[i,j] ~ Normal(0, {weight}/n)
    biases  t[i]   ~ Normal(0, {bias})
    first   {field}[i;a] = t[i] + sum(k, w[i,k]*x[k;a])
    layer   {field}[i;a] = t[i] + sum(j, w[i,j]*{activation}({field}[j;a]))
}}
define {kernel} by E[{field}1 {field}2]_c = d12 {kernel}[1,2]
define {vertex} by E[{field}1 {field}2 {field}3 {field}4]_c =
    (d12 d34 {vertex}[1,2,3,4] + d13 d24 {vertex}[1,3,2,4] + d14 d23 {vertex}[1,4,2,3]) / n
"""


def claim(vertex: str, weight: str, activation: str) -> str:
    right = f"{weight}^2*(<{activation}^4> - <{activation}^2>^2) + chi_par^2*{vertex}"
    return f'claim "vertex": {vertex}\' = {right} for Net, inputs one\n'


@pytest.mark.parametrize(
    ("names", "column", "message"),
    [
        ({"bias": "chi_par"}, 32, "the hyperparameter chi_par of Net would be read as the parallel susceptibility"),
        ({"weight": "h"}, 32, "h of Net would be read as the derivative of the perpendicular susceptibility"),
        ({"weight": "Kinv"}, 32, "the hyperparameter Kinv of Net would be read as the inverse kernel"),
        ({"weight": "Q"}, 32, "the hyperparameter Q of Net would be read as the tensor Q"),
        ({"bias": "Y1"}, 32, "the hyperparameter Y1 of Net would be read as a coefficient of the tensor Y"),
        ({"bias": "Y1234"}, 32, "the hyperparameter Y1234 of Net would be read as a component of the tensor Y"),
        (
            {"bias": "K", "kernel": "G"},
            32,
            "the hyperparameter K of Net would be read as a coefficient of the tensor G",
        ),
        (
            {"bias": "K12", "kernel": "G"},
            32,
            "the hyperparameter K12 of Net would be read as a component of the tensor",
        ),
        (
            {"weight": "K_12", "kernel": "G"},  # G'[1,2] was t + K_11*K_12*K_22 + 2*K_12^3 for phi = z^2
            32,
            "the hyperparameter K_12 of Net would be read as a component of the tensor G",
        ),
        ({"bias": "Y_1122"}, 32, "the hyperparameter Y_1122 of Net would be read as a component of the tensor Y"),
        ({"bias": "Q_lm1_12"}, 32, "the hyperparameter Q_lm1_12 of Net would be read as a component of the tensor Q"),
        ({"bias": "V_1122"}, 32, "would be read as a component of a tensor, which SymPy is given as V_1122"),
        ({"bias": "z_1"}, 32, "would be read as a preactivation, which SymPy is given as z_1"),
        ({"bias": "n_lm1"}, 32, "would be read as n at a layer, which SymPy is given as n_lm1"),
        ({"bias": "g[l]", "weight": "g_lp1"}, 32, "would be read as g at a layer, which SymPy is given as g_lp1"),
        ({"bias": "z1"}, 32, "the hyperparameter z1 of Net would be read as a field of Net at a sample"),
        ({"bias": "phi2"}, 32, "the hyperparameter phi2 of Net would be read as an activation of Net at a sample"),
        ({"bias": "z"}, 32, "the hyperparameter z of Net would be read as a field of Net"),
        ({"bias": "phi"}, 32, "the hyperparameter phi of Net would be read as an activation of Net"),
        ({"vertex": "phi"}, 8, "the name phi is taken: an activation"),
        ({"vertex": "s1"}, 8, "the name s1 is taken: the activation"),
        ({"vertex": "Kinv"}, 8, "the name Kinv is taken: the inverse kernel"),
        ({"kernel": "Gx", "vertex": "Kx"}, 1, "the name Kx is taken: the leading coefficient of Gx"),
    ],
)
def test_a_name_with_two_meanings_is_refused(names: dict[str, str], column: int, message: str) -> None:
    with pytest.raises(LanguageError) as caught:
        pt.run_text(network(**names) + f"derive {names.get('vertex', 'Y')}\n")
    error = caught.value
    assert message in error.message and error.help and error.span.column == column


def test_an_included_architecture_is_not_where_the_mistake_is() -> None:
    with pytest.raises(LanguageError) as caught:
        pt.run_text("ptheory 1\ninclude mlp\ndefine C_W by E[z1 z2]_c = d12 C_W[1,2]\nderive G\n")
    assert caught.value.span.line == 3 and "C_W of MLP would be read as the tensor C_W" in caught.value.message


@pytest.mark.parametrize(
    "names",
    [
        {"bias": "K", "weight": "V"},
        {"bias": "chi_0", "weight": "chi_W", "field": "chi_par"},
        {"bias": "Theta", "weight": "H", "field": "u"},
        {"kernel": "C_b", "vertex": "G", "bias": "C_W", "weight": "lambda_W"},
        {"field": "h", "activation": "s", "bias": "b_0"},
        {"kernel": "T", "vertex": "V", "activation": "sigma", "weight": "xi"},
    ],
)
def test_every_other_name_is_free(names: dict[str, str]) -> None:
    used = {"vertex": "Y", "weight": "g", "activation": "phi", **names}
    result = pt.run_text(network(**names) + claim(used["vertex"], used["weight"], used["activation"]))
    assert [verdict.kind.value for verdict in result.verdicts] == ["proved"]


def test_what_nobody_declared_is_not_called_like_something_else() -> None:
    """With V the variance of the weights, the vertex that drives Q1 is no V."""
    text = network(weight="V").partition("define Y")[0]
    assert "kappa_V" in str(pt.run_text(text + "derive Q to order 1/n\n")["Q1"].rhs)
    assert "kappa_V" not in str(pt.run_text(text.replace("V/n", "g/n") + "derive Q to order 1/n\n")["Q1"].rhs)


def test_a_hyperparameter_called_like_the_activation_of_claims() -> None:
    """s + g <phi^2>, not s + g <s^2>, where s is the variance of the biases."""
    assert right_text(pt.run_text(network() + "derive Q\n")["Q"].equation) == "s + g*<phi1*phi2>"
    assert right_text(pt.run_text(network("b_0") + "derive Q\n")["Q"].equation) == "b_0 + g*<s1*s2>"


def test_a_susceptibility_is_no_matter_of_letters() -> None:
    """chi_W stands where g stands: before the average, above a fraction line, not beside the tensor it multiplies."""
    vertex = {weight: pt.run_text(network(weight=weight) + "derive Y\n")["Y"].latex() for weight in ("g", "chi_W")}
    assert vertex["chi_W"].replace(r"\chi_W", "g") == vertex["g"]


def test_averages_are_at_the_kernel_by_its_name() -> None:
    latex = pt.run_text(network() + "derive Y\n")["Y"]
    assert r"\rangle_Q" in latex.latex() and r"\rangle_K" not in latex.latex()
    assert "Q\u0302" in latex.explain() and "Ĝ′" not in latex.explain()
