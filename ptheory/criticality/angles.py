"""The correlation of two inputs of equal norm, layer by layer in doubles: c' = K12'/K' from the derived recursions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import numpy as np

from ptheory.algebra.polynomial import Atom
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.edge import AngleApproach, angle_approach
from ptheory.criticality.exact_numbers import Number
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.phases import Hyper, Phase, exact_hyperparameters, on_the_edge, phase
from ptheory.criticality.specialised import SpecialisedSystem

NORM = 1.0  # K in the first layer where the fixed kernel is zero or any
RESOLVED = 1e-11  # 1 - c below which doubles know nothing of it
PHASE_DIGITS = 10


class NoAngle(Refusal):
    """Kernels do not stay, so that there is no angle to follow."""


@dataclass(frozen=True)
class AngleFlow:
    """``correlations``: start -> c in layers 1, 2, ..., shorter where 1 - c is not resolved any more; ``kernels``: K.

    ``law``: how 1 - c closes on the edge of chaos at K* > 0 (on a line at every K), None elsewhere.
    """

    phase: Phase
    kernels: tuple[float, ...]
    correlations: dict[Fraction, tuple[float, ...]]
    law: AngleApproach | None


def angle_flow(
    spec: SpecialisedSystem, hyper: Hyper, starts: Sequence[Fraction], depth: int, critical: Number | None = None
) -> AngleFlow:
    """From norms at K* (1 where that is zero or any); ``critical``: K* > 0 where the variances are those of a critical
    point, which decimals of them may not show. Raises NoAngle where kernels explode or collapse, AsymptoticFailure
    where the phase is not known, TypeError and UnusableValue as ``hyperparameters``."""
    exact = exact_hyperparameters(spec, hyper)
    found = phase(spec, exact, PHASE_DIGITS) if critical is None else on_the_edge(critical)
    if found.name in ("explosion", "collapse"):
        how = "K grows without end" if found.name == "explosion" else "K* = 0 attracts exponentially"
        raise NoAngle(f"{how} at these variances: there is no norm at which an angle could be followed")
    kernel = NORM if found.K_star is None or found.K_star == 0 else float(found.K_star)
    fixed = bool(found.K_star)
    numbers: dict[Atom, float] = {symbol: float(value) for symbol, value in exact.items()}
    kernels, angles = [kernel], np.array([[float(start) for start in starts]])
    while len(kernels) < depth:
        now = angles[-1]
        (after,) = spec.grid(spec.system.kernel, np.array([kernels[-1]]), numbers)
        angles = np.vstack([angles, _next(spec, numbers, kernels[-1], now, float(after))])
        kernels.append(kernel if fixed else float(after))
    correlations = {start: _resolved(angles[:, k]) for k, start in enumerate(starts)}
    return AngleFlow(found, tuple(kernels), correlations, _law(spec, exact, found))


def _next(
    spec: SpecialisedSystem, numbers: dict[Atom, float], kernel: float, correlations: np.ndarray, after: float
) -> np.ndarray:
    """c' of each correlation; one that is 1 as far as doubles know stays."""
    moving = 1 - correlations > RESOLVED
    result = np.ones_like(correlations)
    if moving.any():
        entries = [[np.full_like(c := correlations[moving], kernel), c * kernel], [c * kernel, np.full_like(c, kernel)]]
        covariances = np.array(entries).transpose(2, 0, 1)
        result[moving] = np.clip(spec.grid_of_pairs(spec.system.pair, covariances, numbers) / after, -1, 1)
    return result


def _resolved(correlations: np.ndarray) -> tuple[float, ...]:
    gone = np.flatnonzero(1 - correlations <= RESOLVED)
    return tuple(float(c) for c in correlations[: gone[0] if len(gone) else None])


def _law(spec: SpecialisedSystem, hyper: Hyper, found: Phase) -> AngleApproach | None:
    if found.name != "edge" or found.K_star == 0 or mpmath.isnan(found.fixed_correlation):
        return None
    try:
        return angle_approach(spec, hyper, NORM if found.K_star is None else found.K_star)
    except AsymptoticFailure:
        return None
