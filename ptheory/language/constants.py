"""Exact values of constant formulas, with a budget: a number is refused before it is computed, not after."""

from __future__ import annotations

from fractions import Fraction

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Add, Divide, Expression, Multiply, Name, Negate, Number, Power

LARGEST_EXPONENT = 200
LARGEST_NUMBER_BITS = 20_000


def constant_value(expression: Expression) -> Fraction | None:
    """The exact value of a formula made of numbers and + - * / ^ only; None for anything else.

    Raises LanguageError for a division by zero and for a number of more than ``LARGEST_NUMBER_BITS`` bits.
    """
    match expression:
        case Number():
            return expression.value
        case Negate():
            operand = constant_value(expression.operand)
            return None if operand is None else -operand
        case Add():
            return _constant_sum(expression)
        case Multiply():
            return _constant_product(expression)
        case Divide():
            return _constant_quotient(expression)
        case Power():
            return _constant_power(expression)
        case _:
            return None


def layer_offset(index: Expression) -> int | None:
    """k for the layer index ``l + k`` (l, l+1, l-1, ...); None for any other formula."""
    match index:
        case Name(name="l"):
            return 0
        case Add(terms=(Name(name="l"), shift)):
            value = constant_value(shift)
            return int(value) if value is not None and value.denominator == 1 else None
        case _:
            return None


def layer_index(offset: int) -> Expression:
    """``l + offset`` as it is written: l, l + 1, l - 1."""
    if not offset:
        return Name("l")
    step = Number(Fraction(abs(offset)))
    return Add((Name("l"), step if offset > 0 else Negate(step)))


def check_exponent(expression: Power) -> None:
    """Refuse ``z^100000`` and ``9^9^9`` where they stand; an exponent with names in it passes."""
    exponent = constant_value(expression.exponent)
    if exponent is not None and abs(exponent) > LARGEST_EXPONENT:
        raise LanguageError(
            f"the exponent {_short(exponent)} is too large",
            expression.exponent.span,
            help=f"exponents up to {LARGEST_EXPONENT} are within budget",
        )
    constant_value(expression)


def _constant_sum(expression: Add) -> Fraction | None:
    total = Fraction(0)
    for term in expression.terms:
        value = constant_value(term)
        if value is None:
            return None
        total = _within_budget(total + value, expression)
    return total


def _constant_product(expression: Multiply) -> Fraction | None:
    product = Fraction(1)
    for factor in expression.factors:
        value = constant_value(factor)
        if value is None:
            return None
        product = _within_budget(product * value, expression)
    return product


def _constant_quotient(expression: Divide) -> Fraction | None:
    numerator, denominator = constant_value(expression.numerator), constant_value(expression.denominator)
    if denominator == 0:
        raise LanguageError("division by zero", expression.denominator.span)
    if numerator is None or denominator is None:
        return None
    return _within_budget(numerator / denominator, expression)


def _constant_power(expression: Power) -> Fraction | None:
    base, exponent = constant_value(expression.base), constant_value(expression.exponent)
    if base is None or exponent is None or exponent.denominator != 1:
        return None
    if base == 0 and exponent < 0:
        raise LanguageError("division by zero", expression.span)
    bits = max(abs(base.numerator), base.denominator).bit_length()
    if bits > 1 and bits * abs(exponent) > LARGEST_NUMBER_BITS:
        raise _too_large(expression)
    return base ** int(exponent)


def _within_budget(value: Fraction, expression: Expression) -> Fraction:
    if max(abs(value.numerator), value.denominator).bit_length() > LARGEST_NUMBER_BITS:
        raise _too_large(expression)
    return value


def _too_large(expression: Expression) -> LanguageError:
    digits = LARGEST_NUMBER_BITS * 3 // 10
    return LanguageError(
        f"this number has more than {digits} digits",
        expression.span,
        help=f"numbers up to {digits} digits are within budget",
    )


def _short(value: Fraction) -> str:
    text = str(value) if value.numerator.bit_length() < 10_000 else ""
    return text if 0 < len(text) <= 30 else "written here"
