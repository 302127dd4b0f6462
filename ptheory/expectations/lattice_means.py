"""Means of smooth functions of a few correlated variables in float64: all of one covariance on one lattice.

z = L u with L L^T = K, and u on a lattice of equal steps h out to ±R in every direction. That is the trapezoid rule
under a Gaussian: where the functions are analytic within d of the real axis its error falls like exp(-2 π d/(h √K)),
faster than Gauss-Hermite's at as many points. It is no bound: who uses it compares two lattices.

Derivatives of the whole integrand are carried out by the product rule, function by function, on the values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sympy import Number

from ptheory.activations import Activation
from ptheory.algebra.refusal import Refusal
from ptheory.expectations.lattice_integral import branch_values
from ptheory.expectations.moments import Moment
from ptheory.expectations.one_variable import one_variable

MOST_VARIABLES = 4
SMALLEST = 1e-150  # a variance below it, and above its inverse, leaves float64 when it is squared
QUICKEST = 1000.0  # two lattices may share an alias of what changes faster, and both miss what is narrower
ROUNDING = 1e-12  # of a variance: a negative remainder that is zero

Factors = tuple[tuple[Activation, int], ...]  # functions of one variable: activations with orders of derivative
Product = tuple[Factors, int]  # prod factors * z^power


class NotOnLattice(Refusal):
    """A mean that a lattice of float64 is not for; the message says why."""


@dataclass(frozen=True)
class LatticeRule:
    """The step in standard deviations by the number of variables, and how far out the lattice reaches."""

    steps: tuple[float, ...]
    reach: float


class Lattice:
    """One covariance. The values of a function at a variable are kept: the moments of a recursion share them."""

    def __init__(self, covariance: Sequence[Sequence[float]], rule: LatticeRule) -> None:
        size = len(covariance)
        if size > MOST_VARIABLES:
            raise NotOnLattice(f"{size} correlated variables")
        step = rule.steps[size - 1]
        count = int(np.ceil(rule.reach / step))
        points = step * np.arange(-count, count + 1)
        density = np.exp(-(points**2) / 2)
        self._weights = density / density.sum()
        self._variances = [covariance[a][a] for a in range(size)]
        self._places = _places(_lower_factor(covariance), points)
        self.held = 0  # bytes
        self._values: dict[tuple[int, Product, int], np.ndarray] = {}
        self._jets: dict[tuple[int, Activation, int], np.ndarray] = {}

    def mean(self, moment: Moment) -> float:
        """⟨moment⟩. Raises NotOnLattice where a function has a kink or leaves the range of float64."""
        return self._sum([self._of(moment, a) for a in range(moment.size)])

    def size(self, moment: Moment) -> float:
        """The mean of the absolute value, of which rounding is a share."""
        return self._sum([np.abs(self._of(moment, a)) for a in range(moment.size)])

    def _of(self, moment: Moment, a: int) -> np.ndarray:
        return self._at(a, (moment.factors_at(a), moment.power(a)), moment.derivatives.count(a))

    def _sum(self, values: Sequence[np.ndarray]) -> float:
        total: np.ndarray | float = 1.0
        for value in reversed(values):
            total = (value * total) @ self._weights
        found = float(total)
        if not np.isfinite(found):
            raise NotOnLattice("a function leaves the range of float64")
        return found

    def _at(self, a: int, product: Product, outer: int) -> np.ndarray:
        """∂^outer of a product at variable ``a``, of which the lattice has a + 1 directions."""
        key = a, product, outer
        if key not in self._values:
            total = np.zeros_like(self._places[a])
            for (factors, power), weight in differentiated(product, outer).items():
                term = np.full_like(total, float(weight)) if not power else weight * self._places[a] ** power
                for activation, order in factors:
                    term = term * self._jet(a, activation, order)
                total += term
            self._values[key] = total
            self.held += total.nbytes
        return self._values[key]

    def _jet(self, a: int, activation: Activation, order: int) -> np.ndarray:
        key = a, activation, order
        if key not in self._jets:
            if activation.kinks:
                raise NotOnLattice(f"{activation.name} has a kink")
            if _quickness(activation) ** 2 * self._variances[a] > QUICKEST:
                raise NotOnLattice(f"{activation.name} may change within a step of the lattice")
            branches = one_variable(((activation, order),), 0, 0).branches
            self._jets[key] = branch_values(branches, self._places[a])
            self.held += self._jets[key].nbytes
        return self._jets[key]


@lru_cache(maxsize=256)
def _quickness(activation: Activation) -> float:
    """How much faster than z the function may change: the product of the numbers above one in its formula."""
    numbers = (abs(float(number)) for number in activation.formula.atoms(Number))
    return float(np.prod([number for number in numbers if number > 1 and np.isfinite(number)]))


def _lower_factor(covariance: Sequence[Sequence[float]]) -> np.ndarray:
    """L of K = L L^T, rows of a variable that others determine ending in zero. Raises NotOnLattice."""
    size = len(covariance)
    lower = np.zeros((size, size))
    for a in range(size):
        variance = covariance[a][a]
        if variance and not SMALLEST < variance < 1 / SMALLEST:
            raise NotOnLattice(f"a variance of {variance:.3g}")
        for b in range(a):
            rest = covariance[a][b] - lower[a, :b] @ lower[b, :b]
            if lower[b, b]:
                lower[a, b] = rest / lower[b, b]
            elif abs(rest) > ROUNDING * np.sqrt(variance * covariance[b][b]):
                raise NotOnLattice("a covariance that is not positive semidefinite")
        remainder = variance - lower[a, :a] @ lower[a, :a]
        if abs(remainder) > ROUNDING * variance:
            if remainder < 0:
                raise NotOnLattice("a covariance that is not positive semidefinite")
            lower[a, a] = np.sqrt(remainder)
        elif variance and not any(variance == covariance[b][b] == abs(covariance[a][b]) for b in range(a)):
            raise NotOnLattice("inputs that are nearly the same")  # of which float64 does not know the difference
    return lower


def _places(lower: np.ndarray, points: np.ndarray) -> list[np.ndarray]:
    """z_a on the lattice of u_0 ... u_a."""
    places = []
    for a, row in enumerate(lower):
        total = np.zeros((len(points),) * (a + 1))
        for k in range(a + 1):
            total += row[k] * points.reshape((-1,) + (1,) * (a - k))
        places.append(total)
    return places


@lru_cache(maxsize=4096)
def differentiated(product: Product, outer: int) -> dict[Product, int]:
    """∂^outer of prod factors * z^power by the product rule: products with weights."""
    parts = {product: 1}
    for _ in range(outer):
        grown: dict[Product, int] = {}
        for (factors, power), weight in parts.items():
            for k, (activation, order) in enumerate(factors):
                raised = (*factors[:k], (activation, order + 1), *factors[k + 1 :]), power
                grown[raised] = grown.get(raised, 0) + weight
            if power:
                lowered = factors, power - 1
                grown[lowered] = grown.get(lowered, 0) + weight * power
        parts = grown
    return parts
