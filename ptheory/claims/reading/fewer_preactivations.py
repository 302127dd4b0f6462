"""Functions of several preactivations that are products and sums of functions of fewer.

exp(f(z1) + g(z2)) = exp(f(z1)) exp(g(z2)),    max(a, b) = (a + b + |a - b|)/2,    min(a, b) = (a + b - |a - b|)/2
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ptheory.algebra.elementary import EXTREMA
from ptheory.language.expressions import Add, Call, Divide, Expression, Multiply, Negate, Number, walk
from ptheory.recursion.tensors import Leg

LegOf = Callable[[Expression], Leg | None]
HALF = Number(Fraction(1, 2))


def in_fewer_preactivations(node: Call, leg_of: LegOf) -> Expression | None:
    """The same function, no part of which reads as many preactivations; None where none is known."""
    if node.primes:
        return None
    match node:
        case Call("exp", (exponent,)):
            return _as_product(node, exponent, leg_of)
        case Call(function, (a, b)) if function in EXTREMA:
            distance: Expression = Call("abs", (Add((a, Negate(b)), span=node.span),), span=node.span)
            if function == "min":
                distance = Negate(distance, span=node.span)
            return Multiply((HALF, Add((a, b, distance), span=node.span)), span=node.span)
    return None


def _as_product(node: Call, exponent: Expression, leg_of: LegOf) -> Expression | None:
    """One exponential for every set of preactivations that terms of the exponent read; None where all read the same."""
    groups: dict[frozenset[Leg], list[Expression]] = {}
    for term in _terms(exponent):
        legs = frozenset(leg for part in walk(term) if (leg := leg_of(part)) is not None)
        groups.setdefault(legs, []).append(term)
    if len(groups) < 2:
        return None
    sums = (Add(tuple(terms), span=node.span) if len(terms) > 1 else terms[0] for terms in groups.values())
    return Multiply(tuple(Call("exp", (total,), span=node.span) for total in sums), span=node.span)


def _terms(node: Expression) -> list[Expression]:
    """What a formula is the sum of, a sign, a factor or a divisor of a sum given to each of its terms."""
    match node:
        case Add(terms):
            return [found for term in terms for found in _terms(term)]
        case Negate(operand):
            return [Negate(term, span=node.span) for term in _terms(operand)]
        case Divide(above, below):
            return [Divide(term, below, span=node.span) for term in _terms(above)]
        case Multiply(factors):
            place = next((k for k, factor in enumerate(factors) if len(_terms(factor)) > 1), None)
            if place is not None:
                before, after = factors[:place], factors[place + 1 :]
                inner = _terms(factors[place])
                made = (Multiply((*before, term, *after), span=node.span) for term in inner)
                return [found for product in made for found in _terms(product)]
    return [node]
