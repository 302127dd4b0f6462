"""Enclosures against mpmath quadrature that shares no code with the engine, degenerate covariances, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy

from ptheory.activations import Z, from_formula, lookup
from ptheory.expectations import (
    DivergentMoment,
    ExpectationError,
    NonIntegrable,
    NotPositiveSemidefinite,
    almost_everywhere,
    evaluate,
    moment,
)

PLAIN: dict[str, tuple[Callable[[Any], Any], list[Any]]] = {
    "relu": (lambda z: max(z, mpmath.mpf(0)), [0]),
    "leaky_relu": (lambda z: z if z > 0 else z / 100, [0]),
    "relu2": (lambda z: max(z, mpmath.mpf(0)) ** 2, [0]),
    "abs": (abs, [0]),
    "step": (lambda z: mpmath.mpf(z > 0), [0]),
    "erf": (mpmath.erf, []),
    "probit": (mpmath.ncdf, []),
    "sin": (mpmath.sin, []),
    "cos": (mpmath.cos, []),
    "exp": (mpmath.exp, []),
    "gaussian": (lambda z: mpmath.exp(-z * z / 2), []),
    "gelu": (lambda z: z * mpmath.ncdf(z), []),
    "elu": (lambda z: z if z > 0 else mpmath.expm1(z), [0]),
    "hard_tanh": (lambda z: max(mpmath.mpf(-1), min(mpmath.mpf(1), z)), [-1, 1]),
    "tanh": (mpmath.tanh, []),
    "sigmoid": (lambda z: 1 / (1 + mpmath.exp(-z)), []),
    "swish": (lambda z: z / (1 + mpmath.exp(-z)), []),
    "softplus": (lambda z: mpmath.log1p(mpmath.exp(z)), []),
    "mish": (lambda z: z * mpmath.tanh(mpmath.log1p(mpmath.exp(z))), []),
    "softsign": (lambda z: z / (1 + abs(z)), [0]),
    "arctan": (mpmath.atan, []),
    "asinh": (mpmath.asinh, []),
}


def quadrature(f: Callable[[Any], Any], variance: Fraction, kinks: list[Any]) -> mpmath.mpf:
    deviation = mpmath.sqrt(mpmath.mpf(variance.numerator) / variance.denominator)
    points = sorted([*(k / deviation for k in kinks), *range(-14, 15, 2)])
    return mpmath.quad(lambda x: f(deviation * x) * mpmath.npdf(x), points)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("variance", [Fraction(1, 3), Fraction(9, 4)])
def test_one_input_moments(name: str, variance: Fraction) -> None:
    f, kinks = PLAIN[name]
    sigma = lookup(name)
    square = evaluate(moment((sigma, 0), (sigma, 0)), variance, 20)
    fourth = evaluate(moment((sigma, 0), (sigma, 0), (sigma, 0), powers=(2,)), variance, 20)
    with mpmath.workdps(25):
        assert square.kind in ("bound", "exact")
        assert abs(square.as_mpf() - quadrature(lambda z: f(z) ** 2, variance, kinks)) < 1e-19
        expected = quadrature(lambda z: f(z) ** 3 * z * z, variance, kinks)
        assert abs(fourth.as_mpf() - expected) < 1e-18 * (1 + abs(expected))


@pytest.mark.parametrize("name", PLAIN)
def test_kernel_derivative_is_half_the_second_derivative(name: str) -> None:
    """d⟨F⟩/dK = ⟨F''⟩/2, the right side through deltas, the left by differences of enclosures."""
    sigma = lookup(name)
    square = moment((sigma, 0), (sigma, 0))
    weight, slope = square.kernel_derivative(0, 0)
    step = Fraction(1, 10**8)
    variance = Fraction(7, 5)
    with mpmath.workdps(40):
        low, high = (evaluate(square, variance + s * step, 40).as_mpf() for s in (-1, 1))
        numerical = (high - low) * 10**8 / 2
        derived = evaluate(slope, variance, 30).as_mpf()
        assert abs(numerical - derived * weight.numerator / weight.denominator) < 1e-12


def test_equal_opposite_and_zero_inputs() -> None:
    relu, gelu = lookup("relu"), lookup("gelu")
    pair = moment((relu, 0, 0), (relu, 0, 1))
    assert evaluate(pair, [[2, 2], [2, 2]]).value == 1
    assert evaluate(pair, [[2, -2], [-2, 2]]).value == 0
    assert evaluate(pair, [[2, 0], [0, 0]]).value == 0
    one = evaluate(moment((gelu, 0), (gelu, 0)), 2).value
    same = evaluate(moment((gelu, 0, 0), (gelu, 0, 1)), [[2, 2], [2, 2]]).value
    assert abs(one - same) < mpmath.mpf(10) ** -30
    opposite = evaluate(moment((gelu, 0, 0), (gelu, 0, 1)), [[2, -2], [-2, 2]]).value
    with mpmath.workdps(30):
        expected = quadrature(lambda z: -z * z * mpmath.ncdf(z) * mpmath.ncdf(-z), Fraction(2), [])
        assert abs(opposite - expected) < 1e-25
    scaled = evaluate(moment((relu, 1, 0), (relu, 1, 1)), [[1, 3], [3, 9]]).value
    assert scaled == Fraction(1, 2)


def test_derivatives_at_equal_inputs_follow_the_product_rule() -> None:
    relu = lookup("relu")
    assert evaluate(moment((relu, 0, 0), (relu, 0, 1), derivatives=(0, 1)), [[1, 1], [1, 1]]).value == Fraction(1, 2)
    assert evaluate(moment((relu, 0, 0), (relu, 0, 1), derivatives=(0, 0)), [[1, 1], [1, 1]]).value == 0
    squared = lookup("relu2")
    assert evaluate(moment((squared, 0), (squared, 0), derivatives=(0, 0, 0, 0)), 3).value == 12


def test_singular_in_three_inputs_without_proportional_pairs() -> None:
    """z2 = z0 + z1: the enclosure is the limit of regular covariances."""
    relu = lookup("relu")
    triple = moment((relu, 0, 0), (relu, 0, 1), (relu, 0, 2))
    singular = evaluate(triple, [[1, 0, 1], [0, 1, 1], [1, 1, 2]]).value
    # E[x+ y+ (x+y)+] = 2 E[x+^2] E[y+] for independent x, y (x + y > 0 where both are)
    with mpmath.workdps(30):
        assert abs(singular - 2 * mpmath.mpf(1) / 2 / mpmath.sqrt(2 * mpmath.pi)) < 1e-25


def test_divergent_moments_are_refused_and_can_be_opted_into() -> None:
    relu = lookup("relu")
    for factors in [((relu, 2), (relu, 2)), ((relu, 3), (relu, 1))]:
        with pytest.raises(DivergentMoment):
            evaluate(moment(*factors), 1)
        assert evaluate(almost_everywhere(moment(*factors)), 1).value == 0
    assert evaluate(moment((relu, 2), (relu, 0)), 1).value == 0
    step_slope = evaluate(moment((relu, 2), (relu, 1)), 1).value  # (θ²)'/2
    with mpmath.workdps(30):
        assert abs(step_slope - 1 / (2 * mpmath.sqrt(2 * mpmath.pi))) < 1e-25


def test_bad_covariances_and_integrands() -> None:
    relu = lookup("relu")
    pair = moment((relu, 0, 0), (relu, 0, 1))
    with pytest.raises(NotPositiveSemidefinite):
        evaluate(pair, [[1, 2], [2, 1]])
    with pytest.raises(NotPositiveSemidefinite, match="symmetric"):
        evaluate(pair, [[1, 0], ["1/2", 1]])
    with pytest.raises(NotPositiveSemidefinite):
        evaluate(moment((relu, 0)), -1)
    with pytest.raises(ExpectationError, match="2 variables"):
        evaluate(pair, 1)
    with pytest.raises(ExpectationError, match="finite"):
        evaluate(moment((relu, 0)), float("nan"))
    bump = from_formula("bump", sympy.exp(Z**2))
    with pytest.raises(NonIntegrable, match="does not exist"):
        evaluate(moment((bump, 0)), Fraction(1, 2))
    assert abs(evaluate(moment((bump, 0)), Fraction(1, 4)).value - mpmath.sqrt(2)) < 1e-15
    parametric = lookup("leaky_relu", slope=sympy.Symbol("a"))
    with pytest.raises(ExpectationError, match="parameters"):
        evaluate(moment((parametric, 0)), 1)


EXPONENTIAL: dict[str, tuple[Callable[[Any], Any], int]] = {  # and the power of z their square goes like at +infinity
    "sigmoid": (lambda z: 1 / (1 + mpmath.exp(-z)), 0),
    "softplus": (lambda z: mpmath.log1p(mpmath.exp(z)), 2),
    "swish": (lambda z: z / (1 + mpmath.exp(-z)), 2),
    "mish": (lambda z: z * mpmath.tanh(mpmath.log1p(mpmath.exp(z))), 2),
}


@pytest.mark.parametrize("name", list(EXPONENTIAL))
@pytest.mark.parametrize("kernel", [10**4, 10**12])
def test_formulas_written_with_exponentials_at_very_large_kernels(name: str, kernel: int) -> None:
    """⟨σ²⟩ is the Gaussian moment of the tail on the right, and an integral of the rest, cut where it is negligible."""
    sigma = lookup(name)
    value = evaluate(moment((sigma, 0), (sigma, 0)), kernel, 20, seconds=20)
    assert value.kind == "bound"
    function, power = EXPONENTIAL[name]
    with mpmath.workdps(40):

        def rest(z: mpmath.mpf) -> mpmath.mpf:
            weight = mpmath.exp(-z * z / (2 * kernel)) / mpmath.sqrt(2 * mpmath.pi * kernel)
            return (function(z) ** 2 - (z**power if z > 0 else 0)) * weight

        expected = mpmath.mpf(kernel) ** (power // 2) / 2
        expected += mpmath.quad(rest, [-90, -40, -20, -10, -5, -2, 0, 2, 5, 10, 20, 40, 90])
        assert abs(value.as_mpf() - expected) < mpmath.mpf(10) ** -19 * abs(expected)


@pytest.mark.parametrize("name", list(EXPONENTIAL))
@pytest.mark.parametrize("order", [1, 2, 4])
def test_derivatives_at_very_large_kernels(name: str, order: int) -> None:
    """d⟨σσ⟩/dK = ⟨σ''σ⟩ + ⟨σ'²⟩, by a central difference far from where the two were integrated together."""
    sigma = lookup(name)
    kernel, step = Fraction(10**6), Fraction(1, 10)
    pair = moment((sigma, order - 1), (sigma, order - 1))
    with mpmath.workdps(50):
        ends = [evaluate(pair, kernel + s * step, 45).as_mpf() for s in (-1, 1)]
        slope = evaluate(moment((sigma, order), (sigma, order)), kernel, 30).as_mpf()
        slope += evaluate(moment((sigma, order + 1), (sigma, order - 1)), kernel, 30).as_mpf()
        difference = (ends[1] - ends[0]) / (2 * mpmath.mpf(1) / 10)
        assert abs(difference - slope) < mpmath.mpf(10) ** -10 * abs(slope)
