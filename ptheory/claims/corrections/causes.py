"""The kinds of slips a correction is named by, in words."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction


class Cause(StrEnum):
    """What was done to the true equation."""

    SIGN = "a wrong sign"
    TWO = "a factor of two"
    NUMBER = "a wrong number"
    POWER = "a wrong power"
    DERIVATIVE = "a wrong order of derivative"
    SUSCEPTIBILITY = "one susceptibility for another"
    HYPERPARAMETER = "one hyperparameter for another"
    TENSOR = "one tensor for another"
    ORDER = "one order in 1/n for another"
    WIDTH = "one width for another"
    FUNCTION = "one function for another"
    LAYER_HIGH = "a layer too high"
    LAYER_LOW = "a layer too low"
    LAYER = "a wrong layer"
    SLOTS = "wrong slots"
    INPUT = "a wrong input"
    POWER_OF_AVERAGE = "the power of an average for the average of a power"
    AVERAGE_OF_POWER = "the average of a power for the power of an average"
    PRODUCT_OF_AVERAGES = "the product of averages for the average of a product"
    AVERAGE_OF_PRODUCT = "the average of a product for the product of averages"
    MISSING_TERM = "a missing term"
    EXTRA_TERM = "an extra term"
    MISSING_FACTOR = "a missing factor"
    EXTRA_FACTOR = "an extra factor"
    COEFFICIENT = "a wrong coefficient"
    NOT_ZERO = "zero is claimed of what does not vanish"


def of_a_number(yours: int | Fraction, derived: int | Fraction) -> Cause:
    """What a numerical coefficient is off by."""
    if yours == -derived:
        return Cause.SIGN
    return Cause.TWO if derived == 2 * yours or yours == 2 * derived else Cause.NUMBER
