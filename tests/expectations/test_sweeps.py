"""float64 sweeps against enclosures, singular covariances included, and their refusals."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy

from ptheory.activations import Z, from_formula, lookup
from ptheory.expectations import (
    ExpectationError,
    NotPositiveSemidefinite,
    evaluate,
    large_kernel_series,
    moment,
    sweep,
)


@pytest.mark.parametrize(
    "name", ["relu", "relu2", "gelu", "erf", "sin", "elu", "hard_tanh", "tanh", "swish", "softsign"]
)
@pytest.mark.parametrize("orders", [((0, 0), (0, 1)), ((1, 0), (1, 1)), ((0, 0), (0, 0)), ((0, 0), (2, 0))])
def test_sweep_agrees_with_enclosures(name: str, orders: tuple[tuple[int, int], ...]) -> None:
    sigma = lookup(name)
    target = moment(*((sigma, m, v) for m, v in orders))
    matrices = np.random.default_rng(5).normal(size=(4, 2, 2))
    stack = matrices @ np.swapaxes(matrices, 1, 2)
    for found, matrix in zip(sweep(target, stack), stack, strict=True):
        expected = float(evaluate(target, matrix, 14))
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-11)


def test_singular_covariances_are_limits() -> None:
    stack = np.array([[[1.0, 1.0], [1.0, 1.0]], [[1.0, -1.0], [-1.0, 1.0]], [[2.0, 0.0], [0.0, 0.0]], np.zeros((2, 2))])
    for name in ("relu", "gelu", "erf", "tanh"):
        sigma = lookup(name)
        target = moment((sigma, 0, 0), (sigma, 0, 1))
        expected = [float(evaluate(target, matrix, 14)) for matrix in stack]
        assert np.allclose(sweep(target, stack), expected, atol=1e-11)


def test_bad_stacks() -> None:
    relu = lookup("relu")
    pair = moment((relu, 0, 0), (relu, 0, 1))
    with pytest.raises(NotPositiveSemidefinite, match="covariance 1"):
        sweep(pair, [np.eye(2), [[1, 2], [2, 1]]])
    with pytest.raises(ExpectationError, match="shape"):
        sweep(pair, np.ones(3))
    with pytest.raises(ExpectationError, match="finite"):
        sweep(pair, [[[1, np.nan], [np.nan, 1]]])


@pytest.mark.parametrize("formula", [sympy.tanh(20 * Z), 1 / (1 + 100 * Z**2), sympy.Max(0, Z) * sympy.tanh(3 * Z)])
@pytest.mark.parametrize("matrix", [[[1, 0.5], [0.5, 1]], [[4, 3.96875], [3.96875, 4]], [[4, -2], [-2, 2]]])
def test_narrow_features_are_resolved(formula: sympy.Expr, matrix: list[list[float]]) -> None:
    sigma = from_formula("narrow", formula)
    pair = moment((sigma, 0, 0), (sigma, 0, 1))
    assert sweep(pair, [matrix])[0] == pytest.approx(float(evaluate(pair, matrix, 10)), rel=2e-10)


@pytest.mark.parametrize("name", ["swish", "tanh", "sigmoid", "gelu"])
@pytest.mark.parametrize("orders", [(0, 0), (1, 1), (0, 2)])
def test_kernels_so_large_that_exponentials_overflow(name: str, orders: tuple[int, int]) -> None:
    sigma = lookup(name)
    target = moment(*((sigma, m) for m in orders))
    kernels = [1e4, 1e6, 1e8]
    series = large_kernel_series(target, 4)
    expected = [float(series.at(mpmath.mpf(k))) for k in kernels]
    assert sweep(target, kernels) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("orders", [((0, 0), (0, 1)), ((1, 0), (1, 1)), ((0, 0), (0, 0))])
@pytest.mark.parametrize("formula", [sympy.Max(0, Z) * sympy.sin(Z), sympy.Max(0, Z) + sympy.sin(2 * Z) * Z])
def test_a_sine_times_a_step(formula: sympy.Expr, orders: tuple[tuple[int, int], ...]) -> None:
    """The closed form then has normal distributions of complex arguments, which float64 does not have."""
    sigma = from_formula("wave", formula)
    target = moment(*((sigma, m, v) for m, v in orders))
    matrix = [[1.25, 0.5], [0.5, 0.75]]
    assert sweep(target, [matrix])[0] == pytest.approx(float(evaluate(target, matrix, 14)), rel=1e-9)


@pytest.mark.parametrize("name", ["erf", "sin", "elu", "gelu", "gaussian", "relu"])
@pytest.mark.parametrize("size", [1e-6, 1e-12, 1e-20])
def test_small_kernels_keep_their_digits(name: str, size: float) -> None:
    """Closed forms cancel there in float64: (1 − exp(−2K))/2 is 0 at K = 10^−20."""
    sigma = lookup(name)
    roots = np.random.default_rng(3).normal(size=(12, 2, 2))
    stack = size * (roots @ np.swapaxes(roots, 1, 2))
    pair = moment((sigma, 0, 0), (sigma, 0, 1))
    for k, value in enumerate(sweep(pair, stack)):
        expected = evaluate(pair, stack[k], 60).as_mpf()
        assert abs(value - expected) < 1e-9 * abs(expected)
