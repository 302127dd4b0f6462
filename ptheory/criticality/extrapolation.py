"""Exponent and amplitude of a sequence in the layer, from its values alone.

A sequence x(l) ~ a l^p (log l)^q has corrections in 1/l and log l; with them as a basis, as many values as unknowns, at
layers that double, give a and p. The same from half the depth says how far they are trusted: an estimate, not a bound.
Where layers of several kinds follow one another, each kind has corrections of its own: layers of one are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log, log2, log10

import numpy as np

SMALLEST_DEPTH = 2000  # the first layer used is this one over 2^6: logarithms have to be slow there


@dataclass(frozen=True)
class Extrapolated:
    """``error``: how much the value moved when the depth was doubled."""

    value: float
    error: float

    def shown(self, most: int) -> str:
        """The value with the digits that the error leaves, one at least and ``most`` at most."""
        size, error = abs(self.value), max(self.error, 10.0**-300)
        settled = floor(log10(size / error)) if size > error else 1
        return f"{self.value:.{max(1, min(settled, most))}g}"

    def shown_in_places(self, most: int) -> str:
        """The same with as many places after the point as the error leaves, ``most`` at most."""
        settled = floor(-log10(max(self.error, 10.0**-300)))
        return f"{self.value:.{max(0, min(settled, most))}f}"


def amplitude_of(values: Sequence[float], power: float, log_power: int, period: int = 1) -> Extrapolated:
    """a of x(l) = a l^power (log l)^log_power + ..., from the values in layers 1, 2, ...; of those that ``period``
    divides."""
    basis = [_power_of_log(j, 0) for j in range(log_power, -1, -1)]
    basis += [_power_of_log(j, 1) for j in range(log_power + 1, -1, -1)]
    basis += [_power_of_log(j, 2) for j in range(2, -1, -1)] if not log_power else []
    return _twice(lambda layer: values[layer - 1] / layer**power, basis, len(values), period)


def exponent_of(values: Sequence[float], log_power: int, period: int = 1) -> Extrapolated:
    """p of x(l) ~ a l^p (log l)^log_power, from how much x grows when the layer doubles."""

    def slope(layer: int) -> float:
        half = _of_one_kind(layer // 2, period)
        after, before = (values[k - 1] / log(k) ** log_power for k in (layer, half))
        return log2(abs(after / before)) / log2(layer / half)

    basis = [_power_of_log(0, 0), _power_of_log(1, 1), _power_of_log(0, 1), _power_of_log(1, 2), _power_of_log(0, 2)]
    return _twice(slope, basis, len(values), period)


def _power_of_log(logs: int, inverse: int) -> Callable[[float], float]:
    return lambda layer: log(layer) ** logs / layer**inverse


def _of_one_kind(layer: int, period: int) -> int:
    """The last layer up to this one that the period divides; the first of them where there is none."""
    return max(layer // period, 1) * period


def _twice(
    sequence: Callable[[int], float], basis: Sequence[Callable[[float], float]], depth: int, period: int
) -> Extrapolated:
    found = [_leading(sequence, basis, deepest, period) for deepest in (depth, depth // 2)]
    return Extrapolated(found[0], abs(found[0] - found[1]))


def _leading(
    sequence: Callable[[int], float], basis: Sequence[Callable[[float], float]], deepest: int, period: int
) -> float:
    layers = [_of_one_kind(deepest // 2**k, period) for k in range(len(basis))]
    matrix = np.array([[function(layer) for function in basis] for layer in layers])
    scale = np.max(np.abs(matrix), axis=0)
    solution = np.linalg.solve(matrix / scale, np.array([sequence(layer) for layer in layers])) / scale
    return float(solution[0])
