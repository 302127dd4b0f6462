"""Verdicts as data: exit codes, terminal lines, JSON."""

from __future__ import annotations

import itertools
import json

import pytest

from ptheory.claims.verdict import Ball, Counterexample, Kind, Verdict, exit_code


def _of(kind: Kind) -> Verdict:
    return Verdict(kind, "label", "message")


@pytest.mark.parametrize("kinds", [kinds for r in range(5) for kinds in itertools.combinations(Kind, r)])
def test_exit_codes(kinds: tuple[Kind, ...]) -> None:
    verdicts = [_of(kind) for kind in kinds]
    codes = [(Kind.UNREADABLE, 2), (Kind.REFUTED, 1), (Kind.UNDECIDED, 3)]  # the first that is there
    expected = next((code for kind, code in codes if kind in kinds), 0)
    assert exit_code(verdicts) == expected
    assert exit_code(verdicts, bad_input=True) == 2


def test_lines_and_json_carry_everything() -> None:
    example = Counterexample((("C_W", "2"), ("K", "1")), Ball("16"), Ball("24.5", "1e-30"))
    found = Verdict(
        Kind.REFUTED,
        "four-point",
        "the two sides differ",
        "V' = 2*V",
        example,
        correction="coefficient of V",
        cause="a slip",
        corrected="V' = V",
        reason="why",
        place="a.deriv:1:2",
    )
    text = "\n".join(found.lines())
    for part in (
        "refuted",
        "four-point",
        "V' = 2*V",
        "C_W = 2, K = 1",
        "16",
        "24.5 ± 1e-30",
        "coefficient of V",
        "a slip",
        "corrected: V' = V",
        "why",
        "a.deriv:1:2",
    ):
        assert part in text
    data = json.loads(json.dumps(found.as_json()))
    assert data["verdict"] == "refuted"
    assert (data["correction"], data["cause"], data["corrected"]) == ("coefficient of V", "a slip", "V' = V")
    assert (data["reason"], data["place"]) == ("why", "a.deriv:1:2")
    assert data["counterexample"]["values"] == {"C_W": "2", "K": "1"}
    assert data["counterexample"]["right"] == {"value": "24.5", "radius": "1e-30", "rigorous": True}
