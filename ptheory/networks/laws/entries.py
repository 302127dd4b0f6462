"""Independent entries that are not Gaussian: ~ Uniform(0, variance) and ~ Sign(0, variance), given by their moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import comb, sqrt
from typing import TYPE_CHECKING

from ptheory.networks.laws.law import IndependentRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Draw = Callable[[np.random.Generator, tuple[int, ...]], NDArray[np.float64]]


@dataclass(frozen=True)
class Entries(IndependentRows):
    """See ``Law``. ``moment``: E[w^m] of an entry of variance one, m even; odd ones are zero."""

    name: str
    moment: Callable[[int], Fraction]
    draw: Draw
    is_gaussian: bool = False

    def cumulant(self, order: int) -> Fraction:
        """kappa_m = E[w^m] - sum_(0<k<m) (m-1 choose k-1) kappa_k E[w^(m-k)], k even."""
        return _cumulant(self.moment, order)


@cache
def _cumulant(moment: Callable[[int], Fraction], order: int) -> Fraction:
    lower = (comb(order - 1, k - 1) * _cumulant(moment, k) * moment(order - k) for k in range(2, order, 2))
    return moment(order) - sum(lower, Fraction(0))


def _moment_of_uniform(order: int) -> Fraction:
    """Uniform on [-sqrt(3), sqrt(3)]: 3^(m/2) / (m + 1)."""
    return Fraction(3 ** (order // 2), order + 1)


def _moment_of_sign(order: int) -> Fraction:
    """+1 or -1, equally likely."""
    return Fraction(1)


def _draw_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return rng.uniform(-sqrt(3), sqrt(3), shape)


def _draw_signs(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return (2 * rng.integers(0, 2, shape) - 1).astype("float64")


UNIFORM = Entries("Uniform", _moment_of_uniform, _draw_uniform)
SIGN = Entries("Sign", _moment_of_sign, _draw_signs)
