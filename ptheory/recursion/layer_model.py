"""An architecture made ready for the expansion: its site functions numbered, its layer equations by field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar, assert_never

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language.expressions import Add, Multiply
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
    Weights,
)
from ptheory.networks.fields import Field
from ptheory.networks.scalars import layers_moved_up, moved_up
from ptheory.networks.site_functions import fields_read
from ptheory.recursion.jets import expand_formula_at, formula_of
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Kind, Leg


@dataclass(frozen=True)
class LayerModel:
    """``sites[k]`` is the site function that ``SiteFactor(site=k)`` stands for; ``kinds`` are the named observables.

    ``architecture`` is ``declared`` seen from the layer read: a recursion leads from l to l+1, so C_W[l], declared for
    the layer its weights belong to, is C_W[l+1] in it.
    """

    declared: Architecture
    architecture: Architecture
    sites: tuple[SiteFunction, ...]
    kinds: tuple[Kind, ...] = ()

    @cached_property
    def equations(self) -> dict[Field, LayerEquation]:
        """The layer equation of every field, of outputs too, by the field's name."""
        return {equation.field: equation for equation in self.architecture.above_first}

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The declared parameters by name."""
        return {parameter.name: parameter for parameter in self.architecture.parameters}

    @cached_property
    def _numbers(self) -> dict[SiteFunction, int]:
        return {site: number for number, site in enumerate(self.sites)}

    def site_number(self, site: SiteFunction) -> int:
        """The place of a site function in ``sites``: what the atoms of an expectation hold in its stead."""
        return self._numbers[site]


def layer_model(architecture: Architecture, kinds: tuple[Kind, ...] = ()) -> LayerModel:
    """Number the distinct site functions of the layer equations in order of first appearance.

    Raises NotAFunctionOfOneField for one that mixes several fields otherwise than in a linear combination.
    """
    seen = seen_from_the_layer_read(architecture)
    for site in seen.sites:
        expand_formula_at(site.formula, lambda node: Leg(Field(node.field, node.depth), Sample(1)))
    return LayerModel(architecture, seen, seen.sites, kinds)


def seen_from_the_layer_read(architecture: Architecture) -> Architecture:
    """Every C_W[l+k] written C_W[l+k+1]: l is the layer below the one that is made, as in a recursion l -> l+1."""

    return Architecture(
        architecture.name,
        tuple(map(_parameter_moved_up, architecture.parameters)),
        tuple(FirstEquation(e.field, tuple(map(_first_term_moved_up, e.terms))) for e in architecture.first),
        tuple(map(_equation_moved_up, architecture.layers)),
        tuple(map(_equation_moved_up, architecture.last)),
    )


def _equation_moved_up(equation: LayerEquation) -> LayerEquation:
    apart = (part for term in equation.terms for part in _layers_apart(term))
    return LayerEquation(equation.field, tuple(map(_layer_term_moved_up, apart)))


_Family = TypeVar("_Family", bound=Parameter)


def _parameter_moved_up(parameter: _Family) -> _Family:
    rate = None if parameter.rate is None else moved_up(parameter.rate)
    return replace(parameter, variance=moved_up(parameter.variance), rate=rate)


def _site_moved_up(site: SiteFunction) -> SiteFunction:
    return replace(site, formula=layers_moved_up(site.formula))


def _first_term_moved_up(term: FirstTerm) -> FirstTerm:
    coefficient = moved_up(term.coefficient)
    match term:
        case Bias(parameters=biases):
            return Bias(coefficient, tuple(map(_parameter_moved_up, biases)))
        case ReadsInput(parameters=weights):
            return ReadsInput(coefficient, tuple(map(_parameter_moved_up, weights)))
        case _:
            assert_never(term)


def _layer_term_moved_up(term: LayerTerm) -> LayerTerm:
    coefficient = moved_up(term.coefficient)
    match term:
        case Bias(parameters=biases):
            return Bias(coefficient, tuple(map(_parameter_moved_up, biases)))
        case WeightedSum(parameters=weights, site=site):
            return WeightedSum(coefficient, tuple(map(_parameter_moved_up, weights)), _site_moved_up(site))
        case Direct(site=site):
            return Direct(coefficient, _site_moved_up(site))
        case _:
            assert_never(term)


def _layers_apart(term: LayerTerm) -> list[LayerTerm]:
    """W*(sigma(z) + sigma(prev(z))) as two terms: each reads one layer, where a sum of such terms is all it is."""
    match term:
        case WeightedSum(site=SiteFunction(formula=Add(terms=summands)) as site) if len(site.depths) > 1:
            parts = (replace(site, formula=part, fields=fields_read(part)) for part in summands)
            return [inner for part in parts for inner in _layers_apart(replace(term, site=part))]
        case WeightedSum() | Bias() | Direct():
            return [term]
        case _:
            assert_never(term)


def with_merged_sites(architecture: Architecture) -> Architecture:
    """Weighted terms that share their weights as one term: W*(a*f + b*g) in place of a*W*f + b*W*g.

    The same network with fewer products to expand; numbers are found faster, formulas read better unmerged.
    """

    def merged(equations: tuple[LayerEquation, ...]) -> tuple[LayerEquation, ...]:
        return tuple(LayerEquation(e.field, tuple(_merged(e.terms))) for e in equations)

    return replace(architecture, layers=merged(architecture.layers), last=merged(architecture.last))


def _merged(terms: tuple[LayerTerm, ...]) -> list[LayerTerm]:
    kept: list[LayerTerm] = []
    together: dict[tuple[Weights, ...], list[WeightedSum]] = {}
    for term in terms:
        match term:
            case WeightedSum() if _is_plain(term.coefficient):
                together.setdefault(term.parameters, []).append(term)
            case WeightedSum() | Bias() | Direct():
                kept.append(term)
            case _:
                assert_never(term)
    for weights, members in together.items():
        if len(members) == 1:
            kept += members
            continue
        parts = tuple(Multiply((formula_of(term.coefficient), term.site.formula)) for term in members)
        fields = tuple(dict.fromkeys(name for term in members for name in term.site.fields))
        kept.append(WeightedSum(Polynomial.constant(1), weights, SiteFunction(Add(parts), fields)))
    return kept


def _is_plain(coefficient: Polynomial) -> bool:
    """Only numbers and hyperparameters that are the same in every layer."""
    return all(isinstance(atom, Symbol) and atom.layer is None for atom in coefficient.atoms())
