"""Exponents of the width: n^(c + k s), s a name that stays open, 0 < s < 1.

Two of them are compared on the whole of 0 < s < 1. Where they cross inside, which term leads depends on s, and the
comparison says so (``Crossing``) rather than choose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from ptheory.algebra.hashing import hash_once
from ptheory.algebra.refusal import Refusal


class Crossing(Refusal):
    """Two powers of n that change places inside 0 < s < 1."""

    def __init__(self, one: Exponent, other: Exponent, at: Fraction) -> None:
        super().__init__(
            f"n^({one}) and n^({other}) change places at {one.symbol if one.slope else other.symbol} = {at}, between 0 "
            "and 1",
            "which term leads depends on it: write powers of n that do not cross, or numbers",
        )
        self.at = at


@dataclass(frozen=True, order=True)
class Exponent:
    """``constant`` + ``slope`` * ``symbol``; the order of the dataclass is for sorting alone."""

    constant: Fraction = Fraction(0)
    slope: Fraction = Fraction(0)
    symbol: str = "s"

    __hash__ = hash_once

    def __add__(self, other: Exponent) -> Exponent:
        symbol = self.symbol if self.slope else other.symbol
        return Exponent(self.constant + other.constant, self.slope + other.slope, symbol)

    def __sub__(self, other: Exponent) -> Exponent:
        return self + other.times(-1)

    def times(self, factor: int | Fraction) -> Exponent:
        """``factor`` times the exponent: that of a power."""
        return Exponent(self.constant * factor, self.slope * factor, self.symbol)

    def __bool__(self) -> bool:
        return bool(self.constant or self.slope)

    def at(self, value: Fraction) -> Fraction:
        """The number it is at s = ``value``."""
        return self.constant + self.slope * value

    def sign(self) -> int:
        """Of the exponent on all of 0 < s < 1: 1, -1, or 0 where it is zero. Raises Crossing where it changes there."""
        ends = self.at(Fraction(0)), self.at(Fraction(1))
        if min(ends) < 0 < max(ends):
            raise Crossing(self, Exponent(), -self.constant / self.slope)
        return (max(ends) > 0) - (min(ends) < 0)

    def __str__(self) -> str:
        if not self.slope:
            return str(self.constant)
        size = abs(self.slope)
        term = self.symbol if size == 1 else f"{size.numerator}*{self.symbol}" if size.numerator != 1 else self.symbol
        term += f"/{size.denominator}" if size.denominator != 1 else ""
        if not self.constant:
            return term if self.slope > 0 else f"-{term}"
        return f"{self.constant} {'+' if self.slope > 0 else '-'} {term}"


ZERO = Exponent()


def largest(exponents: Iterable[Exponent]) -> Exponent:
    """The largest on 0 < s < 1. Raises Crossing where that depends on s; ValueError where there is none."""
    found: Exponent | None = None
    for exponent in exponents:
        if found is None or _difference(exponent, found) > 0:
            found = exponent
    if found is None:
        raise ValueError("the largest of no exponents")
    return found


def _difference(one: Exponent, other: Exponent) -> int:
    try:
        return (one - other).sign()
    except Crossing as error:
        raise Crossing(one, other, error.at) from error
