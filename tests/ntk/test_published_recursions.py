"""Published recursions of the tangent kernel and its differentials: proved as printed, refuted when altered."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from tests.claims.setting import verdict
from tests.session.command_line import ptheory

PUBLISHED = Path(__file__).with_name("published.deriv")
DECLARATIONS = PUBLISHED.read_text("utf-8").partition("claim ")[0]
CLAIMS = {
    label: (" ".join(claim.split()), scope)
    for label, claim, scope in re.findall(
        r'^claim "(.*?)":\s(.*?) for (.*?)$', PUBLISHED.read_text("utf-8"), re.M | re.S
    )
}
TENSORS = ("Theta", "V", "G1", "D", "F", "A", "B", "P", "Q", "R", "S", "T", "U")


def test_every_published_recursion_is_proved_by_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ptheory(monkeypatch, "check", "--json", str(PUBLISHED)) == 0
    (report,) = json.loads(capsys.readouterr().out)["files"]
    kinds = {entry["label"]: entry["verdict"] for entry in report["claims"]}
    assert set(kinds) == set(CLAIMS)
    assert set(kinds.values()) == {"proved"}, kinds


@pytest.mark.parametrize("name", TENSORS)
def test_every_tensor_is_on_file_at_equal_and_at_unequal_widths(name: str) -> None:
    stated = [claim for claim, _ in CLAIMS.values() if claim.startswith(f"{name}' =")]
    assert len(stated) == (1 if name == "Theta" else 2)


MUTATED = [  # (claim, as printed, as altered, what the correction says)
    ("ch. 8: mean of the tangent kernel", "lambda_W*<s^2>", "2*lambda_W*<s^2>", "yours 2, derived 1"),
    ("ch. 8: mean of the tangent kernel", "chi_perp*Theta", "chi_par*Theta", "chi_par should be chi_perp"),
    ("ch. 8: D", "2*h*chi_par*Theta*V", "h*chi_par*Theta*V", "yours 1, derived 2"),
    ("ch. 8: D", " + m*Theta", "", "missing term"),
    ("ch. 8: D", "chi_par*chi_perp*D", "chi_perp^2*D", "chi_perp^2 should be chi_perp*chi_par in chi_perp^2*D"),
    ("ch. 8: D", "r*V'", "r*V", "V should be V'"),
    ("ch. 8: F", "<s^2 s'^2>", "(<s^2 s'^2> - <s^2>*<s'^2>)", "extra term"),
    ("ch. 8: F", "chi_par^2*F", "chi_par*chi_perp*F", "chi_perp should be chi_par"),
    ("ch. 8: F", "C_W^2*<s^2 s'^2>*Theta", "C_W*<s^2 s'^2>*Theta", "C_W"),
    ("ch. 8: A", "4*h^2*Theta^2*V", "2*h^2*Theta^2*V", "yours 2, derived 4"),
    ("ch. 8: A", "4*h*chi_perp*Theta*D", "4*h*chi_par*Theta*D", "chi_par should be chi_perp"),
    ("ch. 8: A", "<s'^4> - <s'^2>^2", "<s'^4>", "missing term"),
    ("ch. 8: A", "r^2*V'", "r*V'", "yours lambda_W/C_W, derived lambda_W^2/C_W^2"),
    ("ch. 8: B", "<s'^4>", "3*<s'^4>", "yours 3, derived 1"),
    ("ch. 8: B", "<s'^4>", "<s'^2>^2", "<s'"),
    ("ch. 11: P", "C_W*chi_perp*<s s''>*B", "2*C_W*chi_perp*<s s''>*B", "yours 2, derived 1"),
    ("ch. 11: P", "<s'' s'^2 s>*Theta^2", "<s'' s'^2 s>*Theta^3", "Theta^3 should be Theta^2"),
    ("ch. 11: P", "chi_par*chi_perp*P", "chi_par^2*P", "chi_par^2 should be chi_par*chi_perp in chi_par^2*P"),
    ("ch. 11: Q", "r*F' + q", "r*F + q", "F should be F'"),
    ("ch. 11: Q", "r*F' + q", "r*F' + q/2", "yours 1/2, derived 1"),
    ("ch. inf: R", "r*P'", "2*r*P'", "yours 2, derived 1"),
    ("ch. inf: R", "2*h*chi_perp*Theta*P", "h*chi_perp*Theta*P", "yours 1, derived 2"),
    ("ch. inf: R", "<s''' s'^3>", "<s'' s'^3>", "s'' should be s'''"),
    ("ch. inf: S", "<s''^2>*Theta*B", "<s'^2>*Theta*B", "s' should be s''"),
    ("ch. inf: S", "r*B'", "r*B", "B should be B'"),
    ("ch. inf: T", "2*r*q", "r*q", "yours 1, derived 2"),
    ("ch. inf: T", "4*h*chi_perp*Theta*Q", "2*h*chi_perp*Theta*Q", "yours 2, derived 4"),
    ("ch. inf: T", "chi_perp^2*T", "chi_par^2*T", "chi_par should be chi_perp"),
    ("ch. inf: U", "<s'^2 s''^2>", "<s'^2>*<s''^2>", "should be C_W^2*Theta^3*<s'^2*s''^2>"),
    ("ch. inf: U", "chi_perp^2*U + ", "", "missing term: add chi_perp^2*U"),
    ("ch. 8: D, unequal widths", "n[l]/n[l-1]*(", "(n[l]/n[l-1])^2*(", "n[l]"),
    ("ch. 11: Q, unequal widths", "n[l]/n[l-1]*(2*h*chi_par*Theta*F", "n[l-1]/n[l]*(2*h*chi_par*Theta*F", "n[l"),
]


@pytest.mark.parametrize(("label", "printed", "altered", "correction"), MUTATED)
def test_altered_recursions_are_refuted_with_the_mistake_named(
    label: str, printed: str, altered: str, correction: str
) -> None:
    claim, scope = CLAIMS[label]
    assert claim.count(printed) == 1, claim
    found = verdict(claim.replace(printed, altered), scope.removeprefix("MLP, "), DECLARATIONS)
    assert found.kind == "refuted", found.lines()
    example = found.counterexample
    assert example is not None and example.left.exact and example.right.exact
    assert Fraction(example.left.value) != Fraction(example.right.value)
    assert correction in found.correction, found.correction
