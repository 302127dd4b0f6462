"""Right-hand sides in SymPy, the Wolfram language and FORM mean what the functions of arrays compute.

The text for Mathematica is read by SymPy's parser of that language, which shares nothing with the printer; the program
for FORM is run by FORM where it is installed, and its text, a program's or FORM's output, is evaluated here.
"""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sympy
from sympy.parsing.mathematica import parse_mathematica

from ptheory.export.legal_names import form_name, legal_names, mathematica_name, python_name
from ptheory.recursion.gaussian_mean import GaussianMean
from tests.export.setting import equation, ran

CASES = [("relu", "K[a,b]"), ("gelu", "K"), ("relu", "V"), ("hard_tanh", "V"), ("erf", "K[a,b]"), ("z - z^3/6", "V")]
NUMBERS = [0.7, 0.3, 1.1, 1.5, 0.2]


def values(which: Any) -> tuple[Any, list[float]]:
    function = which.to_numpy()
    return function, NUMBERS[: len(function.arguments)]


@pytest.mark.parametrize("activation, left", CASES)
def test_mathematica(activation: str, left: str) -> None:
    found = equation(activation, left)
    function, numbers = values(found)
    written = found.to_mathematica()
    read = parse_mathematica(written.source).replace(sympy.Function("Erf"), sympy.erf)
    at = {sympy.Symbol(name): number for name, number in zip(_in_order(written, function), numbers, strict=True)}
    assert float(read.subs(at)) == pytest.approx(function(*numbers), rel=1e-12)
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]*", name) for name in written.arguments)


def _in_order(written: Any, function: Any) -> list[str]:
    """The names there in the order of the function's arguments."""
    by_meaning = {meaning: name for name, meaning in written.arguments.items()}
    return [by_meaning[meaning] for meaning in function.arguments.values()]


def test_averages_in_mathematica() -> None:
    one, two = equation("tanh", "K").to_mathematica(), equation("tanh", "K[a,b]").to_mathematica()
    assert str(one) == "cW*Expectation[Tanh[z1]^2, z1 \\[Distributed] NormalDistribution[0, Sqrt[k]]] + cB"
    assert str(two) == (
        "cW*Expectation[Tanh[z1]*Tanh[z2], {z1, z2} \\[Distributed] "
        "MultinormalDistribution[{0, 0}, {{k11, k12}, {k12, k22}}]] + cB"
    )
    derived = ran("derive G, V for MLP\n")
    assert str(derived["V"].one_input.to_mathematica()) == (
        "cW^2*v*nL*Expectation[sigma[z]*Derivative[2][sigma][z] + Derivative[1][sigma][z]^2, "
        "z \\[Distributed] NormalDistribution[0, Sqrt[k]]]^2/nLm1"
        " - cW^2*Expectation[sigma[z]^2, z \\[Distributed] NormalDistribution[0, Sqrt[k]]]^2"
        " + cW^2*Expectation[sigma[z]^4, z \\[Distributed] NormalDistribution[0, Sqrt[k]]]"
    )
    step = ran("with sigma = z*step(z - 1/2) for MLP { inputs a b; show G }\n").specialised[0]["K[a,b]"]
    assert "CDF[BinormalDistribution[" in str(step.to_mathematica())


FORM = {
    "sqrt": math.sqrt, "arcsin": math.asin, "exp": math.exp, "erf": math.erf, "den": lambda x: 1 / x, "pi": math.pi
}  # fmt: skip


def evaluated(text: str, at: dict[str, float]) -> float:
    """``next = ...;`` of a program or of FORM's output, in numbers."""
    body = re.search(r"\bnext\s*=(.*?);", text, re.DOTALL)
    assert body is not None
    python = re.sub(r"\s+", "", body.group(1)).replace("^", "**")
    return float(eval(python, {"__builtins__": {}}, {**FORM, **at}))


@pytest.mark.parametrize("activation, left", CASES)
def test_form(activation: str, left: str, tmp_path: Path) -> None:
    found = equation(activation, left)
    function, numbers = values(found)
    written = found.to_form()
    at = dict(zip(_in_order(written, function), numbers, strict=True))
    assert evaluated(written.source, at) == pytest.approx(function(*numbers), rel=1e-12)
    if shutil.which("form"):
        assert evaluated(by_form(written.source, tmp_path), at) == pytest.approx(function(*numbers), rel=1e-10)


def by_form(program: str, folder: Path) -> str:
    """What FORM prints; it takes the program without an error or a warning."""
    (folder / "next.frm").write_text(program, "utf-8")
    done = subprocess.run(["form", "next.frm"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "Warning" not in done.stdout, done.stdout
    return done.stdout


def test_form_with_an_activation_left_open(tmp_path: Path) -> None:
    written = str(ran("derive G, V for MLP\n")["V"].one_input.to_form())
    assert written == (
        "* V' of MLP\n* K: K of layer l\n* V: V of layer l\n* nl: the width of layer l\n"
        "* nlm1: the width of layer l-1\n* CW: the hyperparameter C_W\n"
        "Symbols CW,K,V,nl,nlm1,z;\nCFunctions dsigma,mean,sigma;\n"
        "Local next = CW^2*mean(sigma(z)^4,z,K) - CW^2*mean(sigma(z)^2,z,K)^2"
        " + V*nl*CW^2*nlm1^-1*mean(dsigma(1,z)^2 + dsigma(2,z)*sigma(z),z,K)^2;\nPrint;\n.end\n"
    )
    if shutil.which("form"):
        assert "mean(" in by_form(written, tmp_path)
        by_form(str(ran("derive G, V for MLP\n")["V"].to_form()), tmp_path)
        by_form(str(equation("softsign", "V").to_form()), tmp_path)


def test_sympy() -> None:
    """Plain symbols, which substitute, differentiate and evaluate; at numbers an average is a number."""
    kernel, weight, bias = sympy.symbols("K C_W C_b")
    at = {kernel: 0.7, weight: 1.5, bias: 0.2}
    for activation in ("relu", "gelu", "tanh", "bent", "softsign"):
        right = equation(activation, "K").to_sympy()
        assert right.free_symbols == {kernel, weight, bias}
        function = equation(activation, "K").to_numpy()
        assert float(right.subs(at).evalf()) == pytest.approx(function(0.7, 1.5, 0.2), rel=1e-12)
        slope = (function(0.7001, 1.5, 0.2) - function(0.6999, 1.5, 0.2)) / 0.0002
        if activation not in ("bent", "softsign"):  # SymPy's derivative of a kinked formula has its own deltas
            assert float(right.diff(kernel).subs(at).evalf()) == pytest.approx(slope, rel=1e-6)
    assert equation("gelu", "V").to_sympy().has(GaussianMean)


def test_what_the_generic_right_side_says() -> None:
    right = ran("derive G, V for MLP\n")["K"].one_input.to_sympy()
    kernel = sympy.Symbol("K")
    assert right.subs(kernel, 2).evalf().has(GaussianMean), "an open activation has no number"
    for modules in ("numpy", "mpmath", "math"):
        with pytest.raises(ValueError, match="an average is no function that lambdify knows"):
            sympy.lambdify(kernel, right, modules)


def test_names_are_legal_and_each_its_own() -> None:
    names = ["C_W", "C_W[l+1]", "C_W[l-1]", "K_12", "lambda", "C_b", "c_b", "K_1_12", "K_11_2"]
    assert (
        python_name("C_W[l+1]") == "C_W_lp1" and python_name("C_W[l]") == "C_W_l" and python_name("lambda") == "lambda_"
    )
    for rule in (python_name, mathematica_name, form_name):
        found = legal_names(names, rule, taken=("K12",))
        assert len(set(found.values())) == len(names) and "K12" not in found.values()
        assert all(re.fullmatch(r"[A-Za-z]\w*", name) for name in found.values())


def test_a_block_has_its_equations_by_their_left_sides() -> None:
    assert equation("relu", "K[a,b]") is equation("relu", "K'[a,b]")
