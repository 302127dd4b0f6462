"""A long formula over several lines: the one mechanism for every formula, in LaTeX and in text.

A formula is a row of pieces that are never broken, names and numbers above all. Before most of them a line may be
broken, at a cost: nothing between the terms of a sum, more the deeper in brackets, more still between the factors of a
product. Of all ways to fill the lines the cheapest is taken. ``latex_pieces.py`` and ``text_pieces.py`` cut formulas
into pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LINE = 1.0  # what one more line costs
DEEPER = 1.5  # a break one bracket deeper
IN_BRACKET = 2.0  # a break inside a bracket at all: more than a line between terms
PRODUCT = 2.5  # a break between two factors
LAST_RESORT = 4.0  # a break where nobody would look for one
RAGGED = 0.6  # an empty line; one half full costs a quarter of it
OVERFULL = 100.0  # a line too wide at all, and as much again for its own width


@dataclass(frozen=True)
class Piece:
    """What is not broken. ``cost``: of a break before it, None where there may be none.

    ``opens``: what it is written as at the beginning of a line (a factor behind a sign of multiplication), and
    ``opens_width`` how wide it is there.
    """

    written: str
    width: float
    cost: float | None
    opens: str
    opens_width: float


def sum_cost(depth: int) -> float:
    """Of a break before a sign, ``depth`` brackets deep."""
    return IN_BRACKET + DEEPER * (depth - 1) if depth else 0.0


def product_cost(depth: int) -> float:
    """Of a break between factors, ``depth`` brackets deep."""
    return PRODUCT + DEEPER * depth


def filled(pieces: Sequence[Piece], first: float, room: float) -> list[str]:
    """The pieces as lines, the first of ``first``, the others of ``room`` width, where that is possible."""
    count = len(pieces)
    best = [0.0] * (count + 1)
    ends = [count] * (count + 1)
    for start in range(count - 1, -1, -1):
        if start and pieces[start].cost is None:
            continue
        best[start], ends[start] = _cheapest_line(pieces, start, room if start else first, best)
    lines, start = [], 0
    while start < count:
        lines.append(_line(pieces, start, ends[start]))
        start = ends[start]
    return lines or [""]


def _cheapest_line(pieces: Sequence[Piece], start: int, room: float, best: Sequence[float]) -> tuple[float, int]:
    """The cost of everything from ``start`` on, and where its first line ends."""
    width, found, end = pieces[start].opens_width, float("inf"), len(pieces)
    for place in range(start + 1, len(pieces) + 1):
        at_end = place == len(pieces)
        cost = 0.0 if at_end else pieces[place].cost
        if cost is not None:
            spare = max(room - width, 0.0) / max(room, 1.0)
            over = max(width - room, 0.0) / max(room, 1.0)
            ragged = 0.0 if at_end else RAGGED * spare * spare
            total = ragged + (OVERFULL * (1.0 + over) if over else 0.0) + (0.0 if at_end else LINE + cost + best[place])
            if total < found:
                found, end = total, place
            if over and found < float("inf"):
                break
        if not at_end:
            width += pieces[place].width
    return found, end


def _line(pieces: Sequence[Piece], start: int, end: int) -> str:
    written = pieces[start].opens + "".join(piece.written for piece in pieces[start + 1 : end])
    return written.strip()
