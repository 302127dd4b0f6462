"""Layer by layer: float64 against digits, digits against enclosures, and all against the recursion written down."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from ptheory.activations import lookup
from ptheory.expectations import (
    ExpectationError,
    NotPositiveSemidefinite,
    PrecisionNotMet,
    certified_kernel_recursion,
    estimated_kernel_recursion,
    evaluate,
    kernel_recursion,
    moment,
)

KERNEL = [[1, Fraction(3, 10)], [Fraction(3, 10), Fraction(4, 5)]]


def arc_cosine(a: Any, b: Any, c: Any) -> Any:
    root = mpmath.sqrt(a * c)
    angle = mpmath.acos(b / root)
    return root * (mpmath.sin(angle) + (mpmath.pi - angle) * mpmath.cos(angle)) / (2 * mpmath.pi)


PLAIN: dict[str, Callable[[Any, Any, Any], Any]] = {
    "relu": arc_cosine,
    "erf": lambda a, b, c: 2 / mpmath.pi * mpmath.asin(2 * b / mpmath.sqrt((1 + 2 * a) * (1 + 2 * c))),
    "sin": lambda a, b, c: mpmath.exp(-(a + c) / 2) * mpmath.sinh(b),
    "step": lambda a, b, c: (mpmath.pi - mpmath.acos(b / mpmath.sqrt(a * c))) / (2 * mpmath.pi),
}


@pytest.mark.parametrize("name", list(PLAIN))
@pytest.mark.parametrize("depth", [0, 1, 40, 400])
def test_against_the_recursion_in_mpmath(name: str, depth: int) -> None:
    bias, weight = Fraction(1, 10), Fraction(7, 5)
    with mpmath.workdps(60):
        state = [mpmath.mpf(x.numerator) / x.denominator for x in map(Fraction, (1, Fraction(3, 10), Fraction(4, 5)))]
        for _ in range(depth):
            a, b, c = state
            state = [mpmath.mpf(1) / 10 + PLAIN[name](*x) * 7 / 5 for x in ((a, a, a), (a, b, c), (c, c, c))]
        quick = kernel_recursion(lookup(name), KERNEL, bias, weight, depth)
        digits = estimated_kernel_recursion(lookup(name), KERNEL, bias, weight, depth, 50)
        certain = certified_kernel_recursion(lookup(name), KERNEL, bias, weight, depth, 40)
        assert quick.shape == (depth + 1, 2, 2) and len(digits) == len(certain) == depth + 1
        for (a, b), expected in zip(((0, 0), (0, 1), (1, 1)), state, strict=True):
            assert abs(quick[-1, a, b] - expected) < 1e-12
            assert abs(digits[-1][a][b] - expected) < mpmath.mpf(10) ** -46
            assert abs(certain[-1][a][b].value - expected) <= certain[-1][a][b].radius + mpmath.mpf(10) ** -55
            assert certain[-1][b][a].kind == "bound"


@pytest.mark.parametrize("name", ["gelu", "elu", "tanh", "hard_tanh"])
def test_three_inputs_layer_by_layer(name: str) -> None:
    """Every entry against the enclosure of its own expectation, closed form or not."""
    sigma = lookup(name)
    kernel = [[1, Fraction(1, 2), Fraction(-1, 3)], [Fraction(1, 2), 2, 0], [Fraction(-1, 3), 0, Fraction(1, 2)]]
    layers = kernel_recursion(sigma, kernel, Fraction(1, 10), 2, 2)
    for a in range(3):
        for b in range(3):
            last = layers[1]
            if a == b:
                value = float(evaluate(moment((sigma, 0), (sigma, 0)), last[a, a], 14))
            else:
                pair = [[last[a, a], last[a, b]], [last[a, b], last[b, b]]]
                value = float(evaluate(moment((sigma, 0, 0), (sigma, 0, 1)), pair, 14))
            assert abs(layers[2][a, b] - 0.1 - 2 * value) < 1e-11


@pytest.mark.parametrize(
    ("kernel", "cross"),
    [([[1, 1], [1, 1]], 1.0), ([[1, -1], [-1, 1]], 0.0), ([[0, 0], [0, 1]], 0.0), ([[0, 0], [0, 0]], 0.0)],
)
def test_equal_opposite_and_zero_inputs(kernel: list[list[int]], cross: float) -> None:
    relu = lookup("relu")
    layers = kernel_recursion(relu, kernel, 0, 2, 1)
    assert layers[1, 0, 1] == pytest.approx(cross, abs=1e-15)
    assert float(estimated_kernel_recursion(relu, kernel, 0, 2, 1, 30)[1][0][1]) == pytest.approx(cross, abs=1e-30)
    assert np.isfinite(kernel_recursion(relu, kernel, 0, 2, 50)).all()


def test_what_cannot_be_done_is_refused() -> None:
    relu, exponential = lookup("relu"), lookup("exp")
    with pytest.raises(NotPositiveSemidefinite):
        kernel_recursion(relu, [[1, 2], [2, 1]], 0, 2, 3)
    with pytest.raises(ExpectationError, match="negative"):
        kernel_recursion(relu, 1, -1, 2, 3)
    with pytest.raises(ExpectationError, match="depth"):
        kernel_recursion(relu, 1, 0, 2, -3)
    with pytest.raises(PrecisionNotMet, match="float64"):
        kernel_recursion(exponential, 1, 1, 2, 50)
    for slowly in (estimated_kernel_recursion, certified_kernel_recursion):
        with pytest.raises(PrecisionNotMet, match="beyond all bounds"):
            slowly(exponential, 1, 1, 2, 50, 30)
    with pytest.raises(PrecisionNotMet, match="closed form"):
        certified_kernel_recursion(lookup("tanh"), 1, 0, 1, 3, 20)
    with pytest.raises(PrecisionNotMet, match="variance is zero"):
        certified_kernel_recursion(relu, [[0, 0], [0, 1]], 0, 2, 3, 20)


def test_cancellation_in_float64_is_noticed() -> None:
    """⟨sin²⟩ = (1 − exp(−2K))/2 is 0 in float64 at K = 10^−20; an entry that is 0 by symmetry is no cancellation."""
    sine, tiny = lookup("sin"), Fraction(1, 10**20)
    with pytest.raises(PrecisionNotMet, match="cancellation"):
        kernel_recursion(sine, [[tiny, 0], [0, tiny]], 0, 1, 2)
    value = estimated_kernel_recursion(sine, [[tiny, 0], [0, tiny]], 0, 1, 2, 50)[-1][0][0]
    assert abs(value / mpmath.mpf(10) ** -20 - 1) < 1e-15
    assert kernel_recursion(sine, [[1, 0], [0, 1]], 0, 1, 2)[-1, 0, 1] == 0


def test_layers_beyond_the_range_of_float64() -> None:
    leaky, start = lookup("leaky_relu"), [[1, Fraction(1, 2)], [Fraction(1, 2), 1]]
    with pytest.raises(PrecisionNotMet, match="float64"):
        kernel_recursion(leaky, start, 0, 1, 3000)
    last = estimated_kernel_recursion(leaky, start, 0, 1, 3000, 30)[-1]
    with mpmath.workdps(30):
        expected = (mpmath.mpf(10001) / 20000) ** 3000
        assert abs(last[0][0] / expected - 1) < mpmath.mpf(10) ** -27
