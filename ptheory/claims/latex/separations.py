r"""The separation of inputs near x in LaTeX: dx in K_{x,\mathrm{d}x}, K_{x,dx}, K_{x,\mathrm{dx}} is one input."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from ptheory.claims.latex.written_out import token_at
from ptheory.claims.reading.vocabulary import Vocabulary


def with_separations(tokens: Sequence[Token], vocabulary: Vocabulary) -> list[Token]:
    """The tokens with a d and the name of the input behind it as one symbol, where inputs are near each other."""
    if vocabulary.inputs is None or not vocabulary.near:
        return list(tokens)
    x, dx = vocabulary.inputs.names
    letters = [("SYMBOL", dx.removesuffix(x)), ("SYMBOL", x)]
    word = [("UPRIGHT", dx), ("LBRACE", "{"), *letters, ("RBRACE", "}")]
    found: list[Token] = []
    place = 0
    while place < len(tokens):
        ahead = [(token.type, str(token.value)) for token in tokens[place : place + len(word)]]
        length = next((len(written) for written in (word, letters) if ahead[: len(written)] == written), 0)
        first, last = tokens[place], tokens[place + max(length, 1) - 1]
        found.append(token_at("SYMBOL", dx, first.start_pos or 0, last.end_pos or 0) if length else first)
        place += length or 1
    return found
