r"""Equations as ``align`` environments, every line no wider than the column (``latex_pieces.py``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ptheory.rendering.columns import PAGE, Columns
from ptheory.rendering.font_metrics import TEXT, formula_width
from ptheory.rendering.latex import LatexWriter
from ptheory.rendering.latex_pieces import broken_latex
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.written_closed_forms import ClosedForms
from ptheory.rendering.written_equations import DisplayedEquation

if TYPE_CHECKING:
    from ptheory.results.specialisation import BoundEquation

_DISPLAY = re.compile(r"\\begin\{align\*?\}(.*?)\\end\{align", re.S)
_BESIDE = re.compile(r"\\label\{[^}]*\}|\\notag")
_OWN_ROWS = re.compile(r"\\begin\{|\\\\|&")
_BRACE_OR_EQUAL = re.compile(r" = |\\left(?![a-z])|\\right(?![a-z])|(?<!\\)[{}]")
APPROXIMATELY = r"\approx "
NUMBER = "(999)"  # what stands at the right of an equation, and the gap before it
QUAD = r"\quad "
WIDE_LEFT = 1 / 6  # of a line: what leaves too little room beside it
INLINE = 0.5  # of a line: what is longer is displayed


def equation_row(
    shown: DisplayedEquation, found: BoundEquation | None = None, spelling: Spelling = OURS
) -> tuple[str, ...]:
    """left, right, and what else the right side equals: without expectations, in closed form."""
    writer = LatexWriter(spelling)
    row = [writer.tensor(shown.left), writer.sum(shown.right)]
    if shown.explicit is not None:
        row.append(writer.sum(shown.explicit))
    if found is not None and found.closed_form is not None:
        from ptheory.rendering.written_numbers import is_rounded

        rounded = APPROXIMATELY if is_rounded(found.closed_form) else ""
        row.append(rounded + ClosedForms(found, spelling).latex(found.closed_form))
    return tuple(row)


def align(equations: Sequence[tuple[str, ...]], label: str | None, columns: Columns = PAGE) -> str:
    """(left, right, what it also equals, ...) rows as one align; numbered when labelled.

    Relations stand below each other, or, where that leaves too little room for the right sides, under the beginning of
    the left side. What begins with APPROXIMATELY is equal up to rounding.
    """
    room = columns.width - (formula_width(NUMBER + QUAD, columns.size) if label else 0.0)
    lines = _below_relation(equations, room, columns.size)
    if max(formula_width(left, columns.size) for left, *_ in equations) > room * WIDE_LEFT:
        lines = min(lines, _below_left(equations, room, columns.size), key=len)
    star = "" if label else "*"
    ending = rf" \label{{{label}}}" if label else ""
    body = " \\\\\n".join(
        "  " + line + (r" \notag" if label and k < len(lines) - 1 else "") for k, line in enumerate(lines)
    )
    return f"\\begin{{align{star}}}\n{body}{ending}\n\\end{{align{star}}}"


def _below_relation(equations: Sequence[tuple[str, ...]], room: float, size: str) -> list[str]:
    """Right sides beside the widest left side; their further lines a quad behind the relation."""
    widest = max(formula_width(left, size) for left, *_ in equations)
    lines = []
    for left, *rights in equations:
        for k, right in enumerate(rights):
            relation, right = _related(right)
            first = room - widest - formula_width(f"{{}}{relation}{{}}", size)
            head, *rest = broken_latex(right, first, room - widest - formula_width(QUAD, size), size)
            lines.append(f"{'' if k else left} &{relation} {head}")
            lines += [rf"&{QUAD}{line}" for line in rest]
    return lines


def _below_left(equations: Sequence[tuple[str, ...]], room: float, size: str) -> list[str]:
    """Everything at the left margin, further lines and further right sides a quad behind it."""
    lines = []
    rest_room = room - formula_width(QUAD, size)
    for left, *rights in equations:
        for k, right in enumerate(rights):
            relation, right = _related(right)
            front = rf"{QUAD}{{}}{relation} " if k else f"{left} {relation} "
            head, *rest = broken_latex(right, room - formula_width(front + "{}", size), rest_room, size)
            lines.append(f"&{front}{head}")
            lines += [rf"&{QUAD}{line}" for line in rest]
    return lines


def _related(right: str) -> tuple[str, str]:
    """The relation before a right side, and the right side."""
    if right.startswith(APPROXIMATELY):
        return r"\approx", right.removeprefix(APPROXIMATELY)
    return "=", right


def too_wide(latex: str, columns: Columns) -> tuple[float, str] | None:
    """The width and the text of the widest displayed line, where that is wider than the columns by more than a point.

    Only a name or a number that is wider itself can be: nothing else is left unbroken.
    """
    rows = [row for display in _DISPLAY.findall(latex) for row in display.split(r"\\")]
    bare = [_BESIDE.sub("", row).replace("&", "{}").strip() for row in rows]
    width, row = max(((formula_width(row, columns.size), row) for row in bare), default=(0.0, ""))
    return (width, row) if width > columns.width + 1 else None


def displayed_formula(latex: str, columns: Columns = PAGE) -> str:
    """A formula without a number on lines of its own, its equality signs below each other."""
    left, *rights = equal_sides(latex)
    if rights:
        return align([(left, *rights)], None, columns)
    head, *rest = broken_latex(latex, columns.width, columns.width - formula_width(QUAD, columns.size), columns.size)
    lines = " \\\\\n".join([f"  &{head}", *(f"  &{QUAD}{line}" for line in rest)])
    return f"\\begin{{align*}}\n{lines}\n\\end{{align*}}"


def numbered_formula(latex: str, label: str, columns: Columns = PAGE) -> str:
    """A formula with its number and label; broken where it is too wide and an author has not done so."""
    left, *rights = equal_sides(latex)
    is_wide = formula_width(latex + NUMBER + QUAD, columns.size) > columns.width
    if rights and is_wide and not _OWN_ROWS.search(latex):
        return align([(left, *rights)], label, columns)
    return f"\\begin{{equation}}\n  {latex} \\label{{{label}}}\n\\end{{equation}}"


def equal_sides(latex: str) -> list[str]:
    """What the equality signs outside all brackets and braces stand between."""
    sides, depth, start = [], 0, 0
    for match in _BRACE_OR_EQUAL.finditer(latex):
        if match.group() == " = " and not depth:
            sides.append(latex[start : match.start()])
            start = match.end()
        depth += (match.group() in ("{", r"\left")) - (match.group() in ("}", r"\right"))
    return [*sides, latex[start:]]


def definitions(texts: Sequence[str], lead: str, columns: Columns = PAGE) -> str:
    """``lead`` and ``left = right`` formulas: in a line of text where they are short, displayed where not."""
    room = columns.width * INLINE
    short = [text for text in texts if formula_width(text, columns.size, TEXT) <= room]
    long = [text for text in texts if text not in short]
    written = [rf"\noindent {lead} " + joined([f"${text}$" for text in short]) + "."] if short else []
    for text in long:
        left, *rights = text.split(" = ")
        opening = rf"\noindent {lead}" + "\n" if not written else ""
        written.append(opening + align([(left, *rights)], None, columns))
    return "\n".join(written)


def joined(parts: list[str]) -> str:
    """a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def row_latex(row: tuple[str, ...]) -> str:
    """left = right = ... on one line."""
    left, *rights = row
    return " ".join([left, *(part for right in rights for part in _related(right))])
