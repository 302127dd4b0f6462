"""Sums of products of inexact numbers, kept apart until they are added up, so that equal terms cancel exactly.

⟨σ_0²σ_1²⟩ − ⟨σ_0²⟩⟨σ_1²⟩ at independent inputs is zero, not a rounding error; and where rounded terms do cancel to the
last digit, the sum is no more than what their rounding leaves of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import count
from operator import attrgetter
from typing import TypeAlias

import mpmath

from ptheory.algebra.real import Real
from ptheory.flows.twins import on_each


class Quantity:
    """One inexact number; two are the same only if they are one object. Products round in the order these are made."""

    __slots__ = ("made", "value")
    _counted = count()

    def __init__(self, value: Real) -> None:
        self.value = value
        self.made = next(self._counted)


_made = attrgetter("made")

Key = tuple[Quantity, ...]
Summand: TypeAlias = "Real | TermSum"


class TermSum:
    """sum of rational * product of quantities; multiplies and adds with itself, with rationals and mpmath numbers."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[Key, Fraction]) -> None:
        self.terms = {key: c for key, c in terms.items() if c}

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __add__(self, other: Summand) -> TermSum:
        total = dict(self.terms)
        for key, c in _terms(other).items():
            total[key] = total.get(key, Fraction(0)) + c
        return TermSum(total)

    __radd__ = __add__

    def __mul__(self, other: Summand) -> TermSum:
        total: dict[Key, Fraction] = {}
        for right, d in _terms(other).items():
            for left, c in self.terms.items():
                key = tuple(sorted((*left, *right), key=_made))
                total[key] = total.get(key, Fraction(0)) + c * d
        return TermSum(total)

    __rmul__ = __mul__

    def number(self) -> Real:
        """A Fraction where no quantity is left; else an mpmath number, not zero: what cancels to the last digit is
        known to be no larger than the rounding of its terms."""
        if not self.terms or set(self.terms) == {()}:
            return self.terms.get((), Fraction(0))
        quantities = list(dict.fromkeys(q for key in self.terms for q in key))

        def total(values: Sequence[Real]) -> Real:
            known = dict(zip(quantities, values, strict=True))
            parts = [mpmath.fprod([c.numerator, *(known[q] for q in k)]) / c.denominator for k, c in self.terms.items()]
            return mpmath.fsum(parts) or mpmath.fsum(parts, absolute=True) * mpmath.mpf(10) ** -mpmath.mp.dps

        return on_each(total, [q.value for q in quantities])


def quantity(value: Real) -> Summand:
    """The number as a sum of one term, where it is inexact."""
    return value if isinstance(value, (int, Fraction)) else TermSum({(Quantity(value),): Fraction(1)})


def number(value: Summand) -> Real:
    """The number a sum of products adds up to; any other number as it is."""
    return value.number() if isinstance(value, TermSum) else value


def _terms(value: Summand) -> dict[Key, Fraction]:
    if isinstance(value, TermSum):
        return value.terms
    if isinstance(value, (int, Fraction)):
        return {(): Fraction(value)}
    return {(Quantity(value),): Fraction(1)}
