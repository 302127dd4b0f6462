"""d/dK_ab of a closed form is c ⟨∂_a∂_b F⟩: against the closed form of that moment, and against differences of the
formula itself."""

from __future__ import annotations

import random

import mpmath
import sympy

from ptheory.expectations import closed_form, covariance_symbol
from tests.expectations.catalogue import Entry
from tests.expectations.witnesses.points import Matrix, number, rational, slope_at, substitution

TOLERANCE = mpmath.mpf(10) ** -30
STEP = sympy.Rational(1, 10**20)


def check_kernel_derivatives(entry: Entry, matrices: list[Matrix]) -> tuple[int, int]:
    """Every independent K_ab at every matrix. Returns how many pairs (K_ab, matrix) satisfied ∂f/∂K_ab = c ⟨∂_a∂_b F⟩,
    and how many central differences (f(K + h) − f(K − h))/2h at the first matrix, both to 30 digits."""
    target, formula = entry.form.moment, entry.form.expression
    rng = random.Random(entry.expectation)
    identities = differences = 0
    for a in range(target.size):
        for b in range(a, target.size):
            symbol = covariance_symbol(a, b)
            weight, slope = target.kernel_derivative(a, b)
            derived = closed_form(slope)
            assert derived is not None, (entry.family.name, entry.expectation, a, b)
            moments = rational(weight) * derived.expression
            slopes = formula.diff(symbol)
            for k, matrix in enumerate(matrices):
                values = substitution(target.size, matrix, slope_at(rng))
                expected = number(moments, values, 45)
                found = [number(slopes, values, 45)]
                if k == 0:
                    near = [number(formula, {**values, symbol: values[symbol] + h}, 80) for h in (STEP, -STEP)]
                    with mpmath.workdps(80):
                        found.append((near[0] - near[1]) / (2 * mpmath.mpf(10) ** -20))
                    differences += 1
                for value in found:
                    error = abs(value - expected)
                    assert error < TOLERANCE * (1 + abs(expected)), (entry.family.name, entry.expectation, a, b, values)
                identities += 1
    return identities, differences
