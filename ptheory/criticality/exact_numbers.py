"""Numbers from outside, of whatever type they come in, as exact real SymPy numbers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from numbers import Integral, Rational
from typing import TypeAlias

import mpmath
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import Refusal

Number: TypeAlias = "int | float | str | Fraction | Decimal | sp.Expr | mpmath.mpf"
ACCEPTED = "an int, a Fraction, a Decimal, a float, text such as '1/50' or '0.02', a SymPy or an mpmath number"


class UnusableValue(Refusal):
    """A value given from Python that is no finite real number, out of range, or of an unknown hyperparameter."""


def real_number(value: Number, what: str) -> sp.Expr:
    """``value`` exactly: a float and text as the decimal they are written as, an mpmath number as its binary value.

    TypeError for another type, UnusableValue for what is no finite real number; ``what`` begins the message.
    """
    if isinstance(value, sp.Basic):
        return _of_sympy(value, what)
    if isinstance(value, mpmath.mpf):
        if not mpmath.isfinite(value):
            raise UnusableValue(f"{what} is {value}: a finite number is needed")
        mantissa, exponent = value.man_exp
        return sp.Rational(int(mantissa)) * sp.Integer(2) ** int(exponent)
    if isinstance(value, bool) or not isinstance(value, (Integral, Rational, Decimal, float, str)):
        raise TypeError(f"{what} is of type {type(value).__name__}: give {ACCEPTED}")
    if not isinstance(value, str) and not isfinite(value):
        raise UnusableValue(f"{what} is {value}: a finite number is needed")
    try:
        exact = Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value)
    except (ValueError, ZeroDivisionError):  # text that is no number, or one over zero
        raise UnusableValue(f"{what} is {value!r}, which is no number: give {ACCEPTED}") from None
    return sp.Rational(exact.numerator, exact.denominator)


def _of_sympy(value: sp.Basic, what: str) -> sp.Expr:
    if not isinstance(value, sp.Expr) or value.free_symbols or not value.is_number:
        raise TypeError(f"{what} is {value}, which is no number: give {ACCEPTED}")
    if not value.is_real or not value.is_finite:
        raise UnusableValue(f"{what} is {value}: a finite real number is needed")
    return sp.Rational(value) if value.is_Float else value


def positive_number(value: Number, what: str) -> sp.Expr:
    """As ``real_number``; UnusableValue unless it is above zero."""
    number = real_number(value, what)
    if not number.is_positive:
        raise UnusableValue(f"{what} is {value}: it has to be above zero")
    return number


def variance(value: Number, what: str) -> sp.Expr:
    """As ``real_number``; UnusableValue for a negative one."""
    number = real_number(value, what)
    if number.is_negative:
        raise UnusableValue(f"{what} is {value}: a variance is not negative")
    return number


def read_hyperparameters(
    polynomial: Polynomial, given: Mapping[Symbol, Number] | Mapping[Atom, Number] | Mapping[str, Number]
) -> dict[Atom, sp.Expr]:
    """The hyperparameters given, by symbol or by name, as exact numbers. UnusableValue for one the recursion lacks."""
    known = {str(atom): atom for atom in polynomial.atoms() if isinstance(atom, Symbol)}
    for key in given:
        if str(key) not in known:
            raise UnusableValue(
                f"{key} is no hyperparameter of the kernel recursion, which has {', '.join(sorted(known))}"
            )
    return {known[str(key)]: variance(value, str(key)) for key, value in given.items()}
