"""Several correlated variables, as an estimate: iterated Gauss–Legendre panels split at every kink, compared with a
finer rule.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from operator import add, mul
from typing import Any

import mpmath
import numpy as np
import sympy

from ptheory.activations.branches import Branches
from ptheory.activations.symbols import Z
from ptheory.activations.tails import tail_polynomial
from ptheory.activations.tape import Numbers, compiled, multiprecision, tape_of
from ptheory.algebra.elementary import ELEMENTARY
from ptheory.expectations.arrays import error_function
from ptheory.expectations.covariance import require_double_range
from ptheory.expectations.expectation_errors import PrecisionNotMet
from ptheory.expectations.reduction import Block
from ptheory.expectations.time_limits import check_time

DOUBLE_DIGITS = 13
HIGHEST_DIMENSION = 4
OVERFLOW = 100  # beyond it what a tail polynomial leaves out, exp(−|z|) and smaller, is below the last digit
REACHES = (8.0, 9.5)  # of the coarse and the fine rule: a tail that is missed shows in their difference
NODES = {1: (24, 30), 2: (24, 32), 3: (18, 24), 4: (12, 16)}
PANELS = {1: 16, 2: 12, 3: 4, 4: 3}


def lattice_integral(block: Block, digits: int) -> tuple[mpmath.mpf, mpmath.mpf]:
    """(value, error estimate) of a block's expectation: numpy up to 13 digits, mpmath for two variables beyond."""
    size = len(block.parts)
    if size > HIGHEST_DIMENSION:
        raise PrecisionNotMet(f"{size} correlated inputs are beyond quadrature")
    require_double_range(block.covariance)
    if digits <= DOUBLE_DIGITS or size > 2:
        coarse, fine = (
            _numpy_rule(block, PANELS[size], nodes, reach) for nodes, reach in zip(NODES[size], REACHES, strict=True)
        )
        return mpmath.mpf(fine), mpmath.mpf(abs(fine - coarse)) + mpmath.mpf(abs(fine)) * mpmath.mpf(2) ** -48
    coarse, fine = (_multiprecision_rule(block, digits, nodes) for nodes in (digits + 6, digits + 12))
    return fine, abs(fine - coarse) + abs(fine) * mpmath.mpf(10) ** (-digits - 5)


def factor_of(covariance: tuple[tuple[Fraction, ...], ...]) -> list[list[Fraction]]:
    """z_i = Σ_{k<i} L_ik v_k + v_i with independent innovations v_k: rows of (L_i0, …, L_i,i−1, variance of v_i)."""
    size = len(covariance)
    lower = [[Fraction(0)] * size for _ in range(size)]
    variances: list[Fraction] = []
    for i in range(size):
        for j in range(i):
            partial = covariance[i][j] - sum((lower[i][k] * lower[j][k] * variances[k] for k in range(j)), Fraction(0))
            lower[i][j] = partial / variances[j] if variances[j] else Fraction(0)
        lower[i][i] = Fraction(1)
        variances.append(covariance[i][i] - sum((lower[i][k] ** 2 * variances[k] for k in range(i)), Fraction(0)))
    return [[*lower[i][:i], variances[i]] for i in range(size)]


def _double(value: sympy.Expr) -> Any:
    return complex(value) if value.has(sympy.I) else float(value)


def _double_power(exponent: sympy.Expr) -> Callable[[Any], Any]:
    power = int(exponent) if exponent.is_Integer else float(exponent)
    return lambda base: base**power


DOUBLE_ARRAYS = Numbers(
    _double,
    _double_power,
    {
        "+": add,
        "*": mul,
        **{row.name: getattr(np, row.numpy) for row in ELEMENTARY if row.is_smooth and row.numpy},
        "erf": error_function,
        "erfc": lambda x: 1 - error_function(x),
    },
)
"""numpy arrays of float64."""


def branch_values(parts: Branches, z: np.ndarray) -> np.ndarray:
    """A piecewise smooth function on an array."""
    result = np.zeros(z.shape)
    for branch in parts:
        if branch.formula == 0:
            continue
        inside = np.ones(z.shape, dtype=bool)
        if branch.lower.is_finite:
            inside &= z >= float(branch.lower)
        if branch.upper.is_finite:
            inside &= z < float(branch.upper)
        if inside.any():
            function = compiled(tape_of(branch.formula), DOUBLE_ARRAYS)
            where = z[inside]
            with np.errstate(over="ignore", invalid="ignore"):
                values = np.real(function(where))
            result[inside] = _beyond_overflow(branch.formula, where, np.broadcast_to(values, where.shape))
    return result


def _beyond_overflow(formula: sympy.Expr, z: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Where exponentials overflow float64 the formula is its tail polynomial, to all digits; nan where it has none."""
    lost = ~np.isfinite(values) & (np.abs(z) > OVERFLOW)
    if not lost.any():
        return values
    filled = values.copy()
    for side in (1, -1):
        tail = tail_polynomial(formula, side)
        if tail is not None:
            chosen = lost & (side * z > 0)
            filled[chosen] = np.polyval([float(c) for c in sympy.Poly(tail, Z).all_coeffs()], z[chosen])
    return filled


@lru_cache(maxsize=64)
def _legendre(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    x, w = np.polynomial.legendre.leggauss(nodes)
    return (x + 1) / 2, w / 2


def _numpy_rule(block: Block, panels: int, nodes: int, reach: float) -> float:
    check_time()
    rows = [[float(x) for x in row] for row in factor_of(block.covariance)]
    x, w = _legendre(nodes)
    innovations: list[np.ndarray] = []
    weights = np.ones(1)
    for i, (part, row) in enumerate(zip(block.parts, rows, strict=True)):
        deviation = np.sqrt(row[i]) if row[i] > 0 else 0.0
        centre = sum((row[k] * innovations[k] for k in range(i)), np.zeros(weights.shape))
        if deviation == 0.0:
            weights = weights * branch_values(part.branches, centre)
            innovations.append(np.zeros(weights.shape))
            continue
        edges = [np.full(weights.shape, e) for e in np.linspace(-reach, reach, panels + 1)]
        for branch in part.branches[1:]:
            edges.append(np.clip((float(branch.lower) - centre) / deviation, -reach, reach))
        table = np.sort(np.stack(edges), axis=0)
        width = table[1:] - table[:-1]
        # axes: panel, node, outer point
        u = table[:-1, None, :] + width[:, None, :] * x[None, :, None]
        z = centre[None, None, :] + deviation * u
        density = np.exp(-u * u / 2) / np.sqrt(2 * np.pi) * width[:, None, :] * w[None, :, None]
        values = branch_values(part.branches, z) * density
        weights = (weights[None, None, :] * values).reshape(-1)
        innovations = [np.broadcast_to(v[None, None, :], z.shape).reshape(-1) for v in innovations]
        innovations.append((deviation * u).reshape(-1))
    return float(weights.sum())


def _multiprecision_rule(block: Block, digits: int, nodes: int) -> mpmath.mpf:
    rows = factor_of(block.covariance)
    x, w = _multiprecision_legendre(nodes, mpmath.mp.dps)
    reach = mpmath.sqrt(2 * (digits + 4) * mpmath.log(10))
    functions = [[(b, multiprecision(b.formula)) for b in part.branches] for part in block.parts]

    def inner(level: int, earlier: list[mpmath.mpf]) -> mpmath.mpf:
        if level == len(rows):
            return mpmath.mpf(1)
        row = rows[level]
        centre = mpmath.fsum(mpmath.mpf(c.numerator) / c.denominator * z for c, z in zip(row, earlier, strict=False))
        deviation = mpmath.sqrt(mpmath.mpf(row[level].numerator) / row[level].denominator)
        total = mpmath.mpf(0)
        for branch, function in functions[level]:
            low = centre - reach * deviation
            high = centre + reach * deviation
            if branch.lower.is_finite:
                low = max(low, mpmath.mpmathify(sympy.N(branch.lower, digits + 10)))
            if branch.upper.is_finite:
                high = min(high, mpmath.mpmathify(sympy.N(branch.upper, digits + 10)))
            if low >= high or branch.formula == 0:
                continue
            count = max(1, int(mpmath.ceil((high - low) / (3 * deviation))))
            width = (high - low) / count
            for k in range(count):
                check_time()
                for node, weight in zip(x, w, strict=True):
                    z = low + (k + node) * width
                    u = (z - centre) / deviation
                    total += (
                        weight
                        * width
                        / deviation
                        * mpmath.exp(-u * u / 2)
                        * function(z)
                        * inner(level + 1, [*earlier, z])
                    )
        return total / mpmath.sqrt(2 * mpmath.pi)

    return inner(0, [])


@lru_cache(maxsize=32)
def _multiprecision_legendre(nodes: int, digits: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Gauss–Legendre nodes and weights on [0, 1] by Newton's iteration."""
    with mpmath.workdps(digits + 10):
        x, w = [], []
        for k in range(nodes):
            root = mpmath.cos(mpmath.pi * (k + mpmath.mpf(3) / 4) / (nodes + mpmath.mpf(1) / 2))
            for _ in range(100):
                p, q = mpmath.mpf(1), root
                for n in range(2, nodes + 1):
                    p, q = q, ((2 * n - 1) * root * q - (n - 1) * p) / n
                slope = nodes * (root * q - p) / (root * root - 1)
                step = q / slope
                root -= step
                if abs(step) < mpmath.mpf(10) ** (-digits - 5):
                    break
            x.append((root + 1) / 2)
            w.append(1 / ((1 - root * root) * slope**2))
    return tuple(x), tuple(w)
