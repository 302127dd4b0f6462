"""The verdicts on a paper as one HTML page that needs nothing else: a section for every equation, its LaTeX as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from ptheory.claims.verdict import Kind, Verdict

Row = tuple[str, str, bool]
"""What is said, the text, and whether it is code."""


@dataclass(frozen=True)
class Part:
    """An equation: its verdict in a word or two, its name, its place, its LaTeX, and what is said about it."""

    kind: str
    label: str
    place: str
    latex: str
    rows: tuple[Row, ...]
    anchor: str = ""


def verdict_rows(verdict: Verdict) -> tuple[Row, ...]:
    """What a verdict says, in the order of the terminal."""
    unreadable = verdict.kind is Kind.UNREADABLE
    counterexample = "" if verdict.counterexample is None else str(verdict.counterexample)
    said = [
        ("verdict", verdict.message, False),
        ("mistake", f"at {verdict.place}" if unreadable else "", False),
        ("understood", verdict.understood, True),
        ("understood, in LaTeX", verdict.understood_latex, True),
        ("what would work" if unreadable else "reason", verdict.reason, False),
        ("counterexample", counterexample, True),
        ("correction", verdict.correction, False),
        ("cause", verdict.cause, False),
        ("corrected", verdict.corrected, True),
        ("corrected, in LaTeX", verdict.corrected_latex, True),
    ]
    return tuple(row for row in said if row[1])


def paper_html(title: str, parts: Sequence[Part], version: str) -> str:
    """The page; everything a user wrote is escaped."""
    import jinja2

    template = resources.files("ptheory.rendering").joinpath("templates/paper.html.jinja").read_text("utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    named = [{**vars(part), "anchor": f"equation-{number}"} for number, part in enumerate(parts, start=1)]
    return environment.from_string(template).render(title=title, parts=named, version=version)
