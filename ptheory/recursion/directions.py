"""Observables of training as correlators of the fields of a larger network.

Let zeta^e be independent copies of the parameters with variances equal to the learning rates, one for every edge e of
an observable, and D_e = sum_mu zeta^e_mu ∂_mu the derivative along one. Since E[zeta_mu zeta_nu] = rate_mu delta_mu_nu,

    H12 = E[D_0 z1 D_0 z2],      dH012 = E[D_0 D_1 z0 D_0 z1 D_1 z2],      ...

and the D_S z, S a set of edges, obey a layer equation of the same kind with the extra weights zeta^e,

    D_S z'_i = D_S (direct terms) + sum_j W_ij D_S phi_j + sum_{e in S} sum_j zeta^e_ij D_(S - e) phi_j,

D_S phi by the chain rule. So whatever holds for correlators of fields holds for those of H, dH, ... too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeVar, assert_never

from ptheory.algebra.polynomial import Polynomial
from ptheory.language.expressions import FieldAt
from ptheory.networks.architecture import (
    Architecture,
    Bias,
    Direct,
    FirstEquation,
    FirstTerm,
    LayerEquation,
    LayerTerm,
    Parameter,
    ReadsInput,
    SiteFunction,
    WeightedSum,
)
from ptheory.networks.fields import Field
from ptheory.recursion.jets import FieldValue, Jet, expand_formula_at
from ptheory.recursion.layer_maps import NonlinearSkip, required_rate
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.tensors import Leg, Tensor
from ptheory.recursion.variables import fields_among

Edges = tuple[int, ...]
Slot = tuple[int, Leg]  # (neuron, field at a sample)


@dataclass(frozen=True)
class DirectionalSite(SiteFunction):
    """D_e1 D_e2 ... phi; ``formula`` and ``fields`` are those of phi."""

    along: Edges = ()

    @property
    def carried(self) -> Field | None:
        """D_along of the field that phi is, where it is nothing but one field."""
        base = super().carried
        return None if base is None else base._replace(along=self.along)


def with_directions(architecture: Architecture, edges: int) -> Architecture:
    """The architecture of all D_S z, S a subset of 0 .. edges - 1. Raises NoLearningRateError, NonlinearSkip."""
    subsets = [chosen for size in range(edges + 1) for chosen in combinations(range(edges), size)]
    parameters = [*architecture.parameters]
    for edge in range(edges):
        parameters += [_direction(parameter, edge) for parameter in architecture.parameters]
    first = tuple(_first_equation(equation, subset) for equation in architecture.first for subset in subsets)
    layers = tuple(_layer_equation(equation, subset) for equation in architecture.layers for subset in subsets)
    last = tuple(_layer_equation(equation, subset) for equation in architecture.last for subset in subsets)
    return replace(architecture, parameters=tuple(parameters), first=first, layers=layers, last=last)


_Family = TypeVar("_Family", bound=Parameter)


def _direction(parameter: _Family, edge: int) -> _Family:
    return type(parameter)(f"{parameter.name}∂{edge}", required_rate(parameter), parameter.rate_fan_in)


def _directions(parameters: tuple[_Family, ...], edge: int) -> list[tuple[_Family, ...]]:
    """The product rule: one factor after the other gives way to its direction."""
    return [
        (*parameters[:k], _direction(parameter, edge), *parameters[k + 1 :]) for k, parameter in enumerate(parameters)
    ]


def _alone(parameters: tuple[_Family, ...], subset: Edges) -> list[tuple[_Family, ...]]:
    """D_S of a factor that stands alone: a second derivative is zero."""
    if len(subset) > 1:
        return []
    return _directions(parameters, subset[0]) if subset else [parameters]


def _first_equation(equation: FirstEquation, subset: Edges) -> FirstEquation:
    terms = [moved for term in equation.terms for moved in _first_terms(term, subset)]
    return FirstEquation(equation.field._replace(along=subset), tuple(terms))


def _layer_equation(equation: LayerEquation, subset: Edges) -> LayerEquation:
    terms = [moved for term in equation.terms for moved in _layer_terms(equation.field, term, subset)]
    return LayerEquation(equation.field._replace(along=subset), tuple(terms))


def _first_terms(term: FirstTerm, subset: Edges) -> list[FirstTerm]:
    match term:
        case Bias():
            return [Bias(term.coefficient, biases) for biases in _alone(term.parameters, subset)]
        case ReadsInput():
            return [ReadsInput(term.coefficient, weights) for weights in _alone(term.parameters, subset)]
        case _:
            assert_never(term)


def _layer_terms(field: Field, term: LayerTerm, subset: Edges) -> list[LayerTerm]:
    match term:
        case Bias():
            return [Bias(term.coefficient, biases) for biases in _alone(term.parameters, subset)]
        case Direct():
            if term.carried_field is None:
                raise NonlinearSkip(field.name)
            return [replace(term, site=_along(term.site, subset))]
        case WeightedSum(site=site):
            found: list[LayerTerm] = [replace(term, site=_along(site, subset))]
            for edge in subset:
                rest = _along(site, tuple(e for e in subset if e != edge))
                found += [WeightedSum(term.coefficient, p, rest) for p in _directions(term.parameters, edge)]
            return found
        case _:
            assert_never(term)


def _along(site: SiteFunction, subset: Edges) -> SiteFunction:
    return DirectionalSite(site.formula, site.fields, subset) if subset else site


def site_jets(site: SiteFunction, leg_of: Callable[[FieldAt], Leg]) -> Polynomial:
    """A site function, its derivatives along directions carried out, as a polynomial in jets and field values."""
    jets = expand_formula_at(site.formula, leg_of)
    for edge in site.along if isinstance(site, DirectionalSite) else ():
        jets = _derivative_along(jets, edge)
    return jets


def _derivative_along(jets: Polynomial, edge: int) -> Polynomial:
    """The chain rule: sum over fields, ∂/∂field times D_e field."""
    parts = []
    for leg in fields_among(atom.leg for atom in jets.atoms() if isinstance(atom, (Jet, FieldValue))):
        moved = replace(leg, field=leg.field.differentiated(edge))
        parts.append(differentiate(jets, leg) * Polynomial.atom(FieldValue(moved)))
    return Polynomial.sum(parts)


def observables_at_neurons(target: Tensor) -> list[list[Slot]]:
    """The observables of a tensor as products of directional fields, neurons shared as the pairing says.

    Each edge of each observable is a direction of its own; legs that are paired sit at one neuron.
    """
    found: list[list[Slot]] = []
    neurons = edges = 0
    for component in target.components:
        neuron_of = {}
        for block in component.blocks:
            neuron_of.update(dict.fromkeys(block, neurons))
            neurons += 1
        for position, observable in enumerate(component.observables):
            ends = observable.kind.edges
            slots = []
            for leg, at in enumerate(observable.legs):
                along = tuple(edges + e for e, pair in enumerate(ends) if leg in pair)
                slots.append((neuron_of[position, leg], Leg(at.field._replace(along=along), at.place)))
            edges += len(ends)
            found.append(slots)
    return found
