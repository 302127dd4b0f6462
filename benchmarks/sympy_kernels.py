"""The kernels in plain SymPy: recursions on its sparse polynomials (``ring``), the fastest form it has for them."""

from __future__ import annotations

from functools import cache
from math import comb
from typing import Any

from sympy import QQ, ZZ, ring


def distinct_legs(legs: int) -> Any:
    """The first leg contracted with each other one; the moments of the subsets left over kept."""
    pairs = [(i, j) for i in range(legs) for j in range(i + 1, legs)]
    domain, *generators = ring([f"K{i}_{j}" for i, j in pairs], ZZ)
    covariance = dict(zip(pairs, generators, strict=True))

    @cache
    def moment(left: tuple[int, ...]) -> Any:
        if not left:
            return domain.one
        terms = (covariance[left[0], left[k]] * moment(left[1:k] + left[k + 1 :]) for k in range(1, len(left)))
        return sum(terms, domain.zero)

    return moment(tuple(range(legs)))


def _stein(domain: Any, generators: Any, variables: int) -> Any:
    names = iter(generators)
    covariance = {(i, j): next(names) for i in range(variables) for j in range(i, variables)}

    @cache
    def moment(powers: tuple[int, ...]) -> Any:
        i = next((i for i, power in enumerate(powers) if power), None)
        if i is None:
            return domain.one
        left = list(powers)
        left[i] -= 1
        total = domain.zero
        for j in range(i, variables):
            if left[j]:
                rest = tuple(p - (k == j) for k, p in enumerate(left))
                total += covariance[i, j].mul_ground(left[j]) * moment(rest)
        return total

    return moment


def repeated_variables(*powers: int) -> Any:
    names = [f"K{i}{j}" for i in range(len(powers)) for j in range(i, len(powers))]
    domain, *generators = ring(names, ZZ)
    return _stein(domain, generators, len(powers))(powers)


def polynomial_expectation(exponent: int) -> Any:
    """<(1 + x + x²y)^exponent>: expanded, the moments of its monomials by Stein's recursion."""
    _, x, y = ring(["x", "y"], ZZ)
    domain, *generators = ring(["Kxx", "Kxy", "Kyy"], ZZ)
    moment = _stein(domain, generators, 2)
    total = domain.zero
    for powers, coefficient in ((1 + x + x**2 * y) ** exponent).terms():
        if sum(powers) % 2 == 0:
            total += moment(tuple(powers)).mul_ground(coefficient)
    return total


def quartic_action(order: int) -> list[Any]:
    """Each coefficient from the one before: times -(4k-1)(4k-3)/(24 k)."""
    series = [QQ(1)]
    for k in range(1, order + 1):
        series.append(series[-1] * QQ(-(4 * k - 1) * (4 * k - 3), 24 * k))
    return series


def quartic_vector_action(order: int) -> list[Any]:
    """Each coefficient from the one before: times -(N+4k-4)(N+4k-2)/(24 k)."""
    domain, components = ring(["N"], QQ)
    series = [domain.one]
    for k in range(1, order + 1):
        factor = (components + 4 * k - 4) * (components + 4 * k - 2)
        series.append(series[-1] * factor.mul_ground(QQ(-1, 24 * k)))
    return series


def coincidence_sum(power: int) -> Any:
    """Complete Bell polynomials B_q = sum_k binom(q-1,k-1) m_k z B_(q-k), then z^r -> n(n-1)...(n-r+1)."""
    domain, n, *m = ring(["n", *(f"m{k}" for k in range(1, power + 1))], ZZ)
    bell = [[domain.one]]
    for q in range(1, power + 1):
        row = [domain.zero for _ in range(q + 1)]
        for k in range(1, q + 1):
            factor = m[k - 1].mul_ground(comb(q - 1, k - 1))
            for r, part in enumerate(bell[q - k]):
                if part:
                    row[r + 1] += factor * part
        bell.append(row)
    total, falling = domain.zero, domain.one
    for r, part in enumerate(bell[power]):
        total += falling * part
        falling *= n - r
    return total
