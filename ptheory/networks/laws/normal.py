"""Independent Gaussian parameters: ~ Normal(0, variance)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ptheory.networks.laws.law import IndependentRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Gaussian(IndependentRows):
    """See ``Law``."""

    name: str = "Normal"
    is_gaussian: bool = True

    def cumulant(self, order: int) -> Fraction:
        """One at order two, zero beyond."""
        return Fraction(order == 2)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Standard normal numbers."""
        return rng.standard_normal(shape)


NORMAL = Gaussian()
