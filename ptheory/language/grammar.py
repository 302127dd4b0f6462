"""Where the grammar lives, and the parser tables made from it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import lark
from lark import Lark, Token

from ptheory.algebra.refusal import Refusal
from ptheory.language.keywords import STATEMENTS
from ptheory.language.statement_builder import FileBuilder

_ENDS_A_FACTOR = {"NUMBER", "SUPERSCRIPT", "AT_KERNEL"}  # and a closing bracket
OPENERS = {
    "LPAR": "RPAR",
    "GROUP": "RPAR",
    "LBRACKET": "RBRACKET",
    "LBRACE": "RBRACE",
    "AVERAGE": "GT",
    "LANGLE": "RANGLE",
}
DEEPEST_BRACKETS = 400
_LONGEST_AVERAGE = 10_000
_ANOTHER_WORD = re.compile(r"[ \t]+[\w\"]")
_MARKS_OF_AVERAGES = re.compile(r"#[^\n]*|<=|>=|==|!=|[<>()\[\]{},;:=\"]")


class TooDeep(Refusal):
    """More brackets are open at ``token`` than any formula needs."""

    def __init__(self, token: Token) -> None:
        self.token = token


class TokenWatcher:
    """Sees every token on its way to the parser: remembers open brackets and decides what one token ahead cannot.

    Layout is free, except that a product without ``*`` does not run over a line end: a name that starts a line right
    after a complete formula is a misspelled keyword, and retyping it here makes the parser point at it. A line that
    starts like a statement is one, even where a formula has still to come (``to order`` and nothing after it).
    """

    always_accept: tuple[str, ...] = ("LT", "LPAR")

    def __init__(self) -> None:
        self.begin("")

    def begin(self, text: str, offset: int = 0, lines: int = 0) -> None:
        """``text``: the whole text; the tokens to come stand ``offset`` characters and ``lines`` lines further down."""
        self.text = text
        self.offset, self.lines = offset, lines
        self.open: list[Token] = []
        self.previous: Token | None = None
        self.latest: Token | None = None
        self.after_factor = False  # after what multiplies a `(` that follows; a name calls it

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens on their way to the parser, retyped by what stands before them.

        Raises TooDeep where more brackets are open than DEEPEST_BRACKETS.
        """
        for token in stream:
            self.move(token)
            seen = self.latest = self._retyped(token)
            if seen.type in OPENERS:
                self.open.append(seen)
                if len(self.open) > DEEPEST_BRACKETS:
                    raise TooDeep(token)
                self.after_factor = False
            elif self.open and token.type == OPENERS[self.open[-1].type]:
                self.open.pop()
                self.after_factor = token.type != "RBRACE"
            else:
                self.after_factor = token.type in _ENDS_A_FACTOR
            yield seen
            self.previous = token

    def move(self, token: Token) -> None:
        """Where the token stands in the whole text, from where it stands in the piece that is parsed."""
        token.start_pos = (token.start_pos or 0) + self.offset
        token.end_pos = (token.end_pos or 0) + self.offset
        token.line = (token.line or 0) + self.lines

    def _retyped(self, token: Token) -> Token:
        after_name = self.previous is not None and self.previous.type in ("NAME", "PRIMES")
        after_formula = after_name or self.after_factor
        kind = token.type
        if kind == "NAME" and self._starts_a_line(token) and (after_formula or self._starts_a_statement(token)):
            kind = "MISPLACED"
        elif kind == "LT" and not (after_formula and not self._is_closed(token)):
            kind = "AVERAGE"
        elif kind == "LPAR" and self.after_factor:
            kind = "GROUP"
        return token if kind == token.type else Token.new_borrow_pos(kind, token.value, token)

    def _starts_a_line(self, token: Token) -> bool:
        inside_brackets = any(opener.type != "LBRACE" for opener in self.open)
        return self.previous is not None and self.previous.line != token.line and not inside_brackets

    def _starts_a_statement(self, token: Token) -> bool:
        return str(token) in STATEMENTS and _ANOTHER_WORD.match(self.text, token.end_pos or 0) is not None

    def _is_closed(self, token: Token) -> bool:
        """Whether a ``<`` right after a factor has its ``>``: (a <s> b) has, (a < b) has not."""
        start = token.end_pos or 0
        nested = ["<"]
        for found in _MARKS_OF_AVERAGES.finditer(self.text, start, start + _LONGEST_AVERAGE):
            mark = found.group()
            if mark in "([<":
                nested.append(mark)
            elif mark in ")]":
                while nested and nested[-1] == "<":
                    nested.pop()
                if not nested:
                    return False
                nested.pop()
            elif mark == ">" and nested[-1] == "<":
                nested.pop()
                if not nested:
                    return True
            elif mark in '{}="' or (mark in ",:" and nested[-1] == "<") or (mark == ";" and nested[-1] != "["):
                return False
        return False


class Grammar:
    """The parser with its builder and token watcher; one parse at a time."""

    def __init__(self) -> None:
        self.builder = FileBuilder()
        self.watcher = TokenWatcher()
        self.comments: list[Token] = []
        self.lark: Any = with_kept_tables(
            grammar_path(),
            partial(
                Lark,
                parser="lalr",
                lexer="contextual",
                maybe_placeholders=True,
                transformer=self.builder,
                postlex=self.watcher,
                lexer_callbacks={"COMMENT": self._comment},
            ),
        )

    def _comment(self, token: Token) -> Token:
        self.watcher.move(token)
        self.comments.append(token)
        return token


def grammar_path(name: str = "derivation.lark") -> Path:
    """A grammar inside an installed wheel, otherwise in the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "grammars" / name
    return installed if installed.is_file() else package.parent / "grammars" / name


def with_kept_tables(grammar_file: Path, made: Callable[..., Lark]) -> Lark:
    """``made(text, cache=...)`` with the tables that an earlier process kept, where there are any and Python keeps
    what it compiled (PYTHONDONTWRITEBYTECODE is not set, and the folder can be made).

    They stand beside what Python compiled, under the hash of the grammar and the version of lark; a file appears whole
    or not at all, and one that is damaged is made anew.
    """
    text = grammar_file.read_text(encoding="utf-8")
    compiled = Path(cache_from_source(str(grammar_file)))
    digest = sha256(f"{lark.__version__} {text}".encode()).hexdigest()[:16]
    kept = compiled.with_suffix(f".{digest}.tables")
    if kept.is_file():
        return made(text, cache=str(kept))
    if sys.dont_write_bytecode:
        return made(text)
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return made(text)
    being_written = kept.with_suffix(f".{os.getpid()}")
    found = made(text, cache=str(being_written))
    with suppress(OSError):
        being_written.replace(kept)
    return found


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    """The parser, made once in a process."""
    return Grammar()
