"""Slips through ``ptheory check --json``: what is said of each, held against the evaluator and the name of the slip.

An accepted slip has to be true for the evaluator. A refuted one has a counterexample: the evaluator computes both sides
there anew, and they have to be the ones reported. Its cause has to be the one of the operator that made it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath

from tests.mutants.base import TrueClaim, true_claims
from tests.mutants.evaluate import NoValue, sides_at
from tests.mutants.reading import Unreadable
from tests.mutants.slips import Slip, slips
from tests.reported.running import HEAD, ptheory

ACCEPTED = ("proved", "checked")
BATCH = 100  # claims in one file, so that the recursions are derived once


def chosen(count: int, claims: Sequence[TrueClaim] | None = None, seed: int = 1) -> list[Slip]:
    """``count`` slips drawn from all there are in the true claims; all of them where there are fewer."""
    found = [slip for claim in (true_claims() if claims is None else claims) for slip in slips(claim)]
    random.Random(seed).shuffle(found)
    return found[:count]


@dataclass(frozen=True)
class Diagnosed:
    """``verdict``: as JSON; ``is_true``: the evaluator's word where it was not refuted; ``rechecks``: whether the
    evaluator finds both sides of the counterexample, None where it has no value there."""

    slip: Slip
    verdict: dict[str, Any]
    is_true: bool | None = None
    rechecks: bool | None = None

    @property
    def kind(self) -> str:
        """The verdict in a word."""
        return str(self.verdict["verdict"])

    @property
    def is_named(self) -> bool:
        """Whether the cause is the operator's."""
        return self.verdict.get("cause", "") in self.slip.causes

    @property
    def is_restored(self) -> bool:
        """Whether the correction is the true claim that the slip was made in, as it was written."""
        return _bare(self.verdict.get("corrected", "")) == _bare(f"{self.slip.claim.left} = {self.slip.claim.right}")


def _bare(text: str) -> str:
    return text.replace(" ", "")


def diagnosed(found: Sequence[Slip], folder: Path) -> Iterator[Diagnosed]:
    """The command's word on each, and the evaluator's."""
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        path = folder / "slips.deriv"
        lines = (f'claim "{k}": {slip.text} for {slip.claim.scope}' for k, slip in enumerate(batch))
        path.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
        (document,) = ptheory("check", path, "--json").json["files"]
        said = {claim["label"]: claim for claim in document["claims"]}
        for k, slip in enumerate(batch):
            yield _judged(slip, said[str(k)])


def _judged(slip: Slip, verdict: dict[str, Any]) -> Diagnosed:
    if verdict["verdict"] == "refuted":
        return Diagnosed(slip, verdict, rechecks=_rechecks(slip, verdict))
    return Diagnosed(
        slip, verdict, is_true=slip.claim.is_true(slip.right) if verdict["verdict"] != "unreadable" else None
    )


def _rechecks(slip: Slip, verdict: dict[str, Any]) -> bool | None:
    example = verdict["counterexample"]
    given = {name: str(value) for name, value in slip.claim.given}
    try:
        sides = sides_at(slip.text, slip.claim.inputs, slip.claim.activation, {**given, **example["values"]})
    except (NoValue, Unreadable, ZeroDivisionError, KeyError, ValueError):
        return None
    reported = [example[side]["value"] for side in ("left", "right")]
    return all(_agree(mine, text) for mine, text in zip(sides, reported, strict=True)) and not _agree(
        sides[0], reported[1]
    )


def _agree(mine: Any, reported: str) -> bool:
    if isinstance(mine, Fraction) and "." not in reported and "e" not in reported:
        return mine == Fraction(reported)
    with mpmath.workdps(60):
        other, found = _number(reported), mpmath.mpmathify(mine)
        return bool(abs(found - other) <= mpmath.mpf(10) ** -12 * max(abs(found), abs(other)))


def _number(text: str) -> Any:
    """1/3, 0.25e-7 or 1.5 - 0.5*i."""
    if text.endswith("*i"):
        real, sign, imaginary = text.removesuffix("*i").rsplit(" ", 2)
        return mpmath.mpc(real, f"{sign}{imaginary}")
    return mpmath.mpmathify(Fraction(text) if "/" in text else text)


@dataclass
class Table:
    """Counts for every operator; ``lies``: accepted and not true; ``of_note``: whatever is not as it should be."""

    rows: dict[str, Counter[str]] = field(default_factory=dict)
    lies: list[Diagnosed] = field(default_factory=list)
    of_note: list[tuple[str, Diagnosed]] = field(default_factory=list)

    def add(self, all_found: Iterable[Diagnosed]) -> None:
        """Count them."""
        for found in all_found:
            row = self.rows.setdefault(found.slip.operator, Counter())
            for what in self._said(found):
                row[what] += 1
                if what not in ("slips", "still true", "refuted", "rechecked", "named"):
                    self.of_note.append((what, found))
            if found.kind in ACCEPTED and found.is_true is not True:
                self.lies.append(found)

    def _said(self, found: Diagnosed) -> Iterator[str]:
        if found.kind in ACCEPTED and found.is_true is True:
            yield "still true"
            return
        yield "slips" if found.kind != "unreadable" else "unreadable"
        if found.kind == "unreadable":
            return
        yield found.kind
        if found.kind == "refuted":
            yield {True: "rechecked", False: "contradicted", None: "not rechecked"}[found.rechecks]
            cause = found.verdict.get("cause")
            restored = found.is_restored
            yield "named" if found.is_named else "no cause" if not cause else "restored" if restored else "other cause"

    def text(self) -> str:
        """The table, one row for each operator."""
        columns = (
            "slips", "still true", "unreadable", "proved", "checked", "undecided", "refuted", "rechecked",
            "contradicted", "not rechecked", "named", "restored", "other cause", "no cause",
        )  # fmt: skip
        total: Counter[str] = Counter()
        for row in self.rows.values():
            total += row
        lines = ["| operator | " + " | ".join(columns) + " |", "|" + "---|" * (len(columns) + 1)]
        for name, row in [*self.rows.items(), ("all", total)]:
            lines.append(f"| {name} | " + " | ".join(str(row[column]) for column in columns) + " |")
        return "\n".join(lines)
