"""What a skip connection does to exponents, said on a classification: which digits are certain, which depth counts."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from ptheory.algebra.polynomial import Atom
from ptheory.criticality.between_layers import NoGrowth, RememberingSystem
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.kernel_system import Quantity, coefficient_of
from ptheory.criticality.series import DIGITS, NoExpansion, factored, readable_text
from ptheory.criticality.tower_exponents import TowerExponents
from ptheory.criticality.universality import Classification, governing_point
from ptheory.expectations import ExpectationError

CERTAIN_DIGITS = 8  # of sums of covariances at K* > 0, which are found in doubles


def with_certain_digits(found: Classification) -> Classification:
    """At K* > 0 the amplitudes of what does not close are numbers of CERTAIN_DIGITS digits."""
    point = governing_point(found.critical_points)
    if point is None or not point.K_star:
        return found
    system = found.system
    carried = system.at_large_depth
    amplitudes = {
        name: _rounded(value) if name == system.vertex_ratio else value for name, value in found.amplitudes.items()
    }
    return replace(found, amplitudes=amplitudes, tower=tuple(_certain(one, carried) for one in found.tower))


def _certain(scheme: TowerExponents, carried: frozenset[str]) -> TowerExponents:
    growths = (
        replace(growth, amplitude=_rounded(growth.amplitude)) if growth.tensor in carried else growth
        for growth in scheme.growths
    )
    return replace(scheme, growths=tuple(growths))


def _rounded(value: sp.Expr) -> sp.Expr:
    """Every decimal number in it to CERTAIN_DIGITS digits."""
    return value.xreplace({one: sp.Float(f"{float(one):.{CERTAIN_DIGITS}g}", DIGITS) for one in value.atoms(sp.Float)})


def with_counted_depth(found: Classification, spec: RememberingSystem) -> Classification:
    """With what the four-point vertex gains in a layer, and the depth that counts, among the evidence."""
    point = governing_point(found.critical_points)
    if point is None or found.label == "undecided":
        return found
    hyper: dict[Atom, sp.Expr] = {spec.system.weight: point.C_W, spec.system.bias: point.C_b}
    vertex = spec.system.vertex
    try:
        strength = spec.carried(hyper)
    except NoGrowth as error:
        return replace(found, evidence=(*found.evidence, f"no exponents of what is carried over: {error}"))
    said: list[str] = []
    if vertex is not None:
        amplitude = found.amplitudes.get(found.system.vertex_ratio)
        if amplitude is None:
            if not any(one.startswith(f"{vertex}: ") for one in found.evidence):
                said.append(f"no exponent of {vertex}: the flow is beyond all orders")
        else:
            try:
                said += _of_vertex(found, spec, vertex, strength, amplitude, point)
            except (NoExpansion, ExpectationError) as error:
                said.append(f"no growth of {vertex} in a layer: {error}")
    others = [one.name for one in spec.system.tower if one.name in spec.system.at_large_depth - {vertex}]
    if others and found.tower:
        said.append(
            f"{', '.join(others)}: with the covariances of two layers, to leading order at depths large beside "
            "1/(1 - c^2) layers, c the factor of a neuron from layer to layer"
        )
    return replace(found, evidence=(*found.evidence, *said))


def gain(spec: RememberingSystem, point: CriticalPoint) -> sp.Expr:
    """n times what V/(nK^2) gains in a layer whose parallel susceptibility is one. Raises NoExpansion."""
    assert spec.system.vertex is not None
    hyper: dict[Atom, sp.Expr] = {spec.system.weight: point.C_W, spec.system.bias: point.C_b}
    source, _ = coefficient_of(spec.system.recursion(spec.system.vertex).rhs, Quantity(spec.system.vertex))
    if point.K_star:
        value = sp.Float(spec.value(source, sp.N(point.K_star, DIGITS), hyper, 15), DIGITS)
        return _rounded(sp.N(value / point.K_star**2, DIGITS))
    _, _, value = spec.series(source, hyper, 2).leading
    return factored(value)


def _of_vertex(
    found: Classification,
    spec: RememberingSystem,
    vertex: str,
    strength: sp.Expr,
    amplitude: sp.Expr,
    point: CriticalPoint,
) -> list[str]:
    kernel, ratio = found.kernel_name, f"{vertex}/(n*{found.kernel_name}^2)"
    known = f", to {CERTAIN_DIGITS} digits" if point.K_star else ""
    each = f"{float(gain(spec, point)):.{CERTAIN_DIGITS}g}" if point.K_star else _factor_text(gain(spec, point))
    said = [
        f"{vertex} does not close in one layer, with the covariances of two layers it does: {ratio} gains "
        f"{each}/n in a layer whose parallel susceptibility is one{known}"
    ]
    if point.K_star:
        said.append(f"where {kernel} = {kernel}*, {ratio} -> {each}*l/n")
    if strength:
        counted = factored(1 - strength**2)
        effective, depth = _factor_text(factored(amplitude / counted)), _factor_text(counted)
        said.append(f"with this skip the depth counts as {depth}*l: {ratio} -> {effective}*({depth}*l)/n")
    return said


def _factor_text(value: sp.Expr) -> str:
    text = readable_text(value)
    return f"({text})" if " " in text else text
