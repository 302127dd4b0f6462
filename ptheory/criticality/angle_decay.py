"""Which fixed correlation a start flows to, and the amplitude: c - c* -> A lambda^l in layer l.

A = lim (c_l - c*) lambda^(-l). The corrections are powers of lambda^l (of lambda^(l/2) where the slope jumps), and are
eliminated one by one (Richardson); two such estimates agree to the digits that count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import mpmath

from ptheory.criticality.angle_map import DIGITS, AngleMap, FixedCorrelation

MOST_STEPS = 400  # of the map, for one amplitude
NEAR = mpmath.mpf("0.25")  # |c - c*| from where on the corrections are eliminated
LEVELS = 10
AGREEING = mpmath.mpf(10) ** -9  # relative, of two estimates
ARRIVED = mpmath.mpf(10) ** (8 - DIGITS)  # |c - c*| that the digits of c still tell from zero


@dataclass(frozen=True)
class Arrival:
    """``end``: the fixed correlation that a start flows to; ``amplitude``: of its exponential approach, None where it
    is none, or was not found in so many layers."""

    end: FixedCorrelation
    amplitude: mpmath.mpf | None


def arrival(map_: AngleMap, fixed: Sequence[FixedCorrelation], path: Sequence[mpmath.mpf]) -> Arrival | None:
    """Where the ``path``, c in layers 1, 2, ..., flows to; None where that is not known.

    A map that does not fall keeps c between the fixed points next to it, of which it flows to the stable one.
    """
    end = next((one for one in fixed if abs(one.correlation - path[0]) < ARRIVED), None)
    if end is not None:
        return Arrival(end, None)
    with mpmath.workdps(DIGITS + 10):
        path = list(path)
        end = _end(fixed, path[-1])
        if end is None or not 0 < end.slope < 1:
            return None if end is None else Arrival(end, None)
        return Arrival(end, _amplitude(map_, end, path))


def _end(fixed: Sequence[FixedCorrelation], start: mpmath.mpf) -> FixedCorrelation | None:
    below = [one for one in fixed if one.correlation < start]
    above = [one for one in fixed if one.correlation > start]
    around = [*below[-1:], *above[:1]]
    stable = [one for one in around if one.stability == "stable"]
    return stable[0] if len(stable) == 1 and all(one.slope >= 0 for one in fixed) else None


def _amplitude(map_: AngleMap, end: FixedCorrelation, path: list[mpmath.mpf]) -> mpmath.mpf | None:
    step = mpmath.sqrt(end.slope) if map_.half_powers(end) else end.slope
    while len(path) < MOST_STEPS:
        found = _eliminated(path, end, step)
        if found is not None:
            return found
        following = map_(path[-1])
        if abs(following - end.correlation) < ARRIVED:
            return None
        path.append(following)
    return None


def _eliminated(path: Sequence[mpmath.mpf], end: FixedCorrelation, step: mpmath.mpf) -> mpmath.mpf | None:
    """The amplitude from the last layers of the path, where two estimates agree."""
    near = [
        (layer, c - end.correlation)
        for layer, c in enumerate(path, start=1)
        if ARRIVED < abs(c - end.correlation) < NEAR
    ][-LEVELS:]
    if len(near) < LEVELS:
        return None
    row = [distance / end.slope**layer for layer, distance in near]
    last = row[-1]
    for level in range(1, len(near)):
        factor = step**level
        row = [(after - factor * before) / (1 - factor) for before, after in pairwise(row)]
        if abs(row[-1] - last) < AGREEING * abs(row[-1]):
            return row[-1]
        last = row[-1]
    return None
