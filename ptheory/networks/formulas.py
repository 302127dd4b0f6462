"""From the language's formulas to SymPy expressions and activations: our own builder, a whitelist, no eval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ptheory.algebra.refusal import Refusal
from ptheory.language.expressions import (
    Add,
    Call,
    Compare,
    Divide,
    Expression,
    Multiply,
    Name,
    Negate,
    Number,
    Piecewise,
    Power,
)

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations import Activation

LARGEST_EXPONENT = 200


class FormulaError(Refusal):
    """A formula that has no meaning as a function; ``node`` is the smallest part at fault."""

    def __init__(self, message: str, node: Expression) -> None:
        super().__init__(message)
        self.node = node


class OpenHyperparameter(Refusal):
    """A hyperparameter inside a function of one field, without a value: the function is not known."""

    help = "give it one: `set ... = ...` in the block"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is inside a function and has no value")


def formula_to_sympy(formula: Expression, values: Mapping[str, Expr], activations: Mapping[str, Activation]) -> Expr:
    """The SymPy expression of a formula. ``values``: what names stand for; ``activations``: bound function names.

    Raises FormulaError at an unknown name or function, or an exponent beyond ``LARGEST_EXPONENT``.
    """
    import sympy

    from ptheory.activations.functions import CONSTANTS, FUNCTIONS

    def build(node: Expression) -> Expr:
        match node:
            case Number(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Name(name):
                if name in values:
                    return values[name]
                if name in CONSTANTS:
                    return CONSTANTS[name]
                raise FormulaError(f"unknown name {name}", node)
            case Negate(operand):
                return -build(operand)
            case Add(terms):
                return sympy.Add(*(build(term) for term in terms))
            case Multiply(factors):
                return sympy.Mul(*(build(factor) for factor in factors))
            case Divide(numerator, denominator):
                below = build(denominator)
                if below == 0:
                    raise FormulaError("division by zero", node)
                return build(numerator) / below
            case Power(base, exponent):
                power = build(exponent)
                if power is sympy.nan:
                    raise FormulaError("this exponent has no value", node)
                if power.is_number and abs(power) > LARGEST_EXPONENT:
                    raise FormulaError(f"exponent beyond {LARGEST_EXPONENT}", node)
                return build(base) ** power
            case Call(function, arguments, primes):
                return _call(node, function, [build(a) for a in arguments], primes)
            case Compare(relation, left, right):
                sides = build(left), build(right)
                if any(side.is_extended_real is False or side is sympy.nan for side in sides):
                    raise FormulaError("only real numbers are larger or smaller", node)
                return sympy.Rel(*sides, relation)
            case Piecewise(branches, otherwise):
                pairs = [(build(value), build(condition)) for condition, value in branches]
                return sympy.Piecewise(*pairs, (build(otherwise), True))
        raise FormulaError("this has no meaning inside a function", node)

    from ptheory.activations import Z, is_known, lookup

    def _call(node: Expression, function: str, arguments: list[Expr], primes: int) -> Expr:
        activation = activations.get(function)
        if activation is None and function in FUNCTIONS and not primes:
            return FUNCTIONS[function](*arguments)
        if activation is None and is_known(function):
            activation = lookup(function)
        if activation is None or len(arguments) != 1:
            raise FormulaError(f"unknown function {function}", node)
        return activation.derivative_almost_everywhere(primes).formula.subs(Z, arguments[0])

    return build(formula)


def real_number(formula: Expression) -> Expr:
    """The number a constant formula stands for, exactly. Raises FormulaError where it is not real and finite."""
    import sympy

    value = formula_to_sympy(formula, {}, {})
    if value.is_real is False or value.has(sympy.nan, sympy.zoo, sympy.oo):
        raise FormulaError("this is no real number", formula)
    return value


def activation_from_formula(
    name: str, formula: Expression, variable: str, values: Mapping[str, Expr], activations: Mapping[str, Activation]
) -> Activation:
    """The activation ``name(variable) = formula``; a bare known name (``tanh``) is looked up."""
    from ptheory.activations import Z, from_formula, is_known, lookup

    if isinstance(formula, Name) and formula.name != variable:
        if formula.name in activations:
            return activations[formula.name]
        if is_known(formula.name):
            return lookup(formula.name)
    return from_formula(name, formula_to_sympy(formula, {**values, variable: Z}, activations))
