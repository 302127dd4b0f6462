"""An architecture made ready for the expansion: its site functions numbered, its layer equations by field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.language.expressions import Add, Multiply
from ptheory.networks.architecture import Architecture, LayerEquation, LayerTerm, Parameter, SiteFunction
from ptheory.networks.scalars import layers_moved_up, moved_up
from ptheory.networks.site_functions import fields_read
from ptheory.recursion.jets import expand_formula_at, formula_of
from ptheory.recursion.tensors import Kind, Leg, earlier_field


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
    def equations(self) -> dict[str, LayerEquation]:
        """The layer equation of every field, by the field's name."""
        return {equation.field: equation for equation in self.architecture.layers}

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
    sites: dict[SiteFunction, None] = {}
    for equation in seen.layers:
        for term in equation.terms:
            if term.site is not None:
                sites.setdefault(term.site)
    for site in sites:
        expand_formula_at(site.formula, lambda node: Leg(earlier_field(node.field, node.depth), 1))
    return LayerModel(architecture, seen, tuple(sites), kinds)


def seen_from_the_layer_read(architecture: Architecture) -> Architecture:
    """Every C_W[l+k] written C_W[l+k+1]: l is the layer below the one that is made, as in a recursion l -> l+1."""

    def of_parameter(parameter: Parameter) -> Parameter:
        rate = None if parameter.rate is None else moved_up(parameter.rate)
        return replace(parameter, variance=moved_up(parameter.variance), rate=rate)

    def of_term(term: LayerTerm) -> LayerTerm:
        site = None if term.site is None else replace(term.site, formula=layers_moved_up(term.site.formula))
        parameter = None if term.parameter is None else of_parameter(term.parameter)
        return LayerTerm(moved_up(term.coefficient), parameter, site)

    def of_equations(equations: tuple[LayerEquation, ...]) -> tuple[LayerEquation, ...]:
        return tuple(LayerEquation(e.field, tuple(map(of_term, e.terms))) for e in equations)

    def of_layers(equations: tuple[LayerEquation, ...]) -> tuple[LayerEquation, ...]:
        apart = (LayerEquation(e.field, tuple(t for term in e.terms for t in _layers_apart(term))) for e in equations)
        return of_equations(tuple(apart))

    return Architecture(
        architecture.name,
        tuple(map(of_parameter, architecture.parameters)),
        of_equations(architecture.first),
        of_layers(architecture.layers),
    )


def _layers_apart(term: LayerTerm) -> list[LayerTerm]:
    """W*(sigma(z) + sigma(prev(z))) as two terms: each reads one layer, where a sum of such terms is all it is."""
    site = term.site
    if site is None or term.parameter is None or not isinstance(site.formula, Add):
        return [term]
    if len({depth for _, depth in site.fields}) < 2:
        return [term]
    parts = (replace(site, formula=part, fields=fields_read(part)) for part in site.formula.terms)
    return [inner for part in parts for inner in _layers_apart(replace(term, site=part))]


def with_merged_sites(architecture: Architecture) -> Architecture:
    """Weighted terms that share their weights as one term: W*(a*f + b*g) in place of a*W*f + b*W*g.

    The same network with fewer products to expand; numbers are found faster, formulas read better unmerged.
    """
    layers = tuple(LayerEquation(e.field, tuple(_merged(e.terms))) for e in architecture.layers)
    return replace(architecture, layers=layers)


def _merged(terms: tuple[LayerTerm, ...]) -> list[LayerTerm]:
    kept: list[LayerTerm] = []
    together: dict[Parameter, list[tuple[LayerTerm, SiteFunction]]] = {}
    for term in terms:
        if term.parameter is None or term.site is None or not _is_plain(term.coefficient):
            kept.append(term)
        else:
            together.setdefault(term.parameter, []).append((term, term.site))
    for parameter, members in together.items():
        if len(members) == 1:
            kept.append(members[0][0])
            continue
        parts = tuple(Multiply((formula_of(term.coefficient), site.formula)) for term, site in members)
        fields = tuple(dict.fromkeys(name for _, site in members for name in site.fields))
        kept.append(LayerTerm(Polynomial.constant(1), parameter, SiteFunction(Add(parts), fields)))
    return kept


def _is_plain(coefficient: Polynomial) -> bool:
    """Only numbers and hyperparameters that are the same in every layer."""
    return all(isinstance(atom, Symbol) and atom.layer is None for atom in coefficient.atoms())
