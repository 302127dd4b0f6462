"""Verdicts on claims and checks: exactly one of proved, refuted, checked, undecided, unreadable.

proved     equal in normal form, exactly;
refuted    differs: a counterexample gives values of all symbols, both sides with error bounds that do not overlap, and
           where one was found the smallest change that makes the claim true;
checked    agrees numerically to the stated digits at the stated number of points, not proved;
undecided  neither, with the reason;
unreadable the claim has no meaning as it stands, or rests on a declaration that has none; with its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise

from ptheory.displayed import Displayed
from ptheory.language.json_values import JsonObject


class Kind(StrEnum):
    """The five verdicts; only *proved* and *refuted* are certain."""

    PROVED = "proved"
    REFUTED = "refuted"
    CHECKED = "checked"
    UNDECIDED = "undecided"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Ball:
    """A number and its error bound, as text; radius "0" when exact. ``rigorous``: a bound, not an estimate."""

    value: str
    radius: str = "0"
    rigorous: bool = True

    @property
    def exact(self) -> bool:
        """Whether the text is the number itself."""
        return self.radius == "0"

    def holds(self, number: Fraction) -> bool:
        """Whether a rational number is the exact one, or within the error bound."""
        return abs(Fraction(self.value) - number) <= Fraction(self.radius)

    def __str__(self) -> str:
        return self.value if self.exact else f"{self.value} ± {self.radius}"

    def as_json(self) -> JsonObject:
        """The keys "value", "radius" and "rigorous"."""
        return {"value": self.value, "radius": self.radius, "rigorous": self.rigorous}


@dataclass(frozen=True)
class Witness:
    """Both sides of a refuted claim at its counterexample by a second evaluation; ``by``: which one."""

    left: str
    right: str
    by: str

    def as_json(self) -> JsonObject:
        """The keys "left", "right" and "by"."""
        return {"left": self.left, "right": self.right, "by": self.by}


@dataclass(frozen=True)
class AlignedTerm:
    """A term of the normal form, with its coefficients on the left and on the right of a claim."""

    term: str
    left: Fraction
    right: Fraction

    @property
    def differs(self) -> bool:
        """Whether the two sides disagree about it."""
        return self.left != self.right


@dataclass(frozen=True)
class Counterexample:
    """Values of all symbols, as (name, exact text), and both sides there."""

    values: tuple[tuple[str, str], ...]
    left: Ball
    right: Ball

    def __str__(self) -> str:
        where = ", ".join(f"{name} = {value}" for name, value in self.values)
        return f"{f'at {where}: ' if where else ''}left {self.left}, right {self.right}"

    def as_json(self) -> JsonObject:
        """The keys "values" (name -> exact text), "left" and "right"."""
        return {"values": dict(self.values), "left": self.left.as_json(), "right": self.right.as_json()}


@dataclass(frozen=True)
class Record:
    """What it takes to get a verdict again: the claim's ``text`` as written, the ``version`` of ptheory, and how many
    ``digits`` numbers are compared to where no proof is found. Nothing about a claim is drawn at random."""

    text: str
    version: str
    digits: int

    def as_json(self, points: int, digits: int | None) -> JsonObject:
        """The text and its SHA-256, the version, the seed, and at how many points to how many digits was compared."""
        return {
            "text": self.text,
            "sha256": sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest(),
            "version": self.version,
            "seed": "deterministic",
            "points": points,
            "digits": self.digits if digits is None else digits,
        }


@dataclass(frozen=True)
class Verdict(Displayed):
    """``understood``: the claim as it was read; ``correction``: what to change, ``cause``: what kind of slip that is,
    ``corrected``: the equation after it; ``digits`` and ``points``: how far a numerical agreement reaches;
    ``place``: file:line:column of what cannot be read, whose ``reason`` is what would work. ``understood_latex`` and
    ``corrected_latex``: both in the author's notation, of claims in LaTeX; ``record``: how to get the verdict again;
    ``witness``: of a refutation, by a second route; ``terms``: of a refutation, both normal forms side by side.
    ``written_latex``: a claim that holds, as it stands in a paper; ``architecture``: the one a claim is about."""

    kind: Kind
    label: str
    message: str
    understood: str = ""
    counterexample: Counterexample | None = None
    correction: str = ""
    cause: str = ""
    corrected: str = ""
    reason: str = ""
    digits: int | None = None
    points: int = 0
    place: str = ""
    understood_latex: str = ""
    corrected_latex: str = ""
    written_latex: str = ""
    record: Record | None = None
    witness: Witness | None = None
    terms: tuple[AlignedTerm, ...] = ()
    architecture: str = ""

    @property
    def _why(self) -> str:
        return "help" if self.kind is Kind.UNREADABLE else "reason"

    def lines(self) -> list[str]:
        """The verdict for a terminal, the first line alone a complete answer."""
        shown = [f"{self.kind}: {self.label}: {self.message}" if self.label else f"{self.kind}: {self.message}"]
        if self.place:
            shown.append(f"  at {self.place}")
        if self.understood:
            shown.append(f"  understood: {self.understood}")
        if self.reason:
            shown.append(f"  {self._why}: {self.reason}")
        if self.counterexample is not None:
            shown.append(f"  counterexample {self.counterexample}")
        if self.correction:
            shown.append(f"  correction: {self.correction}")
        if self.cause:
            shown.append(f"  cause: {self.cause}")
        if self.corrected:
            shown.append(f"  corrected: {self.corrected}")
        if self.corrected_latex:
            shown.append(f"  in LaTeX: {self.corrected_latex}")
        return shown

    def as_json(self) -> JsonObject:
        """The keys "verdict", "label" and "message", and of the others those that have something to say."""
        found: JsonObject = {"verdict": self.kind.value, "label": self.label, "message": self.message}
        if self.place:
            found["place"] = self.place
        if self.understood:
            found["understood"] = self.understood
        if self.understood_latex:
            found["understood_latex"] = self.understood_latex
        if self.written_latex:
            found["latex"] = self.written_latex
        if self.counterexample is not None:
            found["counterexample"] = self.counterexample.as_json()
        if self.witness is not None:
            found["witness"] = self.witness.as_json()
        shown = ("correction", "cause", "corrected", "corrected_latex")
        found |= {key: text for key in shown if (text := getattr(self, key))}
        if self.reason:
            found[self._why] = self.reason
        if self.digits is not None:
            found |= {"digits": self.digits, "points": self.points}
        if self.record is not None:
            compared = self.points or int(self.counterexample is not None)
            found["record"] = self.record.as_json(compared, self.digits)
        return found


_WORST_FIRST = (Kind.UNREADABLE, Kind.REFUTED, Kind.UNDECIDED, Kind.CHECKED, Kind.PROVED)


def of_several(links: Sequence[Verdict]) -> Verdict:
    """The verdict on several equations, a = b and b = c of a chain among them: that of the worst, the first such one.

    Where all agree numerically at least, they are checked to the fewest digits of any.
    """
    worst = min(links, key=lambda link: _WORST_FIRST.index(link.kind))
    number = next(k for k, link in enumerate(links) if link is worst) + 1
    understood = links[0].understood
    for before, link in pairwise(links):
        left, _, right = link.understood.partition(" = ")
        goes_on = before.understood.partition(" = ")[2] == left
        understood += f" = {right}" if goes_on else f"; {link.understood}"
    if worst.kind not in (Kind.PROVED, Kind.CHECKED):
        message = f"{worst.message} (equation {number} of {len(links)})"
        return replace(worst, message=message, understood=understood)
    digits = min((link.digits for link in links if link.digits is not None), default=None)
    points = min((link.points for link in links if link.points), default=0)
    message = f"all {len(links)} equations: {'; '.join(dict.fromkeys(link.message for link in links))}"
    return replace(worst, message=message, understood=understood, digits=digits, points=points)


EXIT_BAD_INPUT = 2


def exit_code(verdicts: Iterable[Verdict], bad_input: bool = False) -> int:
    """0 all proved or checked; 1 something refuted; 2 bad input, such as a claim that cannot be read; 3 nothing
    refuted, something undecided; 2 > 1 > 3."""
    kinds = {verdict.kind for verdict in verdicts}
    if bad_input or Kind.UNREADABLE in kinds:
        return EXIT_BAD_INPUT
    if Kind.REFUTED in kinds:
        return 1
    return 3 if Kind.UNDECIDED in kinds else 0
