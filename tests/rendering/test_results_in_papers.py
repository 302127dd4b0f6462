"""Results that papers take in by \\input: two classes, an author's packages and macros, labels that are found.

PTHEORY_PICTURES=FOLDER keeps the pages as PDF, to be looked at.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

import ptheory as pt
from ptheory.claims.verdict import Verdict
from ptheory.language.parser import parse_text
from ptheory.language.statements import ClaimStatement
from ptheory.networks.program import ClaimTask, check_what_is_readable
from ptheory.rendering.columns import columns_of
from ptheory.rendering.latex_document import to_latex_document
from ptheory.rendering.latex_results import latex_results, result_file, to_latex_fragment, to_latex_macros
from ptheory.rendering.report import Report
from ptheory.rendering.result_names import file_of
from ptheory.rendering.rounding import with_page_digits
from ptheory.session.author_spelling import names_of
from ptheory.session.claim_task import typeset
from ptheory.session.run import carry_out
from ptheory.session.systems import Systems

from .. import golden

PAPERS = Path(__file__).parent / "papers"
CORPUS = PAPERS.parents[1] / "claims" / "corpus"
FILES = ("00-first-look", "11-deep-linear", "12-ntk", "14-layers-and-criticality", "20-residual")


def write(report: Report, folder: Path) -> None:
    """What `run --to latex` writes for a paper."""
    (folder / report.title).mkdir()
    for result in latex_results(report):
        (folder / report.title / f"{file_of(result.name)}.tex").write_text(result_file(result, report), "utf-8")
    (folder / f"{report.title}-macros.tex").write_text(to_latex_macros(report), "utf-8")
    (folder / f"{report.title}-fragment.tex").write_text(to_latex_fragment(report), "utf-8")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paper")
    for name in FILES:
        write(golden.result(name).report, folder)
    return folder


@pytest.mark.parametrize(("paper", "asked"), [("two-column", "revtex"), ("one-column", "neurips")])
def test_a_paper_takes_results_in(tmp_path: Path, paper: str, asked: str) -> None:
    results, columns = tmp_path, columns_of(asked)
    for name in FILES:
        write(replace(with_page_digits(golden.result(name).report), columns=columns), results)
    shutil.copy(PAPERS / f"{paper}.tex", results)
    said = subprocess.run(
        ["latexmk", "-norc", "-pdf", "-interaction=nonstopmode", "-halt-on-error", paper],
        cwd=results,
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert said.returncode == 0, said.stdout[-2000:]
    log = (results / f"{paper}.log").read_text("utf-8", "replace")
    assert "undefined" not in log and "multiply" not in log
    assert [float(by) for by in re.findall(r"Overfull .hbox \(([\d.]+)pt", log) if float(by) > 1] == []
    if pictures := os.environ.get("PTHEORY_PICTURES"):
        shutil.copy(results / f"{paper}.pdf", pictures)


NOTATION = {
    "K": "q", "G": "g", "V": r"\mathcal{V}_4", "C_W": r"\sigma_w^2", "C_b": r"\sigma_b^2", "sigma": r"\phi", "z": "y",
    "l": "L", "n": "N", "Theta": r"\hat\Theta", "lambda_W": r"\eta_w", "lambda_b": r"\eta_b", "xi": r"\alpha",
    "q": r"\rho", "V6": r"\mathcal{V}_6",
}  # fmt: skip
OURS = (
    r"(?<![A-Za-z\\{])(?:K|G|V|z|n|C_W|C_b)(?![A-Za-z])|\\(?:ell|lambda|xi)(?![A-Za-z])"
    r"|\\sigma(?!_[wb])(?![A-Za-z])|(?<!hat)\\Theta"
)
SEEN = r"(?<![A-Za-z])(?:K|G|CW|Cb)(?![A-Za-z])|[ℓλξ]"


def in_another_notation(name: str) -> Report:
    """The report of a file as it would be with a notation block of its own: what was computed stays."""
    ours = golden.result(name)
    known = set(names_of(ours.program))
    block = " ".join(f'{one} = "{latex}"' for one, latex in NOTATION.items() if one in known | {"l", "n"})
    text = (golden.DERIVATIONS / f"{name}.deriv").read_text("utf-8")
    head, latex_claim, rest = text.partition("claim latex")
    for latex, author in ((r"\ell", "L"), ("V^", r"\mathcal{V}_4^"), ("K^", "q^"), ("{n", "{N"), ("}{n}", "}{N}")):
        rest = rest.replace(latex, author)
    program = check_what_is_readable(parse_text(f"{head}{latex_claim}{rest}\nnotation {{ {block} }}\n", name))
    systems = Systems(program)
    tasks = {task.statement.label: task for task in program.tasks if isinstance(task, ClaimTask)}
    outcomes = (typeset(one, tasks[one.label], systems) if isinstance(one, Verdict) else one for one in ours.outcomes)
    return replace(ours, program=program, outcomes=tuple(outcomes)).report


def without_names_of_files(latex: str) -> str:
    """What is seen of LaTeX: no comments, labels, names of files and of macros."""
    seen = re.sub(r"(?<!\\)%.*|\\(?:label|input|includegraphics(?:\[.*?\])?|cref)\{[^}]*\}", "", latex)
    return re.sub(
        r"\\ptOnce\\newcommand\{\\pt\w+\}|\\pt[A-Z]\w*|table-format=\S+?\]|\\[A-Za-z]*(?:space|par|section)\b", "", seen
    )


def test_the_same_paper_in_another_notation(tmp_path: Path) -> None:
    for name in FILES:
        report = in_another_notation(name)
        write(replace(with_page_digits(report), columns=columns_of("revtex")), tmp_path)
        (tmp_path / name / "whole.tex").write_text(to_latex_document(with_page_digits(report)), "utf-8")
    for path in sorted(tmp_path.rglob("*.tex")):
        body = path.read_text("utf-8").partition(r"\begin{document}")
        found = re.search(f".*?(?:{OURS}).*", without_names_of_files(body[2] or body[0]))
        assert found is None, (path, found.group())
    paper = (
        (PAPERS / "two-column.tex").read_text("utf-8").replace("$C_W", r"$\sigma_w^2").replace(r"$K^\star", r"$q^\star")
    )
    (tmp_path / "two-column.tex").write_text(paper, "utf-8")
    subprocess.run(
        ["latexmk", "-norc", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "two-column"],
        cwd=tmp_path, capture_output=True, check=True,
    )  # fmt: skip
    text = subprocess.run(
        ["pdftotext", "two-column.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "critical" in text.stdout and re.findall(f".*(?:{SEEN}).*", text.stdout) == []


def test_macros_read_twice_agree_and_another_meaning_is_an_error(results: Path) -> None:
    macros = (results / "00-first-look-macros.tex").read_text("utf-8")
    (results / "same.tex").write_text(macros, "utf-8")
    (results / "other.tex").write_text(macros.replace(r"{\ptTanhCW}{\ensuremath{1}}", r"{\ptTanhCW}{\ensuremath{2}}"))
    for second, code in (("same", 0), ("other", 1)):
        document = rf"\documentclass{{article}}\usepackage{{amsmath}}\input{{00-first-look-macros}}\input{{{second}}}"
        (results / "twice.tex").write_text(document + r"\begin{document}\ptTanhCW\end{document}", "utf-8")
        said = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "twice"],
            cwd=results,
            capture_output=True,
            text=True,
            errors="replace",
        )
        assert said.returncode == code
        assert (r"\ptTanhCW has another meaning" in said.stdout) == bool(code)


def test_labels_say_what_a_result_is(results: Path) -> None:
    found = Counter(
        label
        for path in results.glob("*/*.tex")
        for label in re.findall(r"\\label\{([^}]*)\}", path.read_text("utf-8"))
    )
    assert set(found.values()) == {1}
    assert {"eq:00-first-look:V:gelu", "eq:00-first-look:V:one-input", "eq:12-ntk:chi_perp"} <= set(found)
    assert "eq:14-layers-and-criticality:claim:tanh-kernel" in found


def test_a_fragment_has_no_headings_verdicts_or_log(results: Path) -> None:
    for name in FILES:
        text = (results / f"{name}-fragment.tex").read_text("utf-8")
        for unwanted in (r"\section", "proved", "searched", "one input, equal widths", "At one input", "class:"):
            assert unwanted not in text, (name, unwanted)


REORDERED = (
    "derive G, V",
    "with sigma = gelu { critical; exponents V; show V }",
    "with sigma = relu { inputs a b; show G }",
    "with sigma = relu { set C_b = 0; show V }",
    "flow MLP with sigma = relu { inputs [1, 1]; set C_b = 0, C_W = 2; depth 2; show G }",
    'claim "vertex": V\' = C_W^2*(<s^4> - <s^2>^2) + chi_par^2*V for MLP, inputs one',
)


def written(statements: tuple[str, ...]) -> dict[str, str]:
    """Every file of the results, and the lines of the macros in alphabetical order."""
    report = pt.run_text("ptheory 1\ninclude mlp\n" + "\n".join(statements) + "\n").report
    files = {result.name: result_file(result, report) for result in latex_results(report)}
    return files | {"macros": "\n".join(sorted(to_latex_macros(report).splitlines()))}


def test_another_order_writes_the_same_files() -> None:
    first, *others = REORDERED  # what was derived is specialised: that order is part of the content
    assert written(REORDERED) == written((first, *reversed(others)))


def test_names() -> None:
    names = set(written(REORDERED))
    assert names >= {"K", "V", "V:one-input", "V:gelu", "K:ab:relu", "V:relu:C_b-is-0", "critical:gelu:half-stable"}
    assert names >= {"exponents:gelu", "flow:relu:MLP", "claim:vertex", "chi_par"}


def test_numbers_have_six_digits_and_all_of_them_behind() -> None:
    macros = written(REORDERED)["macros"]
    assert r"\newcommand{\ptGeluCW}{\ensuremath{1.98306}} % 1.98305825743754" in macros
    assert r"\newcommand{\ptGeluKstar}{\ensuremath{\frac{3}{2} + \frac{\sqrt{17}}{2}}}" in macros
    assert r"\newcommand{\ptGeluUnstableCW}{\ensuremath{4}}" in macros


def test_results_of_one_name_that_differ_are_told_apart_by_what_they_are() -> None:
    block = "with sigma = relu { inputs a b; show G }\n"
    same = f"ptheory 1\ninclude mlp\nderive G\n{block}{block}"
    names = [result.name for result in latex_results(pt.run_text(same).report)]
    assert names.count("K:aa:relu") == 1 and not [name for name in names if name.startswith("K:aa:relu:")]
    flows = (
        "ptheory 1\ninclude mlp\nflow MLP with sigma = relu { inputs [1]; set C_b = 0, C_W = 2; depth 2; show G }\n"
        "flow MLP with sigma = relu { inputs [1]; set C_b = 0, C_W = 1; depth 2; show G }\n"
    )
    named = [result.name for result in latex_results(pt.run_text(flows).report)]
    assert len(set(named)) == 2 and all(re.fullmatch("flow:relu:MLP:[0-9a-f]{6}", name) for name in named)


@pytest.mark.parametrize(
    ("claim", "latex"),
    [
        ("V' = C_W^2*(<s^4> - <s^2>^2) + chi_par^2*V for MLP, inputs one",
         r"V^{(\ell+1)} = \sigma_w^4 \left(\left\langle \phi^4 \right\rangle"),
        ("K' = C_b + C_W*<s^2> for MLP, inputs one",
         r"q^{(\ell+1)} = \sigma_b^2 + \sigma_w^2 \left\langle \phi^2 \right\rangle"),
        ("K'[1,2] = C_b + C_W*<s1*s2> for MLP, inputs 2",
         r"q_{12}^{(\ell+1)} = \sigma_b^2 + \sigma_w^2 \left\langle \phi_1 \phi_2 \right\rangle"),
        ("V = 5*K^2*(l - 1) for MLP, inputs one, C_b = 0, C_W = 2, with sigma = relu",
         r"V^{(\ell)} = 5 \left(q^{(\ell)}\right)^2 \left(\ell - 1\right)"),
        ("C_W = 1.983 to 4 digits for MLP, inputs one, at criticality, with sigma = gelu", r"\sigma_w^2 \approx 1.983"),
    ],
)  # fmt: skip
def test_a_plain_claim_in_the_authors_symbols(claim: str, latex: str) -> None:
    notation = r'notation { C_W = "\sigma_w^2"  C_b = "\sigma_b^2"  K = "q"  sigma = "\phi" }'
    (verdict,) = pt.run_text(f'ptheory 1\ninclude mlp\n{notation}\nclaim "c": {claim}\n').verdicts
    assert verdict.kind in ("proved", "checked")
    assert latex in verdict.written_latex


@pytest.mark.parametrize("source", ["closed_forms", "schoenholz"])
def test_what_is_typeset_of_plain_claims_says_the_same(source: str) -> None:
    """Read as claims in LaTeX again, in the same scope: those that can be read are proved, or checked, too."""
    text = (CORPUS / f"{source}.deriv").read_text("utf-8")
    head = text.partition("claim ")[0]
    program = check_what_is_readable(parse_text(text, source))
    scopes = {
        task.statement.label: text[task.statement.scope.span.start : task.statement.scope.span.end]
        for task in program.tasks
        if isinstance(task, ClaimTask) and isinstance(task.statement, ClaimStatement)
    }
    verdicts = [v for v in carry_out(program, source).verdicts if v.label in scopes and v.written_latex]
    again = "".join(
        f'claim latex "{k}": \\[ {v.written_latex} \\] for {scopes[v.label].removeprefix("for ")}\n'
        for k, v in enumerate(verdicts)
    )
    found = carry_out(check_what_is_readable(parse_text(head + again, "again")), "again").verdicts
    kinds = Counter(str(verdict.kind) for verdict in found)
    assert set(kinds) <= {"proved", "checked", "unreadable"} and kinds["proved"] >= 5, kinds


def test_macros_whose_names_differ_in_signs_alone() -> None:
    claims = """claim "a-b": K' = C_b + C_W*<s^2> for MLP, inputs one
claim "aB": chi_perp = C_W*<s'^2> for MLP, inputs one
"""
    macros = to_latex_macros(pt.run_text(f"ptheory 1\ninclude mlp\n{claims}").report)
    commands = re.findall(r"\\newcommand\{(\\\w+)\}", macros)
    assert len(set(commands)) == 2 and all(re.fullmatch(r"\\ptABClaim[A-Za-z]+", one) for one in commands)


def test_comments_and_empty_lines_of_a_latex_claim_end_no_macro() -> None:
    body = "\\begin{equation}\n K' = C_b % the bias\n\n + C_W\\langle\\sigma^2\\rangle_K % the rest\n\\end{equation}"
    text = f'ptheory 1\ninclude mlp\nclaim latex "c": {body} for MLP, inputs one\n'
    (verdict,) = pt.run_text(text).verdicts
    assert "%" not in verdict.written_latex and "\n\n" not in verdict.written_latex
    assert " ".join(verdict.written_latex.split()) == r"K' = C_b + C_W\langle\sigma^2\rangle_K"


def test_a_latex_claim_is_what_the_author_wrote() -> None:
    body = r"\begin{equation} K' = C_b + C_W\langle\sigma^2\rangle_K \,. \label{mine} \end{equation}"
    text = f'ptheory 1\ninclude mlp\nclaim latex "c": {body} for MLP, inputs one\n'
    assert pt.run_text(text).verdicts[0].written_latex == r"K' = C_b + C_W\langle\sigma^2\rangle_K"
