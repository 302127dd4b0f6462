"""Every argument in braces, where TeX lets them be left out; numbers in one piece; dots behind what they stand over."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token

from ptheory.claims.latex.latex_signs import ARGUMENTS, UNCLEAR_ARGUMENTS
from ptheory.claims.latex.written_out import Text, token_at


def dotted(text: Text, tokens: list[Token]) -> Iterator[Token]:
    r"""\dot{\sigma}: the symbol, then its dots, which say how often it is differentiated."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        place += 1
        if token.type != "DOT":
            yield token
            continue
        inside = tokens[place : place + 3]
        if [t.type for t in inside] != ["LBRACE", "SYMBOL", "RBRACE"]:
            raise text.error("a dot stands over one symbol", token, help="write \\dot\\sigma, or primes")
        yield inside[1]
        yield token
        place += 3


def numbers(tokens: Iterator[Token]) -> Iterator[Token]:
    """Digits that touch become one number, except where TeX takes a single one: after ^, _ and \\frac."""
    held: Token | None = None
    singles = 0
    for token in tokens:
        if token.type == "NUMBER" and held is not None and held.end_pos == token.start_pos:
            held = token_at("NUMBER", held.value + token.value, held.start_pos or 0, token.end_pos or 0)
            continue
        if held is not None:
            yield held
            held = None
        if token.type == "NUMBER" and not singles:
            held = token
            continue
        singles = ARGUMENTS.get(token.type, max(0, singles - 1))
        if token.type == "LBRACE":
            singles = 0
        yield token
    if held is not None:
        yield held


def _without_empty_groups(stream: list[Token]) -> list[Token]:
    """={}& and the like: a pair of braces with nothing in it that is no argument is spacing.

    Braces around one symbol say nothing either; arguments get theirs again.
    """
    kept: list[Token] = []
    for token in stream:
        before = kept[-2].type if len(kept) > 1 else ""
        empty = token.type == "RBRACE" and kept and kept[-1].type == "LBRACE"
        around = [t.type for t in kept[-2:]] == ["LBRACE", "SYMBOL"] and (len(kept) < 3 or kept[-3].type != "FUNCTION")
        if empty and before not in ("SUB", "SUP", "SQRT", "FRAC", "FUNCTION"):
            kept.pop()
        elif token.type == "RBRACE" and around:
            del kept[-2]
        else:
            kept.append(token)
    return kept


def _without_punctuation(stream: list[Token]) -> list[Token]:
    """Without the commas and full stops after displayed equations."""
    kept: list[Token] = []
    for token in [*stream, None]:
        if token is None or token.type == "ROW":
            while kept and kept[-1].value in (".", ","):
                kept.pop()
        if token is not None:
            kept.append(token)
    return kept


def braced(text: Text, tokens: Iterator[Token]) -> Iterator[Token]:
    """The tokens with every argument in braces, the punctuation after the formula left out."""
    stream = _without_empty_groups(list(tokens))
    stream = _without_punctuation(stream)
    for token in stream:
        if token.type == "NUMBER" and not token.value.strip("."):
            raise text.error("a dot stands alone here", token, help="write \\cdot for a product")
        if token.type == "NUMBER" and token.value.count(".") > 1:
            raise text.error("a number has one decimal point", token, help="write \\cdot for a product")
    reader = _ArgumentReader(text, stream)
    while not reader.is_at_end:
        yield from reader.one()


class _ArgumentReader:
    """Reads tokens from left to right, each with the arguments it takes."""

    def __init__(self, text: Text, stream: list[Token]) -> None:
        self.text = text
        self.stream = stream
        self.place = 0

    @property
    def is_at_end(self) -> bool:
        return self.place >= len(self.stream)

    def one(self) -> Iterator[Token]:
        """The token at ``place`` and its arguments."""
        token = self.stream[self.place]
        self.place += 1
        if token.type == "SQRT" and not self.is_at_end and self.stream[self.place].type == "LBRACK":
            token = self._with_degree(token)
        yield token
        for _ in range(ARGUMENTS.get(token.type, 0)):
            if self.is_at_end or self.stream[self.place].type == "RBRACE":
                raise self.text.error("an argument is missing here", token, help="write it in braces")
            yield from self._argument()

    def _with_degree(self, sign: Token) -> Token:
        r"""The sign of \\sqrt[3]{...}, its degree for a value."""
        inside = self.stream[self.place + 1 : self.place + 3]
        if [token.type for token in inside] != ["NUMBER", "RBRACK"] or not inside[0].value.isdigit():
            raise self.text.error("the degree of a root is a number", self.stream[self.place], help="write x^{1/n}")
        self.place += 3
        return sign.update(value=inside[0].value)

    def _argument(self) -> Iterator[Token]:
        argument = self.stream[self.place]
        if argument.type == "LBRACE":
            yield from self._group()
            return
        if argument.type in UNCLEAR_ARGUMENTS or (argument.type == "NUMBER" and len(argument.value) > 1):
            raise self.text.error("write this argument in braces", argument, help=r"as in \frac{1}{2}, K_{12}")
        self.place += 1
        yield token_at("LBRACE", "{", argument.start_pos or 0, argument.start_pos or 0)
        yield argument
        yield token_at("RBRACE", "}", argument.end_pos or 0, argument.end_pos or 0)

    def _group(self) -> Iterator[Token]:
        depth = 0
        while not self.is_at_end:
            depth += {"LBRACE": 1, "RBRACE": -1}.get(self.stream[self.place].type, 0)
            yield from self.one()
            if depth == 0:
                return
        raise self.text.error("this { is not closed", self.stream[-1], help="close it, or leave it out")
