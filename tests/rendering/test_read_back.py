"""Every equation that the files in ``derivations/`` print reads back as a claim, and is proved: as text, as ASCII, as
LaTeX, at symbolic inputs and at named ones, closed forms too. Printed with a slip, it is not."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

import ptheory as pt
from ptheory.claims import claims
from ptheory.claims.verdict import Kind
from ptheory.language import LanguageError, parse
from ptheory.language.expressions import Expression, Indexed, Name, rewritten
from ptheory.language.statements import ClaimStatement, Statement
from tests import golden
from tests.rendering.printed import Printed, declarations, printed, without_numbers

UNDECLARED = {
    "21-gated": ("G_u1", "G_v1", "V_uuuu", "V_uuvv", "V_vvvv", "Theta_uu", "Theta_vv"),  # on mixed ones: G1[u,v]
}
"""Tensors whose recursions have tensors in them that no definition names, so that a claim cannot."""


@cache
def of_file(name: str) -> tuple[str, tuple[Printed, ...]]:
    text = without_numbers(golden.DERIVATIONS / f"{name}.deriv")
    return declarations(text), tuple(dict.fromkeys(printed(text)))


def tensor(one: Printed) -> str:
    return one.left.partition("'")[0]


@pytest.fixture(autouse=True)
def without_second_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proofs by normal form alone: exact points, which cross-check every proof, take five times as long."""
    monkeypatch.setattr(claims, "contradiction", lambda *_: None)


@pytest.mark.parametrize("name", golden.names())
def test_what_is_printed_is_proved(name: str) -> None:
    head, found = of_file(name)
    wanted = [one for one in found if tensor(one) not in UNDECLARED.get(name, ())]
    lets = [
        text for text in dict.fromkeys(text for one in wanted for text in one.lets) if text.split(" = ")[0] not in head
    ]
    claims = [one.statement(k) for k, one in enumerate(wanted)]
    verdicts = pt.run_text(head + "".join([*(f"{text}\n" for text in lets), *claims])).verdicts
    assert len(verdicts) == len(wanted)
    assert [(one.claim, v.message) for one, v in zip(wanted, verdicts, strict=True) if v.kind is not Kind.PROVED] == []


@pytest.mark.parametrize("name", golden.names())
def test_unicode_and_ascii_are_one_claim(name: str) -> None:
    for one in of_file(name)[1]:
        if one.ascii:
            left, right = (parse(f'ptheory 1\nclaim "c": {text}\n').statements for text in (one.claim, one.ascii))
            assert without_shorthand(left[0]) == without_shorthand(right[0])


def without_shorthand(claim: Statement) -> Expression:
    """The right side; the activation is written ``s`` in ASCII, numbers at it alike."""
    assert isinstance(claim, ClaimStatement)

    def change(node: Expression) -> Expression | None:
        if isinstance(node, Name | Indexed):
            name = re.sub(r"^sigma(?=\d*$)", "s", node.name)
            return replace(node, name=name) if name != node.name else None
        return None

    return rewritten(claim.right, change)


def test_the_list_of_undeclared_tensors_is_needed() -> None:
    for name, tensors in UNDECLARED.items():
        head, found = of_file(name)
        for wanted in tensors:
            one = next(one for one in found if tensor(one) == wanted and not one.is_latex)
            with pytest.raises(LanguageError):
                pt.run_text(head + one.statement(0))
