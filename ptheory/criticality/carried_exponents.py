"""The exponent of the four-point vertex where layers carry neurons over, added to a classification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.criticality.carried_vertex import CarriedNeuron, Growth, NoGrowth, growth
from ptheory.criticality.closed_tower import vertex
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.local import local_flow
from ptheory.criticality.series import NoExpansion, factored, readable_text
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import Classification, governing_point
from ptheory.expectations import ExpectationError
from ptheory.networks.coefficients import TensorAt
from ptheory.recursion.tensor_names import TensorNames

if TYPE_CHECKING:
    from ptheory.networks.architecture import Architecture


def carried_neuron(architecture: Architecture, names: TensorNames, wanted: Sequence[TensorAt]) -> CarriedNeuron | None:
    """Where the leading four-point vertex is wanted of layers that carry their neurons over, z' = c z + ..., so that it
    does not close; None elsewhere, and where more than that is carried over."""
    found = vertex(names)
    if found is None or all((one.name, one.lowest_order) != (found.name, 0) for one in wanted):
        return None
    direct = architecture.direct_terms
    plain = all(term.carried_field is not None for term in direct) and architecture.layers_read == 1
    if not direct or not plain or not architecture.has_gaussian_rows or len(architecture.fields) > 1:
        return None
    return CarriedNeuron(found.name, Polynomial.sum([term.coefficient for term in direct]))


def with_vertex(found: Classification, spec: SpecialisedSystem, carried: CarriedNeuron) -> Classification:
    """The classification with V/(nK^2) -> amplitude l/n, or with the reason why there is none.

    V gains N K^2 in every layer and (1 - 2 (1 + q)/(q l)) of what was there stays where |K - K*| ~ l^(-1/q): at K* = 0
    its sum is N K^2 l/3, at K* > 0 it is N K*^2 l/(1 + 2 (1 + q)/q), on a line N K^2 l.
    """
    point = governing_point(found.critical_points)
    if point is None or found.label == "undecided":
        return found
    system = replace(found.system, vertex=carried.vertex)
    name = system.vertex_ratio
    hyper: dict[Atom, sp.Expr] = {system.weight: point.C_W, system.bias: point.C_b}
    try:
        strength = carried.strength(spec, hyper)
        gained = growth(spec, carried, point, hyper)
        share = _share_that_stays(spec, point)
    except (NoGrowth, NoExpansion, ExpectationError) as error:
        return replace(found, system=system, evidence=(*found.evidence, f"no exponent of {carried.vertex}: {error}"))
    amplitude = factored(gained.per_layer * share)
    return replace(
        found,
        system=system,
        exponents={**found.exponents, name: sp.Integer(1)},
        amplitudes={**found.amplitudes, name: amplitude},
        evidence=(*found.evidence, *_reasons(found, carried, strength, gained, amplitude, point)),
    )


def _share_that_stays(spec: SpecialisedSystem, point: CriticalPoint) -> sp.Expr:
    """V/(nK^2 l) in units of what each layer adds."""
    if point.K_star is None:
        return sp.Integer(1)
    local = local_flow(spec, point)
    if local.flow is None:
        raise NoGrowth("the flow is beyond all orders")
    decay = 2 * (1 + local.flow.q) / local.flow.q
    kernel = 0 if point.K_star else 2 / local.flow.q  # V gains N K^2 with K ~ l^(-1/q)
    return 1 / (1 - kernel + decay)


def _reasons(
    found: Classification,
    carried: CarriedNeuron,
    strength: sp.Expr,
    gained: Growth,
    amplitude: sp.Expr,
    point: CriticalPoint,
) -> list[str]:
    kernel, ratio = found.kernel_name, f"{carried.vertex}/(n*{found.kernel_name}^2)"
    known = "" if gained.digits is None else f", to {gained.digits} digits"
    each = _factor_text(gained.per_layer)
    said = [
        f"{carried.vertex} does not close in one layer, with the covariances of two layers it does: {ratio} gains "
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
