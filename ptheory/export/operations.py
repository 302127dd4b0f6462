"""A SymPy expression taken apart into the operations of arrays, once for all that is made of it: values and source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import sympy
from sympy import Expr

from ptheory.activations.function_values import row_of
from ptheory.activations.switches import kinks
from ptheory.algebra.elementary import ElementaryFunction
from ptheory.algebra.refusal import Refusal
from ptheory.expectations.special_functions import Phi2
from ptheory.recursion.gaussian_mean import GaussianMean

T = TypeVar("T")

RELATIONS: dict[type, str] = {
    sympy.StrictLessThan: "<", sympy.LessThan: "<=", sympy.StrictGreaterThan: ">", sympy.GreaterThan: ">=",
    sympy.Equality: "==", sympy.Unequality: "!=",
}  # fmt: skip


class NoArrayForm(Refusal):
    """An expression that has no function of arrays."""


class Operations(Protocol[T]):
    """What a result is made by, of results of parts."""

    def number(self, value: Expr) -> T:
        """A rational number, pi or e."""

    def symbol(self, name: str) -> T:
        """An argument, or a variable of integration."""

    def sum(self, parts: Sequence[T]) -> T:
        """The sum."""

    def product(self, parts: Sequence[T]) -> T:
        """The product."""

    def quotient(self, above: T, below: T) -> T:
        """above/below"""

    def whole_power(self, base: T, exponent: int) -> T:
        """base^exponent, exponent > 1"""

    def power(self, base: T, exponent: T) -> T:
        """base^exponent"""

    def root(self, base: T, scale: T | None) -> T:
        """sqrt(base); ``scale``: the size of terms that may cancel in it, so that rounding leaves nothing below 0."""

    def function(self, name: str, arguments: Sequence[T]) -> T:
        """A function by the name of its row, "max", "min", "bivariate_normal"."""

    def compare(self, relation: str, left: T, right: T) -> T:
        """A condition."""

    def both(self, conditions: Sequence[T], every: bool) -> T:
        """All of them, or any."""

    def select(self, branches: Sequence[tuple[T, T]], otherwise: T) -> T:
        """The value of the first (value, condition) that holds."""

    def mean(self, node: GaussianMean, kernel: Sequence[T], bends: Sequence[Sequence[T]]) -> T:
        """An average over one or two variables; ``bends``: the kinks in each."""


def carried_out(node: Expr, by: Operations[T]) -> T:
    """The expression in these operations. Raises NoArrayForm."""
    if isinstance(node, sympy.Symbol):
        return by.symbol(node.name)
    if node.is_Rational or node in (sympy.pi, sympy.E) or node.is_Float:
        return by.number(node)
    if isinstance(node, sympy.Add):
        return by.sum([carried_out(term, by) for term in node.as_ordered_terms()])
    if isinstance(node, sympy.Mul):
        return _product(node, by)
    if isinstance(node, sympy.Pow):
        return _power(node.base, node.exp, by)
    if isinstance(node, GaussianMean):
        return _mean(node, by)
    if isinstance(node, sympy.Piecewise):
        return _piecewise(node, by)
    return _function(node, by)


def is_long(number: Expr) -> bool:
    """Whether a double does not hold its numerator or its denominator; arrays of whole numbers would not, either."""
    return bool(number.is_Rational and max(abs(number.p), number.q) >= 2**53)


def _product(node: Expr, by: Operations[T]) -> T:
    """One quotient: what has a negative exponent stands below; a long rational number is one number in front."""
    coefficient, rest = node.as_coeff_Mul()
    if is_long(coefficient):
        return by.product([by.number(coefficient), carried_out(rest, by)])
    above, below = sympy.fraction(node, exact=True)
    if below == 1:
        return by.product([carried_out(factor, by) for factor in node.as_ordered_factors()])
    return by.quotient(carried_out(above, by), carried_out(below, by))


def _power(base: Expr, exponent: Expr, by: Operations[T]) -> T:
    if exponent.is_Rational and exponent < 0:
        return by.quotient(by.number(sympy.Integer(1)), _power(base, -exponent, by))
    if exponent == 1:
        return carried_out(base, by)
    if exponent.is_Integer:
        return by.whole_power(carried_out(base, by), int(exponent))
    if exponent.is_Rational and exponent.q == 2:
        root = by.root(carried_out(base, by), _scale(base, by))
        return root if exponent.p == 1 else by.whole_power(root, int(exponent.p))
    return by.power(carried_out(base, by), carried_out(exponent, by))


def _scale(base: Expr, by: Operations[T]) -> T | None:
    """K_11*K_22 + K_12^2 for K_11*K_22 - K_12^2; nothing where no term is subtracted."""
    terms = sympy.Add.make_args(base)
    signs = {term.could_extract_minus_sign() for term in terms}
    if signs != {True, False}:
        return None
    return by.sum([carried_out(-term if term.could_extract_minus_sign() else term, by) for term in terms])


def _piecewise(node: Expr, by: Operations[T]) -> T:
    *branches, (last, condition) = node.args
    if condition is not sympy.true:
        raise NoArrayForm(f"a piecewise formula without a last case: {node}")
    return by.select([(carried_out(v, by), _condition(c, by)) for v, c in branches], carried_out(last, by))


def _condition(node: Expr, by: Operations[T]) -> T:
    if isinstance(node, (sympy.And, sympy.Or)):
        return by.both([_condition(one, by) for one in node.args], isinstance(node, sympy.And))
    if node.func not in RELATIONS:
        raise NoArrayForm(f"no condition of arrays: {node}")
    return by.compare(RELATIONS[node.func], carried_out(node.args[0], by), carried_out(node.args[1], by))


def _function(node: Expr, by: Operations[T]) -> T:
    row: ElementaryFunction | None = row_of(node)
    names = {sympy.Max: "max", sympy.Min: "min", Phi2: "bivariate_normal"}
    name = row.name if row is not None else names.get(node.func)
    if name is None:
        raise NoArrayForm(f"no function of arrays for {node.func.__name__} in {node}")
    arguments = node.args[:1] if row is not None else node.args
    return by.function(name, [carried_out(argument, by) for argument in arguments])


def _mean(node: GaussianMean, by: Operations[T]) -> T:
    if len(node.variables) > 2:
        raise NoArrayForm(
            f"an average over {len(node.variables)} variables: quadrature is for one and two; put equal inputs in its "
            "slots, or use an activation with a closed form"
        )
    if node.integrand.has(sympy.Function) and node.integrand.atoms(sympy.core.function.AppliedUndef):
        raise NoArrayForm("an average of an activation that is left open")
    bends = [[carried_out(point, by) for point in kinks(node.integrand, z)] for z in node.variables]
    return by.mean(node, [carried_out(entry, by) for entry in node.kernel], bends)
