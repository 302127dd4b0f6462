r"""\widehat{H}: the hat of what fluctuates over the parameters, at an observable that has no other symbol."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from ptheory.claims.latex.written_out import Text

HATS = ("hat", "widehat")


def without_hats(text: Text, tokens: Sequence[Token], observables: frozenset[str]) -> list[Token]:
    """The tokens with H for \\widehat{H}, H one of the ``observables``. LanguageError where H stands there as well."""
    hatted = [place for place in range(len(tokens)) if _is_hatted(tokens, place, observables)]
    names = {str(tokens[place + 2].value) for place in hatted}
    inside = {place + 2 for place in hatted}
    for place, token in enumerate(tokens):
        if token.type == "SYMBOL" and token.value in names and place not in inside:
            help = (
                f'write one of them, or say what each is: notation {{ {token.value} = "\\widehat{{{token.value}}}" }}'
            )
            raise text.error(f"are {token.value} with a hat and without one the same?", token, help=help)
    dropped = {place + k for place in hatted for k in (0, 1, 3)}
    return [token for place, token in enumerate(tokens) if place not in dropped]


def _is_hatted(tokens: Sequence[Token], place: int, observables: frozenset[str]) -> bool:
    if tokens[place].type != "DECORATED" or tokens[place].value not in HATS:
        return False
    inside = tokens[place + 1 : place + 4]
    kinds = [token.type for token in inside]
    return kinds == ["LBRACE", "SYMBOL", "RBRACE"] and inside[1].value in observables
