r"""3!, (2m-1)!! where m is given: factorials of numbers, worked out where they are read."""

from __future__ import annotations

from fractions import Fraction
from math import factorial, prod
from typing import TYPE_CHECKING

from lark import Token, Tree

from ptheory.language.constants import constant_value
from ptheory.language.expressions import Expression, Number

if TYPE_CHECKING:
    from ptheory.claims.latex.formula_reader import FormulaReader

LARGEST = 200  # number whose factorial is written out


def factorial_of(reader: FormulaReader, sign: Token, value: Expression) -> Number:
    """n! or n!! of a whole number. LanguageError of anything else."""
    number = constant_value(value)
    is_double = sign.value == "!!"
    least = -1 if is_double else 0
    if sign.value not in ("!", "!!") or number is None or number.denominator != 1 or not least <= number <= LARGEST:
        help = rf"it is of a whole number up to {LARGEST}: (2m-1)!!, \quad m = 4"
        raise reader.text.error(f"{sign.value} of something else than a number", sign, help=help)
    n = int(number)
    return Number(Fraction(prod(range(n, 0, -2)) if is_double else factorial(n)), span=value.span)


def factorial_sign(tree: Tree) -> Token | None:
    """The sign among what hangs on an atom."""
    return next((script.children[0] for script in tree.children[1:] if script.data == "factorial"), None)
