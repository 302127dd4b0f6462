"""What a law of parameters has to say of itself."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Identified(NamedTuple):
    """``coefficient`` * n^-power where the entries of every block of ``columns`` share their second index, else 0."""

    columns: tuple[tuple[int, ...], ...]
    power: int
    coefficient: Fraction


class Law(Protocol):
    """Entries W_ij, even about zero, of variance C_W/n.

    Within a row they are independent: the joint cumulant of m entries identifies all their columns,

        kappa(W_ij1, ..., W_ijm) = cumulant(m) (C_W/n)^(m/2)  if all j are equal, else 0,

    so that m weighted sums at one neuron have the cumulant cumulant(m) (C_W/n)^(m/2) sum_j phi_j ... phi_j, which is of
    order n^-(m/2 - 1). Rows are independent, or ``across_rows`` says how they are not: then the moments of entries are
    those of rows that are independent given a random covariance, which has joint cumulants.
    """

    @property
    def name(self) -> str:
        """What follows ``~`` in a derivation file."""

    @property
    def is_gaussian(self) -> bool:
        """No cumulant beyond the second: the neurons of a layer are Gaussian given the layers below."""

    def cumulant(self, order: int) -> Fraction:
        """The cumulant of an even order of one entry at variance one; cumulant(2) = 1."""

    @property
    def rows_are_independent(self) -> bool:
        """Nothing joins the entries of different rows."""

    def across_rows(self, rows: tuple[int, ...], power: int) -> Iterable[Identified]:
        """The joint cumulant of as many products of entries as there are ``rows``, two or more: rows[0] entries of one

        row, rows[1] of another, ..., their positions 0, 1, ... counted through; (C_W/n)^(1/2) for every entry left out.
        Through n^-power. That of r products is of order n^-(r-1) or higher, as for fluctuations of Ĝ.
        """

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Independent entries of variance one."""


class IndependentRows:
    """What a law says that joins no rows."""

    rows_are_independent = True

    def across_rows(self, rows: tuple[int, ...], power: int) -> Iterable[Identified]:
        """None."""
        return ()
