"""A side of a claim as the sum its author wrote: coefficient * what stands above the line / what stands below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ptheory.claims.reading.claim_text import expression_text
from ptheory.language.expressions import Add, Divide, Expression, Multiply, Negate, Number, Power

MOST_TERMS = 60  # of a product of sums taken apart


@dataclass(frozen=True)
class Term:
    """coefficient * prod above / prod below, as written."""

    coefficient: Fraction
    above: tuple[Expression, ...]
    below: tuple[Expression, ...] = ()

    def tree(self) -> Expression:
        """The term without its numerical coefficient."""
        one = Number(Fraction(1))
        top = Multiply(self.above) if len(self.above) > 1 else self.above[0] if self.above else one
        if not self.below:
            return top
        return Divide(top, Multiply(self.below) if len(self.below) > 1 else self.below[0])


def as_tree(term: Term) -> Expression:
    """The term as a formula, its coefficient in front."""
    core, size = term.tree(), Number(abs(term.coefficient))
    if core == Number(Fraction(1)):
        found: Expression = size
    elif size.value == 1:
        found = core
    else:
        found = Multiply((size, *(core.factors if isinstance(core, Multiply) else (core,))))
    return Negate(found) if term.coefficient < 0 else found


def sum_text(terms: Sequence[Term], other: str = "") -> str:
    """A sum of terms as text, ``other`` the last of them."""
    written = [term_text(term) for term in terms] + ([other] if other else [])
    total = written[0] if written else "0"
    for text in written[1:]:
        total += f" - {text[1:]}" if text.startswith("-") else f" + {text}"
    return total


def term_text(term: Term) -> str:
    """The term as text, with its sign."""
    tree = term.tree()
    core = f"({expression_text(tree)})" if isinstance(tree, Add) else expression_text(tree)
    if tree == Number(Fraction(1)):
        return str(term.coefficient)
    if abs(term.coefficient) == 1:
        return core if term.coefficient > 0 else f"-{core}"
    return f"{term.coefficient}*{core}"


def additive_terms(node: Expression, sign: int = 1) -> Iterator[Term]:
    """The terms of a sum as written."""
    match node:
        case Add(terms):
            for term in terms:
                yield from additive_terms(term, sign)
        case Negate(operand):
            yield from additive_terms(operand, -sign)
        case _:
            yield from (t for t in _products(node, expand=False, sign=sign))


def multiplied_out(node: Expression) -> list[Term]:
    """The terms with products of sums taken apart; empty where there would be too many."""
    terms = list(_products(node, expand=True, sign=1))
    return terms if len(terms) <= MOST_TERMS else []


def _products(node: Expression, expand: bool, sign: int) -> list[Term]:
    match node:
        case Number(value):
            return [Term(value * sign, ())]
        case Negate(operand):
            return _products(operand, expand, -sign)
        case Add(terms) if expand:
            return [found for term in terms for found in _products(term, expand, sign)]
        case Multiply(factors):
            products = [Term(Fraction(sign), ())]
            for factor in factors:
                parts = _products(factor, expand, 1)
                products = [
                    Term(a.coefficient * b.coefficient, a.above + b.above, a.below + b.below)
                    for a in products
                    for b in parts
                ][: MOST_TERMS + 1]
            return products
        case Divide(numerator, denominator):
            (below,) = _products(denominator, False, 1)
            if not below.coefficient:
                return [Term(Fraction(sign), (node,))]
            return [
                Term(t.coefficient / below.coefficient, t.above + below.below, t.below + below.above)
                for t in _products(numerator, expand, sign)
            ]
        case Power(Number(value), Number(exponent)) if exponent.denominator == 1 and value:
            return [Term(sign * value ** int(exponent), ())]
        case Power(base, Number(exponent)) if exponent.denominator == 1:
            (inner,) = _products(base, False, 1)
            if inner.coefficient in (0, 1) or abs(exponent) > 12:
                return [Term(Fraction(sign), (node,))]
            bare = replace(inner, coefficient=Fraction(1)).tree()
            return [Term(sign * inner.coefficient ** int(exponent), (Power(bare, Number(exponent)),))]
    return [Term(Fraction(sign), (node,))]
