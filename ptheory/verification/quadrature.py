"""A witness for Gaussian expectations: Gauss-Legendre panels in mpmath, split at kinks, one or two variables.

Nothing here uses the expectation engine's rules. Outer derivatives are moved onto the Gaussian density,

    ⟨∂_D F⟩ = ⟨F H_D⟩,   H_(D,a) = (K⁻¹z)_a H_D − ∂_a H_D,

so that F is only ever evaluated. The error is estimated by a second rule with more nodes that reaches further out: an
estimate, not a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

import mpmath

from ptheory.activations import Activation, Z
from ptheory.expectations import Moment
from ptheory.verification.mpmath_formulas import Function, compiled

Matrix = Sequence[Sequence[Fraction]]
Hermite = dict[tuple[int, ...], Fraction]  # exponents of z_0, z_1, ... -> coefficient
GUARD = 8
MOST_VALUES_KEPT = 100_000
ATTEMPTS = 5


class NotCovered(ValueError):
    """A moment this quadrature cannot do; the message says why."""


@dataclass(frozen=True)
class Estimate:
    """``error`` covers the rounding too: it is never smaller than the mean of the absolute value can resolve."""

    value: Any
    error: Any


def gaussian_mean(moment: Moment, covariance: Matrix, digits: int) -> Estimate:
    """⟨moment⟩ at a positive-definite rational covariance. NotCovered: three variables, or a delta function inside."""
    if moment.size > 2:
        raise NotCovered(f"{moment.size} variables")
    functions = [_functions_of(moment, variable) for variable in range(moment.size)]
    hermite = _times_powers(density_factor(moment.derivatives, inverse(covariance)), moment.powers)
    guard = GUARD if moment.size == 1 else GUARD // 2
    with mpmath.workdps(digits + guard):
        nodes = 3 * (digits + guard) // 4
        rule = _one if moment.size == 1 else _two
        reach = mpmath.sqrt(2 * (digits + 3) * mpmath.log(10)) + 3
        before, _ = rule(functions, hermite, covariance, nodes, reach)
        for step in range(1, ATTEMPTS):
            value, size = rule(functions, hermite, covariance, nodes + 6, reach + 3 * step)
            error = abs(value - before) + size * mpmath.mpf(10) ** -(digits + 3)
            if error <= size * mpmath.mpf(10) ** -digits:
                break
            before = value
        return Estimate(value, error)


# ---- the integrand ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Factors:
    """The functions of one variable, and where they are not smooth."""

    functions: tuple[Function, ...]
    kinks: tuple[Any, ...]

    def value(self, z: Any) -> Any:
        return mpmath.fprod(function(z) for function in self.functions)


def _functions_of(moment: Moment, variable: int) -> _Factors:
    functions: list[Function] = []
    kinks: list[Any] = []
    for activation, order in moment.factors_at(variable):
        functions.append(_derivative(activation, order))
        kinks += [mpmath.mpf(str(kink.evalf(60))) for kink in activation.kinks]
    return _Factors(tuple(functions), tuple(sorted(set(kinks))))


@lru_cache(maxsize=64)
def _derivative(activation: Activation, order: int) -> Function:
    """sigma^(order), its values kept: the moments of one recursion share their nodes."""
    formula = activation.formula
    if order:
        derivative = activation.derivative(order)
        if derivative.deltas:
            raise NotCovered(f"{activation.name}{chr(39) * order} has a delta function")
        formula = derivative.regular
    function = compiled(formula, Z)
    known: dict[tuple[int, Any], Any] = {}

    def value(z: Any) -> Any:
        key = (mpmath.mp.prec, z)
        if key not in known:
            if len(known) > MOST_VALUES_KEPT:
                known.clear()
            known[key] = function(z)
        return known[key]

    return value


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
    functions: Sequence[_Factors], hermite: Hermite, covariance: Matrix, nodes: int, reach: Any
) -> tuple[Any, Any]:
    """The mean, and the mean of the absolute value."""
    (factors,) = functions
    variance = _number(covariance[0][0])
    total, size = mpmath.mpf(0), mpmath.mpf(0)
    panels = _panels(mpmath.mpf(1), mpmath.sqrt(variance), factors.kinks, nodes, reach)
    for z, weight in (node for _, _, rule in panels for node in rule):
        mass = weight * factors.value(z) * mpmath.exp(-z * z / (2 * variance))
        parts = [_number(c) * z ** e[0] * mass for e, c in hermite.items()]
        total += mpmath.fsum(parts)
        size += mpmath.fsum(parts, absolute=True)
    norm = mpmath.sqrt(2 * mpmath.pi * variance)
    return total / norm, size / norm


def _two(factors: Sequence[_Factors], hermite: Hermite, covariance: Matrix, nodes: int, reach: Any) -> tuple[Any, Any]:
    """A grid fine enough for the conditional width. On a panel w = m + h x, exp(-q z w) is a product of two factors."""
    (a, b), (_, d) = covariance
    (p, q), (_, r) = inverse(covariance)
    first, second, cross = _number(p) / 2, _number(r) / 2, _number(q)
    narrow = mpmath.sqrt(_number(1 - b * b / (a * d)))
    powers = sorted({e[1] for e in hermite})
    columns = []
    for middle, half, rule in _panels(narrow, mpmath.sqrt(_number(d)), factors[1].kinks, nodes, reach):
        masses = [factors[1].value(w) * weight * mpmath.exp(-second * w * w) for w, weight in rule]
        by_power = {k: [m * w**k for m, (w, _) in zip(masses, rule, strict=True)] for k in powers}
        columns.append((middle, half, by_power))
    reference = [x for x, _ in _gauss_legendre(nodes, mpmath.mp.prec)]
    total, size = mpmath.mpf(0), mpmath.mpf(0)
    for _, _, rule in _panels(narrow, mpmath.sqrt(_number(a)), factors[0].kinks, nodes, reach):
        for z, weight in rule:
            inner = dict.fromkeys(powers, mpmath.mpf(0))
            steps: dict[Any, list[Any]] = {}
            for middle, half, by_power in columns:
                if half not in steps:
                    steps[half] = [mpmath.exp(-cross * z * half * x) for x in reference]
                shift = mpmath.exp(-cross * z * middle)
                for power, masses in by_power.items():
                    inner[power] += shift * mpmath.fdot(masses, steps[half])
            outer = weight * factors[0].value(z) * mpmath.exp(-first * z * z)
            parts = [_number(c) * z ** e[0] * inner[e[1]] * outer for e, c in hermite.items()]
            total += mpmath.fsum(parts)
            size += mpmath.fsum(parts, absolute=True)
    norm = 2 * mpmath.pi * mpmath.sqrt(_number(a * d - b * b))
    return total / norm, size / norm


Panel = tuple[Any, Any, list[tuple[Any, Any]]]  # middle, half width, nodes with weights


def _panels(narrow: Any, spread: Any, kinks: Sequence[Any], nodes: int, reach: Any) -> list[Panel]:
    """Panels ``narrow`` standard deviations wide, split at kinks, ``reach`` of them to either side."""
    count = int(mpmath.ceil(reach / narrow))
    ends = [spread * k * reach / count for k in range(-count, count + 1)]
    ends = sorted({*ends, *(kink for kink in kinks if ends[0] < kink < ends[-1])})
    reference = _gauss_legendre(nodes, mpmath.mp.prec)
    found = []
    for low, high in pairwise(ends):
        middle, half = (low + high) / 2, (high - low) / 2
        found.append((middle, half, [(middle + half * x, half * w) for x, w in reference]))
    return found


_LEGENDRE: dict[tuple[int, int], list[tuple[Any, Any]]] = {}


def _gauss_legendre(nodes: int, precision: int) -> list[tuple[Any, Any]]:
    """Roots of P_n by Newton's method from the Chebyshev guess, weights 2/((1-x²)P_n'(x)²)."""
    if (nodes, precision) not in _LEGENDRE:
        rule = []
        for k in range(nodes):
            x = mpmath.cos(mpmath.pi * (k + mpmath.mpf(3) / 4) / (nodes + mpmath.mpf(1) / 2))
            for _ in range(100):
                value, slope = _legendre(nodes, x)
                step = value / slope
                x -= step
                if abs(step) < mpmath.mpf(2) ** (10 - precision):
                    break
            _, slope = _legendre(nodes, x)
            rule.append((x, 2 / ((1 - x * x) * slope**2)))
        _LEGENDRE[nodes, precision] = rule
    return _LEGENDRE[nodes, precision]


def _legendre(n: int, x: Any) -> tuple[Any, Any]:
    before, value = mpmath.mpf(1), x
    for k in range(2, n + 1):
        before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
    return value, n * (x * value - before) / (x * x - 1)


def _number(value: Fraction) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator
