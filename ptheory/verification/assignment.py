"""Numbers for every symbol of a claim, and the exact value of a side where everything is rational.

This route shares nothing with the normal form: brackets are multiplied out as polynomials in the preactivations and
averaged by counting contractions, no Stein identity, no product rule on jets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.networks.architecture import SiteFunction
from ptheory.recursion.jets import FieldValue, Jet, differentiate, expand_factors
from ptheory.recursion.normal_form import leading_kernel
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Expectation, Leg, Tensor
from ptheory.recursion.variables import parts_of
from ptheory.verification.claim_atoms import Mean, NextMean
from ptheory.verification.ratio import Ratio

Coefficients = tuple[Fraction, ...]  # of 1, z, z^2, ...


class NotRational(ValueError):
    """A side has parts that are no rational function at rational values."""


@dataclass
class Assignment:
    """``scalars``: atoms that are numbers; ``activations``: polynomials by name."""

    sites: tuple[SiteFunction, ...]
    scalars: Mapping[Any, Fraction]
    activations: Mapping[str, Coefficients]
    _means: dict[Any, Fraction] = field(default_factory=dict)

    def value(self, side: Ratio) -> Fraction:
        """The exact value. NotRational where it is none; ZeroDivisionError where a denominator is zero here."""
        total = self._polynomial(side.numerator)
        for factor, power in side.factors:
            total /= self._polynomial(factor) ** power
        return total

    def _polynomial(self, polynomial: Polynomial) -> Fraction:
        total = Fraction(0)
        for monomial, coefficient in polynomial:
            for atom, exponent in monomial:
                coefficient *= self._atom(atom) ** exponent
            total += coefficient
        return total

    def _atom(self, atom: Any) -> Fraction:
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

    def _integrand(self, atom: Any) -> Polynomial:
        """The integrand of a mean as a polynomial in preactivations."""
        if isinstance(atom, Mean):
            return self._in_fields(Polynomial({atom.factors: Fraction(1)}))
        if isinstance(atom, Expectation):
            integrand = self._in_fields(expand_factors(self.sites, atom.factors))
            for leg in atom.derivatives:
                integrand = differentiate(integrand, leg)
            return integrand
        raise NotRational(str(atom))

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
                    coefficient *= self._atom(atom) ** exponent
            total += coefficient * polynomial_moment(tuple(powers.values()), matrix)
        return total

    def _kernel(self, a: Leg, b: Leg) -> Fraction:
        return self.scalars[leading_kernel(a, b)]


def differentiated(coefficients: Coefficients, times: int) -> Coefficients:
    for _ in range(times):
        coefficients = tuple(k * c for k, c in enumerate(coefficients))[1:]
    return coefficients


def polynomial_at(variable: Leg, coefficients: Coefficients) -> Polynomial:
    """sum_k coefficients[k] variable^k in the fields the variable is made of."""
    argument = Polynomial.sum(slope * Polynomial.atom(FieldValue(leg)) for leg, slope in parts_of(variable))
    total = Polynomial()
    for coefficient in reversed(coefficients):
        total = total * argument + Polynomial.constant(coefficient)
    return total


def rational_atoms(atoms: Sequence[Any]) -> bool:
    """Whether these are all symbols that can be given rational values (pi and e cannot)."""
    return all(
        isinstance(a, (Tensor, Expectation, Mean))
        or a in (WIDTH, WIDTH_RATIO)
        or (isinstance(a, Symbol) and a.name not in ("pi", "e"))
        for a in atoms
    )
