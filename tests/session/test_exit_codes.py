"""0 all proved or checked, 1 something refuted, 2 bad input, 3 something undecided; 2 beats 1 beats 3."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from tests.session.command_line import ptheory, write

CODES = {"proved": 0, "checked": 0, "refuted": 1, "bad": 2, "undecided": 3}


@pytest.mark.parametrize("verb", ["run", "check"])
@pytest.mark.parametrize("name", CODES)
def test_one_file(verb: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ptheory(monkeypatch, verb, *write(tmp_path, name)) == CODES[name]


@pytest.mark.parametrize("verb", ["run", "check"])
@pytest.mark.parametrize("names", list(itertools.combinations(["proved", "undecided", "refuted", "bad"], 2)))
def test_the_worst_of_two_files(
    verb: str, names: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worst = next(code for code in (2, 1, 3, 0) if code in {CODES[name] for name in names})
    for order in (names, names[::-1]):
        assert ptheory(monkeypatch, verb, *write(tmp_path, *order)) == worst


def test_one_bad_file_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ptheory(monkeypatch, "check", *write(tmp_path, "proved", "bad", "refuted")) == 2
    shown = capsys.readouterr()
    assert "proved: vertex" in shown.out and "refuted: halved" in shown.out
    assert "bad.deriv:3:13: error:" in shown.err and "did you mean" in shown.err and "Traceback" not in shown.err


def test_a_bad_file_among_others_loses_nothing_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write(tmp_path, "derive", "bad", "proved")
    assert ptheory(monkeypatch, "run", *files, "-o", str(tmp_path / "out"), "--to", "json") == 2
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["derive.json", "proved.json"]


def test_a_missing_file_is_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ptheory(monkeypatch, "run", str(tmp_path / "nowhere.deriv")) == 2
    assert "nowhere.deriv" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("sprint", "x.deriv"),
        ("run", "x.deriv", "--to", "word"),
        ("classify", "tahn"),
        ("classify", "z +"),
        ("classify", "__import__('os')"),
        ("flow", "nowhere.deriv"),
    ],
)
def test_bad_command_lines(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ptheory(monkeypatch, *words) == 2
    message = capsys.readouterr().err
    assert "rror: " in message and "Traceback" not in message


def test_a_suggestion_for_a_misspelled_activation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ptheory(monkeypatch, "classify", "tahn")
    assert "did you mean `tanh`" in capsys.readouterr().err


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from ptheory import __version__

    assert ptheory(monkeypatch, "--version") == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["run", "check", "fmt", "classify", "flow"])
def test_help(verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ptheory(monkeypatch, verb, "--help") == 0
    assert f"ptheory {verb}" in capsys.readouterr().out


def test_check_in_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ptheory(monkeypatch, "check", "--json", *write(tmp_path, "proved", "refuted", "checked", "bad")) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["exit_code"] == 2
    proved, refuted, checked, bad = document["files"]
    assert proved["claims"][0]["verdict"] == "proved" and "ordr" in bad["error"]
    assert checked["claims"][0]["digits"] >= 10 and checked["claims"][0]["points"] >= 1
    (claim,) = refuted["claims"]
    assert (claim["verdict"], claim["label"]) == ("refuted", "halved")
    left, right = claim["counterexample"]["left"], claim["counterexample"]["right"]
    assert left["value"] != right["value"] and claim["counterexample"]["values"]
    assert "yours 1/2, derived 1" in claim["correction"]


def test_the_smallest_correction_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ptheory(monkeypatch, "check", *write(tmp_path, "refuted"))
    assert "yours 1/2, derived 1" in capsys.readouterr().out
