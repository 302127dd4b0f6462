"""--width and --columns: obeyed in every line, and an error where they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reported.running import HEAD, on_text

TEXT = f"{HEAD}derive G, V\nderive G to order 1\n\n"


@pytest.mark.parametrize("width", [40, 60, 140])
def test_width(width: int, tmp_path: Path) -> None:
    ran = on_text(tmp_path, TEXT, "run", "--width", str(width))
    assert ran.code == 0
    assert width / 2 < max(map(len, ran.out.splitlines())) <= width


def test_columns(tmp_path: Path) -> None:
    for columns in ("page", "revtex"):
        ran = on_text(tmp_path, TEXT, "run", "-o", tmp_path / columns, "--to", "latex", "--columns", columns)
        assert ran.code == 0
    wide, narrow = ((tmp_path / name / "case.tex").read_text("utf-8") for name in ("page", "revtex"))
    assert "textwidth=246pt" in narrow and r"\documentclass[10pt]" in narrow and "textwidth" not in wide
    assert narrow.count(r"\notag") > wide.count(r"\notag")


@pytest.mark.parametrize(
    "words, said",
    [
        (("--width", "12"), "40 is the least"),
        (("--width", "60", "--to", "json"), "no text is asked for"),
        (("--columns", "revtex"), "add latex or pdf to --to"),
        (("--columns", "rextev", "--to", "latex"), "revtex"),
        (("--columns", "100pt", "--to", "latex"), "150pt is the least"),
        (("--columns", "", "--to", "latex"), "246pt, 5.5in, 8.6cm"),
    ],
)
def test_what_cannot_be_obeyed(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    ran = on_text(tmp_path, TEXT, "run", *words)
    assert ran.code == 2 and said in ran.err and not ran.out


def test_a_name_wider_than_the_columns_is_said(tmp_path: Path) -> None:
    name = "abcdefghijklmnop" * 3
    text = f'{HEAD}notation {{ C_W = "\\mathrm{{{name}}}" }}\nderive G\n'
    words = ("run", "-o", tmp_path / "out", "--to", "latex", "--columns")
    ran = on_text(tmp_path, text, *words, "150pt")
    assert ran.code == 2 and "cannot be broken for columns of 150pt" in ran.err and name in ran.err
    assert (tmp_path / "out" / "case.tex").exists()
    wanted = ran.err.split("write --columns ")[1].split()[0]
    assert on_text(tmp_path, text, *words, wanted).code == 0


def test_tables_are_no_wider_than_the_text(tmp_path: Path) -> None:
    text = f"{HEAD}with sigma = tanh {{ exponents V }}\n"
    for width in (72, 76, 100):
        ran = on_text(tmp_path, text, "run", "--width", str(width))
        assert ran.code == 0 and max(map(len, ran.out.splitlines())) <= width, width
        assert "2·ℓ/(3·n)" in ran.out
