r"""\mathbb{E}[...]_{\mathrm{c}}, \mathbb{E}[...]\big|_{\text{connected}}: the marks of connected parts.

It is found before bars are read as absolute values, and stands behind the bracket of an expectation only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lark import Token

CONNECTED = "CONNECTED"
WORDS = frozenset(("c", "conn", "connected"))
_OPENS = frozenset(("LBRACE", "LPAR", "LBRACK", "SETOPEN"))
_CLOSES = frozenset(("RBRACE", "RPAR", "RBRACK", "SETCLOSE"))
_EMPTY_LEFT = "left."


def with_connected_parts(tokens: Iterable[Token]) -> list[Token]:
    r"""The tokens with one CONNECTED for _c, |_c and \left. ... \right|_c behind an expectation."""
    stream = list(tokens)
    dropped: set[int] = set()
    marks: dict[int, Token] = {}
    for place, token in enumerate(stream):
        closing = _closing_bracket(stream, place + 1) if token.type == "EXPECTATION" else None
        if closing is None:
            continue
        opened = place > 0 and stream[place - 1].type == "LEFT" and stream[place - 1].value == _EMPTY_LEFT
        start = _mark(stream, closing + 1, opened)
        end = _word_ends(stream, start + 1) if start is not None else None
        if start is None or end is None:
            continue
        marks[closing] = stream[start].update(type=CONNECTED, value="c")
        dropped |= set(range(closing + 1, end))
        if stream[closing + 1].type == "RIGHT":
            dropped.add(place - 1)
    kept = []
    for place, token in enumerate(stream):
        kept += [] if place in dropped else [token]
        kept += [marks[place]] if place in marks else []
    return kept


def _closing_bracket(stream: Sequence[Token], place: int) -> int | None:
    """Where the bracket of the expectation closes whose sign stands before ``place``."""
    while place + 1 < len(stream) and stream[place].type in ("SUB", "SUP"):
        after = _closing(stream, place + 1) if stream[place + 1].type == "LBRACE" else place + 1
        if after is None:
            return None
        place = after + 1
    if place < len(stream) and stream[place].type == "LEFT":
        place += 1
    return _closing(stream, place) if place < len(stream) and stream[place].type in _OPENS else None


def _closing(stream: Sequence[Token], opening: int) -> int | None:
    depth = 0
    for place in range(opening, len(stream)):
        depth += (stream[place].type in _OPENS) - (stream[place].type in _CLOSES)
        if not depth:
            return place
    return None


def _mark(stream: Sequence[Token], place: int, opened: bool) -> int | None:
    r"""Where _ stands of _c, |_c, or \right|_c where \left. was ``opened``."""
    kinds = [token.type for token in stream[place : place + 3]]
    for before in ((), ("BAR",), ("RIGHT", "BAR") if opened else ()):
        if kinds[: len(before) + 1] == [*before, "SUB"]:
            return place + len(before)
    return None


def _word_ends(stream: Sequence[Token], place: int) -> int | None:
    """Where the word behind an _ ends; None where it does not say that a part is connected."""
    if place < len(stream) and stream[place].type == "UPRIGHT":
        place += 1
    if place >= len(stream):
        return None
    end = _closing(stream, place) if stream[place].type == "LBRACE" else place
    if end is None:
        return None
    inside = [token for token in stream[place : end + 1] if token.type not in ("LBRACE", "RBRACE", "UPRIGHT")]
    is_word = all(token.type == "SYMBOL" for token in inside)
    return end + 1 if is_word and "".join(str(token.value) for token in inside) in WORDS else None
