"""The syntax of claims, as far as true claims use it: a small parser of its own, text to nested tuples."""

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
    return read_formula(left), read_formula(right)


def read_formula(text: str) -> Node:
    """One side."""
    return _Reader(text).whole()


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
        if kind == "(":
            self._take("(")
            inside = self._sum()
            self._take(")")
            return inside
        if kind == "<":
            return self._mean()
        name, primes = self._take("name")
        if self._peek() == "[":
            return ("name", name, primes, self._slots())
        if self._peek() == "(":
            self._take("(")
            inside = self._sum()
            self._take(")")
            is_field = inside[0] == "name" and re.fullmatch(r"z\d?", inside[1])
            return self._at(name, primes, inside) if primes or is_field else ("call", name, inside)
        return ("name", name, primes, ())

    def _at(self, name: str, primes: int, inside: Node) -> Node:
        """sigma'(z1) is s1'."""
        if inside[0] != "name" or not re.fullmatch(r"z\d?", inside[1]):
            raise Unreadable(f"{name} of {inside}")
        return ("name", ("s" if name == "sigma" else name) + inside[1][1:], primes, ())

    def _mean(self) -> Node:
        """<...>, at the kernel of the next layer where _K[l+1] follows."""
        self._take("<")
        inside = self._sum()
        self._take(">")
        if self._peek() != "name" or self.tokens[self.at][1] != ("_K", 0):
            return ("mean", inside)
        self._take("name")
        return ("mean", inside) if self._slots() == ("l",) else ("next mean", inside)

    def _slots(self) -> tuple[int | str, ...]:
        """Numbers, or l, l+1 and l-1 as "l", "l+1", "l-1"."""
        self._take("[")
        slots: list[int | str] = []
        while True:
            if self._peek() == "number":
                slots.append(int(self._take("number")))
            else:
                layer = self._take("name")[0]
                if self._peek() in "+-":
                    layer += self._take("+", "-") + str(self._take("number"))
                slots.append(layer)
            if self._take(",", ";", "]") == "]":
                return tuple(slots)
