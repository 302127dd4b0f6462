"""``ptheory check notebook.ipynb``: marked equations of the Markdown cells, with places one can go to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reported.running import Ran, ptheory

TRUE = r"$$ K' = C_b + C_W \langle\sigma^2\rangle $$"


def markdown(*lines: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": [f"{line}\n" for line in lines[:-1]] + [lines[-1]]}


def code(*lines: str) -> dict[str, Any]:
    return {**markdown(*lines), "cell_type": "code", "outputs": [], "execution_count": None}


CELLS = [
    markdown("# Notes", "<!-- ptheory: include mlp -->"),
    code('print("$$ K\' = 1 $$")', "<!-- ptheory: claim no for MLP, inputs one -->"),
    markdown("Text.", "<!-- ptheory: claim kernel for MLP, inputs one -->", TRUE),
    markdown("<!-- ptheory: claim wrong for MLP, inputs one -->", r"$$ K' = C_b + 2 C_W \langle\sigma^2\rangle $$"),
    markdown("é ℓ", "<!-- ptheory: claim unread for MLP, inputs one -->", r"$$ K' = \foo $$"),
    markdown("<!-- ptheory: claim no end for MLP, inputs one -->", "$$ K' = "),
    markdown("<!-- ptheory: claim last for MLP, inputs one -->", TRUE),
]


def check(folder: Path, cells: list[dict[str, Any]], *words: str, **spelling: Any) -> Ran:
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, **spelling)
    (folder / "notes.ipynb").write_text(text, "utf-8")
    return ptheory("check", folder / "notes.ipynb", "--json", *words)


def line_of(folder: Path, text: str) -> int:
    data = (folder / "notes.ipynb").read_text("utf-8")
    return data.count("\n", 0, data.index(text)) + 1


@pytest.mark.parametrize("ascii_only", [True, False])
def test_claims_of_markdown_cells(ascii_only: bool, tmp_path: Path) -> None:
    ran = check(tmp_path, CELLS, indent=1, ensure_ascii=ascii_only)
    claims = {claim["label"]: claim for claim in ran.json["files"][0]["claims"]}
    assert {label: claim["verdict"] for label, claim in claims.items()} == {
        "kernel": "proved",
        "wrong": "refuted",
        "unread": "unreadable",
        "no end": "unreadable",
        "last": "proved",
    }
    line = line_of(tmp_path, "claim kernel")
    assert claims["kernel"]["place"].endswith(f"notes.ipynb:{line}:15 (cell 3, line 2)")
    line = line_of(tmp_path, r"\\foo")
    assert claims["unread"]["place"].endswith(f"notes.ipynb:{line}:9 (cell 5, line 3)")
    assert ran.code == 2 and r"  3 | $$ K' = \foo $$" in ran.err


def test_cells_on_one_line_have_their_cell_and_line(tmp_path: Path) -> None:
    claims = check(tmp_path, CELLS).json["files"][0]["claims"]
    assert claims[0]["place"].endswith("notes.ipynb:1:15 (cell 3, line 2)")


def test_a_source_that_is_one_text(tmp_path: Path) -> None:
    cells = [{**cell, "source": "".join(cell["source"])} for cell in CELLS]
    claims = check(tmp_path, cells, indent=1).json["files"][0]["claims"]
    assert [claim["verdict"] for claim in claims] == ["proved", "refuted", "unreadable", "unreadable", "proved"]
    assert claims[0]["place"].endswith(f":{line_of(tmp_path, 'claim kernel')}:15 (cell 3, line 2)")


def test_a_claim_without_a_name_is_called_by_its_cell(tmp_path: Path) -> None:
    cells = [CELLS[0], markdown("<!-- ptheory: claim for MLP, inputs one -->", TRUE)]
    (claim,) = check(tmp_path, cells).json["files"][0]["claims"]
    assert claim["label"] == "cell 2, line 2" and claim["verdict"] == "proved"


def test_an_equation_in_another_cell_is_not_the_claims(tmp_path: Path) -> None:
    cells = [CELLS[0], markdown("<!-- ptheory: claim a for MLP, inputs one -->", "$$ K' = C_b"), markdown("$$", TRUE)]
    (claim,) = check(tmp_path, cells).json["files"][0]["claims"]
    assert claim["verdict"] == "unreadable"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"cells": [}', "notes.ipynb:1:12", "this is no JSON"),
        ("", "notes.ipynb:1:1", "this is no JSON"),
        ("[1]", "notes.ipynb", "this JSON is no notebook"),
        ('{"cells": [{"cell_type": "markdown"}]}', "notes.ipynb", "cell 1 has no source"),
        ('{"cells": [3]}', "notes.ipynb", "cell 1 has no source"),
        ("[" * 100_000, "notes.ipynb", "nested too deep"),
        ('{"cells": []}', "notes.ipynb", "no equation of this paper is marked"),
    ],
)
def test_what_is_no_notebook(text: str, place: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "notes.ipynb").write_text(text, "utf-8")
    ran = ptheory("check", tmp_path / "notes.ipynb", "--json")
    (error,) = ran.json["files"][0]["errors"]
    assert ran.code == 2 and error["place"].endswith(place) and message in error["message"]


def test_all_lists_the_others(tmp_path: Path) -> None:
    cells = [CELLS[0], markdown("text", TRUE)]
    ran = check(tmp_path, cells, "--all", indent=1)
    (equation,) = ran.json["files"][0]["unmarked"]
    assert equation["read"] and equation["place"].endswith("(cell 2, line 2)")
