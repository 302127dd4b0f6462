r"""K(x,x'), \Theta^{(L)}(x_\alpha,x_\beta), k(\mathbf{x},\mathbf{y}): inputs in parentheses, a script of their symbol.

Two inputs or more with commas between them are never a factor; one input in parentheses is read where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token

from ptheory.claims.latex.input_slots import INPUT_LETTERS
from ptheory.claims.latex.latex_scripts import script_ends
from ptheory.claims.latex.latex_signs import BOLD


def with_inputs(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens with AT { x , x' } in place of ( x , x' ) behind a symbol; inputs in parentheses are not bold."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.type != "SYMBOL":
            yield token
            place += 1
            continue
        end = script_ends(tokens, place + 1)
        yield from tokens[place:end]
        place = end
        inside = _inputs(tokens, end)
        if inside is None:
            continue
        items, place = inside
        opening = tokens[end]
        if any(item.type == "COMMA" for item in items):
            yield opening.update(type="AT", value="(")
            yield opening.update(type="LBRACE", value="{")
            yield from items
            yield tokens[place - 1].update(type="RBRACE", value="}")
        else:
            yield from (opening, *items, tokens[place - 1])


def _inputs(tokens: Sequence[Token], place: int) -> tuple[list[Token], int] | None:
    """(the inputs and commas between the parentheses at ``place``, where they end); None where anything else stands."""
    if place >= len(tokens) or tokens[place].type != "LPAR":
        return None
    found: list[Token] = []
    place += 1
    while True:
        item = _input(tokens, place)
        if item is None:
            return None
        kept, place = item
        found += kept
        if place >= len(tokens) or tokens[place].type not in ("COMMA", "RPAR"):
            return None
        place += 1
        if tokens[place - 1].type == "RPAR":
            return found, place
        found.append(tokens[place - 1])


def _input(tokens: Sequence[Token], place: int) -> tuple[list[Token], int] | None:
    r"""x, x', x_1, x_\alpha, \mathbf{x}, and where it ends."""
    bold = place < len(tokens) and tokens[place].type == "DECORATED" and tokens[place].value in BOLD
    if bold:
        if [token.type for token in tokens[place + 1 : place + 4]] != ["LBRACE", "SYMBOL", "RBRACE"]:
            return None
        letter, start = tokens[place + 2], place + 4
    elif place < len(tokens) and tokens[place].type == "SYMBOL":
        letter, start = tokens[place], place + 1
    else:
        return None
    if letter.value not in INPUT_LETTERS:
        return None
    end = script_ends(tokens, start)
    if any(token.type in ("SUP", "DOT", "AT", "HALF") for token in tokens[start:end]):
        return None
    return [letter, *tokens[start:end]], end
