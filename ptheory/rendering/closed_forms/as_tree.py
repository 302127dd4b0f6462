"""Collected closed forms as the tree that every printer prints: tensor by tensor, what all terms share outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeVar

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, SortKey, Symbol, multiply_monomials
from ptheory.rendering.arrange import readable_content
from ptheory.rendering.closed_forms.closed_form_pieces import HALF, Transcendental, pieces
from ptheory.rendering.closed_forms.quotients import Quotient, by_degree, in_factors, quotients
from ptheory.rendering.tree import (
    BracketNode,
    CallNode,
    FractionNode,
    Node,
    PowerNode,
    RaisedSumNode,
    ScalarNode,
    Sum,
    SusceptibilityNode,
    TensorNode,
    Term,
    power,
)

if TYPE_CHECKING:
    from sympy import Expr

ONE = Fraction(1)
EXPONENTIAL = Symbol("e")
Part = TypeVar("Part")


@lru_cache(maxsize=512)
def collected(expression: Expr, kernels: frozenset[str]) -> tuple[Quotient, ...]:
    """A closed form in quotients, kept: every page collects the same ones. Raises NotCollected."""
    return tuple(quotients(pieces(expression), lambda name: name in kernels))


@dataclass(frozen=True)
class ClosedFormTree:
    """``tensors``: what a symbol is on the page; ``kernels``: the symbols rational functions are in.

    ``own``: the tensor on the left, whose term comes first; ``known``: closed forms that a tensor has by a name.
    """

    tensors: Mapping[str, TensorNode]
    kernels: frozenset[str]
    own: str = ""
    known: Mapping[str, Expr] = field(default_factory=dict)

    def sum(self, expression: Expr) -> Sum:
        """The closed form. Raises NotCollected."""
        groups: dict[tuple[Monomial, Monomial], list[Quotient]] = {}
        for one in self._quotients(expression):
            carried = tuple(item for item in one.outer if self._is_tensor(item[0]))
            scalars = tuple(item for item in one.outer if item not in carried)
            groups.setdefault((carried, scalars), []).append(replace(one, outer=()))
        named = {carried: self._named(carried, groups) for carried, _ in groups if carried}
        terms = []
        for carried, scalars in sorted(groups, key=lambda key: self._rank(key[0], key[1], groups[key])):
            outside = tuple(self._symbol(atom, exponent) for atom, exponent in carried)
            name = named.get(carried)
            if name is None:
                terms.append(self._joint(groups[carried, scalars], scalars, outside))
            elif (term := Term(ONE, (*name, *outside))) not in terms:
                terms.append(term)
        match terms:
            case [Term(Fraction(numerator=1, denominator=1), (BracketNode(body),))]:
                return body
        return Sum(tuple(terms))

    def names_in(self, total: Sum) -> tuple[str, ...]:
        """The known closed forms that stand in a sum by their names."""
        factors = [f.base if isinstance(f, PowerNode) else f for term in total.terms for f in term.factors]
        present = {factor.name for factor in factors if isinstance(factor, SusceptibilityNode)}
        return tuple(name for name in self.known if name in present)

    def _quotients(self, expression: Expr) -> tuple[Quotient, ...]:
        return collected(expression, self.kernels)

    def _named(
        self, carried: Monomial, groups: Mapping[tuple[Monomial, Monomial], Sequence[Quotient]]
    ) -> tuple[Node, ...] | None:
        """A known closed form, or a product of two, where it is all that multiplies a tensor."""
        found = {
            replace(one, outer=scalars)
            for (beside, scalars), entries in groups.items()
            if beside == carried
            for one in entries
        }
        return self._known_products.get(frozenset(found))

    @cached_property
    def _known_products(self) -> dict[frozenset[Quotient], tuple[Node, ...]]:
        """Of those that are sums: what is one term is written out."""
        known = {name: self._quotients(value) for name, value in self.known.items()}
        wide = [name for name, entries in known.items() if len(entries) > 1]
        products: dict[frozenset[Quotient], tuple[Node, ...]] = {}
        for name in wide:
            products[frozenset(known[name])] = (SusceptibilityNode(name),)
        for k, first in enumerate(wide):
            for second in wide[k:]:
                nodes: tuple[Node, ...] = (SusceptibilityNode(first), SusceptibilityNode(second))
                written = (power(nodes[0], 2),) if first == second else nodes
                products[frozenset(self._quotients(self.known[first] * self.known[second]))] = written
        return products

    def _rank(self, carried: Monomial, scalars: Monomial, entries: Sequence[Quotient]) -> SortKey:
        """The own tensor, other tensors, what is constant, what depends on the kernel."""
        names = [str(atom) for atom, _ in carried]
        depends = any(one.functions or one.exponent or one.factors for one in entries)
        return (names != [self.own], not carried, len(carried), names, depends, [(str(a), e) for a, e in scalars])

    def _is_tensor(self, atom: Atom) -> bool:
        return isinstance(atom, Symbol) and atom.name in self.tensors and atom.name not in self.kernels

    def _joint(self, entries: Sequence[Quotient], scalars: Monomial, outside: tuple[Node, ...]) -> Term:
        """scalars * (the sum of the entries) * outside as one term."""
        if len(entries) == 1:
            return self._term(entries[0], scalars, (), outside)
        common, rest = _shared(entries)
        return self._term(common, scalars, self._as_factors(rest), outside)

    def _as_factors(self, entries: Sequence[Quotient]) -> tuple[Node, ...]:
        """A sum of several entries as a factor: in brackets, or as a product of sums."""
        found = _as_product(entries)
        if found is None:
            return (BracketNode(self._sum_of(entries)),)
        generator, parts = found
        return tuple(
            RaisedSumNode(self._sum_of(_entries_of(part, generator)), Fraction(exponent)) for part, exponent in parts
        )

    def _sum_of(self, entries: Sequence[Quotient]) -> Sum:
        by_exponent: dict[Polynomial, list[Quotient]] = {}
        for one in sorted(entries, key=_reading_order):
            by_exponent.setdefault(one.exponent, []).append(one)
        terms = []
        for exponent, group in by_exponent.items():
            if exponent and len(by_exponent) > 1:
                terms.append(self._joint(group, (), ()))
            else:
                terms += [term for one in group for term in self._terms(one)]
        return Sum(tuple(terms))

    def _terms(self, one: Quotient) -> list[Term]:
        """One entry of a sum; a polynomial by itself is no factor there."""
        if not (one.functions or one.exponent) and len(one.factors) == 1 and one.factors[0][1] == 1:
            return list(self._polynomial(one.factors[0][0] * one.coefficient).terms)
        return [self._term(one, (), (), ())]

    def _term(self, one: Quotient, scalars: Monomial, inside: tuple[Node, ...], outside: tuple[Node, ...]) -> Term:
        root = self._one_root(one)
        if root is not None and not (scalars or inside or outside):
            return root
        above = [self._symbol(a, e) for a, e in scalars if e > 0]
        below = [self._symbol(a, -e) for a, e in scalars if e < 0]
        for part, exponent in one.factors:
            (above if exponent > 0 else below).append(self._factor(part, abs(exponent)))
        written = [(power(self._function(atom), exponent), _is_number(atom)) for atom, exponent in one.functions]
        above = [*(node for node, is_number in written if is_number), *above]
        after = [node for node, is_number in written if not is_number]
        if one.exponent:
            after.append(CallNode("exp", (self._polynomial(one.exponent),)))
        sign, size = (-1 if one.coefficient < 0 else 1), abs(one.coefficient)
        if not below:
            return Term(one.coefficient, (*above, *after, *inside, *outside))
        fraction = FractionNode(
            Term(Fraction(size.numerator), tuple(above)), Term(Fraction(size.denominator), tuple(below))
        )
        return Term(Fraction(sign), (fraction, *after, *inside, *outside))

    def _one_root(self, one: Quotient) -> Term | None:
        """c sqrt(n) sqrt(P) = sqrt(c^2 n P), where nothing else stands in it; kernels are not negative."""
        numbers = [atom.value for atom, e in one.functions if isinstance(atom, Transcendental) and e == 1]
        squares = [number**2 for number in numbers]
        if one.exponent or len(one.functions) != len(squares) or not all(square.is_Rational for square in squares):
            return None
        if len(one.factors) != 1 or one.factors[0][1] != HALF or not squares:
            return None
        inside = one.coefficient**2
        for square in squares:
            inside *= Fraction(int(square.p), int(square.q))
        body = self._polynomial(one.factors[0][0] * inside)
        return Term(ONE if one.coefficient > 0 else -ONE, (RaisedSumNode(body, HALF),))

    def _factor(self, part: Polynomial, exponent: Fraction) -> Node:
        if len(part) == 1 and exponent.denominator == 1:
            ((monomial, coefficient),) = part.terms.items()
            if coefficient == 1 and len(monomial) == 1 and monomial[0][1] == 1:
                return self._symbol(monomial[0][0], int(exponent))
        return RaisedSumNode(self._polynomial(part), exponent)

    def _symbol(self, atom: Atom, exponent: int) -> Node:
        assert isinstance(atom, Symbol)
        return power(self.tensors.get(atom.name) or ScalarNode(atom.name), exponent)

    def _function(self, atom: Atom) -> Node:
        assert isinstance(atom, Transcendental)
        value = atom.value
        if value.is_Pow:  # the root of a number
            return RaisedSumNode(Sum((Term(Fraction(int(value.base.p), int(value.base.q))),)), HALF)
        inner = replace(self, own="", known={})
        return CallNode(type(value).__name__, tuple(inner.sum(argument) for argument in value.args))

    def _polynomial(self, body: Polynomial) -> Sum:
        """Lower powers first, and a positive term before them all."""
        ordered = sorted(body, key=by_degree)
        if ordered[0][1] < 0:
            ordered.sort(key=lambda item: item[1] < 0)
        return Sum(tuple(self._monomial(monomial, coefficient) for monomial, coefficient in ordered))

    def _monomial(self, monomial: Monomial, coefficient: Fraction) -> Term:
        above = tuple(self._symbol(a, e) for a, e in monomial if e > 0)
        below = tuple(self._symbol(a, -e) for a, e in monomial if e < 0)
        if not below and (coefficient.denominator == 1 or not above):
            return Term(coefficient, above)
        size = abs(coefficient)
        fraction = FractionNode(Term(Fraction(size.numerator), above), Term(Fraction(size.denominator), below))
        return Term(ONE if coefficient > 0 else -ONE, (fraction,))


def _is_number(atom: Atom) -> bool:
    return isinstance(atom, Transcendental) and not atom.value.free_symbols


def _reading_order(one: Quotient) -> tuple[object, ...]:
    """What is rational, then functions, then roots."""
    roots = any(exponent.denominator > 1 for _, exponent in one.factors)
    return (roots, len(one.functions) + bool(one.exponent), one.coefficient < 0, str(one.exponent), str(one.functions))


def _shared(entries: Sequence[Quotient]) -> tuple[Quotient, list[Quotient]]:
    """(what every entry has as a factor, what is left of each)."""
    ordered = sorted(entries, key=_reading_order)
    content = readable_content([one.coefficient for one in ordered])
    parts = _common([dict(one.factors) for one in ordered])
    functions = _common([{atom: Fraction(e) for atom, e in one.functions} for one in ordered])
    exponent = Polynomial(
        {m: c for m, c in ordered[0].exponent if all(one.exponent.terms.get(m) == c for one in ordered)}
    )
    shared_functions = tuple((a, e) for a, _ in ordered[0].functions if a in functions for e in (int(functions[a]),))
    shared = Quotient(content, (), shared_functions, exponent, tuple(parts.items()))
    rest = [
        Quotient(
            one.coefficient / content,
            (),
            multiply_monomials(one.functions, tuple((a, -e) for a, e in shared_functions)),
            one.exponent - exponent,
            tuple((part, left) for part, e in one.factors if (left := e - parts.get(part, 0))),
        )
        for one in ordered
    ]
    return shared, rest


def _common(powers: Sequence[Mapping[Part, Fraction]]) -> dict[Part, Fraction]:
    """The power of every factor that all have, the one nearest to zero."""
    found = {}
    for part in powers[0]:
        exponents = [one.get(part, Fraction(0)) for one in powers]
        if all(e > 0 for e in exponents):
            found[part] = min(exponents)
        elif all(e < 0 for e in exponents):
            found[part] = max(exponents)
    return found


def _as_product(entries: Sequence[Quotient]) -> tuple[Polynomial, list[tuple[Polynomial, int]]] | None:
    """(g, polynomials in e^g and functions, with their powers) where the sum is such a product.

    1 - 2 e^g + e^(2g) = (1 - e^g)^2.
    """
    if any(one.factors for one in entries):
        return None
    steps = sorted((one.exponent for one in entries if one.exponent), key=lambda p: (len(p), str(p)))
    for generator in steps or [Polynomial()]:
        times = [_multiple(one.exponent, generator) for one in entries]
        total: dict[Monomial, Fraction] = {}
        for k, one in zip(times, entries, strict=True):
            if k is not None:
                step = ((EXPONENTIAL, k),) if k else ()
                total[multiply_monomials(one.functions, step)] = one.coefficient
        content, parts = in_factors(Polynomial(total))
        if len(total) == len(entries) and content == 1 and sum(exponent for _, exponent in parts) > 1:
            return generator, parts
    return None


def _multiple(exponent: Polynomial, generator: Polynomial) -> int | None:
    """k >= 0 with exponent = k generator."""
    if not exponent:
        return 0
    monomial = next(iter(generator.terms), ())
    ratio = exponent.terms.get(monomial, Fraction(0)) / generator.terms.get(monomial, ONE)
    return int(ratio) if ratio > 0 and ratio.denominator == 1 and exponent == generator * ratio else None


def _entries_of(part: Polynomial, generator: Polynomial) -> list[Quotient]:
    """A polynomial in e^g and functions as entries."""
    return [
        Quotient(
            coefficient,
            (),
            tuple(item for item in monomial if item[0] != EXPONENTIAL),
            generator * dict(monomial).get(EXPONENTIAL, 0),
            (),
        )
        for monomial, coefficient in part
    ]
