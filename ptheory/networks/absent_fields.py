"""What is left of a site function at layer 2, where prev(...) is absent: there is no second layer below.

A function of absent fields alone is zero, whatever its value at 0, and so are prev(z) itself and its products. Sums
keep their other terms. A function that reads present fields too is taken with those zeros in its argument:

    z + prev(z)  ->  z        z*cos(prev(z))  ->  0        sigma(z + prev(z))  ->  sigma(z)
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import assert_never

from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Call,
    Compare,
    Divide,
    Expression,
    FieldAt,
    Multiply,
    Negate,
    Number,
    Piecewise,
    Power,
    walk,
)
from ptheory.networks.architecture import Bias, Direct, LayerTerm, SiteFunction, WeightedSum
from ptheory.networks.site_functions import fields_read

ZERO = Number(Fraction(0))


def term_at_layer(term: LayerTerm, layer: int) -> LayerTerm | None:
    """The term as it stands in the equation that makes ``layer`` >= 2; None where nothing of it is left.

    Raises LanguageError where what is left divides by zero.
    """
    match term:
        case Bias():
            return term
        case WeightedSum(site=site) | Direct(site=site):
            left = site_at_layer(site, layer)
            return None if left is None else term if left is site else replace(term, site=left)
        case _:
            assert_never(term)


def site_at_layer(site: SiteFunction, layer: int) -> SiteFunction | None:
    """The site function in the equation that makes ``layer`` >= 2; None where nothing of it is left.

    Raises LanguageError where what is left divides by zero.
    """
    if site.deepest < layer - 1:
        return site
    left = present_part(site.formula, layer)
    return None if left == ZERO else replace(site, formula=left, fields=fields_read(left))


def present_part(formula: Expression, layer: int) -> Expression:
    """The formula in the equation that makes ``layer``, fields of layers below the first left out.

    Raises LanguageError where that divides by zero.
    """
    fields = [node for node in walk(formula) if isinstance(node, FieldAt)]
    absent = [node for node in fields if node.depth >= layer - 1]
    if not absent:
        return formula
    match formula:
        case Add(terms):
            kept = tuple(part for part in (present_part(term, layer) for term in terms) if part != ZERO)
            return ZERO if not kept else kept[0] if len(kept) == 1 else replace(formula, terms=kept)
        case Multiply(factors):
            parts = tuple(present_part(factor, layer) for factor in factors)
            return ZERO if ZERO in parts else replace(formula, factors=parts)
        case Negate(operand):
            part = present_part(operand, layer)
            return ZERO if part == ZERO else replace(formula, operand=part)
        case Divide(numerator, denominator):
            return _quotient(formula, present_part(numerator, layer), denominator, layer)
        case Power(base, exponent):
            return _power(formula, base, exponent, layer)
    return ZERO if len(absent) == len(fields) else _inside(formula, layer)


def _quotient(formula: Divide, above: Expression, denominator: Expression, layer: int) -> Expression:
    reads = [node.depth < layer - 1 for node in walk(denominator) if isinstance(node, FieldAt)]
    if above == ZERO or (reads and not any(reads)):
        return ZERO
    below = present_part(denominator, layer)
    if below == ZERO:
        raise _division(formula, layer)
    return replace(formula, numerator=above, denominator=below)


def _power(formula: Power, base: Expression, exponent: Expression, layer: int) -> Expression:
    """A whole power is a product; any other one is a function."""
    number = constant_value(exponent)
    if number is not None and number.denominator == 1 and number >= 0:
        below = present_part(base, layer)
        return Number(Fraction(1)) if number == 0 else ZERO if below == ZERO else replace(formula, base=below)
    if all(node.depth >= layer - 1 for node in walk(formula) if isinstance(node, FieldAt)):
        return ZERO
    below = present_part(base, layer)
    if below == ZERO and number is not None and number < 0:
        raise _division(formula, layer)
    return replace(formula, base=below, exponent=present_part(exponent, layer))


def _inside(formula: Expression, layer: int) -> Expression:
    """A function of present and absent fields: the absent ones left out of its arguments."""
    match formula:
        case Call(arguments=arguments):
            return replace(formula, arguments=tuple(present_part(argument, layer) for argument in arguments))
        case Piecewise(branches, otherwise):
            kept = tuple((_inside(condition, layer), present_part(value, layer)) for condition, value in branches)
            return replace(formula, branches=kept, otherwise=present_part(otherwise, layer))
        case Compare(left=left, right=right):
            return replace(formula, left=present_part(left, layer), right=present_part(right, layer))
    return formula


def _division(formula: Expression, layer: int) -> LanguageError:
    return LanguageError(
        f"at layer {layer}, where prev(...) is absent, this divides by zero",
        formula.span,
        help="a denominator that mixes layers keeps a term without prev(...), as in z/(1 + z^2*prev(z)^2)",
    )
