"""The phase diagram of a recursion system: fixed kernels, ordered and chaotic phases, correlation lengths, angles.

At hyperparameters (C_b, C_W) the kernel flows to K*, where nearby inputs separate (perpendicular susceptibility above
one: chaotic) or merge (below one: ordered); the border is the edge of chaos. With chi the susceptibility along a
direction, a perturbation decays as exp(-l/xi), xi = -1/log chi. Correlations flow by f12(K, K, c K)/K to c*.
Approach of c to one on the edge: eps' = eps - A eps^2 for smooth functions, A = (K/2) d2 f12/dK12^2 at c = 1, hence
eps = 1/(A l); eps' = eps - B eps^(3/2) when the slope jumps, hence eps = 4/(B l)^2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Polynomial
from ptheory.criticality.fixed_points import CriticalConditions
from ptheory.criticality.linear import AsymptoticFailure
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.system import (
    Average,
    at_coincidence,
    expanded,
    pair_derivative,
)

Hyper = Mapping[Any, Any]


@dataclass(frozen=True)
class Phase:
    """The long-depth behaviour at one (C_b, C_W); ``correlation_length`` is infinite on the edge.

    ``name``: "ordered", "chaotic" or "edge". ``fixed_correlation`` is the stable c*.
    """

    name: str
    K_star: mpmath.mpf
    parallel: mpmath.mpf
    perpendicular: mpmath.mpf
    fixed_correlation: mpmath.mpf
    kernel_length: mpmath.mpf
    correlation_length: mpmath.mpf

    @property
    def trajectory_growth(self) -> mpmath.mpf:
        """The factor per layer by which the length of a short curve of inputs grows: sqrt of the perpendicular one."""
        return mpmath.sqrt(self.perpendicular)


def hyperparameters(spec: SpecialisedSystem, bias: Any, weight: Any) -> dict[Any, Any]:
    return {spec.system.bias: bias, spec.system.weight: weight}


def fixed_kernels(spec: SpecialisedSystem, hyper: Hyper, digits: int = 20) -> list[mpmath.mpf]:
    """Every K > 0 with f(K) = K found between 1e-8 and 1e8, in increasing order."""
    kernels = np.logspace(-8, 8, 641)
    with np.errstate(all="ignore"):
        gap = spec.grid(spec.system.kernel, kernels, {k: float(v) for k, v in hyper.items()}) / kernels - 1
    found = []
    for k in np.flatnonzero(np.isfinite(gap[:-1]) & np.isfinite(gap[1:]) & (gap[:-1] * gap[1:] < 0)):
        bracket = (mpmath.mpf(float(kernels[k])), mpmath.mpf(float(kernels[k + 1])))
        with mpmath.workdps(digits + 10):
            found.append(
                mpmath.findroot(
                    lambda x: spec.value(spec.system.kernel, x, hyper, digits + 5) - x,
                    bracket,
                    solver="anderson",
                    verify=False,
                )
            )
    return found


def correlation_map(
    spec: SpecialisedSystem, hyper: Hyper, kernel: mpmath.mpf, c: mpmath.mpf, digits: int
) -> mpmath.mpf:
    """c' = f12/K at equal norms K."""
    covariance = ((kernel, c * kernel), (c * kernel, kernel))
    return spec.value(spec.system.pair, covariance, hyper, digits) / kernel


def phase(spec: SpecialisedSystem, hyper: Hyper, digits: int = 15) -> Phase:
    """The phase at given hyperparameters. Raises ``AsymptoticFailure`` where the kernel has no stable fixed point."""
    system = spec.system
    with mpmath.workdps(digits + 10):
        stable = []
        for kernel in fixed_kernels(spec, hyper, digits):
            parallel = spec.value(system.parallel_susceptibility, kernel, hyper, digits)
            if abs(parallel) < 1:
                stable.append((kernel, parallel))
        if not stable:
            raise AsymptoticFailure("the kernel has no stable fixed point K > 0 at these hyperparameters")
        kernel, parallel = stable[0]
        perpendicular = spec.value(expanded(system.perpendicular_susceptibility), kernel, hyper, digits)
        distance = perpendicular - 1
        if abs(distance) < mpmath.mpf(10) ** (-digits + 4):
            name, correlation, response = "edge", mpmath.mpf(1), mpmath.mpf(1)
        elif distance < 0:
            name, correlation, response = "ordered", mpmath.mpf(1), perpendicular
        else:
            name = "chaotic"
            correlation = stable_correlation(spec, hyper, kernel, digits)
            covariance = ((kernel, correlation * kernel), (correlation * kernel, kernel))
            response = spec.value(pair_derivative(system.pair), covariance, hyper, digits)
        return Phase(name, kernel, parallel, perpendicular, correlation, _length(parallel), _length(response))


def _length(factor: mpmath.mpf) -> mpmath.mpf:
    """-1/log |factor|: infinite at one, zero at zero."""
    size = abs(factor)
    if size == 1:
        return mpmath.inf
    return -1 / mpmath.log(size) if size else mpmath.mpf(0)


def stable_correlation(spec: SpecialisedSystem, hyper: Hyper, kernel: mpmath.mpf, digits: int) -> mpmath.mpf:
    """The fixed correlation c* < 1 of the chaotic phase: the zero of c' - c nearest below one."""

    def gap(c: mpmath.mpf) -> mpmath.mpf:
        return correlation_map(spec, hyper, kernel, c, digits + 5) - c

    step = mpmath.mpf(1) / 16
    upper = 1 - mpmath.mpf(1) / 1000
    while gap(upper) >= 0:
        upper = 1 - (1 - upper) / 8
        if 1 - upper < mpmath.mpf(10) ** -9:
            raise AsymptoticFailure("c* is closer to one than 1e-9")
    lower = upper - step
    while gap(lower) < 0:
        lower -= step
        if lower < -1:
            raise AsymptoticFailure("no fixed correlation between -1 and 1")
    return mpmath.findroot(gap, (lower, upper), solver="anderson", verify=False)


def edge_of_chaos(
    spec: SpecialisedSystem, kernels: Iterable[Any], digits: int = 15
) -> list[tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf]]:
    """(K*, C_b, C_W) with K* fixed and perpendicular susceptibility one.

    Left out: C_b < 0, and kernels that do not attract (parallel susceptibility above one), which no network reaches.
    """
    conditions = CriticalConditions.of(spec)
    points = []
    with mpmath.workdps(digits + 5):
        for given in kernels:
            kernel = mpmath.mpf(given)
            p0, p1 = (spec.value(p, kernel, {}, digits) for p in conditions.perpendicular)
            weight = (1 - p0) / p1
            r0, r1 = (spec.value(r, kernel, {spec.system.weight: weight}, digits) for r in conditions.kernel)
            bias = (kernel - r0) / r1
            if bias < 0 or weight <= 0:
                continue
            hyper = hyperparameters(spec, bias, weight)
            parallel = spec.value(spec.system.parallel_susceptibility, kernel, hyper, digits)
            if abs(parallel) <= 1 + mpmath.mpf(10) ** (4 - digits):
                points.append((kernel, bias, weight))
    return points


@dataclass(frozen=True)
class AngleApproach:
    """1 - c = amplitude * l^(-power) on the edge of chaos at K* > 0."""

    power: int
    amplitude: mpmath.mpf
    reason: str


def angle_approach(spec: SpecialisedSystem, hyper: Hyper, kernel: Any, digits: int = 20) -> AngleApproach:
    """How the correlation of two inputs tends to one where the perpendicular susceptibility is one."""
    with mpmath.workdps(digits + 10):
        size = mpmath.mpf(kernel)
        strength = _slope_jump_strength(spec, hyper, size, digits)
        if strength:
            return AngleApproach(2, 4 / strength**2, "the slope jumps: eps' = eps - B eps^(3/2)")
        curvature = spec.value(at_coincidence(pair_derivative(pair_derivative(spec.system.pair))), size, hyper, digits)
        return AngleApproach(1, 2 / (size * curvature), "smooth slope: eps' = eps - A eps^2")


def _slope_jump_strength(spec: SpecialisedSystem, hyper: Hyper, kernel: mpmath.mpf, digits: int) -> mpmath.mpf:
    """B, from d2 f12/dK12^2 = sum over kinks a of (product of slope jumps) * density of (a, a) ~ eps^(-1/2).

    The density of (z1, z2) at (a, a) is exp(-a^2/2K)/(2 pi K sqrt(2 eps)) as eps = 1 - c -> 0, and integrating twice
    over K12 = K (1 - eps) gives (4/3) K^2 eps^(3/2).
    """
    total = mpmath.mpf(0)
    for monomial, coefficient in spec.system.pair:
        for position, (atom, exponent) in enumerate(monomial):
            if not isinstance(atom, Average):
                continue
            if len(atom.sites) != 2 or atom.powers or atom.derivatives or exponent != 1:
                raise AsymptoticFailure(f"the approach of the angle is not known for {atom}")
            rest = Polynomial({monomial[:position] + monomial[position + 1 :]: coefficient})
            factor = spec.value(rest, kernel, hyper, digits)
            first, second = (spec.activations[s.function] for s in atom.sites)
            for kink in set(first.kinks) & set(second.kinks):
                (value1, jump1), (value2, jump2) = first.jumps(kink, 1), second.jumps(kink, 1)
                if value1 != 0 or value2 != 0:
                    raise AsymptoticFailure("the function itself jumps: the perpendicular susceptibility is infinite")
                place = mpmath.mpf(sp.N(kink, digits + 10))
                jumps = mpmath.mpf(sp.N(jump1 * jump2, digits + 10))
                density = mpmath.exp(-(place**2) / (2 * kernel)) / (2 * mpmath.pi * kernel * mpmath.sqrt(2))
                total += factor * jumps * density * mpmath.mpf(4) / 3 * kernel
    return total
