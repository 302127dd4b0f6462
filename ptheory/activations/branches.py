"""A formula with |·|, sign, step, max, min and piecewise, taken apart into smooth branches between exactly known
points.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import sympy
from sympy import Expr, S

from ptheory.activations.activation_errors import UnsupportedFormula
from ptheory.activations.function_values import row_of
from ptheory.activations.symbols import Z

SWITCHES = (sympy.Abs, sympy.sign, sympy.Heaviside, sympy.Max, sympy.Min, sympy.Piecewise)


@dataclass(frozen=True)
class Branch:
    """A smooth formula on the open interval (lower, upper)."""

    lower: Expr
    upper: Expr
    formula: Expr


Branches = tuple[Branch, ...]


def branches(formula: Expr) -> Branches:
    """The smooth branches of ``formula`` from left to right; neighbours that agree are merged.

    Raises UnsupportedFormula where a switch (the argument of |·|, a condition) is not a polynomial in z.
    """
    if not formula.has(*SWITCHES):
        return (Branch(-S.Infinity, S.Infinity, formula),)
    if isinstance(formula, sympy.Piecewise):
        return _merged(_piecewise(formula))
    parts = [branches(argument) for argument in formula.args]
    pieces: list[Branch] = []
    for lower, upper in pairwise(_breakpoints(parts)):
        arguments = [_on(part, lower, upper) for part in parts]
        pieces.extend(_resolve(formula.func, arguments, lower, upper))
    return _merged(pieces)


def sample_point(lower: Expr, upper: Expr) -> Expr:
    """A rational-looking point inside (lower, upper)."""
    if lower == -S.Infinity and upper == S.Infinity:
        return S.Zero
    if lower == -S.Infinity:
        return upper - 1
    if upper == S.Infinity:
        return lower + 1
    return (lower + upper) / 2


def _breakpoints(parts: list[Branches]) -> list[Expr]:
    found: set[Expr] = set()
    for part in parts:
        for branch in part:
            found |= {branch.lower, branch.upper}
    return _ordered(found)


def _ordered(points: set[Expr]) -> list[Expr]:
    finite = [p for p in points if p.is_finite]
    ends = [-S.Infinity] if -S.Infinity in points else []
    tail = [S.Infinity] if S.Infinity in points else []
    return [*ends, *sorted(finite, key=lambda p: sympy.N(p, 30)), *tail]


def _on(part: Branches, lower: Expr, upper: Expr) -> Expr:
    point = sample_point(lower, upper)
    for branch in part:
        if branch.lower < point and point < branch.upper:
            return branch.formula
    raise UnsupportedFormula("internal: branches leave a gap")


def _resolve(node: type[Expr], arguments: list[Expr], lower: Expr, upper: Expr) -> list[Branch]:
    """One node with smooth arguments on (lower, upper)."""
    if node in (sympy.Max, sympy.Min):
        pieces = [Branch(lower, upper, arguments[0])]
        for argument in arguments[1:]:
            pieces = [new for old in pieces for new in _larger(node, old, argument)]
        return pieces
    if node in (sympy.Abs, sympy.sign, sympy.Heaviside):
        return [
            Branch(lo, hi, _signed(node, arguments[0], sign)) for lo, hi, sign in _signs(arguments[0], lower, upper)
        ]
    return [Branch(lower, upper, node(*arguments))]


def _larger(node: type[Expr], old: Branch, other: Expr) -> list[Branch]:
    wanted = 1 if node is sympy.Max else -1
    cells = _signs(old.formula - other, old.lower, old.upper)
    return [Branch(lo, hi, old.formula if sign * wanted >= 0 else other) for lo, hi, sign in cells]


def _signed(node: type[Expr], argument: Expr, sign: int) -> Expr:
    if node is sympy.Abs:
        return argument * sign
    if node is sympy.sign:
        return sympy.Integer(sign)
    return sympy.Rational(1 + sign, 2)


def _signs(switch: Expr, lower: Expr, upper: Expr) -> list[tuple[Expr, Expr, int]]:
    """The cells of (lower, upper) on which ``switch`` keeps one sign, with that sign."""
    inside = {root for root in roots_of(switch) if lower < root and root < upper}
    points = _ordered({lower, upper} | inside)
    return [(lo, hi, _sign_at(switch, sample_point(lo, hi))) for lo, hi in pairwise(points)]


def _sign_at(switch: Expr, point: Expr) -> int:
    value = switch.subs(Z, point)
    if value.is_zero:
        return 0
    number = sympy.N(value, 30)
    if not number.is_real:
        raise UnsupportedFormula(f"the sign of {switch} cannot be decided")
    return 1 if number > 0 else -1


def roots_of(switch: Expr) -> list[Expr]:
    """The real zeros of a polynomial, of products, and of tanh, erf, … of what has zeros that can be found.

    Raises UnsupportedFormula for anything else.
    """
    if switch.is_Mul:
        return [root for factor in switch.args for root in roots_of(factor)]
    row = row_of(switch)
    if row is not None and row.is_increasing and row.value_at_zero == 0:
        return roots_of(switch.args[0])
    if switch.is_Pow and switch.exp.is_positive and not switch.exp.has(Z):
        return roots_of(switch.base)
    level = _level(switch)
    if level is not None:
        return roots_of(level)
    switch = sympy.expand(switch)
    if not switch.has(Z):
        return []
    if switch.is_positive or switch.is_negative:
        return []
    polynomial = switch.as_poly(Z)
    if polynomial is None or polynomial.free_symbols_in_domain:
        raise UnsupportedFormula(
            f"the sign changes of {switch} cannot be located exactly "
            "(polynomials in z can switch, and exp, log, tanh, sinh, atan)"
        )
    if polynomial.degree() == 1:
        return [-polynomial.coeff_monomial(1) / polynomial.coeff_monomial(Z)]
    return [root for root in sympy.roots(polynomial, multiple=True) if root.is_real] or list(polynomial.real_roots())


def _level(switch: Expr) -> Expr | None:
    """c + k·F(u) vanishes where u = F⁻¹(−c/k), for F = exp, tanh, sinh, log and the like; None for other formulas."""
    constant, rest = switch.as_independent(Z, as_Add=True)
    factor, function = rest.as_independent(Z, as_Add=False)
    row = row_of(function)
    if row is None or not row.inverse or constant.free_symbols or factor.free_symbols:
        return None
    value = -constant / factor
    ends = (-S.Infinity, S.Infinity)
    lowest, highest = map(function.func, ends) if row.is_increasing else ends
    if not (lowest < value and value < highest):
        return S.One  # never
    return function.args[0] - getattr(sympy, row.inverse)(value)


def _piecewise(formula: sympy.Piecewise) -> list[Branch]:
    values = [branches(value) for value, _ in formula.args]
    points = set(_breakpoints(values)) | {-S.Infinity, S.Infinity}
    for _, condition in formula.args:
        for relation in condition.atoms(sympy.core.relational.Relational):
            for side in branches(relation.lhs - relation.rhs):
                points |= {p for p in roots_of(side.formula) if side.lower <= p and p <= side.upper}
                points |= {side.lower, side.upper}
    pieces: list[Branch] = []
    for lower, upper in pairwise(_ordered(points)):
        point = sample_point(lower, upper)
        for value, (_, condition) in zip(values, formula.args, strict=True):
            holds = condition if condition in (sympy.true, sympy.false) else condition.subs(Z, point)
            if holds == sympy.true:
                pieces.append(Branch(lower, upper, _on(value, lower, upper)))
                break
            if holds != sympy.false:
                raise UnsupportedFormula(f"the condition {condition} cannot be decided at z = {point}")
        else:
            raise UnsupportedFormula(f"no branch of the piecewise formula holds at z = {point}")
    return pieces


def _merged(pieces: list[Branch]) -> Branches:
    kept: list[Branch] = []
    for piece in pieces:
        if kept and sympy.expand(kept[-1].formula - piece.formula) == 0:
            kept[-1] = Branch(kept[-1].lower, piece.upper, kept[-1].formula)
        else:
            kept.append(piece)
    return tuple(kept)
