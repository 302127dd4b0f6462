r"""A table as LaTeX, every row and every column of it on the page.

A short table is a ``tabular``; a long one a ``longtable``, which breaks over pages and repeats its head. One too wide
for the text is set small, then with its wide columns wrapped; with too many columns for that, each row becomes several,
one for each column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest

from ptheory.rendering.latex import visible_width
from ptheory.rendering.report import Table, Words
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.words import breakable_text, formula_as_latex, pieces, words_latex

LONGEST_UNBROKEN = 30  # rows that surely fit on a page
TEXT_WIDTH = 469.0  # points: an 11pt article with margins of one inch
NARROWEST = 10  # digits in a line of a wrapped column
MOST_LINES = 40  # of one wrapped cell: a row cannot be broken between pages
BREAKABLE = 8  # characters of a long word between two places where it may be broken


@dataclass(frozen=True)
class Size:
    """``digit`` and ``separation`` (of two columns) in points."""

    digit: float
    separation: float
    command: str = ""


NORMAL = Size(5.5, 12.0)
SMALL = Size(4.25, 6.0, r"\scriptsize\setlength{\tabcolsep}{3pt}")


def table_latex(table: Table, spelling: Spelling = OURS) -> str:
    """The table in the largest of two sizes that fits the page.

    Where even small type does not fit, cells are wrapped; with too many columns for that, every row becomes several.
    """
    widths = column_widths(table, spelling)
    for size in (NORMAL, SMALL):
        room = TEXT_WIDTH - size.separation * len(widths)
        if sum(widths) * size.digit <= room:
            return _unwrapped(table, size, spelling)
    if len(widths) > table.labels + 2 and narrowest(widths, room / SMALL.digit) < NARROWEST:
        return table_latex(unfolded(table), spelling)
    return _wrapped(table, widths, room / SMALL.digit, spelling)


def column_widths(table: Table, spelling: Spelling = OURS) -> list[float]:
    """The widest cell of each column, in digits."""
    rows = [[cell_width(cell, spelling) for cell in row] for row in (table.headers, *table.rows)]
    return [max(column) for column in zip(*rows, strict=True)]


def cell_width(cell: Words, spelling: Spelling = OURS) -> float:
    """A rough width in digits of the text size."""
    return sum(
        float(len(piece)) if isinstance(piece, str) else visible_width(formula_as_latex(piece, spelling))
        for piece in pieces(cell)
    )


def shared(widths: Sequence[float], room: float) -> list[float]:
    """What each column gets of ``room``: the narrow ones all they need, the wide ones equal parts of the rest."""
    given: dict[int, float] = {}
    for rank, column in enumerate(sorted(range(len(widths)), key=lambda k: widths[k])):
        given[column] = min(widths[column], (room - sum(given.values())) / (len(widths) - rank))
    return [given[k] for k in range(len(widths))]


def narrowest(widths: Sequence[float], room: float) -> float:
    """The width of the columns that have to wrap."""
    return min((have for have, need in zip(shared(widths, room), widths, strict=True) if have < need), default=room)


def unfolded(table: Table) -> Table:
    """One row for each column that is no label: (labels, header of the column, its cell)."""
    kept = table.labels
    rows = [
        (*row[:kept], header, cell)
        for row in table.rows
        for header, cell in zip(table.headers[kept:], row[kept:], strict=True)
        if cell != ""
    ]
    return replace(table, headers=(*table.headers[:kept], "of", "value"), rows=tuple(rows))


def _wrapped(table: Table, widths: Sequence[float], room: float, spelling: Spelling) -> str:
    have = shared(widths, room)
    lines = [int(width) for width in have]
    rows = tuple(part for row in table.rows for part in continued(row, lines))
    wraps = [given < needed for given, needed in zip(have, widths, strict=True)]
    columns = "".join(
        rf"p{{{given * SMALL.digit:.0f}pt}}" if wrap else "l" for given, wrap in zip(have, wraps, strict=True)
    )
    writers = [
        partial(breakable_latex, longest=int(given), spelling=spelling)
        if wrap
        else partial(words_latex, spelling=spelling)
        for given, wrap in zip(have, wraps, strict=True)
    ]
    head, *body = [_row(cells, writers, r"\tabularnewline") for cells in (table.headers, *rows)]
    return _long(table, SMALL, columns, head, body, spelling)


def continued(row: Sequence[Words], lines: Sequence[int]) -> list[tuple[Words, ...]]:
    """A row, over several where a cell is too high; ``lines``: characters in a line of each column."""

    def parts(cell: Words, length: int) -> list[Words]:
        most = max(length, 1) * MOST_LINES
        if not isinstance(cell, str) or len(cell) <= most:
            return [cell]
        return [cell[start : start + most] for start in range(0, len(cell), most)]

    return list(zip_longest(*(parts(c, n) for c, n in zip(row, lines, strict=True)), fillvalue=""))


def breakable_latex(cell: Words, longest: int, spelling: Spelling = OURS) -> str:
    """A cell of a wrapped column: words of more than ``longest`` characters may be broken anywhere."""
    written = [
        breakable_text(piece, longest, BREAKABLE)
        if isinstance(piece, str)
        else f"${formula_as_latex(piece, spelling)}$"
        for piece in pieces(cell)
    ]
    return r"\raggedright " + "".join(written)


Writer = Callable[[Words], str]


def _unwrapped(table: Table, size: Size, spelling: Spelling) -> str:
    columns = "l" + "r" * (len(table.headers) - 1)
    written = partial(words_latex, spelling=spelling)
    head, *rows = [_row(cells, [written] * len(cells), r"\\") for cells in (table.headers, *table.rows)]
    if len(rows) > LONGEST_UNBROKEN:
        return _long(table, size, columns, head, rows, spelling)
    lines = [r"\begin{center}", *([size.command] if size.command else []), rf"\begin{{tabular}}{{{columns}}}"]
    lines += [r"\hline", head, r"\hline", *rows, r"\hline", r"\end{tabular}"]
    if table.caption:
        lines.append(rf"\par\smallskip {written(table.caption)}")
    return "\n".join([*lines, r"\end{center}"])


def _row(cells: Sequence[Words], writers: Sequence[Writer], end: str) -> str:
    return " & ".join(write(cell) for write, cell in zip(writers, cells, strict=True)) + f" {end}"


def _long(table: Table, size: Size, columns: str, head: str, rows: Sequence[str], spelling: Spelling) -> str:
    below = rf"\multicolumn{{{len(table.headers)}}}{{r}}{{(continued on the next page)}} \\"
    lines = [rf"\begingroup{size.command}", rf"\begin{{longtable}}{{{columns}}}"]
    lines += [r"\hline", head, r"\hline", r"\endhead", r"\hline", below, r"\endfoot", r"\hline", r"\endlastfoot"]
    lines += [*rows, r"\end{longtable}", r"\endgroup"]
    if table.caption:
        lines += [r"\begin{center}", words_latex(table.caption, spelling), r"\end{center}"]
    return "\n".join(lines)
