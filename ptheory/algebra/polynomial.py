"""Polynomials with exact rational coefficients in hashable atoms; the one representation of a sum of terms.

A monomial is a tuple of (atom, exponent) pairs sorted by the atoms' ``sort_key``; exponents may be negative
(1/n, 1/K). An atom is any small immutable object with a ``sort_key``: a hyperparameter, a tensor component, a
Gaussian expectation. Constructors merge like terms and nothing else: no factoring, no floats.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

from ptheory.algebra.budget import spend

SortKey = tuple[Any, ...]
"""Numbers, strings and tuples of them; keys of two atoms differ before a place where their types do."""


@runtime_checkable
class Atom(Hashable, Protocol):
    """What a polynomial is a polynomial in: small, immutable, hashable."""

    @property
    def sort_key(self) -> SortKey:
        """Where the atom stands in a monomial and in a sum: equal only for equal atoms, comparable with every other."""


@dataclass(frozen=True)
class Symbol:
    """A scalar such as C_W; ``layer`` is an offset when the hyperparameter varies with depth (C_W[l+1]: 1)."""

    name: str
    layer: int | None = None

    @property
    def sort_key(self) -> SortKey:
        return (1, self.name, -99 if self.layer is None else self.layer)

    def __str__(self) -> str:
        if self.layer is None:
            return self.name
        return f"{self.name}[l{self.layer:+d}]" if self.layer else f"{self.name}[l]"


class RingElement(Protocol):
    """What a polynomial has values in: rational numbers, mpmath's, balls, SymPy's expressions, arrays."""

    def __add__(self, other: Self, /) -> Self: ...

    def __mul__(self, other: Self, /) -> Self: ...

    def __pow__(self, exponent: int, /) -> Self: ...


R = TypeVar("R", bound=RingElement)
Monomial = tuple[tuple[Atom, int], ...]
ONE: Monomial = ()


def multiply_monomials(left: Monomial, right: Monomial) -> Monomial:
    """Product of two monomials, exponents added, zero exponents dropped."""
    if not left:
        return right
    if not right:
        return left
    powers = dict(left)
    for atom, exponent in right:
        total = powers.get(atom, 0) + exponent
        if total:
            powers[atom] = total
        else:
            del powers[atom]
    return tuple(sorted(powers.items(), key=_by_key))


def _by_key(item: tuple[Atom, int]) -> SortKey:
    return item[0].sort_key


class Polynomial:
    """An immutable sum of rational coefficients times monomials."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: Mapping[Monomial, Fraction] | None = None) -> None:
        self.terms: dict[Monomial, Fraction] = {m: c for m, c in (terms or {}).items() if c}
        self._hash: int | None = None

    @staticmethod
    def constant(value: int | Fraction) -> Polynomial:
        """A number, the term of no atoms."""
        return Polynomial({ONE: Fraction(value)})

    @staticmethod
    def atom(atom: Atom, exponent: int = 1) -> Polynomial:
        """One atom to a power, which may be negative."""
        return Polynomial({((atom, exponent),): Fraction(1)})

    @staticmethod
    def sum(parts: Iterable[Polynomial]) -> Polynomial:
        """The sum of any number of polynomials, like terms merged once."""
        total: dict[Monomial, Fraction] = {}
        for part in parts:
            spend(len(total))
            for monomial, coefficient in part.terms.items():
                before = total.get(monomial)
                total[monomial] = coefficient if before is None else before + coefficient
        return Polynomial(total)

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __iter__(self) -> Iterator[tuple[Monomial, Fraction]]:
        return iter(self.terms.items())

    def __len__(self) -> int:
        return len(self.terms)

    def __add__(self, other: Polynomial | int | Fraction) -> Polynomial:
        return Polynomial.sum((self, _as_polynomial(other)))

    __radd__ = __add__

    def __neg__(self) -> Polynomial:
        return Polynomial({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: Polynomial | int | Fraction) -> Polynomial:
        return self + (-_as_polynomial(other))

    def __rsub__(self, other: int | Fraction) -> Polynomial:
        return _as_polynomial(other) - self

    def __mul__(self, other: Polynomial | int | Fraction) -> Polynomial:
        if isinstance(other, (int, Fraction)):
            return Polynomial({m: c * other for m, c in self.terms.items()})
        product: dict[Monomial, Fraction] = {}
        for left, a in self.terms.items():
            spend(len(product))
            for right, b in other.terms.items():
                monomial = multiply_monomials(left, right)
                before = product.get(monomial)
                product[monomial] = a * b if before is None else before + a * b
        return Polynomial(product)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Polynomial:
        if exponent < 0:
            return self.inverse_monomial() ** (-exponent)
        result = Polynomial.constant(1)
        for _ in range(exponent):
            result = result * self
        return result

    def inverse_monomial(self) -> Polynomial:
        """1/self when self is a single term; anything else has no inverse among polynomials (ValueError)."""
        if len(self.terms) != 1:
            raise ValueError("only a single term can be inverted exactly")
        ((monomial, coefficient),) = self.terms.items()
        return Polynomial({tuple((a, -e) for a, e in monomial): 1 / coefficient})

    @property
    def is_constant(self) -> bool:
        """Whether no atom stands in it."""
        return not self.terms or set(self.terms) == {ONE}

    @property
    def constant_term(self) -> Fraction:
        """The coefficient of the term of no atoms; 0 where there is none."""
        return self.terms.get(ONE, Fraction(0))

    def atoms(self) -> set[Atom]:
        """Every atom of any term, in no order."""
        return {atom for monomial in self.terms for atom, _ in monomial}

    def map_atoms(self, replace: Callable[[Atom], Polynomial | None]) -> Polynomial:
        """Substitute atoms: ``replace(atom)`` is the polynomial to put in its place, or None to keep it."""
        cache: dict[Atom, Polynomial | None] = {}
        parts: list[Polynomial] = []
        untouched: dict[Monomial, Fraction] = {}
        for monomial, coefficient in self.terms.items():
            kept: list[tuple[Atom, int]] = []
            replaced: list[Polynomial] = []
            for atom, exponent in monomial:
                if atom not in cache:
                    cache[atom] = replace(atom)
                new = cache[atom]
                if new is None:
                    kept.append((atom, exponent))
                else:
                    replaced.append(new**exponent)
            if not replaced:
                untouched[monomial] = untouched.get(monomial, Fraction(0)) + coefficient
                continue
            product = Polynomial({tuple(kept): coefficient})
            for factor in replaced:
                product = product * factor
            parts.append(product)
        return Polynomial.sum([Polynomial(untouched), *parts])

    def derivative(self, slope: Callable[[Atom], Polynomial | None]) -> Polynomial:
        """The derivative by the product rule, given that of every atom: ``slope(atom)``, None where it is zero."""
        known: dict[Atom, Polynomial | None] = {}
        parts = []
        for monomial, coefficient in self.terms.items():
            for k, (atom, exponent) in enumerate(monomial):
                if atom not in known:
                    known[atom] = slope(atom)
                inner = known[atom]
                if inner:
                    lowered = ((atom, exponent - 1),) if exponent != 1 else ()
                    rest = (*monomial[:k], *lowered, *monomial[k + 1 :])
                    parts.append(Polynomial({rest: coefficient * exponent}) * inner)
        return Polynomial.sum(parts)

    def evaluate(self, value: Callable[[Atom], R], number: Callable[[Fraction], R]) -> R:
        """sum of number(coefficient) * prod value(atom)^exponent over the terms, in whatever ring ``number`` leads to.

        Raises what ``value`` does, and what the ring raises at a negative power of zero.
        """
        total = number(Fraction(0))
        for monomial, coefficient in self.terms.items():
            term = number(coefficient)
            for atom, exponent in monomial:
                term = term * value(atom) ** exponent
            total = total + term
        return total

    def rename_atoms(self, rename: Callable[[Atom], Atom]) -> Polynomial:
        """Every atom replaced by another atom; like terms merged."""
        new: dict[Atom, Atom] = {}
        total: dict[Monomial, Fraction] = {}
        for monomial, coefficient in self.terms.items():
            powers: dict[Atom, int] = {}
            for atom, exponent in monomial:
                if atom not in new:
                    new[atom] = rename(atom)
                powers[new[atom]] = powers.get(new[atom], 0) + exponent
            renamed = tuple(sorted(((a, e) for a, e in powers.items() if e), key=_by_key))
            total[renamed] = total.get(renamed, Fraction(0)) + coefficient
        return Polynomial(total)

    def sorted_terms(self) -> list[tuple[Monomial, Fraction]]:
        """Terms in an order that depends on the mathematics only."""
        return sorted(self.terms.items(), key=lambda t: [(a.sort_key, -e) for a, e in t[0]])

    def __repr__(self) -> str:
        return f"Polynomial({self})"

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        pieces = []
        for monomial, coefficient in self.sorted_terms():
            factors = [str(a) if e == 1 else f"{a}^{e}" for a, e in monomial]
            if coefficient != 1 or not factors:
                factors.insert(0, str(coefficient))
            pieces.append("*".join(factors))
        return " + ".join(pieces)


def _as_polynomial(value: Polynomial | int | Fraction) -> Polynomial:
    return value if isinstance(value, Polynomial) else Polynomial.constant(value)
