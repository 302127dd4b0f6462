"""Covariances as exact numbers: reading, checking, and what singular ones reduce to."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import mpmath
import sympy

from ptheory.algebra.partitions import connected_groups
from ptheory.expectations.expectation_errors import ExpectationError, NotPositiveSemidefinite, PrecisionNotMet

if TYPE_CHECKING:
    import numpy as np


LARGEST_BINARY_EXPONENT = 500  # of a variance, either way, where quadrature in double precision forms its square

Covariance = tuple[tuple[Fraction, ...], ...]
RealNumber: TypeAlias = "int | float | str | Fraction | mpmath.mpf | sympy.Expr"
GivenCovariance: TypeAlias = "RealNumber | Sequence[RealNumber] | Sequence[Sequence[RealNumber]] | np.ndarray"


def read_number(value: RealNumber) -> Fraction:
    """int, Fraction, decimal or p/q text, float, mpf, SymPy rational: the exact rational it stands for.

    An irrational SymPy number is taken to 60 significant digits beyond the working precision of mpmath.
    """
    if isinstance(value, (int, Fraction, str)):
        return Fraction(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ExpectationError(f"a covariance entry must be a finite number, not {value}")
        return Fraction(value)
    if isinstance(value, mpmath.mpf):
        return _from_mpf(value)
    if isinstance(value, sympy.Rational):
        return Fraction(int(value.p), int(value.q))
    if isinstance(value, sympy.Expr) and value.is_number and value.is_real:
        return _from_mpf(mpmath.mpmathify(sympy.N(value, mpmath.mp.dps + 60)))
    if hasattr(value, "item"):
        return read_number(value.item())
    raise ExpectationError(f"a covariance entry must be a real number, not {value!r}")


def _from_mpf(value: mpmath.mpf) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    if mantissa == 0 and exponent != 0:
        raise ExpectationError(f"a covariance entry must be a finite number, not {value}")
    signed = -int(mantissa) if sign else int(mantissa)
    found: Fraction = Fraction(signed) * Fraction(2) ** exponent
    return found


def read_covariance(given: GivenCovariance, size: int) -> Covariance:
    """A symmetric positive semidefinite matrix of at least ``size`` rows, cut to ``size``; one number will do for one
    variable.
    """
    if hasattr(given, "tolist"):
        given = given.tolist()
    if not isinstance(given, (list, tuple)):
        given = [[given]]
    rows = [list(row) if isinstance(row, (list, tuple)) else [row] for row in given]
    if any(len(row) != len(rows) for row in rows):
        raise ExpectationError("a covariance must be a square matrix")
    if len(rows) < size:
        raise ExpectationError(f"the expectation has {size} variables, the covariance given only {len(rows)}")
    matrix = tuple(tuple(read_number(entry) for entry in row) for row in rows)
    for a in range(len(matrix)):
        for b in range(a):
            if matrix[a][b] != matrix[b][a]:
                raise NotPositiveSemidefinite(f"the covariance is not symmetric: K[{a},{b}] differs from K[{b},{a}]")
    check_semidefinite(matrix)
    return tuple(row[:size] for row in matrix[:size])


def check_semidefinite(matrix: Covariance) -> None:
    """Exact symmetric elimination. Raises NotPositiveSemidefinite naming the offending direction."""
    work = [list(row) for row in matrix]
    size = len(work)
    for k in range(size):
        pivot = work[k][k]
        if pivot < 0:
            raise NotPositiveSemidefinite(
                f"the covariance is not positive semidefinite: variable {k} has variance {float(pivot):.6g}"
                + (" given the others before it" if k else "")
            )
        if pivot == 0:
            for j in range(k + 1, size):
                if work[k][j] != 0:
                    raise NotPositiveSemidefinite(
                        f"the covariance is not positive semidefinite: variable {k} has no variance left but covaries "
                        f"with {j}"
                    )
            continue
        for i in range(k + 1, size):
            ratio = work[i][k] / pivot
            for j in range(k + 1, size):
                work[i][j] -= ratio * work[k][j]


def require_double_range(matrix: Covariance) -> None:
    """Raises PrecisionNotMet, with its size, where the standard deviation of a variable is beyond double precision."""
    for variance in (matrix[k][k] for k in range(len(matrix)) if matrix[k][k]):
        if abs(variance.numerator.bit_length() - variance.denominator.bit_length()) > LARGEST_BINARY_EXPONENT:
            raise PrecisionNotMet(f"a variance of {shown(variance)} is beyond the range of quadrature")


def shown(variance: Fraction) -> str:
    """A number of any size to three digits, for messages."""
    return str(mpmath.nstr(mpmath.mpf(variance.numerator) / variance.denominator, 3))


def rank_of(matrix: Covariance) -> int:
    """The number of independent directions of a positive semidefinite matrix."""
    work = [list(row) for row in matrix]
    rank = 0
    for k in range(len(work)):
        pivot = work[k][k]
        if pivot == 0:
            continue
        rank += 1
        for i in range(k + 1, len(work)):
            ratio = work[i][k] / pivot
            for j in range(k + 1, len(work)):
                work[i][j] -= ratio * work[k][j]
    return rank


def blocks(matrix: Covariance) -> list[list[int]]:
    """Variables grouped into mutually independent blocks."""
    size = len(matrix)
    return connected_groups(size, [(a, b) for a in range(size) for b in range(a) if matrix[a][b] != 0])
