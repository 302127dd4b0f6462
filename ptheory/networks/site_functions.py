"""Splits what multiplies a weight into scalar coefficients and functions of the fields at one neuron."""

from __future__ import annotations

from ptheory.algebra.polynomial import Polynomial
from ptheory.language.constants import constant_value
from ptheory.language.expressions import (
    Add,
    Call,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Negate,
    Piecewise,
    Power,
    walk,
)
from ptheory.language.functions import CONSTANTS
from ptheory.networks.architecture import SiteFunction
from ptheory.networks.fields import Field
from ptheory.networks.scalars import bounded_product, check_terms, inverse, scalar_polynomial

SitePart = tuple[Polynomial, tuple[Expression, ...]]
_ONE = Polynomial.constant(1)


def has_fields(expression: Expression) -> bool:
    """Whether a field at a neuron stands in the formula."""
    return any(isinstance(node, FieldAt) for node in walk(expression))


def has_scalars(expression: Expression) -> bool:
    """Whether a hyperparameter stands in the formula; constants such as pi do not count."""
    return any(
        (isinstance(node, Name) and node.name not in CONSTANTS) or isinstance(node, Indexed)
        for node in walk(expression)
    )


def is_rational(expression: Expression) -> bool:
    """Built from numbers and hyperparameters by + - * / and whole powers."""
    for node in walk(expression):
        if isinstance(node, (Call, Piecewise)) or (isinstance(node, Name) and node.name in CONSTANTS):
            return False
        if isinstance(node, Power):
            exponent = constant_value(node.exponent)
            if exponent is None or exponent.denominator != 1:
                return False
    return True


def split_site(expression: Expression) -> list[SitePart]:
    """A formula in fields and scalars as a sum of coefficient * product of site factors.

    A sum without scalars stays one formula, as written: z + z^2/4 is one site function. Sums are taken apart only
    where a scalar stands in them: sigma(z) + c*z is sigma(z) and c times z. A scalar inside a function, as in
    sigma(u + c*v), stays inside, and so does a factor such as sqrt(2) or pi. Rational numbers in front go to the
    coefficient.
    """
    if not has_fields(expression) and is_rational(expression):
        return [(scalar_polynomial(expression), ())]
    match expression:
        case Add() if not has_scalars(expression):
            return [(_ONE, (expression,))]
        case Add():
            plain = [term for term in expression.terms if has_fields(term) and not has_scalars(term)]
            parts: list[SitePart] = []
            if plain:
                whole = plain[0] if len(plain) == 1 else Add(tuple(plain), span=expression.span)
                parts.append((_ONE, (whole,)))
            for term in expression.terms:
                if not any(term is other for other in plain):
                    parts += split_site(term)
            return parts
        case Negate():
            return [(-coefficient, site) for coefficient, site in split_site(expression.operand)]
        case Multiply():
            return multiply_parts([split_site(factor) for factor in expression.factors], expression)
        case Divide() if not has_fields(expression.denominator) and is_rational(expression.denominator):
            scale = inverse(expression.denominator)
            return [(coefficient * scale, site) for coefficient, site in split_site(expression.numerator)]
        case _:
            return [(_ONE, (expression,))]


def linear_parts(factors: tuple[Expression, ...]) -> list[SitePart] | None:
    """A product as a sum of coefficient * field where it is one, (z + prev(z))/2 as z/2 and prev(z)/2; else None."""
    fields = [factor for factor in factors if has_fields(factor)]
    scalars = [factor for factor in factors if not has_fields(factor)]
    if len(fields) != 1 or not all(is_rational(factor) for factor in scalars):
        return None
    scale = _ONE
    for factor in scalars:
        scale = bounded_product(scale, scalar_polynomial(factor), factor)
    parts = _linear(fields[0])
    return None if parts is None else [(scale * coefficient, site) for coefficient, site in parts]


def _linear(expression: Expression) -> list[SitePart] | None:
    match expression:
        case FieldAt():
            return [(_ONE, (expression,))]
        case Add(terms):
            found = [_linear(term) for term in terms]
            return None if None in found else [part for parts in found if parts for part in parts]
        case Negate(operand):
            parts = _linear(operand)
            return None if parts is None else [(-coefficient, site) for coefficient, site in parts]
        case Multiply(factors):
            return linear_parts(factors)
        case Divide(numerator, denominator) if not has_fields(denominator) and is_rational(denominator):
            scale, parts = inverse(denominator), _linear(numerator)
            return None if parts is None else [(scale * coefficient, site) for coefficient, site in parts]
        case _:
            return None


def multiply_parts(factors: list[list[SitePart]], place: Expression) -> list[SitePart]:
    """The product of sums, multiplied out; refused at ``place`` where that has too many terms."""
    product: list[SitePart] = [(_ONE, ())]
    for parts in factors:
        check_terms(len(product) * len(parts), place)
        product = [(bounded_product(a, b, place), left + right) for a, left in product for b, right in parts]
    return product


def site_function(factors: tuple[Expression, ...]) -> SiteFunction:
    """The product of site factors as one function of the fields at a neuron."""
    formula = factors[0] if len(factors) == 1 else Multiply(factors, span=factors[0].span)
    return SiteFunction(formula, fields_read(formula))


def fields_read(formula: Expression) -> tuple[Field, ...]:
    """The fields in a formula, in order of first appearance."""
    return tuple(dict.fromkeys(Field(node.field, node.depth) for node in walk(formula) if isinstance(node, FieldAt)))
