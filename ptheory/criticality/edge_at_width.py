"""The edge of chaos of networks of finite width: where it lies, and over what interval networks scatter about it.

At infinite width nearby inputs keep their distance where chi_perp = 1. At width n the logarithm of their squared
distance D grows by log chi_perp + r/n a layer (``finite_width.Growth``), r the rate a of its mean or a - S/2 of what is
typical, and D keeps its size where a variance w is off that of the edge by

    delta w = -r/(n chi'),     chi' = d chi_perp/dw = ∂ chi_perp/∂w + (∂ chi_perp/∂K) (∂f/∂w)/(1 - chi_par),

the last term since K* moves with w. After L layers log D has the variance L S/n from network to network: at one w some
networks have brought inputs together and some have separated them, over sqrt(S/(n L))/chi' to either side (a standard
deviation) of where the typical one keeps their distance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import mpmath
import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom
from ptheory.criticality.edge import EdgePoint
from ptheory.criticality.finite_width import Evaluate, Fluctuations, Growth, Number, at_kernel, fixed, growth, on_grid
from ptheory.criticality.kernel_system import Quantity, coefficient_of, expanded, kernel_derivative

ENOUGH = 2  # times the width at which the kernel and its corrections are of one size
NOTICEABLE = 1e-4  # 1 - chi_par, whose square divides what rounding leaves of an average


@dataclass(frozen=True)
class EdgeShift:
    """Of one variance on the edge. ``mean``: n times by how much it is off where the mean of D keeps its size;
    ``typical``: where the mean of log D does; ``spread``: sqrt(n L) times the standard deviation, over networks of L
    layers, of where D is after L layers what it was. ``least``: the width at which the kernel and its corrections are
    of one size. nan where it is not known."""

    mean: Number
    typical: Number
    spread: Number
    least: Number

    def interval(self, place: mpmath.mpf, width: int, depth: int) -> tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf] | None:
        """The typical edge, and from where to where networks of this shape scatter about it, a standard deviation to
        either side; None where it is not known, or the width too small for an expansion in 1/n."""
        if mpmath.isnan(self.typical) or not width > ENOUGH * self.least:
            return None
        middle, half = place + self.typical / width, self.spread / mpmath.sqrt(width * depth)
        return middle, middle - half, middle + half


def edge_shift(fluctuations: Fluctuations, point: EdgePoint, axis: Atom, digits: int) -> EdgeShift:
    """At one point of the edge whose kernel attracts exponentially. Raises Refusal."""
    spec = fluctuations.spec
    given: Mapping[Atom, sp.Expr] = {spec.system.bias: point.bias, spec.system.weight: point.weight}
    with mpmath.workdps(digits + 10):
        evaluate = at_kernel(spec, given, point.kernel, digits)
        known = fixed(fluctuations, evaluate)
        found, steep = growth(fluctuations, evaluate, known), _steepness(fluctuations, evaluate, axis)
        least = max(_relative(fluctuations, known, point.kernel))
        return _shift(found, steep if steep else mpmath.nan, least, mpmath.sqrt)


def edge_shifts(fluctuations: Fluctuations, points: Sequence[EdgePoint]) -> tuple[EdgeShift, ...]:
    """Of the variance of the weights, the other one held, at every point, in double precision: to eight digits, and nan
    where 1 - chi_par is so small that there are fewer. Raises Refusal."""
    spec = fluctuations.spec
    kernels, biases, weights = (
        np.array([float(value) for value in values])
        for values in zip(*((p.kernel, p.bias, p.weight) for p in points), strict=True)
    )
    evaluate = on_grid(spec, {spec.system.bias: biases, spec.system.weight: weights}, kernels)
    with np.errstate(all="ignore"):
        known = fixed(fluctuations, evaluate)
        least = np.maximum(*_relative(fluctuations, known, kernels))
        steep = _steepness(fluctuations, evaluate, spec.system.weight)
        whole = _shift(growth(fluctuations, evaluate, known), steep, least, np.sqrt)
    decays = 1 - evaluate(spec.system.parallel_susceptibility, {}) > NOTICEABLE
    columns = (np.where(decays, value, np.nan) for value in (whole.mean, whole.typical, whole.spread, least))
    return tuple(EdgeShift(*map(mpmath.mpf, map(float, row))) for row in zip(*columns, strict=True))


def _shift(found: Growth, steep: Number, least: Number, root: Callable[[Number], Number]) -> EdgeShift:
    return EdgeShift(-found.mean / steep, -found.typical / steep, root(found.variance) / abs(steep), least)


def _relative(fluctuations: Fluctuations, known: Mapping[Atom, Number], kernel: Number) -> tuple[Number, Number]:
    """|G1|/K and V/K^2."""
    vertex = fluctuations.spec.system.vertex
    assert vertex is not None
    return abs(known[Quantity(fluctuations.correction)]) / kernel, known[Quantity(vertex)] / kernel**2


def _steepness(fluctuations: Fluctuations, evaluate: Evaluate, axis: Atom) -> Number:
    """d chi_perp/dw with K* at its fixed point."""
    system = fluctuations.spec.system
    across = expanded(system.perpendicular_susceptibility)
    _, direct = coefficient_of(across, axis)
    _, push = coefficient_of(system.kernel, axis)
    by_kernel, moved = evaluate(kernel_derivative(across), {}), evaluate(push, {})
    return evaluate(direct, {}) + by_kernel * moved / (1 - evaluate(system.parallel_susceptibility, {}))
