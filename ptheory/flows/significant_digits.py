"""How many digits of computed numbers are there: the same numbers at two working precisions.

Rounding errors grow in proportion to themselves: where numbers at r digits differ from those at w > r digits by a
relative 10^-c, the computation amplifies errors by 10^(r-c), and of the w digits w - (r - c) are left. That is an
estimate, not a bound, so a few digits more are required; and it holds only while the rough numbers have digits at all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import mpmath

from ptheory.algebra.real import Real
from ptheory.expectations import ExpectationError, NotPositiveSemidefinite

GUARD_DIGITS = 8
SAFETY_DIGITS = 3
FEWEST_COMMON_DIGITS = 2  # of a rough number, for the amplification of errors to be read off it

Place = TypeVar("Place", bound=Hashable)


@dataclass(frozen=True)
class Known:
    """A computed number, the significant digits of it that are there (None: all, it is exact), and a bound of its
    error where there are none."""

    value: Real
    digits: int | None
    error: Real | int = 0


def known_values(run: Callable[[int], Mapping[Place, Real]], digits: int, most: int) -> dict[Place, Known]:
    """``run(working digits)`` with ``digits`` digits of every number, or as many as ``most`` working digits give.

    At few digits a covariance of nearly equal inputs is not told from one that is none: then more are taken.
    """
    working = digits + GUARD_DIGITS
    fine, working = _run_with_more(run, working, most)
    if all(isinstance(value, (int, Fraction)) for value in fine.values()):
        return {place: Known(value, None) for place, value in fine.items()}
    at = working // 2
    try:
        rough = run(at)
    except NotPositiveSemidefinite:
        rough, at = fine, working
        fine, working = _run_with_more(run, 2 * working, max(most, 2 * working))
    while True:
        found = {place: _known(value, rough[place], working, at) for place, value in fine.items()}
        lacking = max((digits - k.digits for k in found.values() if k.digits is not None), default=0)
        if lacking <= 0 or working >= most:
            return found
        measured = all(k.digits is None or k.digits > 0 for k in found.values())
        more = min(most, working + lacking + GUARD_DIGITS if measured else 2 * working)
        try:
            finer = run(more)
        except ExpectationError:
            return found
        rough, at, fine, working = fine, working, finer, more


def _run_with_more(
    run: Callable[[int], Mapping[Place, Real]], working: int, most: int
) -> tuple[Mapping[Place, Real], int]:
    """The numbers at ``working`` digits or at the first of twice as many, up to ``most``, at which covariances are."""
    while True:
        try:
            return run(working), working
        except NotPositiveSemidefinite:
            if working >= most:
                raise
            working = min(most, 2 * working)


def _known(fine: Real, rough: Real, working: int, at: int) -> Known:
    if isinstance(fine, (int, Fraction)):
        return Known(fine, None)
    if fine == 0 and rough == 0:  # a factor is zero: what cancels leaves a remainder
        return Known(Fraction(0), None)
    with mpmath.workdps(working):
        gap = abs(fine - _number(rough))
        common = working if gap == 0 else float(mpmath.log10(abs(fine) / gap)) if fine else -1.0
    if common < FEWEST_COMMON_DIGITS:
        return Known(fine, 0, gap)
    return Known(fine, max(0, int(working - max(0.0, at - common)) - SAFETY_DIGITS), gap)


def _number(value: Real) -> mpmath.mpf:
    return mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpmath.mpf(value)
