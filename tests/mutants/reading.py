"""The syntax of claims, as far as the table uses it: a small parser of its own, text to nested tuples."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

TOKEN = re.compile(r"\s*(?:(\d+)|([A-Za-z_]+\d*)('*)|(.))")
Node = tuple[Any, ...]


class Unreadable(ValueError):
    """Not in the syntax this parser knows."""


def read_claim(text: str) -> tuple[Node, Node]:
    """(left, right) of ``left = right``."""
    left, right = text.split("=")
    return _Reader(left).whole(), _Reader(right).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, Any]] = []
        for number, name, primes, other in TOKEN.findall(text.strip()):
            if number:
                self.tokens.append(("number", int(number)))
            elif name:
                self.tokens.append(("name", (name, len(primes))))
            elif other.strip():
                self.tokens.append((other, other))
        self.at = 0

    def whole(self) -> Node:
        found = self._sum()
        if self.at != len(self.tokens):
            raise Unreadable(str(self.tokens[self.at :]))
        return found

    def _peek(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else "end"

    def _take(self, *kinds: str) -> Any:
        if self._peek() not in kinds:
            raise Unreadable(f"{self._peek()} where {kinds} should be")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def _sum(self) -> Node:
        total = self._product()
        while self._peek() in "+-":
            sign = self._take("+", "-")
            term = self._product()
            total = ("+", total, term if sign == "+" else ("-", term))
        return total

    def _product(self) -> Node:
        if self._peek() == "-":
            self._take("-")
            return ("-", self._product())
        total = self._power()
        while self._peek() in "*/":
            sign = self._take("*", "/")
            total = (sign, total, self._power())
        return total

    def _power(self) -> Node:
        base = self._atom()
        if self._peek() != "^":
            return base
        self._take("^")
        if self._peek() == "-":
            self._take("-")
            return ("^", base, ("-", self._atom()))
        return ("^", base, self._atom())

    def _atom(self) -> Node:
        kind = self._peek()
        if kind == "number":
            return ("number", Fraction(self._take("number")))
        if kind in ("(", "<"):
            self._take(kind)
            inside = self._sum()
            self._take(")" if kind == "(" else ">")
            return inside if kind == "(" else ("mean", inside)
        name, primes = self._take("name")
        if self._peek() == "[":
            self._take("[")
            slots = [int(self._take("number"))]
            while self._peek() == ",":
                self._take(",")
                slots.append(int(self._take("number")))
            self._take("]")
            return ("name", name, primes, tuple(slots))
        if self._peek() == "(" and not primes:
            self._take("(")
            inside = self._sum()
            self._take(")")
            return ("call", name, inside)
        return ("name", name, primes, ())
