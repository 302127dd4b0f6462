"""Powers of n as formulas: n^(-1 + s), 1/n^2, n."""

from __future__ import annotations

from fractions import Fraction

from ptheory.algebra.exponents import Exponent
from ptheory.language.claim_names import WIDTH
from ptheory.language.expressions import Add, Divide, Expression, Multiply, Name, Negate, Number, Power


def power_of_width(power: Exponent) -> Expression:
    """n^(-1 + s) as a formula; 1 for the power zero, 1/n^2 for whole negative ones."""
    width = Name(WIDTH)
    if not power:
        return Number(Fraction(1))
    if not power.slope and power.constant.denominator == 1:
        size = abs(power.constant)
        raised = width if size == 1 else Power(width, Number(size))
        return raised if power.constant > 0 else Divide(Number(Fraction(1)), raised)
    return Power(width, exponent_formula(power))


def exponent_formula(power: Exponent) -> Expression:
    """-1 + s, s/2, 3/2."""
    terms: list[Expression] = [number_formula(power.constant)] if power.constant else []
    if power.slope:
        size = abs(power.slope)
        name: Expression = Name(power.symbol)
        product = name if size == 1 else Multiply((fraction_formula(size), name))
        terms.append(product if power.slope > 0 else Negate(product))
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def number_formula(value: Fraction) -> Expression:
    """A number with its sign."""
    return fraction_formula(value) if value >= 0 else Negate(fraction_formula(-value))


def fraction_formula(value: Fraction) -> Expression:
    """A positive number, p/q as a quotient."""
    return (
        Number(value)
        if value.denominator == 1
        else Divide(Number(Fraction(value.numerator)), Number(Fraction(value.denominator)))
    )
