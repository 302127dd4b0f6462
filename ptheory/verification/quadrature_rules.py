"""Gauss-Legendre panels of one variable, split at kinks: nodes with weights at the working precision of mpmath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import mpmath

Kinks = tuple[mpmath.mpf, ...]


@dataclass(frozen=True, eq=False)
class Rule:
    """∫ f(z) dz ≈ Σ weight f(node), nodes ascending; each rule is made once, so what is known of it is kept by it."""

    nodes: tuple[mpmath.mpf, ...]
    weights: tuple[mpmath.mpf, ...]


@lru_cache(maxsize=32)
def under_a_gaussian(variance: Fraction, kinks: Kinks, nodes: int, reach: mpmath.mpf, precision: int) -> Rule:
    """∫ f(z) exp(−z²/(2 variance)) dz, ``reach`` standard deviations to either side; ``precision``: in bits."""
    spread = mpmath.sqrt(number(variance))
    flat = panels_of_one_variable(mpmath.mpf(1), spread, kinks, nodes, reach, precision)
    scale = -1 / (2 * number(variance))
    return Rule(flat.nodes, tuple(w * mpmath.exp(z * z * scale) for z, w in zip(flat.nodes, flat.weights, strict=True)))


@lru_cache(maxsize=64)
def panels_of_one_variable(
    narrow: mpmath.mpf, spread: mpmath.mpf, kinks: Kinks, nodes: int, reach: mpmath.mpf, precision: int
) -> Rule:
    """``nodes`` in each of the panels ``narrow`` standard deviations wide, ``reach`` deviations to either side."""
    reference = _gauss_legendre(nodes, precision)
    points: list[mpmath.mpf] = []
    weights: list[mpmath.mpf] = []
    for low, high in pairwise(_ends(narrow, spread, kinks, reach)):
        middle, half = (low + high) / 2, (high - low) / 2
        points += [middle + half * x for x, _ in reference]
        weights += [half * w for _, w in reference]
    return Rule(tuple(points), tuple(weights))


def _ends(narrow: mpmath.mpf, spread: mpmath.mpf, kinks: Kinks, reach: mpmath.mpf) -> list[mpmath.mpf]:
    """Where panels end, kinks among them.

    Where they are wider than one, activations bend within them, about 0 and about kinks: panels grow from there by
    factors of two.
    """
    count = int(mpmath.ceil(reach / narrow))
    ends = [spread * k * reach / count for k in range(-count, count + 1)]
    width = ends[1] - ends[0]
    bends: Sequence[mpmath.mpf] = [*kinks, mpmath.mpf(0)] if width > 1 else kinks
    ladder = [mpmath.mpf(0)]
    while len(bends) > len(kinks) and ladder[-1] < width:
        ladder.append(2 * ladder[-1] or mpmath.mpf(1) / 2)
    points = {bend + sign * step for bend in bends for step in ladder for sign in (1, -1)}
    return sorted({*ends, *(point for point in points if ends[0] < point < ends[-1])})


@lru_cache(maxsize=64)
def _gauss_legendre(nodes: int, precision: int) -> tuple[tuple[mpmath.mpf, mpmath.mpf], ...]:
    """Roots of P_n by Newton's method from the Chebyshev guess, weights 2/((1-x²)P_n'(x)²), x ascending."""
    above = []  # the roots x >= 0, descending; those below mirror them
    for k in range((nodes + 1) // 2):
        x = mpmath.cos(mpmath.pi * (k + mpmath.mpf(3) / 4) / (nodes + mpmath.mpf(1) / 2))
        for _ in range(100):
            value, slope = _legendre(nodes, x)
            step = value / slope
            x -= step
            if abs(step) < mpmath.mpf(2) ** (10 - precision):
                break
        _, slope = _legendre(nodes, x)
        above.append((x, 2 / ((1 - x * x) * slope**2)))
    return (*((-x, w) for x, w in above[: nodes // 2]), *reversed(above))


def _legendre(n: int, x: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf]:
    before, value = mpmath.mpf(1), x
    for k in range(2, n + 1):
        before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
    return value, n * (x * value - before) / (x * x - 1)


def number(value: Fraction) -> mpmath.mpf:
    """A rational number at the working precision of mpmath."""
    return mpmath.mpf(value.numerator) / value.denominator
