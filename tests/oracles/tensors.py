"""Reading the tensors off exact correlators: V, V6, V8 for z; Theta, D, ..., U through derivative fields (``jets``).

Correlators come as polynomials in 1/n (or numbers, when the moments are numbers), with the explicit powers of 1/width
of the definitions still in; ``divide_by_powers`` strips them. Neurons 0, 1, 2, 3 stand for distinct output neurons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_poly

from tests.oracles.moments import Leg, cumulant

Moment = Callable[[tuple[Leg, ...]], Any]


def paired_correlator(moment: Moment, samples: Sequence[int], name: str = "z") -> Any:
    """Coefficient of d12 d34 ... in E[z1 z2 z3 z4 ...]_c: neurons equal in pairs, otherwise distinct."""
    return cumulant(moment, [[(name, position // 2, sample)] for position, sample in enumerate(samples)])


def divide_by_powers(polynomial: fmpq_poly, powers: int, ratio: Fraction = Fraction(1)) -> list[Fraction]:
    """Coefficients of polynomial * (ratio n)^powers in 1, 1/n, ...: strips explicit 1/width, width = ratio n."""
    coefficients = [Fraction(int(c.p), int(c.q)) for c in fmpq_poly([0]) + polynomial]
    if any(coefficients[:powers]):
        raise ValueError(f"the correlator does not carry {powers} powers of 1/n: {coefficients}")
    return [c * ratio**powers for c in coefficients[powers:]] or [Fraction(0)]


def interpolate(values: Sequence[tuple[int, Any]]) -> fmpq_poly:
    """The polynomial in 1/n through (n, value) points; the last point must be predicted by the others (ValueError)."""
    points = [(fmpq(1, n), fmpq(value.numerator, value.denominator)) for n, value in values]
    polynomial = _lagrange(points[:-1])
    if polynomial(points[-1][0]) != points[-1][1]:
        raise ValueError("too few widths: the last point is not on the interpolating polynomial")
    return polynomial


def _lagrange(points: Sequence[tuple[fmpq, fmpq]]) -> fmpq_poly:
    total = fmpq_poly([0])
    for position, (x, y) in enumerate(points):
        basis = fmpq_poly([1])
        for other, (w, _) in enumerate(points):
            if other != position:
                basis *= fmpq_poly([-w, 1]) * (1 / (x - w))
        total += y * basis
    return total
