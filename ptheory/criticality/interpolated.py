"""A function of the kernel by Chebyshev interpolation in log K, window by window, for recursions of many layers."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, isfinite, log

import numpy as np

from ptheory.expectations import ExpectationError, TimeExceeded

WIDTH = log(4.0)  # of a window in log K
DEGREE = 23
RESOLVED = 1e-12  # the last coefficients beside the largest: what averages in double precision are good to
HALVINGS = 4  # of a window that is not resolved, before the function itself is asked

_NODES = np.polynomial.chebyshev.chebpts1(DEGREE + 1)
_TO_COEFFICIENTS = np.linalg.inv(np.polynomial.chebyshev.chebvander(_NODES, DEGREE))


class OnWindows:
    """``function`` on arrays of K > 0, of one value or an array of them at each; a window is made where a kernel first
    falls into it.

    A window that is not resolved by DEGREE (a function that is not smooth there, or without values on part of it) is
    halved, and in the end the function itself is evaluated. TimeExceeded as it raises it.
    """

    def __init__(self, function: Callable[[np.ndarray], np.ndarray]) -> None:
        self._function = function
        self._windows: dict[tuple[int, int], np.ndarray | None] = {}
        self._listed: dict[tuple[int, int], list[float]] = {}

    def at(self, kernel: float) -> float:
        """A function of one value at one kernel."""
        place = log(kernel)
        for level in range(HALVINGS + 1):
            width = WIDTH / 2**level
            index = floor(place / width)
            coefficients = self._window(level, index)
            if coefficients is not None:
                listed = self._listed.setdefault((level, index), coefficients.tolist())
                return _clenshaw(listed, 2 * (place / width - index) - 1)
        return float(self._function(np.array([kernel]))[0])

    def on(self, kernels: np.ndarray) -> np.ndarray:
        """The function at every kernel of an array."""
        values: np.ndarray | None = None
        places = np.log(kernels)
        left = np.ones(len(kernels), dtype=bool)
        for level in range(HALVINGS + 1):
            width = WIDTH / 2**level
            indices = np.floor(places / width).astype(int)
            for index in np.unique(indices[left]):
                coefficients = self._window(level, int(index))
                if coefficients is not None:
                    here = left & (indices == index)
                    x = 2 * (places[here] / width - index) - 1
                    values = _put(values, here, np.polynomial.chebyshev.chebvander(x, DEGREE) @ coefficients)
                    left &= ~here
        if left.any():
            values = _put(values, left, self._function(kernels[left]))
        return np.empty(0) if values is None else values

    def _window(self, level: int, index: int) -> np.ndarray | None:
        if (level, index) not in self._windows:
            self._windows[level, index] = self._made(WIDTH / 2**level, index)
        return self._windows[level, index]

    def _made(self, width: float, index: int) -> np.ndarray | None:
        try:
            found = _TO_COEFFICIENTS @ self._function(np.exp(width * (index + (_NODES + 1) / 2)))
        except TimeExceeded:
            raise
        except ExpectationError:
            return None
        largest = float(np.max(np.abs(found)))
        if not isfinite(largest) or np.max(np.abs(found[-3:])) > RESOLVED * largest:
            return None
        return np.asarray(found)


def _put(values: np.ndarray | None, where: np.ndarray, found: np.ndarray) -> np.ndarray:
    """``found`` at the places of ``values``, which are made by its shape."""
    if values is None:
        values = np.empty((len(where), *found.shape[1:]))
    values[where] = found
    return values


def _clenshaw(coefficients: list[float], x: float) -> float:
    """The Chebyshev series at one place."""
    above, twice = 0.0, 2 * x
    here = 0.0
    for coefficient in reversed(coefficients[1:]):
        here, above = coefficient + twice * here - above, here
    return coefficients[0] + x * here - above
