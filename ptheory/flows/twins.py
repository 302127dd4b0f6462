"""Numbers computed twice at once: in one walk through the layers, by a coarser and by a finer rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath

from ptheory.algebra.hashing import hash_once
from ptheory.algebra.real import Real


@dataclass(frozen=True)
class Twin:
    """Both mpmath numbers; it adds and multiplies with itself, with them and with exact numbers, each by itself."""

    coarse: Any
    fine: Any

    __hash__ = hash_once

    def __bool__(self) -> bool:
        return bool(self.coarse or self.fine)

    def __add__(self, other: Any) -> Twin:
        if isinstance(other, Fraction) and not other:
            return self
        coarse, fine = _both(other)
        return Twin(self.coarse + coarse, self.fine + fine)

    __radd__ = __add__

    def __neg__(self) -> Twin:
        return Twin(-self.coarse, -self.fine)

    def __sub__(self, other: Any) -> Twin:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Twin:
        return self.__neg__().__add__(other)

    def __mul__(self, other: Any) -> Twin:
        if isinstance(other, Fraction) and other == 1:
            return self
        coarse, fine = _both(other)
        return Twin(self.coarse * coarse, self.fine * fine)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Twin:
        coarse, fine = _both(other)
        return Twin(self.coarse / coarse, self.fine / fine)

    def __pow__(self, exponent: int) -> Twin:
        return Twin(self.coarse**exponent, self.fine**exponent)


def _both(value: Any) -> tuple[Any, Any]:
    return both(mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value)


def on_each(compute: Callable[[Sequence[Real]], Real], values: Sequence[Real]) -> Real:
    """What is computed of numbers, of twins for each of the two by itself."""
    if not any(isinstance(value, Twin) for value in values):
        return compute(values)
    pairs = [both(value) for value in values]
    return Twin(compute([coarse for coarse, _ in pairs]), compute([fine for _, fine in pairs]))


def both(value: Real) -> tuple[Real, Real]:
    """The two numbers of a twin, any other number twice."""
    return (value.coarse, value.fine) if isinstance(value, Twin) else (value, value)
