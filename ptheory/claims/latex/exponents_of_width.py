r"""n^{-1-2s}: a power of the width, of which s is a name and no activation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction

from lark import Token

from ptheory.language.expressions import Add, Expression, Multiply, Name, Negate, Number


def exponent_of_width(tokens: Sequence[Token], names: Collection[str]) -> Expression | None:
    """-1 - 2*s of its tokens: numbers, and whole multiples of one of ``names``; None for anything else."""
    terms: list[Expression] = []
    waiting = list(tokens)
    while waiting:
        signs = waiting.pop(0) if waiting[0].type in ("PLUS", "MINUS") else None
        if signs is None and terms:
            return None
        factors: list[Expression] = []
        if waiting and waiting[0].type == "NUMBER":
            factors.append(Number(Fraction(waiting.pop(0).value)))
        if waiting and waiting[0].type == "SYMBOL" and waiting[0].value in names:
            factors.append(Name(waiting.pop(0).value))
        if not factors:
            return None
        value = factors[0] if len(factors) == 1 else Multiply(tuple(factors))
        terms.append(Negate(value) if signs is not None and signs.type == "MINUS" else value)
    return terms[0] if len(terms) == 1 else Add(tuple(terms)) if terms else None
