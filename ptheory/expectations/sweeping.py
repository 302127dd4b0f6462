"""One moment at many covariances: float64, vectorised over the covariances."""

from __future__ import annotations

from typing import Any

import numpy as np

from ptheory.expectations.arrays import ArrayArithmetic, check_stack
from ptheory.expectations.errors import PrecisionNotMet
from ptheory.expectations.gaussian_integral import gaussian_integral
from ptheory.expectations.lattice_integral import branch_values
from ptheory.expectations.moments import Moment
from ptheory.expectations.one_variable import OneVariable, one_variable

REACH = 8.6
CHUNK = 4_000_000
LEGENDRE = np.polynomial.legendre.leggauss(16)


def sweep(moment: Moment, covariances: Any) -> np.ndarray:
    """⟨moment⟩ at each of N covariances, an (N, r, r) array (or N variances for one variable): about 13 digits, no
    bound.

    Singular covariances are taken as limits; a moment that diverges there gives inf. Raises NotPositiveSemidefinite,
    DivergentMoment.
    """
    stack = check_stack(covariances, moment.size)
    parts = [
        one_variable(moment.factors_at(a), moment.power(a), moment.derivatives.count(a)) for a in range(moment.size)
    ]
    if all(part.pieces is not None for part in parts):
        entries = [[stack[:, a, b] for b in range(moment.size)] for a in range(moment.size)]
        with np.errstate(over="ignore", under="ignore"):
            value = gaussian_integral(parts, entries, ArrayArithmetic())
        return np.real(np.broadcast_to(value, stack.shape[:1])).copy()
    if any(part.deltas for part in parts) and moment.size > 1:
        raise PrecisionNotMet("a delta function in several variables without closed form is not swept")
    if moment.size > 2:
        raise PrecisionNotMet("sweeps without a closed form are limited to two variables; use evaluate")
    return _swept(parts, stack)


def _swept(parts: list[OneVariable], stack: np.ndarray) -> np.ndarray:
    panels = _panels(parts, stack)
    points = (panels * LEGENDRE[0].size) ** len(parts)
    size = max(1, CHUNK // points)
    chunks = [_rule(parts, stack[k : k + size], panels) for k in range(0, len(stack), size)]
    return np.concatenate(chunks) if chunks else np.zeros(0)


def _panels(parts: list[OneVariable], stack: np.ndarray) -> int:
    """Poles of tanh and its kin sit at distance of order one: panels in units of the standard deviation shrink as K
    grows.
    """
    widest = float(np.sqrt(max(stack[:, a, a].max(initial=1.0) for a in range(len(parts)))))
    return int(np.clip(np.ceil(4 * widest), 4, 64))


def _rule(parts: list[OneVariable], stack: np.ndarray, panels: int) -> np.ndarray:
    first = np.sqrt(stack[:, 0, 0])
    u, weight = _nodes(parts[0], np.zeros(first.shape), first, panels)
    z = first[:, None] * u
    values = branch_values(parts[0].branches, z) * weight
    for point, order, coefficient in parts[0].deltas:
        if order:
            raise PrecisionNotMet("derivatives of delta functions without closed form are not swept; use evaluate")
        spread = np.maximum(first, 1e-300)
        height = np.exp(-((float(point) / spread) ** 2) / 2) / (np.sqrt(2 * np.pi) * spread)
        values = np.concatenate([values, (float(coefficient) * height)[:, None]], axis=1)
    if len(parts) == 1:
        return np.asarray(values.sum(axis=1))
    slope = np.divide(stack[:, 0, 1], stack[:, 0, 0], out=np.zeros(first.shape), where=stack[:, 0, 0] > 0)
    spread = np.sqrt(np.maximum(stack[:, 1, 1] - slope * stack[:, 0, 1], 0))
    centre = slope[:, None] * z
    deviation = np.broadcast_to(spread[:, None], centre.shape)
    v, inner = _nodes(parts[1], centre.reshape(-1), deviation.reshape(-1), panels)
    w = centre.reshape(-1)[:, None] + deviation.reshape(-1)[:, None] * v
    conditional = (branch_values(parts[1].branches, w) * inner).sum(axis=1).reshape(centre.shape)
    return np.asarray((values * conditional).sum(axis=1))


def _nodes(part: OneVariable, centre: np.ndarray, deviation: np.ndarray, panels: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes u (in standard deviations about the centre) and Gaussian weights, split at the kinks; shapes (points,
    nodes).
    """
    edges = [np.full(centre.shape, e) for e in np.linspace(-REACH, REACH, panels + 1)]
    for branch in part.branches[1:]:
        place = np.divide(
            float(branch.lower) - centre, deviation, out=np.zeros(centre.shape), where=np.asarray(deviation > 0)
        )
        edges.append(np.clip(place, -REACH, REACH))
    table = np.sort(np.stack(edges, axis=-1), axis=-1)
    width = (table[..., 1:] - table[..., :-1])[..., None]
    u = (table[..., :-1, None] + width * (LEGENDRE[0] + 1) / 2).reshape(*centre.shape, -1)
    weights = (width * LEGENDRE[1] / 2 * np.ones(LEGENDRE[0].shape)).reshape(*centre.shape, -1)
    return u, weights * np.exp(-u * u / 2) / np.sqrt(2 * np.pi)
