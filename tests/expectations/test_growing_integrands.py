"""Integrands that grow like a Gaussian: the closed form is the branch that holds where the expectation exists."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from ptheory.activations import Z, from_formula
from ptheory.expectations import Moment, NonIntegrable, closed_form, covariance_symbol, evaluate, moment


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


@pytest.mark.parametrize("formula", [sympy.exp(Z**3), sympy.exp(Z**4), sympy.exp(sympy.exp(Z)), sympy.cosh(Z**2)])
def test_faster_growth_is_refused_by_name(formula: sympy.Expr) -> None:
    growing = from_formula("growing", formula)
    for target, covariance in (
        (moment((growing, 0)), 1),
        (moment((growing, 0, 0), (growing, 0, 1)), [[1, Fraction(1, 2)], [Fraction(1, 2), 1]]),
    ):
        with pytest.raises(NonIntegrable, match="does not exist"):
            evaluate(target, covariance)


def test_growth_is_judged_jointly() -> None:
    """At correlation 9/10 exp(3x²/5) alone has no mean, with exp(−y²) it has; two milder factors together have none."""
    matrix = [[1, Fraction(9, 10)], [Fraction(9, 10), 1]]
    growing, decaying = (
        from_formula(name, f) for name, f in (("g", sympy.exp(3 * Z**2 / 5)), ("d", sympy.exp(-(Z**2))))
    )
    pair = moment((growing, 0, 0), (decaying, 0, 1))
    value = evaluate(pair, matrix, 15)
    det = mpmath.mpf(19) / 100
    curvature = (1 / det - mpmath.mpf(6) / 5) * (1 / det + 2) - (mpmath.mpf(9) / 10 / det) ** 2
    assert abs(value.value - 1 / mpmath.sqrt(det * curvature)) < 1e-14
    with pytest.raises(NonIntegrable):
        evaluate(moment((growing, 0)), 1)
    mild = from_formula("m", sympy.cosh(2 * Z**2 / 5))
    assert evaluate(moment((mild, 0)), 1).kind == "bound"
    with pytest.raises(NonIntegrable, match="does not exist"):
        evaluate(moment((mild, 0, 0), (mild, 0, 1)), matrix)


def test_gaussian_growth_in_two_variables_is_tilted_away() -> None:
    mild = from_formula("m", sympy.cosh(Z**2 / 5))
    value = evaluate(moment((mild, 0, 0), (mild, 0, 1)), [[1, Fraction(1, 2)], [Fraction(1, 2), 1]], 12)
    x, w = np.polynomial.hermite_e.hermegauss(150)
    w = w / w.sum()
    z, u = np.meshgrid(x, x)
    expected = (np.outer(w, w) * np.cosh(z**2 / 5) * np.cosh((z / 2 + np.sqrt(0.75) * u) ** 2 / 5)).sum()
    assert value.kind == "bound"
    assert abs(float(value) - expected) < 1e-11
