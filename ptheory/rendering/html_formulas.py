"""Formulas on a page: MathML, in running text, in lines of their own, as numbered equations that break at any width."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from ptheory.rendering.breaking import LAST_RESORT, Piece
from ptheory.rendering.font_metrics import TEXT, formula_width
from ptheory.rendering.latex_equations import APPROXIMATELY
from ptheory.rendering.latex_pieces import TIMES, latex_pieces, opened_list
from ptheory.rendering.mathml import BLOCK, DISPLAYED, GOES_ON, INLINE, NotMathML, mathml

SIZE = "10"  # of type, in which lengths are measured
LONGEST_UNBROKEN = 150.0  # points of a formula in running text
LONGEST_PIECE = 400.0  # points of a line; a longer product is broken between its factors


def tagged(name: str, inside: Markup | str, css: str = "") -> Markup:
    """An element; what is inside is escaped."""
    opening = Markup('<{} class="{}">').format(name, css) if css else Markup(f"<{name}>")
    return opening + escape(inside) + Markup(f"</{name}>")


def inline(latex: str, style: str = INLINE) -> Markup:
    """A formula in running text; its LaTeX where it cannot be set."""
    plain = latex
    try:
        return mathml(plain, style)
    except NotMathML as reason:
        return untypeset(plain, reason)


def in_text(latex: str) -> Markup:
    """A formula in running text, a long one in pieces between which a line may end."""
    return inline(latex) if formula_width(latex, SIZE, TEXT) <= LONGEST_UNBROKEN else broken(latex)


def display(latex: str) -> Markup:
    """A formula, or rows of them, on lines of its own."""
    plain = latex
    try:
        shown = mathml(plain, BLOCK)
    except NotMathML as reason:
        shown = untypeset(plain, reason)
    return Markup('<div class="display">') + shown + Markup("</div>\n")


def untypeset(latex: str, reason: NotMathML) -> Markup:
    """The LaTeX as it was written, with the reason for whoever points at it."""
    return Markup('<code class="latex" title="not set: {}">{}</code>').format(str(reason), latex)


def equation(row: tuple[str, ...], anchor: str = "", number: int = 0) -> Markup:
    """left = right = ..., each right side on lines of its own, which break between terms; with its number."""
    left, *rights = row
    cells = [tagged("span", inline(left, DISPLAYED), "left")]
    for k, right in enumerate(rights):
        relation = r"\approx" if right.startswith(APPROXIMATELY) else "="
        cells += [tagged("span", "", "left")] if k else []
        cells.append(tagged("span", broken(right.removeprefix(APPROXIMATELY), f"{{}}{relation} "), "right"))
    sides = Markup('<div class="sides">') + Markup("").join(cells) + Markup("</div>")
    if not anchor:
        return Markup('<div class="equation">') + sides + Markup("</div>\n")
    mark = Markup('<a class="mark number" href="#{}" aria-label="equation {}">({})</a>').format(anchor, number, number)
    return Markup('<div class="equation" id="{}">').format(anchor) + sides + mark + Markup("</div>\n")


def equations(rows: Sequence[tuple[str, ...]]) -> Markup:
    """Equations without numbers, one below the other."""
    return Markup("").join(equation(row) for row in rows)


def broken(latex: str, before: str = "") -> Markup:
    """A formula in pieces between which a line may end; the pieces of one term stay on a line where they fit.

    ``before``: what stands before the first.
    """
    terms: list[list[Piece]] = []
    for _, piece in latex_pieces(opened_list(latex, LONGEST_PIECE, SIZE), SIZE):
        if not terms or piece.cost == 0.0:
            terms.append([])
        terms[-1].append(piece)
    written = [_pieces(term) for term in terms]
    written[0][0] = before + written[0][0]
    try:
        return Markup("<wbr>").join(_term(term, GOES_ON if k else "opening") for k, term in enumerate(written))
    except NotMathML:
        return inline(before + latex, DISPLAYED)


def _pieces(term: list[Piece]) -> list[str]:
    """A term apart at its signs in brackets; at its factors only where it is longer than a line."""
    too_long = sum(piece.width for piece in term) > LONGEST_PIECE
    first, *others = term
    pieces = [first.written]
    for piece in others:
        is_factor = piece.opens.startswith(TIMES)
        if piece.cost is None or piece.cost >= LAST_RESORT or (is_factor and not too_long):
            pieces[-1] += piece.written
        else:
            pieces.append(f" {piece.opens}" if is_factor else piece.written)
    return pieces


def _term(pieces: list[str], before: str) -> Markup:
    """A term of a sum; what is in brackets may be broken where the term is wider than a line."""
    inside = [mathml(piece, DISPLAYED, GOES_ON if k else before) for k, piece in enumerate(pieces)]
    return inside[0] if len(inside) == 1 else tagged("span", Markup("<wbr>").join(inside), "term")
