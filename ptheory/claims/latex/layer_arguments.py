r"""Layers in parentheses behind a symbol, V(\ell+1): read where the notation says so, refused where in doubt.

Without ``layer = argument`` in the notation, 5K(\ell-1) is a product. Nobody writes V(\ell) for one, or V(\ell+1) for a
whole side. Another letter for the layer is said in the notation, l = "L": h may be a field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token

from ptheory.claims.latex.author_notation import script_groups
from ptheory.claims.latex.written_out import Text
from ptheory.language.claim_names import LAYER
from ptheory.language.statements import LayerMarks

_ENDS_A_SIDE = frozenset(("EQUALS", "SIM", "ALMOST", "LESS", "GREATER", "ROW"))


def with_layers_above(text: Text, tokens: Sequence[Token], marks: LayerMarks) -> list[Token]:
    r"""V(\ell+1) as V^{(\ell+1)} where layers are marked so. LanguageError at one that has two readings."""
    if marks is LayerMarks.ARGUMENT:
        return list(_moved(text, tokens))
    for place, token in enumerate(tokens):
        if token.type != "SYMBOL" or token.value == LAYER:
            continue
        scripts, end = script_groups(tokens, place + 1)
        behind = _layer_behind(tokens, end)
        if behind is None or any(kind == "SUP" for kind, _ in scripts):
            continue
        begins = place == 0 or tokens[place - 1].type in _ENDS_A_SIDE
        is_a_side = begins and behind < len(tokens) and tokens[behind].type in _ENDS_A_SIDE
        if behind - end == len("(l)") or is_a_side:
            message = "is this a layer, or a product?"
            help = f"for a layer write V^{{(\\ell+1)}}, or say notation {{ layer = {LayerMarks.ARGUMENT} }}"
            raise text.error(message, tokens[end], help)
    return list(tokens)


def _moved(text: Text, tokens: Sequence[Token]) -> Iterator[Token]:
    place = 0
    while place < len(tokens):
        token = tokens[place]
        scripts, end = script_groups(tokens, place + 1)
        behind = _layer_behind(tokens, end) if token.type == "SYMBOL" and token.value != LAYER else None
        if behind is None:
            yield token
            place += 1
            continue
        yield from _with_layer(text, token, scripts, tokens[end:behind], raised=_is_raised(tokens, behind))
        place = behind


def _with_layer(
    text: Text, symbol: Token, scripts: Sequence[tuple[str, Sequence[Token]]], layer: Sequence[Token], raised: bool
) -> Iterator[Token]:
    r"""The symbol with its layer among its superscripts; in parentheses where a power follows."""
    first, last = layer[0], layer[-1]
    if raised:
        yield first.update(type="LPAR", value="(")
    yield symbol
    above: list[Token] = []
    for kind, inside in scripts:
        if kind == "SUB":
            yield first.update(type="SUB", value="_")
            yield from inside
        elif inside[1].type == "SETOPEN":  # G^{\{1\}}
            above = list(inside[1:-1])
        else:
            raise text.error("a power before the layer", symbol, "write it behind the layer, K(\\ell)^2")
    yield first.update(type="SUP", value="^")
    yield first.update(type="LBRACE", value="{")
    yield from above
    yield from layer
    yield last.update(type="RBRACE", value="}")
    if raised:
        yield last.update(type="RPAR", value=")")


def _is_raised(tokens: Sequence[Token], place: int) -> bool:
    return place < len(tokens) and tokens[place].type == "SUP"


def _layer_behind(tokens: Sequence[Token], place: int) -> int | None:
    r"""Where (\ell), (\ell+1), (\ell-2) ends that begins at ``place``; None where there is none."""
    kinds = [token.type for token in tokens[place : place + 5]]
    if kinds[:2] != ["LPAR", "SYMBOL"] or tokens[place + 1].value != LAYER:
        return None
    if kinds[2:3] == ["RPAR"]:
        return place + 3
    if kinds[2:] in (["PLUS", "NUMBER", "RPAR"], ["MINUS", "NUMBER", "RPAR"]):
        return place + 5
    return None
