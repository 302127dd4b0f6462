"""float64 sweeps against enclosures, singular covariances included, and their refusals."""

from __future__ import annotations

import numpy as np
import pytest

from ptheory.activations import lookup
from ptheory.expectations import ExpectationError, NotPositiveSemidefinite, evaluate, moment, sweep


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
