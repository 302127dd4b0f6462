"""What a law of parameters has to say of itself."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Law(Protocol):
    """Independent entries W_ij, even about zero, of variance C_W/n: rows, and entries within a row, are independent.

    The joint cumulant of m entries identifies all their indices,

        kappa(W_i1j1, ..., W_imjm) = cumulant(m) (C_W/n)^(m/2)  if all i are equal and all j are, else 0,

    so that m weighted sums at one neuron have the cumulant cumulant(m) (C_W/n)^(m/2) sum_j phi_j ... phi_j, which is of
    order n^-(m/2 - 1).
    """

    @property
    def name(self) -> str:
        """What follows ``~`` in a derivation file."""

    @property
    def is_gaussian(self) -> bool:
        """No cumulant beyond the second: the neurons of a layer are Gaussian given the layers below."""

    def cumulant(self, order: int) -> Fraction:
        """The cumulant of an even order of one entry at variance one; cumulant(2) = 1."""

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Independent entries of variance one."""
