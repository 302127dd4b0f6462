"""The zero-dimensional quartic action: Gaussian expectation of exp(-g φ⁴/4!), one field or N of them.

    Z(g) = ⟨exp(-g φ⁴/4!)⟩_K = sum_k (-g)^k / (4!^k k!) ⟨φ^(4k)⟩_K,       ⟨φ^(4k)⟩ = (4k-1)!! K^(2k),

and for N fields φ⁴ = (φ·φ)², ⟨(φ·φ)^(2k)⟩ = K^(2k) N(N+2)...(N+4k-2).
"""

from __future__ import annotations

from fractions import Fraction
from math import factorial

from ptheory.algebra.gaussian_numbers import double_factorial


def quartic_series(order: int) -> list[Fraction]:
    """Coefficients of (g K²)^k in ⟨exp(-g φ⁴/4!)⟩, k = 0 ... order."""
    return [
        Fraction((-1) ** k * double_factorial(4 * k - 1), factorial(4) ** k * factorial(k)) for k in range(order + 1)
    ]


def quartic_vector_series(order: int) -> list[list[Fraction]]:
    """Coefficients of (g K²)^k in ⟨exp(-g (φ·φ)²/4!)⟩, N fields: for each k a list over the powers 0 ... 2k of N."""
    series = []
    rising = [1]
    for k in range(order + 1):
        scale = (-1) ** k * factorial(4) ** k * factorial(k)
        series.append([Fraction(c, scale) for c in rising])
        for step in (4 * k, 4 * k + 2):  # rising *= N + step
            rising = [step * low + high for low, high in zip([*rising, 0], [0, *rising], strict=True)]
    return series
