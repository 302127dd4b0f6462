"""SymPy formulas in one variable as mpmath functions, for the witness of averages.

The walk over the tree (``activations.tape``) and the names of functions are the engine's; every number here is mpmath's
own, constants like √2 too, which the engine takes from SymPy.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

import mpmath
import sympy

from ptheory.activations import tape
from ptheory.algebra.elementary import ELEMENTARY
from ptheory.algebra.refusal import Refusal

Function = Callable[[mpmath.mpf], mpmath.mpf]


class NoNumericalFormula(Refusal):
    """A function that has no mpmath form here."""


class _Recorder(tape.Recorder):
    """Constants are taken apart too, down to fractions, π and e."""

    def is_constant(self, node: sympy.Basic) -> bool:
        return bool(node.is_Rational) or node in (sympy.pi, sympy.E, sympy.true, sympy.false)

    def refusal(self, node: sympy.Basic) -> Refusal:
        return NoNumericalFormula(str(node.func))


def in_mpmath(formula: sympy.Expr, variable: sympy.Symbol) -> Function:
    """The formula as a function of an mpmath number, constants at the working precision of each call.

    Raises NoNumericalFormula for a function that is not in the table.
    """
    instructions = _Recorder((variable,), _OPERATIONS).tape(formula)
    known: dict[int, Function] = {}

    def value(z: mpmath.mpf) -> mpmath.mpf:
        precision = mpmath.mp.prec
        if precision not in known:
            known[precision] = tape.compiled(instructions, _NUMBERS)
        return known[precision](z)

    return value


def _constant(value: sympy.Basic) -> mpmath.mpf:
    if value in (sympy.true, sympy.false):
        return value == sympy.true
    if value.is_Rational:
        return mpmath.mpf(int(value.p)) / int(value.q)
    return +mpmath.pi if value == sympy.pi else +mpmath.e


def _raising(exponent: sympy.Expr) -> Function:
    power = int(exponent) if exponent.is_Integer else _constant(exponent)
    return lambda base: base**power


def _select(branches: Sequence[tuple[Function, Function]]) -> Function:
    return lambda z: next(value(z) for condition, value in branches if condition(z))


def _step(x: mpmath.mpf) -> mpmath.mpf:
    return mpmath.mpf(1) if x > 0 else mpmath.mpf(0) if x < 0 else mpmath.mpf(1) / 2


_NUMBERS = tape.Numbers(
    _constant,
    _raising,
    {
        "+": operator.add,
        "*": operator.mul,
        "power": operator.pow,
        "max": max,
        "min": min,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
        "!=": operator.ne,
        "select": _select,
        **{row.name: getattr(mpmath, row.name) for row in ELEMENTARY if row.in_libraries},
        "sech": mpmath.sech,
        "abs": abs,
        "sign": mpmath.sign,
        "step": _step,
    },
)
_OPERATIONS = frozenset((*_NUMBERS.operations, "^"))
