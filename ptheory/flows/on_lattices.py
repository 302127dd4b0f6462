"""Numbers of a flow in float64: the whole flow on one lattice, and again on a finer one, which says what is right.

Every average is a sum over a lattice (``expectations/lattice_means.py``); what is exact stays exact. Two flows on
different lattices differ by what the coarser one is wrong by, carried through all layers. The coarser averages are
moved by what rounding may have done to them besides, so that where it is amplified the flows differ too. Both flows are
one walk through the layers, of twins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import frexp, isqrt

import mpmath

from ptheory.algebra.real import Real
from ptheory.expectations import Moment
from ptheory.expectations.lattice_means import Lattice, LatticeRule, NotOnLattice
from ptheory.flows.moment_values import Average, Matrix
from ptheory.flows.significant_digits import Known, Place
from ptheory.flows.twins import Twin, both

MOST_DIGITS = 8  # that two lattices are asked for
MOST_AGREEMENT = 13
RULES = (
    LatticeRule((1 / 12, 0.18, 0.30, 0.44), 7.8),
    LatticeRule((1 / 16, 0.14, 0.23, 0.37), 8.3),
    LatticeRule((1 / 40, 0.07, 0.16, 0.33), 8.8),
)
MOVED, ROUNDING = 1e-14, 8e-16  # shares of an average, and of the mean of the absolute value
SIDE = 8  # the bit of an average that says which way it is moved
MOST_KEPT = 1 << 28  # bytes of the lattices of one rule


class LatticesOf:
    """The lattices of one rule, one for every covariance."""

    def __init__(self, rule: LatticeRule) -> None:
        self._rule = rule
        self._lattices: dict[tuple[float, ...], Lattice] = {}

    def lattice(self, entries: Sequence[Real]) -> Lattice:
        """The one of a covariance, row by row. Raises NotOnLattice."""
        key = tuple(map(float, entries))
        if key not in self._lattices:
            self._make_room()
            size = isqrt(len(key))
            self._lattices[key] = Lattice([key[k * size : (k + 1) * size] for k in range(size)], self._rule)
        return self._lattices[key]

    def _make_room(self) -> None:
        """Drop the oldest lattices: flows go up layer by layer and do not ask for them again."""
        kept = sum(lattice.held for lattice in self._lattices.values())
        for key in list(self._lattices):
            if kept <= MOST_KEPT:
                return
            kept -= self._lattices.pop(key).held


class TwinAverages:
    """Averages as twins, by the lattices of two rules."""

    def __init__(self, coarse: LatticeRule, fine: LatticeRule) -> None:
        self._coarse, self._fine = LatticesOf(coarse), LatticesOf(fine)

    def __call__(self, moment: Moment, matrix: Matrix) -> Real:
        """⟨moment⟩ at a covariance of twins, the coarser value moved by its rounding. Raises NotOnLattice."""
        pairs = [both(entry) for row in matrix for entry in row]
        coarse, fine = (of.lattice([p[k] for p in pairs]) for k, of in enumerate((self._coarse, self._fine)))
        found = coarse.mean(moment)
        mantissa, _ = frexp(found)
        side = 1 if int(mantissa * 2**53) & SIDE else -1
        moved = found + side * (MOVED * abs(found) + ROUNDING * coarse.size(moment))
        return Twin(mpmath.mpf(moved), mpmath.mpf(fine.mean(moment)))


def known_on_lattices(run: Callable[[Average], Mapping[Place, Real]], digits: int) -> dict[Place, Known] | None:
    """``run(averages)`` where two lattices agree to ``digits`` digits of every number; None where none do.

    A number next to where its last digit is rounded up or down has fewer digits that are certain.
    """
    for coarse, fine in pairwise(RULES):
        try:
            numbers = run(TwinAverages(coarse, fine))
        except NotOnLattice:
            return None
        if fewest_agreeing(numbers) >= digits:
            return {place: _known(number, digits) for place, number in numbers.items()}
    return None


def fewest_agreeing(numbers: Mapping[Place, Real]) -> int:
    """The digits to which the two of every twin agree at least."""
    return min((_agreeing(number) for number in numbers.values()), default=MOST_AGREEMENT)


def _agreeing(number: Real) -> int:
    if isinstance(number, (int, Fraction)):
        return MOST_AGREEMENT
    size, error = abs(both(number)[1]), _error(number)
    return max(0, int(mpmath.floor(mpmath.log10(size / error)))) if size else 0


def _error(number: Real) -> Real:
    coarse, fine = both(number)
    return max(abs(fine - coarse), abs(fine) * mpmath.mpf(10) ** -MOST_AGREEMENT)


def _known(number: Real, digits: int) -> Known:
    """The finer number with the digits, ``digits`` at most, that are the same at both ends of its error."""
    if isinstance(number, (int, Fraction)):
        return Known(number, None)
    fine, error = both(number)[1], _error(number)
    while digits and mpmath.nstr(fine - error, digits) != mpmath.nstr(fine + error, digits):
        digits -= 1
    return Known(fine, digits, error)
