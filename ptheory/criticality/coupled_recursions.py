"""Formal solutions of coupled recursions Y(f(x)) = M(x) Y(x) + S(x) for a flow f(x) = x + c x^(1+q) + ..., x -> 0.

As ``linear_recursions``, for vectors. Where M(0) has the eigenvalue one, with r to its right and l to its left
(l r = 1), what adds up over many layers is the component along r: a term ρ x^e of what is left over is solved by

    y r x^(e - q),     y = l ρ/((e - q) c - m),     m = the coefficient of x^q in l M(x) r,

with one logarithm more where that denominator vanishes; the rest of ρ by a term (1 - M(0))^-1 ρ x^e, which follows at
once. The homogeneous solution is r x^(m/c).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sympy as sp

from ptheory.criticality.alternating import in_numbers, slowest_alternation
from ptheory.criticality.linear_recursions import AsymptoticFailure, Flow
from ptheory.criticality.series import ZERO, LogSeries, Term, combined, is_zero, normal, order_key

MOST_TERMS = 2000
NEAR = 1e-12
KNOWN = sp.Float(10) ** -18  # relative: decimals nearer to zero are zero

Vector = list[sp.Expr]
SeriesVector = list[LogSeries]


@dataclass(frozen=True)
class Direction:
    """Of a matrix with the eigenvalue one: M r = r, l M = l, l r = 1."""

    right: tuple[sp.Expr, ...]
    left: tuple[sp.Expr, ...]

    def along(self, vector: Sequence[sp.Expr]) -> sp.Expr:
        """l times a vector; zero where numbers cancel to all digits they are known to."""
        parts = [sp.expand(a * b) for a, b in zip(self.left, vector, strict=True)]
        total = combined(parts)
        sizes = [abs(part) for part in parts if part.is_Float or part.is_Rational]
        if total.is_Float and len(sizes) == len(parts) and abs(total) < KNOWN * sum(sizes):
            return ZERO
        return total


@dataclass(frozen=True)
class CoupledSolution:
    """Every solution is ``particular + constant * homogeneous``; ``homogeneous`` is None where all others decay
    exponentially. ``alternation``: the power of x of what turns from layer to layer besides; None where nothing does.
    """

    particular: tuple[LogSeries, ...]
    homogeneous: tuple[LogSeries, ...] | None
    alternation: float | None = None

    def check_no_alternation(self, leading: sp.Expr) -> None:
        """Raises AsymptoticFailure where what turns from layer to layer is not smaller than x^leading."""
        if self.alternation is None:
            return
        alike = self.homogeneous is not None and any(one.leading[0] == leading for one in self.homogeneous)
        if self.alternation < order_key(leading) + (-NEAR if alike else NEAR):
            raise AsymptoticFailure("it turns from layer to layer, by as much as it is large")


def unit_direction(matrix: sp.Matrix) -> Direction | None:
    """The eigenvalue one of a matrix whose others are not larger; None where all are smaller than one.

    Raises AsymptoticFailure where one is larger, or one is an eigenvalue twice.
    """
    largest = _spectral_radius(matrix)
    if largest > 1 + NEAR:
        raise AsymptoticFailure(f"it grows exponentially, by a factor {largest:.6g} per layer")
    if largest < 1 - NEAR:
        return None
    size = matrix.rows
    right, left = (_null_space(one - sp.eye(size)) for one in (matrix, matrix.T))
    if not right:
        return None
    if len(right) > 1:
        raise AsymptoticFailure("two of its combinations keep their size, and they are coupled")
    product = normal(sum((a * b for a, b in zip(left[0], right[0], strict=True)), ZERO))
    if _vanishes(product):
        raise AsymptoticFailure("it grows although no combination of it does by itself")
    return Direction(tuple(right[0]), tuple(normal(entry / product) for entry in left[0]))


def _null_space(matrix: sp.Matrix) -> list[sp.Matrix]:
    found: list[sp.Matrix] = matrix.nullspace(simplify=normal, iszerofunc=_vanishes)
    return found


def _vanishes(entry: sp.Expr) -> bool:
    """Whether an entry of a matrix of numbers of order one is zero, to the digits that decimals are known to."""
    return bool(abs(entry) < KNOWN) if entry.is_Float else is_zero(entry)


def _spectral_radius(matrix: sp.Matrix) -> float:
    """The largest modulus of an eigenvalue, symbols taken to be one."""
    import numpy as np

    return float(max(abs(np.linalg.eigvals(in_numbers(matrix)))))


def solve_coupled(flow: Flow, matrix: Sequence[SeriesVector], source: SeriesVector) -> CoupledSolution:
    """All formal solutions that do not decay exponentially, to the order the data allow. Raises AsymptoticFailure."""
    recursion = _Coupled(flow, matrix)
    particular = recursion.particular(source)
    direction, alternation = recursion.direction, slowest_alternation(flow, matrix)
    if direction is None:
        return CoupledSolution(tuple(particular), None, alternation)
    seed = [LogSeries.power(normal(recursion.drift / flow.c), entry) for entry in direction.right]
    rest = recursion.particular(recursion.left_over(seed))
    return CoupledSolution(tuple(particular), tuple(a + b for a, b in zip(seed, rest, strict=True)), alternation)


class _Coupled:
    """M(x) with its unit direction; ``drift``: m of the module docstring."""

    def __init__(self, flow: Flow, matrix: Sequence[SeriesVector]) -> None:
        self.flow, self.matrix = flow, matrix
        self.at_zero = self._coefficients(ZERO)
        self.direction = unit_direction(self.at_zero)
        exponents = {exponent for row in matrix for entry in row for exponent, _ in entry.terms}
        if any(NEAR < order_key(e) < order_key(flow.q) - NEAR for e in exponents):
            raise AsymptoticFailure("the coefficients of coupled recursions change faster with the kernel than it does")
        size = len(matrix)
        if self.direction is None:
            self.drift, fast = ZERO, sp.eye(size) - self.at_zero
        else:
            right, left = sp.Matrix(self.direction.right), sp.Matrix([self.direction.left])
            self.drift = normal((left * self._coefficients(flow.q) * right)[0])
            fast = sp.eye(size) - self.at_zero + right * left
        self._inverse = fast.inv().applyfunc(normal)

    def _coefficients(self, exponent: sp.Expr) -> sp.Matrix:
        return sp.Matrix([[entry.terms.get((exponent, 0), ZERO) for entry in row] for row in self.matrix])

    def left_over(self, solution: SeriesVector) -> SeriesVector:
        """M Y - Y(f)."""
        return [
            _sum(a * y for a, y in zip(row, solution, strict=True)) - self.flow.pull_back(own)
            for row, own in zip(self.matrix, solution, strict=True)
        ]

    def particular(self, source: SeriesVector) -> SeriesVector:
        """One solution; each step removes the leading term of what is left over of S + M Y - Y(f), or its part along
        the unit direction."""
        size = len(source)
        solution, rest = [LogSeries() for _ in range(size)], _known_alike(source)
        for _ in range(MOST_TERMS):
            place = _leading_place(rest)
            if place is None:
                end = rest[0].truncation
                shift = ZERO if self.direction is None else self.flow.q
                return solution if end is None else [one.truncated(sp.expand(end - shift)) for one in solution]
            vector = [one.terms.get(place, ZERO) for one in rest]
            slow = ZERO if self.direction is None else self.direction.along(vector)
            at, step = self._fast(place, vector) if is_zero(slow) else self._slow(place, slow)
            solution = [a + b for a, b in zip(solution, step, strict=True)]
            rest = _known_alike([a + b for a, b in zip(rest, self.left_over(step), strict=True)])
            # what the step has solved is zero, not what rounding leaves of it
            if at == place:
                rest = [_without(one, place) for one in rest]
            else:
                rest = self._without_slow([_without(one, at) for one in rest], place)
        raise AsymptoticFailure(f"the formal solution did not end within {MOST_TERMS} terms")

    def _fast(self, place: Term, vector: Vector) -> tuple[Term, SeriesVector]:
        """A term that solves all of the leading one, which has no part along the unit direction; and where it is."""
        fast = self._inverse * sp.Matrix(vector)
        return place, [LogSeries({place: normal(entry)}) for entry in fast]

    def _slow(self, place: Term, slow: sp.Expr) -> tuple[Term, SeriesVector]:
        """A term that solves the part of the leading one along the unit direction."""
        assert self.direction is not None
        exponent, logs = place
        power = sp.expand(exponent - self.flow.q)
        lead = combined((sp.expand(power * self.flow.c), -self.drift))
        if _vanishes(lead):
            logs, lead = logs + 1, self.flow.c * (logs + 1)
        at = power, logs
        return at, [LogSeries({at: normal(slow / lead * entry)}) for entry in self.direction.right]

    def _without_slow(self, rest: SeriesVector, place: Term) -> SeriesVector:
        assert self.direction is not None
        vector = [one.terms.get(place, ZERO) for one in rest]
        slow = self.direction.along(vector)
        found = []
        for one, entry, right in zip(rest, vector, self.direction.right, strict=True):
            found.append(LogSeries({**one.terms, place: combined((entry, sp.expand(-slow * right)))}, one.truncation))
        return found


def _without(series: LogSeries, place: Term) -> LogSeries:
    return LogSeries({at: value for at, value in series.terms.items() if at != place}, series.truncation)


def _sum(parts: Iterable[LogSeries]) -> LogSeries:
    total = LogSeries()
    for part in parts:
        total = total + part
    return total


def _known_alike(vector: SeriesVector) -> SeriesVector:
    """All components to the order to which the least known of them is."""
    ends = [one.truncation for one in vector if one.truncation is not None]
    if not ends:
        return vector
    least = min(ends, key=order_key)
    return [one.truncated(least) for one in vector]


def _leading_place(vector: SeriesVector) -> Term | None:
    """Exponent and power of the logarithm of the largest term as x -> 0."""
    places = [place for one in vector for place in one.terms]
    return min(places, key=lambda place: (order_key(place[0]), -place[1])) if places else None
