r"""1_{z>0}, \mathbb{1}_{z<0}, \mathbf{1}\{z_1>z_2\}: indicators of a sign, as the step function of what is positive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token

from ptheory.algebra.elementary import ELEMENTARY
from ptheory.claims.latex.written_out import Text

STEP = next(row.name for row in ELEMENTARY if row.sympy == "Heaviside")
RELATIONS = frozenset(("GREATER", "LESS"))
_CLOSES = {"LBRACE": "RBRACE", "SETOPEN": "SETCLOSE", "LPAR": "RPAR", "LBRACK": "RBRACK"}


def with_steps(text: Text, tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens with step(a - b) for the indicator of a > b. LanguageError at an indicator of anything else."""
    place = 0
    while place < len(tokens):
        inside, end = _condition(tokens, place)
        if tokens[place].type != "INDICATOR" and not any(token.type in RELATIONS for token in inside):
            yield tokens[place]
            place += 1
            continue
        relations = [k for k, token in enumerate(inside) if token.type in RELATIONS]
        if len(relations) != 1 or not 0 < relations[0] < len(inside) - 1:
            raise text.error("the indicator of what?", tokens[place], help=r"write \mathbb{1}_{z>0}")
        left, right = inside[: relations[0]], inside[relations[0] + 1 :]
        if inside[relations[0]].type == "LESS":
            left, right = right, left
        yield from _step(tokens[place], left, right)
        place = end


def _condition(tokens: Sequence[Token], place: int) -> tuple[list[Token], int]:
    r"""(what the indicator at ``place`` is of, where it ends): below it, or for \mathbf{1} in brackets behind it."""
    token = tokens[place]
    start = place + 1
    is_one = (token.type, token.value) == ("NUMBER", "1")
    if token.type != "INDICATOR" and not is_one:
        return [], start
    if start < len(tokens) and tokens[start].type == "SUB":
        start += 1
    elif is_one:
        return [], start
    if start >= len(tokens) or tokens[start].type not in _CLOSES:
        return [], start
    opening, closing = tokens[start].type, _CLOSES[tokens[start].type]
    depth = 0
    for end in range(start, len(tokens)):
        depth += {opening: 1, closing: -1}.get(tokens[end].type, 0)
        if not depth:
            inside = list(tokens[start + 1 : end])
            if inside and inside[0].type == "SETOPEN" and inside[-1].type == "SETCLOSE":  # 1_{\{z>0\}}
                inside = inside[1:-1]
            return inside, end + 1
    return [], start


def _step(at: Token, left: Sequence[Token], right: Sequence[Token]) -> Iterator[Token]:
    """step(left - (right)); a zero on either side is left out."""

    def enclosed(tokens: Sequence[Token]) -> list[Token]:
        return [at.update(type="LPAR", value="("), *tokens, at.update(type="RPAR", value=")")]

    yield at.update(type="FUNCTION", value=STEP)
    yield at.update(type="LPAR", value="(")
    if not _is_zero(left):
        yield from left
    if not _is_zero(right) or _is_zero(left):
        yield from (at.update(type="MINUS", value="-"), *enclosed(right))
    yield at.update(type="RPAR", value=")")


def _is_zero(tokens: Sequence[Token]) -> bool:
    return [token.value for token in tokens] == ["0"]
