"""An ``Activation`` (a SymPy formula) as numpy functions: sigma, sigma', ... by a walk over its tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ptheory.algebra.refusal import Refusal
from ptheory.verification.array_functions import ARRAY_FUNCTIONS, ArrayFunction

if TYPE_CHECKING:
    from ptheory.activations import Activation

_RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "StrictLessThan": np.less,
    "LessThan": np.less_equal,
    "StrictGreaterThan": np.greater,
    "GreaterThan": np.greater_equal,
    "Equality": np.equal,
    "Unequality": np.not_equal,
}


class NoArrayFunction(Refusal):
    """An activation that networks in numbers cannot apply."""


def array_activation(activation: Activation, derivatives: int = 1) -> tuple[ArrayFunction, ...]:
    """(sigma, sigma', ..., sigma^(derivatives)) on arrays, without the deltas at jumps.

    A named family takes its overflow-free form from ``ARRAY_FUNCTIONS``. Raises ValueError for a formula with a
    function that has no array form.
    """
    from ptheory.activations import is_known, lookup

    ready = ARRAY_FUNCTIONS.get(activation.name, ())
    if len(ready) > derivatives and is_known(activation.name) and lookup(activation.name) == activation:
        return ready[: derivatives + 1]
    formulas = [activation.derivative_almost_everywhere(order).formula for order in range(derivatives + 1)]
    for formula in formulas:
        evaluate_sympy(formula, np.array([0.5]))  # an unknown function is reported here, not inside a simulation
    return tuple(_function(formula) for formula in formulas)


def _function(formula: Any) -> ArrayFunction:
    return lambda z: evaluate_sympy(formula, z)


def evaluate_sympy(formula: Any, z: Any) -> Any:
    """A SymPy formula in one variable on an array; where exp overflows the limit is taken (1/inf = 0)."""
    with np.errstate(over="ignore"):
        result = _walk(formula, z)
    return result + np.zeros_like(z)


def _walk(node: Any, z: Any) -> Any:
    if node.is_Symbol:
        return z
    if node.is_number and node.is_real:
        return float(node)
    from ptheory.activations.functions import row_of

    head = type(node).__name__
    if head == "Piecewise":
        result: Any = np.nan
        for value, condition in reversed(node.args):
            result = np.where(_walk(condition, z), _walk(value, z), result)
        return result
    if head in ("BooleanTrue", "BooleanFalse"):
        return head == "BooleanTrue"
    if head == "Pow" and node.exp.is_Integer:
        return _walk(node.base, z) ** (int(node.exp) if node.exp > 0 else float(node.exp))
    arguments = [_walk(argument, z) for argument in node.args]
    match head:
        case "Add":
            return sum(arguments)
        case "Mul":
            product: Any = 1.0
            for factor in arguments:
                product = product * factor
            return product
        case "Pow":
            return arguments[0] ** arguments[1]
        case "Max" | "Min":
            extremum = np.maximum if head == "Max" else np.minimum
            result = arguments[0]
            for other in arguments[1:]:
                result = extremum(result, other)
            return result
        case "And" | "Or":
            combine = np.logical_and if head == "And" else np.logical_or
            return combine.reduce(np.broadcast_arrays(*arguments))
    if head in _RELATIONS:
        return _RELATIONS[head](*arguments)
    row = row_of(node)
    if row is not None and row.in_formulas:
        return ARRAY_FUNCTIONS[row.name][0](arguments[0])
    raise NoArrayFunction(f"no array function for {head}")
