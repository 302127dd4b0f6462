r"""``ptheory check paper.tex -o DIR --to tex,html,json``: an annotated copy that compiles, a report, JSON."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ptheory.rendering import files
from tests.reported.running import ptheory

PAPER = Path(__file__).resolve().parents[2] / "derivations" / "paper" / "effective-theory.tex"
CLASSES = {
    "article": r"\documentclass{article}\usepackage{amsmath}",
    "article, two columns, boxes": r"\documentclass[twocolumn]{article}\usepackage{amsmath,xcolor,hyperref}",
    "revtex4-2": r"\documentclass[aps,prl,twocolumn]{revtex4-2}\usepackage{amsmath}",
}
BODY = r"""
% ptheory: include mlp
% ptheory: include observables
% ptheory: notation { sigma = "\phi"  C_W = "\sigma_w^2"  C_b = "\sigma_b^2" }
\newcommand{\avg}[1]{\left\langle #1 \right\rangle}
\begin{document}
\title{A title}\author{N. N.}\maketitle
% ptheory: claim for MLP, inputs one
\begin{equation}\label{eq:vertex}
 V^{(\ell+1)} = \sigma_w^4 \left( \avg{\phi^4} - \avg{\phi^2}^2 \right) + 2\chi_\parallel^2 V^{(\ell)} ,
\end{equation}
and text goes on here.
% ptheory: claim unreadable for MLP, inputs one
\begin{align}
  K' &= \psi + 50\% \\
     &= 1
\end{align}

% ptheory: claim undecided for MLP, inputs one, with sigma = relu
\begin{multline}
  \avg{\phi''\phi''} \\ = \avg{\phi''\phi''} + 0
\end{multline}
% ptheory: claim gathered for MLP, inputs one
\begin{gather} \avg{z^2} = K ,\label{eq:z}\\ \avg{z^4} = 3 K^2 . \end{gather}
% ptheory: claim of another environment for MLP, inputs one
\begin{alignat}{2} \avg{z^2} &= K \end{alignat}
% ptheory: claim columns for MLP, inputs one
\begin{eqnarray} \avg{z^2} &=& K \end{eqnarray}
% ptheory: claim signs for MLP, inputs one
\[ -\avg{z^2} = -K \]
% ptheory: claim dollars for MLP, inputs one
$$ \avg{z^2} = 2K $$
% ptheory: claim split for MLP, inputs one
\begin{equation*}\begin{split} \avg{z^2} &= K \end{split}\end{equation*}
\begin{equation} K' = \sigma_b^2 + \sigma_w^2 \avg{\phi^2} \label{eq:without} \end{equation}
\input{parts/two}
See \eqref{eq:vertex}, \eqref{eq:z}, \eqref{eq:without} and \eqref{eq:two}.
\end{document}
"""
PART = "% ptheory: claim for MLP, inputs one\r\n"
PART += "\\begin{equation}\\label{eq:two} \\langle z^2\\rangle = 3K \\end{equation}\r\n"
ADDED = re.compile(r"\\ptheory(?:verdict|note)\{[^{}]*\}\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\}")


def paper(folder: Path, opening: str) -> Path:
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "two.tex").write_bytes(PART.encode())
    (folder / "paper.tex").write_text(opening + BODY, "utf-8")
    return folder / "paper.tex"


def compiled(folder: Path, name: str) -> str:
    """Runs TeX in ``folder``; the numbers of the labelled equations, as the .aux has them."""
    command = ["latexmk", "-norc", "-pdf", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    log = (folder / f"{name}.log").read_text("utf-8", "replace")
    assert done.returncode == 0, [line for line in log.splitlines() if line.startswith("!")]
    aux = "".join(path.read_text("utf-8") for path in sorted(folder.rglob("*.aux")))
    return "\n".join(re.findall(r"\\newlabel\{(eq:\w+)\}\{\{([^{}]*)\}", aux).__str__().split("), "))


def without_verdicts(text: str) -> str:
    """The annotated copy with what was added taken out again."""
    added = text.find("\\ifdefined\\color\\else\\RequirePackage")
    if added >= 0:
        end = text.index("\\makeatother ", added) + len("\\makeatother ")
        text = text[:added] + text[end:]
    return ADDED.sub("", text)


@pytest.mark.parametrize("opening", CLASSES.values(), ids=CLASSES)
def test_an_annotated_paper_compiles_and_keeps_its_numbers(opening: str, tmp_path: Path) -> None:
    source = paper(tmp_path / "own", opening)
    ran = ptheory("check", source, "-o", tmp_path / "out", "--to", "tex")
    assert ran.code == 2 and "paper.tex and 1 of its files" in ran.err
    assert compiled(tmp_path / "own", "paper") == compiled(tmp_path / "out", "paper")


def test_our_own_paper_compiles_with_its_verdicts(tmp_path: Path) -> None:
    assert ptheory("check", PAPER, "-o", tmp_path, "--to", "tex").code == 0
    text = (tmp_path / PAPER.name).read_text("utf-8")
    assert (
        text.count(r"\ptheoryverdict{0.1,0.45,0.1}{proved}") == 29
        and r"\ptheorynote{" not in text.partition(r"\begin{document}")[2]
    )
    compiled(tmp_path, PAPER.stem)


def test_the_copy_differs_by_the_verdicts_alone(tmp_path: Path) -> None:
    source = paper(tmp_path / "own", CLASSES["article"])
    ptheory("check", source, "-o", tmp_path / "out", "--to", "tex")
    for name in ("paper.tex", "parts/two.tex"):
        made = (tmp_path / "out" / name).read_bytes().decode("utf-8")
        assert without_verdicts(made) == (tmp_path / "own" / name).read_bytes().decode("utf-8"), name
        assert made.count("\n") == without_verdicts(made).count("\n")
    assert (tmp_path / "out" / "parts" / "two.tex").read_bytes().count(b"\r\n") == 2


def test_every_marked_equation_has_its_verdict_in_it(tmp_path: Path) -> None:
    source = paper(tmp_path / "own", CLASSES["article"])
    ptheory("check", source, "-o", tmp_path / "out", "--to", "tex")
    made = (tmp_path / "out" / "paper.tex").read_text("utf-8")
    assert r"\begin{equation}\ptheoryverdict{0.75,0.1,0.1}{refuted}\label{eq:vertex}" in made
    assert r"\begin{alignat}{2}\ptheoryverdict" in made and r"\[\ptheoryverdict{0.1,0.45,0.1}{proved} -" in made
    assert r"\begin{equation} K' = \sigma_b^2" in made  # without a mark
    kinds = re.findall(r"\\ptheoryverdict\{[^{}]*\}\{(\w+)\}", made)
    assert kinds == [
        "refuted", "unreadable", "undecided", "proved", "unreadable", "proved", "proved", "refuted", "proved"
    ]  # fmt: skip
    assert made.count(r"\ptheorynote{0") == 5


@pytest.mark.parametrize("where", [".", "deeper/.."])
def test_the_paper_itself_is_never_written_over(where: str, tmp_path: Path) -> None:
    source = paper(tmp_path / "own", CLASSES["article"])
    (tmp_path / "own" / "deeper").mkdir()
    ran = ptheory("check", source, "-o", tmp_path / "own" / where, "--to", "tex")
    assert ran.code == 2 and "never written over" in ran.err
    assert source.read_text("utf-8") == CLASSES["article"] + BODY


def test_a_link_to_the_paper_is_not_written_through(tmp_path: Path) -> None:
    source = paper(tmp_path / "own", CLASSES["article"])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "paper.tex").symlink_to(source)
    ran = ptheory("check", source, "-o", tmp_path / "out", "--to", "tex")
    assert ran.code == 2 and "is a file of the paper, which is never written over" in ran.err
    assert source.read_text("utf-8") == CLASSES["article"] + BODY


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = paper(tmp_path / "own", CLASSES["article"])

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ptheory("check", source, "-o", tmp_path / "out", "--to", "tex")
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sections: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            self.sections.append(given["class"] or "")
        self.outside += [
            value for key, value in attrs if key in ("src", "href") and value and not value.startswith("#")
        ]
        assert tag not in ("script", "link", "img")


def test_the_html_report_has_a_section_for_every_equation_and_needs_no_network(tmp_path: Path) -> None:
    source = paper(tmp_path / "own", CLASSES["article"])
    ran = ptheory("check", source, "--all", "-o", tmp_path / "out", "--to", "html,json")
    text = (tmp_path / "out" / "paper.html").read_text("utf-8")
    page = _Page()
    page.feed(text)
    claims = json.loads((tmp_path / "out" / "paper.json").read_text("utf-8"))["files"][0]
    assert page.sections == [claim["verdict"] for claim in claims["claims"]] + ["not"] and page.outside == []
    assert "V&#39; = C_W^2*(&lt;sigma^4&gt; - &lt;sigma^2&gt;^2) + chi_par^2*V[l]" in text
    assert r"2\chi_\parallel^2 V^{(\ell)}" in text and "counterexample" in text and ran.out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--to", "tex"), "are files; add -o DIR"),
        (("--to", "latex"), "unknown format 'latex'"),
        (("-o", "out"), "add --to tex, html, json"),
        (("-o", "out", "--to", "html,html"), "stands twice"),
        (("--json", "--to", "html", "-o", "out"), "--json prints JSON alone"),
    ],
)
def test_options_that_cannot_be_obeyed(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    source = paper(tmp_path / "own", CLASSES["article"])
    ran = ptheory("check", source, *words)
    assert ran.code == 2 and message in ran.err and ran.out == ""


def test_a_copy_is_made_of_latex_only(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("<!-- ptheory: include mlp -->\n", "utf-8")
    ran = ptheory("check", tmp_path / "notes.md", "-o", tmp_path / "out", "--to", "tex")
    assert ran.code == 2 and "is no .tex file" in ran.err
