"""Exact Taylor coefficients of a smooth formula, by power-series arithmetic on the expression tree."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr, S

from ptheory.activations.symbols import Z

Series = list[Expr]


def taylor_coefficients(formula: Expr, point: Expr, order: int) -> Series:
    """c_0 … c_order with formula = Σ c_k (z − point)^k + O((z − point)^(order+1)); the formula must be smooth at the
    point.

    exp, log, tanh, … of a series follow from the differential equation each satisfies; a function without a rule is
    differentiated.
    """
    if not formula.has(Z):
        return _constant(formula, order)
    if formula == Z:
        return [*_constant(point, 0), S.One, *([S.Zero] * (order - 1))][: order + 1]
    if formula.is_Add:
        parts = [taylor_coefficients(argument, point, order) for argument in formula.args]
        return [_tidy(sympy.Add(*column)) for column in zip(*parts, strict=True)]
    if formula.is_Mul:
        product = _constant(S.One, order)
        for argument in formula.args:
            product = _multiply(product, taylor_coefficients(argument, point, order))
        return product
    if formula.is_Pow and not formula.exp.has(Z):
        return _power(taylor_coefficients(formula.base, point, order), formula.exp)
    if len(formula.args) == 1 and formula.func in _RULES:
        return _RULES[formula.func](taylor_coefficients(formula.args[0], point, order))
    return [_tidy(formula.diff(Z, k).subs(Z, point) / sympy.factorial(k)) for k in range(order + 1)]


def _constant(value: Expr, order: int) -> Series:
    return [value] + [S.Zero] * order


def _tidy(value: Expr) -> Expr:
    return value if value.is_Rational else sympy.expand(value)


def _multiply(left: Series, right: Series) -> Series:
    columns: list[list[Expr]] = [[] for _ in left]
    present = [(k, b) for k, b in enumerate(right) if b != 0]
    for j, a in enumerate(left):
        if a != 0:
            for k, b in present:
                if j + k >= len(columns):
                    break
                columns[j + k].append(a * b)
    return [_tidy(sympy.Add(*column)) for column in columns]


def _integral(slope: Series, start: Expr) -> Series:
    return [start] + [_tidy(slope[k] / (k + 1)) for k in range(len(slope) - 1)]


def _slope(series: Series) -> Series:
    return [series[k] * k for k in range(1, len(series))] + [S.Zero]


def _power(base: Series, exponent: Expr) -> Series:
    if exponent.is_Integer and exponent >= 0:
        result = _constant(S.One, len(base) - 1)
        left = int(exponent)
        while left:
            if left % 2:
                result = _multiply(result, base)
            left //= 2
            base = _multiply(base, base) if left else base
        return result
    # y = u^a: u y' = a u' y, solved coefficient by coefficient
    new: Series = [_tidy(base[0] ** exponent)]
    for k in range(1, len(base)):
        terms = [(exponent * j - (k - j)) * base[j] * new[k - j] for j in range(1, k + 1)]
        new.append(_tidy(sympy.Add(*terms) / (k * base[0])))
    return new


def _exp(u: Series) -> Series:
    new: Series = [_tidy(sympy.exp(u[0]))]
    for k in range(1, len(u)):
        new.append(_tidy(sympy.Add(*(j * u[j] * new[k - j] for j in range(1, k + 1))) / k))
    return new


def _log(u: Series) -> Series:
    return _integral(_multiply(_slope(u), _power(u, S.NegativeOne)), sympy.log(u[0]))


def _linear_system(u: Series, first: Expr, second: Expr, sign: int) -> tuple[Series, Series]:
    """a' = b u', b' = sign·a u' (sin, cos: −1; sinh, cosh: +1)."""
    a: Series = [first]
    b: Series = [second]
    for k in range(1, len(u)):
        a_next = sympy.Add(*(j * u[j] * b[k - j] for j in range(1, k + 1))) / k
        b_next = sign * sympy.Add(*(j * u[j] * a[k - j] for j in range(1, k + 1))) / k
        a.append(_tidy(a_next))
        b.append(_tidy(b_next))
    return a, b


def _tanh(u: Series) -> Series:
    # y' = (1 − y²) u'
    new: Series = [sympy.tanh(u[0])]
    for k in range(1, len(u)):
        square = [-_tidy(sympy.Add(*(new[i] * new[j - i] for i in range(j + 1)))) for j in range(k)]
        square[0] += 1
        new.append(_tidy(sympy.Add(*(square[k - j] * j * u[j] for j in range(1, k + 1))) / k))
    return new


def _erf(u: Series) -> Series:
    gaussian = _exp([-c for c in _multiply(u, u)])
    slope = _multiply(gaussian, _slope(u))
    return _integral([_tidy(2 * c / sympy.sqrt(sympy.pi)) for c in slope], sympy.erf(u[0]))


def _inverse(u: Series, value: Expr, sign: int, exponent: Expr) -> Series:
    """y' = u'·(1 + sign·u²)^exponent."""
    base = [sign * c for c in _multiply(u, u)]
    base[0] += 1
    return _integral(_multiply(_slope(u), _power(base, exponent)), value)


_RULES: dict[type[Expr], Callable[[Series], Series]] = {
    sympy.exp: _exp,
    sympy.log: _log,
    sympy.sin: lambda u: _linear_system(u, sympy.sin(u[0]), sympy.cos(u[0]), -1)[0],
    sympy.cos: lambda u: _linear_system(u, sympy.sin(u[0]), sympy.cos(u[0]), -1)[1],
    sympy.sinh: lambda u: _linear_system(u, sympy.sinh(u[0]), sympy.cosh(u[0]), 1)[0],
    sympy.cosh: lambda u: _linear_system(u, sympy.sinh(u[0]), sympy.cosh(u[0]), 1)[1],
    sympy.tanh: _tanh,
    sympy.erf: _erf,
    sympy.erfc: lambda u: [(1 if k == 0 else 0) - c for k, c in enumerate(_erf(u))],
    sympy.atan: lambda u: _inverse(u, sympy.atan(u[0]), 1, S.NegativeOne),
    sympy.asinh: lambda u: _inverse(u, sympy.asinh(u[0]), 1, -S.Half),
}
