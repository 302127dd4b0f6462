"""A witness for Gaussian expectations: Gauss-Legendre panels, split at kinks, one variable or two.

Functions are evaluated in mpmath; of one variable the density and the sums are FLINT's, of two NumPy's extended floats.
Nothing here uses the expectation engine's rules. Outer derivatives are moved onto the Gaussian density,

    ⟨∂_D F⟩ = ⟨F H_D⟩,   H_(D,a) = (K⁻¹z)_a H_D − ∂_a H_D,

so that F is only ever evaluated. At small kernels that loses digits to K⁻¹: one variable is then given more of them;
two variables, which have no more, have the derivatives of smooth factors carried out by the product rule. The
error is estimated by a second rule with more nodes that reaches further out: an estimate, not a bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from operator import mul

import mpmath
import numpy as np
from flint import arb, arb_poly

from ptheory.activations import Activation, Z
from ptheory.algebra.refusal import Refusal
from ptheory.expectations import Moment
from ptheory.expectations.balls import bits, rational, to_mpf
from ptheory.verification.extended_floats import binary_order, extended, multiprecision
from ptheory.verification.mpmath_formulas import Function, in_mpmath
from ptheory.verification.quadrature_rules import WIDTH, WIDTH_OF_TWO, Kinks, Rule, number, panels_of_one_variable

Matrix = Sequence[Sequence[Fraction]]
Hermite = dict[tuple[int, ...], Fraction]  # exponents of z_0, z_1, ... -> coefficient
Factors = tuple[tuple[Activation, int], ...]  # the functions of one variable: activations with orders of derivative
GUARD = 8
ATTEMPTS = 5
EXTENDED_ROUNDING = 64 * float(np.finfo(np.longdouble).eps)  # of a double sum, beside the sum of absolute values


class NotCovered(Refusal):
    """A moment this quadrature cannot do; the message says why."""


@dataclass(frozen=True)
class Estimate:
    """``size`` is the mean of the absolute value; ``error`` covers what rounding leaves unresolved beside it."""

    value: mpmath.mpf
    error: mpmath.mpf
    size: mpmath.mpf


def gaussian_mean(moment: Moment, covariance: Matrix, digits: int) -> Estimate:
    """⟨moment⟩ at a positive-definite rational covariance. NotCovered: three variables, or a delta function inside."""
    if moment.size > 2:
        raise NotCovered(f"{moment.size} variables")
    if moment.size > 1 and moment.derivatives and not any(activation.kinks for activation, _, _ in moment.factors):
        parts = [(weight, _integrated(part, covariance, digits)) for part, weight in carried_out(moment).items()]
        with mpmath.workdps(digits + GUARD):
            return Estimate(*(mpmath.fsum(w * v for w, v in values) for values in _columns(parts)))
    return _integrated(moment, covariance, digits)


def _columns(parts: Sequence[tuple[int, Estimate]]) -> list[list[tuple[int, mpmath.mpf]]]:
    return [[(w, getattr(estimate, name)) for w, estimate in parts] for name in ("value", "error", "size")]


def carried_out(moment: Moment) -> dict[Moment, int]:
    """The outer derivatives of a moment of smooth factors by the product rule: moments without them, with weights."""
    parts = {replace(moment, derivatives=()): 1}
    for a in moment.derivatives:
        grown: dict[Moment, int] = {}
        for part, weight in parts.items():
            for inner, times in _slopes(part, a):
                grown[inner] = grown.get(inner, 0) + weight * times
        parts = grown
    return parts


def _slopes(part: Moment, a: int) -> Iterator[tuple[Moment, int]]:
    """∂_a of prod_k f_k^(m_k)(z_k) z^p, factor by factor."""
    for k, (activation, order, variable) in enumerate(part.factors):
        if variable == a:
            raised = (*part.factors[:k], (activation, order + 1, variable), *part.factors[k + 1 :])
            yield replace(part, factors=raised), 1
    if a < len(part.powers) and part.powers[a]:
        lowered = (*part.powers[:a], part.powers[a] - 1, *part.powers[a + 1 :])
        yield replace(part, powers=lowered), part.powers[a]


def _integrated(moment: Moment, covariance: Matrix, digits: int) -> Estimate:
    if moment.size > 1 and _place(moment, covariance, 0) < _place(moment, covariance, 1):
        moment, covariance = _exchanged(moment), (covariance[1][::-1], covariance[0][::-1])
    return _in_one_order(moment, tuple(map(tuple, covariance)), digits)


def _place(
    moment: Moment, covariance: Matrix, variable: int
) -> tuple[int, int, list[tuple[str, str, int]], int, int, Fraction]:
    """By which the two variables are ordered, the simpler factors last: the moments of a recursion share them."""
    factors = moment.factors_at(variable)
    orders = sum(order for _, order in factors)
    names = [(*activation.sort_key, order) for activation, order in factors]
    powers, derivatives = moment.power(variable), moment.derivatives.count(variable)
    return len(factors), orders, names, powers, derivatives, covariance[variable][variable]


def _exchanged(moment: Moment) -> Moment:
    """The moment with its two variables exchanged."""
    factors = tuple((activation, order, 1 - variable) for activation, order, variable in moment.factors)
    return Moment(factors, (moment.power(1), moment.power(0)), tuple(1 - a for a in moment.derivatives))


@lru_cache(maxsize=1024)
def _in_one_order(moment: Moment, covariance: Matrix, digits: int) -> Estimate:
    functions = [moment.factors_at(variable) for variable in range(moment.size)]
    hermite = _times_powers(density_factor(moment.derivatives, inverse(covariance)), moment.powers)
    guard = GUARD if moment.size == 1 else GUARD // 2
    with mpmath.workdps(digits + guard):
        nodes = 3 * (digits + guard) // 4
        rule = _one if moment.size == 1 else _two
        rounding = mpmath.mpf(0 if moment.size == 1 else EXTENDED_ROUNDING)
        reach = mpmath.sqrt(2 * (digits + 3) * mpmath.log(10)) + 3
        before, _ = rule(functions, hermite, covariance, nodes, reach)
        for step in range(1, ATTEMPTS):
            value, size = rule(functions, hermite, covariance, nodes + 6 * step, reach + 3 * step)
            error = abs(value - before) + size * max(mpmath.mpf(10) ** -(digits + 3), rounding)
            if error <= size * mpmath.mpf(10) ** -digits:
                break
            before = value
        return Estimate(value, error, size)


# ---- the integrand ----------------------------------------------------------------------------------------------


def _kinks(factors: Factors) -> Kinks:
    return tuple(sorted({mpmath.mpf(str(kink.evalf(60))) for activation, _ in factors for kink in activation.kinks}))


@lru_cache(maxsize=64)
def _derivative(activation: Activation, order: int) -> Function:
    """sigma^(order)."""
    formula = activation.formula
    if order:
        derivative = activation.derivative(order)
        if derivative.deltas:
            raise NotCovered(f"{activation.name}{chr(39) * order} has a delta function")
        formula = derivative.regular
    return in_mpmath(formula, Z)


@lru_cache(maxsize=128)
def _values(factors: Factors, rule: Rule) -> tuple[mpmath.mpf, ...]:
    """The product of the factors at the nodes of a rule, kept: the moments of one recursion share them."""
    if not factors:
        return (mpmath.mpf(1),) * len(rule.nodes)
    *others, (activation, order) = factors
    function = _derivative(activation, order)
    if not others:
        return tuple(function(z) for z in rule.nodes)
    rest, last = _values(tuple(others), rule), _values(((activation, order),), rule)
    return tuple(a * b for a, b in zip(rest, last, strict=True))


def inverse(covariance: Matrix) -> list[list[Fraction]]:
    """The inverse of a 1x1 or 2x2 matrix."""
    if len(covariance) == 1:
        return [[1 / Fraction(covariance[0][0])]]
    (a, b), (_, d) = covariance
    determinant = a * d - b * b
    if determinant <= 0 or a <= 0:
        raise NotCovered("a covariance that is not positive definite")
    return [[d / determinant, -b / determinant], [-b / determinant, a / determinant]]


def density_factor(derivatives: Sequence[int], precision: Sequence[Sequence[Fraction]]) -> Hermite:
    """H_D as a polynomial in z; see the module docstring."""
    size = len(precision)
    polynomial: Hermite = {(0,) * size: Fraction(1)}
    for a in derivatives:
        grown: Hermite = {}
        for exponents, coefficient in polynomial.items():
            for b in range(size):
                raised = tuple(e + (k == b) for k, e in enumerate(exponents))
                grown[raised] = grown.get(raised, Fraction(0)) + coefficient * precision[a][b]
            if exponents[a]:
                lowered = tuple(e - (k == a) for k, e in enumerate(exponents))
                grown[lowered] = grown.get(lowered, Fraction(0)) - coefficient * exponents[a]
        polynomial = {exponents: c for exponents, c in grown.items() if c}
    return polynomial


def _times_powers(hermite: Hermite, powers: Sequence[int]) -> Hermite:
    def raised(exponents: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(e + (powers[k] if k < len(powers) else 0) for k, e in enumerate(exponents))

    return {raised(exponents): coefficient for exponents, coefficient in hermite.items()}


# ---- integration ------------------------------------------------------------------------------------------------


def _one(
    functions: Sequence[Factors], hermite: Hermite, covariance: Matrix, nodes: int, reach: mpmath.mpf
) -> tuple[mpmath.mpf, mpmath.mpf]:
    """The mean, and the mean of the absolute value."""
    (factors,) = functions
    variance = Fraction(covariance[0][0])
    precision = mpmath.mp.prec
    kinks = tuple(filter(None, _kinks(factors)))  # panels end at 0 in any case: ReLU and tanh share their rules
    rule = panels_of_one_variable(WIDTH, mpmath.sqrt(number(variance)), kinks, nodes, reach, precision)
    with bits(precision):
        density, values = _density(rule, variance, tuple(hermite.items())), _in_balls(factors, rule)
        total = sum(map(mul, values, density.values), arb(0))
        size = sum(map(mul, map(abs, values), density.sizes), arb(0))
    norm = mpmath.sqrt(2 * mpmath.pi * number(variance))
    return to_mpf(total) / norm, to_mpf(size) / norm


@dataclass(frozen=True)
class _Density:
    """At the nodes of a rule weight × exp(−z²/2K) × H(z); ``sizes``: the absolute values of the terms of H for H."""

    values: tuple[arb, ...]
    sizes: tuple[arb, ...]


@lru_cache(maxsize=128)
def _density(rule: Rule, variance: Fraction, hermite: tuple[tuple[tuple[int, ...], Fraction], ...]) -> _Density:
    """Kept: the moments of one recursion share it. At the working precision of FLINT."""
    terms = {power: coefficient for (power,), coefficient in hermite}
    coefficients = [rational(terms.get(power, Fraction(0))) for power in range(max(terms) + 1)]
    polynomial, absolute = arb_poly(coefficients), arb_poly([abs(c) for c in coefficients])
    masses = _masses(rule, variance)
    return _Density(
        tuple(mass * polynomial(z) for z, mass in masses), tuple(mass * absolute(abs(z)) for z, mass in masses)
    )


@lru_cache(maxsize=32)
def _masses(rule: Rule, variance: Fraction) -> tuple[tuple[arb, arb], ...]:
    """(z, weight × exp(−z²/2K)) at the nodes."""
    scale = rational(-1 / (2 * variance))
    nodes = [(arb(z), arb(weight)) for z, weight in zip(rule.nodes, rule.weights, strict=True)]
    return tuple((z, weight * (z * z * scale).exp()) for z, weight in nodes)


@lru_cache(maxsize=128)
def _in_balls(factors: Factors, rule: Rule) -> tuple[arb, ...]:
    """The product of the factors at the nodes of a rule, in balls of radius zero about the numbers of mpmath."""
    if len(factors) < 2:
        return tuple(map(arb, _values(factors, rule)))
    return tuple(map(mul, _in_balls(factors[:-1], rule), _in_balls(factors[-1:], rule)))


def _two(
    functions: Sequence[Factors], hermite: Hermite, covariance: Matrix, nodes: int, reach: mpmath.mpf
) -> tuple[mpmath.mpf, mpmath.mpf]:
    """A grid fine enough for the conditional width: the functions in mpmath, the double sum in extended floats.

    Both variables in standard deviations: N(x, y) = exp(−x²/2 − (y − c x)²/(2 (1 − c²))) / (2π √(1 − c²)).
    """
    (a, b), (_, d) = covariance
    first, second = mpmath.sqrt(number(a)), mpmath.sqrt(number(d))
    narrow = mpmath.sqrt(number(1 - b * b / (a * d)))
    grid = _grid(a, b, d, *map(_kinks, functions), nodes, reach, mpmath.mp.prec)
    left, right = (_line(side, rule) for side, rule in zip(functions, (grid.left, grid.right), strict=True))
    total, size = mpmath.mpf(0), mpmath.mpf(0)
    for (p, q), coefficient in hermite.items():
        weight = number(coefficient) * first**p * second**q
        x, (inner, absolute) = left.values * grid.x**p, _conditional(functions[1], q, grid)
        total += weight * multiprecision(x @ inner)
        size += abs(weight) * multiprecision(np.abs(x) @ absolute)
    norm = mpmath.mpf(2) ** (left.exponent + right.exponent) / (2 * mpmath.pi * narrow * first * second)
    return total * norm, size * norm


@dataclass(frozen=True, eq=False)
class _Grid:
    """Nodes of both variables, in standard deviations as ``x`` and ``y``, and the density at every x for the y near it.

    ``bands``: for each panel of x, where its y begin, and exp(−x²/2 − (y − c x)²/(2 (1 − c²))) there, a row for each
    y; further out the density is below the last digit.
    """

    left: Rule
    right: Rule
    x: np.ndarray
    y: np.ndarray
    bands: tuple[tuple[int, np.ndarray], ...]

    def conditional(self, column: np.ndarray) -> np.ndarray:
        """sum_y column(y) density(x, y) for every x."""
        return np.concatenate([column[start : start + len(density)] @ density for start, density in self.bands])


@lru_cache(maxsize=16)
def _grid(
    a: Fraction, b: Fraction, d: Fraction, kinks: Kinks, others: Kinks, nodes: int, reach: mpmath.mpf, precision: int
) -> _Grid:
    """The grid of one covariance: the moments of a recursion share it. ``precision``: the working one, in bits."""
    narrow = mpmath.sqrt(number(1 - b * b / (a * d)))
    left, right = (
        panels_of_one_variable(WIDTH_OF_TWO * narrow, mpmath.sqrt(number(variance)), bends, nodes, reach, precision)
        for variance, bends in ((a, kinks), (d, others))
    )
    x, y = (
        extended([z / spread for z in rule.nodes])
        for rule, spread in ((left, mpmath.sqrt(number(a))), (right, mpmath.sqrt(number(d))))
    )
    correlation, width, far = extended([number(b) / mpmath.sqrt(number(a * d)), narrow, narrow * reach])
    bands = []
    for panel in x.reshape(-1, nodes):
        centres = correlation * panel
        start, end = np.searchsorted(y, (centres.min() - far, centres.max() + far))
        distances = (y[start:end, np.newaxis] - centres) / width
        bands.append((int(start), np.exp(-(panel**2) / 2 - distances**2 / 2)))
    return _Grid(left, right, x, y, tuple(bands))


@dataclass(frozen=True)
class _Line:
    """Weight times function at the nodes of one variable, over 2^``exponent``."""

    values: np.ndarray
    exponent: int


@lru_cache(maxsize=256)
def _line(factors: Factors, rule: Rule) -> _Line:
    values = _values(factors, rule)
    exponent = binary_order(values)
    return _Line(extended(values, exponent) * extended(rule.weights), exponent)


@lru_cache(maxsize=256)
def _conditional(factors: Factors, power: int, grid: _Grid) -> tuple[np.ndarray, np.ndarray]:
    """sum_y weight(y) factors(y) y^power density(x, y) for every x, over 2^exponent; the same of absolute values."""
    column = _line(factors, grid.right).values * grid.y**power
    return grid.conditional(column), grid.conditional(np.abs(column))
