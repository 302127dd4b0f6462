"""The verdicts on a paper as one HTML page that needs nothing else: a section for every equation, set as a formula."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from ptheory.rendering.html_formulas import display, tagged
from ptheory.rendering.html_items import folded
from ptheory.rendering.html_page import page
from ptheory.rendering.mathml import BLOCK, NotMathML, mathml
from ptheory.rendering.paper_parts import Part


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
