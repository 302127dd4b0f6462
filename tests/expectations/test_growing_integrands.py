"""Integrands that grow like a Gaussian: the closed form is the branch that holds where the expectation exists."""

from __future__ import annotations

import mpmath
import pytest
import sympy

from ptheory.activations import Z, from_formula
from ptheory.expectations import Moment, closed_form, covariance_symbol


@pytest.mark.parametrize("factors, rate", [(1, 1), (2, 2)])
def test_exponential_of_a_square(factors: int, rate: int) -> None:
    growing = from_formula("growing", sympy.exp(Z**2))
    found = closed_form(Moment(((growing, 0, 0),) * factors))
    assert found is not None
    kernel = sympy.Rational(1, 10)
    value = mpmath.mpf(found.expression.subs(covariance_symbol(0, 0), kernel).evalf(20))
    weight = 1 / mpmath.sqrt(2 * mpmath.pi * mpmath.mpf(1) / 10)
    witness = mpmath.quad(lambda z: weight * mpmath.exp(rate * z * z - 5 * z * z), [-mpmath.inf, 0, mpmath.inf])
    assert abs(value - witness) < mpmath.mpf("1e-12")
