"""Formulas on a page: MathML, in running text, in lines of their own, as numbered equations that break at any width."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from ptheory.rendering.breaking import MARK, PRODUCT, without_marks
from ptheory.rendering.latex import visible_width
from ptheory.rendering.latex_document import APPROXIMATELY
from ptheory.rendering.mathml import BLOCK, DISPLAYED, GOES_ON, INLINE, NotMathML, mathml

_MARKED = re.compile(MARK + r"(\d)")
LONGEST_PIECE = 80.0  # digits of a line; a longer product is broken between its factors


def tagged(name: str, inside: Markup | str, css: str = "") -> Markup:
    """An element; what is inside is escaped."""
    opening = Markup('<{} class="{}">').format(name, css) if css else Markup(f"<{name}>")
    return opening + escape(inside) + Markup(f"</{name}>")


def inline(latex: str, style: str = INLINE) -> Markup:
    """A formula in running text; its LaTeX where it cannot be set."""
    plain = without_marks(latex)
    try:
        return mathml(plain, style)
    except NotMathML as reason:
        return untypeset(plain, reason)


def display(latex: str) -> Markup:
    """A formula, or rows of them, on lines of its own."""
    plain = without_marks(latex)
    try:
        shown = mathml(plain, BLOCK)
    except NotMathML as reason:
        shown = untypeset(plain, reason)
    return Markup('<div class="display">') + shown + Markup("</div>\n")


def untypeset(latex: str, reason: NotMathML) -> Markup:
    """The LaTeX as it was written, with the reason for whoever points at it."""
    return Markup('<code class="latex" title="not set: {}">{}</code>').format(str(reason), latex)


def equation(row: tuple[str, ...], anchor: str = "", number: int = 0) -> Markup:
    """left = right = ..., each right side on lines of its own, which break where the marks are; with its number."""
    left, *rights = row
    cells = [tagged("span", inline(left, DISPLAYED), "left")]
    for k, right in enumerate(rights):
        relation = r"\approx" if right.startswith(APPROXIMATELY) else "="
        cells += [tagged("span", "", "left")] if k else []
        cells.append(tagged("span", broken(f"{{}}{relation} {right.removeprefix(APPROXIMATELY)}"), "right"))
    sides = Markup('<div class="sides">') + Markup("").join(cells) + Markup("</div>")
    if not anchor:
        return Markup('<div class="equation">') + sides + Markup("</div>\n")
    mark = Markup('<a class="mark number" href="#{}" aria-label="equation {}">({})</a>').format(anchor, number, number)
    return Markup('<div class="equation" id="{}">').format(anchor) + sides + mark + Markup("</div>\n")


def equations(rows: Sequence[tuple[str, ...]]) -> Markup:
    """Equations without numbers, one below the other."""
    return Markup("").join(equation(row) for row in rows)


def broken(latex: str) -> Markup:
    """A formula in pieces between which a line may end; the pieces of one term stay on a line where they fit."""
    terms = [_pieces(term) for term in latex.split(f"{MARK}0")]
    try:
        return Markup("<wbr>").join(_term(term, GOES_ON if k else "opening") for k, term in enumerate(terms))
    except NotMathML:
        return inline(latex, DISPLAYED)


def _pieces(term: str) -> list[str]:
    """A term apart at its marks; a product only where the term is longer than a line, with a sign between its parts."""
    between_factors = r" \times " if visible_width(term) > LONGEST_PIECE else ""
    first, *others = _MARKED.split(term)
    pieces = [first]
    for depth, piece in zip(others[::2], others[1::2], strict=True):
        if int(depth) == PRODUCT and not between_factors:
            pieces[-1] += piece
        else:
            pieces.append((between_factors if int(depth) == PRODUCT else "") + piece)
    return pieces


def _term(pieces: list[str], before: str) -> Markup:
    """A term of a sum; what is in brackets may be broken where the term is wider than a line."""
    inside = [mathml(piece, DISPLAYED, GOES_ON if k else before) for k, piece in enumerate(pieces)]
    return inside[0] if len(inside) == 1 else tagged("span", Markup("<wbr>").join(inside), "term")
