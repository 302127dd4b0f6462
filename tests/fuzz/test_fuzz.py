"""A sample of the fuzzed inputs through the real commands; all of them: ``python -m tests.fuzz``."""

from __future__ import annotations

import signal

import pytest

from tests.fuzz import interrupts, mutilated
from tests.fuzz.inputs import first, fuzzed
from tests.fuzz.trial import fault

SAMPLE, PART = 120, 20


@pytest.mark.parametrize("start", range(0, SAMPLE, PART))
def test_every_answer_is_as_documented(start: int) -> None:
    faults = {given.number: fault(given) for given in first(PART, start)}
    assert {number: found for number, found in faults.items() if found} == {}


@pytest.mark.parametrize("kind", mutilated.HEADS)
def test_a_mutilated_claim_changes_no_verdict_of_another(kind: str) -> None:
    faults = [mutilated.fault(mutilated.mutilated(kind, number)) for number in range(25)]
    assert [found for found in faults if found] == []


def test_an_input_is_found_again_by_its_number() -> None:
    assert fuzzed(17) == fuzzed(17) != fuzzed(18)


def test_a_fault_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library's exception inside a command, an exit code of its own, and an answer that takes too long."""
    from ptheory.session import commands

    given = next(g for g in first(200) if g.words == ("check",))

    def broken(*_: object) -> int:
        raise ZeroDivisionError

    def endless(*_: object) -> int:
        while True:
            pass

    for replacement, seen in ((broken, "exit code 4"), (lambda *_: 7, "exit code 7"), (endless, "over 0.2 s")):
        monkeypatch.setattr(commands, "check_command", replacement)
        assert seen in (fault(given, limit=0.2) or "")


def test_runs_ended_at_random_moments_leave_whole_files() -> None:
    """Two of each; sixty of each: ``python -m tests.fuzz.interrupts``."""
    longest, new = interrupts.undisturbed()
    for ended_by in (signal.SIGINT, signal.SIGKILL):
        assert [*interrupts.faults(ended_by, 2, 3, longest, new)] == []
