"""Mutants through ``ptheory check --json``: text in, verdict out; what is accepted is put to the evaluator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.evaluate import is_true
from tests.mutants.mutate import mutant
from tests.mutants.table import TRUE
from tests.reported.running import HEAD, ptheory

ACCEPTED = ("proved", "checked")
BATCH = 20  # claims in one file, so that the recursions are derived once


@dataclass(frozen=True)
class Mutant:
    """``claim`` as changed from entry number ``row`` of the table."""

    claim: str
    row: int

    @property
    def inputs(self) -> int:
        return TRUE[self.row][1]

    @property
    def activation(self) -> str | None:
        return TRUE[self.row][2]

    @property
    def scope(self) -> str:
        number = "one" if self.inputs == 1 else str(self.inputs)
        return f"inputs {number}" + (f", with sigma = {self.activation}" if self.activation else "")


def mutants(count: int, first: int = 0) -> list[Mutant]:
    """``count`` changed claims, taken from the rows of the table in turn; all of them different."""
    found: dict[Mutant, None] = {}
    seed = first
    while len(found) < count:
        row = seed % len(TRUE)
        claim, inputs, _ = TRUE[row]
        found.setdefault(Mutant(mutant(claim, inputs, seed), row))
        seed += 1
    return list(found)


def verdicts(chosen: Iterable[Mutant], folder: Path) -> Iterator[tuple[Mutant, str]]:
    """The command's word on each: a verdict, or ``unreadable`` where it is bad input."""
    waiting = list(chosen)
    for start in range(0, len(waiting), BATCH):
        yield from _batch(waiting[start : start + BATCH], folder)


def _batch(chosen: list[Mutant], folder: Path) -> list[tuple[Mutant, str]]:
    path = folder / "mutants.deriv"
    lines = (f'claim "{k}": {m.claim} for MLP, {m.scope}' for k, m in enumerate(chosen))
    path.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    ran = ptheory("check", path, "--json")
    claims = ran.json["files"][0].get("claims", []) if ran.out.strip() else []
    said = {claim["label"]: claim["verdict"] for claim in claims}
    if len(said) < len(chosen) and len(chosen) > 1:  # one of them could not be read: each by itself
        return [pair for m in chosen for pair in _batch([m], folder)]
    return [(m, said.get(str(k), "unreadable")) for k, m in enumerate(chosen)]


@dataclass
class Outcome:
    """How many got which verdict; ``lies``: accepted, and not true."""

    counts: Counter[str]
    lies: list[tuple[Mutant, str]]
    refuted_but_true: list[Mutant]

    @staticmethod
    def empty() -> Outcome:
        return Outcome(Counter(), [], [])

    def add(self, other: Outcome) -> None:
        self.counts += other.counts
        self.lies += other.lies
        self.refuted_but_true += other.refuted_but_true


def run(chosen: Iterable[Mutant], folder: Path, also_refuted: bool = False) -> Outcome:
    """``also_refuted``: put the refuted ones to the evaluator as well (it sees a few points only)."""
    outcome = Outcome.empty()
    for found, verdict in verdicts(chosen, folder):
        outcome.counts[verdict] += 1
        if verdict in ACCEPTED and is_true(found.claim, found.inputs, found.activation) is False:
            outcome.lies.append((found, verdict))
        if also_refuted and verdict == "refuted" and is_true(found.claim, found.inputs, found.activation):
            outcome.refuted_but_true.append(found)
    return outcome
