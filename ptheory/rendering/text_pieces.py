"""A formula of text cut into the pieces a line may be broken between: never inside a name or a number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptheory.rendering.breaking import LAST_RESORT, Piece, filled, product_cost, sum_cost

ARGUMENT = 4  # brackets that those of a function, sqrt(2·K + 1), count as
_OPENING, _CLOSING = "([{⟨", ")]}⟩"
_SIGN = re.compile(r" (?=[+\-−=≈~] )")
_FACTOR = re.compile(r"(?<=[·*])(?=\S)")
_GAP = re.compile(r" ")


def broken_text(text: str, first: float, room: float) -> list[str]:
    """Lines of at most ``room`` characters, the first of ``first``, where that is possible."""
    return filled(list(text_pieces(text)), first, room)


def text_pieces(text: str) -> Iterator[Piece]:
    """Terms, and within them factors."""
    start, cost = 0, None
    for place, next_cost in [*_breaks(text), (len(text), 0.0)]:
        written = text[start:place]
        if written:
            yield Piece(written, len(written), cost, written.lstrip(), len(written.lstrip()))
        start, cost = place, next_cost


def _breaks(text: str) -> Iterator[tuple[int, float]]:
    """Every place where a line may be broken, and what that costs."""
    depth = 0
    opened: list[int] = []
    for place, character in enumerate(text):
        if character in _OPENING or _is_angle(text, place, "<"):
            opened.append(ARGUMENT if place and text[place - 1].isalpha() else 1)
            depth += opened[-1]
        elif opened and (character in _CLOSING or _is_angle(text, place, ">")):
            depth -= opened.pop()
        if _SIGN.match(text, place):
            yield place, sum_cost(depth)
        elif _FACTOR.match(text, place):
            yield place, product_cost(depth - (character in _OPENING))
        elif _GAP.match(text, place) and place and text[place - 1] not in "+-−=≈~}":
            in_a_range = text[place - 1] == ";"  # of a sum over two groups of samples
            yield place, (2 * LAST_RESORT if in_a_range else LAST_RESORT) + depth


def _is_angle(text: str, place: int, angle: str) -> bool:
    """Whether < or > is a bracket of an average: nothing but what it encloses stands beside it."""
    if text[place] != angle:
        return False
    inside = text[place + 1 : place + 2] if angle == "<" else text[place - 1 : place]
    return bool(inside) and not inside.isspace() and inside != "="
