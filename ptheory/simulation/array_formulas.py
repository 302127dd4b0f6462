"""Formulas on numpy arrays: a kind of number of the walk in ``formula_numbers``; for slopes see ``array_slopes``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import e, pi, prod

import numpy as np

from ptheory.language.expressions import (
    Call,
    Compare,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Name,
    Number,
    Power,
)
from ptheory.language.formula_numbers import value_of
from ptheory.networks.formulas import FormulaError
from ptheory.networks.scalars import layered_symbol
from ptheory.simulation.array_functions import ARRAY_FUNCTIONS, RELATIONS, ArrayFunction, ArrayOrNumber

FieldKey = tuple[str, int]
"""(field name, depth below the layer read)"""

Activations = Mapping[str, Sequence[ArrayFunction]]
"""name -> (sigma, sigma', ...) on arrays"""

Scalars = Callable[[str, int], float]
"""(hyperparameter, layer offset) -> its value for the layer being made"""


EXTREMA: dict[str, Callable[[ArrayOrNumber, ArrayOrNumber], ArrayOrNumber]] = {"max": np.maximum, "min": np.minimum}


def function_of_arrays(node: Call, activations: Activations, primes: int) -> ArrayFunction:
    """The array function of a call, differentiated ``primes`` times. Raises FormulaError where there is none."""
    known = activations.get(node.function) or ARRAY_FUNCTIONS.get(node.function)
    if known is None or len(node.arguments) != 1:
        raise FormulaError(f"no array function for {node.function}", node)
    if primes >= len(known):
        raise FormulaError(f"no array function for derivative {primes} of {node.function}", node)
    return known[primes]


def evaluate(
    formula: Expression, fields: Mapping[FieldKey, ArrayOrNumber], scalar: Scalars, activations: Activations
) -> ArrayOrNumber:
    """The value of a site function, ``fields`` being arrays of one shape."""
    return value_of(formula, ArrayFormulas(fields, scalar, activations))


class ArrayFormulas:
    """numpy arrays as a kind of number: the value of each field at every neuron."""

    def __init__(self, fields: Mapping[FieldKey, ArrayOrNumber], scalar: Scalars, activations: Activations) -> None:
        self.fields = fields
        self.scalar = scalar
        self.activations = activations

    def leaf(self, node: Expression) -> ArrayOrNumber:
        """A float, or the array of a field."""
        match node:
            case Number():
                return float(node.value)
            case Name():
                return {"pi": pi, "e": e}[node.name] if node.name in ("pi", "e") else self.scalar(node.name, 0)
            case Indexed():
                symbol = layered_symbol(node)
                return self.scalar(symbol.name, symbol.layer or 0)
            case FieldAt():
                return self.fields[node.field, node.depth]
        raise FormulaError("this has no meaning inside a site function", node)

    def negate(self, value: ArrayOrNumber) -> ArrayOrNumber:
        """−value"""
        return -value

    def add(self, values: Sequence[ArrayOrNumber]) -> ArrayOrNumber:
        """The sum."""
        return sum(values)

    def multiply(self, values: Sequence[ArrayOrNumber]) -> ArrayOrNumber:
        """The product."""
        return prod(values, start=1.0)

    def divide(self, node: Divide, above: ArrayOrNumber, below: ArrayOrNumber) -> ArrayOrNumber:
        """The quotient, infinite where numpy says so."""
        return above / below

    def power(self, node: Power, base: ArrayOrNumber, exponent: ArrayOrNumber) -> ArrayOrNumber:
        """The power; whole exponents take negative bases."""
        return base ** whole_or_float(exponent)

    def call(self, node: Call, arguments: Sequence[ArrayOrNumber]) -> ArrayOrNumber:
        """An activation or a function of the language, or the largest or least of the arguments."""
        if node.function in EXTREMA:
            return reduce(EXTREMA[node.function], arguments)
        return function_of_arrays(node, self.activations, node.primes)(arguments[0])

    def compare(self, node: Compare, left: ArrayOrNumber, right: ArrayOrNumber) -> ArrayOrNumber:
        """Where the relation holds."""
        return RELATIONS[node.relation](left, right)

    def select(
        self, branches: Sequence[tuple[ArrayOrNumber, ArrayOrNumber]], otherwise: ArrayOrNumber
    ) -> ArrayOrNumber:
        """At every neuron the value of the first branch whose condition holds."""
        result = otherwise
        for value, condition in reversed(branches):
            result = np.where(condition, value, result)
        return result


def whole_or_float(exponent: ArrayOrNumber) -> ArrayOrNumber:
    """A whole exponent as int, so that negative bases are fine; anything else unchanged."""
    if isinstance(exponent, float) and exponent.is_integer():
        return int(exponent) if exponent >= 0 else exponent
    return exponent
