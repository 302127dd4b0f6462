r"""⟨F⟩_K of one variable as K → 0: an asymptotic series in K^{1/2} with exact coefficients.

With F(z) ~ Σ r_k z^k for z > 0 and Σ l_k z^k for z < 0, and E|x|^k/2 = 2^{k/2−1} Γ((k+1)/2)/√π the half-line moments
of a unit Gaussian,

    ⟨F⟩_K ~ Σ_k [r_k + (−1)^k l_k] · 2^{k/2−1} Γ((k+1)/2)/√π · K^{k/2};

odd powers of √K appear exactly where derivatives jump at 0. A delta δ^{(2j)}(z) adds (−1)^j (2j−1)!!
K^{−j−1/2}/√(2π). Kinks and deltas at c ≠ 0 contribute exp(−c²/2K), smaller than every power.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, prod

import sympy
from sympy import Expr, S

from ptheory.activations.activation import Activation
from ptheory.activations.taylor import taylor_coefficients
from ptheory.expectations.expectation_errors import DivergentMoment, ExpectationError, OrderExceeded
from ptheory.expectations.moments import Moment
from ptheory.expectations.one_variable import one_variable


@dataclass(frozen=True)
class KernelSeries:
    """Σ coefficients[p] K^p + O(K^(order + 1/2)), p half-integers, zero coefficients left out.

    ``beyond_all_orders`` is the smallest c² with a further contribution of order exp(−c²/2K), or None.
    """

    moment: Moment
    coefficients: Mapping[Fraction, Expr]
    order: Fraction
    beyond_all_orders: Expr | None

    def coefficient(self, power: Fraction | int) -> Expr:
        """The coefficient of K^power. Raises OrderExceeded beyond the order computed."""
        wanted = Fraction(power)
        if wanted > self.order:
            raise OrderExceeded(f"the series of {self.moment} is known to order K^{self.order}, not K^{wanted}")
        return self.coefficients.get(wanted, S.Zero)

    def expression(self, variable: Expr) -> Expr:
        """The truncated series as a SymPy expression."""
        terms = (c * variable ** sympy.Rational(p.numerator, p.denominator) for p, c in self.coefficients.items())
        return sympy.Add(*terms)


@lru_cache(maxsize=512)
def small_kernel_series(moment: Moment, order: int | Fraction) -> KernelSeries:
    """The expansion of a one-variable moment at K → 0 through K^order.

    Raises DivergentMoment as ``evaluate`` does; ExpectationError for more than one variable.
    """
    if moment.size > 1:
        raise ExpectationError("the small-kernel series is defined for one variable")
    highest = ceil(2 * Fraction(order))
    sides = {side: _side_series(moment, side, highest) for side in (1, -1)}
    found: dict[Fraction, Expr] = {}
    for k in range(highest + 1):
        both = sympy.expand(sides[1][k] + (-1) ** k * sides[-1][k])
        if both != 0:
            found[Fraction(k, 2)] = sympy.expand(both * half_moment(k))
    part = one_variable(moment.factors_at(0), moment.power(0), len(moment.derivatives))
    elsewhere = [branch.lower for branch in part.branches[1:] if branch.lower != 0]
    for point, k, weight in part.deltas:
        if point != 0:
            elsewhere.append(point)
        elif k % 2 == 0:
            power = Fraction(-k - 1, 2)
            value = weight * (-1) ** (k // 2) * odd_factorial(k - 1) / sympy.sqrt(2 * sympy.pi)
            found[power] = sympy.expand(found.get(power, S.Zero) + value)
    nearest = min((c**2 for c in elsewhere), default=None, key=lambda c: sympy.N(c, 30))
    kept = {power: c for power, c in sorted(found.items()) if c != 0}
    return KernelSeries(moment, kept, Fraction(highest, 2), nearest)


def half_moment(k: int) -> Expr:
    """∫_0^∞ x^k exp(−x²/2)/√(2π) dx."""
    if k % 2 == 0:
        return sympy.Rational(odd_factorial(k - 1), 2)
    return sympy.Integer(2 ** ((k - 1) // 2)) * sympy.factorial((k - 1) // 2) / sympy.sqrt(2 * sympy.pi)


def odd_factorial(n: int) -> int:
    """n!! for odd n, (−1)!! = 1."""
    return prod(range(n, 0, -2))


def sides_at_zero(moment: Moment, order: int) -> tuple[list[Expr], list[Expr]]:
    """The coefficients of z^0, ..., z^order of the integrand for z > 0 and for z < 0, outer derivatives taken.

    Raises DivergentMoment where it has a delta function at zero, which no values on either side have.
    """
    part = one_variable(moment.factors_at(0), moment.power(0), len(moment.derivatives))
    if any(point == 0 and weight != 0 for point, _, weight in part.deltas):
        raise DivergentMoment(f"{moment} has a delta function at zero")
    return _side_series(moment, 1, order), _side_series(moment, -1, order)


def _side_series(moment: Moment, side: int, order: int) -> list[Expr]:
    """Coefficients of z^0 … z^order of the integrand just right (+1) or left (−1) of 0, outer derivatives taken."""
    outer = len(moment.derivatives)
    length = order + outer + 1
    series = [S.One] + [S.Zero] * (length - 1)
    for activation, m in moment.factors_at(0):
        series = truncated_product(series, _derivative_series(activation, m, side, length))
    power = moment.power(0)
    series = ([S.Zero] * power + series)[:length]
    return [series[k + outer] * sympy.ff(k + outer, outer) for k in range(order + 1)]


@lru_cache(maxsize=1024)
def _derivative_series(activation: Activation, m: int, side: int, length: int) -> tuple[Expr, ...]:
    coefficients = taylor_coefficients(activation.side(S.Zero, side), S.Zero, length - 1 + m)
    return tuple(coefficients[k + m] * sympy.ff(k + m, m) for k in range(length))


def truncated_product(left: Sequence[Expr], right: Sequence[Expr]) -> list[Expr]:
    """The product of two power series, to as many coefficients as ``left`` has."""
    size = len(left)
    return [sympy.expand(sympy.Add(*(left[j] * right[k - j] for j in range(k + 1)))) for k in range(size)]
