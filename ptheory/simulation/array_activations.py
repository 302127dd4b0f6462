"""An ``Activation`` (a SymPy formula) as numpy functions: sigma, sigma', ...

The walk over the tree and the names of functions are the engine's; what they do to arrays is ``array_functions``.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np
import sympy

from ptheory.activations import Activation, Z, is_known, lookup
from ptheory.activations.tape import Numbers, Recorder, compiled
from ptheory.algebra.refusal import Refusal
from ptheory.simulation.array_functions import ARRAY_FUNCTIONS, RELATIONS, ArrayFunction, ArrayOrNumber


class NoArrayFunction(Refusal):
    """An activation that networks in numbers cannot apply."""


class _Recorder(Recorder):
    def refusal(self, node: sympy.Basic) -> Refusal:
        return NoArrayFunction(f"no array function for {node.func.__name__}")


def array_activation(activation: Activation, derivatives: int = 1) -> tuple[ArrayFunction, ...]:
    """(sigma, sigma', ..., sigma^(derivatives)) on arrays, without the deltas at jumps.

    A named family takes its overflow-free form from ``ARRAY_FUNCTIONS``. Raises NoArrayFunction for a formula with a
    function that has no array form.
    """
    ready = ARRAY_FUNCTIONS.get(activation.name, ())
    if len(ready) > derivatives and is_known(activation.name) and lookup(activation.name) == activation:
        return ready[: derivatives + 1]
    formulas = (activation.derivative_almost_everywhere(order).formula for order in range(derivatives + 1))
    return tuple(_on_arrays(formula) for formula in formulas)


def evaluate_sympy(formula: sympy.Expr, z: ArrayOrNumber) -> ArrayOrNumber:
    """A SymPy formula in Z on an array; where exp overflows the limit is taken (1/inf = 0)."""
    return _on_arrays(formula)(z)


def _on_arrays(formula: sympy.Expr) -> ArrayFunction:
    """Raises NoArrayFunction for a function that has no array form."""
    function = compiled(_Recorder((Z,), _OPERATIONS).tape(formula), _NUMBERS)

    def value(z: ArrayOrNumber) -> ArrayOrNumber:
        with np.errstate(over="ignore"):
            result = function(z)
        found: ArrayOrNumber = result + np.zeros_like(z)
        return found

    return value


def _constant(value: sympy.Basic) -> float | bool:
    if value in (sympy.true, sympy.false):
        return bool(value == sympy.true)
    if value.is_real is False:
        raise NoArrayFunction(f"no array function for {value}")
    return float(value)


def _raising(exponent: sympy.Expr) -> ArrayFunction:
    power = int(exponent) if exponent.is_Integer and exponent > 0 else float(exponent)
    return lambda base: base**power


def _select(branches: Sequence[tuple[ArrayFunction, ArrayFunction]]) -> ArrayFunction:
    def chosen(z: ArrayOrNumber) -> ArrayOrNumber:
        result: ArrayOrNumber = np.nan
        for condition, value in reversed(branches):
            result = np.where(condition(z), value(z), result)
        return result

    return chosen


_NUMBERS = Numbers(
    _constant,
    _raising,
    {
        "+": operator.add,
        "*": operator.mul,
        "power": operator.pow,
        "max": np.maximum,
        "min": np.minimum,
        "and": np.logical_and,
        "or": np.logical_or,
        "select": _select,
        **RELATIONS,
        **{name: function for name, (function, _) in ARRAY_FUNCTIONS.items()},
    },
)
_OPERATIONS = frozenset((*_NUMBERS.operations, "^"))
