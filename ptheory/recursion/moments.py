"""Numbers for expectations: at concrete inputs they become moments of bound activations, evaluated once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import mpmath

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.expectations import Moment, evaluate
from ptheory.language.expressions import Expression, Name, walk
from ptheory.networks.architecture import SiteFunction
from ptheory.networks.formulas import activation_from_formula
from ptheory.recursion.jets import VARIABLE, FieldValue, Jet, expand_factors
from ptheory.recursion.tensors import Expectation, Leg

CONSTANTS = ("pi", "e")

ScalarValue = Callable[[Any], Any]  # a scalar atom of a polynomial -> its number
KernelValue = Callable[[Leg, Leg], Any]  # K at two legs


class MomentTable:
    """⟨...⟩_K for the site functions of one architecture with its activations bound.

    ``value`` returns an exact Fraction where everything is rational, else an mpmath number good to ``digits``.
    """

    def __init__(
        self, sites: tuple[SiteFunction, ...], activations: Mapping[str, Any], scalar: ScalarValue, digits: int
    ) -> None:
        self._sites = sites
        self._activations: dict[str | Expression, Any] = {}
        self._activations.update(activations)
        self._scalar = scalar
        self._digits = digits
        self._expanded: dict[Expectation, list[tuple[Any, Moment, tuple[Leg, ...]]]] = {}
        self._values: dict[Any, Any] = {}

    def value(self, expected: Expectation, kernel: KernelValue) -> Any:
        """The number ⟨∂...∂ prod factors⟩ at the covariance ``kernel`` of its (field, sample) variables."""
        if expected not in self._expanded:
            self._expanded[expected] = self.moments(expected)
        total: Any = Fraction(0)
        for coefficient, moment, legs in self._expanded[expected]:
            if not legs:
                total += coefficient
                continue
            matrix = tuple(tuple(kernel(a, b) for b in legs) for a in legs)
            key = (moment, matrix)
            if key not in self._values:
                self._values[key] = moment_value(moment, matrix, self._digits)
            total += coefficient * self._values[key]
        return total

    def moments(self, expected: Expectation) -> list[tuple[Any, Moment, tuple[Leg, ...]]]:
        """(coefficient, moment, its variables in order) summing to the expectation; total derivatives stay outside."""
        found = []
        for monomial, rational in expand_factors(self._sites, expected.factors):
            coefficient: Any = rational
            legs = sorted({atom.leg for atom, _ in monomial if isinstance(atom, (Jet, FieldValue))})
            if any(leg not in legs for leg in expected.derivatives):
                continue
            number = {leg: k for k, leg in enumerate(legs)}
            factors: list[tuple[Any, int, int]] = []
            powers = [0] * len(legs)
            for atom, exponent in monomial:
                if isinstance(atom, Jet):
                    factors += [(self.activation(atom.function), atom.order, number[atom.leg])] * exponent
                elif isinstance(atom, FieldValue):
                    powers[number[atom.leg]] = exponent
                else:
                    coefficient = coefficient * self._scalar(atom) ** exponent
            derivatives = tuple(number[leg] for leg in expected.derivatives)
            found.append((coefficient, Moment(tuple(factors), tuple(powers), derivatives), tuple(legs)))
        return found

    def activation(self, function: str | Expression) -> Any:
        """The bound activation a jet names, or the one its opaque formula defines (made once)."""
        if function not in self._activations:
            from ptheory.activations import lookup

            if isinstance(function, str):
                self._activations[function] = lookup(function)
            else:
                named = {k: v for k, v in self._activations.items() if isinstance(k, str)}
                self._activations[function] = activation_from_formula(
                    "phi", function, VARIABLE.name, self._scalars_in(function), named
                )
        return self._activations[function]

    def _scalars_in(self, formula: Expression) -> dict[str, Any]:
        """The hyperparameters a formula names, as SymPy numbers."""
        import sympy

        values = {}
        for node in walk(formula):
            if isinstance(node, Name) and node != VARIABLE and node.name not in CONSTANTS:
                number = self._scalar(Symbol(node.name))
                exact = isinstance(number, (int, Fraction))
                values[node.name] = sympy.Rational(str(number)) if exact else sympy.Float(number)
        return values


def moment_value(moment: Moment, matrix: tuple[tuple[Any, ...], ...], digits: int) -> Any:
    """The moment at a covariance: a Fraction only where the covariance is exact too, else an mpmath number."""
    value = evaluate(moment, matrix, digits).value
    if isinstance(value, Fraction) and not all(isinstance(entry, (int, Fraction)) for row in matrix for entry in row):
        return mpmath.mpf(value.numerator) / value.denominator
    return value


def substitute_scalars(polynomial: Polynomial, scalar: ScalarValue) -> Any:
    """The number a polynomial in scalars alone stands for."""
    total: Any = Fraction(0)
    for monomial, coefficient in polynomial:
        value: Any = coefficient
        for atom, exponent in monomial:
            value = value * scalar(atom) ** exponent
        total += value
    return total
