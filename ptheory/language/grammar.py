"""Where the grammar lives, and the parser tables made from it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token

from ptheory.language.statement_builder import FileBuilder

_ENDS_A_FORMULA = {"NAME", "NUMBER", "RPAR", "RBRACKET", "PRIMES", "SUPERSCRIPT", "GT", "RANGLE", "AT_KERNEL"}
_OPENERS = {"LPAR": "RPAR", "LBRACKET": "RBRACKET", "LBRACE": "RBRACE"}
DEEPEST_BRACKETS = 400


class TooDeep(Exception):
    """More brackets are open at ``token`` than any formula needs."""

    def __init__(self, token: Token) -> None:
        self.token = token


class TokenWatcher:
    """Sees every token on its way to the parser: remembers open brackets and marks misplaced words.

    Layout is free, except that a product without ``*`` does not run over a line end: a name that starts a line right
    after a complete formula is a misspelled keyword, and retyping it here makes the parser point at it.
    """

    always_accept: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.open: list[Token] = []
        self.previous: Token | None = None
        self.before_previous: Token | None = None

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        for token in stream:
            if token.type in _OPENERS:
                self.open.append(token)
                if len(self.open) > DEEPEST_BRACKETS:
                    raise TooDeep(token)
            elif self.open and token.type == _OPENERS[self.open[-1].type]:
                self.open.pop()
            seen = self._misplaced(token)
            yield seen
            self.before_previous, self.previous = self.previous, token

    def _misplaced(self, token: Token) -> Token:
        previous = self.previous
        inside_brackets = any(opener.type != "LBRACE" for opener in self.open)
        if (
            token.type == "NAME"
            and previous is not None
            and previous.type in _ENDS_A_FORMULA
            and previous.line != token.line
            and not inside_brackets
        ):
            return Token.new_borrow_pos("MISPLACED", token.value, token)
        return token


class Grammar:
    """The parser with its builder and token watcher; one parse at a time."""

    def __init__(self) -> None:
        self.builder = FileBuilder()
        self.watcher = TokenWatcher()
        self.comments: list[Token] = []
        self.lark: Any = Lark(
            grammar_path().read_text(encoding="utf-8"),
            parser="lalr",
            lexer="contextual",
            maybe_placeholders=True,
            transformer=self.builder,
            postlex=self.watcher,
            lexer_callbacks={"COMMENT": self._comment},
        )

    def _comment(self, token: Token) -> Token:
        self.comments.append(token)
        return token


def grammar_path(name: str = "derivation.lark") -> Path:
    """A grammar inside an installed wheel, otherwise in the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "grammars" / name
    return installed if installed.is_file() else package.parent / "grammars" / name


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    return Grammar()
