"""Numbers for every symbol of a claim, and the exact value of a side where everything is rational.

This route shares with the expansion and the normal form the formulas of the layer equations and nothing else: with
polynomial activations a bracket is multiplied out in the preactivations, differentiated power by power, and averaged by
counting contractions. No Stein identity, no jets, no Faà di Bruno.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, Symbol
from ptheory.algebra.refusal import DivisionByZero, Refusal
from ptheory.claims.terms.claim_atoms import NextMean
from ptheory.claims.terms.ratio import Ratio
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
    Number,
    Power,
)
from ptheory.networks.architecture import SiteFunction
from ptheory.networks.fields import Field
from ptheory.networks.scalars import layered_symbol
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Expectation, Leg
from ptheory.recursion.variables import leading_kernel, parts_of

Coefficients = tuple[Fraction, ...]  # of 1, z, z^2, ...


class NotRational(Refusal):
    """A side has parts that are no rational function at rational values."""


@dataclass
class Assignment:
    """``scalars``: atoms that are numbers; ``activations``: polynomials by name."""

    sites: tuple[SiteFunction, ...]
    scalars: Mapping[Atom, Fraction]
    activations: Mapping[str, Coefficients]
    _means: dict[Atom, Fraction] = field(default_factory=dict)

    def value(self, side: Ratio) -> Fraction:
        """The exact value. NotRational where it is none; DivisionByZero where a denominator is zero here."""
        total = self._polynomial(side.numerator)
        for factor, power in side.factors:
            total *= _power(self._polynomial(factor), -power)
        return total

    def _polynomial(self, polynomial: Polynomial) -> Fraction:
        total = Fraction(0)
        for monomial, coefficient in polynomial:
            for atom, exponent in monomial:
                coefficient *= _power(self._atom(atom), exponent)
            total += coefficient
        return total

    def _atom(self, atom: Atom) -> Fraction:
        if atom in self.scalars:
            return self.scalars[atom]
        if atom not in self._means:
            if isinstance(atom, NextMean):
                self._means[atom] = self._mean(self._integrand(atom.mean), self._next_kernel(atom))
            else:
                self._means[atom] = self._mean(self._integrand(atom), self._kernel)
        return self._means[atom]

    def _next_kernel(self, atom: NextMean) -> Callable[[Leg, Leg], Fraction]:
        values = {pair: self._polynomial(kernel) for pair, kernel in atom.kernels}
        return lambda a, b: values[min(a, b), max(a, b)]

    def _integrand(self, atom: Atom) -> Polynomial:
        """The integrand of a mean as a polynomial in preactivations."""
        if not isinstance(atom, (Mean, Expectation)):
            raise NotRational(str(atom))
        if isinstance(atom, Mean):
            integrand = self._in_fields(atom.integrand)
        else:
            integrand = Polynomial.constant(1)
            for factor in atom.factors:
                site = self._formula(self.sites[factor.site].formula, factor.place)
                for name in factor.derivatives:
                    site = power_rule(site, Leg(name, factor.place))
                integrand = integrand * site
        for leg in atom.derivatives:
            integrand = power_rule(integrand, leg)
        return integrand

    def _formula(self, node: Expression, place: Sample) -> Polynomial:
        """A formula of fields at one neuron and place, every activation a polynomial. NotRational where it is none."""
        match node:
            case Number(value):
                return Polynomial.constant(value)
            case Name(name):
                return Polynomial.atom(Symbol(name))
            case Indexed():
                return Polynomial.atom(layered_symbol(node))
            case FieldAt(field, depth=depth):
                return Polynomial.atom(FieldValue(Leg(Field(field, depth), place)))
            case Negate(operand):
                return -self._formula(operand, place)
            case Add(terms):
                return Polynomial.sum(self._formula(term, place) for term in terms)
            case Multiply(factors):
                return prod((self._formula(factor, place) for factor in factors), start=Polynomial.constant(1))
            case Power(base, Number(exponent)) if exponent.denominator == 1 and exponent >= 0:
                return self._formula(base, place) ** int(exponent)
            case Divide(numerator, denominator):
                below = self._formula(denominator, place)
                if not any(isinstance(atom, FieldValue) for atom in below.atoms()):
                    return self._formula(numerator, place) * _power(self._polynomial(below), -1)
            case Call(function, (argument,), primes) if function in self.activations:
                return horner(differentiated(self.activations[function], primes), self._formula(argument, place))
        raise NotRational(str(node))

    def _in_fields(self, jets: Polynomial) -> Polynomial:
        return jets.map_atoms(lambda atom: self._jet(atom) if isinstance(atom, Jet) else None)

    def _jet(self, jet: Jet) -> Polynomial:
        if not isinstance(jet.function, str) or jet.function not in self.activations:
            raise NotRational(str(jet))
        return polynomial_at(jet.leg, differentiated(self.activations[jet.function], jet.order))

    def _mean(self, integrand: Polynomial, kernel: Callable[[Leg, Leg], Fraction]) -> Fraction:
        from ptheory.expectations.polynomial_moments import polynomial_moment

        legs = sorted({atom.leg for atom in integrand.atoms() if isinstance(atom, FieldValue)})
        matrix = [[kernel(a, b) for b in legs] for a in legs]
        total = Fraction(0)
        for monomial, coefficient in integrand:
            powers = dict.fromkeys(legs, 0)
            for atom, exponent in monomial:
                if isinstance(atom, FieldValue):
                    powers[atom.leg] = exponent
                else:
                    coefficient *= _power(self._atom(atom), exponent)
            total += coefficient * polynomial_moment(tuple(powers.values()), matrix)
        return total

    def _kernel(self, a: Leg, b: Leg) -> Fraction:
        return self.scalars[leading_kernel(a, b)]


def _power(base: Fraction, exponent: int) -> Fraction:
    if not base and exponent < 0:
        raise DivisionByZero
    return base**exponent


def differentiated(coefficients: Coefficients, times: int) -> Coefficients:
    """The coefficients of the polynomial's derivative, taken ``times`` times; none for zero."""
    for _ in range(times):
        coefficients = tuple(k * c for k, c in enumerate(coefficients))[1:]
    return coefficients


def polynomial_at(variable: Leg, coefficients: Coefficients) -> Polynomial:
    """sum_k coefficients[k] variable^k in the fields the variable is made of."""
    argument = Polynomial.sum(slope * Polynomial.atom(FieldValue(leg)) for leg, slope in parts_of(variable))
    return horner(coefficients, argument)


def horner(coefficients: Coefficients, argument: Polynomial) -> Polynomial:
    """sum_k coefficients[k] argument^k."""
    total = Polynomial()
    for coefficient in reversed(coefficients):
        total = total * argument + Polynomial.constant(coefficient)
    return total


def power_rule(polynomial: Polynomial, leg: Leg) -> Polynomial:
    """The derivative of a polynomial in preactivations by one of them."""
    found: dict[Monomial, Fraction] = {}
    for monomial, coefficient in polynomial:
        powers = dict(monomial)
        exponent = powers.pop(FieldValue(leg), 0)
        if exponent > 1:
            powers[FieldValue(leg)] = exponent - 1
        if exponent:
            lowered = tuple(sorted(powers.items(), key=lambda item: item[0].sort_key))
            found[lowered] = found.get(lowered, Fraction(0)) + coefficient * exponent
    return Polynomial(found)
