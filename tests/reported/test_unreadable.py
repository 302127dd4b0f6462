"""What cannot be read hides nothing else: every mistake is listed with its place, every other statement carried out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import ptheory as pt
from ptheory.language import LanguageError
from tests.reported.running import FILES, HEAD, on_text, ptheory, verdicts

TRUE = 'claim "{}": K\' = C_b + C_W*<s^2> for MLP, inputs one\n'
FALSE = 'claim "{}": K\' = C_b + 2*C_W*<s^2> for MLP, inputs one\n'
FLOW = (
    "flow MLP with sigma = z + z^2/4 {{\n    inputs [1/2]\n    set C_b = 1/10, C_W = {}\n    depth 2\n    show G\n}}\n"
)
WORSE = {"proved": 0, "refuted": 1, "unreadable": 2}


def places(text: str) -> list[tuple[int, int]]:
    """(line, column) of every error on stderr."""
    return [(int(line), int(column)) for line, column in re.findall(r"\.deriv:(\d+):(\d+): error:", text)]


def test_the_reported_file() -> None:
    found = ptheory("check", "--json", FILES / "one-unreadable.deriv")
    one, two, three = found.json["files"][0]["claims"]
    assert (one["verdict"], two["verdict"], three["verdict"]) == ("proved", "proved", "refuted")
    assert found.code == 1 and two["label"] == "two"  # \mathbb{E} had no meaning when this file was reported


def test_the_reported_file_with_a_sign_that_has_no_meaning(tmp_path: Path) -> None:
    text = (FILES / "one-unreadable.deriv").read_text("utf-8").replace("\\mathbb{E}", "\\mathbb{P}")
    found = on_text(tmp_path, text, "check", "--json")
    one, two, three = found.json["files"][0]["claims"]
    assert (one["verdict"], two["verdict"], three["verdict"]) == ("proved", "unreadable", "refuted")
    assert found.code == 2 and places(found.err) == [(5, 62)]
    assert two["label"] == "two" and two["place"].endswith("case.deriv:5:62") and "mathbb" in two["message"]


@pytest.mark.parametrize(
    ("bad", "column"),
    [
        ('claim "bad": K\' = = C_b for MLP, inputs one\n', 19),  # syntax
        ('claim "bad": K\' = C_b + C_W*<s^2 for MLP, inputs one\n', 34),
        ('clam "bad": K\' = C_b for MLP, inputs one\n', 1),
        ('claim "bad": K\' = C_b for MPL, inputs one\n', 27),  # names
        ('claim "bad": K\' = C_b + Y for MLP, inputs one\n', 25),
        ('claim latex "bad": \\[ K^{(\\ell+1)} = C_b + \\foo \\] for MLP, inputs one\n', 44),  # LaTeX
        ('claim latex "bad": \\[ K^{(\\ell+1)} = C_b for MLP, inputs one\n', 20),
        ('claim "bad": K\' = C_b for MLP, inputs one, with sigma = tahn\n', 57),
    ],
)
def test_a_claim_that_cannot_be_read(bad: str, column: int, tmp_path: Path) -> None:
    text = HEAD + TRUE.format("before") + bad + FALSE.format("after")
    found = on_text(tmp_path, text, "check", "--json")
    (document,) = found.json["files"]
    assert {claim["label"]: claim["verdict"] for claim in document["claims"]} == {
        "before": "proved",
        "bad": "unreadable",
        "after": "refuted",
    }
    assert found.code == found.json["exit_code"] == 2
    assert places(found.err) == [(5, column)] and "^" in found.err
    assert [error["place"].rsplit("/", 1)[1] for error in document["errors"]] == [f"case.deriv:5:{column}"]
    run = on_text(tmp_path, text, "run")
    assert (
        run.code == 2 and "proved: before" in run.out and "unreadable: bad" in run.out and "refuted: after" in run.out
    )


def test_all_syntax_errors_are_listed_in_order(tmp_path: Path) -> None:
    text = (
        HEAD
        + "derive G to ordr 1/n\n"
        + TRUE.format("good")
        + "this is not a statement\n"
        + "with sigma = tanh {\n    inputs one\n"  # never closed
        + "let a = \n"
        + TRUE.format("too")
        + "define V2 by E[z1 z2 z3 z4_c = V2[1,2,3,4] / n\n"
        + FALSE.format("false")
    )
    found = on_text(tmp_path, text, "check")
    assert [line for line, _ in places(found.err)] == [4, 6, 7, 9, 11]
    assert "proved: good" in found.out and "proved: too" in found.out and "refuted: false" in found.out
    assert found.code == 2


def test_a_mistake_in_one_task_stops_no_other(tmp_path: Path) -> None:
    text = HEAD + "derive Y\nderive G\n" + FLOW.format("6/5").replace("sigma", "tau") + TRUE.format("good")
    found = on_text(tmp_path, text, "run")
    assert [line for line, _ in places(found.err)] == [4, 6]
    assert "Recursions of MLP" in found.out and "proved: good" in found.out and found.code == 2


def test_what_rests_on_a_broken_declaration_is_not_judged(tmp_path: Path) -> None:
    text = (
        HEAD
        + "activation relu(z) = max(0, z)) / 2\n"  # may not be replaced by the known relu
        + 'claim "rests": K\' = C_b + C_W*K/2 for MLP, inputs one, with sigma = relu\n'
        + 'claim "through": K\' = C_b + C_W*K/2 for MLP, inputs one, with sigma = relu(z) + z\n'
        + TRUE.format("free")
    )
    path = tmp_path / "case.deriv"
    path.write_text(text, "utf-8")
    assert verdicts(path) == {"rests": "unreadable", "through": "unreadable", "free": "proved"}
    assert len(places(ptheory("check", path).err)) == 1  # what follows from it is no second mistake


@pytest.mark.parametrize(
    ("broken", "claim"),
    [
        ("define V by E[z1 z2 z3 z4]_c = d12 d34 V[1,2,3,4] / / n\n", "V' = chi_par^2*V for MLP, inputs one"),
        ("let a = \n", "K' = C_b + a*C_W*<s^2> for MLP, inputs one"),
        ("architecture MLP2 { weights W }\n", "K' = C_b + C_W*<s^2> for MLP2, inputs one"),
        ("derivatives almst everywhere\n", "K' = C_b + C_W*<s^2> for MLP, inputs one"),
        ('include "missing.deriv"\n', "K' = C_b + C_W*<s^2> for MLP, inputs one"),
        ("architecture {}\n", "K' = C_b + C_W*<s^2>"),  # the file's own architecture is the one that is meant
    ],
)  # fmt: skip
def test_a_claim_that_rests_on_what_cannot_be_read_has_no_verdict(broken: str, claim: str, tmp_path: Path) -> None:
    found = on_text(tmp_path, HEAD + broken + f'claim "c": {claim}\n', "check", "--json")
    (document,) = found.json["files"]
    assert [claim["verdict"] for claim in document["claims"]] == ["unreadable"]
    assert found.code == 2 and len(places(found.err)) == 1


def test_a_misspelled_prelude_file_hides_no_verdict(tmp_path: Path) -> None:
    found = on_text(tmp_path, "ptheory 1\ninclude mlp\ninclude obsrvables\n" + TRUE.format("good"), "check")
    assert "proved: good" in found.out and places(found.err) == [(3, 9)] and found.code == 2


def test_one_bad_flow_does_not_hide_the_other(tmp_path: Path) -> None:
    text = HEAD + FLOW.format("6/5") + FLOW.format("1/0") + FLOW.format("2").replace("MLP", "MPL") + FLOW.format("1")
    found = on_text(tmp_path, text, "flow", "--json")
    assert found.code == 2 and len(found.json["flows"]) == 2 and len(found.json["errors"]) == 2
    first, second = (flow["layers"][1]["G"]["0,0"][0] for flow in found.json["flows"])
    assert found.json["layers"] == found.json["flows"][0]["layers"] and first != second
    shown = on_text(tmp_path, text, "flow")
    assert shown.out.count("layer 2") == 2 and len(places(shown.err)) == 2 and shown.code == 2


def test_results_are_written_beside_the_errors(tmp_path: Path) -> None:
    out = tmp_path / "out"
    text = HEAD + TRUE.format("good") + 'claim "bad": K\' = for MLP\n'
    assert on_text(tmp_path, text, "run", "--to", "json,latex,html", "-o", str(out)).code == 2
    document = json.loads((out / "case.json").read_text("utf-8"))
    assert [v["verdict"] for v in document["verdicts"]] == ["proved", "unreadable"] and document["exit_code"] == 2
    assert "unreadable" in (out / "case.tex").read_text("utf-8")
    assert "unreadable" in (out / "case.html").read_text("utf-8")


@pytest.mark.parametrize(("labels", "code"), [("TF", 1), ("TB", 2), ("FB", 2), ("T", 0)])
def test_the_worst_wins(labels: str, code: int, tmp_path: Path) -> None:
    claims = {"T": TRUE.format("t"), "F": FALSE.format("f"), "B": 'claim "b": K\' = + for MLP\n'}
    assert on_text(tmp_path, HEAD + "".join(claims[label] for label in labels), "check").code == code


def test_from_python_every_mistake_is_raised_at_once() -> None:
    with pytest.raises(LanguageError) as raised:
        pt.run_text(HEAD + "let a = \nderive Y\n" + 'claim "b": K\' = C_q for MLP, inputs one\n')
    assert [error.span.line for error in raised.value.each] == [4, 5, 6]
