"""The verdicts on a paper as one HTML page that needs nothing else: a section for every equation, set as a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from markupsafe import Markup, escape

from ptheory.claims.verdict import Kind, Verdict
from ptheory.rendering.html_formulas import display, tagged
from ptheory.rendering.html_items import folded
from ptheory.rendering.html_page import page
from ptheory.rendering.mathml import BLOCK, NotMathML, mathml

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


def paper_html(title: str, parts: Sequence[Part], version: str) -> str:
    """The page; everything a user wrote is escaped."""
    shown = [
        {
            **vars(part),
            "anchor": f"equation-{number}",
            "typeset": _typeset(part.formula),
            "rows": [(name, _text(text, kind)) for name, text, kind in part.rows],
        }
        for number, part in enumerate(parts, start=1)
    ]
    return page("paper.html.jinja", title=title, parts=shown, version=version)


def _text(text: str, kind: str) -> Markup:
    """A row of the list; a formula with its LaTeX folded below it."""
    if kind == "latex":
        return display(text) + folded("LaTeX", tagged("pre", text))
    return tagged("pre", text) if kind == "code" else escape(text)


def _typeset(formula: str) -> Markup:
    """The author's equation; nothing where it is none, or uses what is not known here."""
    try:
        return Markup('<div class="display">') + mathml(formula, BLOCK) + Markup("</div>") if formula else Markup("")
    except NotMathML:
        return Markup("")
