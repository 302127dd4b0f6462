"""Digits against time for Gaussian expectations, sweeps, and the kernel recursion of deep networks for two inputs.

Run with ``pytest benchmarks/test_expectations.py``; nothing is asserted about time.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from ptheory.activations import lookup
from ptheory.expectations import closed_form, covariance_symbol, evaluate, moment, sweep
from ptheory.expectations.balls import bits

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


def double_flow(name: str) -> np.ndarray:
    """Kernel recursion K' = C_b + C_W ⟨σσ⟩ of two inputs in float64, closed forms of the families."""
    k00, k01, k11 = 1.0, 0.3, 0.8
    for _ in range(DEPTH):
        if name == "relu":
            root = np.sqrt(k00 * k11)
            c = min(1.0, max(-1.0, k01 / root))
            cross = root * (np.sqrt(1 - c * c) + (np.pi - np.arccos(c)) * c) / np.pi
            k01 = cross
        else:
            scale, bias = 1.5, 0.1
            k00, k01, k11 = (
                bias + scale * 2 / np.pi * np.arcsin(2 * x / np.sqrt((1 + 2 * y) * (1 + 2 * z)))
                for x, y, z in ((k00, k00, k00), (k01, k00, k11), (k11, k11, k11))
            )
    return np.array([k00, k01, k11])


@pytest.mark.parametrize("name", ["relu", "erf"])
def test_thousand_layers_in_double(benchmark: Any, name: str) -> None:
    assert np.isfinite(benchmark(double_flow, name)).all()


def multiprecision_flow(name: str) -> arb:
    """The same at 50 digits, as an estimate: midpoints of balls, their radii dropped after every layer."""
    with bits(200):
        c, pi = arb(3) / 10, arb.pi()
        for _ in range(DEPTH):
            if name == "relu":
                c = ((1 - c * c).sqrt() + (pi - c.acos()) * c) / pi
            else:
                c = (2 * c / 3).asin() * 3 / (2 * pi) + arb(1) / 10
            c = arb(c.mid())
        return c


@pytest.mark.parametrize("name", ["relu", "erf"])
def test_thousand_layers_at_fifty_digits(benchmark: Any, name: str) -> None:
    assert benchmark(multiprecision_flow, name).is_finite()


def certified_flow(digits: int) -> arb:
    """The ReLU correlation map in balls: enclosures grow layer by layer, so precision is what certainty costs."""
    precision = 1024
    while True:
        with bits(precision):
            c = arb(3) / 10
            for _ in range(DEPTH):
                c = ((1 - c * c).sqrt() + (arb.pi() - c.acos()) * c) / arb.pi()
            if c.is_finite() and c.rad() < arb(10) ** (-digits):
                return c
        precision *= 2


def test_thousand_certified_layers(benchmark: Any) -> None:
    value = benchmark.pedantic(certified_flow, (50,), rounds=1)
    assert value.is_finite() and ctx.prec < 10**4


def test_deriving_a_closed_form(benchmark: Any) -> None:
    gelu = lookup("gelu")

    def derive() -> object:
        closed_form.cache_clear()
        return closed_form(moment((gelu, 1, 0), (gelu, 1, 1)))

    form = benchmark(derive)
    assert form is not None and form.expression.has(covariance_symbol(0, 1))
