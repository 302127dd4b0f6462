"""Formulas of the language over any kind of number: one walk, the operations in a record of each kind.

SymPy expressions (``networks.formulas``), arrays and arrays with their slopes (``simulation.array_formulas``) are
kinds of number here. For SymPy's own trees see ``activations.tape``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from ptheory.language.expressions import (
    Add,
    Call,
    Compare,
    Divide,
    Expression,
    Multiply,
    Negate,
    Piecewise,
    Power,
)

V = TypeVar("V")


class FormulaNumbers(Protocol[V]):
    """The operations of one kind of number; each may refuse, pointing at the node it is given."""

    def leaf(self, node: Expression) -> V:
        """A number, a name, a field, an indexed name; whatever else may not stand in a formula."""

    def negate(self, value: V) -> V:
        """−value"""

    def add(self, values: Sequence[V]) -> V:
        """The sum, from the left."""

    def multiply(self, values: Sequence[V]) -> V:
        """The product, from the left."""

    def divide(self, node: Divide, above: V, below: V) -> V:
        """above/below"""

    def power(self, node: Power, base: V, exponent: V) -> V:
        """base^exponent"""

    def call(self, node: Call, arguments: Sequence[V]) -> V:
        """The function of ``node``, with its primes, of the arguments."""

    def compare(self, node: Compare, left: V, right: V) -> V:
        """Whether the relation of ``node`` holds."""

    def select(self, branches: Sequence[tuple[V, V]], otherwise: V) -> V:
        """The value of the first pair (value, condition) whose condition holds."""


def value_of(node: Expression, numbers: FormulaNumbers[V]) -> V:
    """The value of a formula in one kind of number; raises what the operations raise."""
    match node:
        case Divide():
            below = value_of(node.denominator, numbers)
            return numbers.divide(node, value_of(node.numerator, numbers), below)
        case Power():
            exponent = value_of(node.exponent, numbers)
            return numbers.power(node, value_of(node.base, numbers), exponent)
        case Compare():
            return numbers.compare(node, value_of(node.left, numbers), value_of(node.right, numbers))
        case Piecewise():
            pairs = [(value_of(value, numbers), value_of(condition, numbers)) for condition, value in node.branches]
            return numbers.select(pairs, value_of(node.otherwise, numbers))
        case Negate():
            return numbers.negate(value_of(node.operand, numbers))
        case Add():
            return numbers.add([value_of(term, numbers) for term in node.terms])
        case Multiply():
            return numbers.multiply([value_of(factor, numbers) for factor in node.factors])
        case Call():
            return numbers.call(node, [value_of(argument, numbers) for argument in node.arguments])
    return numbers.leaf(node)
