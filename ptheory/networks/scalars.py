"""Formulas in hyperparameters, as polynomials with exact coefficients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.language.constants import constant_value, layer_index, layer_offset
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
    rewritten,
)
from ptheory.language.functions import CONSTANTS

MOST_TERMS = 2000


def scalar_polynomial(expression: Expression) -> Polynomial:
    """A formula in scalars (C_W, C_W[l], n, numbers) as a polynomial; negative powers of single terms are allowed.

    Raises LanguageError where the formula is not a polynomial, pointing at the part that is not.
    """
    match expression:
        case Number():
            return Polynomial.constant(expression.value)
        case Name():
            if expression.name in CONSTANTS:
                raise LanguageError(
                    f"{expression.name} cannot stand in an exact coefficient",
                    expression.span,
                    help="give the product a name of its own and set its value",
                )
            return Polynomial.atom(Symbol(expression.name))
        case Indexed():
            return Polynomial.atom(layered_symbol(expression))
        case Negate():
            return -scalar_polynomial(expression.operand)
        case Add():
            return Polynomial.sum(scalar_polynomial(term) for term in expression.terms)
        case Multiply():
            product = Polynomial.constant(1)
            for factor in expression.factors:
                product = bounded_product(product, scalar_polynomial(factor), expression)
            return product
        case Divide():
            return scalar_polynomial(expression.numerator) * inverse(expression.denominator)
        case Power():
            return _power(expression)
        case _:
            raise LanguageError(
                "this is not a polynomial in hyperparameters",
                expression.span,
                help="use numbers and names with + - * / and whole powers; give the value of anything else a name",
            )


def layered_symbol(expression: Indexed) -> Symbol:
    """C_W[l+k] as a symbol with its layer offset; refuses primes and any index but a layer."""
    if not expression.primes and len(expression.arguments) == 1:
        offset = layer_offset(expression.arguments[0])
        if offset is not None:
            return Symbol(expression.name, offset)
    raise LanguageError(
        f"{expression.name} is not a hyperparameter of a layer",
        expression.span,
        help=f"a layer-dependent hyperparameter is written {expression.name}[l]",
    )


def moved_up(polynomial: Polynomial) -> Polynomial:
    """C_W[l+k] as C_W[l+k+1]; what is the same in every layer stays."""

    def next_layer(atom: Atom) -> Any:
        return Symbol(atom.name, atom.layer + 1) if isinstance(atom, Symbol) and atom.layer is not None else atom

    return Polynomial({tuple((next_layer(a), e) for a, e in monomial): c for monomial, c in polynomial})


def layers_moved_up(formula: Expression) -> Expression:
    """The same inside a formula."""

    def next_layer(node: Expression) -> Expression | None:
        if not isinstance(node, Indexed):
            return None
        symbol = layered_symbol(node)
        return replace(node, arguments=(layer_index((symbol.layer or 0) + 1),))

    return rewritten(formula, next_layer)


def with_named_scalars(formula: Expression) -> tuple[Expression, dict[str, Symbol]]:
    """The formula with c[l+1] as one name, and what every name of a hyperparameter in it stands for."""
    symbols: dict[str, Symbol] = {}

    def named(node: Expression) -> Expression | None:
        if isinstance(node, Indexed):
            symbol = layered_symbol(node)
        elif isinstance(node, Name) and node.name not in CONSTANTS:
            symbol = Symbol(node.name)
        else:
            return None
        symbols[str(symbol)] = symbol
        return Name(str(symbol), span=node.span)

    return rewritten(formula, named), symbols


def inverse(denominator: Expression) -> Polynomial:
    """1/denominator for a denominator of a single term."""
    polynomial = scalar_polynomial(denominator)
    if not polynomial:
        raise LanguageError("division by zero", denominator.span)
    if len(polynomial) > 1:
        raise LanguageError(
            "division by a sum of hyperparameters", denominator.span, help="give the quotient a name of its own"
        )
    return polynomial.inverse_monomial()


def _power(expression: Power) -> Polynomial:
    exponent = constant_value(expression.exponent)
    if exponent is None or exponent.denominator != 1:
        raise LanguageError(
            "only whole powers of hyperparameters are possible here",
            expression.exponent.span,
            help="give the power a name of its own",
        )
    base = scalar_polynomial(expression.base)
    if exponent < 0:
        return inverse(expression.base) ** int(-exponent)
    result = Polynomial.constant(1)
    if len(base) <= 1:
        return base ** int(exponent)
    for _ in range(int(exponent)):
        result = bounded_product(result, base, expression)
    return result


def bounded_product(left: Polynomial, right: Polynomial, place: Expression) -> Polynomial:
    """left * right, refused where it could have more than ``MOST_TERMS`` terms."""
    check_terms(len(left) * len(right), place)
    return left * right


def check_terms(count: int, place: Expression) -> None:
    """Raise LanguageError at ``place`` for more terms than MOST_TERMS."""
    if count > MOST_TERMS:
        raise LanguageError(
            f"multiplied out, this has up to {count} terms",
            place.span,
            help=f"up to {MOST_TERMS} are within budget; give a part of it a name of its own",
        )
