"""Learning rates of the equivalence principle: in layer l of L, so that every layer contributes alike to Theta(L).

Theta' = alpha Theta + sum_r lambda_r c_r: what the rate r of layer l gives Theta in layer L is lambda_r c_r times the
homogeneous solution from l to L. With x(l) the distance of the kernel from its critical value, c_r ~ c x^e and
the homogeneous solution ~ x^s, x ~ X l^(-1/q), it is c X^e l^(-e/q) (l/L)^(s/q) lambda_r. The rates

    lambda_r in layer l = rate * l^((e - s)/q) * L^(s/q - 1)

make it rate * c X^e/L, the same for every layer, and Theta(L) the sum of rate * c X^e over the rates, of order one.
Where x ~ kappa/log l, powers of l and L are powers of their logarithms, times 1/L.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.kernel_system import LinearRecursion, Quantity, coefficient_of, expanded
from ptheory.criticality.linear_recursions import AsymptoticFailure, solve_linear
from ptheory.criticality.local import LocalFlow
from ptheory.criticality.series import LogSeries, factored, normal, number_value
from ptheory.criticality.specialised import K, SpecialisedSystem

LAYERS = sp.Symbol("L", positive=True)
DIGITS = 30
ZERO, ONE = sp.Integer(0), sp.Integer(1)


@dataclass(frozen=True)
class RateScaling:
    """``rate`` in layer l of L: a number times l^``layer`` log(l)^``layer_log`` L^``depth`` log(L)^``depth_log``.

    ``part``: what that number is multiplied by in Theta(L). Learning rates that are set are numbers in it.
    """

    rate: str
    layer: sp.Expr
    depth: sp.Expr
    part: sp.Expr
    layer_log: sp.Expr = ZERO
    depth_log: sp.Expr = ZERO

    @property
    def in_layer(self) -> sp.Expr:
        """The scaling in l and L."""
        logs = sp.log(DEPTH) ** self.layer_log * sp.log(LAYERS) ** self.depth_log
        return DEPTH**self.layer * LAYERS**self.depth * logs

    @property
    def equal_share(self) -> sp.Expr | None:
        """The share of layer l in what a rate that is the same in all layers contributes, at large l and L; None where
        the first layers have nearly all of it."""
        power = -self.layer
        if number_value(power) <= -1:
            return None
        logs = sp.log(DEPTH) ** -self.layer_log * sp.log(LAYERS) ** self.layer_log
        return (1 + power) * DEPTH**power * LAYERS ** (-power - 1) * logs


def scalings_on_approach(spec: SpecialisedSystem, local: LocalFlow) -> list[RateScaling]:
    """Where the kernel flows to its critical value as a power of the depth, or as 1/log l. Raises NoExpansion."""
    recursion = _tangent(spec)
    source, alpha = coefficient_of(recursion.rhs, Quantity(recursion.name))
    leads = {rate: local.expand(part, {}).leading for rate, part in _parts(spec, source)}
    if local.flow is None:
        return _with_logarithms(spec, local, alpha, {rate: (e, c) for rate, (e, _, c) in leads.items()})
    flow = local.flow
    solution = solve_linear(flow, local.expand(alpha, {}).truncated(2 * flow.q), LogSeries())
    if solution.homogeneous is None:
        raise AsymptoticFailure(f"{recursion.name} has no power-law response: {solution.growth}")
    s, q = solution.homogeneous.leading[0], flow.q
    size = sp.powdenest(sp.radsimp(-1 / (q * flow.c)) ** (1 / q), force=True)
    return [
        RateScaling(
            rate.name, factored(normal((e - s) / q)), factored(normal(s / q - 1)), _part(spec, rate, c * size**e)
        )
        for rate, (e, _, c) in leads.items()
    ]


def _with_logarithms(
    spec: SpecialisedSystem, local: LocalFlow, alpha: Polynomial, leads: dict[Symbol, tuple[sp.Expr, sp.Expr]]
) -> list[RateScaling]:
    assert local.essential is not None
    power, kappa = local.essential.perpendicular_power, local.essential.drift.kappa
    if power is None or expanded(alpha) != expanded(spec.system.perpendicular_susceptibility):
        raise AsymptoticFailure("perpendicular perturbations decay as a power of l times an unknown power of log l")
    return [
        RateScaling(rate.name, ZERO, -ONE, _part(spec, rate, c * kappa**e), sp.expand(e - power), power)
        for rate, (e, c) in leads.items()
    ]


def scalings_at_point(spec: SpecialisedSystem, point: CriticalPoint) -> list[RateScaling]:
    """Where the kernel has its critical value in every layer: Theta grows by the same in each. Raises NoExpansion."""
    recursion = _tangent(spec)
    source, _ = coefficient_of(recursion.rhs, Quantity(recursion.name))
    return [
        RateScaling(rate.name, ZERO, -ONE, _part(spec, rate, value_at(spec, part, point)))
        for rate, part in _parts(spec, source)
    ]


def value_at(spec: SpecialisedSystem, polynomial: Polynomial, point: CriticalPoint) -> sp.Expr:
    """At a critical point, in K on a line of them; exact where it is rational or on a line, else 30 digits."""
    hyper: dict[Atom, sp.Expr] = {spec.system.weight: point.C_W, spec.system.bias: point.C_b}
    if point.K_star is None:
        series = spec.series(polynomial, hyper, 1)
        if series.truncation is not None:
            raise AsymptoticFailure("an average that is no power of K")
        return factored(series.to_expr(sp.Symbol(spec.system.kernel_name, positive=True)))
    form = spec.closed_form(polynomial, hyper)
    if form is not None and not form.subs(K, point.K_star).has(sp.Float):
        exact = sp.expand(form.subs(K, point.K_star))
        if exact.is_Rational:
            return exact
    import mpmath

    kernel = mpmath.mpf(sp.N(point.K_star, DIGITS + 15))
    return sp.Float(spec.value(polynomial, kernel, hyper, DIGITS), DIGITS)


def _tangent(spec: SpecialisedSystem) -> LinearRecursion:
    assert spec.system.tangent is not None
    return spec.system.recursion(spec.system.tangent)


def _parts(spec: SpecialisedSystem, source: Polynomial) -> list[tuple[Symbol, Polynomial]]:
    """What every learning rate is multiplied by, of those that have a part."""
    found = ((rate, coefficient_of(source, rate)[1]) for rate in spec.system.rates)
    return [(rate, part) for rate, part in found if part]


def _part(spec: SpecialisedSystem, rate: Symbol, value: sp.Expr) -> sp.Expr:
    value = value * spec.values.get(rate, ONE)
    return value if value.has(sp.Float) else factored(value)
