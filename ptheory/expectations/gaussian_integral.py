r"""⟨Π z^p · exp(linear − quadratic) · steps · Φ's · deltas⟩ over correlated Gaussians, by one recursion for every
family and every kind of number.

1. exp(−β z²/2) tilts the covariance, K → K − β K_a K_aᵀ/(1 + β K_aa) with weight (1 + β K_aa)^(−1/2); exp(α z) shifts
the mean by α K_a with weight
   exp(α μ_a + α² K_aa/2).
2. θ(z − s) and Φ((z + o)/√v) = P(z + o + √v w > 0) become gates: the event u > 0 for a variable u jointly Gaussian
with the z's.
3. Stein removes powers, E[z_a X] = μ_a E[X] + Σ_b K_ab E[∂_b X]; differentiating a gate gives δ(u).
4. E[δ(u) X] = density of u at 0 × E[X | u = 0]; δ^(k) is lowered by Stein in u.
5. What remains is an orthant probability P(u_1 > 0, …, u_m > 0).

The arithmetic decides what a number is: SymPy expressions in K_ab, Arb balls, numpy arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product as cartesian
from typing import Any, Protocol

from sympy import Expr, S

from ptheory.activations.pieces import Shape
from ptheory.expectations.expectation_errors import DivergentMoment
from ptheory.expectations.one_variable import OneVariable
from ptheory.expectations.time_limits import check_time

Entry = Any  # a mean or a covariance: SymPy expression, rational or ball, array
Integral = Any  # what an integral is: a combination of closed forms, a ball, an array
Matrix = list[list[Entry]]


class Arithmetic(Protocol):
    """``entry`` numbers (means, covariances) form a field; ``values`` are what integrals evaluate to."""

    def entry(self, exact: Expr) -> Entry:
        """An exact number or a symbol of the covariance as an entry."""

    def value(self, exact: Expr) -> Integral:
        """An exact number as a value."""

    def tidy(self, entry: Entry) -> Entry:
        """The same entry in the form in which it stays small: common factors cancelled, where there are symbols."""

    def is_zero(self, entry: Entry) -> bool:
        """Whether an entry is known to vanish: what may vanish, but is not known to, is not zero."""

    def scale(self, value: Integral, entry: Entry) -> Integral:
        """value · entry."""

    def exponential(self, entry: Entry) -> Integral:
        """exp(entry)."""

    def inverse_root(self, entry: Entry) -> Integral:
        """entry^(−1/2)."""

    def density(self, mean: Entry, variance: Entry) -> Integral:
        """The density at 0 of a Gaussian: exp(−mean²/(2 variance))/√(2π variance)."""

    def orthant(self, means: Sequence[Entry], covariance: Sequence[Sequence[Entry]]) -> Integral:
        """P(u_1 > 0, …, u_m > 0) of a Gaussian vector; 1 for m = 0."""


Powers = tuple[tuple[int, int], ...]
Deltas = tuple[tuple[int, int], ...]


@dataclass
class _Law:
    """A joint Gaussian law of variables and gate variables, with the results already found under it."""

    mean: list[Entry]
    covariance: Matrix
    memo: dict[tuple[Powers, tuple[int, ...], Deltas], Integral] = field(default_factory=dict)
    conditioned: dict[int, _Law] = field(default_factory=dict)


def gaussian_integral(
    parts: Sequence[OneVariable], covariance: Sequence[Sequence[Entry]], arithmetic: Arithmetic
) -> Integral:
    """E[Π_a parts[a](z_a)] for zero-mean z of the given covariance; every part must have pieces."""
    choices: list[list[_Term]] = []
    for part in parts:
        assert part.pieces is not None
        terms = [_Term(shape, c, None) for shape, c in part.pieces]
        terms += [_Term(Shape(), w, (point, order)) for point, order, w in part.deltas]
        choices.append(terms)
    total = arithmetic.value(S.Zero)
    for combination in cartesian(*choices):
        check_time()
        total = total + _Integral(arithmetic, combination, covariance).value()
    return total


@dataclass(frozen=True)
class _Term:
    shape: Shape
    coefficient: Expr
    delta: tuple[Expr, int] | None


class _Integral:
    """One product of terms, one per variable."""

    def __init__(self, arithmetic: Arithmetic, terms: Sequence[_Term], covariance: Sequence[Sequence[Entry]]) -> None:
        self.arithmetic = arithmetic
        self.terms = terms
        self.size = len(terms)
        self.mean = [arithmetic.entry(S.Zero)] * self.size
        self.covariance = [list(row) for row in covariance]
        weight = S.One
        for term in terms:
            weight = weight * term.coefficient
        self.weight = arithmetic.value(weight)

    def value(self) -> Integral:
        # decaying factors first: every law on the way is then one that exists
        for a, term in sorted(enumerate(self.terms), key=lambda pair: not pair[1].shape.quadratic.is_positive):
            self._tilt(a, term.shape.quadratic)
        for a, term in enumerate(self.terms):
            self._shift(a, term.shape.linear)
        powers: list[tuple[int, int]] = []
        gates: list[int] = []
        deltas: list[tuple[int, int]] = []
        for a, term in enumerate(self.terms):
            shape = term.shape
            if shape.power:
                powers.append((a, shape.power))
            if shape.start is not None:
                gates.append(self._extend(a, -shape.start, S.Zero))
            gates.extend(self._extend(a, gate.offset, gate.variance) for gate in shape.gates)
            if term.delta is not None:
                deltas.append((self._extend(a, -term.delta[0], S.Zero), term.delta[1]))
        law = _Law(self.mean, self.covariance)
        return self.weight * self._expectation(law, tuple(powers), tuple(gates), tuple(deltas))

    def _tilt(self, a: int, beta: Expr) -> None:
        if beta == 0:
            return
        number = self.arithmetic
        b = number.entry(beta)
        column = [row[a] for row in self.covariance]
        stretch = number.tidy(1 + b * column[a])
        self.weight = self.weight * number.inverse_root(stretch)
        for i in range(self.size):
            for j in range(self.size):
                self.covariance[i][j] = number.tidy(self.covariance[i][j] - b * column[i] * column[j] / stretch)

    def _shift(self, a: int, alpha: Expr) -> None:
        if alpha == 0:
            return
        number = self.arithmetic
        rate = number.entry(alpha)
        exponent = rate * self.mean[a] + rate * rate * self.covariance[a][a] / 2
        self.weight = self.weight * number.exponential(number.tidy(exponent))
        self.mean = [number.tidy(m + rate * row[a]) for m, row in zip(self.mean, self.covariance, strict=True)]

    def _extend(self, a: int, offset: Expr, variance: Expr) -> int:
        """Append u = z_a + offset + √variance·w to the joint law and return its place."""
        number = self.arithmetic
        row = list(self.covariance[a])
        for old, entry in zip(self.covariance, row, strict=True):
            old.append(entry)
        self.covariance.append([*row, number.tidy(row[a] + number.entry(variance))])
        self.mean = [*self.mean, number.tidy(self.mean[a] + number.entry(offset))]
        return len(self.mean) - 1

    def _expectation(self, law: _Law, powers: Powers, gates: tuple[int, ...], deltas: Deltas) -> Integral:
        key = (powers, gates, deltas)
        if key not in law.memo:
            check_time()
            if deltas:
                law.memo[key] = self._lower_delta(law, powers, gates, deltas)
            elif powers:
                law.memo[key] = self._lower_power(law, powers, gates)
            else:
                means = [law.mean[g] for g in gates]
                covariance = [[law.covariance[g][h] for h in gates] for g in gates]
                law.memo[key] = self.arithmetic.orthant(means, covariance)
        return law.memo[key]

    def _lower_power(self, law: _Law, powers: Powers, gates: tuple[int, ...]) -> Integral:
        (a, p), *others = powers
        rest: Powers = ((a, p - 1), *others) if p > 1 else tuple(others)
        return self._stein(law, a, law.mean[a], rest, gates, (), ())

    def _stein(
        self, law: _Law, u: int, mean: Entry, powers: Powers, gates: tuple[int, ...], kept: Deltas, deltas: Deltas
    ) -> Integral:
        """mean·E[X] + Σ_y Cov(u, y) E[∂_y X], X = powers·gates·kept·deltas, where ``kept`` is not differentiated."""
        number = self.arithmetic
        total = number.value(S.Zero)
        if not number.is_zero(mean):
            total = total + number.scale(self._expectation(law, powers, gates, kept + deltas), mean)
        row = law.covariance[u]
        for k, (b, p) in enumerate(powers):
            if not number.is_zero(row[b]):
                fewer = powers[:k] + (((b, p - 1),) if p > 1 else ()) + powers[k + 1 :]
                total = total + number.scale(self._expectation(law, fewer, gates, kept + deltas), row[b] * p)
        for k, g in enumerate(gates):
            if not number.is_zero(row[g]):
                fewer_gates = gates[:k] + gates[k + 1 :]
                total = total + number.scale(
                    self._expectation(law, powers, fewer_gates, ((g, 0), *kept, *deltas)), row[g]
                )
        for k, (v, order) in enumerate(deltas):
            if not number.is_zero(row[v]):
                raised = (*deltas[:k], (v, order + 1), *deltas[k + 1 :])
                total = total + number.scale(self._expectation(law, powers, gates, kept + raised), row[v])
        return total

    def _lower_delta(self, law: _Law, powers: Powers, gates: tuple[int, ...], deltas: Deltas) -> Integral:
        number = self.arithmetic
        (u, order), *others = deltas
        rest: Deltas = tuple(others)
        variance = law.covariance[u][u]
        if number.is_zero(variance):
            raise DivergentMoment("a delta function at a variable of zero variance: the expectation diverges")
        if order == 0:
            inner = self._expectation(self._condition(law, u), powers, gates, rest)
            return inner * number.density(law.mean[u], variance)
        # V E[δ^(k) X] = E[(u − m) δ^(k−1) X] − Σ_y Cov(u, y) E[δ^(k−1) ∂_y X], and u δ^(k−1) = −(k−1) δ^(k−2)
        minus = self._stein(law, u, law.mean[u], powers, gates, ((u, order - 1),), rest)
        if order > 1:
            lowered = self._expectation(law, powers, gates, ((u, order - 2), *rest))
            minus = minus + number.scale(lowered, number.entry(S(order - 1)))
        return number.scale(minus, number.tidy(-1 / variance))

    def _condition(self, law: _Law, u: int) -> _Law:
        """The law given u = 0."""
        if u not in law.conditioned:
            number = self.arithmetic
            column, variance = law.covariance[u], law.covariance[u][u]
            ratios = [c / variance for c in column]
            mean = [number.tidy(m - ratio * law.mean[u]) for m, ratio in zip(law.mean, ratios, strict=True)]
            covariance: list[list[Entry]] = []
            for i, (row, ratio) in enumerate(zip(law.covariance, ratios, strict=True)):
                left = [above[i] for above in covariance]  # symmetric
                covariance.append([*left, *(number.tidy(row[j] - ratio * column[j]) for j in range(i, len(row)))])
            law.conditioned[u] = _Law(mean, covariance)
        return law.conditioned[u]
