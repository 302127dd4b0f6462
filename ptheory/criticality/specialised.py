"""A recursion system at a chosen activation: its averages as numbers, enclosures, closed forms and series at K -> 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from math import factorial
from time import process_time
from typing import TypeAlias

import mpmath
import numpy as np
import sympy as sp

from ptheory.activations import Activation
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.criticality.exact_numbers import Number
from ptheory.criticality.kernel_system import KERNEL, PAIR, Quantity, RecursionSystem
from ptheory.criticality.series import LogSeries, NoSeries, exact
from ptheory.criticality.trapezoid import smooth_average
from ptheory.expectations import (
    DivergentMoment,
    ExpectationError,
    Moment,
    PrecisionNotMet,
    TimeExceeded,
    almost_everywhere,
    closed_form,
    covariance_symbol,
    enclose,
    estimate,
    small_kernel_series,
    sweep_in_floating_point,
)
from ptheory.expectations.kernel_series import odd_factorial
from ptheory.expectations.time_limits import check_time, time_limit
from ptheory.language.expressions import Expression
from ptheory.recursion.means.as_moments import moment_of
from ptheory.recursion.means.mean import Mean

K = covariance_symbol(0, 0)
GRID_DIGITS = 15
PATIENCE, LONG = 0.5, 4.0  # seconds of processor time for one average: before an estimate is tried, and at most
SWEEP = 4.0  # for one average over all kernels of a search
LONGEST = 60.0  # for averages over two inputs, of which no estimate is cheaper

KernelAt: TypeAlias = "Number | tuple[tuple[Number, ...], ...]"  # K at one input, or the covariance of two


@dataclass(frozen=True)
class Enclosure:
    """value ± radius; ``rigorous`` only when every ingredient was a bound or exact."""

    value: mpmath.mpf
    radius: mpmath.mpf
    rigorous: bool

    @property
    def sign(self) -> int:
        """+1 or -1 when the enclosure excludes zero, else 0."""
        if abs(self.value) <= self.radius:
            return 0
        return 1 if self.value > 0 else -1


@dataclass(frozen=True)
class SpecialisedSystem:
    """``activations[k]`` is function k of ``system``; ``values``: exact values of hyperparameters that are not tuned.

    ``kinks_dropped``: derivatives of site functions are those of automatic differentiation (ReLU'' = 0); derivatives of
    a whole average stay what they are.
    """

    system: RecursionSystem
    activations: tuple[Activation, ...]
    values: Mapping[Atom, sp.Expr] = field(default_factory=dict)
    kinks_dropped: bool = False
    _slow: set[Activation] = field(default_factory=set, repr=False, compare=False)  # whose enclosures take long

    def activation(self, function: str | Expression) -> Activation:
        """What a function of the system is bound to."""
        return self.activations[self.system.functions.index(function)]

    def moment(self, average: Mean) -> Moment:
        """An average as a moment of the chosen activations, almost everywhere where their kinks are dropped."""
        number = {leg: k for k, leg in enumerate(average.variables)}
        derivatives = [number[leg] for leg in average.derivatives]
        moment = moment_of(average.factors, average.variables, derivatives, self.activation)
        return almost_everywhere(moment) if self.kinks_dropped else moment

    # -- numbers --------------------------------------------------------------------------------------------------
    def value(
        self, polynomial: Polynomial, kernel: KernelAt, hyper: Mapping[Atom, sp.Expr], digits: int = 30
    ) -> mpmath.mpf:
        """The polynomial at K = kernel (or a 2 x 2 covariance), by fast quadrature or closed forms (no error bound)."""
        with mpmath.workdps(digits + 10):

            def base(atom: Atom) -> mpmath.mpf:
                if isinstance(atom, Mean):
                    return self._average(atom, kernel, digits + 5)
                return _number(self.scalar(atom, kernel, hyper), digits + 10)

            return +polynomial.evaluate(base, lambda c: mpmath.mpf(c.numerator) / c.denominator)

    def _average(self, average: Mean, kernel: KernelAt, digits: int) -> mpmath.mpf:
        """To ``digits`` digits; by the trapezoid rule where enclosures take long. Raises TimeExceeded."""
        moment, kernel = self.moment(average), _at_variables(average, kernel)
        if moment.size > 1:
            with mpmath.workdps(digits + 5):
                return mpmath.mpf(enclose(moment, kernel, digits, LONGEST).as_mpf())
        slow = self._is_slow(moment)
        if slow and (found := smooth_average(moment, kernel, digits)) is not None:
            return found[0]
        try:
            with mpmath.workdps(digits + 5):
                return mpmath.mpf(enclose(moment, kernel, digits, LONG if slow else PATIENCE).as_mpf())
        except TimeExceeded:
            if slow:
                raise
            self._slow.update(a for a, _, _ in moment.factors)
            return self._average(average, kernel, digits)
        except PrecisionNotMet:  # of a value next to zero, relative to that; here it is a term of a sum
            if (found := smooth_average(moment, kernel, digits)) is None:
                raise
            return found[0]

    def _is_slow(self, moment: Moment) -> bool:
        return any(a in self._slow for a, _, _ in moment.factors)

    def scalar(self, atom: Atom, kernel: KernelAt, hyper: Mapping[Atom, sp.Expr]) -> Number:
        """The value of what is no average over one layer. Raises KeyError where it has none."""
        if atom in hyper:
            return hyper[atom]
        if isinstance(atom, Quantity) and atom.name in (KERNEL, PAIR):
            if not isinstance(kernel, tuple):
                return kernel
            return kernel[0][0] if atom.name == KERNEL else kernel[0][1]
        if isinstance(atom, Symbol) and atom in self.values:
            return self.values[atom]
        raise KeyError(f"no value for {atom}")

    def enclosure(
        self, polynomial: Polynomial, kernel: KernelAt, hyper: Mapping[Atom, sp.Expr], digits: int = 30
    ) -> Enclosure:
        """The polynomial at K = kernel with an error bound: balls added and multiplied outward."""
        with mpmath.workdps(digits + 20):
            slack = mpmath.mpf(10) ** (-digits - 15)
            total, radius, rigorous = mpmath.mpf(0), mpmath.mpf(0), True
            for monomial, coefficient in polynomial:
                mid = mpmath.mpf(coefficient.numerator) / coefficient.denominator
                rad = abs(mid) * slack
                for atom, exponent in monomial:
                    if isinstance(atom, Mean):
                        base, spread, bounded = self._enclosed(atom, kernel, digits)
                        rigorous = rigorous and bounded
                    else:
                        base, spread = _number(self.scalar(atom, kernel, hyper), digits + 20), mpmath.mpf(0)
                    spread += abs(base) * slack
                    if exponent < 0:
                        if abs(base) <= spread:
                            return Enclosure(mpmath.mpf(0), mpmath.inf, False)
                        inverse = 1 / base
                        spread, base = spread / (abs(base) * (abs(base) - spread)), inverse
                    for _ in range(abs(exponent)):
                        rad = abs(mid) * spread + rad * (abs(base) + spread)
                        mid = mid * base
                total += mid
                radius += rad
            return Enclosure(total, radius * (1 + slack) + abs(total) * slack, rigorous)

    def _enclosed(self, average: Mean, kernel: KernelAt, digits: int) -> tuple[mpmath.mpf, mpmath.mpf, bool]:
        """(value, radius, whether that is a bound); an estimate where a bound takes long. Raises TimeExceeded."""
        moment = self.moment(average)
        if not self._is_slow(moment):
            try:
                ball = enclose(moment, kernel, digits, LONG)
                return _number(ball.value, digits + 20), mpmath.mpf(ball.radius), ball.kind in ("exact", "bound")
            except (PrecisionNotMet, TimeExceeded):
                self._slow.update(a for a, _, _ in moment.factors)
        found = smooth_average(moment, kernel, digits)
        if found is None:
            raise TimeExceeded(f"{average} to {digits} digits takes more than {LONG} seconds of processor time")
        return *found, False

    def grid(
        self,
        polynomial: Polynomial,
        kernels: np.ndarray,
        hyper: Mapping[Atom, np.ndarray | float],
        averages: Callable[[Mean, np.ndarray], np.ndarray] | None = None,
    ) -> np.ndarray:
        """The polynomial at every K of an array, in double precision; ``averages``: where they are to be had from,
        ``average_on`` by default."""

        @cache
        def base(atom: Atom) -> np.ndarray:
            if isinstance(atom, Mean):
                return (averages or self.average_on)(atom, kernels)
            found = self.scalar(atom, kernels, hyper)
            return found if isinstance(found, np.ndarray) else np.asarray(float(found))

        return polynomial.evaluate(base, lambda c: np.full_like(kernels, float(c)))

    def grid_of_pairs(
        self, polynomial: Polynomial, covariances: np.ndarray, hyper: Mapping[Atom, np.ndarray | float]
    ) -> np.ndarray:
        """The polynomial of two inputs at every covariance of an (N, 2, 2) array, in double precision."""

        @cache
        def base(atom: Atom) -> np.ndarray:
            if isinstance(atom, Mean):
                places = [leg.sample - 1 for leg in atom.variables]
                return self._swept_pairs(atom, covariances[:, places][:, :, places])
            if isinstance(atom, Quantity) and atom.name in (KERNEL, PAIR):
                return covariances[:, 0, 0 if atom.name == KERNEL else 1]
            return np.asarray(float(self.scalar(atom, 0, hyper)))

        return polynomial.evaluate(base, lambda c: np.full(len(covariances), float(c)))

    def _swept_pairs(self, average: Mean, covariances: np.ndarray) -> np.ndarray:
        """As ``_swept``: one by one where no evaluation on arrays exists."""
        moment = self.moment(average)
        try:
            with time_limit(SWEEP):
                found: np.ndarray = sweep_in_floating_point(moment, covariances)
                return found
        except (DivergentMoment, TimeExceeded):
            raise
        except ExpectationError:
            each = (enclose(moment, matrix.tolist(), GRID_DIGITS, LONGEST) for matrix in covariances)
            return np.array([float(ball.value) for ball in each])

    def average_on(self, average: Mean, kernels: np.ndarray) -> np.ndarray:
        """The average at every K; one by one where no evaluation on arrays exists. Raises DivergentMoment and
        TimeExceeded."""
        started = process_time()
        try:
            with time_limit(SWEEP):
                return self._swept_in_time(average, kernels)
        except TimeExceeded:
            at = f"{average} at {kernels.size} kernels"
            if process_time() - started < SWEEP:  # the limit of the whole search
                raise TimeExceeded(f"it was at {at}") from None
            raise TimeExceeded(f"{at} takes more than {SWEEP:.0f} seconds of processor time") from None

    def _swept_in_time(self, average: Mean, kernels: np.ndarray) -> np.ndarray:
        moment = self.moment(average)
        try:
            found: np.ndarray = sweep_in_floating_point(moment, kernels.reshape(-1, 1, 1))
            return found
        except (DivergentMoment, TimeExceeded):
            raise
        except ExpectationError:
            values = []
            for k in kernels:
                check_time()
                values.append(float(estimate(moment, mpmath.mpf(float(k)), GRID_DIGITS)))
            return np.array(values)

    # -- exact ----------------------------------------------------------------------------------------------------
    def closed_form(self, polynomial: Polynomial, hyper: Mapping[Atom, sp.Expr]) -> sp.Expr | None:
        """The polynomial as a SymPy expression in K when every average has a closed form."""
        forms: dict[Atom, sp.Expr] = {}
        for atom in sorted((a for a in polynomial.atoms() if isinstance(a, Mean)), key=lambda a: a.sort_key):
            form = closed_form(self.moment(atom))
            if form is None:
                return None
            forms[atom] = form.expression

        def base(atom: Atom) -> sp.Expr:
            return forms[atom] if atom in forms else exact(self.scalar(atom, K, hyper))

        return polynomial.evaluate(base, lambda c: sp.Rational(c.numerator, c.denominator))

    def average_series(self, average: Mean, order: sp.Expr | int) -> LogSeries:
        """The average as K -> 0 in powers of K^(1/2), known through K^order (exactly when the series ends)."""
        polynomial = self._polynomial_average(average)
        if polynomial is not None:
            return LogSeries(polynomial)
        ends_at = self._highest_power(average)
        series = small_kernel_series(self.moment(average), order if ends_at is None else ends_at + 1)
        if any(c.has(sp.nan, sp.zoo, sp.oo, -sp.oo) for c in series.coefficients.values()):
            raise NoSeries(f"{average} has no series in K^(1/2): the function is not smooth on either side of 0")
        terms = {(sp.Rational(p.numerator, p.denominator), 0): c for p, c in series.coefficients.items()}
        return LogSeries(terms, None if ends_at is not None else exact(order) + sp.Rational(1, 2))

    def _polynomial_average(self, average: Mean) -> dict[tuple[sp.Expr, int], sp.Rational] | None:
        """The terms of < d^m product of polynomials >, from <z^(2k)> = (2k - 1)!! K^k; None for other functions."""
        product = [Fraction(0)] * average.explicit_power + [Fraction(1)]
        for jet in average.jets:
            coefficients = self.activation(jet.function).polynomial_coefficients()
            if coefficients is None or not all(c.is_Rational for c in coefficients):
                return None
            product = _product(product, _derivative([Fraction(int(c.p), int(c.q)) for c in coefficients], jet.order))
        terms = {}
        for power, coefficient in enumerate(_derivative(product, len(average.derivatives))):
            if coefficient and power % 2 == 0:
                value = coefficient * odd_factorial(power - 1)
                terms[(sp.Integer(power // 2), 0)] = sp.Rational(value.numerator, value.denominator)
        return terms

    def _highest_power(self, average: Mean) -> int | None:
        """A bound on the powers of K in the average when its series ends: polynomials, homogeneous functions."""
        degree = average.explicit_power
        for jet in average.jets:
            activation = self.activation(jet.function)
            if activation.homogeneous_degree is not None:
                degree += activation.homogeneous_degree
            elif activation.is_polynomial:
                degree += len(activation.polynomial_coefficients() or ()) - 1
            else:
                return None
        return degree // 2 + 1

    def series(self, polynomial: Polynomial, hyper: Mapping[Atom, sp.Expr], order: sp.Expr | int) -> LogSeries:
        """The polynomial as a log-power series in K; ``hyper`` maps atoms to SymPy numbers or to series.

        Averages are known through K^order, those whose series ends completely.
        """
        return self._combined(polynomial, lambda atom: self._atom_series(atom, hyper, order))

    def expansion(self, polynomial: Polynomial, hyper: Mapping[Atom, sp.Expr], order: sp.Expr | int) -> LogSeries:
        """The same with every average cut off after K^order, for what has no end even where the averages have one.

        The flow of a polynomial activation is a polynomial; a solution of its recursions is an infinite series.
        """
        cut = exact(order) + sp.Rational(1, 2)

        def of(atom: Atom) -> LogSeries:
            series = self._atom_series(atom, hyper, order)
            return series.truncated(cut) if isinstance(atom, Mean) else series

        return self._combined(polynomial, of)

    def _combined(self, polynomial: Polynomial, of: Callable[[Atom], LogSeries]) -> LogSeries:
        total = LogSeries()
        cache: dict[Atom, LogSeries] = {}
        for monomial, coefficient in polynomial:
            term = LogSeries.constant(sp.Rational(coefficient.numerator, coefficient.denominator))
            for atom, exponent in monomial:
                if atom not in cache:
                    cache[atom] = of(atom)
                factor = cache[atom] if exponent > 0 else cache[atom].real_power(-1)
                for _ in range(abs(exponent)):
                    term = term * factor
            total = total + term
        return total

    def _atom_series(self, atom: Atom, hyper: Mapping[Atom, sp.Expr], order: sp.Expr | int) -> LogSeries:
        if isinstance(atom, Mean):
            return self.average_series(atom, order)
        if atom in hyper and isinstance(hyper[atom], LogSeries):
            found: LogSeries = hyper[atom]
            return found
        if isinstance(atom, Quantity) and atom.name == KERNEL and atom not in hyper:
            return LogSeries.power(1)
        return LogSeries.constant(exact(self.scalar(atom, None, hyper)))


def _at_variables(average: Mean, kernel: KernelAt) -> KernelAt:
    """K at the inputs that an average is over, of one or both."""
    if not isinstance(kernel, tuple):
        return kernel
    places = [leg.sample - 1 for leg in average.variables]
    if len(places) == 1:
        return kernel[places[0]][places[0]]
    return tuple(tuple(kernel[a][b] for b in places) for a in places)


def _derivative(coefficients: list[Fraction], order: int) -> list[Fraction]:
    return [c * factorial(k) / factorial(k - order) for k, c in enumerate(coefficients) if k >= order]


def _product(left: list[Fraction], right: list[Fraction]) -> list[Fraction]:
    total = [Fraction(0)] * (len(left) + len(right) - 1) if left and right else []
    for j, a in enumerate(left):
        if a:
            for k, b in enumerate(right):
                total[j + k] += a * b
    return total


def _number(value: Number, digits: int) -> mpmath.mpf:
    with mpmath.workdps(digits):
        if isinstance(value, sp.Basic):
            return mpmath.mpf(sp.N(value, digits + 5)._to_mpmath(int((digits + 5) * 3.33)))
        if hasattr(value, "denominator") and hasattr(value, "numerator"):
            return mpmath.mpf(int(value.numerator)) / int(value.denominator)
        return mpmath.mpf(value)
