"""mpmath numbers to extended floats (64 bits where the machine has them) and back, whole arrays at a time."""

from __future__ import annotations

from collections.abc import Sequence

import mpmath
import numpy as np
from mpmath.libmp import mpf_pos

BITS = 64
LEAST = mpmath.mpf(10) ** -4900


def extended(numbers: Sequence[mpmath.mpf]) -> np.ndarray:
    """Rounded to the nearest; what is below the least positive extended float is zero."""
    rounded = [mpf_pos(number._mpf_ if abs(number) > LEAST else mpmath.mp.zero._mpf_, BITS, "n") for number in numbers]
    signs, mantissas, exponents, _ = zip(*rounded, strict=True)
    magnitudes = np.array([int(mantissa) for mantissa in mantissas], dtype=np.uint64).astype(np.longdouble)
    magnitudes = np.ldexp(magnitudes, np.array(exponents, dtype=np.int32))
    return np.where(np.array(signs, dtype=bool), -magnitudes, magnitudes)


def multiprecision(value: np.longdouble) -> mpmath.mpf:
    """The same number in mpmath."""
    high = float(value)
    return mpmath.mpf(high) + mpmath.mpf(float(value - np.longdouble(high)))
