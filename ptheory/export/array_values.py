"""The value of an expression on arrays of NumPy or jax.numpy."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import prod
from types import ModuleType
from typing import Any

from sympy import Expr

from ptheory.algebra.elementary import BY_NAME
from ptheory.export.array_helpers import Helper
from ptheory.export.operations import carried_out, is_long
from ptheory.recursion.gaussian_mean import GaussianMean

RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


class ArrayValues:
    """``np``: NumPy or jax.numpy; ``helpers`` over it; ``values``: the arrays the symbols stand for."""

    def __init__(
        self, np: ModuleType | Any, erf: Helper, helpers: Mapping[str, Helper], values: Mapping[str, Any]
    ) -> None:
        self.np = np
        self.erf = erf
        self.helpers = helpers
        self.values = dict(values)

    def number(self, value: Expr) -> Any:
        """A float; a whole number that a double holds as such."""
        return int(value) if value.is_Integer and not is_long(value) else float(value)

    def symbol(self, name: str) -> Any:
        """The array of this name."""
        return self.values[name]

    def sum(self, parts: Sequence[Any]) -> Any:
        """The sum."""
        return reduce(operator.add, parts)

    def product(self, parts: Sequence[Any]) -> Any:
        """The product."""
        return prod(parts)

    def quotient(self, above: Any, below: Any) -> Any:
        """above/below"""
        return self.np.divide(above, below)

    def whole_power(self, base: Any, exponent: int) -> Any:
        """base^exponent"""
        return base**exponent

    def power(self, base: Any, exponent: Any) -> Any:
        """base^exponent"""
        return self.np.power(base, exponent)

    def root(self, base: Any, scale: Any) -> Any:
        """sqrt(base), zero where rounding has left less."""
        return self.np.sqrt(base if scale is None else self.helpers["near"](base, 0.0, self.np.inf, scale))

    def function(self, name: str, arguments: Sequence[Any]) -> Any:
        """A function of arrays."""
        if name in ("asin", "acos"):
            arguments = [self.helpers["near"](arguments[0], -1.0, 1.0)]
        found: dict[str, Helper] = {
            "erf": self.erf,
            "erfc": lambda x: 1 - self.erf(x),
            "step": lambda x: self.np.heaviside(x, 0.5),
            "max": lambda *x: reduce(self.np.maximum, x),
            "min": lambda *x: reduce(self.np.minimum, x),
            "sech": lambda x: 1 / self.np.cosh(x),
            "bivariate_normal": self.helpers["bivariate_normal"],
        }
        return (found.get(name) or getattr(self.np, BY_NAME[name].numpy))(*arguments)

    def compare(self, relation: str, left: Any, right: Any) -> Any:
        """Where the relation holds."""
        return RELATIONS[relation](left, right)

    def both(self, conditions: Sequence[Any], every: bool) -> Any:
        """Where all of them hold, or any."""
        return reduce(self.np.logical_and if every else self.np.logical_or, conditions)

    def select(self, branches: Sequence[tuple[Any, Any]], otherwise: Any) -> Any:
        """The value of the first branch whose condition holds."""
        result = otherwise
        for value, condition in reversed(branches):
            result = self.np.where(condition, value, result)
        return result

    def mean(self, node: GaussianMean, kernel: Sequence[Any], bends: Sequence[Sequence[Any]]) -> Any:
        """By the rule of the helpers."""
        names = [z.name for z in node.variables]

        def integrand(*points: Any) -> Any:
            inside = dict(zip(names, points, strict=True))
            return carried_out(node.integrand, ArrayValues(self.np, self.erf, self.helpers, {**self.values, **inside}))

        return self.helpers["mean_of_one" if len(names) == 1 else "mean_of_two"](integrand, *kernel, *bends)
