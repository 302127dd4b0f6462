"""The kernels with python-flint polynomials, as one would write them without counting: recursions, memoised."""

from __future__ import annotations

from functools import cache
from math import comb
from typing import Any

from flint import fmpq, fmpq_poly, fmpz_mpoly_ctx, fmpz_poly


def distinct_legs(legs: int) -> Any:
    """The first leg contracted with each other one; the moments of the subsets left over kept."""
    pairs = [(i, j) for i in range(legs) for j in range(i + 1, legs)]
    ring = fmpz_mpoly_ctx.get(tuple(f"K{i}_{j}" for i, j in pairs), "lex")
    covariance = dict(zip(pairs, ring.gens(), strict=True))

    @cache
    def moment(left: tuple[int, ...]) -> Any:
        if not left:
            return ring.constant(1)
        total = ring.constant(0)
        for k in range(1, len(left)):
            total += covariance[left[0], left[k]] * moment(left[1:k] + left[k + 1 :])
        return total

    return moment(tuple(range(legs)))


def _stein(ring: Any, variables: int) -> Any:
    """E[x^p] = sum_j (p_j - [j = i]) K_ij E[x^p / (x_i x_j)] for the first variable i present."""
    generators = iter(ring.gens())
    covariance = {(i, j): next(generators) for i in range(variables) for j in range(i, variables)}

    @cache
    def moment(powers: tuple[int, ...]) -> Any:
        i = next((i for i, power in enumerate(powers) if power), None)
        if i is None:
            return ring.constant(1)
        left = list(powers)
        left[i] -= 1
        total = ring.constant(0)
        for j in range(i, variables):
            if left[j]:
                rest = tuple(p - (k == j) for k, p in enumerate(left))
                total += left[j] * covariance[i, j] * moment(rest)
        return total

    return moment


def repeated_variables(*powers: int) -> Any:
    names = [f"K{i}{j}" for i in range(len(powers)) for j in range(i, len(powers))]
    return _stein(fmpz_mpoly_ctx.get(tuple(names), "lex"), len(powers))(powers)


def polynomial_expectation(exponent: int) -> Any:
    """<(1 + x + x²y)^exponent>: expanded in FLINT, the moments of its monomials by Stein's recursion."""
    x, y = fmpz_mpoly_ctx.get(("x", "y"), "lex").gens()
    ring = fmpz_mpoly_ctx.get(("Kxx", "Kxy", "Kyy"), "lex")
    moment = _stein(ring, 2)
    total = ring.constant(0)
    for powers, coefficient in ((1 + x + x**2 * y) ** exponent).to_dict().items():
        if sum(powers) % 2 == 0:
            total += coefficient * moment(tuple(map(int, powers)))
    return total


def quartic_action(order: int) -> list[Any]:
    """Each coefficient from the one before: times -(4k-1)(4k-3)/(24 k)."""
    series = [fmpq(1)]
    for k in range(1, order + 1):
        series.append(series[-1] * fmpq(-(4 * k - 1) * (4 * k - 3), 24 * k))
    return series


def quartic_vector_action(order: int) -> list[Any]:
    """Each coefficient from the one before: times -(N+4k-4)(N+4k-2)/(24 k)."""
    series = [fmpq_poly([1])]
    for k in range(1, order + 1):
        series.append(series[-1] * fmpq_poly(fmpz_poly([4 * k - 4, 1]) * fmpz_poly([4 * k - 2, 1]), -24 * k))
    return series


def coincidence_sum(power: int) -> Any:
    """Complete Bell polynomials B_q = sum_k binom(q-1,k-1) m_k z B_(q-k), one for each number of groups."""
    names = ("n", *(f"m{k}" for k in range(1, power + 1)))
    ring = fmpz_mpoly_ctx.get(names, "lex")
    n, *m = ring.gens()
    # bell[q][r]: the part with r groups
    bell = [[ring.constant(1)]]
    for q in range(1, power + 1):
        row = [ring.constant(0) for _ in range(q + 1)]
        for k in range(1, q + 1):
            factor = comb(q - 1, k - 1) * m[k - 1]
            for r, part in enumerate(bell[q - k]):
                if part:
                    row[r + 1] += factor * part
        bell.append(row)
    total, falling = ring.constant(0), ring.constant(1)
    for r, part in enumerate(bell[power]):
        total += falling * part
        falling *= n - r
    return total


def coincidence_sum_by_power_series(power: int) -> Any:
    """M(t)^n with n symbolic: a_q = (1/q) sum_k ((n+1) k - q) m_k a_(q-k) / k!, in integers A_q = q! a_q."""
    ring = fmpz_mpoly_ctx.get(("n", *(f"m{k}" for k in range(1, power + 1))), "lex")
    n, *m = ring.gens()
    series = [ring.constant(1)]
    for q in range(1, power + 1):
        total = ring.constant(0)
        for k in range(1, q + 1):
            total += comb(q, k) * ((n + 1) * k - q) * m[k - 1] * series[q - k]
        series.append(total / q)
    return series[power]
