"""float64 arrays: the error function to machine precision, which numpy lacks."""

from __future__ import annotations

from math import erf

import numpy as np

_vectorised = np.frompyfunc(erf, 1, 1)


def error_function(x: np.ndarray | float) -> np.ndarray:
    """erf elementwise."""
    return np.asarray(_vectorised(x), dtype=float)
