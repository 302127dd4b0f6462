"""Every renderer on a report with every kind of item, hostile text included."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from ptheory.rendering import pdf
from ptheory.rendering.columns import NAMED
from ptheory.rendering.figure_files import figure_files
from ptheory.rendering.files import write_atomically
from ptheory.rendering.font_metrics import formula_width
from ptheory.rendering.html import to_html
from ptheory.rendering.json_report import to_json
from ptheory.rendering.latex_document import to_latex_document, to_latex_sections
from ptheory.rendering.lines import to_text
from ptheory.rendering.report import Report, Section, Verdict
from ptheory.rendering.terminal import terminal_text

from .latex_lint import assert_well_formed
from .reports import HOSTILE, every_item

REPORT = every_item()


def test_text_is_as_wide_as_asked() -> None:
    text = to_text(REPORT, width=90)
    assert "V′ = n[ℓ]/n[ℓ-1]·χ∥²·V + C_W²·(⟨σ⁴⟩ − ⟨σ²⟩²)" in text
    too_long = [line for line in text.splitlines() if len(line) > 90]
    assert all("Σ" in line or "·" in line for line in too_long), "only an unbreakable factor may stick out"
    assert len(too_long) <= 3


def test_ascii_text_is_ascii_but_for_the_words() -> None:
    lines = [line for line in to_text(REPORT, unicode=False).splitlines() if line.startswith("    ") and " = " in line]
    assert lines and all(line.isascii() for line in lines)


def test_terminal_has_no_colour_when_piped() -> None:
    stream = io.StringIO()
    stream.write(terminal_text(REPORT, Console(file=stream, width=100, highlight=False)))
    assert "\x1b" not in stream.getvalue()
    assert "✗ refuted" in stream.getvalue()


def test_terminal_speaks_ascii_where_it_must() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="replace")
    stream.write(terminal_text(Report("t", (Section("s", (Verdict("proved", "V"),)),)), Console(file=stream, width=80)))
    stream.flush()
    assert b"+ proved: V" in raw.getvalue()


def test_latex_fragment_is_well_formed_and_labelled_once() -> None:
    fragment = to_latex_sections(REPORT)
    assert_well_formed(fragment)
    labels = re.findall(r"\\label\{([^}]*)\}", fragment)
    assert len(labels) == len(set(labels)) and "eq:A-report-derived-checked:V:MLP" in labels


def test_latex_escapes_what_users_write() -> None:
    fragment = to_latex_sections(REPORT).replace(r"\allowbreak{}", "")
    assert r"\input{" not in fragment and r"\end{document}" not in fragment
    assert r"\textbackslash{}input\{/etc/passwd\} \$100 \& 50\% \#1 \_x\_" in fragment


def test_latex_lines_fit() -> None:
    for columns in NAMED.values():
        page = to_latex_sections(replace(REPORT, columns=columns))
        for environment in re.findall(r"\\begin\{align\*?\}\n(.*?)\n\\end\{align", page, re.S):
            for row in environment.split("\\\\\n"):
                bare = re.sub(r"\\label\{[^}]*\}|\\notag", "", row).replace("&", "{}")
                assert formula_width(bare, columns.size) <= columns.width, row


def test_html_escapes_what_users_write_and_sets_formulas() -> None:
    page = to_html(REPORT)
    assert "<script" not in page and "&lt;/script&gt;" in page and HOSTILE not in page
    assert '<math displaystyle="true">' in page and 'class="latex"' not in page


def test_json_reads_back() -> None:
    data = json.loads(json.dumps(to_json(REPORT)))
    assert data["exit_code"] == 1
    equations = [item for section in data["sections"] for item in section["items"] if item["type"] == "equation"]
    kernel = equations[0]
    assert (kernel["name"], kernel["lhs"], kernel["rhs"]) == ("K", "K'[1,2]", "C_b + C_W*<s1*s2>")
    assert kernel["order"] == 0 and kernel["power"] == 0
    verdicts = [i for s in data["sections"] for i in s["items"] if i["type"] == "verdict"]
    assert verdicts[1]["what"] == HOSTILE


def test_a_verdict_has_one_of_four_kinds() -> None:
    with pytest.raises(ValueError, match="proved, checked, undecided, refuted"):
        Verdict("maybe", "V")


def test_writing_is_atomic(tmp_path: Path) -> None:
    target = tmp_path / "out" / "a.txt"
    write_atomically(target, "old")

    class Interrupted(BaseException):
        pass

    def interrupted(*_: object) -> None:
        raise Interrupted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.replace", interrupted)
        with pytest.raises(Interrupted):
            write_atomically(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in target.parent.iterdir()] == ["a.txt"]


def test_without_tex_the_source_is_written_and_the_message_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "compiler", lambda _: None)
    result = pdf.to_pdf(REPORT, tmp_path, "look")
    assert result.pdf is None and "apt-get install" in result.message
    assert result.tex.read_text() == to_latex_document(REPORT)


@pytest.mark.slow
def test_the_document_compiles(tmp_path: Path) -> None:
    result = pdf.to_pdf(REPORT, tmp_path, "look")
    assert result.message == ""
    assert result.pdf is not None and result.pdf.read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_the_fragment_needs_amsmath_and_what_its_first_line_says(tmp_path: Path) -> None:
    command = pdf.compiler()
    assert command is not None
    fragment = to_latex_sections(REPORT)
    said, _, packages = fragment.partition("\n")[0].partition("needs ")
    assert said == "% besides amsmath this " and "siunitx" in packages
    preamble = f"\\documentclass{{article}}\\usepackage{{amsmath}}{packages}\\begin{{document}}\n"
    (tmp_path / "report.tex").write_text(preamble + fragment + "\\end{document}\n", "utf-8")
    for name, drawing in figure_files(REPORT).items():
        (tmp_path / name).write_bytes(drawing)
    assert pdf.compile_tex(command, tmp_path) == ""
