"""Quotients of polynomials: what a side of a claim is, with inverse kernels and other denominators kept exact.

A denominator that is a single term is divided into the numerator at once; what is left is a product of powers of
polynomials with several terms, each scaled to a canonical form so that equal factors are equal objects. Two quotients
are equal when the numerator of their difference is the zero polynomial; common factors are not cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial
from ptheory.algebra.refusal import DivisionByZero, Refusal

LARGEST_PRODUCT = 400_000  # terms before like terms merge
LARGEST_POWER = 300_000  # the same for all the products of a power together


class TooLarge(Refusal):
    """A product with more terms than the budget allows; ``terms`` is the estimate, as text."""

    def __init__(self, terms: int) -> None:
        super().__init__(f"a product of about {terms} terms")
        self.terms = str(terms) if terms < 10**9 else f"10^{len(str(terms)) - 1}"


@dataclass(frozen=True)
class Ratio:
    """numerator / prod factor^power; build with the functions below."""

    numerator: Polynomial
    factors: tuple[tuple[Polynomial, int], ...] = ()

    @staticmethod
    def constant(value: int | Fraction) -> Ratio:
        """A number."""
        return Ratio(Polynomial.constant(value))

    @staticmethod
    def atom(atom: Atom) -> Ratio:
        """One atom to the power one."""
        return Ratio(Polynomial.atom(atom))

    @staticmethod
    def sum(parts: Iterable[Ratio]) -> Ratio:
        """The sum; quotients with the same denominator are added first, the others brought to a common one."""
        groups: dict[tuple[tuple[Polynomial, int], ...], list[Polynomial]] = {}
        for part in parts:
            groups.setdefault(part.factors, []).append(part.numerator)
        total = Ratio(Polynomial())
        for factors, numerators in groups.items():
            total = total + Ratio(Polynomial.sum(numerators), factors)
        return total

    def __bool__(self) -> bool:
        return bool(self.numerator)

    def __add__(self, other: Ratio) -> Ratio:
        if self.factors == other.factors:
            return _reduced(self.numerator + other.numerator, self.factors)
        mine, theirs = dict(self.factors), dict(other.factors)
        common = {f: max(mine.get(f, 0), theirs.get(f, 0)) for f in {**mine, **theirs}}
        left = _product([self.numerator, *_powers({f: p - mine.get(f, 0) for f, p in common.items()})])
        right = _product([other.numerator, *_powers({f: p - theirs.get(f, 0) for f, p in common.items()})])
        return _reduced(left + right, _sorted(common))

    def __neg__(self) -> Ratio:
        return Ratio(-self.numerator, self.factors)

    def __sub__(self, other: Ratio) -> Ratio:
        return self + (-other)

    def __mul__(self, other: Ratio) -> Ratio:
        powers = dict(self.factors)
        for factor, power in other.factors:
            powers[factor] = powers.get(factor, 0) + power
        return _reduced(_times(self.numerator, other.numerator), _sorted(powers))

    def __pow__(self, exponent: int) -> Ratio:
        if exponent < 0:
            return self.inverse() ** -exponent
        size = max(len(self.numerator), 1)
        if size > 1 and size * comb(size + exponent - 1, size) > LARGEST_POWER:
            raise TooLarge(comb(size + exponent - 1, exponent))
        factors = _sorted({factor: power * exponent for factor, power in self.factors if exponent})
        return Ratio(self.numerator**exponent, factors)

    def inverse(self) -> Ratio:
        """1/self; DivisionByZero where the numerator is the zero polynomial."""
        if not self.numerator:
            raise DivisionByZero
        top = _product(_powers(dict(self.factors)))
        if len(self.numerator) == 1:
            return Ratio(top * self.numerator.inverse_monomial())
        factor, scale = canonical_factor(self.numerator)
        return Ratio(top * scale.inverse_monomial(), ((factor, 1),))

    def map_atoms(self, replace: Callable[[Atom], Ratio | None]) -> Ratio:
        """Substitute atoms in numerator and denominator alike. DivisionByZero where a denominator becomes zero."""
        total = _substitute(self.numerator, replace)
        for factor, power in self.factors:
            total = total * _substitute(factor, replace).inverse() ** power
        return total

    @cached_property
    def _atoms(self) -> frozenset[Atom]:
        return frozenset(self.numerator.atoms()).union(*(factor.atoms() for factor, _ in self.factors))

    def atoms(self) -> frozenset[Atom]:
        """Every atom of numerator and denominator."""
        return self._atoms

    def __str__(self) -> str:
        below = "*".join(f"({factor})^{power}" if power > 1 else f"({factor})" for factor, power in self.factors)
        return f"({self.numerator})/({below})" if below else str(self.numerator)


def canonical_factor(polynomial: Polynomial) -> tuple[Polynomial, Polynomial]:
    """(factor, single term) with polynomial = factor * term; the factor without content, leading coefficient 1."""
    shared: dict[Atom, int] | None = None
    for monomial in polynomial.terms:
        powers = dict(monomial)
        if shared is None:
            shared = powers
        else:
            shared = {a: min(shared.get(a, 0), powers.get(a, 0)) for a in {**shared, **powers}}
    content: Monomial = tuple(
        sorted(((a, e) for a, e in (shared or {}).items() if e), key=lambda item: item[0].sort_key)
    )
    bare = polynomial * Polynomial({content: Fraction(1)}).inverse_monomial()
    leading = bare.sorted_terms()[0][1]
    return bare * (1 / leading), Polynomial({content: leading})


def _reduced(numerator: Polynomial, factors: tuple[tuple[Polynomial, int], ...]) -> Ratio:
    return Ratio(numerator, factors) if numerator else Ratio(numerator)


def _sorted(powers: dict[Polynomial, int]) -> tuple[tuple[Polynomial, int], ...]:
    kept = [(factor, power) for factor, power in powers.items() if power]
    return tuple(sorted(kept, key=lambda item: str(item[0])) if len(kept) > 1 else kept)


def _powers(powers: dict[Polynomial, int]) -> list[Polynomial]:
    return [factor**power for factor, power in powers.items() if power]


def _product(factors: list[Polynomial]) -> Polynomial:
    total = Polynomial.constant(1)
    for factor in factors:
        total = _times(total, factor)
    return total


def _times(left: Polynomial, right: Polynomial) -> Polynomial:
    if len(left) * len(right) > LARGEST_PRODUCT:
        raise TooLarge(len(left) * len(right))
    return left * right


def _substitute(polynomial: Polynomial, replace: Callable[[Atom], Ratio | None]) -> Ratio:
    cache: dict[Atom, Ratio | None] = {}
    parts = []
    for monomial, coefficient in polynomial:
        kept = []
        value: Ratio | None = None
        for atom, exponent in monomial:
            if atom not in cache:
                cache[atom] = replace(atom)
            new = cache[atom]
            if new is None:
                kept.append((atom, exponent))
            else:
                value = new**exponent if value is None else value * new**exponent
        scalar = Ratio(Polynomial({tuple(kept): coefficient}))
        parts.append(scalar if value is None else scalar * value)
    return Ratio.sum(parts)
