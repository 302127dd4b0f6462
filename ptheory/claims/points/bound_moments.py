"""Means of a claim with its activations bound: decomposed into moments of the expectation engine, with closed forms."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from ptheory.activations import Activation, ActivationError
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.claims.points.assignment import differentiated, polynomial_at
from ptheory.claims.terms.claim_atoms import Root, ScalarCall
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.terms.scalar_functions import collected, fractional_power, scalar_function
from ptheory.claims.terms.sympy_ratio import NotRepresentable, ratio_of
from ptheory.expectations import Moment, almost_everywhere, closed_form, covariance_symbol
from ptheory.expectations.expectation_errors import ExpectationError
from ptheory.expectations.symbolic_arithmetic import NoClosedForm
from ptheory.recursion.jets import Jet
from ptheory.recursion.means.as_moments import MomentPart, as_moments
from ptheory.recursion.means.binding import Binding, Unbound, left_open
from ptheory.recursion.means.layer_functions import expand_expectation, integrand_of
from ptheory.recursion.means.mean import AnyMean, Mean
from ptheory.recursion.tensors import Expectation, Leg
from ptheory.recursion.variables import kernel_between

if TYPE_CHECKING:
    from sympy import Expr


class BoundMoments:
    """Means as sums of moments; ``binding`` may set generic activations to anything for a numerical point.

    ``almost_everywhere``: delta functions in derivatives of activations are dropped. Stein's identity does not hold
    for such derivatives, so no normal form is taken then. ``scalars``: values of the hyperparameters that stand inside
    functions, as slope in piecewise((z >= 0): z, otherwise: slope*z); without one they stay symbols.
    """

    def __init__(
        self,
        normal: ClaimNormalForm,
        binding: Mapping[str, Activation],
        almost_everywhere: bool = False,
        scalars: Mapping[Atom, Fraction] | None = None,
    ) -> None:
        self.normal = normal
        self.almost_everywhere = almost_everywhere
        self.binding = Binding(binding, partial(_value, scalars or {}))
        self._closed: dict[Moment, Any] = {}

    def parts(self, atom: AnyMean) -> list[MomentPart]:
        """The mean as a sum of moments, outer derivatives kept. Unbound where an activation is generic."""
        integrand = integrand_of(self.normal.system.model.sites, atom)
        found = as_moments(integrand, atom.derivatives, self.binding.activation)
        if self.almost_everywhere:
            return [part._replace(moment=almost_everywhere(part.moment)) for part in found]
        return found

    # ---- exact forms ------------------------------------------------------------------------------------------

    def of(self, side: Ratio) -> Ratio:
        """The side with closed forms put in where there are any, and the generic normal form elsewhere."""
        return collected(side.map_atoms(self._atom))

    def _atom(self, atom: Atom) -> Ratio | None:
        if isinstance(atom, (Mean, Expectation)):
            try:
                return Ratio.sum(self._closed_part(*part) for part in self.parts(atom))
            except (Unbound, NotRepresentable, NoClosedForm, ExpectationError, ActivationError):
                if self.almost_everywhere:
                    raise NoClosedForm from None
                return self.normal.mean(self._polynomials_put_in(atom))
        if isinstance(atom, ScalarCall):
            return scalar_function(atom.function, self.of(atom.argument))
        if isinstance(atom, Root):
            return fractional_power(self.of(atom.base), Fraction(1, atom.degree))
        return self.normal.of(Ratio.atom(atom))

    def _polynomials_put_in(self, atom: AnyMean) -> Polynomial:
        """The integrand with every jet of a polynomial activation written out in its preactivation."""
        return expand_expectation(self.normal.system.model.sites, atom).map_atoms(self._as_polynomial)

    def _as_polynomial(self, atom: Atom) -> Polynomial | None:
        if not isinstance(atom, Jet):
            return None
        try:
            coefficients = self.binding.activation(atom.function).polynomial_coefficients()
        except (Unbound, ActivationError, NoClosedForm):
            return None
        if coefficients is None or not all(c.is_Rational for c in coefficients):
            return None
        exact = tuple(Fraction(int(c.p), int(c.q)) for c in coefficients)
        return polynomial_at(atom.leg, differentiated(exact, atom.order))

    def _closed_part(self, coefficient: Polynomial, moment: Moment, legs: tuple[Leg, ...]) -> Ratio:
        scale = self.normal.of(Ratio(coefficient))
        if not legs or moment.is_odd:
            return scale if not legs else Ratio(Polynomial())
        if moment not in self._closed:
            self._closed[moment] = closed_form(moment)
        found = self._closed[moment]
        if found is None:
            raise NoClosedForm
        kernels = {
            covariance_symbol(i, j).name: self.normal.of(Ratio(kernel_between(a, b)))
            for i, a in enumerate(legs)
            for j, b in enumerate(legs)
        }
        inside = {name: Ratio.atom(symbol) for name, symbol in self.binding.symbols.items()}
        return scale * ratio_of(found.expression, {**inside, **kernels})


def _value(scalars: Mapping[Atom, Fraction], symbol: Symbol) -> Expr:
    import sympy

    value = scalars.get(symbol)
    return left_open(symbol) if value is None else sympy.Rational(value.numerator, value.denominator)


def kernel_matrix(legs: tuple[Leg, ...], scalars: Mapping[Atom, Fraction]) -> tuple[tuple[Fraction, ...], ...]:
    """K[a, b] for every pair of ``legs``, combinations of fields by bilinearity; exact, (legs, legs)."""

    def value(a: Leg, b: Leg) -> Fraction:
        return kernel_between(a, b).evaluate(scalars.__getitem__, Fraction)

    return tuple(tuple(value(a, b) for b in legs) for a in legs)
