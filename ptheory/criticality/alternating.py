"""What turns its sign, or its phase, from layer to layer: eigenvalues of modulus one other than one.

Layers of h kinds in turn respond with the eigenvalues exp(2 πi k/h). Where Y' = M(x) Y, M(0) r = μ r, l M(0) = μ l,
l r = 1, along a flow x' = x + c x^(1+q), the component along r keeps its modulus but for a factor 1 + m x^q,

    |Y| ~ x^(m/c),     m = Re(l M_q r/μ),     M_q = the coefficient of x^q in M(x):

it may shrink more slowly than what adds up along the eigenvalue one, or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sympy as sp

from ptheory.criticality.linear_recursions import AsymptoticFailure, Flow
from ptheory.criticality.series import ONE, ZERO, LogSeries, order_key

if TYPE_CHECKING:
    import numpy as np

APART = 1e-9  # of moduli from one, and of eigenvalues from each other
INDEPENDENT = 1e-6  # of the determinant of l r, where vectors of length one are a basis


def in_numbers(matrix: sp.Matrix) -> np.ndarray:
    """The matrix in double precision, symbols taken to be one."""
    import numpy as np

    numbers = matrix.subs(dict.fromkeys(matrix.free_symbols, ONE))
    return np.array(numbers.evalf().tolist(), dtype=float)


def period(matrix: sp.Matrix) -> int:
    """After how many layers what keeps its size is again what it was: the eigenvalues of modulus one, counted."""
    return 1 + len(_turning(in_numbers(matrix)))


def slowest_alternation(flow: Flow, matrix: Sequence[Sequence[LogSeries]]) -> float | None:
    """m/c of what turns from layer to layer and shrinks most slowly; None where nothing does.

    Raises AsymptoticFailure where that is no power of x.
    """
    import numpy as np

    at_zero, moved = (in_numbers(sp.Matrix(_coefficients(matrix, exponent))) for exponent in (ZERO, flow.q))
    turning = _turning(at_zero)
    if not turning:
        return None
    values, columns = np.linalg.eig(at_zero)
    transposed, rows = np.linalg.eig(at_zero.T)
    largest = []
    for eigenvalue in turning:
        right, left = columns[:, abs(values - eigenvalue) < APART], rows[:, abs(transposed - eigenvalue) < APART].T
        product = left @ right
        if product.shape[0] != product.shape[1] or abs(np.linalg.det(product)) < INDEPENDENT:
            raise AsymptoticFailure("it turns from layer to layer, and grows")
        inside = np.any(abs(left.T) > APART, axis=1) & np.any(abs(right) > APART, axis=1)
        members = [k for k, is_inside in enumerate(inside.tolist()) if is_inside]
        if any(_changes_fast(matrix[i][j], flow) for i in members for j in members):
            raise AsymptoticFailure("it turns from layer to layer, by what changes faster with the kernel than it does")
        responses = np.linalg.eigvals(np.linalg.solve(product, left @ moved @ right)) / eigenvalue
        largest.append(float(max(responses.real)))
    return max(largest) / float(flow.c)


def _coefficients(matrix: Sequence[Sequence[LogSeries]], exponent: sp.Expr) -> list[list[sp.Expr]]:
    return [[entry.terms.get((exponent, 0), ZERO) for entry in row] for row in matrix]


def _changes_fast(entry: LogSeries, flow: Flow) -> bool:
    """Whether there is a power of x between the zeroth and that of the flow, so that its square may count."""
    return any(APART < order_key(exponent) < order_key(flow.q) - APART for exponent, _ in entry.terms)


def _turning(matrix: np.ndarray) -> list[complex]:
    """The eigenvalues of modulus one other than one, each once."""
    import numpy as np

    found: list[complex] = []
    for value in map(complex, np.linalg.eigvals(matrix)):
        if abs(abs(value) - 1) < APART and all(abs(value - other) > APART for other in (1, *found)):
            found.append(value)
    return found
