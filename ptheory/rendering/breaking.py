"""Where a long formula may be broken: the writers leave a mark before every + and - that stands in no indivisible part.

A mark carries its nesting depth; the breaker fills a line and breaks at the shallowest mark in its last part.
Indivisible parts (fractions, exponents, radicals) have their marks removed by the writer, so a break never falls inside
one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MARK = "\x00"
PRODUCT = 9  # the depth of marks between the factors of a product: the last resort
_MARKED = re.compile(MARK + r"(\d)")


def mark(depth: int) -> str:
    """A place where a line may be broken before a sign, ``depth`` brackets deep."""
    return f"{MARK}{min(depth, PRODUCT - 1)}"


def product_mark() -> str:
    """A place where a line may be broken inside a product, where nothing better is left."""
    return f"{MARK}{PRODUCT}"


def without_marks(text: str) -> str:
    """The text as one line."""
    return _MARKED.sub("", text)


def broken(
    text: str,
    width: float,
    measure: Callable[[str], float],
    first_indent: float = 0.0,
    indent: float = 0.0,
    times: str = "",
) -> list[str]:
    """Lines of at most ``width`` where that is possible.

    ``first_indent`` is the width of what already stands on the first line, ``indent`` on the others. ``times`` begins a
    line that continues a product.
    """
    pieces = _MARKED.split(text)
    chunks = [(0, pieces[0])] + [(int(d), piece) for d, piece in zip(pieces[1::2], pieces[2::2], strict=True)]
    lines: list[str] = []
    used = first_indent
    current: list[tuple[int, str]] = []
    for chunk in chunks:
        if current and used + _length(current, measure) + measure(chunk[1]) > width:
            kept, current = _split_at_shallowest([*current, chunk], width - used, measure)
            lines.append(_joined(kept, times if lines else ""))
            used = indent
        else:
            current.append(chunk)
    lines.append(_joined(current, times if lines else ""))
    return lines


def _split_at_shallowest(
    chunks: list[tuple[int, str]], room: float, measure: Callable[[str], float]
) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Break before one of the chunks after the first: the shallowest, the latest among equals.

    A break between terms must leave a sixth of the line filled, a deeper one a third.
    """
    candidates = []
    filled = 0.0
    for k, (depth, piece) in enumerate(chunks):
        if k and filled >= (room / 3 if depth else room / 6):
            candidates.append(k)
        filled += measure(piece)
    if not candidates:
        candidates = [len(chunks) - 1]
    best = min(candidates, key=lambda k: (chunks[k][0], -k))
    return chunks[:best], chunks[best:]


def _length(chunks: list[tuple[int, str]], measure: Callable[[str], float]) -> float:
    return sum(measure(piece) for _, piece in chunks)


def _joined(chunks: list[tuple[int, str]], times: str) -> str:
    written = "".join(piece for _, piece in chunks).strip()
    return times + written if chunks and chunks[0][0] == PRODUCT else written
