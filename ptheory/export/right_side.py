r"""A recursion with its activations bound as one SymPy expression: closed forms where there are, averages elsewhere.

An average without a closed form is a ``GaussianMean`` of a formula in z_1, z_2, ... In it a derivative of a kinked
activation has deltas, which are carried out:

    <c δ(z_1 - p) F(z_1, z_2, ...)> = c exp(-p^2/(2 K_11))/sqrt(2 pi K_11) <F(p, w_2 + p K_12/K_11, ...)>_w,

w of covariance K_ab - K_1a K_1b/K_11, the law of the other variables given z_1 = p.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import sympy

from ptheory.activations.activation import side_of
from ptheory.activations.branches import branches
from ptheory.activations.symbols import Z
from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.expectations import almost_everywhere, closed_form, covariance_symbol
from ptheory.expectations.moments import Moment
from ptheory.export.tensor_symbols import scalar_symbol, tensor_name
from ptheory.flows.moment_values import MomentTable, enclosed_to
from ptheory.recursion.equation import Equation
from ptheory.recursion.gaussian_mean import GaussianMean
from ptheory.recursion.tensors import WIDTH_RATIO, Expectation, Leg, Tensor
from ptheory.recursion.variables import kernel_between

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation

WORKING_DIGITS = 30


class NotPointwise(Refusal):
    """A product with a delta function beside what jumps at the same point: no number without a convention."""

    help = "ask for it in a with block with `derivatives almost everywhere`, or at an activation with a closed form"


def right_side(
    equation: Equation,
    activations: Mapping[str, Activation],
    known: Mapping[Expectation, Expr],
    one_input: bool,
    kinks_dropped: bool = False,
) -> Expr:
    """The right-hand side in symbols K_12, V_1122, C_W, ..., all widths equal; ``known``: averages in closed form.

    ``kinks_dropped``: derivatives of activations are those of automatic differentiation, ReLU'' = 0. Raises
    NotPointwise.
    """
    named = Named(equation, one_input)
    table = MomentTable(equation.system.model.sites, activations, scalar_symbol, enclosed_to(WORKING_DIGITS))

    def mean(expected: Expectation) -> Expr:
        if expected in known:
            return known[expected]
        total: Expr = sympy.Integer(0)
        for coefficient, moment, legs in table.moments(expected):
            defined = almost_everywhere(moment) if kinks_dropped else moment
            total += _exact(coefficient) * (moment_form(defined, named.kernel(legs)) if legs else 1)
        return total

    total: Expr = sympy.Integer(0)
    for monomial, coefficient in equation.right:
        term: Expr = sympy.Rational(coefficient.numerator, coefficient.denominator)
        for atom, exponent in monomial:
            if atom != WIDTH_RATIO:
                term *= (mean(atom) if isinstance(atom, Expectation) else named.symbol(atom)) ** exponent
        total += term
    return total


class Named:
    """The symbols of one equation."""

    def __init__(self, equation: Equation, one_input: bool) -> None:
        self.equation = equation
        self.one_input = one_input

    def symbol(self, atom: Atom) -> Expr:
        """K_12 for a tensor, C_W for a hyperparameter."""
        if isinstance(atom, Tensor):
            return sympy.Symbol(tensor_name(atom, self.equation, self.one_input), real=True)
        return scalar_symbol(atom)

    def kernel(self, legs: Sequence[Leg]) -> dict[tuple[int, int], Expr]:
        """K_ab of numbered variables, a <= b; of linear combinations of fields by their parts."""
        return {
            (a, b): self._polynomial(kernel_between(legs[a], legs[b]))
            for a, b in combinations_with_replacement(range(len(legs)), 2)
        }

    def _polynomial(self, polynomial: Polynomial) -> Expr:
        return polynomial.evaluate(self.symbol, _exact)


def moment_form(moment: Moment, kernel: Mapping[tuple[int, int], Expr]) -> Expr:
    """A moment at a covariance: in closed form where it has one, else as a GaussianMean. Raises NotPointwise."""
    closed = closed_form(moment)
    if closed is not None:
        entries = {covariance_symbol(a, b): entry for (a, b), entry in kernel.items()}
        return closed.expression.subs(entries, simultaneous=True)
    if moment.derivatives:
        first, *others = moment.derivatives
        inner = Moment(moment.factors, moment.powers, tuple(others))
        return sympy.Add(*(c * moment_form(slope, kernel) for c, slope in _slopes(inner, first)))
    variables = sympy.symbols(f"z_1:{moment.size + 1}", real=True)
    powers = sympy.Mul(*(z ** moment.power(a) for a, z in enumerate(variables)))
    total: Expr = sympy.Integer(0)
    for singular, regular in _singular_parts(moment, variables):
        integrand = powers * regular
        total += (
            gaussian_mean(integrand, variables, kernel)
            if singular is None
            else _given_one(integrand, variables, kernel, *singular)
        )
    return total


def _slopes(moment: Moment, variable: int) -> list[tuple[int, Moment]]:
    """The derivative of what stands inside, the derivatives around it left as they are."""
    plain = Moment(moment.factors, moment.powers)
    return [(c, Moment(s.factors, s.powers, moment.derivatives)) for c, s in plain.slopes(variable)]


Singular = tuple[int, "Expr", "Expr"]
"""(variable, point, coefficient): coefficient * delta(z_variable - point)."""


def _singular_parts(moment: Moment, variables: Sequence[Expr]) -> list[tuple[Singular | None, Expr]]:
    """The product of the factors as a sum of a function and of deltas times functions. Raises NotPointwise."""
    parts: list[tuple[Singular | None, Expr]] = [(None, sympy.Integer(1))]
    for activation, order, variable in moment.factors:
        derivative = activation.derivative(order)
        regular = derivative.regular.subs(Z, variables[variable])
        new: list[tuple[Singular | None, Expr]] = []
        for singular, factor in parts:
            if singular is not None and singular[0] == variable:
                _check_continuous(derivative.regular, singular[1])
            new.append((singular, factor * regular))
            for point, degree, coefficient in derivative.deltas:
                if degree or singular is not None:
                    raise NotPointwise(f"{moment} has a product of delta functions, or a derivative of one")
                others = [(a, m) for a, m in moment.factors_at(variable) if (a, m) != (activation, order)]
                for other, m in others:
                    _check_continuous(other.derivative(m).regular, point)
                new.append(((variable, point, coefficient), factor))
        parts = new
    return parts


def _check_continuous(formula: Expr, point: Expr) -> None:
    sides = [side_of(branches(formula), point, side).subs(Z, point) for side in (-1, 1)]
    if sympy.simplify(sides[0] - sides[1]) != 0:
        raise NotPointwise("a delta function stands at a point where another factor jumps")


def gaussian_mean(integrand: Expr, variables: Sequence[Expr], kernel: Mapping[tuple[int, int], Expr]) -> Expr:
    """The average over those of the variables that the integrand has."""
    used = [a for a, z in enumerate(variables) if integrand.has(z)]
    if not used:
        return integrand
    entries = [kernel[pair] for pair in combinations_with_replacement(used, 2)]
    return GaussianMean(integrand, [variables[a] for a in used], entries)


def _given_one(
    integrand: Expr,
    variables: Sequence[Expr],
    kernel: Mapping[tuple[int, int], Expr],
    number: int,
    point: Expr,
    coefficient: Expr,
) -> Expr:
    """<coefficient delta(z_number - point) integrand>: the density there, times the average given z_number."""

    def entry(a: int, b: int) -> Expr:
        return kernel[min(a, b), max(a, b)]

    variance = entry(number, number)
    density = sympy.exp(-(point**2) / (2 * variance)) / sympy.sqrt(2 * sympy.pi * variance)
    others = [a for a in range(len(variables)) if a != number]
    shifted = {variables[a]: variables[a] + point * entry(a, number) / variance for a in others}
    inside = integrand.subs({variables[number]: point, **shifted}, simultaneous=True)
    left = {
        (a, b): entry(others[a], others[b]) - entry(others[a], number) * entry(others[b], number) / variance
        for a, b in combinations_with_replacement(range(len(others)), 2)
    }
    return coefficient * density * gaussian_mean(inside, [variables[a] for a in others], left)


def _exact(number: object) -> Expr:
    """A rational number as SymPy's; a SymPy expression as it is."""
    if isinstance(number, sympy.Basic):
        return number
    return sympy.Rational(number.numerator, number.denominator)  # type: ignore[attr-defined]
