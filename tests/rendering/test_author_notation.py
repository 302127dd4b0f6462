"""Equations and closed forms in the author's own symbols, as the notation block of the file gives them."""

from __future__ import annotations

import re

import pytest

import ptheory as pt
from ptheory.language.errors import LanguageError
from ptheory.language.statements import LayerMarks
from ptheory.rendering.latex_document import to_latex_document, to_latex_sections
from ptheory.rendering.spelling import Spelling, Symbol, symbol_of

AUTHOR = r"""ptheory 1
include mlp
include observables
notation {
    C_W = "\sigma_w^2"  C_b = "\sigma_b^2"  K = "q"  sigma = "\phi"  V = "\mathcal{V}_4"  chi_perp = "\chi_1"
    lambda_W = "\eta_w"  lambda_b = "\eta_b"  n = "N"  l = "L"  Theta = "\hat\Theta"  z = "y"  G1 = "q_1"  LAYER
}
derive G, V, G1, Theta, D
with sigma = erf { inputs one; show V, G }
with sigma = relu { inputs a b; show G }
"""


def page(marks: str = "") -> str:
    """The fragment of the file with layers marked so."""
    return to_latex_sections(pt.run_text(AUTHOR.replace("LAYER", marks)).report)


def test_nothing_of_ours_is_left() -> None:
    written = re.sub(r"\\label\{[^}]*\}", "", page())
    formulas = re.findall(r"\\begin\{align\}(.*?)\\end\{align\}", written, re.DOTALL)
    for ours in ("C_W", "C_b", r"\sigma_1", r"\sigma'", r"\lambda", r"\ell", r"\chi_{\perp}", "K", "G", "V_", r"n_{"):
        assert not any(ours in formula for formula in formulas), ours


@pytest.mark.parametrize(
    ("marks", "lines"),
    [
        (
            "layer = superscript",
            (
                r"q^{(L+1)}_{12} &= \sigma_b^2 + \sigma_w^2 \langle \phi_1 \phi_2\rangle_q",
                r"\mathcal{V}^{(L+1)}_4 &= \chi_{\parallel}^2 \mathcal{V}^{(L)}_4 + \sigma_w^4 \bigl[",
                r"q^{(L+1)}_1 &=",
            ),
        ),
        (
            "layer = argument",
            (
                r"q_{12}(L+1) &= \sigma_b^2 + \sigma_w^2 \langle \phi_1 \phi_2\rangle_q",
                r"\mathcal{V}_4(L+1) &= \chi_{\parallel}^2 \mathcal{V}_4(L) + \sigma_w^4 \bigl[",
                r"q_1(L+1) &=",
            ),
        ),
        (
            "layer = none",
            (
                r"q'_{12} &= \sigma_b^2 + \sigma_w^2 \langle \phi_1 \phi_2\rangle_q",
                r"\mathcal{V}'_4 &= \chi_{\parallel}^2 \mathcal{V}_4 + \sigma_w^4 \bigl[",
                r"q'_1 &=",
            ),
        ),
    ],
)
def test_layers_are_marked_as_the_author_does(marks: str, lines: tuple[str, ...]) -> None:
    written = page(marks)
    for line in lines:
        assert line in written, line


def test_the_conventions_are_in_the_same_symbols() -> None:
    document = to_latex_document(pt.run_text(AUTHOR.replace("LAYER", "layer = argument")).report)
    assert r"$q(L)$ is $q$ of layer $L$, $N_L$ its width; $\langle\,\cdot\,\rangle_q$" in document
    assert r"$\phi_1$ stands for $\phi(y_1)$" in document


def test_an_equation_from_python_is_in_the_authors_symbols() -> None:
    result = pt.run_text(AUTHOR.replace("LAYER", ""))
    assert result["K"].latex() == r"q^{(L+1)}_{12} = \sigma_b^2 + \sigma_w^2 \langle \phi_1 \phi_2\rangle_q"
    assert result["K"].one_input.latex() == r"q^{(L+1)} = \sigma_b^2 + \sigma_w^2 \langle \phi^2\rangle_q"


def test_a_hyperparameter_of_one_layer() -> None:
    written = pt.run_text(
        "ptheory 1\narchitecture A {\n weights W[i,j] ~ Normal(0, C_W[l]/n)\n first z[i;a] = sum(k, W[i,k]*x[k;a])\n"
        ' layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))\n}\nnotation { C_W = "\\sigma_w^2" }\n'
        "define G by E[z1 z2]_c = d12 G[1,2]\nderive G\n"
    )["K"].latex()
    assert written == r"K^{(\ell+1)}_{12} = \bigl(\sigma^{(\ell+1)}_w\bigr)^2 \langle \sigma_1 \sigma_2\rangle_K"


@pytest.mark.parametrize(
    ("latex", "symbol"),
    [
        (r"\sigma_w^2", Symbol(r"\sigma", "w", "2")),
        (r"\sigma^{2}_{w}", Symbol(r"\sigma", "w", "2")),
        (r"\hat\Theta", Symbol(r"\hat\Theta")),
        (r"\Theta_{\text{NTK}}", Symbol(r"\Theta", r"\text{NTK}")),
        (r"\widehat{K}_{a b}", Symbol(r"\widehat{K}", "a b")),
        (r"q^\star", Symbol("q", "", r"\star")),
    ],
)
def test_parts_of_a_symbol(latex: str, symbol: Symbol) -> None:
    assert symbol_of(latex) == symbol


def test_powers_and_layers_of_a_symbol_that_is_a_power() -> None:
    spelling = Spelling({"C_W": Symbol(r"\sigma", "w", "2"), "K": Symbol("q", "", r"\star")})
    assert spelling.symbol("C_W").raised(3) == r"\sigma_w^6"
    assert spelling.symbol("K").raised(2) == r"\bigl(q^{\star}\bigr)^2"
    assert spelling.at_layer(spelling.symbol("K"), 1) == r"\bigl(q^{(\ell+1)}\bigr)^{\star}"
    without = Spelling(spelling.symbols, LayerMarks.NONE)
    assert without.at_layer(Symbol("q"), 1, "12") == "q'_{12}"
    assert without.at_layer(Symbol("q"), -1) == r"q^{(\ell-1)}"


@pytest.mark.parametrize(
    ("entries", "message", "place"),
    [
        ('K = "V"', "V is written V already", "V"),
        ('K = "C_{W}"', "C_W is written C_{W} already", "C_{W}"),
        ('K = "q%x"', "this is no symbol", "q%x"),
        ("layer = below", "layers are marked in no such way: below", "below"),
        ("layer = none layer = none", "layer is written in two ways", "layer = none"),
        ('K = "\\input{x}"', "has no meaning here", "\\input"),
    ],
)
def test_what_is_refused(entries: str, message: str, place: str) -> None:
    text = f"ptheory 1\ninclude mlp\nnotation {{ {entries} }}\nderive G, V\n"
    with pytest.raises(LanguageError) as refused:
        pt.run_text(text)
    error = refused.value
    assert message in error.message
    assert text[error.span.start :].startswith(place)


def test_two_blocks_mark_layers_twice() -> None:
    text = "ptheory 1\ninclude mlp\nnotation { layer = none }\nnotation { layer = none }\nderive G\n"
    with pytest.raises(LanguageError, match="layer is said twice"):
        pt.run_text(text)


def test_a_symbol_with_a_superscript_takes_primes_and_powers() -> None:
    """TeX stops at a second superscript."""
    text = 'ptheory 1\ninclude mlp\ninclude observables\nnotation { sigma = "\\phi^a" }\nderive V, D\n'
    latex = to_latex_document(pt.run_text(text).report)
    assert r"\phi^{a\prime}_1" in latex and r"(\phi^{a\prime})^2" in latex and r"(\phi^a)^4" in latex
    assert not re.search(r"\\phi\^(?:a|\{[^{}]*\})(?:'|\^)", latex)


def test_a_letter_means_one_thing_on_all_pages() -> None:
    two = """ptheory 1
include correlators
include observables
architecture Two {
    weights W[i,j] ~ Normal(0, C_W/n)   rate lambda_W/n
    weights U[i,j] ~ Normal(0, C_U/n)   rate lambda_U/n
    first   z[i;a] = sum(k, W[i,k]*x[k;a])
    layer   z[i;a] = sum(j, W[i,j]*sigma(z[j;a])) + sum(j, U[i,j]*tau(z[j;a]))
}
"""
    for order in ("V, D, A", "A, D, V"):
        latex = to_latex_document(pt.run_text(f"{two}derive {order} for Two\n").report)
        defined = re.findall(r"(r(?:_\w+|_\{\w+\})?) = (\\frac\{[^{}]*\}\{[^{}]*\})", latex)
        assert len({letter for letter, _ in defined}) == len(set(defined)) > 1
