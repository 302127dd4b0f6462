"""Gauss-Legendre panels of one variable, split at kinks: nodes with weights at the working precision of mpmath."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import mpmath
from flint import arb

from ptheory.expectations.balls import bits, to_mpf

Kinks = tuple[mpmath.mpf, ...]
WIDTH = mpmath.mpf(3)  # of a panel under a Gaussian, in standard deviations
WIDTH_OF_TWO = mpmath.mpf(2)  # of two variables, in those of one given the other


@dataclass(frozen=True, eq=False)
class Rule:
    """∫ f(z) dz ≈ Σ weight f(node), nodes ascending; each rule is made once, so what is known of it is kept by it."""

    nodes: tuple[mpmath.mpf, ...]
    weights: tuple[mpmath.mpf, ...]


@lru_cache(maxsize=64)
def panels_of_one_variable(
    width: mpmath.mpf, spread: mpmath.mpf, kinks: Kinks, nodes: int, reach: mpmath.mpf, precision: int
) -> Rule:
    """``nodes`` in each of the panels up to ``width`` standard deviations wide, ``reach`` deviations to either side."""
    reference = _gauss_legendre(nodes, precision)
    points: list[mpmath.mpf] = []
    weights: list[mpmath.mpf] = []
    for low, high in pairwise(_ends(width * spread, reach * spread, kinks)):
        middle, half = (low + high) / 2, (high - low) / 2
        points += [middle + half * x for x, _ in reference]
        weights += [half * w for _, w in reference]
    return Rule(tuple(points), tuple(weights))


def _ends(width: mpmath.mpf, far: mpmath.mpf, kinks: Kinks) -> list[mpmath.mpf]:
    """Where panels end, none wider than ``width``: -far, the kinks, far, and what lies between.

    Where they are wider than one, activations bend within them, about 0 and about kinks: panels grow from there by
    factors of two.
    """
    bends = {*kinks, mpmath.mpf(0)} if width > 1 else set(kinks)
    fixed = [-far, *sorted(bend for bend in bends if -far < bend < far), far]
    ends = [-far]
    for low, high in pairwise(fixed):
        limit = (high - low) / 2 if low in bends and high in bends else high - low
        steps = _growing(min(width, limit)) if width > 1 else []
        left = [low + step for step in steps if low in bends]
        right = [high - step for step in reversed(steps) if high in bends]
        first, last = left[-1] if left else low, right[0] if right else high
        count = int(mpmath.ceil((last - first) / width))
        between = [first + (last - first) * k / count for k in range(1, count)]
        ends += sorted({*left, *between, *right, high})
    return ends


def _growing(most: mpmath.mpf) -> list[mpmath.mpf]:
    """1/2, 1, 2, 4, ... below ``most``."""
    steps, step = [], mpmath.mpf(1) / 2
    while step < most:
        steps.append(step)
        step *= 2
    return steps


@lru_cache(maxsize=64)
def _gauss_legendre(nodes: int, precision: int) -> tuple[tuple[mpmath.mpf, mpmath.mpf], ...]:
    """(node, weight), nodes ascending, from FLINT; ``precision``: in bits."""
    with bits(precision):
        pairs = [arb.legendre_p_root(nodes, k, weight=True) for k in reversed(range(nodes))]
    return tuple((to_mpf(node), to_mpf(weight)) for node, weight in pairs)


def number(value: Fraction) -> mpmath.mpf:
    """A rational number at the working precision of mpmath."""
    return mpmath.mpf(value.numerator) / value.denominator
