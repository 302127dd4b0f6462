"""Large sums of terms in packed form: one array of exponents, one list of exact coefficients.

A sum with 10^3 to 10^6 terms is built and read column by column here; ``Polynomial`` is the form for the terms of a
recursion. Exponents are small non-negative integers; coefficients are integers over one common denominator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import mul
from typing import Any

import numpy as np
import numpy.typing as npt

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial
from ptheory.algebra.refusal import Refusal

Exponents = npt.NDArray[np.unsignedinteger[Any]]
Integers = npt.NDArray[np.int64]
Exact = npt.NDArray[Any]  # int64 while that is exact, Python integers (dtype object) otherwise

MOST_ENTRIES = 100_000_000  # exponents of a sum in packed form, terms times generators: 0.1 GB


class TooManyTerms(Refusal):
    """A sum that would not fit in memory; ``terms`` is how many it had reached."""

    def __init__(self, terms: int) -> None:
        self.terms = terms
        super().__init__(f"at least {terms} terms are too many to write out; use smaller or fewer powers")


def require_room(terms: int, generators: int) -> None:
    """TooManyTerms before the arrays for ``terms`` terms are made."""
    if terms * generators > MOST_ENTRIES:
        raise TooManyTerms(terms)


@dataclass(frozen=True, eq=False)
class PackedSum:
    """sum_t (numerators[t] / denominator) prod_g generators[g]^exponents[t, g].

    ``generators`` name the columns of ``exponents``; the constructors in this package never repeat a row, so two sums
    over the same generators are equal when their terms are.
    """

    generators: tuple[Any, ...]
    exponents: Exponents
    numerators: Sequence[int]
    denominator: int = 1

    def __len__(self) -> int:
        return len(self.numerators)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PackedSum) and self.generators == other.generators and dict(self) == dict(other)

    def __iter__(self) -> Iterator[tuple[tuple[int, ...], Fraction]]:
        """(exponents, coefficient) of every term."""
        for row, numerator in zip(self.exponents.tolist(), self.numerators, strict=True):
            yield tuple(row), Fraction(numerator, self.denominator)

    def coefficient(self, exponents: Mapping[Atom, int]) -> Fraction:
        """The coefficient of prod generator^exponent; generators left out have exponent zero, absent terms give 0."""
        wanted = np.array([exponents.get(generator, 0) for generator in self.generators])
        rows = np.flatnonzero((self.exponents == wanted).all(axis=1)).tolist()
        return Fraction(sum(self.numerators[row] for row in rows), self.denominator)

    def evaluate(self, values: Sequence[Any]) -> Any:
        """The sum at ``values``, one per generator: exact when they are ints, Fractions or other exact numbers."""
        powers = [_powers(value, top) for value, top in zip(values, self._highest(), strict=True)]
        total: Any = 0
        for row, numerator in zip(self.exponents.tolist(), self.numerators, strict=True):
            total += reduce(mul, (powers[g][e] for g, e in enumerate(row) if e), numerator)
        return total * Fraction(1, self.denominator) if self.denominator != 1 else total

    def to_polynomial(self, atoms: Sequence[Atom]) -> Polynomial:
        """The same sum as a Polynomial, ``atoms[g]`` standing for generator g."""
        order = sorted(range(len(atoms)), key=lambda g: atoms[g].sort_key)
        terms: dict[Monomial, Fraction] = {}
        for row, coefficient in self:
            monomial = tuple((atoms[g], row[g]) for g in order if row[g])
            terms[monomial] = terms.get(monomial, Fraction(0)) + coefficient
        return Polynomial(terms)

    def _highest(self) -> list[int]:
        return self.exponents.max(axis=0).tolist() if len(self) else [0] * len(self.generators)


def _powers(base: Any, top: int) -> list[Any]:
    powers = [1]
    for _ in range(top):
        powers.append(powers[-1] * base)
    return powers


def exponent_type(largest: int) -> type[np.unsignedinteger[Any]]:
    """The narrowest unsigned type that holds ``largest``."""
    return np.uint8 if largest < 2**8 else np.uint16 if largest < 2**16 else np.uint32


def exact_product(factors: Iterable[Exact]) -> Exact:
    """The elementwise product, in machine words as long as they hold it, then in Python integers."""
    words: list[Exact] = []
    exact: list[Exact] = []
    for factor in factors:
        if factor.dtype == object:
            exact.append(factor)
        elif words and _fits(words[-1], factor):
            words[-1] = words[-1] * factor
        else:
            words.append(factor)
    if len(words) == 1 and not exact:
        return words[0]
    return reduce(mul, [*exact, *(word.astype(object) for word in words)])


def _fits(left: Exact, right: Exact) -> bool:
    """Whether left * right stays below 2^62: rounding cannot reach the factor of two to the overflow."""
    return bool(np.abs(np.multiply(left, right, dtype=np.float64)).max(initial=0.0) < 2.0**62)
