r"""Formulas as papers write them: each is read as it is meant, or refused as expected; what must be refused is.

Nothing is decided here, so that it is fast. ``understood/papers.txt`` and ``understood/corpus.txt`` hold what each
formula is read as; the readings were compared with the papers by eye, and the claims of the corpus are decided by
``test_published_corpus.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptheory.claims.reading.claim_text import expression_text
from ptheory.language import LanguageError, parse
from ptheory.language.statements import ClaimStatement
from tests.claims.reading import understood
from tests.claims.setting import MLP

FOLDER = Path(__file__).resolve().parent
SCOPES = {"one": "inputs one", "-": "", "2": "inputs 2", "a b": "inputs a b"}
STATEMENT = re.compile(r"(?ms)^claim latex \"([^\"]*)\": (.*?) for ([^\n]*)$")
CLAIMS = re.compile(
    r"(?ms)^claim (?:latex )?\"[^\"]*\":.*?(?=^claim |^architecture |^let |^notation |^include |^activation |^#|\Z)"
)


def papers() -> Iterator[tuple[str, str, str, str]]:
    """(declarations, scope, formula, what it is read as) of papers.txt."""
    declarations, scope, formula = "", "", ""
    for line in (FOLDER / "understood" / "papers.txt").read_text("utf-8").splitlines():
        if line.startswith("@ "):
            declarations, scope = "ptheory 1\n", ""
        elif line.startswith("% "):
            scope = SCOPES.get(line[2:], line[2:])
        elif line.startswith("    "):
            yield declarations, scope, formula, line.strip()
        elif line.startswith(("include", "let", "notation")):
            declarations += line + "\n"
        elif line and not line.startswith("#"):
            formula = line


def corpus() -> Iterator[tuple[str, str, str, str]]:
    """The same of corpus.txt, the formulas taken from tests/claims/corpus."""
    lines = (FOLDER / "understood" / "corpus.txt").read_text("utf-8").splitlines()[3:]
    for place, expected in zip(lines[::2], lines[1::2], strict=True):
        stem, _, label = place.partition(": ")
        text = (FOLDER / "corpus" / f"{stem}.deriv").read_text("utf-8")
        _, body, scope = next(found for found in STATEMENT.findall(text) if found[0] == label)
        yield CLAIMS.sub("", text), scope, body.removeprefix(r"\[").removesuffix(r"\]"), expected.strip()


FORMULAS = [*papers(), *corpus()]


@pytest.mark.parametrize(
    ("declarations", "scope", "formula", "expected"), FORMULAS, ids=[formula[:50] for _, _, formula, _ in FORMULAS]
)
def test_no_formula_is_misread(declarations: str, scope: str, formula: str, expected: str) -> None:
    try:
        found = "= " + understood(formula, scope, declarations)
    except LanguageError as error:
        found = f"! {error.message}"
    assert found == expected


def test_most_formulas_are_read() -> None:
    read = sum(expected.startswith("= ") for *_, expected in FORMULAS)
    assert len(FORMULAS) >= 400
    assert read >= 0.9 * len(FORMULAS)


def test_what_is_understood_can_be_pasted_back() -> None:
    equations = {e for *_, expected in FORMULAS if expected.startswith("= ") for e in expected[2:].split("; ")}
    for equation in (e.split(", C_")[0] for e in equations if re.match(r"[^,]*=[^,]*$", e)):
        file = parse(f'ptheory 1\nclaim "c": {equation}\n')
        (claim,) = (statement for statement in file.statements if isinstance(statement, ClaimStatement))
        assert f"{expression_text(claim.left)} = {expression_text(claim.right)}" == equation


MUST_BE_REFUSED = [
    # environments, brackets, braces
    (r"\begin{align} K' = C_b \end{split}", "closes nothing here"),
    (r"\begin{tabular} K' = C_b \end{tabular}", "is not a formula"),
    (r"\begin{align} K' = C_b", "closes nothing here"),
    (r"K' = C_b \end{align}", "closes nothing here"),
    (r"K' = \left( C_b + C_W", "closes nothing here"),
    (r"K' = C_b + C_W \right)", "closes nothing here"),
    (r"K' = \left( C_b + C_W \right]", "`]` is not expected here"),
    (r"K' = (C_b + C_W", "ends too early"),
    (r"K' = C_b)", "not expected here"),
    (r"K' = [C_b + C_W)", "not expected here"),
    (r"K' = {C_b + C_W", "."),
    (r"K' = C_b}", "."),
    (r"K' = \frac{C_b}{C_W", "."),
    (r"K' = \langle\sigma^2", "ends too early"),
    (r"K' = \sigma^2\rangle", "."),
    (r"K' = |K", "is not closed"),
    (r"K' = C_b \\ C_W", "multiplied by the one above"),
    # empty, too short
    ("", "ends too early"),
    (r"\quad", "ends too early"),
    (r"K'", "ends too early"),
    (r"K' =", "ends too early"),
    (r"= K'", "not expected here"),
    (r"K' = = C_b", "not expected here"),
    (r"K' = C_b +", "ends too early"),
    (r"K' = \frac{C_b}{}", "an argument is missing"),
    (r"K' = \sqrt{}", "not expected here"),
    (r"K' = \langle\rangle", "not expected here"),
    # nesting and size
    (r"K' = " + "{" * 60 + "1" + "}" * 60, "nested more than 40 deep"),
    (r"K' = " + r"\sqrt{" * 60 + "K" + "}" * 60, "nested more than 40 deep"),
    (r"\langle z^{1000000000}\rangle = 1", "exponent"),
    (r"K^{99999} = 1", "exponent"),
    (r"\sqrt[1]{K} = 1", "degree of a root"),
    (r"\langle\sigma^{(99)}(z)\rangle = 1", "a layer or a derivative"),
    # macros and commands
    (r"\def\a{\a\a} K' = \a", "has no end"),
    (r"\newcommand{\a}[1]{#2} K' = \a{1}", "does not take"),
    (r"\newcommand{\a}[1][x]{#1} K' = \a", "default value"),
    (r"\csname input\endcsname = 1", "no meaning here"),
    (r"K' = \csname K\endcsname", "no meaning here"),
    (r"\write18{ls} = 1", "no meaning here"),
    (r"\immediate\write18{ls} = 1", "no meaning here"),
    (r"\input{/etc/passwd} = 1", "no meaning here"),
    (r"\include{x} = 1", "no meaning here"),
    (r"\catcode`\@=11 K' = 1", "no meaning here"),
    (r"\expandafter\let\a\b = 1", "no meaning here"),
    (r"\let\a=K K' = 1", "no meaning here"),
    (r"\loop K' = 1", "no meaning here"),
    (r"\openin1=x", "no meaning here"),
    (r"\unknownmacro K = 1", "no meaning here"),
    # undefined symbols and labels
    (r"K' = W", "unknown symbol W"),
    (r"K' = Q K", "unknown symbol Q"),
    (r"K' = C_V K", "unknown symbol C_V"),
    (r"K' = \mathsf{K}", "no meaning here"),
    (r"K' = \hat K", "no meaning here"),
    (r"K' = \tilde{K}", "no meaning here"),
    (r"K' = \mathbf{K}", "no meaning here"),
    (r"K' = \mathrm{foo}", "has no meaning"),
    (r"K' = \operatorname{foo}(K)", "not known"),
    (r"K' = \dot K", "a dot over K"),
    (r"\chi_\perp = \chi_\foo", "no meaning here"),
    # neurons or samples
    (r"\langle\sigma_i\sigma_j\rangle = 1", "which input is i"),
    (r"\langle z_{i_1}z_{i_2}\rangle = 1", "neuron or a sample"),
    (r"\langle z_{i;\alpha}\rangle = 1", "no meaning here"),
    (r"\delta_{ij}K' = 1", "Kronecker"),
    (r"\langle\sigma_1\sigma_\beta\rangle = 1", "the same input"),
    (r"K_{\alpha_1\beta_1} = 1", "the same input"),
    (r"K(x,x') = K_{12}", "the same input"),
    (r"K(x,x') = K(x,y)", "the same input"),
    (r"\langle\sigma(z_i(x))\rangle = 1", "variable that the average is over"),
    (r"V'_{12} = 0", "takes 4 samples"),
    (r"V_{1(23)4} = 0", "in pairs"),
    (r"\sum_{j}K_{jj} = 1", "a sum over what"),
    (r"\sum_{\gamma}K = 1", "does not stand in the sum"),
    # layers
    (r"V^{(\ell)} = \chi_\parallel^2V", "next layer or this one"),
    (r"V^{(\ell+2)} = V^{(\ell)}", "more than two layers"),
    (r"V^{(3)} = V^{(1)}", "more than two layers"),
    (r"V^{(0)} = 0", "layer 0 is the input"),
    (r"K^{(\ell+1)}_{(\ell)} = 0", "a layer above and a layer below"),
    (r"C_W^{(\ell)} = K^{(\ell+1)}", "."),
    # two readings
    (r"K' = C_W/2 K", "above or below the fraction line"),
    (r"\langle\sigma^{(2)}\rangle = 1", "neither a power nor a layer"),
    (r"\chi_\parallel = \chi_\perp(1-K)", "at an argument, or times it"),
    (r"\chi_\parallel = \chi_\perp(2)", "at an argument, or times it"),
    (r"\langle\sigma(1-z)\rangle = 1", "of what stands in parentheses"),
    (r"\langle\sin z w\rangle = 1", "argument of sin end"),
    (r"\log\langle\sigma^2\rangle K = 1", "argument of log end"),
    (r"K^{12} = 1", "or raised indices"),
    (r"\sqrt[3]{C_b - C_W} = 1", "may be negative"),
    (r"K' = C_b, \quad V = 0", "no assumption"),
    (r"\frac{d}{dK}\langle\sigma^2\rangle\langle\sigma\rangle = 1", "act on"),
    # averages over something else
    (r"K' = \mathbb{E}_W[\sigma^2]", "over the parameters"),
    (r"K' = \mathbb{E}_{z\sim\mathcal{N}(0,1)}[\sigma(z)^2]", "has variance one"),
    (r"K' = \mathbb{E}_{z\sim\mathcal{N}(0,1)}[\sigma^2]", "of which variable"),
    (r"K' = \mathbb{E}_{z\sim\mathcal{N}(1,K)}[\sigma^2]", "not zero"),
    (r"K' = \mathbb{E}_{z\sim U(0,K)}[\sigma^2]", "no normal law"),
    (r"K' = \mathbb{E}[\sigma(\sqrt{K}Z)Z]", "is not said"),
    (r"K' = \int dz\,e^{-z^2}\sigma(z)", "no Gaussian weight"),
    (r"K' = \int_0^1 dz\,e^{-z^2/(2K)}", "a part of the line"),
    (r"\langle\mathbb{1}_{0<z<1}\rangle = 1", "the indicator of what"),
    (r"K' \approx C_b", "how closely"),
    (r"K' = K \propto C_b", "no meaning here"),
    (r"K = K^\star", "K beside K^*, the kernel at a fixed point"),
]


@pytest.mark.parametrize(("body", "message"), MUST_BE_REFUSED, ids=[body[:50] for body, _ in MUST_BE_REFUSED])
def test_a_refusal_says_where_what_and_what_to_write(body: str, message: str) -> None:
    with pytest.raises(LanguageError, match=re.escape(message) if message != "." else message) as caught:
        understood(body, "" if "_" in body else "inputs one", MLP)
    error = caught.value
    shown = str(error).splitlines()
    assert error.span.source is not None and error.span.line == MLP.count("\n") + 1
    assert any(set(line.partition("|")[2].strip()) == {"^"} for line in shown), shown
    assert error.help, shown


def test_there_are_enough_of_both() -> None:
    assert len(MUST_BE_REFUSED) >= 80
