"""Formulas evaluated on numpy arrays, alone or with derivatives by each field: a walk over the tree, nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import e, pi
from typing import Any

import numpy as np

from ptheory.language.expressions import (
    Add,
    Call,
    Compare,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Piecewise,
    Power,
)
from ptheory.networks.formulas import FormulaError
from ptheory.networks.scalars import layered_symbol
from ptheory.verification.array_functions import ARRAY_FUNCTIONS, ArrayFunction

FieldKey = tuple[str, int]
"""(field name, depth below the layer read)"""

Activations = Mapping[str, Sequence[ArrayFunction]]
"""name -> (sigma, sigma', ...) on arrays"""

Scalars = Callable[[str, int], float]
"""(hyperparameter, layer offset) -> its value for the layer being made"""

_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def function_of_arrays(node: Call, activations: Activations, primes: int) -> ArrayFunction:
    """The array function of a call, differentiated ``primes`` times. Raises FormulaError where there is none."""
    known = activations.get(node.function) or ARRAY_FUNCTIONS.get(node.function)
    if known is None or len(node.arguments) != 1:
        raise FormulaError(f"no array function for {node.function}", node)
    if primes >= len(known):
        raise FormulaError(f"no array function for derivative {primes} of {node.function}", node)
    return known[primes]


def evaluate(formula: Expression, fields: Mapping[FieldKey, Any], scalar: Scalars, activations: Activations) -> Any:
    """The value of a site function, ``fields`` being arrays of one shape."""

    def value(node: Expression) -> Any:
        match node:
            case Number():
                return float(node.value)
            case Name():
                return {"pi": pi, "e": e}[node.name] if node.name in ("pi", "e") else scalar(node.name, 0)
            case Indexed():
                symbol = layered_symbol(node)
                return scalar(symbol.name, symbol.layer or 0)
            case FieldAt():
                return fields[node.field, node.depth]
            case Negate():
                return -value(node.operand)
            case Add():
                return sum(value(term) for term in node.terms)
            case Multiply():
                product: Any = 1.0
                for factor in node.factors:
                    product = product * value(factor)
                return product
            case Divide():
                return value(node.numerator) / value(node.denominator)
            case Power():
                return value(node.base) ** whole_or_float(value(node.exponent))
            case Call(function="max"):
                return _reduce(np.maximum, [value(a) for a in node.arguments])
            case Call(function="min"):
                return _reduce(np.minimum, [value(a) for a in node.arguments])
            case Call():
                return function_of_arrays(node, activations, node.primes)(value(node.arguments[0]))
            case Compare():
                return _RELATIONS[node.relation](value(node.left), value(node.right))
            case Piecewise():
                return _select([(value(c), value(v)) for c, v in node.branches], value(node.otherwise))
        raise FormulaError("this has no meaning inside a site function", node)

    return value(formula)


Gradient = dict[FieldKey, Any]


def evaluate_with_gradient(
    formula: Expression, fields: Mapping[FieldKey, Any], scalar: Scalars, activations: Activations
) -> tuple[Any, Gradient]:
    """Value and derivatives by each field that occurs (forward differentiation, almost everywhere)."""

    def plain(node: Expression) -> Any:
        return evaluate(node, fields, scalar, activations)

    def slope(node: Expression) -> Gradient:
        match node:
            case Number() | Name() | Indexed():
                return {}
            case FieldAt():
                return {(node.field, node.depth): np.ones_like(fields[node.field, node.depth])}
            case Negate():
                return _scaled(slope(node.operand), -1.0)
            case Add():
                return _summed([slope(term) for term in node.terms])
            case Multiply():
                parts = []
                for position, factor in enumerate(node.factors):
                    others: Any = 1.0
                    for other in (*node.factors[:position], *node.factors[position + 1 :]):
                        others = others * plain(other)
                    parts.append(_scaled(slope(factor), others))
                return _summed(parts)
            case Divide():
                below = plain(node.denominator)
                above = _scaled(slope(node.numerator), 1 / below)
                return _summed([above, _scaled(slope(node.denominator), -plain(node.numerator) / below**2)])
            case Power():
                return _power_slope(node)
            case Call(function="max" | "min"):
                return _extremum_slope(node)
            case Call():
                outer = function_of_arrays(node, activations, node.primes + 1)(plain(node.arguments[0]))
                return _scaled(slope(node.arguments[0]), outer)
            case Piecewise():
                return _piecewise_slope(node)
        raise FormulaError("this has no derivative inside a site function", node)

    def _power_slope(node: Power) -> Gradient:
        base, exponent = plain(node.base), whole_or_float(plain(node.exponent))
        inner = slope(node.exponent)
        if not inner:
            return _scaled(slope(node.base), exponent * base ** (exponent - 1)) if exponent != 0 else {}
        power = base**exponent
        return _summed([_scaled(slope(node.base), exponent * power / base), _scaled(inner, power * np.log(base))])

    def _extremum_slope(node: Call) -> Gradient:
        winner = plain(node)
        taken: Any = False
        parts = []
        for argument in node.arguments:
            wins = (plain(argument) == winner) & ~np.asarray(taken)
            taken = taken | wins
            parts.append(_scaled(slope(argument), wins.astype(float)))
        return _summed(parts)

    def _piecewise_slope(node: Piecewise) -> Gradient:
        conditions = [plain(condition) for condition, _ in node.branches]
        slopes = [slope(branch) for _, branch in node.branches]
        last = slope(node.otherwise)
        keys = {key for part in (*slopes, last) for key in part}
        return {
            key: _select(
                [(c, part.get(key, 0.0)) for c, part in zip(conditions, slopes, strict=True)], last.get(key, 0.0)
            )
            for key in keys
        }

    return plain(formula), slope(formula)


def whole_or_float(exponent: Any) -> Any:
    """A whole exponent as int, so that negative bases are fine; anything else unchanged."""
    if isinstance(exponent, float) and exponent.is_integer():
        return int(exponent) if exponent >= 0 else exponent
    return exponent


def _reduce(function: Callable[[Any, Any], Any], values: list[Any]) -> Any:
    result = values[0]
    for value in values[1:]:
        result = function(result, value)
    return result


def _select(branches: list[tuple[Any, Any]], otherwise: Any) -> Any:
    result = otherwise
    for condition, value in reversed(branches):
        result = np.where(condition, value, result)
    return result


def _scaled(gradient: Gradient, factor: Any) -> Gradient:
    return {key: value * factor for key, value in gradient.items()}


def _summed(parts: list[Gradient]) -> Gradient:
    total: Gradient = {}
    for part in parts:
        for key, value in part.items():
            total[key] = total[key] + value if key in total else value
    return total
