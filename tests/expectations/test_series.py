"""Expansions at small and large K against enclosures, and the published Taylor data of critical kernels."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy

from ptheory.activations import Activation, Z, from_formula, lookup
from ptheory.expectations import (
    ExpectationError,
    OrderExceeded,
    evaluate,
    large_kernel_series,
    moment,
    small_kernel_series,
)

SIGNATURES = (((0, 0), (0, 0)), ((1, 0), (1, 0)), ((0, 0), (2, 0)), ((0, 0), (0, 0), (1, 0), (1, 0)))


@pytest.mark.parametrize(
    "name", ["tanh", "gelu", "swish", "elu", "softsign", "relu", "mish", "arctan", "hard_tanh", "sin"]
)
@pytest.mark.parametrize("orders", SIGNATURES)
def test_small_kernel_series_is_asymptotic(name: str, orders: tuple[tuple[int, int], ...]) -> None:
    """What is left after order K^2 scales like K^{5/2} or K^3."""
    sigma = lookup(name)
    target = moment(*((sigma, m) for m, _ in orders))
    series = small_kernel_series(target, 2)
    k = sympy.Symbol("k")
    errors = []
    with mpmath.workdps(30):
        for kernel in (Fraction(1, 10**4), Fraction(1, 10**6)):
            truncated = series.expression(k).subs(k, sympy.Rational(kernel.numerator, kernel.denominator))
            value = evaluate(target, kernel, 30).as_mpf()
            errors.append(abs(value - mpmath.mpmathify(sympy.N(truncated, 30))))
        assert errors[1] <= errors[0] * mpmath.mpf(10) ** -4.9 + mpmath.mpf(10) ** -28


def test_published_taylor_data_of_critical_kernels() -> None:
    """g(K)/σ1² = K + a1 K² + a2 K³ and ⟨σ'²⟩/σ1² = 1 + b1 K for tanh, sin, erf."""
    published = {"tanh": (-2, "17/3", -2), "sin": (-1, "2/3", -1), "erf": (-2, "14/3", -2)}
    for name, (a1, a2, b1) in published.items():
        sigma = lookup(name)
        square = small_kernel_series(moment((sigma, 0), (sigma, 0)), 3)
        slope = small_kernel_series(moment((sigma, 1), (sigma, 1)), 1)
        first = square.coefficient(1)
        assert sympy.expand(square.coefficient(2) / first) == a1
        assert sympy.expand(square.coefficient(3) / first) == sympy.Rational(a2)
        assert sympy.expand(slope.coefficient(1) / slope.coefficient(0)) == b1


def test_half_integer_powers_come_from_kinks() -> None:
    elu = small_kernel_series(moment((lookup("elu"), 0), (lookup("elu"), 0)), 2)
    assert elu.coefficient(Fraction(3, 2)) == -sympy.sqrt(2) / sympy.sqrt(sympy.pi)
    tanh = small_kernel_series(moment((lookup("tanh"), 0), (lookup("tanh"), 0)), 2)
    assert tanh.coefficient(Fraction(3, 2)) == 0


def test_deltas_give_negative_powers() -> None:
    relu = lookup("relu")
    series = small_kernel_series(moment((relu, 2)), 1)
    assert series.coefficients == {Fraction(-1, 2): 1 / sympy.sqrt(2 * sympy.pi)}
    outer = small_kernel_series(moment((relu, 0), derivatives=(0, 0)), 1)
    assert outer.coefficients == series.coefficients


def test_reading_past_the_order_is_an_error() -> None:
    series = small_kernel_series(moment((lookup("tanh"), 0), (lookup("tanh"), 0)), 2)
    with pytest.raises(OrderExceeded):
        series.coefficient(3)
    with pytest.raises(ExpectationError, match="one variable"):
        small_kernel_series(moment((lookup("tanh"), 0, 0), (lookup("tanh"), 0, 1)), 2)


def test_kinks_away_from_zero_are_beyond_all_orders() -> None:
    series = small_kernel_series(moment((lookup("hard_tanh"), 0), (lookup("hard_tanh"), 0)), 4)
    assert series.coefficients == {Fraction(1): 1}
    assert series.beyond_all_orders == 1


LARGE = ["tanh", "sigmoid", "swish", "mish", "gelu", "erf", "relu", "elu", "hard_tanh", "leaky_relu"]


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("orders", SIGNATURES)
def test_large_kernel_series(name: str, orders: tuple[tuple[int, int], ...]) -> None:
    sigma = lookup(name)
    target = moment(*((sigma, m) for m, _ in orders))
    series = large_kernel_series(target, 4)
    with mpmath.workdps(30):
        errors = [abs(series.at(mpmath.mpf(k)) - evaluate(target, k, 25).as_mpf()) for k in (1000, 4000)]
        assert errors[0] < 1e-7
        assert errors[1] <= errors[0] / 400 + mpmath.mpf(10) ** -22  # next term: K^(-9/2)


PLAIN: dict[str, Callable[[Any], Any]] = {
    "tanh": mpmath.tanh,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "swish": lambda z: z / (1 + mpmath.exp(-z)),
    "mish": lambda z: z * mpmath.tanh(mpmath.log1p(mpmath.exp(z))),
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "mixed": lambda z: z * mpmath.tanh(z / 2) + mpmath.sech(z),
    "elu": lambda z: z if z > 0 else mpmath.expm1(z),
}


@pytest.mark.parametrize("name", list(PLAIN))
@pytest.mark.parametrize("order", [0, 1])
def test_exact_moments_of_the_localised_part(name: str, order: int) -> None:
    """∫ (σ^(m)² − its tails) z^{2j} dz as zeta values and polylogarithms, against mpmath's quadrature."""
    sigma = from_formula("mixed", Z * sympy.tanh(Z / 2) + 1 / sympy.cosh(Z)) if name == "mixed" else lookup(name)
    series = large_kernel_series(moment((sigma, order), (sigma, order)), 3)
    assert series.is_exact
    plain = PLAIN[name]
    with mpmath.workdps(40):
        slope = (lambda z: mpmath.diff(plain, z)) if order else plain
        for j, value in enumerate(series.local):

            def rest(z: mpmath.mpf, j: int = j) -> mpmath.mpf:
                return (slope(z) ** 2 - tail(name, order, z)) * z ** (2 * j)

            expected = mpmath.quad(rest, [-70, -30, -12, -4, -1, 0]) + mpmath.quad(rest, [0, 1, 4, 12, 30, 70])
            assert abs(expected - mpmath.mpmathify(sympy.N(value, 30))) < mpmath.mpf(10) ** -15 * (1 + abs(expected))


def tail(name: str, order: int, z: mpmath.mpf) -> mpmath.mpf:
    """The square of what σ or σ' tends to, written down for each."""
    if name in ("tanh", "sigmoid"):
        return mpmath.mpf(order == 0 and (name == "tanh" or z > 0))
    if z < 0 and name != "mixed":
        return mpmath.mpf(name == "elu" and order == 0)
    return mpmath.mpf(1) if order else z * z


def test_known_coefficients_at_large_kernels() -> None:
    """⟨tanh²⟩ = 1 − √(2/(πK)) + …, ⟨softplus²⟩ = K/2 + 2ζ(3)/√(2πK) + …, ∫ sech² z² = π²/6."""
    kernel = sympy.Symbol("K", positive=True)
    tanh, softplus = lookup("tanh"), lookup("softplus")
    series = large_kernel_series(moment((tanh, 0), (tanh, 0)), 2)
    assert series.local == (-2, -(sympy.pi**2) / 6)
    assert sympy.simplify(series.expression(kernel).coeff(1 / sympy.sqrt(kernel)) + sympy.sqrt(2 / sympy.pi)) == 0
    assert large_kernel_series(moment((softplus, 0), (softplus, 0)), 1).local == (2 * sympy.zeta(3),)


def test_a_moment_without_exact_value_says_so() -> None:
    softplus = lookup("softplus")
    assert not large_kernel_series(moment(*[(softplus, 0)] * 4), 1).is_exact
    assert not large_kernel_series(moment((lookup("erf"), 0), (lookup("tanh"), 0)), 1).is_exact


def test_no_large_kernel_series_for_oscillation_and_power_laws() -> None:
    for sigma in (lookup("sin"), lookup("arctan"), from_formula("root", sympy.sqrt(1 + Z**2))):
        assert isinstance(sigma, Activation)
        with pytest.raises(ExpectationError, match="tails"):
            large_kernel_series(moment((sigma, 0), (sigma, 0)))
