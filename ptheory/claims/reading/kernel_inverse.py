"""Entries of the inverse of a symmetric matrix of symbols: minor over determinant, where they can be written out."""

from __future__ import annotations

from functools import lru_cache

from ptheory.algebra.polynomial import Polynomial
from ptheory.claims.terms.ratio import Ratio, TooLarge

# Distinct terms in the determinant of a symmetric matrix of symbols, by its size.
TERMS = (1, 1, 2, 5, 17, 73, 388, 2461, 18155, 152531, 1436714, 14986879, 171453343)
LARGEST = 6  # rows; the seventh makes 2461 terms of every entry


def inverse_entry(matrix: tuple[tuple[Polynomial, ...], ...], row: int, column: int) -> Ratio:
    """(matrix^-1)[row, column] = (-1)^(row + column) minor / determinant. TooLarge with the terms it would have."""
    size = len(matrix)
    if size > LARGEST:
        raise TooLarge(TERMS[size] if size < len(TERMS) else 10**9)
    row, column = sorted((row, column))
    minor = tuple(tuple(x for c, x in enumerate(line) if c != row) for r, line in enumerate(matrix) if r != column)
    sign = -1 if (row + column) % 2 else 1
    return Ratio(determinant(minor) * sign) * _over_determinant(matrix)


@lru_cache(maxsize=16)
def _over_determinant(matrix: tuple[tuple[Polynomial, ...], ...]) -> Ratio:
    return Ratio(determinant(matrix)).inverse()


def determinant(matrix: tuple[tuple[Polynomial, ...], ...]) -> Polynomial:
    """Laplace expansion along the rows, the minors of each set of columns worked out once."""
    minors: dict[tuple[int, ...], Polynomial] = {(): Polynomial.constant(1)}

    def minor(columns: tuple[int, ...]) -> Polynomial:
        if columns not in minors:
            line = matrix[len(matrix) - len(columns)]
            parts = [
                line[c] * minor(columns[:k] + columns[k + 1 :]) * (-1 if k % 2 else 1) for k, c in enumerate(columns)
            ]
            minors[columns] = Polynomial.sum(parts)
        return minors[columns]

    return minor(tuple(range(len(matrix))))
