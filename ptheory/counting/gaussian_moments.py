"""Gaussian moments with repeated variables, by counting contractions.

The pairings of x_1^p_1 ... x_n^p_n that use the covariance K[i,j] c_ij times, for a symmetric matrix c of non-negative
integers with 2 c_ii + sum_{j != i} c_ij = p_i, number

    prod_i p_i! / ( prod_i 2^c_ii c_ii!  prod_{i<j} c_ij! ).

The matrices are grown entry by entry, all at once, and almost everything begun can be completed: the work is the size
of the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import factorial, lcm

import numpy as np

from ptheory.counting.packed_sum import (
    Exact,
    Exponents,
    Integers,
    PackedSum,
    exact_product,
    exponent_type,
    require_room,
)


def covariance_pairs(variables: int) -> tuple[tuple[int, int], ...]:
    """(i, j) with i <= j, row by row: the generators of every expansion in this module."""
    return tuple((i, j) for i in range(variables) for j in range(i, variables))


def moment_expansion(powers: Sequence[int]) -> PackedSum:
    """E[x_1^p_1 ... x_n^p_n] as a polynomial in the covariances (i, j), i <= j."""
    column = np.array(powers, dtype=np.int64)[:, np.newaxis]
    if sum(powers) % 2:
        column = column[:, :0]
    _, contractions = contraction_matrices(column)
    ways = exact_product(_multiplicities(column, contractions))
    return PackedSum(covariance_pairs(len(powers)), contractions.T, ways.tolist())


def expectation_of_polynomial(terms: Mapping[tuple[int, ...], int | Fraction]) -> PackedSum:
    """E[sum of terms]; ``terms`` maps exponents of the variables to coefficients.

    A product of covariances determines the monomial it came from, so no two terms of the result merge.
    """
    denominator = lcm(*(Fraction(c).denominator for c in terms.values()))
    return _expectation(list(terms), [int(c * denominator) for c in terms.values()], denominator)


def expectation_of_power(terms: Mapping[tuple[int, ...], int | Fraction], exponent: int) -> PackedSum:
    """E[(sum of terms)^exponent]; ``terms`` maps exponents of the variables to coefficients."""
    from flint import fmpz_mpoly_ctx

    variables = len(next(iter(terms)))
    denominator = lcm(*(Fraction(c).denominator for c in terms.values()))
    ring = fmpz_mpoly_ctx.get(tuple(f"x{i}" for i in range(variables)), "lex")
    power = ring.from_dict({e: int(c * denominator) for e, c in terms.items()}) ** exponent
    return _expectation(power.monoms(), [int(c) for c in power.coeffs()], denominator**exponent)


def _expectation(monomials: list[tuple[int, ...]], coefficients: list[int], denominator: int) -> PackedSum:
    powers = np.array(monomials, dtype=np.int64).T
    even = np.flatnonzero(powers.sum(axis=0) % 2 == 0)
    powers = powers[:, even]
    state, contractions = contraction_matrices(powers)
    ways = exact_product(_multiplicities(powers.take(state, axis=1), contractions))
    weights = np.array(coefficients, dtype=object)[even[state]] * ways
    return PackedSum(covariance_pairs(len(powers)), contractions.T, weights.tolist(), denominator)


def contraction_matrices(powers: Integers) -> tuple[Integers, Exponents]:
    """Every contraction matrix of every column of ``powers`` (variables x monomials): (which column, entries).

    Entries are the rows of ``covariance_pairs``. Off the diagonal they are chosen one by one, so that each variable
    keeps an even number of legs, which it contracts with itself; the last variable's parity takes care of itself.
    """
    if powers.min(initial=0) < 0:
        raise ValueError("a moment needs powers of at least zero")
    variables = len(powers)
    column = {pair: k for k, pair in enumerate(covariance_pairs(variables))}
    origin = np.arange(powers.shape[1])
    left = powers
    chosen = np.zeros((len(column), powers.shape[1]), dtype=exponent_type(int(powers.max(initial=0))))
    for i in range(variables):
        for j in range(i + 1, variables):
            options, numbers = _choices(left[i], left[j], step=2 if j == variables - 1 else 1, width=len(column))
            origin, left, chosen = (kept.repeat(options, axis=-1) for kept in (origin, left, chosen))
            left[i] -= numbers
            left[j] -= numbers
            chosen[column[i, j]] = numbers
        chosen[column[i, i]] = left[i] >> 1
    return origin, chosen


def _choices(here: Integers, there: Integers, step: int, width: int) -> tuple[Integers, Integers]:
    """Contractions between two variables with ``here`` and ``there`` legs left: (how many choices, all the choices).

    ``step`` 2 leaves the first variable an even number of legs; ``width`` is the number of entries of a matrix.
    """
    least = here & (step - 1)
    options = np.maximum((np.minimum(here, there) - least) // step + 1, 0)
    last = options.cumsum()
    number = int(last[-1]) if len(last) else 0
    require_room(number, width)
    offset = least - step * (last - options)
    return options, step * np.arange(number) + offset.repeat(options)


def _multiplicities(powers: Integers, contractions: Exponents) -> Iterator[Exact]:
    """p_i! / (2^c_ii c_ii! prod_{j>i} c_ij!) for every variable i: integers, their product the number of pairings."""
    variables, largest = len(powers), int(powers.max(initial=0))
    # 20! is the last factorial below 2^63, and every divisor divides p_i!: machine words are exact up to there
    kind = np.int64 if largest <= 20 else np.object_
    factorials = np.array([factorial(k) for k in range(largest + 1)], dtype=kind)
    doubled = np.array([factorial(k) << k for k in range(largest // 2 + 1)], dtype=kind)
    column = {pair: k for k, pair in enumerate(covariance_pairs(variables))}
    if not variables:
        yield np.ones(contractions.shape[1], dtype=np.int64)
    for i in range(variables):
        divisor = doubled.take(contractions[column[i, i]])
        for j in range(i + 1, variables):
            divisor = divisor * factorials.take(contractions[column[i, j]])
        yield factorials.take(powers[i]) // divisor
