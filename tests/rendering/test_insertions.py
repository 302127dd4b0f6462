"""Averages by insertions, <f (z^a z^b - K^{ab})> for <∂_a ∂_b f>: what is printed reads back, and is proved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mpmath as mp
import pytest

import ptheory as pt
from ptheory.claims.verdict import Kind
from ptheory.language.statements import Averages
from ptheory.rendering.claim_forms import ClaimForms
from ptheory.rendering.report import DerivedEquation, SpecialisedEquation
from ptheory.rendering.spelling import Spelling
from ptheory.rendering.written_equations import displayed_as
from tests import golden
from tests.rendering.printed import declarations, report_of, without_numbers
from tests.reported.running import on_text

INSERTED = Spelling(averages=Averages.INSERTIONS)
HEAD = "ptheory 1\ninclude mlp\ninclude observables\n"


def equations(text: str) -> Iterator[tuple[str, str, str]]:
    """(name, LaTeX, scope) of every recursion on the pages of a text."""
    for section in report_of(text).sections:
        for item in section.items:
            if isinstance(item, (DerivedEquation, SpecialisedEquation)):
                equation = item.equation if isinstance(item, DerivedEquation) else item.found.equation
                one = isinstance(item, SpecialisedEquation) or ClaimForms(equation).notation.one_input
                if isinstance(item, SpecialisedEquation) and (item.found.bindings or item.found.inputs):
                    continue
                latex = displayed_as(item, INSERTED).latex(INSERTED)
                yield equation.name, latex, f"for {equation.system.model.architecture.name}{', inputs one' * one}"


@pytest.mark.parametrize("name", ["12-ntk", "10-mlp", "14-layers-and-criticality"])
def test_what_is_printed_is_proved(name: str) -> None:
    text = without_numbers(golden.DERIVATIONS / f"{name}.deriv")
    found = list(dict.fromkeys(equations(text)))
    assert any("z^a" in latex for _, latex, _ in found) or name == "14-layers-and-criticality"
    assert not any(r"\partial" in latex for _, latex, _ in found)
    claims = "".join(rf'claim latex "{k}": \[ {latex} \] {scope}' + "\n" for k, (_, latex, scope) in enumerate(found))
    verdicts = pt.run_text(declarations(text) + claims).verdicts
    assert [(one[1], v.message) for one, v in zip(found, verdicts, strict=True) if v.kind is not Kind.PROVED] == []


def test_a_slip_in_what_is_printed_is_refuted() -> None:
    any_inputs = [one for one in equations(HEAD + "derive V, F for MLP\n") if "inputs one" not in one[2]]
    assert len(any_inputs) == 2
    for _, latex, scope in any_inputs:
        wrong = latex.replace("C_W^2", "2 C_W^2", 1)
        (verdict,) = pt.run_text(rf'{HEAD}claim latex "slip": \[ {wrong} \] {scope}' + "\n").verdicts
        assert verdict.kind is Kind.REFUTED


def test_susceptibilities_are_those_of_the_book() -> None:
    """chi_par = C_W <s^2 (z^2 - K)>/(2 K^2), h = C_W <s'^2 (z^2 - K)>/(4 K^2), in every equation alike."""
    shown = [
        displayed_as(item, INSERTED).where_latex(INSERTED)
        for section in pt.run_text(HEAD + "derive V, D, F, Q for MLP\n").report.sections
        for item in section.items
        if isinstance(item, SpecialisedEquation)
    ]
    defined = {text for texts in shown for text in texts}
    assert r"\chi_{\parallel} = \frac{C_W}{2 K^2} \langle \sigma^2 (z^2 - K)\rangle_K" in defined
    assert r"h = \frac{C_W}{4 K^2} \langle \sigma'^2 (z^2 - K)\rangle_K" in defined
    assert len({text.partition(" = ")[0] for text in defined}) == len(defined)


def test_hermite_polynomials_by_quadrature() -> None:
    """<d^4 (tanh^2)> = <tanh^2 (z^4 - 6 K z^2 + 3 K^2)>/K^4, as the page has it for G1."""
    (latex,) = [
        displayed_as(item, INSERTED).latex(INSERTED)
        for section in pt.run_text(HEAD + "derive G to order 1/n\n").report.sections
        for item in section.items
        if isinstance(item, SpecialisedEquation) and r"\{1\}" in displayed_as(item, INSERTED).latex(INSERTED)
    ]
    assert r"\frac{C_W}{8 K^4} \langle \sigma^2 (z^4 - 6 K z^2 + 3 K^2)\rangle_K V" in latex
    K = mp.mpf("0.7")

    def mean(f: object) -> mp.mpf:
        return mp.quad(lambda z: f(z) * mp.npdf(z, 0, mp.sqrt(K)), [-12, 0, 12])  # type: ignore[operator]

    fourth = mean(lambda z: mp.diff(lambda x: mp.tanh(x) ** 2, z, 4))
    inserted = mean(lambda z: mp.tanh(z) ** 2 * (z**4 - 6 * K * z**2 + 3 * K**2)) / K**4
    assert abs(fourth - inserted) < 1e-8


BLOCK = "notation { averages = insertions }\n"


@pytest.mark.parametrize("formats", ["latex", "html", "json"])
def test_the_option_is_the_same_as_the_block(formats: str, tmp_path: Path) -> None:
    text = HEAD + "derive V, D for MLP\n"
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert on_text(tmp_path, text, "run", "-o", tmp_path / "a", "--to", formats, "--style", "insertions").code == 0
    assert (
        on_text(tmp_path, HEAD + BLOCK + "derive V, D for MLP\n", "run", "-o", tmp_path / "b", "--to", formats).code
        == 0
    )
    for path in (tmp_path / "a").rglob("*.*"):
        written = (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_text("utf-8")
        assert path.read_text("utf-8") == written, path


def test_layers_as_asked_for(tmp_path: Path) -> None:
    text = HEAD + "notation { layer = none }\nderive V for MLP\n"
    words = ("run", "--to", "latex", "--only", "V")
    assert "V'_{" in on_text(tmp_path, text, *words).out
    assert r"(\ell+1)" in on_text(tmp_path, text, *words, "--style", "argument").out
    assert r"V^{(\ell+1)}" in on_text(tmp_path, text, *words, "--style", "superscript,insertions").out


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("insertion", "did you mean `insertions`"),
        ("insertions,derivatives", "keep one of the two"),
        ("", "choose from superscript, argument, none, derivatives, insertions"),
    ],
)
def test_no_such_style(style: str, said: str, tmp_path: Path) -> None:
    ran = on_text(tmp_path, HEAD + "derive V\n", "run", "--to", "latex", "--style", style)
    assert ran.code == 2 and said in ran.err
    assert "nothing is" in on_text(tmp_path, HEAD + "derive V\n", "run", "--style", "argument").err


def test_several_fields_keep_their_derivatives() -> None:
    """Their kernel is a matrix of fields; derivatives say the same in fewer signs."""
    text = (golden.DERIVATIONS / "21-gated.deriv").read_text("utf-8")
    shown = pt.run_text(declarations(text).partition("claim")[0] + "derive V_uuuu for Gated\n").report
    latex = [
        displayed_as(item, INSERTED).latex(INSERTED)
        for section in shown.sections
        for item in section.items
        if isinstance(item, DerivedEquation)
    ]
    assert any(r"\partial" in one for one in latex)
