"""Formulas in which hyperparameters that are set stand as their values."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ptheory.language.expressions import Expression, Indexed, Name, Negate, Number, rewritten

Value = Fraction | Expression  # exact where rational, else a formula such as sqrt(2)


def at_values(formula: Expression, values: Mapping[str, Value]) -> Expression:
    """The formula with ``C_W`` and ``C_W[l]`` replaced where C_W is set in every layer."""

    def put(node: Expression) -> Expression | None:
        if isinstance(node, (Name, Indexed)) and node.name in values:
            return as_expression(values[node.name])
        return None

    return rewritten(formula, put)


def as_expression(value: Value) -> Expression:
    """A value as a node of a formula; a negative number is a negated one."""
    if isinstance(value, Fraction):
        return Number(value) if value >= 0 else Negate(Number(-value))
    return value
