r"""``ptheory check paper.tex``: marked equations get their verdicts where they stand; nothing of TeX is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.reported.running import Ran, ptheory

PAPER = Path(__file__).resolve().parents[2] / "derivations" / "paper" / "effective-theory.tex"
TOP = "\\documentclass{article}\n% ptheory: include mlp\n% ptheory: include observables\n\\begin{document}\n"
KERNEL = r"\[ K' = C_b + C_W \langle\sigma^2\rangle \]"


def check(folder: Path, text: str, name: str = "paper.tex", **others: str) -> Ran:
    for other, content in others.items():
        path = folder / f"{other}.tex"
        path.write_text(content, "utf-8")
    (folder / name).write_text(text, "utf-8")
    return ptheory("check", folder / name, "--json")


def verdicts(ran: Ran) -> dict[str, str]:
    return {claim["label"]: claim["verdict"] for claim in ran.json["files"][0]["claims"]}


def test_every_equation_of_our_own_paper_is_marked_and_proved() -> None:
    ran = ptheory("check", PAPER, "--json")
    text = PAPER.read_text("utf-8")
    displayed = text.count(r"\begin{equation}") + text.count(r"\begin{align}") + text.count("\n\\[")
    claims = ran.json["files"][0]["claims"]
    assert len(claims) == displayed == text.count("% ptheory: claim")
    assert {claim["verdict"] for claim in claims} == {"proved"} and ran.code == 0


def test_claims_are_named_by_their_word_their_label_or_their_line(tmp_path: Path) -> None:
    text = TOP + f"% ptheory: claim length map for MLP, inputs one\n{KERNEL}\n"
    text += (
        "% ptheory: claim for MLP, inputs one\n\\begin{equation}\\label{eq:k}\n" + KERNEL[2:-2] + "\\end{equation}\n"
    )
    text += f"%ptheory:claim for MLP, inputs one\n\n{KERNEL}\n"
    ran = check(tmp_path, text)
    assert verdicts(ran) == {"length map": "proved", "eq:k": "proved", "line 12": "proved"}
    places = [claim["place"].rpartition("paper.tex:")[2].partition(":")[0] for claim in ran.json["files"][0]["claims"]]
    assert places == ["5", "7", "10"]


def test_a_wrong_equation_is_refuted_and_an_unreadable_one_hides_no_other(tmp_path: Path) -> None:
    text = TOP + "% ptheory: claim a for MLP, inputs one\n\\[ K' = C_b + 2 C_W \\langle\\sigma^2\\rangle \\]\n"
    text += "% ptheory: claim b for MLP, inputs one\n\\[ K' = \\foo \\]\n"
    text += f"% ptheory: claim c for MLP, inputs one\n{KERNEL}\n"
    ran = check(tmp_path, text)
    assert verdicts(ran) == {"a": "refuted", "b": "unreadable", "c": "proved"} and ran.code == 2
    (found,) = (c for c in ran.json["files"][0]["claims"] if c["label"] == "b")
    assert found["place"].endswith("paper.tex:8:9")


def test_a_message_shows_the_line_of_the_paper(tmp_path: Path) -> None:
    text = TOP + "% ptheory: claim b for MPL, inputs one\n" + KERNEL + "\n"
    (tmp_path / "p.tex").write_text(text, "utf-8")
    ran = ptheory("check", tmp_path / "p.tex")
    assert "5 | % ptheory: claim b for MPL, inputs one" in ran.err and "did you mean `MLP`" in ran.err


def test_macros_and_claims_of_the_papers_own_files(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "macros.tex").write_text("\\newcommand{\\avg}[1]{\\langle #1\\rangle}\n", "utf-8")
    (tmp_path / "parts" / "two.tex").write_text(
        "% ptheory: claim second for MLP, inputs one\n\\[ K' = C_b + C_W \\avg{\\sigma^2} \\]\n", "utf-8"
    )
    text = (
        TOP
        + "\\input{parts/macros}\n% ptheory: claim first for MLP, inputs one\n"
        + KERNEL
        + "\n\\input{parts/two.tex}\n"
    )
    ran = check(tmp_path, text)
    assert list(verdicts(ran).items()) == [("first", "proved"), ("second", "proved")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (r"\input{../other}", "leads out of the folder of the paper"),
        (r"\input{/etc/passwd}", "leads out of the folder of the paper"),
        (r"\input{missing}", "no file missing"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "other.tex").write_text("% ptheory: claim x\n", "utf-8")
    ran = check(tmp_path / "inner", TOP + line + f"\n% ptheory: claim a for MLP, inputs one\n{KERNEL}\n")
    assert ran.code == 2 and message in json.dumps(ran.json)
    assert "paper.tex:5:1" in json.dumps(ran.json)


def test_files_that_take_each_other_in_are_read_once(tmp_path: Path) -> None:
    claim = f"% ptheory: claim a for MLP, inputs one\n{KERNEL}\n"
    ran = check(tmp_path, TOP + claim + "\\input{b}\n", b="\\input{paper}\n")
    assert verdicts(ran) == {"a": "proved"}


def test_a_macro_with_two_meanings_has_none(tmp_path: Path) -> None:
    twice = "\\newcommand{\\q}{C_W}\n\\renewcommand{\\q}{%s}\n"
    claim = "% ptheory: claim a for MLP, inputs one\n\\[ K' = C_b + \\q \\langle\\sigma^2\\rangle \\]\n"
    assert verdicts(check(tmp_path, TOP + twice % "C_W" + claim)) == {"a": "proved"}
    assert verdicts(check(tmp_path, TOP + twice % "C_b" + claim)) == {"a": "unreadable"}


def test_what_is_commented_out_is_not_read(tmp_path: Path) -> None:
    text = TOP + "% \\newcommand{\\avg}[1]{\\langle #1\\rangle}\n% \\input{missing}\n"
    text += f"% ptheory: claim a for MLP, inputs one\n% \\[ K' = 0 \\]\n{KERNEL}\n"
    assert verdicts(check(tmp_path, text)) == {"a": "proved"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\\documentclass{article}\n", "no equation of this paper is marked"),
        (TOP + "% ptheory: claim a for MLP\nno equation\n", "expected"),
        (TOP + "% ptheory: claim a for MLP\n\\begin{equation} K' = 0\n", "no end"),
        (TOP + "% ptheory: clam a for MLP\n" + KERNEL, "clam"),
    ],
)
def test_mistakes_in_the_marks(tmp_path: Path, text: str, message: str) -> None:
    ran = check(tmp_path, text)
    assert ran.code == 2 and message in json.dumps(ran.json)


def test_a_marked_equation_that_cannot_be_read_is_not_passed_over_for_the_next(tmp_path: Path) -> None:
    text = TOP + "% ptheory: claim a for MLP, inputs one\n"
    text += f"\\begin{{IEEEeqnarray}}{{rCl}} K' &=& 7 C_b \\end{{IEEEeqnarray}}\n{KERNEL}\n"
    assert verdicts(check(tmp_path, text)) == {"a": "unreadable"}


def test_a_mark_of_markdown_over_several_lines(tmp_path: Path) -> None:
    text = "<!-- ptheory: include mlp -->\n"
    text += f"<!-- ptheory:\nclaim a for MLP, inputs one -->\n{KERNEL}\n"
    text += f"<!-- ptheory: claim b\n  for MLP, inputs one -->\n{KERNEL}\n".replace("\\[", "$$").replace("\\]", "$$")
    assert verdicts(check(tmp_path, text, "notes.md")) == {"a": "proved", "b": "proved"}


def test_markdown(tmp_path: Path) -> None:
    text = "# Notes\n<!-- ptheory:\ninclude mlp\n-->\ntext\n<!-- ptheory: claim a for MLP, inputs one -->\n"
    text += "$$ K' = C_b + C_W \\langle\\sigma^2\\rangle $$\n"
    assert verdicts(check(tmp_path, text, "notes.md")) == {"a": "proved"}


def test_several_equations_in_one_display(tmp_path: Path) -> None:
    text = TOP + "% ptheory: claim a for MLP, inputs one\n\\begin{align}\n  \\langle z^2\\rangle &= K ,\\\\\n"
    text += "  \\langle z^4\\rangle &= 2 K^2 .\n\\end{align}\n"
    ran = check(tmp_path, text)
    (claim,) = ran.json["files"][0]["claims"]
    assert claim["verdict"] == "refuted" and "equation 2 of 2" in claim["message"]
    assert claim["understood"] == "<z^2> = K; <z^4> = 2*K^2"


def test_fmt_leaves_papers_alone(tmp_path: Path) -> None:
    (tmp_path / "p.tex").write_text(TOP, "utf-8")
    ran = ptheory("fmt", tmp_path / "p.tex")
    assert ran.code == 2 and "a paper, not a derivation file" in ran.err
    assert (tmp_path / "p.tex").read_text("utf-8") == TOP
