r"""The corpus: claims of papers and books as their authors write them, with false neighbours; one file a source.

A label says what the claim is:

* ``false: ...`` is to be refuted;
* ``checked: ...`` agrees in numbers, and is not proved yet;
* ``wanted: ...`` is true, and today not read or not decided;
* ``outside: ...`` says something that no derivation describes: it defines an object which is none of a network's
  (a matrix of covariances, a function of the paper's own, a deviation), names one that the formula does not say (u_1
  without its covariance), or is an identity about pairings, weights or matrices in general. It is to be *unreadable*,
  with a message that names what is not understood and points at it: never undecided, and never given a verdict;
* every other one is true and is to be proved.

Whatever the label, nothing true is refuted and nothing false accepted. ``python -m tests.claims.corpus_count`` prints
how many there are.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.claims.corpus_count import CORPUS, Judged, by_label, judged, share_decided

ALLOWED = {
    "true": ("proved",),
    "false": ("refuted",),
    "checked": ("checked",),
    "wanted": ("unreadable", "undecided"),
    "outside": ("unreadable",),
}


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_every_claim_has_the_verdict_of_its_label(path: Path) -> None:
    found = judged(path)
    assert len({claim.label for claim in found}) == len(found), "two claims have one label"
    wrong = [(claim.label, claim.verdict) for claim in found if claim.verdict not in ALLOWED[claim.kind]]
    assert not wrong


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_lies_outside_is_named_and_pointed_at(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    unnamed = [
        (claim.label, claim.message, there)
        for claim in judged(path)
        if claim.kind == "outside"
        and not re.search(rf"(?<![A-Za-z]){(there := _what_stands_there(claim, lines))}(?![A-Za-z])", claim.message)
    ]
    assert not unnamed


def _what_stands_there(claim: Judged, lines: list[str]) -> str:
    r"""The macro, the word or the sign that the message points at; of \begin{pmatrix} and \mathrm{Tr} the word."""
    line, column = map(int, claim.place.split(":")[-2:])
    rest = lines[line - 1][column - 1 :]
    named = re.match(r"\\(?:begin|mathrm|text|mathcal)\{([A-Za-z]+)\}|\\?([A-Za-z]+)", rest)
    assert named is not None, rest
    return named.group(1) or named.group(2)


def test_the_size_of_the_corpus() -> None:
    """How many claims of each kind the files hold, by their labels alone."""
    counts = by_label()
    assert len(CORPUS) >= 12
    assert counts["true"] + counts["checked"] >= 250 and counts["false"] >= 150, counts
    assert share_decided(counts) >= 0.98, counts
    assert counts["outside"] <= 16, counts
