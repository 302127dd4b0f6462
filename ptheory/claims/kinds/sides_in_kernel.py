"""The sides of a claim as series in the kernel, K -> 0: averages, functions and roots of what holds it."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import sympy as sp

from ptheory.activations.function_values import OF_SCALARS
from ptheory.algebra.elementary import BY_NAME
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.reading.at_zero import at_zero
from ptheory.claims.reading.claim_text import Writer
from ptheory.claims.sides import ReadClaim
from ptheory.claims.terms.claim_atoms import Root, ScalarCall, ValueAtZero
from ptheory.claims.terms.ratio import Ratio
from ptheory.criticality.series import LogSeries, exact, order_key
from ptheory.expectations import small_kernel_series
from ptheory.networks.roles import positive_hyperparameters
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.binding import Unbound
from ptheory.recursion.means.layer_functions import integrand_of
from ptheory.recursion.means.mean import AnyMean, Mean
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.tensors import Expectation, Tensor, Width, WidthRatio


class NotExpanded(Refusal):
    """A part of a claim that has no series in K here."""


class SidesInKernel:
    """Series in x = K of quotients in the symbols of one claim, which are constants beside it."""

    def __init__(self, read: ReadClaim) -> None:
        self.read = read
        self._writer = Writer(read.vocabulary)
        self._positive = positive_hyperparameters(read.normal.system.model.architecture)

    def of(self, value: Ratio, order: sp.Rational) -> LogSeries:
        total = self._polynomial(value.numerator, order)
        for factor, power in value.factors:
            total = total * _raised(self._polynomial(factor, order), sp.Integer(-power), order)
        return total

    def _polynomial(self, polynomial: Polynomial, order: sp.Rational) -> LogSeries:
        known: dict[Atom, LogSeries] = {}
        total = LogSeries()
        for monomial, coefficient in polynomial:
            term = LogSeries.constant(sp.Rational(coefficient.numerator, coefficient.denominator))
            for atom, exponent in monomial:
                if atom not in known:
                    known[atom] = self.atom(atom, order)
                factor = known[atom] if exponent > 0 else _raised(known[atom], sp.Integer(-1), order)
                for _ in range(abs(exponent)):
                    term = term * factor
            total = total + term
        return total

    def atom(self, atom: Atom, order: sp.Rational) -> LogSeries:
        """The series of one atom. Raises NotExpanded, and what expansions of averages do."""
        match atom:
            case Tensor() if atom.is_kernel:
                return LogSeries.power(1)
            case Symbol("pi"):
                return LogSeries.constant(sp.pi)
            case Symbol("e"):
                return LogSeries.constant(sp.E)
            case Mean() | Expectation():
                return self._average(atom, order)
            case ScalarCall(function, argument):
                return self._function(function, self.of(argument, order), order)
            case Root(base, degree):
                return _raised(self.of(base, order), sp.Rational(1, degree), order)
            case ValueAtZero(function, derivative) if self._is_odd(function, derivative):
                return LogSeries()
            case Symbol(name) if name in self._positive:
                return LogSeries.constant(sp.Symbol(name, positive=True))
            case Tensor() | Symbol() | ValueAtZero() | Width():
                return LogSeries.constant(sp.Symbol(self._writer.atom(atom), real=True))
            case WidthRatio() if self.read.normal.equal_widths:
                return LogSeries.constant(1)
        raise NotExpanded(f"{atom} has no series in K")

    def _is_odd(self, function: str, derivative: int) -> bool:
        """Whether a derivative of an activation changes sign under z -> -z, by the parity that is assumed."""
        sign = self.read.vocabulary.parities.get(function)
        return sign is not None and sign * (-1) ** derivative < 0

    def _function(self, name: str, argument: LogSeries, order: sp.Rational) -> LogSeries:
        """f(a + u) = sum_k f^(k)(a) u^k/k!, a the value at K = 0; the logarithm of what vanishes too."""
        if name == "abs" and argument.terms:  # by the sign of the leading term, log K being negative
            _, logarithms, amplitude = argument.leading
            positive: LogSeries = argument * ((-1) ** logarithms * sp.Abs(amplitude) / amplitude)
            return positive
        if name == "log" and argument.terms and argument.leading[0] != 0:
            amplitude = argument.leading[2]
            if not amplitude.is_number and not amplitude.is_positive:
                raise NotExpanded(f"the sign of {amplitude} is not known")
            return argument.logarithm()
        if argument.terms and (order_key(argument.leading[0]), -argument.leading[1]) < (0, 0):
            raise NotExpanded(f"the argument of {name} grows as K -> 0")
        at = argument.coefficient(0)
        if at in BY_NAME[name].branch_points:
            raise NotExpanded(f"{name} has no Taylor series at {at}")
        small = (argument - at).truncated(order)
        x = sp.Dummy(real=True)
        form, total, power = OF_SCALARS[name](x), LogSeries(), LogSeries.constant(1)
        for k in range(200):
            total = total + power * exact(sp.simplify(form.subs(x, at)) / factorial(k))
            form, power = sp.diff(form, x), (power * small).truncated(order)
            if not power.terms:
                expanded: LogSeries = total.truncated(order)
                return expanded
        raise NotExpanded(f"{name} needs too many terms")

    def _average(self, atom: AnyMean, order: sp.Rational) -> LogSeries:
        vocabulary = self.read.vocabulary
        moments = BoundMoments(self.read.normal, vocabulary.binding, vocabulary.almost_everywhere)
        try:
            parts = moments.parts(atom)
        except Unbound:
            return self._left_open(atom, order)
        total = LogSeries()
        for coefficient, moment, legs in parts:
            scale = self._polynomial(coefficient, order)
            if legs:
                series = small_kernel_series(moment, Fraction(int(order.p), int(order.q)))
                terms = {(sp.Rational(p.numerator, p.denominator), 0): c for p, c in series.coefficients.items()}
                scale = scale * LogSeries(terms, order + sp.Rational(1, 2))
            total = total + scale
        return total

    def _left_open(self, atom: AnyMean, order: sp.Rational) -> LogSeries:
        """sum_k K^k/(2^k k!) of the 2k-th derivative at zero, in sigma(0), sigma'(0), ..."""
        integrand = integrand_of(self.read.normal.system.model.sites, atom)
        legs = {a.leg for a in integrand.atoms() if isinstance(a, (Jet, FieldValue))}
        if len(legs) != 1:
            raise NotExpanded("an average over several preactivations has no series in one kernel")
        (leg,) = legs
        for _ in atom.derivatives:
            integrand = differentiate(integrand, leg)
        total = LogSeries()
        highest = int(sp.ceiling(order))
        for k in range(highest + 1):
            value = self._polynomial(integrand.map_atoms(at_zero), order)
            total = total + LogSeries.power(k, sp.Rational(1, 2**k * factorial(k))) * value
            integrand = differentiate(differentiate(integrand, leg), leg)
        return total.truncated(highest + 1)


def _raised(series: LogSeries, exponent: sp.Rational, order: sp.Rational) -> LogSeries:
    """A real power; what is exact and has several terms is cut off ``order`` beyond its leading one."""
    if series.truncation is None and len(series.terms) > 1:
        series = series.truncated(series.leading[0] + order)
    return series.real_power(exponent)
