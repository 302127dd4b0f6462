"""Formulas in which hyperparameters that are set stand as their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from ptheory.language.expressions import (
    Add,
    Call,
    Compare,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Piecewise,
    Power,
)

Value = Fraction | Expression  # exact where rational, else a formula such as sqrt(2)


def at_values(formula: Expression, values: Mapping[str, Value]) -> Expression:
    """The formula with ``C_W`` and ``C_W[l]`` replaced where C_W is set; what the value depends on is nothing."""

    def put(node: Expression) -> Expression:
        match node:
            case Name(name) | Indexed(name, _, 0) if name in values:
                return as_expression(values[name])
            case Call():
                return replace(node, arguments=tuple(put(a) for a in node.arguments))
            case Add():
                return replace(node, terms=tuple(put(term) for term in node.terms))
            case Multiply():
                return replace(node, factors=tuple(put(factor) for factor in node.factors))
            case Negate():
                return replace(node, operand=put(node.operand))
            case Divide():
                return replace(node, numerator=put(node.numerator), denominator=put(node.denominator))
            case Power():
                return replace(node, base=put(node.base), exponent=put(node.exponent))
            case Compare():
                return replace(node, left=put(node.left), right=put(node.right))
            case Piecewise():
                branches = tuple((put(condition), put(value)) for condition, value in node.branches)
                return replace(node, branches=branches, otherwise=put(node.otherwise))
        return node

    return put(formula)


def as_expression(value: Value) -> Expression:
    if isinstance(value, Fraction):
        return Number(value) if value >= 0 else Negate(Number(-value))
    return value
