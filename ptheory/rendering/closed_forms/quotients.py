"""Like pieces of a closed form over one denominator: a number times powers, whole and half, of irreducible factors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ptheory.algebra.factoring import factors
from ptheory.algebra.polynomial import Monomial, Polynomial, SortKey, Symbol
from ptheory.rendering.closed_forms.closed_form_pieces import HALF, PI, Piece

Factors = dict[Polynomial, Fraction]  # irreducible polynomial -> its exponent


@dataclass(frozen=True)
class Quotient:
    """coefficient * outer * functions * exp(exponent) * prod factor^power.

    ``outer``: hyperparameters and tensors; ``factors`` in the kernel and pi.
    """

    coefficient: Fraction
    outer: Monomial
    functions: Monomial
    exponent: Polynomial
    factors: tuple[tuple[Polynomial, Fraction], ...]


def quotients(found: Iterable[Piece], is_inner: Callable[[str], bool]) -> list[Quotient]:
    """One for every product of outer symbols, functions and roots; ``is_inner``: the symbols of rational functions."""
    groups: dict[tuple[Monomial, Monomial, Polynomial, int, frozenset[Polynomial]], list[tuple[Polynomial, Factors]]]
    groups = {}
    for piece in found:
        inner = tuple((a, e) for a, e in piece.monomial if isinstance(a, Symbol) and a != PI and is_inner(a.name))
        pi_power = dict(piece.monomial).get(PI, 0)
        outer = tuple(item for item in piece.monomial if item not in inner and item[0] != PI)
        number, below = piece.coefficient, Factors()
        for body, power in piece.below:
            content, parts = in_factors(body)
            number /= content**power
            for part, times in parts:
                below[part] = below.get(part, Fraction(0)) + power * times
        key = outer, piece.functions, piece.exponent, pi_power, piece.radicands
        groups.setdefault(key, []).append((Polynomial({inner: number}), below))
    made = []
    for (outer, functions, exponent, pi_power, radicands), terms in groups.items():
        coefficient, exponents = _over_one_denominator(terms)
        if coefficient:
            with_pi = _added(exponents, Polynomial.atom(PI), Fraction(pi_power))
            for radicand in radicands:
                with_pi = _added(with_pi, radicand, -HALF)
            made.append(Quotient(coefficient, outer, functions, exponent, _in_order(with_pi)))
    return made


def _over_one_denominator(terms: Sequence[tuple[Polynomial, Factors]]) -> tuple[Fraction, Factors]:
    common: Factors = {}
    for _, below in terms:
        for part, exponent in below.items():
            common[part] = max(common.get(part, Fraction(0)), exponent)
    total = Polynomial()
    for above, below in terms:
        for part, exponent in common.items():
            above = above * part ** int(exponent - below.get(part, 0))
        total = total + above
    if not total:
        return Fraction(0), {}
    coefficient, parts = in_factors(total)
    exponents = {part: Fraction(exponent) for part, exponent in parts}
    for part, exponent in common.items():
        exponents[part] = exponents.get(part, Fraction(0)) - exponent
    return coefficient, {part: exponent for part, exponent in exponents.items() if exponent}


def in_factors(polynomial: Polynomial) -> tuple[Fraction, list[tuple[Polynomial, int]]]:
    """Its irreducible factors, the lowest term of each positive: 1 - K, not K - 1."""
    content, parts = factors(polynomial)
    made = []
    for part, exponent in parts:
        _, lowest = min(part, key=by_degree)
        if lowest < 0:
            part, content = -part, content * (-1) ** exponent
        made.append((part, exponent))
    return content, made


def by_degree(item: tuple[Monomial, Fraction]) -> SortKey:
    """The order of the terms of a polynomial: lower powers first."""
    monomial, _ = item
    return (sum(e for _, e in monomial), [(str(a), -e) for a, e in monomial])


def _added(exponents: Factors, part: Polynomial, power: Fraction) -> Factors:
    """One more power of a factor; the root of an irreducible one joins its whole powers."""
    total = {**exponents, part: exponents.get(part, Fraction(0)) + power}
    return {part: exponent for part, exponent in total.items() if exponent}


def _in_order(exponents: Factors) -> tuple[tuple[Polynomial, Fraction], ...]:
    """pi, the kernel, sums with whole powers, roots; the shorter first."""

    def rank(item: tuple[Polynomial, Fraction]) -> SortKey:
        part, exponent = item
        terms = sorted(part, key=by_degree)
        shape = [(by_degree(term), term[1]) for term in terms]
        return (part != Polynomial.atom(PI), len(part) > 1, exponent.denominator, len(part), shape)

    return tuple(sorted(exponents.items(), key=rank))
