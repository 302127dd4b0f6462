"""The zero-dimensional quartic action: Gaussian expectation of exp(-g φ⁴/4!), one field or N of them.

    Z(g) = ⟨exp(-g φ⁴/4!)⟩_K = sum_k (-g)^k / (4!^k k!) ⟨φ^(4k)⟩_K,       ⟨φ^(4k)⟩ = (4k-1)!! K^(2k),

and for N fields φ⁴ = (φ·φ)², ⟨(φ·φ)^(2k)⟩ = K^(2k) N(N+2)...(N+4k-2).
"""

from __future__ import annotations

from math import factorial

import numpy as np

from ptheory.counting.packed_sum import PackedSum, exponent_type

COUPLING = "g K^2"
COMPONENTS = "N"


def quartic_series(order: int) -> PackedSum:
    """⟨exp(-g φ⁴/4!)⟩ to the power ``order`` of g K², its only generator."""
    scale = _scale(order)
    numerators = [scale]
    for k in range(1, order + 1):
        scale = -scale * (4 * k - 1) * (4 * k - 3) // (24 * k)
        numerators.append(scale)
    exponents = np.arange(order + 1, dtype=exponent_type(order))[:, np.newaxis]
    return PackedSum((COUPLING,), exponents, numerators, _scale(order))


def quartic_vector_series(order: int) -> PackedSum:
    """⟨exp(-g (φ·φ)²/4!)⟩ of N fields to the power ``order`` of g K²; generators g K² and N."""
    scale = _scale(order)
    numerators = [scale]
    rising = [1]  # N (N+2) ... by powers of N, from N^1 on
    for k in range(1, order + 1):
        scale = -scale // (24 * k)
        for shift in (4 * k - 4, 4 * k - 2):
            if shift:
                rising = [shift * low + high for low, high in zip([*rising, 0], [0, *rising], strict=True)]
        numerators += [scale * c for c in rising]
    couplings = np.arange(order + 1)
    rows = np.maximum(2 * couplings, 1)  # N^1 ... N^2k, and the one at k = 0
    components = np.arange(len(numerators)) - (rows.cumsum() - rows).repeat(rows) + 1
    components[0] = 0
    exponents = np.stack([couplings.repeat(rows), components], axis=1).astype(exponent_type(2 * order))
    return PackedSum((COUPLING, COMPONENTS), exponents, numerators, _scale(order))


def _scale(order: int) -> int:
    """A denominator common to all coefficients, divisible step by step: 24^order order!."""
    return int(factorial(4) ** order * factorial(order))
