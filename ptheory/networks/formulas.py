"""From the language's formulas to SymPy expressions and activations: our own builder, a whitelist, no eval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ptheory.algebra.refusal import Refusal
from ptheory.language.expressions import Call, Compare, Divide, Expression, Name, Number, Power
from ptheory.language.formula_numbers import value_of

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
    return value_of(formula, SympyFormulas(values, activations))


class SympyFormulas:
    """SymPy expressions as a kind of number; FormulaError where an operation has no meaning."""

    def __init__(self, values: Mapping[str, Expr], activations: Mapping[str, Activation]) -> None:
        import sympy

        self.sympy = sympy
        self.values = values
        self.activations = activations

    def leaf(self, node: Expression) -> Expr:
        """A rational number, or what a name stands for."""
        from ptheory.activations.function_values import CONSTANTS

        match node:
            case Number(value):
                return self.sympy.Rational(value.numerator, value.denominator)
            case Name(name):
                if name in self.values:
                    return self.values[name]
                if name in CONSTANTS:
                    return CONSTANTS[name]
                raise FormulaError(f"unknown name {name}", node)
        raise FormulaError("this has no meaning inside a function", node)

    def negate(self, value: Expr) -> Expr:
        """−value"""
        return -value

    def add(self, values: Sequence[Expr]) -> Expr:
        """The sum."""
        return self.sympy.Add(*values)

    def multiply(self, values: Sequence[Expr]) -> Expr:
        """The product."""
        return self.sympy.Mul(*values)

    def divide(self, node: Divide, above: Expr, below: Expr) -> Expr:
        """The quotient by what is not zero."""
        if below == 0:
            raise FormulaError("division by zero", node)
        return above / below

    def power(self, node: Power, base: Expr, exponent: Expr) -> Expr:
        """The power, its exponent at most ``LARGEST_EXPONENT`` where it is a number."""
        if exponent is self.sympy.nan:
            raise FormulaError("this exponent has no value", node)
        if exponent.is_number and abs(exponent) > LARGEST_EXPONENT:
            raise FormulaError(f"exponent beyond {LARGEST_EXPONENT}", node)
        return base**exponent

    def call(self, node: Call, arguments: Sequence[Expr]) -> Expr:
        """A bound activation, a function of the language, or a known activation, in this order."""
        from ptheory.activations import Z, is_known, lookup
        from ptheory.activations.function_values import FUNCTIONS

        function, activation = node.function, self.activations.get(node.function)
        if activation is None and function in FUNCTIONS and not node.primes:
            return FUNCTIONS[function](*arguments)
        if activation is None and is_known(function):
            activation = lookup(function)
        if activation is None or len(arguments) != 1:
            raise FormulaError(f"unknown function {function}", node)
        return activation.derivative_almost_everywhere(node.primes).formula.subs(Z, arguments[0])

    def compare(self, node: Compare, left: Expr, right: Expr) -> Expr:
        """The relation, between real numbers."""
        if any(side.is_extended_real is False or side is self.sympy.nan for side in (left, right)):
            raise FormulaError("only real numbers are larger or smaller", node)
        return self.sympy.Rel(left, right, node.relation)

    def select(self, branches: Sequence[tuple[Expr, Expr]], otherwise: Expr) -> Expr:
        """SymPy's Piecewise."""
        return self.sympy.Piecewise(*branches, (otherwise, True))


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
