"""mpmath numbers to extended floats (64 bits where the machine has them) and back, whole arrays at a time."""

from __future__ import annotations

from collections.abc import Sequence

import mpmath
import numpy as np
from mpmath.libmp import mpf_pos

BITS = 64
FURTHEST = 2**15  # a binary exponent no extended float has


def extended(numbers: Sequence[mpmath.mpf], exponent: int = 0) -> np.ndarray:
    """numbers/2^exponent rounded to the nearest; what is below the least positive extended float is zero."""
    signs, mantissas, places, _ = zip(*(mpf_pos(number._mpf_, BITS, "n") for number in numbers), strict=True)
    magnitudes = np.array([int(mantissa) for mantissa in mantissas], dtype=np.uint64).astype(np.longdouble)
    shifts = [max(-FURTHEST, min(FURTHEST, place - exponent)) for place in places]
    magnitudes = np.ldexp(magnitudes, np.array(shifts, dtype=np.int32))
    return np.where(np.array(signs, dtype=bool), -magnitudes, magnitudes)


def binary_order(numbers: Sequence[mpmath.mpf]) -> int:
    """The k with 2^(k−1) <= max |number| < 2^k; 0 where all are zero."""
    return max((place + bits for _, mantissa, place, bits in (n._mpf_ for n in numbers) if mantissa), default=0)


def multiprecision(value: np.longdouble) -> mpmath.mpf:
    """The same number in mpmath."""
    high = float(value)
    return mpmath.mpf(high) + mpmath.mpf(float(value - np.longdouble(high)))
