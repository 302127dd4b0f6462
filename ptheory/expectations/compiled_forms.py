"""A closed form as a function of up to three kernel entries, in float64 or Arb balls, for recursions of many layers.

The expression becomes nested closures, quotients and square roots gathered so that little is called per layer; no
source text is generated. (``activations.tape`` is the compiler of every other formula, from which the records of
numbers come: its loop over registers costs two to four times as much as these closures where, as in float64, the
arithmetic is cheaper than the loop.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from math import prod
from operator import methodcaller
from typing import Any

import sympy
from flint import arb
from sympy import Expr, S, Symbol

from ptheory.activations.function_values import row_of
from ptheory.activations.tape import Numbers
from ptheory.algebra.elementary import ELEMENTARY
from ptheory.expectations.balls import ball
from ptheory.expectations.symbolic_arithmetic import NoClosedForm

Function = Callable[[Any, Any, Any], Any]


def _arcsine(x: arb) -> arb:
    if abs(x) < 1:
        return x.asin()
    if not x.is_finite():
        return x
    ends = (x.lower().max(arb(-1)).min(arb(1)), x.upper().max(arb(-1)).min(arb(1)))
    return ends[0].asin().union(ends[1].asin())


def _root(x: arb) -> arb:
    if x > 0 or not x.is_finite():
        return x.sqrt()
    return x.upper().max(arb(0)).sqrt().union(arb(0))


NAMES = tuple(row.name for row in ELEMENTARY if row.in_libraries)


def _numbers(constant: Callable[[Expr], Any], root: Callable[[Any], Any], functions: dict[str, Any]) -> Numbers:
    """Recursions know one power that is not whole, the square root."""
    return Numbers(constant, {S.Half: root}.__getitem__, functions)


DOUBLES = _numbers(float, math.sqrt, {name: getattr(math, name) for name in NAMES})
"""float64; a correlation above 1 or a negative variance is a ValueError."""

CLAMPED_DOUBLES = _numbers(
    float,
    lambda x: math.sqrt(max(0.0, x)),
    {**DOUBLES.operations, "asin": lambda x: math.asin(min(1.0, max(-1.0, x)))},
)
"""float64 next to c = ±1: what rounding takes past the end of an interval is put back on it."""

REAL_BALLS = _numbers(
    lambda value: ball(value).real, _root, {**{name: methodcaller(name) for name in NAMES}, "asin": _arcsine}
)
"""Real Arb balls; correlations are known to lie in [−1, 1] and variances to be at least 0."""


def closure_of(expression: Expr, symbols: Sequence[Symbol], numbers: Numbers) -> Function:
    """f(x, y, z) = expression at symbols = x, y, z (fewer symbols ignore the last arguments).

    Raises NoClosedForm for a function these numbers do not have.
    """
    return _Compiler(symbols, numbers).function(expression)


PICK: tuple[Function, ...] = (lambda x, y, z: x, lambda x, y, z: y, lambda x, y, z: z)


class _Compiler:
    def __init__(self, symbols: Sequence[Symbol], numbers: Numbers) -> None:
        self.places = {symbol: k for k, symbol in enumerate(symbols)}
        self.numbers = numbers

    def function(self, node: Expr) -> Function:
        if node in self.places:
            return PICK[self.places[node]]
        if not node.free_symbols:
            value = self.numbers.constant(node)
            return lambda x, y, z: value
        if node.is_Add:
            return self._sum(node)
        if node.is_Mul or node.is_Pow:
            return self._product(node)
        row = row_of(node)
        if row is not None and row.name in self.numbers.operations:
            outer, inner = self.numbers.operations[row.name], self.function(node.args[0])
            return lambda x, y, z: outer(inner(x, y, z))
        raise NoClosedForm(f"{node.func.__name__} has no fast form for recursions")

    def _sum(self, node: Expr) -> Function:
        constant, rest = node.as_independent(*self.places, as_Add=True)
        terms = sympy.Add.make_args(rest)
        if len(terms) == 1 and constant != 0:
            return self._shifted(self.numbers.constant(constant), terms[0])
        parts = [self.function(term) for term in (*terms, *((constant,) if constant != 0 else ()))]
        if len(parts) == 2:
            first, second = parts
            return lambda x, y, z: first(x, y, z) + second(x, y, z)
        if len(parts) == 3:
            first, second, third = parts
            return lambda x, y, z: first(x, y, z) + second(x, y, z) + third(x, y, z)
        return lambda x, y, z: sum(part(x, y, z) for part in parts)

    def _shifted(self, shift: Any, term: Expr) -> Function:
        """constant + c·symbol in one step, constant + c·f otherwise."""
        coefficient, rest = term.as_independent(*self.places, as_Add=False)
        slope = self.numbers.constant(coefficient)
        if rest in self.places:
            steps: tuple[Function, ...] = (
                lambda x, y, z: shift + slope * x,
                lambda x, y, z: shift + slope * y,
                lambda x, y, z: shift + slope * z,
            )
            return steps[self.places[rest]]
        row = row_of(rest)
        if row is not None and row.name in self.numbers.operations:
            outer, argument = self.numbers.operations[row.name], self.function(rest.args[0])
            return lambda x, y, z: shift + slope * outer(argument(x, y, z))
        inner = self.function(term)
        return lambda x, y, z: shift + inner(x, y, z)

    def _product(self, node: Expr) -> Function:
        """c · Π above / Π below · sqrt(Π / Π)."""
        coefficient, rest = node.as_independent(*self.places, as_Add=False)
        scale = self.numbers.constant(coefficient)
        above: list[Function] = []
        below: list[Function] = []
        roots_above: list[Function] = []
        roots_below: list[Function] = []
        for factor in sympy.Mul.make_args(rest):
            base, exponent = factor.as_base_exp() if factor.is_Pow else (factor, S.One)
            if not (2 * exponent).is_Integer:
                raise NoClosedForm(f"the power {exponent} has no fast form for recursions")
            inner = self.function(base)
            whole = int(sympy.floor(abs(exponent)))
            (above if exponent > 0 else below).extend([inner] * whole)
            if not exponent.is_Integer:
                (roots_above if exponent > 0 else roots_below).append(inner)
        root = self.numbers.raising(S.Half)
        if roots_above:
            inside = _quotient(1, _multiplied(roots_above), _multiplied(roots_below))
            above.append(lambda x, y, z: root(inside(x, y, z)))
        elif roots_below:
            variance = _multiplied(roots_below)
            assert variance is not None
            below.append(lambda x, y, z: root(variance(x, y, z)))
        return _quotient(scale, _multiplied(above), _multiplied(below))


def _quotient(scale: Any, top: Function | None, bottom: Function | None) -> Function:
    """scale · top/bottom, a single symbol on top read without a call."""
    if bottom is None:
        if top is None:
            return lambda x, y, z: scale
        return top if scale == 1 else lambda x, y, z: scale * top(x, y, z)
    if top is None:
        return lambda x, y, z: scale / bottom(x, y, z)
    if top in PICK:
        steps: tuple[Function, ...] = (
            lambda x, y, z: scale * x / bottom(x, y, z),
            lambda x, y, z: scale * y / bottom(x, y, z),
            lambda x, y, z: scale * z / bottom(x, y, z),
        )
        return steps[PICK.index(top)]
    return lambda x, y, z: scale * top(x, y, z) / bottom(x, y, z)


def _multiplied(factors: list[Function]) -> Function | None:
    if not factors:
        return None
    if len(factors) == 1:
        return factors[0]
    if len(factors) == 2:
        first, second = factors
        return lambda x, y, z: first(x, y, z) * second(x, y, z)
    return lambda x, y, z: prod(factor(x, y, z) for factor in factors)
