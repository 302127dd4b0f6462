r"""X + (12 \leftrightarrow 34) in LaTeX: the parenthesis as one token, and the sum it ends."""

from __future__ import annotations

from lark import Token

from ptheory.claims.latex.written_out import Text, token_at
from ptheory.language.exchanges import Exchange, exchange_of

ARROW, EXCHANGED = "BETWEEN", "EXCHANGED"


def with_exchanges(text: Text, tokens: list[Token]) -> list[Token]:
    r"""The tokens with (12 \leftrightarrow 34) as one. LanguageError where the arrow stands in no parenthesis."""
    made: list[Token] = []
    rest = iter(tokens)
    for token in rest:
        if token.type != ARROW:
            made.append(token)
            continue
        start = next((k for k in range(len(made) - 1, -1, -1) if made[k].type in ("LPAR", "RPAR")), None)
        inside = [token]
        for after in rest:
            inside.append(after)
            if after.type in ("LPAR", "RPAR"):
                break
        if start is None or made[start].type != "LPAR" or inside[-1].type != "RPAR":
            raise text.error("an exchange of inputs stands in parentheses", token, help="write X + (12 <-> 34)")
        written = [*made[start:], *inside]
        del made[start:]
        value = " ".join("<->" if one is token else str(one.value) for one in written)
        made.append(token_at(EXCHANGED, value, written[0].start_pos or 0, written[-1].end_pos or 0))
    return made


def exchange(text: Text, token: Token) -> Exchange:
    """What the token exchanges. LanguageError where it is no exchange of inputs."""
    return exchange_of(str(token), text.span(token.start_pos or 0, token.end_pos or 0))
