"""Functions of numpy arrays, with first derivatives: the only functions a simulation ever calls.

Derivatives are those of automatic differentiation, almost everywhere: at a kink the value of the right side is taken
and a jump contributes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import erf as erf_of_number
from math import pi, sqrt
from typing import Any, TypeAlias

import numpy as np

from ptheory.algebra.elementary import ELEMENTARY

Array = np.ndarray[Any, np.dtype[np.float64]]
ArrayOrNumber: TypeAlias = Array | float
ArrayFunction = Callable[[ArrayOrNumber], ArrayOrNumber]

_STEPS_PER_UNIT = 512
_FLAT_BEYOND = 6.0  # 1 - erf(6) < 3e-17


@lru_cache(maxsize=1)
def _erf_tables() -> tuple[Array, Array]:
    """erf and its derivative on the grid."""
    points = np.arange(-int(_FLAT_BEYOND) * _STEPS_PER_UNIT, int(_FLAT_BEYOND) * _STEPS_PER_UNIT + 1) / _STEPS_PER_UNIT
    return np.array([erf_of_number(float(x)) for x in points]), np.asarray(erf_slope(points))


def erf(x: ArrayOrNumber) -> ArrayOrNumber:
    """erf by its third-order Taylor polynomial about the nearest point of a grid of step 1/512: error below 1e-12."""
    clipped = np.clip(x, -_FLAT_BEYOND, _FLAT_BEYOND)
    nearest = np.rint(clipped * _STEPS_PER_UNIT)
    centre = nearest / _STEPS_PER_UNIT
    step = clipped - centre
    values, slopes = _erf_tables()
    at = (nearest + _FLAT_BEYOND * _STEPS_PER_UNIT).astype(np.intp)
    found: ArrayOrNumber = values[at] + slopes[at] * step * (1 - centre * step + (2 * centre**2 - 1) / 3 * step**2)
    return found


def erf_slope(x: ArrayOrNumber) -> ArrayOrNumber:
    """2/sqrt(pi) exp(-x^2), the derivative of erf."""
    return 2 / sqrt(pi) * np.exp(-(x**2))


def normal_distribution(x: ArrayOrNumber) -> ArrayOrNumber:
    """Phi(x) = (1 + erf(x/sqrt 2))/2."""
    return (1 + erf(x / sqrt(2))) / 2


def normal_density(x: ArrayOrNumber) -> ArrayOrNumber:
    """exp(-x^2/2)/sqrt(2 pi), the derivative of Phi."""
    return np.exp(-(x**2) / 2) / sqrt(2 * pi)


def step(x: ArrayOrNumber) -> ArrayOrNumber:
    """1 for x > 0, 0 for x < 0, 1/2 at 0."""
    return np.heaviside(x, 0.5)


def sigmoid(x: ArrayOrNumber) -> ArrayOrNumber:
    """1/(1 + exp(-x)), without overflow."""
    return (1 + np.tanh(x / 2)) / 2


def sigmoid_slope(x: ArrayOrNumber) -> ArrayOrNumber:
    """sigmoid(x) sigmoid(-x), the derivative of 1/(1 + exp(-x))."""
    return sigmoid(x) * sigmoid(-x)


def softplus(x: ArrayOrNumber) -> ArrayOrNumber:
    """log(1 + exp(x)), without overflow."""
    return np.logaddexp(0, x)


def relu_slope(x: ArrayOrNumber) -> ArrayOrNumber:
    """1 for x >= 0, else 0: the one-sided derivative from the right at the kink."""
    return np.where(x >= 0, 1.0, 0.0)


def sech(x: ArrayOrNumber) -> ArrayOrNumber:
    """1/cosh(x), without overflow."""
    decay = np.exp(-np.abs(x))
    found: ArrayOrNumber = 2 * decay / (1 + decay**2)
    return found


def nothing(x: ArrayOrNumber) -> ArrayOrNumber:
    """0 in the shape of x: the derivative of what is constant in pieces."""
    return 0 * x


_COMPOSED: dict[str, ArrayFunction] = {
    "sech": sech,
    "erf": erf,
    "erfc": lambda x: 1 - erf(x),
    "Phi": normal_distribution,
    "step": step,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": sigmoid,
    "softplus": softplus,
    "gelu": lambda x: x * normal_distribution(x),
    "swish": lambda x: x * sigmoid(x),
}
_SLOPES: dict[str, ArrayFunction] = {
    "exp": np.exp,
    "log": lambda x: 1 / x,
    "sqrt": lambda x: 0.5 / np.sqrt(x),
    "sin": np.cos,
    "cos": lambda x: -np.sin(x),
    "tan": lambda x: 1 + np.tan(x) ** 2,
    "sinh": np.cosh,
    "cosh": np.sinh,
    "tanh": lambda x: sech(x) ** 2,
    "sech": lambda x: -sech(x) * np.tanh(x),
    "erf": erf_slope,
    "erfc": lambda x: -erf_slope(x),
    "Phi": normal_density,
    "abs": lambda x: np.where(x >= 0, 1.0, -1.0),
    "sign": nothing,
    "step": nothing,
    "relu": relu_slope,
    "sigmoid": sigmoid_slope,
    "softplus": sigmoid,
    "gelu": lambda x: normal_distribution(x) + x * normal_density(x),
    "swish": lambda x: sigmoid(x) + x * sigmoid_slope(x),
    "atan": lambda x: 1 / (1 + x**2),
    "asinh": lambda x: 1 / np.sqrt(1 + x**2),
}

ARRAY_FUNCTIONS: dict[str, tuple[ArrayFunction, ArrayFunction]] = {
    name: (_COMPOSED[row.name] if row.name in _COMPOSED else getattr(np, row.numpy), _SLOPES[row.name])
    for row in ELEMENTARY
    if row.in_formulas
    for name in row.names
}
"""every name in formulas -> (function, derivative); the derivatives are the witness's own"""

RELATIONS: dict[str, Callable[[ArrayOrNumber, ArrayOrNumber], ArrayOrNumber]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
