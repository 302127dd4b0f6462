"""A witness for Gaussian expectations: Gauss-Legendre panels, split at kinks, one variable (mpmath) or two.

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
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np

from ptheory.activations import Activation, Z
from ptheory.expectations import Moment
from ptheory.verification.mpmath_formulas import Function, compiled

Matrix = Sequence[Sequence[Fraction]]
Hermite = dict[tuple[int, ...], Fraction]  # exponents of z_0, z_1, ... -> coefficient
GUARD = 8
MOST_VALUES_KEPT = 100_000
ATTEMPTS = 5
LEAST = mpmath.mpf(10) ** -4900
EXTENDED_ROUNDING = 64 * float(np.finfo(np.longdouble).eps)  # of a double sum, beside the sum of absolute values


class NotCovered(ValueError):
    """A moment this quadrature cannot do; the message says why."""


@dataclass(frozen=True)
class Estimate:
    """``size`` is the mean of the absolute value; ``error`` covers what rounding leaves unresolved beside it."""

    value: Any
    error: Any
    size: Any


def gaussian_mean(moment: Moment, covariance: Matrix, digits: int) -> Estimate:
    """⟨moment⟩ at a positive-definite rational covariance. NotCovered: three variables, or a delta function inside."""
    if moment.size > 2:
        raise NotCovered(f"{moment.size} variables")
    if moment.size > 1 and moment.derivatives and not any(activation.kinks for activation, _, _ in moment.factors):
        parts = [(weight, _integrated(part, covariance, digits)) for part, weight in carried_out(moment).items()]
        with mpmath.workdps(digits + GUARD):
            return Estimate(*(mpmath.fsum(w * v for w, v in values) for values in _columns(parts)))
    return _integrated(moment, covariance, digits)


def _columns(parts: Sequence[tuple[int, Estimate]]) -> list[list[tuple[int, Any]]]:
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
    functions = [_functions_of(moment, variable) for variable in range(moment.size)]
    hermite = _times_powers(density_factor(moment.derivatives, inverse(covariance)), moment.powers)
    guard = GUARD if moment.size == 1 else GUARD // 2
    with mpmath.workdps(digits + guard):
        nodes = 3 * (digits + guard) // 4
        rule = _one if moment.size == 1 else _two
        rounding = mpmath.mpf(0 if moment.size == 1 else EXTENDED_ROUNDING)
        reach = mpmath.sqrt(2 * (digits + 3) * mpmath.log(10)) + 3
        before, _ = rule(functions, hermite, covariance, nodes, reach)
        for step in range(1, ATTEMPTS):
            value, size = rule(functions, hermite, covariance, nodes + 6, reach + 3 * step)
            error = abs(value - before) + size * max(mpmath.mpf(10) ** -(digits + 3), rounding)
            if error <= size * mpmath.mpf(10) ** -digits:
                break
            before = value
        return Estimate(value, error, size)


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
    """A grid fine enough for the conditional width: the functions in mpmath, the double sum in extended floats.

    Both variables in standard deviations: N(x, y) = exp(−x²/2 − (y − c x)²/(2 (1 − c²))) / (2π √(1 − c²)).
    """
    (a, b), (_, d) = covariance
    first, second = mpmath.sqrt(_number(a)), mpmath.sqrt(_number(d))
    narrow = mpmath.sqrt(_number(1 - b * b / (a * d)))
    grid = _grid(a, b, d, factors[0].kinks, factors[1].kinks, nodes, reach, mpmath.mp.prec)
    left, right = (_line(side, rule) for side, rule in zip(factors, (grid.left, grid.right), strict=True))
    powers = sorted({q for _, q in hermite})
    columns = np.array([right.values * grid.y**q for q in powers])
    inner, absolute = grid.conditional(columns)
    total, size = mpmath.mpf(0), mpmath.mpf(0)
    for (p, q), coefficient in hermite.items():
        weight = _number(coefficient) * first**p * second**q
        x, place = left.values * grid.x**p, powers.index(q)
        total += weight * _multiprecision(x @ inner[place])
        size += abs(weight) * _multiprecision(np.abs(x) @ absolute[place])
    norm = left.unit * right.unit / (2 * mpmath.pi * narrow)
    return total * norm, size * norm


Rule = list[tuple[Any, Any]]  # nodes with weights


@dataclass(frozen=True)
class _Grid:
    """Nodes of both variables, in standard deviations as ``x`` and ``y``, and the density at every x for the y near it.

    ``bands``: for each x, where its y begin, and exp(−x²/2 − (y − c x)²/(2 (1 − c²))) there; further out the density
    is below the last digit.
    """

    left: tuple[Any, Rule]
    right: tuple[Any, Rule]
    x: Any
    y: Any
    bands: tuple[tuple[int, Any], ...]

    def conditional(self, columns: Any) -> tuple[Any, Any]:
        """sum_y column(y) density(x, y) for every x, and the same of absolute values."""
        found = np.zeros((2, len(columns), len(self.bands)), dtype=np.longdouble)
        for k, (start, density) in enumerate(self.bands):
            near = columns[:, start : start + len(density)]
            found[0, :, k] = near @ density
            found[1, :, k] = np.abs(near) @ density
        return found[0], found[1]


@lru_cache(maxsize=16)
def _grid(
    a: Fraction, b: Fraction, d: Fraction, kinks: tuple[Any, ...], others: tuple[Any, ...], nodes: int, reach: Any,
    precision: int,
) -> _Grid:  # fmt: skip
    """The grid of one covariance: the moments of a recursion share it. ``precision``: the working one, in bits."""
    narrow = mpmath.sqrt(_number(1 - b * b / (a * d)))
    rules, points = [], []
    for variance, bends in ((a, kinks), (d, others)):
        spread = mpmath.sqrt(_number(variance))
        rule = sorted(node for _, _, panel in _panels(narrow, spread, bends, nodes, reach) for node in panel)
        rules.append((spread, rule))
        points.append(_array([z / spread for z, _ in rule]))
    x, y = points
    centres = _extended(_number(b) / mpmath.sqrt(_number(a * d))) * x
    width, far = _extended(narrow), _extended(narrow) * _extended(reach)
    low, high = (np.searchsorted(y, centres + sign * far) for sign in (-1, 1))
    bands = tuple(
        (int(start), np.exp(-(x[k] ** 2) / 2 - ((y[start:end] - centres[k]) / width) ** 2 / 2))
        for k, (start, end) in enumerate(zip(low, high, strict=True))
    )
    return _Grid(rules[0], rules[1], x, y, bands)


@dataclass(frozen=True)
class _Line:
    """Weight times function at the nodes of one variable, in units of ``unit``."""

    values: np.ndarray
    unit: Any


def _line(factors: _Factors, rule: tuple[Any, Rule]) -> _Line:
    spread, nodes = rule
    values = [factors.value(z) * weight / spread for z, weight in nodes]
    unit = max(map(abs, values)) or mpmath.mpf(1)
    return _Line(_array([value / unit for value in values]), unit)


def _array(numbers: Sequence[Any]) -> np.ndarray:
    return np.array([_extended(number) for number in numbers])


def _extended(value: Any) -> np.longdouble:
    """Below the least positive extended float it is zero."""
    return np.longdouble(mpmath.nstr(value, 25)) if abs(value) > LEAST else np.longdouble(0)


def _multiprecision(value: np.longdouble) -> Any:
    high = float(value)
    return mpmath.mpf(high) + mpmath.mpf(float(value - np.longdouble(high)))


Panel = tuple[Any, Any, list[tuple[Any, Any]]]  # middle, half width, nodes with weights


def _panels(narrow: Any, spread: Any, kinks: Sequence[Any], nodes: int, reach: Any) -> list[Panel]:
    """Panels ``narrow`` standard deviations wide, ``reach`` deviations to either side, split at kinks.

    Where they are wider than one, activations bend within them, about 0 and about kinks: panels grow from there by
    factors of two.
    """
    count = int(mpmath.ceil(reach / narrow))
    ends = [spread * k * reach / count for k in range(-count, count + 1)]
    width = ends[1] - ends[0]
    bends = [*kinks, mpmath.mpf(0)] if width > 1 else kinks
    ladder = [mpmath.mpf(0)]
    while len(bends) > len(kinks) and ladder[-1] < width:
        ladder.append(2 * ladder[-1] or mpmath.mpf(1) / 2)
    points = {bend + sign * step for bend in bends for step in ladder for sign in (1, -1)}
    ends = sorted({*ends, *(point for point in points if ends[0] < point < ends[-1])})
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
