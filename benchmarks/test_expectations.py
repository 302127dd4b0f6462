"""Digits against time for Gaussian expectations, sweeps, and the kernel recursion of deep networks for two inputs.

Run with ``pytest benchmarks/test_expectations.py``; nothing is asserted about time.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from ptheory.activations import lookup
from ptheory.expectations import (
    certified_kernel_recursion,
    closed_form,
    covariance_symbol,
    estimated_kernel_recursion,
    evaluate,
    kernel_recursion,
    moment,
    sweep,
)

K4 = [[Fraction(i == j) + Fraction(1, 3 + i + j) for j in range(4)] for i in range(4)]
DEPTH = 1000


CASES = [(name, inputs, digits) for name in ("relu", "erf", "gelu") for inputs in (1, 2, 4) for digits in (10, 30, 60)]
CASES += [(name, inputs, digits) for name in ("tanh", "swish") for inputs in (1, 2) for digits in (10, 30)]
CASES += [("swish", 3, 10), ("swish", 4, 6), ("elu", 2, 30), ("elu", 3, 10), ("elu", 4, 6)]


@pytest.mark.parametrize(("name", "inputs", "digits"), CASES)
def test_digits_against_time(benchmark: Any, name: str, inputs: int, digits: int) -> None:
    sigma = lookup(name)
    factors = [(sigma, 0, a) for a in range(inputs)] if inputs > 1 else [(sigma, 0, 0), (sigma, 0, 0)]
    value = benchmark(evaluate, moment(*factors), K4, digits)
    assert value.kind in ("bound", "exact")


@pytest.mark.parametrize("name", ["relu", "gelu", "erf", "elu", "tanh"])
def test_sweep_of_ten_thousand_kernels(benchmark: Any, name: str) -> None:
    sigma = lookup(name)
    matrices = np.random.default_rng(1).normal(size=(10_000, 2, 2))
    stack = matrices @ np.swapaxes(matrices, 1, 2)
    result = benchmark(sweep, moment((sigma, 0, 0), (sigma, 0, 1)), stack)
    assert np.isfinite(result).all()


INPUTS = [[1, Fraction(3, 10)], [Fraction(3, 10), Fraction(4, 5)]]
HYPERPARAMETERS = {"relu": (0, 2), "erf": (Fraction(1, 10), Fraction(3, 2)), "gelu": (0, Fraction(19, 10))}


@pytest.mark.parametrize("name", list(HYPERPARAMETERS))
def test_thousand_layers_in_double(benchmark: Any, name: str) -> None:
    layers = benchmark(kernel_recursion, lookup(name), INPUTS, *HYPERPARAMETERS[name], DEPTH)
    assert np.isfinite(layers).all()


@pytest.mark.parametrize("name", list(HYPERPARAMETERS))
def test_thousand_layers_at_fifty_digits(benchmark: Any, name: str) -> None:
    layers = benchmark(estimated_kernel_recursion, lookup(name), INPUTS, *HYPERPARAMETERS[name], DEPTH, 50)
    assert len(layers) == DEPTH + 1


@pytest.mark.parametrize("name", list(HYPERPARAMETERS))
def test_thousand_certified_layers(benchmark: Any, name: str) -> None:
    arguments = (lookup(name), INPUTS, *HYPERPARAMETERS[name], DEPTH, 50)
    layers = benchmark.pedantic(certified_kernel_recursion, arguments, rounds=3)
    assert layers[-1][0][1].kind == "bound"


def test_deriving_a_closed_form(benchmark: Any) -> None:
    gelu = lookup("gelu")

    def derive() -> object:
        closed_form.cache_clear()
        return closed_form(moment((gelu, 1, 0), (gelu, 1, 1)))

    form = benchmark(derive)
    assert form is not None and form.expression.has(covariance_symbol(0, 1))
