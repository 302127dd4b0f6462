"""Formulas on numpy arrays with their derivatives by each field: forward differentiation, almost everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ptheory.language.expressions import Call, Compare, Divide, Expression, FieldAt, Power
from ptheory.language.formula_numbers import value_of
from ptheory.networks.formulas import FormulaError
from ptheory.simulation.array_formulas import (
    EXTREMA,
    Activations,
    ArrayFormulas,
    FieldKey,
    Scalars,
    function_of_arrays,
    whole_or_float,
)
from ptheory.simulation.array_functions import ArrayOrNumber

Gradient = dict[FieldKey, ArrayOrNumber]


def evaluate_with_gradient(
    formula: Expression, fields: Mapping[FieldKey, ArrayOrNumber], scalar: Scalars, activations: Activations
) -> tuple[ArrayOrNumber, Gradient]:
    """Value and derivatives by each field that occurs (forward differentiation, almost everywhere)."""
    found = value_of(formula, SlopedFormulas(ArrayFormulas(fields, scalar, activations)))
    return found.value, found.slope()


@dataclass(frozen=True)
class Sloped:
    """A value, and its derivative by every field it depends on, worked out when asked for."""

    value: Any
    slope: Callable[[], Gradient]


class SlopedFormulas:
    """Arrays with their derivatives as a kind of number: the chain rule for each operation."""

    def __init__(self, arrays: ArrayFormulas) -> None:
        self.arrays = arrays

    def leaf(self, node: Expression) -> Sloped:
        """A field has slope 1 by itself, everything else none."""
        value = self.arrays.leaf(node)
        if isinstance(node, FieldAt):
            return Sloped(value, lambda: {(node.field, node.depth): np.ones_like(value)})
        return Sloped(value, dict)

    def negate(self, value: Sloped) -> Sloped:
        """(−f)′ = −f′"""
        return Sloped(-value.value, lambda: _scaled(value.slope(), -1.0))

    def add(self, values: Sequence[Sloped]) -> Sloped:
        """(f + g)′ = f′ + g′"""
        return Sloped(self.arrays.add(_plain(values)), lambda: _summed([value.slope() for value in values]))

    def multiply(self, values: Sequence[Sloped]) -> Sloped:
        """(f g)′ = f′ g + f g′"""
        plain = _plain(values)

        def slope() -> Gradient:
            others = (self.arrays.multiply([*plain[:k], *plain[k + 1 :]]) for k in range(len(plain)))
            return _summed([_scaled(value.slope(), other) for value, other in zip(values, others, strict=True)])

        return Sloped(self.arrays.multiply(plain), slope)

    def divide(self, node: Divide, above: Sloped, below: Sloped) -> Sloped:
        """(f/g)′ = f′/g − f g′/g²"""
        f, g = above.value, below.value
        return Sloped(
            self.arrays.divide(node, f, g),
            lambda: _summed([_scaled(above.slope(), 1 / g), _scaled(below.slope(), -f / g**2)]),
        )

    def power(self, node: Power, base: Sloped, exponent: Sloped) -> Sloped:
        """(f^g)′ = g f^(g−1) f′, and f^g log f g′ more where g varies."""
        f, g = base.value, whole_or_float(exponent.value)

        def slope() -> Gradient:
            inner = exponent.slope()
            if not inner:
                return _scaled(base.slope(), g * f ** (g - 1)) if g != 0 else {}
            power = f**g
            return _summed([_scaled(base.slope(), g * power / f), _scaled(inner, power * np.log(f))])

        return Sloped(self.arrays.power(node, f, g), slope)

    def call(self, node: Call, arguments: Sequence[Sloped]) -> Sloped:
        """σ(f)′ = σ′(f) f′; the slope of the largest argument is that of the first one that is as large."""
        plain = _plain(arguments)
        value = self.arrays.call(node, plain)
        if node.function in EXTREMA:
            return Sloped(value, lambda: _slope_of_winner(value, arguments))

        def slope() -> Gradient:
            outer = function_of_arrays(node, self.arrays.activations, node.primes + 1)(plain[0])
            return _scaled(arguments[0].slope(), outer)

        return Sloped(value, slope)

    def compare(self, node: Compare, left: Sloped, right: Sloped) -> Sloped:
        """A condition has no derivative."""

        def slope() -> Gradient:
            raise FormulaError("this has no derivative inside a site function", node)

        return Sloped(self.arrays.compare(node, left.value, right.value), slope)

    def select(self, branches: Sequence[tuple[Sloped, Sloped]], otherwise: Sloped) -> Sloped:
        """The slope of the branch taken."""
        conditions = [condition.value for _, condition in branches]

        def slope() -> Gradient:
            slopes = [value.slope() for value, _ in branches]
            last = otherwise.slope()
            keys = {key for part in (*slopes, last) for key in part}
            parts = {key: [part.get(key, 0.0) for part in slopes] for key in keys}
            return {
                key: self.arrays.select(list(zip(parts[key], conditions, strict=True)), last.get(key, 0.0))
                for key in keys
            }

        values = [value.value for value, _ in branches]
        return Sloped(self.arrays.select(list(zip(values, conditions, strict=True)), otherwise.value), slope)


def _plain(values: Sequence[Sloped]) -> list[ArrayOrNumber]:
    return [value.value for value in values]


def _slope_of_winner(winner: ArrayOrNumber, arguments: Sequence[Sloped]) -> Gradient:
    taken: ArrayOrNumber = False
    parts = []
    for argument in arguments:
        wins = (argument.value == winner) & ~np.asarray(taken)
        taken = taken | wins
        parts.append(_scaled(argument.slope(), wins.astype(float)))
    return _summed(parts)


def _scaled(gradient: Gradient, factor: ArrayOrNumber) -> Gradient:
    return {key: value * factor for key, value in gradient.items()}


def _summed(parts: list[Gradient]) -> Gradient:
    total: Gradient = {}
    for part in parts:
        for key, value in part.items():
            total[key] = total[key] + value if key in total else value
    return total
