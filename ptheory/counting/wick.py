"""Wick's theorem for distinct legs: all (2m-1)!! pairings, materialised.

Gaussian variables of zero mean have

    E[x_1 ... x_2m] = sum over pairings of prod over pairs K[i,j].

Repeated variables are counted, not enumerated: see ``gaussian_moments``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ptheory.algebra.polynomial import Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.counting.gaussian_moments import moment_expansion

T = TypeVar("T")
Contractions = npt.NDArray[np.uint8]

MOST_CONTRACTED_LEGS = 18  # 17!! = 34,459,425 pairings, 0.6 GB; two legs more would take 13 GB


class TooManyContractions(Refusal):
    """More pairings than fit in memory; ``terms`` is their number."""

    def __init__(self, legs: int) -> None:
        self.terms = number_of_contractions(legs)
        super().__init__(
            f"{legs} distinct legs have {self.terms} pairings; up to {MOST_CONTRACTED_LEGS} legs are written out, "
            "repeated legs are counted (moment_expansion) and numbers need no pairings (gaussian_moment)"
        )


def number_of_contractions(legs: int) -> int:
    """(legs - 1)!! for an even number of legs, 0 for an odd one."""
    if legs % 2:
        return 0
    count = 1
    for k in range(1, legs, 2):
        count *= k
    return count


def wick_contractions(legs: int) -> Contractions:
    """Every pairing of legs 0 ... legs-1 as a row: pairs side by side, the smaller leg first, pairs ordered by it.

    Shape ((legs-1)!!, legs), one byte an entry, stored by columns. No row for an odd number of legs; one empty row for
    none. Raises TooManyContractions beyond MOST_CONTRACTED_LEGS.
    """
    if legs % 2 == 0 and legs > MOST_CONTRACTED_LEGS:
        raise TooManyContractions(legs)
    return _columns(legs).T


def _columns(legs: int) -> Contractions:
    """Leg 0 pairs with k = 1, 2, ...; the pairings of two legs fewer, relabelled to step over 0 and k, follow."""
    if legs % 2:
        return np.empty((legs, 0), dtype=np.uint8)
    columns = np.empty((0, 1), dtype=np.uint8)
    for size in range(2, legs + 1, 2):
        shifted = columns + np.uint8(1)
        block = columns.shape[1]
        grown = np.empty((size, block * (size - 1)), dtype=np.uint8)
        grown[0] = 0
        for partner in range(1, size):
            part = slice((partner - 1) * block, partner * block)
            grown[1, part] = partner
            np.add(shifted, shifted >= partner, out=grown[2:, part], casting="unsafe")
        columns = grown
    return columns


def contracted_pairs(contractions: Contractions, legs: int) -> npt.NDArray[np.uint8]:
    """Each pairing as the numbers of its covariances: pair (i, j), i < j, is number i legs - i(i+1)/2 + j - i - 1."""
    number = np.zeros((legs, legs), dtype=np.uint8)
    number[np.triu_indices(legs, k=1)] = np.arange(legs * (legs - 1) // 2)
    return number[contractions[:, 0::2], contractions[:, 1::2]]


def wick_expansion(legs: Sequence[T], covariance: Callable[[T, T], Any]) -> Polynomial:
    """E[prod legs] as a polynomial in the atoms ``covariance(a, b)``; equal legs are counted, each term appears once.

    ``covariance`` gets its arguments in order of first appearance and returns the atom that stands for K[a,b].
    """
    distinct = list(dict.fromkeys(legs))
    expansion = moment_expansion([legs.count(leg) for leg in distinct])
    return expansion.to_polynomial([covariance(distinct[i], distinct[j]) for i, j in expansion.generators])
