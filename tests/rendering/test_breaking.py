"""Long formulas over several lines: none too wide, none with another meaning, no name and no number broken."""

from __future__ import annotations

import random
import re

import pytest
import sympy as sp

from ptheory.rendering.columns import NAMED, NoSuchColumns, columns_of
from ptheory.rendering.font_metrics import formula_width
from ptheory.rendering.latex_equations import align
from ptheory.rendering.latex_pieces import broken_latex
from ptheory.rendering.math_list import math_list
from ptheory.rendering.opened_latex import as_product
from ptheory.rendering.sympy_forms import sympy_latex, sympy_text
from ptheory.rendering.text_pieces import broken_text
from ptheory.rendering.written_formulas import TextStyle
from tests.rendering.latex_values import value

K, V, G, C = sp.symbols("K V G_12 C_W")
VALUES = {"K": 0.37, "V": 1.7, "G_12": 0.6, "C_W": 1.3}
GELU = (
    C * (sp.Rational(1, 4) + sp.asin(K / (K + 1)) / (2 * sp.pi)) * G
    + C * (6 + 18 * K + 11 * K**2 - 5 * K**3) / (4 * sp.pi * (1 + K) ** 3 * (1 + 2 * K) ** sp.Rational(5, 2)) * V
)


def formula(seed: int) -> sp.Expr:
    """A sum of products of long polynomials, their roots, powers and inverses, and functions of quotients of them."""
    rng = random.Random(seed)

    def polynomial() -> sp.Expr:
        terms = rng.randint(2, 9)
        return sp.Add(*(rng.randint(1, 99) * K ** rng.randint(0, 9) * rng.choice((1, V, G)) for _ in range(terms)))

    def factor() -> sp.Expr:
        base = polynomial()
        kind = rng.randint(0, 5)
        if kind == 4:
            return sp.asin(K / base) ** rng.randint(1, 2)
        if kind == 5:
            return sp.exp(-K / base)
        return base ** rng.choice((1, -1, 2, sp.Rational(1, 2), -sp.Rational(3, 2), -sp.Rational(1, 2)))

    return sp.Add(*(C * sp.Mul(*(factor() for _ in range(rng.randint(1, 4)))) for _ in range(rng.randint(1, 3))))


@pytest.mark.parametrize("seed", range(40))
def test_lines_fit_and_mean_the_same(seed: int) -> None:
    latex = sympy_latex(formula(seed))
    true = value(latex, VALUES)
    for room in (160.0, 216.0, 370.0):
        lines = broken_latex(latex, room - 30, room)
        assert all(formula_width("{}" + line) <= room - 30 * (not k) + 0.5 for k, line in enumerate(lines)), lines
        assert abs(value(" ".join(lines), VALUES) / true - 1) < 1e-9, lines


def test_a_fraction_too_wide_is_a_product_with_a_power() -> None:
    above, below = math_list(r"C \left(a + b\right)"), math_list(r"8 \pi \left(x + y\right)^{\frac{5}{2}} \sqrt{x + z}")
    assert as_product(above, below, 60, "10") == (r"\frac{C}{8 \pi} \left(a + b\right) (x + y)^{-5/2} (x + z)^{-1/2}")
    assert as_product(above, below, 1000, "10") is None
    same = math_list(r"\left(x + y\right) \left(x + y\right)")
    moved = as_product(same, math_list("2"), 55, "10")
    assert moved == r"\frac{\left(x + y\right)}{2} \left(x + y\right)", "one of two equal factors is moved, not both"


def test_gelu_is_short_of_every_column() -> None:
    for name, columns in NAMED.items():
        shown = align([("G", sympy_latex(GELU))], "eq:G", columns)
        for row in shown.split("\n")[1:-1]:
            cells = re.sub(r"\\label\{.*?\}|\\notag|\\\\", "", row).replace("&", "{}")
            assert formula_width(cells, columns.size) <= columns.width - 20, (name, row)


@pytest.mark.parametrize(
    "latex",
    [r"\sigma\left(u\right)", r"\sum_{a,b} V_{ab}", r"123456789", r"\mathrm{ReLU}", r"\arcsin{\left(x\right)}"],
)
def test_what_is_never_broken(latex: str) -> None:
    first, *others = broken_latex(f"{latex} + {latex} + {latex}", 1.0, 1.0)
    lines = [first, *others]
    if latex.startswith((r"\sigma", r"\arcsin")):  # brackets of an argument may be opened, the name stays with them
        assert all(not line.startswith((r"\times", "(")) for line in lines)
    else:
        assert lines == [latex, f"+ {latex}", f"+ {latex}"]


@pytest.mark.parametrize("width", [20, 40, 72, 100])
def test_text_is_broken_between_names_and_numbers(width: int) -> None:
    for seed in range(20):
        text = sympy_text(formula(seed), TextStyle())
        lines = broken_text(text, width - 8, width)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        whole = set(re.findall(r"[\w.]+", text))
        assert all(set(re.findall(r"[\w.]+", line)) <= whole for line in lines), lines
        assert width < 40 or all(len(line) <= width for line in lines), lines


def test_a_break_stands_where_a_reader_looks_for_it() -> None:
    text = "C_W·(⟨σ σ″⟩ + ⟨σ′²⟩)·V + C_b·(⟨σ⟩ + ⟨σ⁴⟩)"
    assert broken_text(text, 30, 30) == ["C_W·(⟨σ σ″⟩ + ⟨σ′²⟩)·V", "+ C_b·(⟨σ⟩ + ⟨σ⁴⟩)"]
    assert broken_text("C_W*<s1*s2> - 2 + x < 3", 12, 12)[0] == "C_W*<s1*s2>"


def test_columns() -> None:
    assert columns_of("revtex").width == columns_of("246pt").width == 246
    assert abs(columns_of("5.5in").width - columns_of("neurips").width) < 0.01
    for wrong, said in (
        ("revtx", "did you mean"),
        ("12em", "246pt, 5.5in, 8.6cm"),
        ("20pt", "150pt is the least"),
        ("9000in", "wider than any page"),
        ("", "page, revtex, neurips"),
    ):
        with pytest.raises(NoSuchColumns) as refused:
            columns_of(wrong)
        assert said in f"{refused.value.message} {refused.value.help}"
