"""What a critical point with several kernels implies: aspect ratios and learning rates, from its exponents alone.

With the rates of the equivalence principle but for powers of the depth L, lambda_r = rate * l^p_r, Theta(L) grows as
sum_r a_r rate L^g: the factor L^-g makes it of order one, and every layer contributes alike.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from ptheory.criticality.consequences import AT_POINT, NO_TANGENT, NO_VERTEX, Consequences, Situation
from ptheory.criticality.rate_scalings import RateScaling
from ptheory.criticality.series import factored
from ptheory.criticality.tower_exponents import EQUIVALENCE, TowerExponents
from ptheory.criticality.universality import Classification, governing_point

NO_DETUNINGS = "of several kernels they are not known"


def consequences_of_kernels(found: Classification, missing: Mapping[str, str]) -> Consequences:
    """``missing``: why the vertex or the tangent kernel is not in the system, by NO_VERTEX and NO_TANGENT."""
    point = governing_point(found.critical_points)
    if point is None or found.label == "undecided":
        return Consequences(found, none=found.evidence[-1] if found.evidence else "the class is undecided")
    why = {NO_TANGENT: NO_TANGENT, NO_VERTEX: NO_VERTEX, **missing}
    kernel = AT_POINT.format(found.kernel_name) if point.K_star else ""
    slope, no_slope = _slope(found, bool(point.K_star)), ""
    if slope is None:
        no_slope = why[NO_VERTEX] if found.system.vertex is None else f"{found.system.vertex_ratio} has no known growth"
    rates: tuple[RateScaling, ...] = ()
    no_rates = why[NO_TANGENT] if found.system.tangent is None else ""
    scheme = next((one for one in found.tower if one.rates == EQUIVALENCE), None)
    if not no_rates and scheme is not None:
        rates, no_rates = _rates(found, scheme)
    return Consequences(found, (Situation(kernel, slope, no_slope, rates, no_rates),), no_detunings=NO_DETUNINGS)


def _slope(found: Classification, stays: bool) -> sp.Expr | None:
    """Of V/(nK^2), where it grows as l/n."""
    ratio = found.system.vertex_ratio
    if not stays:
        return found.amplitudes.get(ratio) if found.exponents.get(ratio) == 1 else None
    growths = (growth for growth in found.tower[0].growths if growth.name == ratio and growth.power == 1)
    return next((growth.amplitude for growth in growths), None)


def _rates(found: Classification, scheme: TowerExponents) -> tuple[tuple[RateScaling, ...], str]:
    tangent = next((growth for growth in scheme.growths if growth.name == found.system.tangent), None)
    if tangent is None or tangent.log_power:
        return (), scheme.failures.get(found.system.tangent or "", "the tangent kernel has no power of the depth")
    scalings = []
    for rate in found.system.rates:
        part = sp.expand(tangent.amplitude).coeff(sp.Symbol(rate.name, positive=True))
        if part and rate.name in scheme.powers:
            scalings.append(RateScaling(rate.name, scheme.powers[rate.name], -tangent.power, factored(part)))
    return tuple(scalings), ""
