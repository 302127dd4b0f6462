"""Moments of polynomial activations at a covariance, equal or opposite inputs included: one table of Gaussian moments.

< prod_v p_v(z_v) > = sum over powers of prod_v p_v[a_v] * E[prod_v z_v^a_v]
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import comb, factorial
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from ptheory.algebra.gaussian_numbers import moment_table
from ptheory.algebra.real import Real
from ptheory.expectations import Moment
from ptheory.expectations.covariance import check_semidefinite
from ptheory.expectations.kernel_series import odd_factorial
from ptheory.flows.twins import on_each

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation


LARGEST_TABLE = 100  # cells of two variables, before the moments that occur are summed one by one

Coefficients = tuple[Fraction, ...]


def polynomial_value(moment: Moment, matrix: tuple[tuple[Real, ...], ...]) -> Real | None:
    """The moment, or None where an activation is no polynomial with rational coefficients.

    A Fraction at a covariance of Fractions, where NotPositiveSemidefinite is raised; else an mpmath number, or a twin.
    """
    polynomials = []
    for variable in range(len(matrix)):
        product: Coefficients = (Fraction(0),) * moment.power(variable) + (Fraction(1),)
        for activation, order in moment.factors_at(variable):
            coefficients = _coefficients(activation, order)
            if coefficients is None:
                return None
            product = _times(product, coefficients)
        for _ in range(moment.derivatives.count(variable)):
            product = _derivative(product)
        if not product:
            return Fraction(0)
        polynomials.append(product)
    size = len(matrix)

    def at(entries: Sequence[Real]) -> Real:
        return _value(polynomials, tuple(tuple(entries[a * size : (a + 1) * size]) for a in range(size)))

    return on_each(at, [entry for row in matrix for entry in row])


def _value(polynomials: Sequence[Coefficients], matrix: tuple[tuple[Real, ...], ...]) -> Real:
    if len(polynomials) == 2 and len(polynomials[0]) * len(polynomials[1]) > LARGEST_TABLE:
        return _pair_value(polynomials[0], polynomials[1], matrix)
    value = _table(tuple(len(p) - 1 for p in polynomials), matrix, _precision(matrix))
    for p in reversed(polynomials):
        value = value @ np.array(p, dtype=object)
    return Fraction(value) if _exact(matrix) else mpmath.mpf(1) * value


def _exact(matrix: tuple[tuple[Real, ...], ...]) -> bool:
    return all(isinstance(entry, (int, Fraction)) for row in matrix for entry in row)


def _pair_value(left: Coefficients, right: Coefficients, matrix: tuple[tuple[Real, ...], ...]) -> Real:
    """⟨p(z_0) q(z_1)⟩ from the moments that occur, of high powers with gaps, z^20 + z."""
    exact = _exact(matrix)
    if exact:
        check_semidefinite(matrix)
    total: Real = Fraction(0) if exact else mpmath.mpf(0)
    for a, p in enumerate(left):
        for b, q in enumerate(right):
            if p and q and (a + b) % 2 == 0:
                total += p * q * _pair_moment(a, b, matrix, _precision(matrix))
    return total


def _precision(matrix: tuple[tuple[Real, ...], ...]) -> int | None:
    """What a kept value depends on besides the matrix: Fraction(1) and mpf(1) are equal keys, at any precision."""
    return None if _exact(matrix) else mpmath.mp.prec


@lru_cache(maxsize=4096)
def _pair_moment(a: int, b: int, matrix: tuple[tuple[Real, ...], ...], precision: int | None) -> Real:
    """⟨z_0^a z_1^b⟩ = Σ_j C(a, j) C(b, j) j! (a − j − 1)!! (b − j − 1)!! K_01^j K_00^((a − j)/2) K_11^((b − j)/2)."""
    (first, mixed), (_, second) = matrix
    total: Real = Fraction(0)
    for j in range(a % 2, min(a, b) + 1, 2):
        pairings = comb(a, j) * comb(b, j) * factorial(j) * odd_factorial(a - j - 1) * odd_factorial(b - j - 1)
        total += pairings * mixed**j * first ** ((a - j) // 2) * second ** ((b - j) // 2)
    return total


@lru_cache(maxsize=4096)
def _table(highest: tuple[int, ...], matrix: tuple[tuple[Real, ...], ...], precision: int | None) -> Any:
    if _exact(matrix):
        check_semidefinite(matrix)
    return moment_table(highest, matrix)


@lru_cache(maxsize=4096)
def _coefficients(activation: Activation, order: int) -> Coefficients | None:
    """Of 1, z, z^2, ... in the derivative of an activation; None: no polynomial, or not rational."""
    found = activation.polynomial_coefficients()
    if found is None or not all(c.is_Rational for c in found):
        return None
    coefficients: Coefficients = tuple(Fraction(int(c.p), int(c.q)) for c in found)
    for _ in range(order):
        coefficients = _derivative(coefficients)
    return coefficients


def _derivative(coefficients: Coefficients) -> Coefficients:
    return tuple(k * c for k, c in enumerate(coefficients))[1:]


@lru_cache(maxsize=4096)
def _times(left: Coefficients, right: Coefficients) -> Coefficients:
    if not left or not right:
        return ()
    product = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            product[i + j] += a * b
    return tuple(product)
