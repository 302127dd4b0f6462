"""Labels in any script: in a PDF each character is set, or its code point stands there and the message names it; the
characters special to LaTeX are text, and the source compiles with pdflatex alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ptheory.rendering import pdf
from ptheory.rendering.latex_document import to_latex_document, to_latex_sections
from ptheory.rendering.latex_text import latex_text, missing_characters
from ptheory.rendering.report import Figure, Report, Section, Table, Verdict
from tests.rendering.latex_lint import assert_well_formed
from tests.rendering.reports import GROWTH
from tests.reported.running import HEAD, on_text

CHINESE, EMOJI, CYRILLIC, GREEK, HEBREW, MARKS = "四点顶点", "😀", "Вершина", "Ελληνικά", "שלום", "v⃗"
ALL = f"{CHINESE} {EMOJI} {CYRILLIC} {GREEK} {HEBREW} {MARKS} Ðþ"


def report(label: str) -> Report:
    items = (
        Verdict("proved", label, (label,)),
        Table((label, "b"), ((label, label),), label),
        Figure("map", "map", "a-map", (GROWTH,), label),
    )
    return Report(label, (Section(label, items),))


@pytest.mark.parametrize(
    "text, latex",
    [
        ("\\ { } $ & # % _ ^ ~", r"\textbackslash{} \{ \} \$ \& \# \% \_ \textasciicircum{} \textasciitilde{}"),
        ("é ñ Å ő š ç ź ḍ", r"\'{e} \~{n} \r{A} \H{o} \v{s} \c{c} \'{z} \d{d}"),
        ("x̄ ẑ q̇ z̃", r"\={x} \^{z} \.{q} \~{z}"),
        ("ß Ł ø “a” ‘b’", r"\ss{} \L{} \o{} ``a'' `b'"),
        ("σ ≠ ∞ ² ₁ ℓ", r"$\sigma$ $\ne$ $\infty$ $^{2}$ $_{1}$ $\ell$"),
        ("[2pt] *", "{[}2pt] *"),
        ("*", "{*}"),
        ("a 中文 b", r"a \unicodetext{4E2D 6587}{中文} b"),
        ("中 Б", r"\unicodetext{4E2D 0020 0411}{中 Б}"),
        ("\x07", r"\unicodetext{0007}{ }"),
        ("$\u20d7 }\u20d7", r"\unicodetext{0024 20D7 0020 007D 20D7}{ ⃗  ⃗}"),
    ],
)
def test_plain_text_as_latex(text: str, latex: str) -> None:
    assert latex_text(text) == latex


def test_no_character_is_dropped_or_replaced() -> None:
    """Every character of the first planes is an escape of its own or a code point; none becomes a question mark."""
    for code in [*range(0x20, 0x3000), 0x4E2D, 0xAC00, 0x1F600, 0x1D538]:
        written = latex_text(chr(code))
        assert written and ("?" not in written or chr(code) in "?¿")
        if r"\unicodetext" in written:
            assert written.startswith(rf"\unicodetext{{{code:04X}}}{{")


def test_the_source_says_which_engine_it_needs() -> None:
    source = to_latex_document(report(CHINESE))
    assert source.startswith("% !TeX program = lualatex\n") and "Compile with lualatex" in source
    assert_well_formed(to_latex_sections(report(CHINESE)).partition(r"\section*")[2])
    assert r"\ifdefined\unicodetext\else" in to_latex_sections(report(CHINESE))
    assert "unicodetext" not in to_latex_document(report("plain é σ"))


def test_hebrew_and_latin_letters_are_runs_of_their_own() -> None:
    assert latex_text("þשלום").count(r"\unicodetext") == 2


def pages(path: Path) -> str:
    return subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_every_script_is_on_the_page(tmp_path: Path) -> None:
    text = f'{HEAD}claim "{ALL} \\\\ % # _ ~ ^ & $": V\' = V for MLP, inputs one\n'
    ran = on_text(tmp_path, text, "run", "-o", tmp_path, "--to", "pdf")
    assert ran.code == 1 and len(ran.err.strip().splitlines()) == 1
    shown = pages(tmp_path / "case.pdf")
    for character in ALL.replace(" ", ""):
        assert character in shown or (character in ran.err and f"[U+{ord(character):04X}]" in shown)
    assert "?" not in shown


@pytest.mark.slow
@pytest.mark.parametrize("label", [ALL, r"\input{/etc/passwd} $100 & 50% #1 _x_ ^{2} ~ [x] * \\[9cm]", "[1] *"])
def test_the_source_compiles_with_pdflatex_alone(label: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found_by_name = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "lualatex" else found_by_name(name))
    found = pdf.to_pdf(report(label), tmp_path, "labels")
    assert found.pdf is not None, found.message
    shown = pages(found.pdf)
    if label == ALL:
        assert all(character in found.message for character in CHINESE + EMOJI + CYRILLIC)
        assert "texlive-luatex" in found.message and "[U+56DB]" in shown
    else:
        assert found.message == "" and "[U+" not in shown


def test_what_a_log_says_is_missing() -> None:
    log = "x\nptheory: no font has U+4E2D.\nptheory: no font has U+1F600.\nptheory: no font has U+4E2D.\n"
    assert missing_characters(log) == "中😀"
