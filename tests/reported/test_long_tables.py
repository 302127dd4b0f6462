"""Tables lose no row and no column at the edge of a page, components equal by symmetry stand once, and a PDF that
cannot be made is said and ends with exit code 2."""

from __future__ import annotations

import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from ptheory.rendering import pdf
from ptheory.rendering.csv_tables import tables_csv
from ptheory.rendering.html import to_html
from ptheory.rendering.json_report import to_json
from ptheory.rendering.latex_document import to_latex_document, to_latex_sections
from ptheory.rendering.latex_tables import table_latex
from ptheory.rendering.lines import to_text
from ptheory.rendering.report import Formula, Prose, Report, Section, Table
from tests.rendering.latex_lint import assert_well_formed
from tests.reported.running import FILES, HEAD, on_text, ptheory

DEEP = f"""{HEAD}flow MLP with sigma = relu {{
    inputs [1]
    set C_b = 0, C_W = 2
    depth 200
    show G, V
}}
"""


def report(*tables: Table) -> Report:
    return Report("tables", (Section("Tables", tables),))


def numbered(rows: int, columns: int = 3, cell: str = "0") -> Table:
    headers = tuple(f"c{k}" for k in range(columns))
    return Table(
        headers, tuple((f"row{r}", *(f"{r}.{k}{cell}" for k in range(1, columns))) for r in range(rows)), "all"
    )


def compiled_text(source: str, folder: Path) -> str:
    """What stands in the PDF, as its own characters."""
    command = pdf.compiler()
    assert command is not None
    assert pdf.compiled(command, folder, source) == ""
    assert "Overfull \\vbox" not in (folder / "report.log").read_text("utf-8", "replace")
    shown = subprocess.run(
        ["pdftotext", "-raw", folder / "report.pdf", "-"], capture_output=True, text=True, check=True
    )
    return shown.stdout


def test_two_hundred_layers_are_all_there_in_every_format(tmp_path: Path) -> None:
    assert on_text(tmp_path, DEEP, "run", "-o", tmp_path, "--to", "latex,html,csv,json").code == 0
    layers = [str(layer) for layer in range(1, 201)]
    latex = (tmp_path / "case.tex").read_text("utf-8")
    assert re.findall(r"^(\d+) & \$G_\{00\}\$ & ", latex, re.M) == layers
    assert re.findall(r"^(\d+) & \$V_\{0000\}\$ & ", latex, re.M) == layers
    assert latex.count(r"\endhead") == 1 and r"\usepackage{longtable}" in latex
    page = (tmp_path / "case.html").read_text("utf-8")
    assert re.findall(r'<th scope="row">(\d+)</th><th scope="row"><math[^>]*>(?:<[^>]*>)*V', page) == layers
    assert re.findall(r"^(\d+),\"?V", (tmp_path / "case.csv").read_text("utf-8"), re.M) == layers


@pytest.mark.slow
def test_two_hundred_layers_are_all_there_in_the_pdf(tmp_path: Path) -> None:
    assert on_text(tmp_path, DEEP, "run", "-o", tmp_path, "--to", "pdf").code == 0
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "case.pdf", "-"], capture_output=True, text=True, check=True
    )
    assert re.findall(r"^\s*(\d+)\s+V\s*0000", text.stdout, re.M) == [str(layer) for layer in range(1, 201)]
    heads = len(re.findall(r"^\s*layer\s+component", text.stdout, re.M))
    assert heads == text.stdout.count("(continued on the next page)") + 1 > 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "table",
    [
        numbered(120),
        numbered(3, 4, "Q" * 120),  # wrapped
        numbered(40, 14, "Q" * 30),  # unfolded: one row for each column
        numbered(2, 2, "Q" * 9000),  # higher than a page: over several rows
        Table(("a", Formula("K")), tuple((f"{k} x & y", Formula(Fraction(k, 7))) for k in range(45)), "formulas"),
    ],
    ids=["long", "wide", "many columns", "high", "formulas"],
)
def test_every_cell_is_in_the_pdf(table: Table, tmp_path: Path) -> None:
    text = compiled_text(to_latex_document(report(table)), tmp_path)
    for row in table.rows:
        for cell in row:
            written = cell if isinstance(cell, str) else f"{cell.value}"  # type: ignore[union-attr]
            assert "Q" in written or written in text
    assert text.count("Q") == str(table.rows).count("Q")


def test_tables_of_every_shape_are_well_formed() -> None:
    for table in (numbered(31), numbered(3, 4, "Q" * 120), numbered(4, 14, "Q" * 30), numbered(2, 2, "Q" * 9000)):
        latex = table_latex(table)
        assert_well_formed(latex)
        assert latex.count(r"\endlastfoot") == 1 and latex.count("Q") == str(table.rows).count("Q")
    assert r"\begin{tabular}" in table_latex(numbered(30))


def test_the_fragment_says_what_it_needs_beyond_amsmath() -> None:
    said, _ = to_latex_sections(report(numbered(31))).split("\n", 1)
    assert said == r"% besides amsmath this needs \usepackage{booktabs}\usepackage{longtable}\usepackage{siunitx}"
    whole = Table(("a", "b"), (("x", "1"),))
    assert to_latex_sections(report(whole)).startswith("% besides amsmath this needs \\usepackage{booktabs}\n")
    assert to_latex_sections(report()).startswith(r"\section*")


@pytest.mark.parametrize("inputs, independent", [("[1] [2]", 6), ("[1] [2] [3]", 21), ("[1]", 1)])
def test_components_equal_by_symmetry_stand_once(inputs: str, independent: int, tmp_path: Path) -> None:
    """V has the symmetries of a symmetric form on pairs: m(m+1)/2 components with m = N(N+1)/2, N inputs."""
    text = f"{HEAD}flow MLP with sigma = relu {{ inputs {inputs}; set C_b = 0, C_W = 2; depth 2; show V }}\n"
    ran = on_text(tmp_path, text, "run", "--to", "json")
    (section,) = ran.json["sections"]
    shown = [row[1] for row in section["items"][0]["rows"] if row[0] == "2"]
    assert len(shown) == independent
    (flow,) = ran.json["flows"]
    complete = flow["layers"][1]["V"]
    assert len(complete) == inputs.count("[") ** 4, "the data stay complete"
    if independent == 1:
        return
    said = section["items"][1]["text"].removeprefix("Equal by symmetry: ").removesuffix(".")
    groups = [[component[2:-1] for component in group.split(" = ")] for group in said.split("; ")]
    grouped = [key for group in groups for key in group]
    alone = [component[2:-1] for component in shown if component[2:-1] not in grouped]
    assert sorted([*grouped, *alone]) == sorted(complete)
    for group in groups:
        assert f"V[{group[0]}]" in shown and len({tuple(complete[key]) for key in group}) == 1
    assert on_text(tmp_path, text, "flow").out.count("  V[") == 2 * independent + len(groups)


def test_which_components_of_a_mixed_tensor_are_equal(tmp_path: Path) -> None:
    """F[1,3,2,4] stands with d13 d24 in E[H12 z3 z4]: exchanging 1 with 2 and 3 with 4 together changes nothing."""
    setting = "inputs [1] [2]; set C_b = 0, C_W = 2, lambda_b = 1, lambda_W = 1; depth 2; show F"
    ran = on_text(tmp_path, f"{HEAD}flow MLP with sigma = relu {{ {setting} }}\n", "run", "--to", "text")
    said = " ".join(ran.out.split())
    assert (
        "F[0,0,0,1] = F[0,1,0,0]; " in said
        and "F[0,0,1,1] = F[1,1,0,0]; " in said
        and "F[0,1,1,0] = F[1,0,0,1]" in said
    )


def test_numbers_a_person_can_read(tmp_path: Path) -> None:
    """The constants of SELU have thirty digits: 120-digit quotients in data, six digits on a page, all on request."""
    ran = ptheory("run", FILES / "selu-numbers.deriv", "-o", tmp_path, "--to", "text,latex,json")
    assert ran.code == 0
    latex = (tmp_path / "selu-numbers.tex").read_text("utf-8")
    for page in (ran.out, latex):
        assert "0.476771" in page and "0.891018" in page and "0.4767710" not in page
        assert not re.search(r"\d{25}", page)
    assert re.search(r"p_0\s+decay\s+2\s+2\.89325 ", ran.out)
    every = ptheory("run", FILES / "selu-numbers.deriv", "--digits", "all")
    assert "0.476771017882753" in every.out and "0.891018450685916" in every.out
    assert r"\approx" in latex and "≈ C_W²·(" in ran.out
    assert re.search(r"\d{100}/\d{100}", (tmp_path / "selu-numbers.json").read_text("utf-8")), "exact in data"


def test_long_fractions_of_a_flow(tmp_path: Path) -> None:
    setting = "inputs [1/3]; set C_b = 1/7, C_W = 6/5; depth 6; digits 20; show G"
    text = f"{HEAD}flow MLP with sigma = z + z^2/4 {{ {setting} }}\n"
    ran = on_text(tmp_path, text, "run", "-o", tmp_path, "--to", "text,json,csv,latex")
    data = to_json_rows(tmp_path)
    exact = Fraction(data[-1])
    assert len(data[-1]) > 60
    shown = ran.out.split("G[0,0]")[-1].split()[0]
    assert re.fullmatch(r"\d+\.\d{19,20}", shown) and abs(Fraction(shown) / exact - 1) < Fraction(1, 10**19)
    assert data[-1] in (tmp_path / "case.csv").read_text("utf-8")
    assert shown in (tmp_path / "case.tex").read_text("utf-8") and data[-1] not in ran.out


def to_json_rows(folder: Path) -> list[str]:
    import json

    document = json.loads((folder / "case.json").read_text("utf-8"))
    return [row[2] for row in document["sections"][0]["items"][0]["rows"]]


def test_a_fraction_beyond_the_limit_of_python() -> None:
    huge = Fraction(7**9000, 3**9000)
    shown = report(Table(("x", "value"), (("a", Formula(huge)),)))
    assert re.search(r"3\.28\d{12}e\+3311|\d\.\d{14}e\+33", to_text(shown))
    assert len(to_json(shown)["sections"][0]["items"][0]["rows"][0][1]) > 11000
    assert len(tables_csv(shown)[0]) > 11000
    assert "e33" in to_latex_document(shown) and re.search(r"<msup><mn>10</mn>(<mrow>)?<mn>33", to_html(shown))


def test_long_words_may_be_broken() -> None:
    latex = to_latex_sections(Report("words", (Section("s", (Prose("x" * 500),)),)))
    assert latex.count("x") == 500 and latex.count(r"\allowbreak{}") >= 8


class TestNoPdf:
    """The source is written, one line says what is wrong, and the exit code is 2."""

    TEXT = f"{HEAD}derive G\n"

    def test_no_tex(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
        ran = on_text(tmp_path, self.TEXT, "run", "-o", tmp_path / "out", "--to", "pdf")
        assert ran.code == 2 and [p.name for p in (tmp_path / "out").iterdir()] == ["case.tex"]
        assert len(ran.err.strip().splitlines()) == 1 and "apt-get install" in ran.err and "no PDF" in ran.err

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "inserted, said",
        [
            (r"\usepackage{nosuchpackage}", "File `nosuchpackage.sty' not found"),
            (r"\hskip 99999cm", "Dimension too large"),
            (r"\undefinedmacro", "Undefined control sequence"),
        ],
    )
    def test_tex_fails(self, inserted: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*arguments: object) -> str:
            place = r"\begin{document}"
            lines = (inserted + place) if "package" in inserted else (place + inserted)
            return to_latex_document(*arguments).replace(place, lines)  # type: ignore[arg-type]

        monkeypatch.setattr(pdf, "to_latex_document", broken)
        ran = on_text(tmp_path, self.TEXT, "run", "-o", tmp_path / "out", "--to", "pdf")
        assert ran.code == 2 and said in ran.err and str(tmp_path / "out" / "case.log") in ran.err
        assert len(ran.err.strip().splitlines()) == 1
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["case.log", "case.tex"]
        assert said in (tmp_path / "out" / "case.log").read_text("utf-8", "replace")


@pytest.mark.slow
def test_what_no_line_can_hold_makes_the_page_wider(tmp_path: Path) -> None:
    """Nothing sticks out of the paper: a name that cannot be broken is there to its end."""
    import sympy

    from ptheory.rendering.report import SpecialisedEquation
    from ptheory.results.specialisation import BoundEquation
    from tests.rendering.architectures import MLP, recursion

    name = sympy.Symbol("K_" + "".join(f"f{k}" for k in range(90)))
    item = SpecialisedEquation(BoundEquation(recursion(MLP, "G").at_one_input(), closed_form=name))
    found = pdf.to_pdf(Report("wide", (Section("s", (item,)),)), tmp_path, "wide")
    assert found.pdf is not None and "paperwidth=" in found.tex.read_text("utf-8")
    text = subprocess.run(["pdftotext", "-layout", found.pdf, "-"], capture_output=True, text=True, check=True).stdout
    assert len(re.findall(r"f", text.split("as")[-1])) >= 40
