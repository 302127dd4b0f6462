"""Bounds |f(z)| ≤ A |z|^p exp(r|z| + q z²/2) for |z| ≥ 1, derived from the formula: what tails and integrability
need.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil

import sympy
from sympy import Expr

from ptheory.activations.branches import Branches
from ptheory.activations.function_values import row_of
from ptheory.activations.symbols import Z

_T = sympy.Symbol("t", positive=True)


@dataclass(frozen=True)
class Envelope:
    """|f(z)| ≤ scale·|z|^power·exp(rate·|z| + quadratic·z²/2) for every real |z| ≥ 1."""

    scale: Fraction
    power: int = 0
    rate: Fraction = Fraction(0)
    quadratic: Fraction = Fraction(0)

    def __add__(self, other: Envelope) -> Envelope:
        return Envelope(
            self.scale + other.scale,
            max(self.power, other.power),
            max(self.rate, other.rate),
            max(self.quadratic, other.quadratic),
        )

    def __mul__(self, other: Envelope) -> Envelope:
        return Envelope(
            self.scale * other.scale,
            self.power + other.power,
            self.rate + other.rate,
            self.quadratic + other.quadratic,
        )

    def raised(self, exponent: Fraction) -> Envelope:
        """A bound of |f|^exponent, exponent > 0."""
        scale = upper(sympy.Rational(self.scale) ** sympy.Rational(exponent))
        return Envelope(scale, ceil(self.power * exponent), self.rate * exponent, self.quadratic * exponent)

    def __str__(self) -> str:
        if self.quadratic > 0:
            return f"exp({self.quadratic / 2} z²)"
        if self.rate > 0:
            return f"exp({self.rate} |z|)"
        return f"|z|^{self.power}" if self.power else "bounded"


@lru_cache(maxsize=1024)
def envelope(parts: Branches) -> Envelope | None:
    """A bound that holds on both tails, or None when the rules below do not reach the formula."""
    left = _bound(sympy.expand_mul(parts[0].formula.subs(Z, -_T)))
    right = _bound(sympy.expand_mul(parts[-1].formula.subs(Z, _T)))
    cut = max((abs(float(b.lower)) for b in parts[1:]), default=0.0)
    if left is None or right is None:
        return None
    if cut > 1:  # inner branches reach beyond |z| = 1: they are bounded by their own formula on both signs
        for branch in parts[1:-1]:
            for sign in (-1, 1):
                inner = _bound(sympy.expand_mul(branch.formula.subs(Z, sign * _T)))
                if inner is None:
                    return None
                right = right + inner
        for sign, branch in ((1, parts[0]), (-1, parts[-1])):
            outer = _bound(sympy.expand_mul(branch.formula.subs(Z, sign * _T)))
            if outer is None:
                return None
            left = left + outer
    return left + right


def upper(value: Expr) -> Fraction:
    """A rational number not below |value|."""
    if value.is_Rational:
        return abs(Fraction(int(value.p), int(value.q)))
    number = sympy.N(abs(value), 20)
    return Fraction(ceil(float(number) * 2**30 * (1 + 1e-12)) + 1, 2**30)


def _bound(f: Expr) -> Envelope | None:
    """Bound for t ≥ 1 of a smooth formula in t."""
    if not f.has(_T):
        return None if f.free_symbols else Envelope(upper(f))
    if f == _T:
        return Envelope(Fraction(1), 1)
    if f.is_Add or f.is_Mul:
        parts = [_bound(argument) for argument in f.args]
        total: Envelope | None = None
        for part in parts:
            if part is None:
                return None
            total = part if total is None else (total + part if f.is_Add else total * part)
        return total
    if f.is_Pow and f.base == _T and f.exp.is_positive and not f.exp.has(_T):
        return Envelope(Fraction(1), int(sympy.ceiling(f.exp)))
    if f.is_Pow and f.exp.is_Rational:
        return _power(f.base, Fraction(int(f.exp.p), int(f.exp.q)))
    return _function(f)


def _function(f: Expr) -> Envelope | None:
    if isinstance(f, sympy.exp):
        return _exponential(f.exp)
    if isinstance(f, (sympy.sinh, sympy.cosh)):
        plus, minus = _exponential(f.args[0]), _exponential(-f.args[0])
        return None if plus is None or minus is None else plus + minus
    row = row_of(f)
    if row is not None and row.bound is not None:
        return Envelope(Fraction(row.bound)) if f.args[0].is_real else None
    if isinstance(f, sympy.asinh):
        return _bound(f.args[0])
    return _logarithm(f.args[0]) if isinstance(f, sympy.log) else None


def _exponential(argument: Expr) -> Envelope | None:
    polynomial = argument.as_poly(_T)
    if polynomial is None:
        if argument.is_nonpositive:
            return Envelope(Fraction(1))
        inner = _bound(argument)
        bounded = inner is not None and inner.power == 0 and inner.rate == 0 and inner.quadratic <= 0
        return Envelope(upper(sympy.exp(sympy.Rational(inner.scale)))) if bounded and inner is not None else None
    constant, linear, quadratic = (polynomial.coeff_monomial(_T**k) for k in range(3))
    higher = [polynomial.coeff_monomial(_T**k) for k in range(3, polynomial.degree() + 1)]
    if any(c > 0 for c in higher):
        return None
    rate = upper(linear) if linear > 0 else Fraction(0)
    curvature = 2 * upper(quadratic) if quadratic > 0 else -2 * _lower_rational(-quadratic)
    return Envelope(upper(sympy.exp(constant)), 0, rate, curvature)


def _lower_rational(value: Expr) -> Fraction:
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    return max(Fraction(0), Fraction(int(float(value) * 2**30) - 2, 2**30))


def _logarithm(argument: Expr) -> Envelope | None:
    above, below = _bound(argument), _lower(argument)
    if above is None or below is None:
        return None
    scale = upper(sympy.log(sympy.Rational(max(above.scale, Fraction(1)))))
    curvature = max(above.quadratic, Fraction(0))
    small = upper(sympy.log(sympy.Rational(below))) if below < 1 else Fraction(0)
    return Envelope(scale + small + above.power + above.rate + curvature, 2 if curvature else 1)


def _power(base: Expr, exponent: Fraction) -> Envelope | None:
    if exponent > 0:
        inner = _bound(base)
        if inner is None:
            return None
        return inner.raised(exponent)
    if base == _T:
        return Envelope(Fraction(1))
    below = _lower(base)
    return None if below is None else Envelope(upper(sympy.Rational(below) ** sympy.Rational(exponent)))


def _lower(f: Expr) -> Fraction | None:
    """A positive rational below |f| for every t ≥ 1, or None."""
    if not f.has(_T):
        return _positive(_lower_rational(abs(f)))
    if f == _T or isinstance(f, sympy.cosh):
        return Fraction(1)
    if f.is_Add:
        return _lower_of_sum(f)
    if f.is_Mul:
        total = Fraction(1)
        for argument in f.args:
            part = _lower(argument)
            if part is None:
                return None
            total *= part
        return total
    if f.is_Pow and f.exp.is_Rational and f.exp > 0:
        inner = _lower(f.base)
        return None if inner is None else _positive(_lower_rational(sympy.Rational(inner) ** f.exp))
    if isinstance(f, sympy.exp):
        polynomial = f.exp.as_poly(_T)
        if polynomial is not None and all(c >= 0 for c in polynomial.all_coeffs()):
            return Fraction(1)
    return None


def _lower_of_sum(f: Expr) -> Fraction | None:
    """Terms of one sign, or a constant beyond what the others can reach."""
    constants = [a for a in f.args if not a.has(_T)]
    rest = [a for a in f.args if a.has(_T)]
    for sign in (1, -1):
        if all((sign * a).is_nonnegative for a in f.args):
            best = max([_lower_rational(sympy.Add(*constants) * sign), *(_lower(a) or Fraction(0) for a in rest)])
            return _positive(best)
    swings = [_bound(a) for a in rest]
    if constants and all(b is not None and b.power == b.rate == b.quadratic == 0 for b in swings):
        floor = _lower_rational(abs(sympy.Add(*constants))) - sum((b.scale for b in swings if b), Fraction(0))
        return _positive(floor)
    return None


def _positive(value: Fraction) -> Fraction | None:
    return value if value > 0 else None
