"""From the tokens of a formula to a tree, by ``grammars/latex_formula.lark``."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import Lexer

from ptheory.claims.latex.indicators import RELATIONS
from ptheory.claims.latex.latex_scripts import called_before
from ptheory.claims.latex.written_out import Text
from ptheory.language.exchanges import EXAMPLE
from ptheory.language.grammar import grammar_path

_WORDS = "a word stands for one thing: say in a notation block what, or write letters that are symbols"


_LIST = "{} of a list in parentheses has no meaning here"
_HERE = "a factor, a sign or the end of the formula can stand here"
_OPEN = "brackets open and close in pairs, of the same kind, around something"
_UNEXPECTED = {
    **dict.fromkeys(("RPAR", "RBRACK", "RBRACE", "RANGLE", "SETCLOSE"), _OPEN),
    "EQUALS": "a side is missing: a claim is left = right, or a chain left = right = ...",
    "COMMA": "a list has a meaning as inputs only, K(x,x'); a condition follows an equation",
    "EXCHANGED": EXAMPLE,
}


class _Tokens(Lexer):  # type: ignore[misc]
    """Hands the tokens of ``read_latex_tokens`` to the parser."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, data: Any) -> Any:
        yield from data


@lru_cache(maxsize=1)
def _tables() -> Lark:
    grammar = grammar_path("latex_formula.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=_Tokens, start=["equation", "sum"])


def parsed(text: Text, tokens: list[Token], start: str) -> Tree:
    """``start``: "equation", or "sum" for one formula. LanguageError at what is not expected."""
    try:
        return _tables().parse(tokens, start=start)
    except UnexpectedToken as problem:
        token = problem.token
        if token.type == "$END":
            last = tokens[-1] if tokens else None
            raise text.error("the formula ends too early", last, help="a claim is one equation: left = right") from None
        if token.type == "UPRIGHT":
            raise text.error(f"the word {token.value} has no meaning here", token, help=_WORDS) from None
        if token.type in RELATIONS:
            raise text.error("an inequality has no meaning here", token, help="write left = right") from None
        if token.type == "SEMICOLON":
            help = r"a second equation stands in a row of its own; neurons and inputs stand below, z_{i_1;\alpha_1}"
            raise text.error("`;` has no meaning here", token, help=help) from None
        if token.type == "COMMA" and (called := called_before(tokens, tokens.index(token))) is not None:
            raise text.across(*called, _LIST, help=_UNEXPECTED["COMMA"]) from None
        if token.type == "DOTS":
            raise text.error("dots have no meaning here", token, help="write every term out") from None
        raise text.error(
            f"`{token.value}` is not expected here", token, help=_UNEXPECTED.get(token.type, _HERE)
        ) from None
    except UnexpectedInput:
        raise text.error("this is not a formula", tokens[0] if tokens else None) from None
