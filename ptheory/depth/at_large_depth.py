"""Where recursions have no closed form in the layer: the tower as a series in 1/l and log l at a critical K* = 0.

Every series is shown up to its last known power of l, whose largest term says how small the rest is. Constants that the
first layers decide keep names: l_0 shifts the depth, c_V multiplies the homogeneous solution of V.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from ptheory.criticality.asymptotics import DEPTH, Behaviour, TowerSolution, fixed_rates, solve_tower
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.local import local_flow
from ptheory.criticality.series import LogSeries, NoLeadingTerm, factored, order_key
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import Dimension
from ptheory.depth.depth_sum import NoDepthForm

ORDERS = 2  # beyond the leading one
MOST_TERMS = 5


@dataclass(frozen=True)
class Expansion:
    """The ``terms`` largest first, + O(``remainder``); ``free``: what the first layers decide."""

    terms: tuple[sp.Expr, ...]
    remainder: sp.Expr | None
    free: tuple[sp.Symbol, ...] = ()


def tower_at_large_depth(spec: SpecialisedSystem, point: CriticalPoint) -> TowerSolution:
    """The whole tower at fixed learning rates. Raises NoDepthForm, and what an expansion that fails raises."""
    local = local_flow(spec, point)
    if local.flow is None:
        raise NoDepthForm(f"{spec.system.kernel_name}' - {spec.system.kernel_name} is smaller than every power")
    return solve_tower(spec.system, local.expand, local.flow, local.kernel, fixed_rates(spec.system), ORDERS)


def expansion(behaviour: Behaviour, rates: Mapping[sp.Symbol, sp.Expr]) -> Expansion:
    """A tensor at large depth, its learning rates as given."""
    series = behaviour.in_depth
    if behaviour.is_zero:
        return Expansion((sp.Integer(0),), None)
    terms = [(exponent, logs, c.subs(rates)) for (exponent, logs), c in series.sorted_terms()]
    if not terms:
        raise NoDepthForm(behaviour.growth or f"of {behaviour.name} nothing is known but that it is small")
    if series.truncation is None and len(terms) <= MOST_TERMS:
        shown, rest = terms, None
    else:
        last = terms[min(MOST_TERMS, len(terms) - 1)][0]
        shown = [term for term in terms if order_key(term[0]) < order_key(last)]
        rest = next(term for term in terms if term[0] == last)
    if not shown:
        shown, rest = terms[:1], None
        remainder = None if series.truncation is None else DEPTH ** (-series.truncation)
    else:
        remainder = None if rest is None else DEPTH ** (-rest[0]) * sp.log(DEPTH) ** rest[1]
    written = tuple(_factor(c * (-1) ** logs) * DEPTH ** (-e) * sp.log(DEPTH) ** logs for e, logs, c in shown)
    named = sp.Add(*written).free_symbols
    free = sorted((s for s in named if s.name.startswith(("c_", "l_"))), key=str)
    return Expansion(written, remainder, tuple(free))


def _factor(coefficient: sp.Expr) -> sp.Expr:
    return factored(coefficient) if not coefficient.has(sp.Float) else coefficient


def ratio_at_large_depth(
    tower: TowerSolution, name: str, dimension: Dimension, kernel: str, tangent: str | None
) -> tuple[sp.Expr, sp.Expr]:
    """(power of l, amplitude) of X/(K^a Theta^b). Raises NoDepthForm."""
    if name not in tower.behaviours:
        raise NoDepthForm(tower.failures.get(name, f"{name} has no expansion at large depth"))
    series = tower.behaviours[name].in_depth
    for factor, power in ((kernel, dimension.kernel), (tangent or "", sp.Integer(dimension.tangent))):
        if power:
            series = series * _leading(tower.behaviours[factor].in_depth).real_power(-power)
    try:
        exponent, logs, amplitude = series.leading
    except NoLeadingTerm:
        raise NoDepthForm(f"of {name} nothing is known but that it is small") from None
    if logs:
        raise NoDepthForm(f"{name} carries a logarithm of l")
    return sp.expand(-exponent), _factor(amplitude)


def _leading(series: LogSeries) -> LogSeries:
    exponent, logs, value = series.leading
    return LogSeries({(exponent, logs): value})
