"""How figures are drawn: the same bytes every time, words in mathematics, every number in the data."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import ptheory as pt
from ptheory.rendering.drawn_figures import COLUMN, NotDrawn, drawn, words
from ptheory.rendering.figure_html import svg_element
from ptheory.rendering.figure_labels import in_one_line, law_label
from ptheory.rendering.figure_parts import Axis, Curve, Label, Note, Panel, Points
from ptheory.rendering.report import Figure
from ptheory.rendering.spelling import OURS, Spelling, Symbol
from tests.rendering.reports import GROWTH

TEXT = """ptheory 1
include mlp
plot map with sigma = relu { set C_b = 1/10, C_W = 1 }
plot angle with sigma = erf { set C_b = 1/10, C_W = 2; depth 20 }
plot phase "edge" with sigma = erf { range C_W = 0 to 2, C_b = 0 to 1/2 }
"""
IN_A_PROCESS = """
import hashlib, sys
import ptheory as pt
from ptheory.rendering.drawn_figures import drawn
for name, figure in pt.run_text(sys.argv[1]).figures.items():
    for to in ("pdf", "svg"):
        print(name, to, hashlib.sha256(drawn(figure.drawing, to)).hexdigest())
"""


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    return {name: figure.drawing for name, figure in pt.run_text(TEXT).figures.items()}


def test_the_same_bytes_at_any_hash_seed_and_time(tmp_path: Path) -> None:
    """Two processes, of which one has a style of its own for matplotlib and another date."""
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7\nfont.size: 30\n", "utf-8")
    found = []
    for seed, more in (("1", {}), ("2", {"MATPLOTLIBRC": str(tmp_path), "SOURCE_DATE_EPOCH": "86400"})):
        environment = {**os.environ, "PYTHONHASHSEED": seed, **more}
        done = subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS, TEXT],
            env=environment, capture_output=True, text=True, timeout=300, check=True,
        )  # fmt: skip
        found.append(done.stdout)
    assert found[0] == found[1] and len(found[0].splitlines()) == 6


@pytest.mark.parametrize("to", ["pdf", "svg"])
def test_no_date_no_version_no_other_face(figures: dict[str, Figure], to: str) -> None:
    text = drawn(figures["edge"], to).decode("latin-1")
    assert not re.search(r"CreationDate|Producer|matplotlib v|Matplotlib v|<dc:date>", text)
    if to == "pdf":
        assert set(re.findall(r"/BaseFont /(?:[A-Z]{6}\+)?([A-Za-z]+)", text)) <= {"STIXGeneral"}
        assert f"/MediaBox [ 0 0 {72 * COLUMN:g}" in text


def test_an_element_of_a_page_loads_nothing(figures: dict[str, Figure]) -> None:
    element = svg_element(figures["edge"])
    assert element.startswith("<svg ") and "<metadata" not in element and "<?xml" not in element
    assert not re.search(r'(?:href|src)="(?!#)', element)


def test_elements_of_one_page_have_ids_of_their_own(figures: dict[str, Figure]) -> None:
    clips = [set(re.findall(r'<clipPath id="([^"]+)"', svg_element(figure))) for figure in figures.values()]
    assert all(clips) and not (clips[0] & clips[1] or clips[1] & clips[2] or clips[0] & clips[2])


def test_pgf_is_words_for_the_paper_that_takes_it_in(figures: dict[str, Figure]) -> None:
    text = drawn(figures["edge"], "pgf").decode("utf-8")
    assert r"\begin{pgfpicture}" in text and "C_W" in text and "chaotic" in text


def test_pgf_without_tex_is_refused(
    figures: dict[str, Figure], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from matplotlib.backends.backend_pgf import LatexManager

    LatexManager._get_cached_or_new_impl.cache_clear()
    drawn.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotDrawn, match="PGF needs TeX"):
        drawn(figures["edge"], "pgf")


@pytest.mark.parametrize("name", ["edge", "map-MLP-relu-C_b-1-10-C_W-1", "angle-MLP-erf-C_b-1-10-C_W-2"])
def test_every_word_of_a_figure_is_read_by_matplotlib(figures: dict[str, Figure], name: str) -> None:
    for panel in figures[name].panels:
        shown = [panel.x.label, panel.y.label, *(n.label for n in panel.notes)]
        shown += [entry.label for entry in (*panel.curves, *panel.points) if entry.label is not None]
        for label in shown:
            assert words(label) == label.latex, label


def test_a_formula_beyond_mathtext_is_written_as_text() -> None:
    assert words(Label("piecewise(...)", r"$\begin{cases} 1 \end{cases}$")) == "piecewise(...)"


@pytest.mark.parametrize(
    ("formula", "latex"),
    [
        ("z - z^3/6", r"z - z^{3}/6"),
        ("z*exp(-z^2/2)", r"z\,\mathrm{exp}(-z^{2}/2)"),
        ("z^(1/3)", r"z^{1/3}"),
        ("hard_swish(z)", r"\mathrm{hard swish}(z)"),
    ],
)
def test_formulas_in_one_line(formula: str, latex: str) -> None:
    assert in_one_line(formula, OURS) == latex
    authors = in_one_line(formula, Spelling({"z": Symbol("y")}))
    assert ("z" not in authors and authors.count("y") == latex.count("z")) or "hard" in latex


def test_laws_as_they_are_read() -> None:
    import sympy as sp

    two_thirds, one = sp.Rational(2, 3), sp.Integer(1)
    assert law_label(two_thirds, one, 0, OURS, per_width=True) == Label("2/3*l/n", r"$\frac{2}{3}\,\ell/n$")
    authors = Spelling({"l": Symbol("L"), "n": Symbol("N")})
    assert law_label(two_thirds, one, 0, authors, per_width=True) == Label("2/3*l/n", r"$\frac{2}{3}\,L/N$")
    assert law_label(sp.Integer(1), sp.Integer(-2), 0, OURS) == Label("l^(-2)", r"$\ell^{-2}$")
    assert law_label(sp.Rational(1, 2), sp.Integer(0), -1, OURS) == Label(
        "1/2*log(l)^(-1)", r"$\frac{1}{2}\,(\log \ell)^{-1}$"
    )
    assert law_label(sp.Float("6962.5073"), sp.Integer(-1), 0, OURS).text == "6963*l^(-1)"


def test_data_have_every_digit() -> None:
    from ptheory.rendering.json_report import item_json

    found = item_json(Figure("flow", "flow", "a-flow", (GROWTH,), "what it is"))
    (panel,) = found["panels"]
    assert found["type"] == "figure" and found["file"] == "a-flow" and found["caption"] == "what it is"
    assert panel["curves"][0]["y"] == ["1/3", "0.5"] and panel["points"][0]["errors"] == ["0.1", "0.1"]
    assert json.loads(json.dumps(found)) == found


def test_a_sketch_shows_axes_curves_and_names() -> None:
    from ptheory.rendering.figure_sketch import sketch

    panel = Panel(
        Axis(Label("x", "$x$"), (0, 1)),
        Axis(Label("y", "$y$"), (0, 2)),
        (Curve(Label("line", "line"), (0, 1), (0, 2)),),
        (Points(None, (Fraction(1, 2),), (1,), (), "critical"),),
        notes=(Note(Label.words("above"), 0.25, 1.5),),
    )
    lines = list(sketch(panel, 80))
    rows = lines[1:16]
    assert "above" in "".join(rows) and rows[7].count("@") == 1
    assert [line.rindex("*") for line in rows if "*" in line] == sorted(
        (line.rindex("*") for line in rows if "*" in line), reverse=True
    )
