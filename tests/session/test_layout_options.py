"""--width and --columns: obeyed in every line, and an error where they cannot be."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.reported.running import HEAD, on_text, ptheory

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
        (("--macros", "mlp2", "--to", "latex"), "write --macros mlp"),
        (("--macros", "", "--to", "latex"), "letters only"),
        (("--macros", "mlp"), "add latex to --to"),
        (("--margin",), "add latex to --to"),
        (("--macros", "mlp", "--to", "latex", "--only", "V"), "--only prints results without macros"),
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


NARROW = f"""{HEAD}with sigma = tanh {{ exponents V }}
atlas sigma {{ relu, tanh, z*tanh(z) }}
"""


def test_tables_too_wide_for_the_text_are_blocks(tmp_path: Path) -> None:
    wide, narrow = (on_text(tmp_path, NARROW, "run", "--width", width).out for width in ("100", "40"))
    assert max(map(len, narrow.splitlines())) <= 40
    cells = re.findall(r"^    (p∥|V/\(nK²\))  (decay|growth)$", narrow, re.M)
    assert cells == [("p∥", "decay"), ("V/(nK²)", "growth")] and "      exponent: 2\n" in narrow
    assert "".join(re.findall("perpendicular *\n? *perturbations *→ *ℓ", narrow)) and "perpendicular" in wide


def test_a_number_wider_than_the_text_is_said(tmp_path: Path) -> None:
    flow = "flow MLP with sigma = tanh { inputs [1]; set C_b = 0, C_W = 1; depth 2; digits 60; show G }\n"
    ran = on_text(tmp_path, HEAD + flow, "run", "--width", "45")
    assert ran.code == 2 and ran.err.count("does not fit into --width 45") == 1 and "0.39429449" in ran.out
    wanted = ran.err.split("write --width ")[1].split()[0]
    assert on_text(tmp_path, HEAD + flow, "run", "--width", wanted).code == 0


def test_macros_begin_with_what_is_asked_for(tmp_path: Path) -> None:
    block = "with sigma = gelu { critical }\n"
    assert on_text(tmp_path, HEAD + block, "run", "-o", tmp_path, "--to", "latex", "--macros", "mlp").code == 0
    commands = re.findall(r"\\newcommand\{(\\\w+)\}", (tmp_path / "case-macros.tex").read_text("utf-8"))
    assert r"\mlpGeluCW" in commands and all(command.startswith(r"\mlp") for command in commands)


def test_verdicts_stand_in_the_margin_where_asked_for(tmp_path: Path) -> None:
    claims = """claim "vertex": V' = C_W^2*(<s^4> - <s^2>^2) + chi_par^2*V for MLP, inputs one
claim "gelu": C_W = 1.98306 to 6 digits for MLP, inputs one, with sigma = gelu, at criticality
"""
    words = ("run", "--to", "latex", "--only", "claim:vertex", "--only", "claim:gelu")
    plain, marked = (on_text(tmp_path, HEAD + claims, *words, *more).out for more in ((), ("--margin",)))
    assert "ptheoryverdict" not in plain
    assert re.findall(r"\\ptheoryverdict\{[\d.,]+\}\{(\w+)\}", marked) == ["proved", "checked"]
    (tmp_path / "paper.tex").write_text(
        rf"\documentclass{{article}}\usepackage{{amsmath}}\begin{{document}}{marked}\end{{document}}", "utf-8"
    )
    said = subprocess.run(["pdflatex", "-halt-on-error", "paper"], cwd=tmp_path, capture_output=True, check=True)
    text = subprocess.run(["pdftotext", "paper.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert b"Overfull" not in said.stdout and "proved" in text.stdout and "checked" in text.stdout


def test_a_macro_of_the_author_is_not_taken(tmp_path: Path) -> None:
    text = HEAD + 'notation { "\\newcommand{\\ptGeluCW}{5}" }\nwith sigma = gelu { critical }\n'
    ran = on_text(tmp_path, text, "run", "-o", tmp_path, "--to", "latex")
    assert ran.code == 2 and r"case.deriv:" in ran.err and r"\ptGeluCW is the macro of C_W:gelu too" in ran.err
    assert (tmp_path / "case.tex").exists() and not (tmp_path / "case-macros.tex").exists()
    assert on_text(tmp_path, text, "run", "-o", tmp_path, "--to", "latex", "--macros", "my").code == 0
    ran = on_text(tmp_path, HEAD + "derive V\n", "run", "-o", tmp_path, "--to", "latex", "--macros", "O")
    assert ran.code == 0  # no result is called E


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("gain", "gelu", "--width", "40", "--digits", "60"), "write --width"),
        (("classify", "tanh", "--width", "40", "--digits", "60"), ""),  # all it has is short
    ],
)
def test_what_is_too_wide_is_said_of_one_activation(words: tuple[str, ...], wanted: str) -> None:
    ran = ptheory(*words)
    assert (ran.code, bool(wanted)) in ((2, True), (0, False)) and wanted in ran.err
    needed = ran.err.split("write --width ")[1].split()[0] if wanted else "40"
    again = ptheory(*(needed if word == "40" else word for word in words))
    assert again.code == 0 and max(map(len, again.out.splitlines())) <= int(needed)


def test_what_is_too_wide_is_said_of_single_results(tmp_path: Path) -> None:
    name = "abcdefghijklmnop" * 3
    text = f'{HEAD}notation {{ C_W = "\\mathrm{{{name}}}" }}\nderive G\n'
    ran = on_text(tmp_path, text, "run", "--only", "K", "--to", "latex", "--columns", "150pt")
    assert ran.code == 2 and "cannot be broken for columns of 150pt" in ran.err and name in ran.out
    long = f"{HEAD}let {name} = C_W^2\nderive G\n" + f'claim "{name}": C_W^2 = {name} for MLP\n'
    ran = on_text(tmp_path, long, "run", "--only", "claim:", "--width", "40")
    assert ran.code == 2 and "does not fit into --width 40" in ran.err
