"""The places of a side where something may be wrong, and what is to be read anew when it is changed there.

A changed node is not read with the whole side around it: the side is A + B*part, where ``part`` is the smallest
subtree around the node that stands in a sum or product, and only the part is read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Negate,
    Number,
    Power,
    children,
    rewritten,
)


@dataclass(frozen=True)
class Position:
    """A node and the ``part`` around it, with the whole side = A + part * prod factors, A without the part.

    ``parent``: what the node stands in, None for the whole side; ``inside``: of an average; ``is_term``: of a sum, or
    all of a side, of an average or of an argument, so that a factor may be missing.
    """

    node: Expression
    part: Expression
    factors: tuple[Expression, ...]
    parent: Expression | None = field(default=None, compare=False)
    inside: bool = False
    is_term: bool = False


def positions(tree: Expression) -> Iterator[Position]:
    """Every node, parents first, left to right; slots and layers are changed as a whole."""
    yield from _below(Position(tree, tree, (), is_term=True))


def _below(here: Position) -> Iterator[Position]:
    yield here
    node, apart = here.node, here.part is here.node
    if isinstance(node, Indexed):
        return
    for child in children(node):
        inside = here.inside or isinstance(node, Bracket)
        is_term = isinstance(node, (Add, Bracket, Call)) or (isinstance(node, Negate) and here.is_term)
        below = replace(here, node=child, parent=node, inside=inside, is_term=is_term)
        if apart and (around := _factors_around(node, child)) is not None:
            below = replace(below, part=child, factors=(*here.factors, *around))
        yield from _below(below)


def _factors_around(node: Expression, child: Expression) -> tuple[Expression, ...] | None:
    """The factors with node = child * prod factors + what does not hold the child; None where there are none such."""
    match node:
        case Add():
            return ()
        case Negate():
            return (Number(Fraction(-1)),)
        case Multiply(parts):
            place = next(k for k, part in enumerate(parts) if part is child)
            return (*parts[:place], *parts[place + 1 :])
        case Divide(numerator, denominator) if child is numerator:
            return (Divide(Number(Fraction(1)), denominator),)
    return None


def exchanged(tree: Expression, old: Expression, new: Expression) -> Expression:
    """The tree with one node (the object itself) replaced."""
    return rewritten(tree, lambda node: new if node is old else None)


def times(node: Expression, factor: Expression) -> Expression:
    """node*factor, as one would write it."""
    match node:
        case Multiply(factors):
            return Multiply((*factors, factor))
        case Divide(numerator, denominator):
            return Divide(times(numerator, factor), denominator)
        case Number(value) if value == 1:
            return factor
    return Multiply((node, factor))


def without(product: Multiply, *left_out: Expression) -> Expression:
    """The product without some of its factors (the objects themselves)."""
    rest = tuple(factor for factor in product.factors if not any(factor is other for other in left_out))
    return Multiply(rest) if len(rest) > 1 else rest[0] if rest else Number(Fraction(1))


def squared(node: Expression) -> Power:
    """node^2."""
    return Power(node, Number(Fraction(2)))
