r"""A table as LaTeX, every row and every column of it on the page.

The rules are those of booktabs, columns of decimal numbers those of siunitx, aligned at the point. A short table is a
``tabular``; a long one a ``longtable``, which breaks over pages and repeats its head, or in one of two columns, where
none can stand, several ``tabular``. One too wide is set smaller, then with its wide columns wrapped; with too many
columns for that, each row becomes several, one for each column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from math import ceil

from ptheory.rendering.columns import PAGE, Columns
from ptheory.rendering.font_metrics import TEXT, formula_width, text_width
from ptheory.rendering.report import Formula, Table, Words, unfolded
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.words import breakable_text, formula_as_latex, pieces, words_latex, words_text
from ptheory.rendering.written_formulas import TextStyle

LONGEST_UNBROKEN = 30  # rows that surely fit on a page
ROWS_OF_A_PART = 40  # of one line, where a long table is several
NARROWEST = 10  # digits in a line of a wrapped column
MOST_LINES = 40  # of one wrapped cell: a row cannot be broken between pages
FRACTIONS_STIFFER = 1.16  # measured: at 7 pt they have 0.92 of their width at 10 pt, where type has 0.8
BREAKABLE = 8  # characters of a long word between two places where it may be broken
ASCII = TextStyle(unicode=False)
_DECIMAL = re.compile(r"(-?)(\d+)(?:\.(\d+))?(?:e([+-]?)(\d+))?")


@dataclass(frozen=True)
class Size:
    """Of type, beside that of the text; ``separation`` of two columns in points."""

    scale: float
    separation: float
    command: str = ""


NORMAL = Size(1.0, 12.0)
SMALL = Size(0.87, 8.0, r"\footnotesize\setlength{\tabcolsep}{4pt}")
SMALLEST = Size(0.8, 6.0, r"\scriptsize\setlength{\tabcolsep}{3pt}")


@dataclass(frozen=True)
class Column:
    """``format``: what siunitx is told of its numbers, "" where it is no column of decimals; ``width`` in points.

    ``has_fractions``: those get smaller by less than the type around them, in which they are small already.
    """

    format: str
    width: float
    has_fractions: bool = False

    def at(self, size: Size) -> float:
        """The width in that size of type."""
        stiffer = FRACTIONS_STIFFER if self.has_fractions and size.command else 1.0
        return self.width * size.scale * stiffer


def table_latex(table: Table, spelling: Spelling = OURS, columns: Columns = PAGE) -> str:
    """The table in the largest of three sizes that fits the columns.

    Where even small type does not fit, cells are wrapped; with too many columns for that, every row becomes several.
    """
    laid = [column_of(table, k, spelling, columns.size) for k in range(len(table.headers))]
    for size in (NORMAL, SMALL, SMALLEST):
        room = columns.width - size.separation * (len(laid) - 1)
        if sum(column.at(size) for column in laid) <= room:
            return _unwrapped(table, laid, size, spelling, columns)
    digit = SMALLEST.scale * text_width("0", columns.size)
    widths = [column.at(SMALLEST) / digit for column in laid]
    if len(widths) > table.labels + 2 and narrowest(widths, room / digit) < NARROWEST:
        return table_latex(unfolded(table), spelling, columns)
    return _wrapped(table, widths, room / digit, spelling, columns)


def column_of(table: Table, place: int, spelling: Spelling, size: str) -> Column:
    """The format and the width of a column."""
    header, cells = table.headers[place], [row[place] for row in table.rows]
    texts = [words_text(cell, ASCII) for cell in cells]
    decimals = [match for match in map(_DECIMAL.fullmatch, texts) if match is not None]
    filled = sum(text != "" for text in texts)
    aligned = place >= table.labels and any(d[3] or d[5] for d in decimals) and 2 * len(decimals) >= filled
    widest = max((cell_width(cell, spelling, size) for cell in (header, *cells)), default=0.0)
    fractions = any(has_fraction(cell, spelling) for cell in cells)
    if not aligned:
        return Column("", widest, fractions)
    sign = "-" if any(d[1] for d in decimals) else ""
    whole, part = (max(len(d[k] or "") for d in decimals) for k in (2, 3))
    power = max(len(d[5] or "") for d in decimals)
    exponent = (f"e{'-' if any(d[4] == '-' for d in decimals) else ''}{power}") if power else ""
    shown = rf"{sign}{'0' * whole}{'.' if part else ''}{'0' * part}"
    shown += rf" \times 10^{{{'-' * ('-' in exponent)}{'0' * power}}}" if power else ""
    others = [
        cell_width(c, spelling, size) for c, text in zip(cells, texts, strict=True) if not _DECIMAL.fullmatch(text)
    ]
    width = max([formula_width(shown, size, TEXT), cell_width(header, spelling, size), *others])
    return Column(f"{sign}{whole}.{part}{exponent}", width, fractions)


def has_fraction(cell: Words, spelling: Spelling) -> bool:
    """Whether a formula of the cell has one."""
    return any(isinstance(piece, Formula) and r"\frac" in formula_as_latex(piece, spelling) for piece in pieces(cell))


def cell_width(cell: Words, spelling: Spelling, size: str) -> float:
    """Points that a cell takes on one line."""
    return sum(
        text_width(piece, size)
        if isinstance(piece, str)
        else formula_width(formula_as_latex(piece, spelling), size, TEXT)
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


_BETWEEN = re.compile(r"(?<=/)(?=\()|(?<=\})(?=[A-Z]\w*_)")  # before the divisor, between tensors side by side
BREAK = r"\\allowbreak "
Writer = Callable[[Words], str]


def _wrapped(table: Table, widths: Sequence[float], room: float, spelling: Spelling, columns: Columns) -> str:
    """``widths`` and ``room`` in digits."""
    have = shared(widths, room)
    lines = [int(width) for width in have]
    rows = tuple(part for row in table.rows for part in continued(row, lines))
    wraps = [given < needed for given, needed in zip(have, widths, strict=True)]
    digit = SMALLEST.scale * text_width("0", columns.size)
    spec = "".join(rf"p{{{given * digit:.0f}pt}}" if wrap else "l" for given, wrap in zip(have, wraps, strict=True))
    writers: list[Writer] = [
        partial(breakable_latex, longest=int(given), spelling=spelling)
        if wrap
        else partial(plain_latex, spelling=spelling)
        for given, wrap in zip(have, wraps, strict=True)
    ]
    head, *body = [_row(cells, writers, r"\tabularnewline") for cells in (table.headers, *rows)]
    heights = [
        max(
            ceil(cell_width(c, spelling, columns.size) * SMALLEST.scale / (g * digit))
            for c, g in zip(r, have, strict=True)
        )
        for r in rows
    ]
    return _long(table, SMALLEST, spec, head, body, spelling, columns, heights)


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
        else f"${_BETWEEN.sub(BREAK, formula_as_latex(piece, spelling))}$"
        for piece in pieces(cell)
    ]
    return r"\raggedright " + "".join(written)


def plain_latex(cell: Words, spelling: Spelling = OURS) -> str:
    """A cell on one line; a number with a sign or a power of ten is a formula."""
    match = _DECIMAL.fullmatch(cell) if isinstance(cell, str) else None
    if match is None or not (match[1] or match[5]):
        return words_latex(cell, spelling)
    mantissa, _, power = match.group().partition("e")
    return f"${mantissa}$" if not power else rf"${mantissa} \times 10^{{{int(power)}}}$"


def aligned_latex(cell: Words, spelling: Spelling = OURS) -> str:
    """A cell of a column of decimals: what is none stands in braces."""
    text = words_text(cell, ASCII)
    if _DECIMAL.fullmatch(text):
        return text.replace("e+", "e")
    return f"{{{words_latex(cell, spelling)}}}" if text else ""


def _unwrapped(table: Table, laid: Sequence[Column], size: Size, spelling: Spelling, columns: Columns) -> str:
    spec = "".join(
        f"S[table-format={column.format}]" if column.format else "l" if place < table.labels else "r"
        for place, column in enumerate(laid)
    )
    writers: list[Writer] = [
        partial(aligned_latex if column.format else plain_latex, spelling=spelling) for column in laid
    ]
    head, *rows = [_row(cells, writers, r"\\") for cells in (table.headers, *table.rows)]
    if len(rows) > LONGEST_UNBROKEN:
        return _long(table, size, spec, head, rows, spelling, columns)
    return _centred([_tabular(spec, head, rows)], size, table.caption, spelling)


def _parts(rows: Sequence[str], heights: Sequence[int]) -> list[list[str]]:
    """As many rows together as fit into a column."""
    parts, lines = list[list[str]](), ROWS_OF_A_PART
    for row, height in zip(rows, heights, strict=True):
        lines += height
        if lines > ROWS_OF_A_PART:
            parts.append([])
            lines = height
        parts[-1].append(row)
    return parts


def _tabular(spec: str, head: str, rows: Sequence[str]) -> str:
    begin = rf"\begin{{tabular}}{{@{{}}{spec}@{{}}}}"
    return "\n".join([begin, r"\toprule", head, r"\midrule", *rows, r"\bottomrule", r"\end{tabular}"])


def _centred(tables: Sequence[str], size: Size, caption: Words, spelling: Spelling) -> str:
    """Tables below each other, the caption below all of them."""
    parts = [
        "\n".join([r"\begin{center}", *([size.command] if size.command else []), table, r"\end{center}"])
        for table in tables
    ]
    if caption:
        below = rf"\par\smallskip {words_latex(caption, spelling)}" + "\n" + r"\end{center}"
        parts[-1] = parts[-1].removesuffix(r"\end{center}") + below
    return "\n".join(parts)


def _row(cells: Sequence[Words], writers: Sequence[Writer], end: str) -> str:
    return " & ".join(write(cell) for write, cell in zip(writers, cells, strict=True)) + f" {end}"


def _long(
    table: Table,
    size: Size,
    spec: str,
    head: str,
    rows: Sequence[str],
    spelling: Spelling,
    columns: Columns,
    heights: Sequence[int] | None = None,
) -> str:
    """``heights``: lines of each row, one where none are given."""
    if columns.is_one_of_two:
        parts = _parts(rows, heights or [1] * len(rows))
        return _centred([_tabular(spec, head, part) for part in parts], size, table.caption, spelling)
    below = rf"\multicolumn{{{len(table.headers)}}}{{r}}{{(continued on the next page)}} \\"
    lines = [rf"\begingroup{size.command}", rf"\begin{{longtable}}{{@{{}}{spec}@{{}}}}"]
    lines += [r"\toprule", head, r"\midrule", r"\endhead", r"\midrule", below, r"\endfoot", r"\bottomrule"]
    lines += [r"\endlastfoot", *rows, r"\end{longtable}", r"\endgroup"]
    if table.caption:
        lines += [r"\begin{center}", words_latex(table.caption, spelling), r"\end{center}"]
    return "\n".join(lines)
