"""Rational covariances and slopes at which closed forms are compared."""

from __future__ import annotations

import random
from fractions import Fraction

import mpmath
import sympy

from ptheory.activations import Activation, lookup
from ptheory.expectations import covariance_symbol
from ptheory.expectations.moments import Moment
from tests.expectations.catalogue import SLOPE, Entry

CANCELLATION = 100_000
Matrix = list[list[Fraction]]


def points(size: int, seed: str, count: int) -> list[Matrix]:
    """Rational covariances; of two variables with rational standard deviations, so that correlations −1, 1 and 0 are
    met exactly, of more as A Aᵀ."""
    rng = random.Random(seed)
    found: list[Matrix] = []
    for k in range(count):
        if size > 2:
            root = [[Fraction(rng.randint(-3, 3), 8) + (i == j) for j in range(size)] for i in range(size)]
            found.append([[sum((a * b for a, b in zip(r, s, strict=True)), Fraction(0)) for s in root] for r in root])
            continue
        a, b = (Fraction(rng.randint(2, 20), rng.randint(5, 12)) for _ in range(2))
        correlation = (Fraction(-1), Fraction(1), Fraction(0))[k] if k < 3 else Fraction(rng.randint(-17, 17), 20)
        matrix = [[a * a, correlation * a * b], [correlation * a * b, b * b]]
        found.append(matrix if size == 2 else [[a * a]])
    return found


def regular_points(entry: Entry, purpose: str, count: int) -> list[Matrix]:
    """Non-singular covariances, different for every row and purpose."""
    return points(entry.form.moment.size, purpose + entry.family.name + entry.expectation, count + 3)[3:]


def slope_at(rng: random.Random) -> sympy.Rational:
    return sympy.Rational(rng.randint(-9, 9), 7)


def rational(x: Fraction) -> sympy.Rational:
    return sympy.Rational(x.numerator, x.denominator)


def real(x: Fraction) -> mpmath.mpf:
    return mpmath.mpf(x.numerator) / x.denominator


def substitution(size: int, matrix: Matrix, slope: sympy.Rational) -> dict[sympy.Symbol, sympy.Rational]:
    values = {SLOPE: slope}
    for i in range(size):
        for j in range(i, size):
            values[covariance_symbol(i, j)] = rational(matrix[i][j])
    return values


def number(expression: sympy.Expr, values: dict[sympy.Symbol, sympy.Rational], digits: int) -> mpmath.mpf:
    """A formula at a rational point, good to ``digits`` digits.

    SymPy stops silently at 100 digits of cancellation unless told otherwise (ELU at large kernels)."""
    with mpmath.workdps(digits):
        return mpmath.mpmathify(sympy.N(expression.subs(values), digits, maxn=CANCELLATION))


def with_slope(family: Activation, slope: sympy.Rational) -> Activation:
    """The family itself, or leaky ReLU with a number for its slope."""
    return lookup("leaky_relu", slope=slope) if family.formula.has(SLOPE) else family


def concrete(target: Moment, slope: sympy.Rational) -> Moment:
    """The moment with the parameter of leaky ReLU put in."""
    factors = tuple((with_slope(family, slope), m, v) for family, m, v in target.factors)
    return Moment(factors, target.powers, target.derivatives)
