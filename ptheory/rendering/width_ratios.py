"""n_l/n_(l-1) written once: a factor before all that a layer inherits."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ptheory.algebra.polynomial import Monomial, Polynomial, Symbol
from ptheory.recursion.tensors import WIDTH_RATIO, Tensor
from ptheory.rendering.arrange import Susceptibility, SymmetricPart, arrange, node, reading_order
from ptheory.rendering.brackets import common_monomial
from ptheory.rendering.notation import Notation
from ptheory.rendering.tree import BracketNode, Sum, Term, power


def with_width_ratio_once(right: Polynomial, notation: Notation, own: Tensor | None = None) -> Sum:
    """The display tree, terms of the same power of n_l/n_(l-1) in one bracket, with the hyperparameters they share."""
    powers: dict[int, dict[Monomial, Fraction]] = {}
    for monomial, coefficient in right:
        powers.setdefault(_power_of(monomial), {})[monomial] = coefficient
    terms: list[Term] = []
    for exponent in sorted(powers, reverse=True):  # its own tensor has the highest
        part = Polynomial(powers[exponent])
        terms += _bracketed(part, exponent, notation, own) if exponent else arrange(part, notation, own).terms
    return Sum(tuple(terms))


def _bracketed(part: Polynomial, exponent: int, notation: Notation, own: Tensor | None) -> Sequence[Term]:
    """The terms of one power of n_l/n_(l-1): a factor before a bracket, where there are several."""
    shared = _shared(part)
    inside = arrange(_divided(part, shared, exponent), notation, own)
    if len(inside.terms) < 2:
        return arrange(part, notation, own).terms
    number = _shared_number([term.coefficient for term in inside.terms])
    body = Sum(tuple(Term(term.coefficient / number, term.factors) for term in inside.terms))
    factors = sorted((*shared, (WIDTH_RATIO, exponent)), key=reading_order)
    return [Term(number, (*(power(node(a, notation), e) for a, e in factors), BracketNode(body)))]


def _shared_number(coefficients: Sequence[Fraction]) -> Fraction:
    """The number all terms have, with the sign of the first; 1 where they have several."""
    first, *others = coefficients
    return first if all(abs(one) == abs(first) for one in others) else Fraction(1)


def _power_of(monomial: Monomial) -> int:
    """The power of n_l/n_(l-1); of a symmetric sum where all of its terms have the same."""
    match monomial:
        case ((SymmetricPart(body), 1),):
            found = {_power_of(inner) for inner, _ in body}
            return found.pop() if len(found) == 1 else 0
    return dict(monomial).get(WIDTH_RATIO, 0)


def _shared(part: Polynomial) -> Monomial:
    """The hyperparameters and susceptibilities that every term has."""
    bodies = [atom.body for atom in part.atoms() if isinstance(atom, SymmetricPart)]
    plain = [m for m in part.terms if not any(isinstance(atom, SymmetricPart) for atom, _ in m)]
    monomials = [*plain, *(m for body in bodies for m in body.terms)]
    return common_monomial([tuple((a, e) for a, e in m if isinstance(a, (Symbol, Susceptibility))) for m in monomials])


def _divided(part: Polynomial, shared: Monomial, exponent: int) -> Polynomial:
    divisor = Polynomial({shared: Fraction(1)}) * Polynomial.atom(WIDTH_RATIO, exponent)
    inverse = divisor.inverse_monomial()
    total = []
    for monomial, coefficient in part:
        match monomial:
            case ((SymmetricPart(body, first, second), 1),):
                total.append(Polynomial.atom(SymmetricPart(body * inverse, first, second)) * coefficient)
            case _:
                total.append(Polynomial({monomial: coefficient}) * inverse)
    return Polynomial.sum(total)
