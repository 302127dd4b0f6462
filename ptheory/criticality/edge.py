"""The edge of chaos of a recursion system, where the perpendicular susceptibility is one, and how angles close there.

Approach of c to one on the edge: eps' = eps - A eps^2 for smooth functions, A = (K/2) d2 f12/dK12^2 at c = 1, hence
eps = 1/(A l); eps' = eps - B eps^(3/2) when the slope jumps, hence eps = 4/(B l)^2. Phases off it are in ``phases``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import mpmath
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.criticality.exact_numbers import Number, positive_number
from ptheory.criticality.fixed_points import CriticalConditions
from ptheory.criticality.kernel_system import at_coincidence, pair_derivative
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.phases import (
    Hyper,
    Phase,
    correlation_map,
    exact_hyperparameters,
    fixed_kernels,
    hyperparameters,
    phase,
)
from ptheory.criticality.specialised import K, SpecialisedSystem
from ptheory.recursion.means.mean import Mean

__all__ = [
    "AngleApproach",
    "EdgePoint",
    "Phase",
    "angle_approach",
    "correlation_map",
    "edge_at",
    "edge_of_chaos",
    "fixed_kernels",
    "hyperparameters",
    "phase",
]


@dataclass(frozen=True)
class EdgePoint:
    """f(K) = K and perpendicular susceptibility one; ``excluded`` says why no network is there, empty where one is."""

    kernel: mpmath.mpf
    bias: mpmath.mpf
    weight: mpmath.mpf
    parallel: mpmath.mpf
    excluded: str


def edge_of_chaos(
    spec: SpecialisedSystem, kernels: Iterable[Number], digits: int = 15
) -> list[tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf]]:
    """(K*, C_b, C_W) with K* fixed and perpendicular susceptibility one.

    Left out: C_b < 0, and kernels that do not attract (parallel susceptibility above one), which no network reaches;
    ``edge_at`` says which. TypeError, UnusableValue: kernels that are no numbers above zero.
    """
    points = [edge_at(spec, kernel, digits) for kernel in kernels]
    return [(point.kernel, point.bias, point.weight) for point in points if not point.excluded]


def edge_at(spec: SpecialisedSystem, kernel: Number, digits: int = 15) -> EdgePoint:
    """The variances for which ``kernel`` is fixed at perpendicular susceptibility one, whether or not it attracts."""
    system = spec.system
    conditions = CriticalConditions.of(spec)
    exact = positive_number(kernel, spec.system.kernel_name)
    with mpmath.workdps(digits + 5):
        at = mpmath.mpf(sp.N(exact, digits + 10)._to_mpmath(int((digits + 10) * 3.33)))
        p0, p1 = (spec.value(p, at, {}, digits) for p in conditions.perpendicular)
        weight = (1 - p0) / p1
        r0, r1 = (spec.value(r, at, {system.weight: weight}, digits) for r in conditions.kernel)
        bias = (at - r0) / r1
        hyper: dict[Atom, sp.Expr] = {system.bias: bias, system.weight: weight}
        parallel = spec.value(system.parallel_susceptibility, at, hyper, digits)
        excluded = ""
        if bias < 0 or weight <= 0:
            name, value = (system.weight, weight) if weight <= 0 else (system.bias, bias)
            excluded = f"it needs {name} = {mpmath.nstr(value, 8)}, and variances are not negative"
        elif abs(parallel) > 1 + mpmath.mpf(10) ** (4 - digits):
            excluded = f"K does not attract: the parallel susceptibility is {mpmath.nstr(parallel, 8)}"
        return EdgePoint(at, bias, weight, parallel, excluded)


@dataclass(frozen=True)
class AngleApproach:
    """1 - c = amplitude * l^(-power) on the edge of chaos at K* > 0; ``exact``: the amplitude where it is known so."""

    power: int
    amplitude: mpmath.mpf
    reason: str
    exact: sp.Expr | None = None


def angle_approach(spec: SpecialisedSystem, hyper: Hyper, kernel: Number, digits: int = 20) -> AngleApproach:
    """How the correlation of two inputs tends to one where the perpendicular susceptibility is one.

    TypeError, UnusableValue: a kernel that is no number above zero, variances as for ``hyperparameters``.
    """
    exact, size = exact_hyperparameters(spec, hyper), positive_number(kernel, spec.system.kernel_name)
    decimal = any(
        isinstance(x, mpmath.mpf) or (isinstance(x, sp.Expr) and x.has(sp.Float)) for x in (kernel, *hyper.values())
    )
    strength = slope_jump_strength(spec, exact, size, digits)
    if strength != 0:
        return _approach(2, 4 / strength**2, "the slope jumps: eps' = eps - B eps^(3/2)", decimal, digits)
    curved = _at_kernel(spec, at_coincidence(pair_derivative(pair_derivative(spec.system.pair))), exact, size, digits)
    return _approach(1, 2 / (size * curved), "smooth slope: eps' = eps - A eps^2", decimal, digits)


def _approach(power: int, amplitude: sp.Expr, reason: str, decimal: bool, digits: int) -> AngleApproach:
    with mpmath.workdps(digits + 10):
        number = mpmath.mpf(sp.N(amplitude, digits + 15)._to_mpmath(int((digits + 15) * 3.33)))
    return AngleApproach(power, number, reason, None if decimal or amplitude.has(sp.Float) else sp.simplify(amplitude))


def _at_kernel(
    spec: SpecialisedSystem, polynomial: Polynomial, hyper: Mapping[Atom, sp.Expr], kernel: sp.Expr, digits: int
) -> sp.Expr:
    """The polynomial at K = kernel, exactly where its averages have closed forms."""
    form = spec.closed_form(polynomial, hyper)
    if form is not None:
        return form.subs(K, kernel)
    with mpmath.workdps(digits + 10):
        size = mpmath.mpf(sp.N(kernel, digits + 15)._to_mpmath(int((digits + 15) * 3.33)))
        return sp.Float(spec.value(polynomial, size, hyper, digits), digits + 5)


def slope_jump_strength(
    spec: SpecialisedSystem, hyper: Mapping[Atom, sp.Expr], kernel: sp.Expr, digits: int
) -> sp.Expr:
    """B, from d2 f12/dK12^2 = sum over kinks a of (product of slope jumps) * density of (a, a) ~ eps^(-1/2).

    The density of (z1, z2) at (a, a) is exp(-a^2/2K)/(2 pi K sqrt(2 eps)) as eps = 1 - c -> 0, and integrating twice
    over K12 = K (1 - eps) gives (4/3) K^2 eps^(3/2).
    """
    total = sp.Integer(0)
    for monomial, coefficient in spec.system.pair:
        for position, (atom, exponent) in enumerate(monomial):
            if not isinstance(atom, Mean):
                continue
            if len(atom.jets) != 2 or atom.explicit_power or atom.derivatives or exponent != 1:
                raise AsymptoticFailure(f"the approach of the angle is not known for {atom}")
            rest = Polynomial({monomial[:position] + monomial[position + 1 :]: coefficient})
            first, second = (spec.activation(jet.function) for jet in atom.jets)
            for kink in set(first.kinks) & set(second.kinks):
                (value1, jump1), (value2, jump2) = first.jumps(kink, 1), second.jumps(kink, 1)
                if value1 != 0 or value2 != 0:
                    raise AsymptoticFailure("the function itself jumps: the perpendicular susceptibility is infinite")
                density = sp.exp(-(kink**2) / (2 * kernel)) / (2 * sp.pi * kernel * sp.sqrt(2))
                factor = _at_kernel(spec, rest, hyper, kernel, digits)
                total += factor * jump1 * jump2 * density * sp.Rational(4, 3) * kernel
    return total
