"""Six digits on a page, all in data; quantities typeset; numbers aligned in tables."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
import sympy as sp

from ptheory.rendering.columns import NAMED
from ptheory.rendering.csv_tables import tables_csv
from ptheory.rendering.latex_tables import table_latex
from ptheory.rendering.lines import to_text
from ptheory.rendering.quantities import quantity_latex, quantity_text
from ptheory.rendering.report import AtLargeDepth, CriticalPoint, Formula, Prose, Report, Section, Table, Verdict
from ptheory.rendering.rounding import rounded_text, with_digits, with_page_digits
from ptheory.rendering.written_formulas import TextStyle
from ptheory.rendering.written_numbers import readable
from tests.reported.running import ptheory

LONG = "0.172922390756067351749853179777"
TENTH = sp.Rational(10**40 + 7, 3 * 10**40)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (LONG, "0.172922"),
        ("1.98305825743754712520547798583", "1.98306"),
        ("6962.5073773040837914", "6962.51"),
        ("123456789.25", "123456789"),
        ("0.00014362641873238557203", "0.000143626"),
        ("9.9999996", "10.00000"),
        ("4.77318450721796186e+256152522", "4.77318e+256152522"),
        ("0.5", "0.5"),
        ("0.000", "0.000"),
    ],
)
def test_rounding(number: str, shown: str) -> None:
    assert rounded_text(number, 6) == shown
    mantissa, whole = shown.partition("e")[0], number.partition("e")[0]
    assert abs(Fraction(mantissa) - Fraction(whole)) <= Fraction(whole) / 10**5


def page() -> Report:
    items = (
        Prose(f"near K = {LONG}, version 1.2.3, z1.5x, at layer 10"),
        CriticalPoint("K", sp.Float(LONG, 30), {"C_W": TENTH * sp.pi}, evidence=(f"s^2 = {LONG}",)),
        Table(("a", "b"), (("x", LONG), ("y", Formula(sp.Float(LONG, 30) / sp.Symbol("n"))))),
        Table(("a", "asked"), (("x", LONG),), digits=30),
        Verdict("refuted", f"K = {LONG}", (f"left {LONG}",)),
    )
    return Report("page", (Section("s", items),))


def test_a_page_has_six_digits_and_data_all() -> None:
    text = to_text(with_page_digits(page()))
    assert "near K = 0.172922, version 1.2.3, z1.5x, at layer 10" in text
    assert "K* = 0.172922 at C_W = 1.04720" in text and "0.172922/n" in text and "s^2 = 0.172922" in text
    assert text.count(LONG) == 3, "a claim, its verdict and a table whose digits were asked for say what they say"
    assert to_text(with_digits(page(), 10)).count("0.1729223908") == 6
    assert LONG in tables_csv(page())[0]


def test_quantities_are_typeset() -> None:
    style = TextStyle()
    shown = [quantity_text(q, style) for q in ("p_perp", "nu", "V/(nK^2)", "D/(nKTheta)", "K log(l)", "K - K*")]
    assert shown == ["p⊥", "ν", "V/(nK²)", "D/(nKΘ)", "K log(ℓ)", "K − K*"]
    assert quantity_latex("V/(nK^2)") == "V/(n K^2)" and quantity_latex("p_par") == r"p_{\parallel}"
    assert quantity_latex("K - K*") == r"K - K^{\star}" and quantity_latex("Q/(nTheta^2)") == r"Q/(n \Theta^2)"
    law = Formula(AtLargeDepth("V/(nK^2)", 2 * sp.Symbol("l") / (3 * sp.Symbol("n"))))
    report = Report("r", (Section("s", (Prose(("law: ", law)),)),))
    assert "V/(nK²) → 2·ℓ/(3·n)" in to_text(report) and "V/(nK^2) ~ 2*l/(3*n)" in to_text(report, unicode=False)


def test_decimals_are_aligned_and_tables_fit() -> None:
    table = Table(("x", "y"), (("a", "0.5"), ("b", "-12.25"), ("c", "1.5e-7"), ("d", "any"), ("e", "")))
    latex = table_latex(table)
    assert r"\begin{tabular}{@{}lS[table-format=-2.2e-1]@{}}" in latex and r"\toprule" in latex
    assert r"d & {any} \\" in latex and r"c & 1.5e-7 \\" in latex
    rows = tuple((f"row {k}", "0.25") for k in range(100))
    assert table_latex(Table(("x", "y"), rows), columns=NAMED["neurips"]).count(r"\begin{longtable}") == 1
    several = table_latex(Table(("x", "y"), rows), columns=NAMED["revtex"])
    assert r"\begin{longtable}" not in several and several.count(r"\begin{tabular}") == 3
    assert several.count("0.25") == 100


def test_classify_in_every_format(tmp_path: Path) -> None:
    ran = ptheory("classify", "z - z^3/6", "--to", "text,latex,html,csv,json", "-o", tmp_path)
    assert ran.code == 0 and "K → 1/ℓ" in ran.out and "decay" in ran.out
    names = {"z-z-3-6.tex", "z-z-3-6-fragment.tex", "z-z-3-6.html", "z-z-3-6.csv", "z-z-3-6.json"}
    assert {path.name for path in tmp_path.iterdir()} == names
    latex = (tmp_path / "z-z-3-6.tex").read_text("utf-8")
    assert r"$K \sim \frac{1}{\ell}$" in latex and r"$p_{\perp}$" in latex and "p\\_" not in latex
    assert json.loads((tmp_path / "z-z-3-6.json").read_text("utf-8"))["class"] == "K*=0"
    assert "K ~ 1/l" in (tmp_path / "z-z-3-6.csv").read_text("utf-8")


def test_digits_that_cannot_be_obeyed() -> None:
    for words, said in (
        (("--digits", "0"), "1 to 1000, or all"),
        (("--digits", "six"), "1 to 1000, or all"),
        (("--digits", "9", "--to", "csv"), "data have all digits"),
    ):
        ran = ptheory("classify", "tanh", *words)
        assert ran.code == 2 and said in ran.err and not ran.out


def test_a_constant_of_a_term_is_rounded_as_a_whole() -> None:
    layer, shift = sp.symbols("l l_0")
    long, small = sp.Rational(10**64 + 7, 10**63 + 3), sp.Rational(10**5, 10**69 + 9)
    written = small * sp.pi * (long / small * shift - 2 * long * sp.pi / small + long / small) / layer**3
    shown = readable(written)
    number = 10 * float(sp.pi)
    assert shown.free_symbols == {layer, shift} and not shown.has(sp.pi)
    assert float((shown * layer**3).subs(shift, 0).evalf()) == pytest.approx(number * (1 - 2 * float(sp.pi)), rel=1e-13)
    assert all(1 < abs(one) < 1000 for one in shown.atoms(sp.Float))
    assert readable(sp.pi * layer / 3) == sp.pi * layer / 3
