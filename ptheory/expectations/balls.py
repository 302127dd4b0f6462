"""Arb balls: exact constants, elementary functions for the integrands, and how a ball becomes a value with a radius."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from math import ceil
from operator import add, methodcaller, mul
from typing import Any

import mpmath
import sympy
from flint import acb, arb, ctx, fmpq
from sympy import Expr

from ptheory.activations.activation_errors import UnsupportedFormula
from ptheory.activations.function_values import row_of
from ptheory.activations.tape import Numbers
from ptheory.algebra.elementary import ELEMENTARY, ElementaryFunction
from ptheory.expectations.special_functions import Phi2
from ptheory.expectations.time_limits import check_time

NAN = acb(arb.nan(), arb.nan()) if callable(arb.nan) else acb("nan")


BITS_PER_DIGIT = 3.33
SPARE_BITS = 24
MOST_BITS = 400  # given to a constant whose terms cancel


@contextmanager
def bits(precision: int) -> Iterator[None]:
    """Work at ``precision`` bits, and restore what was there."""
    before = ctx.prec
    ctx.prec = precision
    try:
        yield
    finally:
        ctx.prec = before


def rational(value: Fraction | int | sympy.Rational) -> fmpq:
    """A rational number as FLINT's."""
    if isinstance(value, (int, Fraction)):
        return fmpq(value.numerator, value.denominator)
    return fmpq(int(value.p), int(value.q))


def ball(value: Expr) -> acb:
    """An enclosure of a constant expression. Raises UnsupportedFormula for what cannot be evaluated rigorously."""
    if value.is_Rational:
        return acb(arb(rational(value)))
    if value == sympy.pi:
        return acb(arb.pi())
    if value == sympy.E:
        return acb(arb(1).exp())
    if value == sympy.I:
        return acb(0, 1)
    if value.is_Add or value.is_Mul:
        parts = [ball(argument) for argument in value.args]
        total = parts[0]
        for part in parts[1:]:
            total = total + part if value.is_Add else total * part
        return total
    if value.is_Pow:
        return _power(ball(value.base), value.exp)
    if isinstance(value, Phi2):
        h, k, rho = (ball(argument) for argument in value.args)
        return bivariate_normal_ball(h, k, rho)
    row = row_of(value)
    if row is not None and row.in_libraries:
        result: acb = getattr(ball(value.args[0]), row.name)()
        return result
    if value.is_Float:
        return acb(arb(rational(sympy.Rational(value))))
    if value.is_algebraic and value.is_real:
        return acb(_algebraic(value))
    raise UnsupportedFormula(f"no rigorous enclosure of {value} is available")


def enclosed_constant(value: Expr, digits: int) -> arb:
    """A ball about a real constant expression, to ``digits`` significant digits or as well as MOST_BITS allow.

    Raises UnsupportedFormula for what cannot be evaluated rigorously.
    """
    wanted = ceil(digits * BITS_PER_DIGIT)
    precision = wanted + SPARE_BITS
    while True:
        with bits(precision):
            found = real_part(ball(value))
        if found.rel_accuracy_bits() >= wanted or precision >= MOST_BITS:
            return found
        precision *= 2


def _power(base: acb, exponent: Expr) -> acb:
    if exponent.is_Integer:
        return base ** int(exponent)
    if exponent == sympy.S.Half:
        return base.sqrt()
    if exponent == -sympy.S.Half:
        return base.rsqrt()
    return base ** ball(exponent)


def _algebraic(value: Expr) -> arb:
    digits = int(ctx.prec / 3.3) + 5
    width = sympy.Rational(1, 10**digits)
    low = value.eval_rational(dx=width) if hasattr(value, "eval_rational") else None
    if low is None:
        raise UnsupportedFormula(f"no rigorous enclosure of {value} is available")
    return arb(rational(sympy.Rational(low))) + arb(0, rational(width) * 1)


def bivariate_normal_ball(h: acb, k: acb, rho: acb) -> acb:
    """Φ₂(h, k; ρ) = Φ(h)Φ(k) + (1/2π)∫₀^{asin ρ} exp(−(h² + k² − 2hk sin t)/(2cos² t)) dt (Owen 1956), |ρ| < 1."""
    independent = normal_ball(h) * normal_ball(k)

    def integrand(t: acb, _: bool) -> acb:
        check_time()
        cosine = t.cos()
        return (-(h * h + k * k - 2 * h * k * t.sin()) / (2 * cosine * cosine)).exp()

    return independent + acb.integral(integrand, 0, rho.asin()) / (2 * acb.pi())


def normal_ball(h: acb) -> acb:
    """Φ(h)."""
    return (-h / acb(2).sqrt()).erfc() / 2


def real_part(value: Any) -> arb:
    """The real part of a ball; a real ball as it is."""
    return value.real if isinstance(value, acb) else arb(value)


def _raising(analytic: bool, exponent: Expr) -> Callable[[acb], acb]:
    if exponent.is_Integer:
        whole = int(exponent)
        return lambda base: base**whole
    if exponent == sympy.S.Half:
        return lambda base: base.sqrt(analytic=analytic)
    if exponent == -sympy.S.Half:
        return lambda base: base.rsqrt(analytic=analytic)
    power = ball(exponent)
    if analytic or not exponent.is_positive:
        return lambda base: base.pow(power, analytic=analytic)
    return lambda base: _positive_power_at_zero(base, power) if base.contains(0) else base.pow(power)


def _positive_power_at_zero(base: acb, power: acb) -> acb:
    size = (arb(base.abs_upper()) ** power.real).upper()
    return acb(arb(0, size), arb(0, size))


def _on_balls(row: ElementaryFunction, analytic: bool) -> Callable[[acb], acb]:
    if row.has_imaginary_cut and analytic:
        return lambda x: NAN if _on_imaginary_cut(x) else getattr(x, row.name)()
    return methodcaller(row.name, analytic=analytic) if row.branch_points else methodcaller(row.name)


def _on_imaginary_cut(x: acb) -> bool:
    return bool(x.real.contains(0)) and not bool(abs(x.imag) < 1)


def _complex_balls(analytic: bool) -> Numbers:
    return Numbers(
        ball,
        partial(_raising, analytic),
        {"+": add, "*": mul, **{row.name: _on_balls(row, analytic) for row in ELEMENTARY if row.is_smooth}},
    )


BALLS = _complex_balls(analytic=False)
"""Complex balls; functions take their principal values."""

ANALYTIC_BALLS = _complex_balls(analytic=True)
"""The same, but a ball on a branch cut gives nan, as acb.integral requires."""


def to_mpf(number: arb) -> mpmath.mpf:
    """The exact binary midpoint as an mpf (no rounding)."""
    mantissa, exponent = number.mid().man_exp()
    return mpmath.make_mpf(mpmath.libmp.from_man_exp(int(mantissa), int(exponent)))


def radius(number: arb) -> mpmath.mpf:
    """The radius of a ball as an mpmath number."""
    return to_mpf(number.rad())
