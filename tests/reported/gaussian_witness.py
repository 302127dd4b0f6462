"""Means over one Gaussian by the trapezoid rule, and the flow of G and V they give: a witness for digits.

For analytic integrands the rule errs by about exp(−2π²δ²/h²/…), δ the distance to the nearest pole in standard
deviations: far below 10⁻¹⁰⁰ at small kernels, checked by halving h at large ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath

Function = Callable[[Any], Any]


def mean(f: Function, variance: Any, step: int = 16, reach: int = 16) -> Any:
    """⟨f⟩ with nodes u = k/step, |u| <= reach, in standard deviations."""
    deviation = mpmath.sqrt(variance)
    nodes = [mpmath.mpf(k) / step for k in range(-reach * step, reach * step + 1)]
    total = mpmath.fsum(mpmath.exp(-u * u / 2) * f(deviation * u) for u in nodes)
    return total / step / mpmath.sqrt(2 * mpmath.pi)


def flow(
    f: Function, slope: Function, bend: Function, bias: Any, weight: Any, depth: int, step: int = 16
) -> list[tuple[Any, Any]]:
    """(K, V) after layers 1 ... depth at one input with x.x/n = 1, C_b and C_W given (V at leading order):

    K' = C_b + C_W ⟨σ²⟩,  V' = C_W² (⟨σ⁴⟩ − ⟨σ²⟩²) + (C_W ⟨σ'² + σσ''⟩)² V.
    """
    kernel, vertex = mpmath.mpf(0) + bias + weight, mpmath.mpf(0)
    found = [(kernel, vertex)]
    for _ in range(depth - 1):
        square = mean(lambda z: f(z) ** 2, kernel, step)
        centred = mean(lambda z, square=square: (f(z) ** 2 - square) ** 2, kernel, step)  # type: ignore[misc]
        chi = weight * mean(lambda z: slope(z) ** 2 + f(z) * bend(z), kernel, step)
        kernel, vertex = bias + weight * square, weight**2 * centred + chi**2 * vertex
        found.append((kernel, vertex))
    return found


def agree(text: str, expected: Any, digits: int) -> bool:
    """Whether a printed number has so many digits, all of them right (the last within one)."""
    written = text.lower().split("e")[0].lstrip("-").replace(".", "").lstrip("0")
    with mpmath.workdps(digits + 20):
        return len(written) == digits and abs(mpmath.mpf(text) - expected) <= abs(expected) * mpmath.mpf(10) ** (
            1 - digits
        )
