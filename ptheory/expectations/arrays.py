"""Sweeps: one moment at many covariances at once, in float64 arrays.

``gaussian_integral`` runs unchanged on arrays where the families have pieces; other activations use Gauss–Legendre
panels split at kinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erf
from typing import TypeAlias

import numpy as np
from sympy import Expr, I

from ptheory.expectations.covariance import GivenCovariance
from ptheory.expectations.expectation_errors import ExpectationError, NotPositiveSemidefinite, PrecisionNotMet

TINY = 1e-300
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
_erf = np.frompyfunc(erf, 1, 1)

Entry: TypeAlias = "np.ndarray | complex"


def error_function(x: Entry) -> np.ndarray:
    """erf elementwise, real or complex argument."""
    values = np.asarray(x)
    if np.iscomplexobj(values):
        raise PrecisionNotMet("error functions of complex arguments are not swept in float64")
    return np.asarray(_erf(values), dtype=float)


class ArrayArithmetic:
    """Entries are float64 arrays (or plain numbers, whose zeros are exact); values real or complex arrays."""

    def entry(self, exact: Expr) -> Entry:
        return complex(exact) if exact.has(I) else float(exact)

    def value(self, exact: Expr) -> Entry:
        return self.entry(exact)

    def tidy(self, entry: Entry) -> Entry:
        return entry

    def is_zero(self, entry: Entry) -> bool:
        return isinstance(entry, (int, float, complex)) and entry == 0

    def scale(self, value: Entry, entry: Entry) -> Entry:
        return value * entry

    def exponential(self, entry: Entry) -> Entry:
        return np.exp(entry)

    def inverse_root(self, entry: Entry) -> Entry:
        return 1 / np.sqrt(entry)

    def density(self, mean: Entry, variance: Entry) -> Entry:
        safe = np.maximum(variance, TINY)
        scale = 1 / np.sqrt(2 * np.pi * safe)
        return scale if self.is_zero(mean) else scale * np.exp(-mean * mean / (2 * safe))

    def orthant(self, means: Sequence[Entry], covariance: Sequence[Sequence[Entry]]) -> Entry:
        size = len(means)
        centred = all(self.is_zero(m) for m in means)
        if size == 0:
            return 1.0
        if size == 1:
            return 0.5 if centred else _normal(_standard(means[0], covariance[0][0]))
        if size == 2 and centred:
            return 0.25 + np.arcsin(_correlation(covariance, 0, 1)) / (2 * np.pi)
        if size == 2:
            h, k = (_standard(means[i], covariance[i][i]) for i in (0, 1))
            return _pair(h, k, _correlation(covariance, 0, 1))
        if size == 3 and centred:
            angles = sum(np.arcsin(_correlation(covariance, i, j)) for i, j in ((0, 1), (0, 2), (1, 2)))
            return 0.125 + angles / (4 * np.pi)
        if size == 4 and centred:
            return _centred_four(covariance)
        raise PrecisionNotMet(f"an orthant probability of {size} gates has no float64 rule here")


def _standard(mean: Entry, variance: Entry) -> Entry:
    return mean / np.sqrt(np.maximum(variance, TINY))


def _normal(h: Entry) -> Entry:
    return (1 + error_function(h / np.sqrt(2))) / 2


def _correlation(covariance: Sequence[Sequence[Entry]], i: int, j: int) -> Entry:
    scale = np.sqrt(np.maximum(covariance[i][i], TINY)) * np.sqrt(np.maximum(covariance[j][j], TINY))
    return np.clip(covariance[i][j] / scale, -1, 1)


def _pair(h: Entry, k: Entry, rho: Entry) -> np.ndarray:
    """Φ₂(h, k; ρ) by Gauss–Legendre in the angle asin ρ, panels shrinking towards it, where the integrand bends."""
    if np.iscomplexobj(h) or np.iscomplexobj(k):
        raise PrecisionNotMet("normal distributions of complex arguments are not swept in float64")
    h, k, rho = np.broadcast_arrays(np.asarray(h, dtype=float), k, rho)
    angle = np.arcsin(rho)
    total = np.zeros(h.shape)
    left = np.zeros(h.shape)
    for share in (0.5, 0.75, 0.875, 0.9375, 0.96875, 0.984375, 0.9921875, 1.0):
        right = angle * share
        t = (left + right)[..., None] / 2 + (right - left)[..., None] / 2 * NODES
        cosine = np.maximum(np.cos(t) ** 2, TINY)
        bend = h[..., None] ** 2 + k[..., None] ** 2 - 2 * h[..., None] * k[..., None] * np.sin(t)
        total += ((right - left)[..., None] / 2 * WEIGHTS * np.exp(-bend / (2 * cosine))).sum(axis=-1)
        left = right
    return np.asarray(_normal(h) * _normal(k) + total / (2 * np.pi))


def _centred_four(covariance: Sequence[Sequence[Entry]]) -> np.ndarray:
    """As in ball_arithmetic: scale the correlations of the first gate from 0 to 1; t = 1 − s² tames the end point."""
    rho = {(i, j): np.asarray(_correlation(covariance, i, j)) for i in range(4) for j in range(4) if i != j}
    total = (0.125 + sum(np.arcsin(rho[i, j]) for i, j in ((1, 2), (1, 3), (2, 3))) / (4 * np.pi)) / 2
    for panel in range(4):
        s = (panel + (NODES + 1) / 2) / 4
        t = 1 - s**2
        weight = WEIGHTS / 8 * 2 * s
        for j in (1, 2, 3):
            k, m = (i for i in (1, 2, 3) if i != j)
            a, b, c = (t * rho[0, i][..., None] for i in (j, k, m))
            d, e, f = (rho[x][..., None] for x in ((j, k), (j, m), (k, m)))
            determinant = np.maximum(1 - a * a, TINY)
            var_k = 1 - (b * b - 2 * a * b * d + d * d) / determinant
            var_m = 1 - (c * c - 2 * a * c * e + e * e) / determinant
            cov = f - (b * c - a * (b * e + c * d) + d * e) / determinant
            scale = np.sqrt(np.maximum(var_k, TINY) * np.maximum(var_m, TINY))
            angle = np.arcsin(np.clip(cov / scale, -1, 1))
            slope = rho[0, j][..., None] / (2 * np.pi * np.sqrt(determinant)) * (0.25 + angle / (2 * np.pi))
            total = total + (weight * slope).sum(axis=-1)
    return np.asarray(total)


def check_stack(covariances: np.ndarray | Sequence[GivenCovariance], size: int) -> np.ndarray:
    """An (N, r, r) stack of symmetric positive semidefinite float64 matrices, up to rounding."""
    stack = np.asarray(covariances, dtype=float)
    if stack.ndim == 1 and size == 1:
        stack = stack[:, None, None]
    if stack.ndim != 3 or stack.shape[1] != stack.shape[2] or stack.shape[1] < size:
        raise ExpectationError(f"a sweep needs an array of shape (N, {size}, {size}), not {stack.shape}")
    stack = stack[:, :size, :size]
    if not np.isfinite(stack).all():
        raise ExpectationError("a covariance in the sweep has entries that are not finite")
    scale = np.abs(stack).max(axis=(1, 2)) + TINY
    if (np.abs(stack - np.swapaxes(stack, 1, 2)).max(axis=(1, 2)) > 1e-12 * scale).any():
        raise NotPositiveSemidefinite("a covariance in the sweep is not symmetric")
    lowest = np.linalg.eigvalsh(stack)[:, 0]
    if (lowest < -1e-12 * scale).any():
        raise NotPositiveSemidefinite(
            f"covariance {int(np.argmax(lowest < -1e-12 * scale))} of the sweep is not positive semidefinite"
        )
    return stack
