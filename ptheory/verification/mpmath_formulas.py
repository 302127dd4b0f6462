"""SymPy formulas in one variable as mpmath functions: a walk over the tree, made once, no code generated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import sympy

from ptheory.activations.functions import row_of
from ptheory.algebra.elementary import ELEMENTARY
from ptheory.algebra.refusal import Refusal

Function = Callable[[Any], Any]

_FUNCTIONS: dict[str, Function] = {
    **{row.name: getattr(mpmath, row.name) for row in ELEMENTARY if row.in_libraries},
    "sech": mpmath.sech,
    "abs": abs,
    "sign": mpmath.sign,
    "step": lambda x: mpmath.mpf(1) if x > 0 else mpmath.mpf(0) if x < 0 else mpmath.mpf(1) / 2,
}
_RELATIONS: dict[Any, Callable[[Any, Any], bool]] = {
    sympy.StrictLessThan: lambda a, b: a < b,
    sympy.LessThan: lambda a, b: a <= b,
    sympy.StrictGreaterThan: lambda a, b: a > b,
    sympy.GreaterThan: lambda a, b: a >= b,
    sympy.Equality: lambda a, b: a == b,
    sympy.Unequality: lambda a, b: a != b,
}


class NoNumericalFormula(Refusal):
    """A function this walk does not know."""


def compiled(formula: sympy.Expr, variable: sympy.Symbol) -> Function:
    """The formula as a function of an mpmath number, constants at the working precision of each call."""
    if formula == variable:
        return lambda z: z
    walk = _walk(formula, variable)
    return _kept(walk) if isinstance(formula, sympy.Expr) and not formula.has(variable) else walk


def _kept(constant: Function) -> Function:
    """A constant, worked out once at each precision."""
    known: dict[int, Any] = {}

    def value(z: Any) -> Any:
        precision = mpmath.mp.prec
        if precision not in known:
            known[precision] = constant(z)
        return known[precision]

    return value


def _product(parts: Sequence[Function]) -> Function:
    first, *others = parts

    def value(z: Any) -> Any:
        product = first(z)
        for part in others:
            product = product * part(z)
        return product

    return value


def _walk(formula: sympy.Expr, variable: sympy.Symbol) -> Function:
    if formula.is_Rational:
        p, q = int(formula.p), int(formula.q)
        return lambda z: mpmath.mpf(p) / q
    if formula == sympy.pi:
        return lambda z: +mpmath.pi
    if formula == sympy.E:
        return lambda z: +mpmath.e
    if formula == sympy.true or formula == sympy.false:
        truth = formula == sympy.true
        return lambda z: truth
    if formula.func in _RELATIONS:
        holds, (a, b) = _RELATIONS[formula.func], (compiled(part, variable) for part in formula.args)
        return lambda z: holds(a(z), b(z))
    if isinstance(formula, sympy.Piecewise):
        branches = [(compiled(value, variable), compiled(condition, variable)) for value, condition in formula.args]
        return lambda z: next(value(z) for value, condition in branches if condition(z))
    parts = [compiled(part, variable) for part in formula.args]
    if formula.is_Add:
        return lambda z: mpmath.fsum(part(z) for part in parts)
    if formula.is_Mul:
        constants = [part for part, factor in zip(parts, formula.args, strict=True) if not factor.has(variable)]
        varying = [part for part, factor in zip(parts, formula.args, strict=True) if factor.has(variable)]
        return _product([_kept(_product(constants)), *varying] if constants else varying)
    if formula.is_Pow:
        base, exponent = parts
        if formula.exp.is_Integer:
            whole = int(formula.exp)
            return lambda z: base(z) ** whole
        return lambda z: base(z) ** exponent(z)
    row = row_of(formula)
    if row is not None and row.name in _FUNCTIONS:
        function, inner = _FUNCTIONS[row.name], parts[0]
        return lambda z: function(inner(z))
    if formula.func in (sympy.Max, sympy.Min):
        choose = max if formula.func is sympy.Max else min
        return lambda z: choose(part(z) for part in parts)
    raise NoNumericalFormula(str(formula.func))
