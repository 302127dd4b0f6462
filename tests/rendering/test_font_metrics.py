"""The width of every formula on the expected pages, against TeX itself."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from ptheory.rendering.font_metrics import formula_width
from tests.golden import EXPECTED
from tests.rendering import font_metrics

OTHERS = (
    r"\frac{a}{b^2}\left(\frac{x}{\sqrt{1+x}}\right)^{3/2}",
    r"\begin{cases}\frac{x}{10} & x<0 \\ 1 & \text{otherwise}\end{cases}",
    r"\operatorname{erf}{\left(x\right)}\,\mathcal{N} + \bm{x}",
    r"\hat{K}_{ab}-\widetilde{V}+\overline{x}^2",
    r"\mathrm{ReLU}(x)\le 3\max_{a,b}(a,b)",
    r"\frac{1}{\sqrt[29]{L} \ell^{\frac{28}{29}}} + \sqrt[3]{2}",
    r"e^{-\frac{K}{2(1+K)}} \Biggl\{\sqrt{\frac{1}{\sqrt{2K+1}}}\Biggr\}",
    r"\sum_{\alpha\in\mathcal{D}} \sigma_w^2 \lambda_{\mathrm{max}}^{(\ell-1)}",
)


def formulas() -> list[str]:
    found = []
    for path in sorted(EXPECTED.glob("*.tex")):
        source = path.read_text("utf-8")
        for display in re.findall(r"\\begin\{align\*?\}\n(.*?)\n\\end\{align", source, re.S):
            for row in display.split("\\\\\n"):
                found += [cell.strip() for cell in re.sub(r"\\label\{[^}]*\}|\\notag", "", row).split("&", 1)]
        found += re.findall(r"\$([^$]+)\$", source)
    return [formula for formula in dict.fromkeys(found) if formula and r"\unicodetext" not in formula]


def widths(latex: list[str], size: str, folder: Path) -> list[float]:
    lines = [
        rf"\documentclass[{size}pt]{{article}}\usepackage{{amsmath,amssymb,bm}}\begin{{document}}",
        r"\newwrite\out\immediate\openout\out=widths.txt",
    ]
    lines += [rf"\setbox0\hbox{{$\displaystyle {one}$}}\immediate\write\out{{\the\wd0}}" for one in latex]
    (folder / "widths.tex").write_text("\n".join([*lines, r"\end{document}", ""]), "utf-8")
    subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "widths.tex"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return [float(line.strip().removesuffix("pt")) for line in (folder / "widths.txt").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("size", font_metrics.SIZES)
def test_widths_are_those_of_tex(size: str, tmp_path: Path) -> None:
    latex = [*formulas(), *OTHERS]
    assert len(latex) > 500
    for formula, true in zip(latex, widths(latex, size, tmp_path), strict=True):
        ours = formula_width(formula, size)
        assert true - 1 < ours < 1.03 * true + 1.5, f"{formula}: {ours:.2f} for {true:.2f}"


@pytest.mark.parametrize("size", font_metrics.SIZES)
def test_the_table_is_what_tex_measures(size: str) -> None:
    table = json.loads(font_metrics.TARGET.read_text("utf-8"))
    assert table[size] == font_metrics.measured(size)
