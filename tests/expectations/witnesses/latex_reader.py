"""Reads the LaTeX of a closed form back into a number; knows nothing of the printer but LaTeX itself.

sum     = ['-'] product { ('+' | '-') product }
product = power { power }                          juxtaposition
power   = atom [ '^' group ]
atom    = number | name | '(' sum ')' | '|' sum '|' | \\frac group group | \\sqrt ['[' n ']'] group | function
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import mpmath

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+|[A-Za-z]|[-+^_{}()\[\],;|&]|\S")
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    r"\arcsin": mpmath.asin,
    r"\arccos": mpmath.acos,
    r"\arctan": mpmath.atan,
    r"\sin": mpmath.sin,
    r"\cos": mpmath.cos,
    r"\sinh": mpmath.sinh,
    r"\cosh": mpmath.cosh,
    r"\exp": mpmath.exp,
    "erf": mpmath.erf,
}
OPENING, CLOSING = ("(", "|", r"\vert"), (")", "|", r"\vert")
ENDS = {"+", "-", "}", ")", "]", ",", ";", "&", r"\right", r"\end", r"\\", ""}


def read_latex(text: str, names: Mapping[str, Any]) -> mpmath.mpf:
    """The number the text stands for, with ``names`` (``K``, ``K01``, ``a``) put in, at mpmath's precision."""
    reader = Reader(text, names)
    value = reader.sum()
    assert reader.peek() == "", (text, reader.position)
    return value


class Reader:
    def __init__(self, text: str, names: Mapping[str, Any]) -> None:
        self.tokens = TOKEN.findall(text)
        self.position = 0
        self.names = names

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.peek()
        assert token and (not expected or token in expected), (expected, self.tokens[: self.position + 3])
        self.position += 1
        return token

    def sum(self) -> Any:
        sign = -1 if self.peek() == "-" and self.take() else 1
        total = sign * self.product()
        while self.peek() in ("+", "-"):
            total = total + self.product() if self.take() == "+" else total - self.product()
        return total

    def product(self) -> Any:
        value = self.power()
        while self.peek() not in ENDS and self.peek() not in CLOSING:
            value = value * self.power()
        return value

    def power(self) -> Any:
        if self.peek() == "e":  # e^{…}
            self.take()
            return mpmath.exp(self.superscript()) if self.peek() == "^" else mpmath.e
        base = self.atom()
        return base ** self.superscript() if self.peek() == "^" else base

    def superscript(self) -> Any:
        self.take("^")
        return self.group()

    def group(self) -> Any:
        """{…}, or one token."""
        if self.peek() != "{":
            return self.atom()
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def atom(self) -> Any:
        token = self.take()
        if token.isdigit():
            return mpmath.mpf(token)
        if token == r"\pi":
            return +mpmath.pi
        if token == r"\frac":
            above = self.group()
            return above / self.group()
        if token == r"\sqrt":
            degree = mpmath.mpf(2)
            if self.peek() == "[":
                self.take()
                degree = self.sum()
                self.take("]")
            return mpmath.root(self.group(), int(degree))
        if token in ("{", r"\left", "("):
            self.position -= 1
            return self.arguments()[0]
        if token == r"\operatorname":
            self.take("{")
            letters = ""
            while self.peek() != "}":
                letters += self.take()
            self.take("}")
            return self.applied(FUNCTIONS[letters])
        if token in FUNCTIONS:
            return self.applied(FUNCTIONS[token])
        if token == r"\Phi":
            self.take("_")
            self.take("2")
            return normal_orthant(*self.arguments())
        return self.names[token + self.subscript()]

    def subscript(self) -> str:
        if self.peek() != "_":
            return ""
        self.take()
        if self.peek() != "{":
            return self.take()
        self.take("{")
        letters = ""
        while self.peek() != "}":
            letters += self.take()
        self.take("}")
        return letters

    def applied(self, function: Callable[[Any], Any]) -> Any:
        """f{(…)}, f^{n}{(…)} meaning f(…)^n."""
        exponent = self.superscript() if self.peek() == "^" else None
        value = function(self.arguments()[0])
        return value if exponent is None else value**exponent

    def arguments(self) -> list[Any]:
        r"""The contents of {…}, (…), \left(…\right) or \left|…\right|, separated by commas or semicolons."""
        if self.peek() == "{":
            self.take()
            inside = self.arguments() if self.peek() in (r"\left", "(") and self.closes_at_once() else [self.sum()]
            self.take("}")
            return inside
        sized = self.peek() == r"\left" and bool(self.take())
        absolute = self.take(*OPENING) != "("
        found = [self.sum()]
        while self.peek() in (",", ";"):
            self.take()
            found.append(self.sum())
        if sized:
            self.take(r"\right")
        self.take(*CLOSING)
        return [abs(found[0])] if absolute else found

    def closes_at_once(self) -> bool:
        """Whether the bracket that opens here ends right before the closing brace."""
        depth = 0
        for k in range(self.position, len(self.tokens)):
            depth += (self.tokens[k] in ("(", "[")) - (self.tokens[k] in (")", "]"))
            if self.tokens[k] == ")" and depth == 0:
                return self.tokens[k + 1] == "}"
        return False


def normal_orthant(h: Any, k: Any, r: Any) -> mpmath.mpf:
    """P(x < h, y < k) at correlation r, as ∫ φ(x) Φ((k − r x)/√(1 − r²)) dx."""
    spread = mpmath.sqrt(1 - r * r)
    edges = [mpmath.mpf(-14) + mpmath.mpf(2) * j for j in range(int((min(h, 13) + 14) / 2) + 1)] + [min(h, 14)]
    return mpmath.quad(lambda x: mpmath.npdf(x) * mpmath.ncdf((k - r * x) / spread), edges)
