"""LaTeX as MathML: every sign of it is in the element, or it is refused; never dropped."""

from __future__ import annotations

import contextlib
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptheory.rendering.html_formulas import broken, inline
from ptheory.rendering.mathml import GOES_ON, NotMathML, mathml


def shape(latex: str) -> str:
    """The elements as a term: msub(mi:C,mi:W)."""

    def term(element: ET.Element) -> str:
        inside = ",".join(map(term, element))
        return f"{element.tag}({inside})" if len(element) else f"{element.tag}:{element.text or ''}"

    return ",".join(map(term, ET.fromstring(mathml(latex))))


@pytest.mark.parametrize(
    ("latex", "elements"),
    [
        (r"C_W^2", "msubsup(mi:C,mi:W,mn:2)"),
        (r"x^12", "msup(mi:x,mn:1),mn:2"),
        (r"\frac12", "mfrac(mn:1,mn:2)"),
        (r"\sqrt[3]{x}", "mroot(mi:x,mrow(mn:3))"),
        (r"f''_1", "msubsup(mi:f,mn:1,mo:″)"),
        (r"f'^2", "msup(mi:f,mrow(mo:′,mn:2))"),
        (r"f'''''", "msup(mi:f,mo:⁗′)"),
        (r"\widehat{\Theta}'", "msup(mover(mi:Θ,mo:ˆ),mo:′)"),
        (r"\sum_{a\in S} x", "munder(mo:∑,mrow(mi:a,mo:∈,mi:S)),mi:x"),
        (r"\sum\nolimits_a x", "msub(mo:∑,mi:a),mi:x"),
        (r"\int_0^1 x", "msubsup(mo:∫,mn:0,mn:1),mi:x"),
        (r"\mathbb{E}\mathcal N\mathbf{x}", "mi:𝔼,mi:𝒩,mi:𝐱"),
        (r"\operatorname{erf} x", "mi:erf,mspace:,mi:x"),
        (r"\sin(x)", "mi:sin,mo:(,mi:x,mo:)"),
        (r"\sin^2 x", "msup(mi:sin,mn:2),mspace:,mi:x"),
        (r"\text{for all } x", "mtext:for\u00a0all\u00a0,mi:x"),
        (r"\left\langle a\middle|b\right)", "mrow(mo:⟨,mi:a,mo:|,mi:b,mo:))"),
        (r"\begin{equation}a\label{eq:a}\end{equation}", "mrow(mi:a)"),
        (r"\[ a \]", "mi:a"),
        (r"a % said in passing", "mi:a"),
        (r"\begin{align}a&=b\\&+c\nonumber\end{align}",
         "mtable(mtr(mtd(mi:a),mtd(mo:=,mi:b)),mtr(mtd:,mtd(mo:+,mi:c)))"),
        (r"\begin{cases}1&x\ge0\\0&\text{else}\end{cases}",
         "mrow(mo:{,mtable(mtr(mtd(mn:1),mtd(mi:x,mo:≥,mn:0)),mtr(mtd(mn:0),mtd(mtext:else))))"),
        (r"\not= \phi\varphi\epsilon\varepsilon", "mo:≠,mi:ϕ,mi:φ,mi:ϵ,mi:ε"),
    ],
)  # fmt: skip
def test_elements(latex: str, elements: str) -> None:
    assert shape(latex) == elements


@pytest.mark.parametrize(
    ("latex", "said"),
    [
        (r"\foo x", r"\foo is not known"),
        (r"a_b_c", "a second _"),
        (r"a^", "missing at the end"),
        (r"{a", "} is missing"),
        (r"a}", "} is not expected here"),
        (r"a & b", "& is not expected here"),
        (r"\frac{a}", "missing at the end"),
        (r"\left( a", "missing at the end"),
        (r"\begin{tabular}a\end{tabular}", "tabular"),
        (r"\begin{align}a\end{aligned}", "ends as"),
        (r"\text{a $x$}", "not plain text"),
        ("{" * 100 + "}" * 100, "groups within each other"),
        (r"\left\foo a\right)", "is no fence"),
    ],
)
def test_what_is_not_known_is_refused_and_shown_as_it_is(latex: str, said: str) -> None:
    with pytest.raises(NotMathML, match=re.escape(said)):
        mathml(latex)
    shown = inline(latex)
    assert shown.startswith('<code class="latex"') and "<math" not in shown


def test_a_sign_is_that_of_a_number_or_between_terms() -> None:
    assert re.findall('form="(.*?)"', mathml("-a-b(-c+d)=-e")) == [
        "prefix", "infix", "prefix", "infix", "prefix",
    ]  # fmt: skip
    assert 'form="infix"' in mathml("+ b", before=GOES_ON)


def test_markup_of_users_is_escaped() -> None:
    assert "<script" not in inline(r"\text{<script>}") + inline("<script>") + inline(r"\mathrm{<b>}")
    assert "&lt;" in inline("a<b")


@given(st.text(alphabet="ab1+-{}^_'&\\()[]<> $%~|", max_size=12))
def test_any_text_is_set_or_refused(latex: str) -> None:
    with contextlib.suppress(NotMathML):
        ET.fromstring(mathml(latex))


def test_a_broken_formula_has_all_its_signs() -> None:
    whole = "a \\bigl[b + c\\bigr] - d"
    found = broken(whole)
    assert found.count("<math") == 3 and found.count("<wbr>") == 2
    assert re.sub("<[^>]*>", "", found) == re.sub("<[^>]*>", "", inline(whole))
