"""An architecture made ready for the expansion: its site functions numbered, its layer equations by field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ptheory.networks.architecture import Architecture, LayerEquation, Parameter, SiteFunction
from ptheory.recursion.tensors import Kind


@dataclass(frozen=True)
class LayerModel:
    """``sites[k]`` is the site function that ``SiteFactor(site=k)`` stands for; ``kinds`` are the named observables."""

    architecture: Architecture
    sites: tuple[SiteFunction, ...]
    kinds: tuple[Kind, ...] = ()

    @cached_property
    def equations(self) -> dict[str, LayerEquation]:
        return {equation.field: equation for equation in self.architecture.layers}

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        return {parameter.name: parameter for parameter in self.architecture.parameters}

    @cached_property
    def _numbers(self) -> dict[SiteFunction, int]:
        return {site: number for number, site in enumerate(self.sites)}

    def site_number(self, site: SiteFunction) -> int:
        return self._numbers[site]


def layer_model(architecture: Architecture, kinds: tuple[Kind, ...] = ()) -> LayerModel:
    """Number the distinct site functions of the layer equations in order of first appearance."""
    sites: dict[SiteFunction, None] = {}
    for equation in architecture.layers:
        for term in equation.terms:
            if term.site is not None:
                sites.setdefault(term.site)
    return LayerModel(architecture, tuple(sites), kinds)
