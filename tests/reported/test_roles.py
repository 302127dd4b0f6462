"""What a hyperparameter or a tensor is for is read off the architecture and off shapes, never off names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.reported.running import FILES, HEAD, on_text

OWN = (FILES / "own-names.deriv").read_text("utf-8")
ONTO_PRELUDE = {
    "g": "C_W",
    "s": "C_b",
    "Q": "K",
    "Y": "V",
    "Om": "Theta",
    "Q1": "G1",
    "eta_W": "lambda_W",
    "eta_b": "lambda_b",
}
ONTO_PRELUDE |= {"η_W": "λ_W", "η_b": "λ_b"}
MATRIX = """
    first   z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a]))
}}
"""


RUN = ("run", "--width", "400", "--digits", "all")


def renamed(text: str) -> str:
    """A report of the file with its own names, as the prelude would have it."""
    words = re.sub(
        r"((?<![\w*])(?:η_W|η_b|eta_W|eta_b|Q1|Om|[gsQY])|(?<=[\d)]\*)Q)(?!\w)", lambda m: ONTO_PRELUDE[m.group()], text
    )
    return re.sub(r"nQ(?=[²\^)])", "nK", words)


def sections(text: str) -> str:
    """From the first with block on, spaces squeezed (columns are as wide as names are)."""
    return " ".join(re.sub(r"─+", "", text.partition("Critical point")[2]).split())


def factors(text: str) -> list[str]:
    return sorted(re.split(r"[\s·/()]+", sections(text).replace("Θ", "Theta")))


@pytest.mark.parametrize("activation", ["tanh", "gelu", "hard_tanh"])
def test_the_same_numbers_and_words_under_other_names(tmp_path: Path, activation: str) -> None:
    own = on_text(tmp_path, f"{OWN}with sigma = {activation} {{ critical; exponents Q, Y }}\n", *RUN)
    prelude = on_text(tmp_path, f"{HEAD}with sigma = {activation} {{ critical; exponents G, V }}\n", *RUN)
    assert own.code == prelude.code == 0
    assert "Y/(nQ²)" in own.out and "V" not in own.out.replace("V′", "")
    assert sections(renamed(own.out)) == sections(prelude.out)


def test_the_whole_tower_under_other_names(tmp_path: Path) -> None:
    own = on_text(tmp_path, f"{OWN}with sigma = tanh {{ exponents Om, Y, Q1 }}\n", *RUN)
    prelude = on_text(tmp_path, f"{HEAD}with sigma = tanh {{ exponents Theta, V, G1 }}\n", *RUN)
    assert own.code == prelude.code == 0 and "Q1/(nQ)" in own.out
    assert factors(renamed(own.out)) == factors(prelude.out)  # the order of factors is that of their names


def test_a_line_of_critical_points_under_other_names(tmp_path: Path) -> None:
    text = on_text(tmp_path, f"{OWN}with sigma = relu {{ exponents Om, Y, Q1 }}\n", *RUN).out
    assert "Y = 5*Q^2*(l - 1) in layer l, exactly" in text and "Q1 = 0 in layer l, exactly" in text
    assert re.search(r"Om +growth +1 +\(Q·η_W \+ 2·η_b\)/2", text) and re.search(r"Y +growth +1 +5·Q²", text)


def test_an_atlas_under_other_names(tmp_path: Path) -> None:
    own = on_text(tmp_path, f"{OWN}atlas sigma {{ tanh, relu }}\n", "run").out
    assert "Y/(nQ^2) -> nu l/n" in own
    assert re.search(r"activation +class +K\* +s +g ", own)
    assert re.search(r"relu +scale-invariant +any +0 +2 +0 +0 +0 +5\n", own)


def run(folder: Path, parameters: str, block: str, layer: str = MATRIX) -> tuple[int, str]:
    text = f"ptheory 1\ninclude correlators\narchitecture A {{\n{parameters}{layer.replace('}}', '}')}{block}\n"
    found = on_text(folder, text, *RUN)
    assert "Traceback" not in found.err
    return found.code, " ".join((found.out + found.err).split())


@pytest.mark.parametrize(
    ("variance", "bias", "settings", "said"),
    [
        ("sigma_w^2/n", "sigma_b^2", "", "σ_b = 0, σ_w = 1 (stable) sigma_b^2 = 0, sigma_w^2 = 1"),
        ("sigma_w^2/n", "sigma_b^2", "set sigma_w = 1;", "σ_b = 0, σ_w = 1 (stable)"),
        ("2*C_W/n", "C_b", "", "C_b = 0, C_W = 1/2 (stable)"),
        ("C_W*g/n", "C_b", "set g = 4;", "C_b = 0, C_W = 1/4 (stable)"),
        ("C_W*g/n", "C_b", "set C_W = 4;", "C_b = 0, g = 1/4 (stable)"),
        ("C_W*g/n", "C_b", "set C_W = 4, g = 1/4;", "C_b = 0, C_W = 4 (stable)"),
        ("C_W/n", "3*s^3", "", "s = 0, C_W = 1 (stable)"),
    ],
)
def test_variances_that_are_expressions(tmp_path: Path, variance: str, bias: str, settings: str, said: str) -> None:
    """tanh is critical at K* = 0 with variance of the weights 1 and of the biases 0, whatever they are made of."""
    parameters = f"    weights W[i,j] ~ Normal(0, {variance})\n    biases b[i] ~ Normal(0, {bias})"
    code, text = run(tmp_path, parameters, f"with sigma = tanh {{ {settings} critical }}")
    assert code == 0 and f"Critical point of tanh: K* = 0 at {said}" in text


@pytest.mark.parametrize(
    ("variance", "bias", "settings", "message", "help"),
    [
        ("C_W*g/n", "C_b", "", "C_W and g are in variances of weights", "write `set g = ...` to tune C_W"),
        ("C/n", "C", "", "C is in the variances of weights and of biases", "a hyperparameter of its own"),
        ("2/n", "C_b", "", "the variance of the weights is a number", "Normal(0, C_W/n)"),
    ],
)
def test_what_is_tuned_has_to_be_clear(
    tmp_path: Path, variance: str, bias: str, settings: str, message: str, help: str
) -> None:
    parameters = f"    weights W[i,j] ~ Normal(0, {variance})\n    biases b[i] ~ Normal(0, {bias})"
    code, text = run(tmp_path, parameters, f"with sigma = tanh {{ {settings} critical }}")
    assert code == 2 and message in text and help in text


@pytest.mark.parametrize("law", ["Normal", "Uniform", "Sign"])
def test_a_variance_to_tune_is_asked_for_under_the_law_of_the_weights(tmp_path: Path, law: str) -> None:
    parameters = f"    weights W[i,j] ~ {law}(0, 2/n)\n    biases b[i] ~ Normal(0, C_b)"
    code, text = run(tmp_path, parameters, "with sigma = tanh { critical }")
    assert code == 2 and f"help: write {law}(0, C_W/n)" in text


def test_without_biases(tmp_path: Path) -> None:
    layer = "\n first z[i;a] = sum(k, W[i,k]*x[k;a])\n layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))\n}\n"
    parameters = "    weights W[i,j] ~ Normal(0, C_W/n)"
    code, text = run(tmp_path, parameters, "with sigma = tanh { critical; exponents V }", layer)
    assert code == 0 and "K* = 0 at C_W = 1 (stable)" in text and "V/(nK²) growth 1 2/3" in text and "C_b" not in text
    code, text = run(tmp_path, parameters, "with sigma = gelu { critical }", layer)
    assert (
        code == 0 and "keeping K = 1 with no bias to tune needs C_W = 2.35171561407337" in text
    )  # 1/<gelu^2> by quadrature


def test_two_matrices_and_a_skip(tmp_path: Path) -> None:
    parameters = """    weights W[i,j] ~ Normal(0, C_W/n)
    weights R[i,j] ~ Normal(0, C_R/n)
    biases b[i] ~ Normal(0, C_b)"""
    layer = """
    first z[i;a] = b[i] + sum(k, W[i,k]*x[k;a])
    layer z[i;a] = b[i] + sum(j, W[i,j]*sigma(z[j;a])) + sum(j, R[i,j]*tanh(z[j;a]))
}
"""
    code, text = run(tmp_path, parameters, "with sigma = tanh { critical }", layer)
    assert code == 2 and "C_W and C_R are in variances of weights" in text
    code, text = run(tmp_path, parameters, "with sigma = tanh { set C_R = 1/4; critical }", layer)
    assert code == 0 and "K* = 0 at C_b = 0, C_W = 3/4 (stable)" in text
    code, text = run(tmp_path, parameters, "with sigma = sin { set C_W = 1/4; critical }", layer)
    assert code == 0 and "K* = 0 at C_b = 0, C_R = 3/4 (stable)" in text


def test_a_hyperparameter_inside_a_function(tmp_path: Path) -> None:
    """z' = W tanh(beta z): critical at C_W beta^2 = 1."""
    parameters = "    weights W[i,j] ~ Normal(0, C_W/n)"
    layer = "\n first z[i;a] = sum(k, W[i,k]*x[k;a])\n layer z[i;a] = sum(j, W[i,j]*sigma(beta*z[j;a]))\n}\n"
    code, text = run(tmp_path, parameters, "with sigma = tanh { set beta = 2; critical }", layer)
    assert code == 0 and "K* = 0 at C_W = 1/4 (stable)" in text
    code, text = run(tmp_path, parameters, "with sigma = tanh { critical }", layer)
    assert code == 2 and "A needs a value for beta" in text and "set beta = ..." in text
