r"""The corpus: claims of papers and books as their authors write them, with false neighbours; one file a source.

A label says what the claim is: ``false: ...`` is to be refuted; ``checked: ...`` agrees in numbers, not proved yet;
``wanted: ...`` is true, and today not read or not decided; every other one is true and is to be proved. Whatever the
label, nothing true is refuted and nothing false accepted.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.reported.running import ptheory

CORPUS = sorted((Path(__file__).resolve().parent / "corpus").glob("*.deriv"))
ALLOWED = {
    "true": ("proved",),
    "false": ("refuted",),
    "checked": ("checked",),
    "wanted": ("unreadable", "undecided"),
}


def label_kind(label: str) -> str:
    first, colon, _ = label.partition(": ")
    return first if colon and first in ALLOWED else "true"


@cache
def judged(path: Path) -> tuple[tuple[str, str], ...]:
    """(label, verdict) of every claim of a file."""
    (document,) = ptheory("check", path, "--json").json["files"]
    return tuple((claim["label"], claim["verdict"]) for claim in document["claims"])


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_claim_has_the_verdict_of_its_label(path: Path) -> None:
    found = judged(path)
    assert len({label for label, _ in found}) == len(found), "two claims have one label"
    wrong = [(label, verdict) for label, verdict in found if verdict not in ALLOWED[label_kind(label)]]
    assert not wrong


def test_the_size_of_the_corpus() -> None:
    """How many claims of each kind the files hold, by their labels alone."""
    counts: Counter[str] = Counter()
    for path in CORPUS:
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("claim "):
                counts[label_kind(line.split('"')[1])] += 1
    assert len(CORPUS) >= 25
    assert counts["true"] >= 410 and counts["false"] >= 190, counts
