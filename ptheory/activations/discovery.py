"""From a formula to pieces: recognise that a formula falls in the family of ``pieces``, or say that it does not."""

from __future__ import annotations

from math import prod

import sympy
from sympy import Expr, I, S

from ptheory.activations.branches import Branches
from ptheory.activations.pieces import Pieces
from ptheory.activations.symbols import Z

POWER_LIMIT = 64


def pieces_of_branches(parts: Branches) -> Pieces | None:
    """Σ over branches of (smooth pieces)·(θ(z − lower) − θ(z − upper))."""
    total = Pieces()
    for branch in parts:
        smooth = smooth_pieces(branch.formula)
        if smooth is None:
            return None
        window = Pieces.constant(1) if branch.lower == -S.Infinity else Pieces.step(branch.lower)
        if branch.upper != S.Infinity:
            window = window - Pieces.step(branch.upper)
        total = total + smooth * window
    return total


def smooth_pieces(formula: Expr) -> Pieces | None:
    """The pieces of a formula without switches: polynomials, exp of quadratics, sin, cos, sinh, cosh, erf of linear
    arguments, their sums and
    products; None for anything else."""
    if not formula.has(Z):
        return Pieces.constant(formula)
    if formula == Z:
        return Pieces.power(1)
    if formula.is_Add or formula.is_Mul:
        parts = [smooth_pieces(argument) for argument in formula.args]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return sum(known, Pieces()) if formula.is_Add else prod(known, start=Pieces.constant(1))
    if isinstance(formula, sympy.exp):
        return _exponential(formula.exp)
    if formula.is_Pow:
        return _power(formula.base, formula.exp)
    return _function(formula)


def _power(base: Expr, exponent: Expr) -> Pieces | None:
    if exponent.is_Integer and 0 <= exponent <= POWER_LIMIT:
        if base == Z:
            return Pieces.power(int(exponent))
        inner = smooth_pieces(base)
        return None if inner is None else inner ** int(exponent)
    if not base.has(Z) and base.is_positive:
        return _exponential(exponent * sympy.log(base))
    if isinstance(base, sympy.exp) and not exponent.has(Z):
        return _exponential(base.exp * exponent)
    return None


def _exponential(argument: Expr) -> Pieces | None:
    coefficients = _coefficients(argument, 2)
    if coefficients is None:
        return None
    constant, linear, quadratic = coefficients
    return Pieces.exponential(linear, -2 * quadratic).scaled(sympy.exp(constant))


def _function(formula: Expr) -> Pieces | None:
    coefficients = _coefficients(formula.args[0], 1) if len(formula.args) == 1 else None
    if coefficients is None:
        return None
    offset, slope = coefficients
    if formula.func in (sympy.sin, sympy.cos):
        plus = Pieces.exponential(I * slope).scaled(sympy.cos(offset) + I * sympy.sin(offset))
        minus = Pieces.exponential(-I * slope).scaled(sympy.cos(offset) - I * sympy.sin(offset))
        return (plus + minus).scaled(S.Half) if formula.func is sympy.cos else (plus - minus).scaled(-I / 2)
    if formula.func in (sympy.sinh, sympy.cosh):
        plus = Pieces.exponential(slope).scaled(sympy.exp(offset))
        minus = Pieces.exponential(-slope).scaled(sympy.exp(-offset))
        return (plus + minus).scaled(S.Half) if formula.func is sympy.cosh else (plus - minus).scaled(S.Half)
    if formula.func in (sympy.erf, sympy.erfc) and slope.is_real and slope.is_nonzero:
        # erf(b z + c) = 2 Φ((z + c/b) |b| √2) − 1 for b > 0; erf is odd
        error = Pieces.gate(offset / slope, 1 / (2 * slope**2)).scaled(sympy.Integer(2)) - Pieces.constant(1)
        error = error.scaled(sympy.sign(slope))
        return error if formula.func is sympy.erf else Pieces.constant(1) - error
    return None


def _coefficients(argument: Expr, degree: int) -> tuple[Expr, ...] | None:
    """Coefficients of 1, z, …, z^degree of a polynomial argument, or None."""
    polynomial = argument.as_poly(Z)
    if polynomial is None or polynomial.degree() > degree:
        return None
    return tuple(polynomial.coeff_monomial(Z**k) for k in range(degree + 1))
