"""``ptheory check paper.tex --all``: equations without a mark are listed, read or not, and never judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.reported.running import Ran, ptheory

TOP = "\\documentclass{article}\n% ptheory: include mlp\n% ptheory: include observables\n\\begin{document}\n"
TRUE = r"K' = C_b + C_W \langle\sigma^2\rangle"


def listed(folder: Path, text: str, name: str = "paper.tex") -> tuple[Ran, list[dict[str, Any]]]:
    (folder / name).write_text(text, "utf-8")
    ran = ptheory("check", folder / name, "--all", "--json")
    return ran, ran.json["files"][0]["unmarked"]


def test_read_or_not_with_place_and_label_and_no_verdict(tmp_path: Path) -> None:
    text = TOP + "% ptheory: claim a for MLP, inputs one\n" + f"\\[ {TRUE} \\]\n"
    text += "\\begin{equation}\\label{eq:false}\n  K' = 7 C_b\n\\end{equation}\n"
    text += "\\begin{align} x &= \\alpha \\end{align}\n"
    text += "\\begin{equation} V' = 2 V \\end{equation}\n"
    ran, unmarked = listed(tmp_path, text)
    assert ran.code == 0  # the false ones are not judged
    assert [equation["read"] for equation in unmarked] == [True, False, True]
    assert unmarked[0]["label"] == "eq:false" and unmarked[0]["place"].endswith("paper.tex:7:1")
    assert unmarked[0]["understood"] == "K' = 7*C_b" and unmarked[0]["scope"] == "for MLP, inputs one"
    assert unmarked[1]["label"] == "line 10" and "an input" in unmarked[1]["message"]
    assert unmarked[1]["mistake"].endswith("paper.tex:10:15")
    assert all("verdict" not in equation for equation in unmarked)
    shown = ptheory("check", tmp_path / "paper.tex", "--all")
    assert "paper.tex: 1 claim, 3 equations without a mark" in shown.out
    assert "not claimed: eq:false: read for MLP, inputs one" in shown.out
    assert "not claimed: line 10: not read: an input by itself" in shown.out and shown.err == ""


def test_without_all_they_are_not_listed(tmp_path: Path) -> None:
    text = TOP + f"% ptheory: claim a for MLP, inputs one\n\\[ {TRUE} \\]\n\\[ {TRUE} \\]\n"
    (tmp_path / "paper.tex").write_text(text, "utf-8")
    ran = ptheory("check", tmp_path / "paper.tex", "--json")
    assert "unmarked" not in ran.json["files"][0] and len(ran.json["files"][0]["claims"]) == 1


def test_what_is_no_equation_of_the_paper_is_not_listed(tmp_path: Path) -> None:
    text = TOP + "% \\[ K' = 1 \\]\n\\newcommand{\\be}{\\begin{equation}}\\newcommand{\\ee}{\\end{equation}}\n"
    text += "\\begin{verbatim}\n\\[ K' = 1 \\]\n\\end{verbatim}\nline\\\\[2pt] break \\verb|$|\n"
    _, unmarked = listed(tmp_path, text)
    assert unmarked == []
    notes = f"<!-- ptheory: include mlp -->\n```\n$$ {TRUE} $$\n```\n<!-- $$ {TRUE} $$ -->\n"
    notes += f"$$ {TRUE} $$\n50% $$ {TRUE} $$\n"
    _, unmarked = listed(tmp_path, notes, "notes.md")
    assert [equation["label"] for equation in unmarked] == ["line 6", "line 7"]


def test_an_unmarked_paper_is_listed_too(tmp_path: Path) -> None:
    ran, unmarked = listed(tmp_path, f"\\documentclass{{article}}\n\\[ {TRUE} \\]\n\\begin{{equation}} x\n")
    assert [equation["message"] for equation in unmarked] == ["no network is named", "this equation has no end"]
    assert ran.code == 0


def test_derivation_files_have_none(tmp_path: Path) -> None:
    (tmp_path / "a.deriv").write_text("ptheory 1\ninclude mlp\n", "utf-8")
    ran = ptheory("check", tmp_path / "a.deriv", "--all")
    assert ran.code == 2 and "--all lists the equations of papers" in ran.err
