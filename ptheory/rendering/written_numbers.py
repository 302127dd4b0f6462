"""Exact numbers as they are read: a long quotient by its first digits on a page, with all of them in data."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sympy import Expr

LONGEST = 24  # characters of p/q beyond which a page shows a decimal number
DIGITS = 15  # significant digits of it


def exact_text(value: Fraction | int) -> str:
    """p or p/q with every digit, however many (Python's own conversion stops at 4300)."""
    from flint import fmpz

    above, below = Fraction(value).numerator, Fraction(value).denominator
    return str(fmpz(above)) if below == 1 else f"{fmpz(above)}/{fmpz(below)}"


def exact_number(text: str) -> Fraction | None:
    """The rational a text p or p/q stands for, None where it is no such text."""
    from flint import fmpz

    above, slash, below = text.partition("/")
    if not (above.removeprefix("-").isdigit() and (below.isdigit() or not slash)):
        return None
    return Fraction(int(fmpz(above)), int(fmpz(below)) if slash else 1)


def is_long(value: Fraction | int, longest: int = LONGEST) -> bool:
    """Whether p/q has more than ``longest`` characters."""
    above, below = Fraction(value).numerator, Fraction(value).denominator
    bits = above.bit_length() + (below.bit_length() if below != 1 else 0)
    return bits > 4 * longest or len(exact_text(value)) > longest


def decimal_text(value: Fraction | int, digits: int = DIGITS) -> str:
    """``digits`` significant digits, rounded; 1.23e-45 where the number is very small or very large."""
    import mpmath

    with mpmath.workdps(digits + 10):
        quotient = mpmath.mpf(Fraction(value).numerator) / Fraction(value).denominator
        return str(mpmath.nstr(quotient, digits, strip_zeros=False))


def decimal_latex(value: Fraction | int, digits: int = DIGITS) -> str:
    """The first digits of a number as LaTeX, m · 10^k where it is large or small."""
    mantissa, marked, power = decimal_text(value, digits).partition("e")
    return mantissa if not marked else rf"{mantissa} \cdot 10^{{{int(power)}}}"


def readable(expression: Expr) -> Expr:
    """A SymPy expression with its long rationals rounded to decimals, each constant that has one as a whole."""
    if not long_rationals(expression):
        return expression
    return with_rounded_constants(expression, lambda constant: constant.evalf(DIGITS))


def with_rounded_constants(expression: Expr, rounded: Callable[[Expr], Expr]) -> Expr:
    """The constants of an expression that have a decimal or a long rational, each ``rounded`` as a whole.

    A constant is everything in a term that has no symbol: (a pi - b) c for long a, b, c is one number. What multiplies
    a sum is multiplied into it where both are rounded, so that no page shows 4e-64 (7e+63 K - 3e+63 V).
    """
    import sympy

    if not is_rounded(expression):
        return expression
    if not expression.free_symbols:
        return rounded(expression)
    if expression.is_Add:
        gathered: dict[Expr, Expr] = {}
        for term in expression.args:
            constant, rest = term.as_independent(*expression.free_symbols, as_Add=False)
            gathered[rest] = gathered.get(rest, sympy.S.Zero) + constant
        return sympy.Add(*(_product(c, rest, rounded) for rest, c in gathered.items()))
    if expression.is_Mul:
        constant, rest = expression.as_independent(*expression.free_symbols, as_Add=False)
        return _product(constant, rest, rounded)
    return expression.func(*(with_rounded_constants(argument, rounded) for argument in expression.args))


def _product(constant: Expr, rest: Expr, rounded: Callable[[Expr], Expr]) -> Expr:
    import sympy

    factors = [with_rounded_constants(factor, rounded) for factor in sympy.Mul.make_args(rest)]
    decimal = next((f for f in factors if f.is_Add and any(t.as_coeff_Mul()[0].is_Float for t in f.args)), None)
    if decimal is None or not is_rounded(constant):
        return sympy.Mul(with_rounded_constants(constant, rounded), *factors)
    factors.remove(decimal)
    inside = sympy.Add(*(with_rounded_constants(constant * term, rounded) for term in decimal.args))
    return sympy.Mul(inside, *factors)


def long_rationals(expression: Expr) -> list[Expr]:
    """The rational numbers in an expression that are too long to be read."""
    from sympy import Rational

    return [number for number in expression.atoms(Rational) if is_long(Fraction(int(number.p), int(number.q)))]


def is_rounded(expression: Expr) -> bool:
    """Whether a page shows an expression by the first digits of its numbers."""
    from sympy import Float

    return bool(expression.atoms(Float)) or bool(long_rationals(expression))
