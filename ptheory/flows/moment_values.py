"""Numbers for expectations: at concrete inputs they become moments of bound activations, evaluated once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import mpmath

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.real import Real, real
from ptheory.expectations import ExpectationError, Moment, TimeExceeded, Value, almost_everywhere, enclose
from ptheory.expectations.covariance import blocks
from ptheory.flows.polynomial_values import polynomial_value
from ptheory.flows.term_sums import quantity
from ptheory.language.expressions import Expression
from ptheory.networks.architecture import SiteFunction
from ptheory.networks.formulas import OpenHyperparameter
from ptheory.recursion.means.as_moments import as_moments, moment_of
from ptheory.recursion.means.binding import Binding
from ptheory.recursion.means.layer_functions import integrand_of
from ptheory.recursion.means.mean import Factors
from ptheory.recursion.tensors import Expectation, Leg, Tensor
from ptheory.recursion.variables import kernel_between

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation


LONGEST_BITS = 14_284  # of the numerator or denominator of an exact number: 4300 decimal digits
LONGEST_AVERAGE = 8  # seconds of processor time
LARGEST_BINARY_EXPONENT = 100_000  # of a kernel entry, either way

ScalarValue = Callable[[Atom], Real]  # a scalar atom of a polynomial -> its number, SymPy symbols for closed forms
Matrix = tuple[tuple[Real, ...], ...]
KernelValue = Callable[[Leg, Leg], Real]  # K at two legs
Average = Callable[[Moment, Matrix], Real]  # of correlated variables, each in a function


class MomentTable:
    """⟨...⟩_K for the site functions of one architecture with its activations bound.

    ``value`` returns an exact Fraction where everything is rational, else a sum of terms of mpmath numbers, as good as
    those of ``average``.
    ``almost_everywhere``: derivatives of activations (not of expectations) are without their delta functions.
    """

    def __init__(
        self,
        sites: tuple[SiteFunction, ...],
        activations: Mapping[str, Activation],
        scalar: ScalarValue,
        average: Average,
        almost_everywhere: bool = False,
    ) -> None:
        self._sites = sites
        self._scalar = scalar
        self._average = average
        self._almost_everywhere = almost_everywhere
        self._binding = Binding(activations, self._number)
        self._expanded: dict[Expectation, list[tuple[Real, Moment, tuple[Leg, ...]]]] = {}
        self._values: dict[tuple[Moment, Matrix, bool], Real] = {}

    def value(self, expected: Expectation, kernel: KernelValue) -> Real:
        """The number ⟨∂...∂ prod factors⟩ at the covariance ``kernel`` of its (field, sample) variables."""
        if expected not in self._expanded:
            self._expanded[expected] = self.moments(expected)
        total: Real = Fraction(0)
        for coefficient, moment, legs in self._expanded[expected]:
            if not legs:
                total += coefficient
                continue
            matrix = tuple(tuple(self._covariance(a, b, kernel) for b in legs) for a in legs)
            total += coefficient * self._product(moment, matrix)
        return total

    def _product(self, moment: Moment, matrix: Matrix) -> Real:
        product: Real = Fraction(1)
        for block in independent_blocks(moment, matrix):
            key = (*block, is_exact(block[1]))  # Fraction(1) and mpf(1) are equal as keys
            if key not in self._values:
                self._values[key] = quantity(moment_value(*block, self._average))
            product = self._values[key] * product
        return product

    def moments(self, expected: Expectation) -> list[tuple[Real, Moment, tuple[Leg, ...]]]:
        """(coefficient, moment, its variables in order) summing to the expectation; total derivatives stay outside."""
        integrand = integrand_of(self._sites, expected)
        return [
            (part.coefficient.evaluate(self._scalar, real), self._defined(part.moment), part.variables)
            for part in as_moments(integrand, expected.derivatives, self.activation)
        ]

    def moment(self, factors: Factors, variables: Sequence[Leg], derivatives: Sequence[int]) -> Moment:
        """⟨∂_derivatives prod factors⟩, derivatives by numbers of ``variables``."""
        return self._defined(moment_of(factors, variables, derivatives, self.activation))

    def _defined(self, moment: Moment) -> Moment:
        return almost_everywhere(moment) if self._almost_everywhere else moment

    def _covariance(self, a: Leg, b: Leg, kernel: KernelValue) -> Real:
        """K at two variables, bilinear in the parts of combinations."""

        def value(atom: Atom) -> Real:
            return kernel(*atom.legs) if isinstance(atom, Tensor) else self._scalar(atom)

        return kernel_between(a, b).evaluate(value, real)

    def activation(self, function: str | Expression) -> Activation:
        """What a jet's function is bound to. Raises OpenHyperparameter where one inside it has no value."""
        return self._binding.activation(function)

    def _number(self, symbol: Symbol) -> Expr:
        """A hyperparameter inside a function as a SymPy number."""
        import sympy

        number = self._scalar(symbol)
        if isinstance(number, (int, Fraction)):
            return sympy.Rational(str(number))
        value = number if isinstance(number, sympy.Basic) else sympy.Float(number)
        if value.free_symbols:
            raise OpenHyperparameter(str(symbol))
        return value


def moment_value(moment: Moment, matrix: Matrix, average: Average) -> Real:
    """The moment at a covariance: a Fraction only where the covariance is exact too, else an mpmath number.

    Variables that occur only as powers are removed first by Stein's identity, so the linear branch of a gate costs no
    dimension of integration.
    """
    value: Real = Fraction(1)
    for block in independent_blocks(moment, matrix):
        value *= _block_value(*block, average)
    return value


def independent_blocks(moment: Moment, matrix: Matrix) -> list[tuple[Moment, Matrix]]:
    """The moment as a product over groups of variables that are not correlated (their entries are exactly zero)."""
    groups = blocks(matrix)
    if len(groups) == 1:
        return [(moment, matrix)]
    found = []
    for group in groups:
        number = {a: k for k, a in enumerate(group)}
        part = Moment(
            tuple((activation, order, number[a]) for activation, order, a in moment.factors if a in number),
            tuple(moment.power(a) for a in group),
            tuple(number[a] for a in moment.derivatives if a in number),
        )
        found.append((part, tuple(tuple(matrix[a][b] for b in group) for a in group)))
    return found


def _block_value(moment: Moment, matrix: Matrix, average: Average) -> Real:
    polynomial = polynomial_value(moment, matrix)
    if polynomial is not None and (polynomial or is_exact(matrix)):
        return within_size(polynomial)
    if moment.is_odd:
        return Fraction(0)
    bare = next((k for k in range(len(matrix)) if _only_power(moment, k)), None)
    if bare is not None and moment.factors:
        return _without_power(moment, bare, matrix, average)
    return average(moment, matrix)


def is_exact(matrix: Matrix) -> bool:
    """Whether every entry is a rational number."""
    return all(isinstance(entry, (int, Fraction)) for row in matrix for entry in row)


def enclosed_to(digits: int) -> Average:
    """Averages enclosed to so many digits."""
    return partial(_enclosed_number, digits=digits)


def _enclosed_number(moment: Moment, matrix: Matrix, digits: int) -> Real:
    """To ``digits`` significant digits, the rest not left at zeros or nines: two numbers that round alike (to 1, say)
    are told apart by their last digits, so that what cancels leaves a remainder which is another at every precision.

    What cannot be told from zero is the end of its ball: as one term of a sum it may do no harm, and where it does,
    the digits of the sum do not settle.
    """
    _refuse_out_of_range(matrix)
    found = _within_time(moment, matrix, digits)
    if found.kind == "exact" and is_exact(matrix):
        return found.value
    value, slack = found.as_mpf(), mpmath.mpf(10) ** -digits
    if not value:  # by cancellation at a kernel that is not exact
        largest = max(abs(entry) for row in matrix for entry in row)
        return max(found.radius, slack * max(1, largest))
    last = 1 + mpmath.mpf(value.man % 97) / 97
    return value + found.radius if found.radius >= abs(value) else value * (1 + slack * last)


def _within_time(moment: Moment, matrix: Matrix, digits: int) -> Value:
    """The average, of one or two variables within LONGEST_AVERAGE; more variables take as long as they take."""
    try:
        return enclose(moment, matrix, digits, LONGEST_AVERAGE if moment.size <= 2 else None)
    except TimeExceeded:
        largest = max(abs(entry) for row in matrix for entry in row)
        raise TimeExceeded(
            f"an average at kernel entries up to {mpmath.nstr(mpmath.mpmathify(largest), 3)} takes more than "
            f"{LONGEST_AVERAGE} seconds of processor time at {digits} digits"
        ) from None


def _refuse_out_of_range(matrix: Matrix) -> None:
    for entry in (entry for row in matrix for entry in row):
        if isinstance(entry, mpmath.mpf) and entry and abs(mpmath.mag(entry)) > LARGEST_BINARY_EXPONENT:
            raise ExpectationError(
                f"a kernel entry has grown to {mpmath.nstr(entry, 3)}: beyond the range in which averages are computed"
            )


def within_size(value: Real) -> Real:
    """A fraction of more than 4300 digits as an mpmath number: from there its size, not its worth, would grow."""
    if isinstance(value, Fraction) and max(value.numerator.bit_length(), value.denominator.bit_length()) > LONGEST_BITS:
        return mpmath.mpf(value.numerator) / value.denominator
    return value


def _only_power(moment: Moment, variable: int) -> bool:
    return all(place != variable for _, _, place in moment.factors)


def _without_power(moment: Moment, bare: int, matrix: Matrix, average: Average) -> Real:
    """<z_v^p G> = (p-1) K_vv <z_v^(p-2) G> + sum_b K_vb <z_v^(p-1) ∂_b G>, derivatives by z_v carried out first."""
    power = moment.powers[bare] if bare < len(moment.powers) else 0
    others = tuple(k for k in moment.derivatives if k != bare)
    weight: Real = Fraction(1)
    for _ in range(len(moment.derivatives) - len(others)):
        weight, power = weight * power, power - 1
    if not weight:
        return Fraction(0)
    kept = [k for k in range(len(matrix)) if k != bare]
    number = {k: place for place, k in enumerate(kept)}
    factors = tuple((activation, order, number[k]) for activation, order, k in moment.factors)
    powers = tuple(moment.powers[k] if k < len(moment.powers) else 0 for k in kept)
    inner = tuple(tuple(matrix[a][b] for b in kept) for a in kept)
    total: Real = Fraction(0)
    for slopes, coefficient in _stein_terms(power, kept, bare, matrix).items():
        derivatives = tuple(number[k] for k in (*others, *slopes))
        total += coefficient * moment_value(Moment(factors, powers, derivatives), inner, average)
    return weight * total


def _stein_terms(power: int, kept: Sequence[int], bare: int, matrix: Matrix) -> dict[tuple[int, ...], Real]:
    """<z_v^p G> = sum over multisets b of coefficient * <∂_b G>."""
    if power == 0:
        return {(): Fraction(1)}
    total: dict[tuple[int, ...], Real] = {}
    if power >= 2 and matrix[bare][bare]:
        for slopes, coefficient in _stein_terms(power - 2, kept, bare, matrix).items():
            total[slopes] = total.get(slopes, Fraction(0)) + (power - 1) * matrix[bare][bare] * coefficient
    for b in kept:
        if matrix[bare][b]:
            for slopes, coefficient in _stein_terms(power - 1, kept, bare, matrix).items():
                key = tuple(sorted((*slopes, b)))
                total[key] = total.get(key, Fraction(0)) + matrix[bare][b] * coefficient
    return total
