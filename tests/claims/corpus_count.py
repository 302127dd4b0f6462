"""What the corpus of published claims holds, and what is said of it: ``python -m tests.claims.corpus_count``.

A label says what a claim is: ``false: ...``, ``checked: ...``, ``wanted: ...``, ``outside: ...``, or true and to be
proved; ``test_published_corpus.py`` says what each asks for.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.reported.running import ptheory

CORPUS = sorted((Path(__file__).resolve().parent / "corpus").glob("*.deriv"))
KINDS = ("true", "checked", "wanted", "outside", "false")


@dataclass(frozen=True)
class Judged:
    """A claim of the corpus and what is said of it; ``place``: file:line:column where it is unreadable."""

    label: str
    verdict: str
    message: str
    place: str

    @property
    def kind(self) -> str:
        """One of KINDS."""
        return kind_of(self.label)


def kind_of(label: str) -> str:
    """The kind of a claim by its label: true where it names none."""
    first, colon, _ = label.partition(": ")
    return first if colon and first in KINDS else "true"


@cache
def judged(path: Path) -> tuple[Judged, ...]:
    """Every claim of a file, as ``ptheory check`` judges it."""
    (document,) = ptheory("check", path, "--json").json["files"]
    return tuple(
        Judged(c["label"], c["verdict"], f"{c['message']}; {c.get('help', '')}", c.get("place", ""))
        for c in document["claims"]
    )


def labels(path: Path) -> list[str]:
    """The labels of all claims of a file, nothing of it run."""
    return [line.split('"')[1] for line in path.read_text("utf-8").splitlines() if line.startswith("claim ")]


def by_label() -> Counter[str]:
    """How many claims of each kind there are."""
    return Counter(kind_of(label) for path in CORPUS for label in labels(path))


def share_decided(counts: Counter[str]) -> float:
    """Of the true claims that a derivation can state, how many are proved or checked."""
    stated = counts["true"] + counts["checked"] + counts["wanted"]
    return (counts["true"] + counts["checked"]) / stated


def main() -> None:
    """Runs the corpus and prints what was found."""
    claims = [claim for path in CORPUS for claim in judged(path)]
    found = Counter((claim.kind, claim.verdict) for claim in claims)
    stated = [claim for claim in claims if claim.kind in ("true", "checked", "wanted")]
    decided = sum(claim.verdict in ("proved", "checked") for claim in stated)
    print(f"{len(CORPUS)} papers and books, {len(claims)} claims")
    print(f"true: {len(stated)}, proved {_count(stated, 'proved')}, checked {_count(stated, 'checked')}, "
          f"not yet {len(stated) - decided}: {100 * decided / len(stated):.1f} % decided")  # fmt: skip
    print(f"outside of what a derivation describes: {sum(n for (kind, _), n in found.items() if kind == 'outside')}")
    false = [claim for claim in claims if claim.kind == "false"]
    print(f"false: {len(false)}, refuted {_count(false, 'refuted')}, accepted "
          f"{_count(false, 'proved') + _count(false, 'checked')}")  # fmt: skip
    print(f"true and refuted: {_count([c for c in claims if c.kind != 'false'], 'refuted')}")


def _count(claims: list[Judged], verdict: str) -> int:
    return sum(claim.verdict == verdict for claim in claims)


if __name__ == "__main__":
    main()
