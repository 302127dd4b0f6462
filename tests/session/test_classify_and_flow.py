"""``classify`` and ``flow``: the keys of their JSON and the facts they state."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.session.command_line import ptheory, write

ORACLE = json.loads((Path(__file__).resolve().parents[1] / "oracles" / "exact_cases.json").read_text("utf-8"))


def classified(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], activation: str) -> dict[str, Any]:
    assert ptheory(monkeypatch, "classify", activation, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_keys(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = classified(monkeypatch, capsys, "tanh")
    assert {"activation", "class", "critical_points", "exponents", "evidence"} <= set(found)
    assert found["activation"] == "tanh" and found["class"] == "K*=0"
    (point,) = found["critical_points"]
    assert {"K_star", "C_b", "C_W", "stability"} <= set(point)
    assert (point["K_star"], point["C_b"], point["C_W"]) == ("0", "0", "1")
    assert all(isinstance(value, str) for value in found["exponents"].values()) and found["exponents"]
    assert found["evidence"]


# class, and (K*, C_b, C_W) of its point to the digits published: arXiv:2106.10165, chapter 5
PUBLISHED = {
    "linear": ("scale-invariant", ("any", "0", "1")),
    "relu": ("scale-invariant", ("any", "0", "2")),
    "tanh": ("K*=0", ("0", "0", "1")),
    "sin": ("K*=0", ("0", "0", "1")),
    "gelu": ("half-stable", ("3.56155281280883", "0.172922390756067", "1.98305825743754")),
    "swish": ("half-stable", ("14.3201736180257", "0.555143170721530", "1.98800467826949")),
    "sigmoid": ("none", None),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_classes_and_critical_points(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    label, expected = PUBLISHED[name]
    found = classified(monkeypatch, capsys, name)
    assert found["class"] == label
    if expected is None:
        assert not [p for p in found["critical_points"] if p["stability"] in ("stable", "half-stable")]
        return
    points = [(p["K_star"], p["C_b"], p["C_W"]) for p in found["critical_points"]]
    assert any(all(a.startswith(b) for a, b in zip(point, expected, strict=True)) for point in points), points


def test_a_formula_is_classified_like_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named, formula = (classified(monkeypatch, capsys, text) for text in ("relu", "max(0, z)"))
    assert formula["class"] == named["class"] and formula["critical_points"] == named["critical_points"]
    assert formula["exponents"] == named["exponents"]


def test_the_unstable_point_is_listed_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    points = classified(monkeypatch, capsys, "gelu")["critical_points"]
    assert {(p["K_star"], p["stability"]) for p in points if p["K_star"] == "0"} == {("0", "unstable")}


def flowed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str) -> dict[str, Any]:
    assert ptheory(monkeypatch, "flow", path, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_flow_in_json_equals_exact_enumeration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = flowed(monkeypatch, capsys, *write(tmp_path, "flow"))
    assert [layer["layer"] for layer in document["layers"]] == [1, 2, 3]
    compared = 0
    for case in ORACLE["cases"]:
        if not case["id"].startswith("quad/x2/") or case["tensor"] not in ("G", "V"):
            continue
        found = document["layers"][case["layer"] - 1][case["tensor"]][",".join(case["subscript"])]
        exact = [Fraction(c) for c in case["powers_of_1_over_n"]]
        assert [Fraction(c) for c in found] == (exact + [Fraction(0)] * 2)[:2], case["id"]
        compared += 1
    assert compared == 18


def test_irrational_values_have_thirty_digits_or_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "relu.deriv"
    settings = "inputs [1, 2] [1, 0]; set C_b = 0, C_W = 2; depth 2; show G {}"
    text = f"ptheory 1\ninclude mlp\nflow MLP with sigma = relu {{{{ {settings} }}}}\n"
    for more, digits in (("", 30), ("; digits 50", 50)):
        path.write_text(text.format(more), "utf-8")
        layers = flowed(monkeypatch, capsys, str(path))["layers"]
        (value,) = layers[1]["G"]["0,1"]
        assert len(value.replace("0.", "", 1).replace(".", "")) == digits
        assert layers[1]["G"]["0,0"] == ["5"]


def test_flow_of_a_file_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ptheory(monkeypatch, "flow", *write(tmp_path, "derive")) == 2
    assert "no flow statement" in capsys.readouterr().err
