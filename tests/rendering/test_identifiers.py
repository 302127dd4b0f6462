"""Names and plain text in LaTeX and Unicode."""

from __future__ import annotations

import pytest
import sympy

from ptheory.language.names import canonical_name
from ptheory.rendering.identifiers import latex_identifier, unicode_identifier
from ptheory.rendering.latex_text import latex_text
from ptheory.rendering.sympy_forms import sympy_latex, sympy_text
from ptheory.rendering.written_formulas import TextStyle

from .latex_lint import assert_braces


@pytest.mark.parametrize(
    "name, latex",
    [
        ("C_W", "C_W"),
        ("lambda_W", r"\lambda_W"),
        ("λ_W", r"\lambda_W"),
        ("xi", r"\xi"),
        ("chi_par", r"\chi_{\parallel}"),
        ("chi_perp", r"\chi_{\perp}"),
        ("K_12", "K_{12}"),
        ("K_star", "K_*"),
        ("z1", "z_1"),
        ("width", r"\mathrm{width}"),
        ("a_long_name", r"a_{\mathrm{long},\mathrm{name}}"),
    ],
)
def test_latex_identifier(name: str, latex: str) -> None:
    assert latex_identifier(name) == latex


@pytest.mark.parametrize("name", [r"x}\input{/etc/passwd", "a$b", "^^5c", r"\write18", "x_{y}", "", "%"])
def test_no_name_injects(name: str) -> None:
    written = latex_identifier(name)
    for forbidden in ("input{", "$", "^^", "write", "%"):
        assert forbidden not in written.replace(r"\mathrm{", "") or forbidden == "write"
    assert r"\write" not in written and r"\input" not in written
    assert_braces(written)


@pytest.mark.parametrize("name", ["C_W", "lambda_W", "chi_par", "chi_perp", "xi", "sigma1", "K_star", "x_alpha"])
def test_unicode_reads_back_as_the_same_name(name: str) -> None:
    assert canonical_name(unicode_identifier(name)) == name


def test_latex_text_never_fails() -> None:
    written = latex_text("".join(map(chr, range(0x20, 0x250))) + "λ ⟨σ⟩ 漢")
    assert_braces(written.replace(r"\{", "").replace(r"\}", ""))


def test_sympy_names_are_sanitised() -> None:
    evil = sympy.Symbol(r"x}\input{/etc/passwd}")
    written = sympy_latex(evil**2 + sympy.Symbol("lambda_W"))
    assert r"\input" not in written and r"\lambda_W" in written


def test_sympy_text_is_the_languages() -> None:
    kernel, variance = sympy.symbols("K C_W")
    form = variance**2 * kernel ** sympy.Rational(3, 2) / 4 + sympy.sqrt(kernel)
    assert sympy_text(form, TextStyle(unicode=False)) == "C_W^2*K^(3/2)/4 + sqrt(K)"
    assert sympy_text(variance**2, TextStyle()) == "C_W²"
