"""What a critical point implies for the shape of a network: aspect ratios, depth scales, learning rates.

Aspect ratios. V/(nK^2) -> nu l/n is the variance over networks of Ĝ/K in layer l: of order one at l/n = 1/nu. Put into
the series of the mutual information of two groups of neurons to order 1/n^3, it makes the series stationary at
nu l/n = 4/(20 + 3 n_L), n_L the number of neurons of both (``shared_information``). That is a property of the truncated
series, not an optimum of the network: of homogeneous activations the information itself grows with l/n without end.

K* > 0: with the kernel at K* in every layer chi_par = 1 and nu is larger than on approach, K - K* ~ 1/l, by the factor
five (chi_par = 1 - 2/l then). There fluctuations also move the mean kernel: f = K + f''/2 (K - K*)^2 and a variance
nu K*^2 l/n add up to (G1/n)/K* = f''/4 nu K* l^2/n, which is one at the depth sqrt(n/|f''/4 nu K*|), towards the side
on which kernels run away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sympy as sp

from ptheory.criticality.between_layers import RememberingSystem
from ptheory.criticality.carried_exponents import gain
from ptheory.criticality.detuning import Detuned, detunings
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.kernel_system import Quantity, coefficient_of
from ptheory.criticality.local import LocalFlow, local_flow
from ptheory.criticality.rate_scalings import (
    DIGITS,
    RateScaling,
    scalings_at_point,
    scalings_on_approach,
    value_at,
)
from ptheory.criticality.series import NoExpansion, factored, number_value
from ptheory.criticality.shared_information import stationary_variance
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import Classification, governing_point
from ptheory.displayed import Displayed
from ptheory.expectations import ExpectationError


@dataclass(frozen=True)
class Situation:
    """Networks that are critical in one way: ``kernel`` says how, "" where there is but one.

    ``slope``: nu; None where there is no vertex, or where V/(nK^2) does not grow as l/n, and ``no_slope`` says why.
    ``shift``: (G1/n)/K = shift l^2/n at a kernel K* > 0 that is not stable on both sides, else None.
    ``rates``: empty where ``no_rates`` says why. ``is_gaussian``: whether neurons are, given the layers below.
    """

    kernel: str
    slope: sp.Expr | None
    no_slope: str
    rates: tuple[RateScaling, ...]
    no_rates: str
    shift: sp.Expr | None = None
    is_gaussian: bool = True

    @property
    def aspect_ratio(self) -> sp.Expr | None:
        """l/n at which the relative fluctuations between networks are of order one: 1/nu."""
        return None if self.slope is None else 1 / self.slope

    @property
    def stationary_ratio(self) -> sp.Expr | None:
        """l/n at which the mutual information, as a series to order 1/n^3, is stationary: 4/((20 + 3 n_L) nu).

        None for neurons that are not Gaussian given the layers below: their cumulants enter at that order.
        """
        return None if self.slope is None or not self.is_gaussian else stationary_variance() / self.slope

    @property
    def shift_depth(self) -> sp.Expr | None:
        """depth/sqrt(n) at which fluctuations have moved the mean kernel by K*."""
        return None if self.shift is None else 1 / sp.sqrt(abs(self.shift))


@dataclass(frozen=True)
class Consequences(Displayed):
    """Of one class of critical points. ``situations`` is empty, and ``none`` says why, where there is no such class.

    ``detunings``: depth scales next to the critical point; ``no_detunings`` says why there are none.
    """

    classification: Classification
    situations: tuple[Situation, ...] = ()
    detunings: tuple[Detuned, ...] = ()
    none: str = ""
    no_detunings: str = ""

    @property
    def governing(self) -> Situation | None:
        """The one with the critical kernel in every layer, or the only one."""
        return self.situations[0] if self.situations else None


TENDS_TO = " tends to "
AT_POINT, ON_APPROACH = "{0} = {0}*", f"{{0}}{TENDS_TO}{{0}}*"
NO_TANGENT = "no neural tangent kernel with a learning rate for every parameter is declared (include observables)"
NO_VERTEX = "no four-point vertex is declared"


def consequences(
    spec: SpecialisedSystem,
    found: Classification,
    has_bias: bool,
    missing: Mapping[str, str] | None = None,
    is_gaussian: bool = True,
) -> Consequences:
    """Of the class of a system. ``has_bias``: whether there is a variance of biases to move; ``missing``: why the
    vertex or the tangent kernel is not in the system, where that is known, by the messages above; ``is_gaussian``:
    whether neurons are Gaussian, given the layers below."""
    point = governing_point(found.critical_points)
    if point is None or found.label == "undecided":
        reason = found.evidence[-1] if found.evidence else "the class is undecided"
        return Consequences(found, none=reason)
    why = {NO_TANGENT: NO_TANGENT, NO_VERTEX: NO_VERTEX, **(missing or {})}
    local: LocalFlow | None = None
    no_detunings = ""
    moved: list[Detuned] = []
    try:
        local = None if point.K_star is None else local_flow(spec, point)
        moved = detunings(spec, point, local, has_bias)
    except (NoExpansion, ExpectationError) as error:
        no_detunings = f"no expansion at the critical point: {error}"
    situations = []
    if point.K_star is None or point.K_star != 0:
        situations.append(_at_point(spec, found, point, why))
    if local is not None:
        situations.append(_on_approach(spec, found, point, local, why))
    known = tuple(replace(one, is_gaussian=is_gaussian) for one in situations)
    return Consequences(found, known, tuple(moved), no_detunings=no_detunings)


def _at_point(
    spec: SpecialisedSystem, found: Classification, point: CriticalPoint, why: Mapping[str, str]
) -> Situation:
    """Every layer has the critical kernel: an isolated one, or any on a line."""
    system = spec.system
    slope, no_slope, shift = None, why[NO_VERTEX] if system.vertex is None else "", None
    if system.vertex is not None and point.K_star is None:
        slope = _known_slope(found)
        no_slope = "" if slope is not None else f"{system.vertex_ratio} has no known growth"
    elif system.vertex is not None and point.K_star is not None:
        if isinstance(spec, RememberingSystem):
            slope = gain(spec, point)
        else:
            source, _ = coefficient_of(system.recursion(system.vertex).rhs, Quantity(system.vertex))
            slope = _tidy(value_at(spec, source, point) / point.K_star**2)
        if point.stability == "half-stable" and isinstance(point.drift, sp.Expr):
            shift = _tidy(point.drift * slope * point.K_star / 2)
    rates, no_rates = _rates(spec, point, None, why)
    kernel = "" if point.K_star is None else AT_POINT.format(system.kernel_name)
    return Situation(kernel, slope, no_slope, rates, no_rates, shift)


def _on_approach(
    spec: SpecialisedSystem, found: Classification, point: CriticalPoint, local: LocalFlow, why: Mapping[str, str]
) -> Situation:
    slope, no_slope = _known_slope(found), ""
    if slope is None:
        growth = found.exponents.get(spec.system.vertex_ratio)
        no_slope = f"{spec.system.vertex_ratio} has no known growth"
        if growth is not None:
            no_slope = f"{spec.system.vertex_ratio} grows as l^({growth})/n"
        no_slope = why[NO_VERTEX] if spec.system.vertex is None else no_slope
    rates, no_rates = _rates(spec, point, local, why)
    kernel = "" if point.K_star == 0 else ON_APPROACH.format(spec.system.kernel_name)
    return Situation(kernel, slope, no_slope, rates, no_rates)


def _known_slope(found: Classification) -> sp.Expr | None:
    ratio = found.system.vertex_ratio
    return found.amplitudes.get(ratio) if found.exponents.get(ratio) == 1 else None


def _rates(
    spec: SpecialisedSystem, point: CriticalPoint, local: LocalFlow | None, why: Mapping[str, str]
) -> tuple[tuple[RateScaling, ...], str]:
    """At the critical kernel, or on the way to it along ``local``; or why there are none."""
    if spec.system.tangent is None:
        return (), why[NO_TANGENT]
    try:
        found = scalings_at_point(spec, point) if local is None else scalings_on_approach(spec, local)
    except (NoExpansion, ExpectationError) as error:
        return (), str(error)
    return tuple(found), ""


def _tidy(value: sp.Expr) -> sp.Expr:
    return sp.N(number_value(value), DIGITS) if value.has(sp.Float) else factored(value)
