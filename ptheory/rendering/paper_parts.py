"""What a report on a paper says of every equation, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ptheory.claims.verdict import Kind, Verdict

Row: TypeAlias = tuple[str, str, Literal["words", "code", "latex"]]
"""What is said, the text, and what kind of text it is."""


@dataclass(frozen=True)
class Part:
    """An equation: its verdict in a word or two, its name, its place, its LaTeX, and what is said about it.

    ``formula``: the LaTeX with the author's macros written out, empty where it is none.
    """

    kind: str
    label: str
    place: str
    latex: str
    rows: tuple[Row, ...]
    formula: str = ""


def verdict_rows(verdict: Verdict) -> tuple[Row, ...]:
    """What a verdict says, in the order of the terminal."""
    unreadable = verdict.kind is Kind.UNREADABLE
    counterexample = "" if verdict.counterexample is None else str(verdict.counterexample)
    said: list[Row] = [
        ("verdict", verdict.message, "words"),
        ("mistake", f"at {verdict.place}" if unreadable else "", "words"),
        ("understood", verdict.understood, "code"),
        ("understood, in LaTeX", verdict.understood_latex, "latex"),
        ("what would work" if unreadable else "reason", verdict.reason, "words"),
        ("counterexample", counterexample, "code"),
        ("correction", verdict.correction, "words"),
        ("cause", verdict.cause, "words"),
        ("corrected", verdict.corrected, "code"),
        ("corrected, in LaTeX", verdict.corrected_latex, "latex"),
    ]
    return tuple(row for row in said if row[1])
