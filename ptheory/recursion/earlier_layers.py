"""Averages over layers further down, for prev(...): <sigma sigma> at the kernel of layer l-1.

A field of layer l-k in a recursion from l to l+1 is a variable of its own, named z[l-k]. Without skip connections that
carry a neuron over, fields of different layers at one neuron are independent at leading order, so an average over
several layers is a product of averages over one.
"""

from __future__ import annotations

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.recursion.closure import JoinsLayers
from ptheory.recursion.layer_model import LayerModel
from ptheory.recursion.tensors import Expectation, SiteFactor, Tensor, expectation


def split_by_layer(model: LayerModel, target: Tensor, right: Polynomial) -> Polynomial:
    """Every average over one layer only. Raises JoinsLayers where that is not possible."""
    carried = bool(model.architecture.direct_terms)

    def split(atom: Atom) -> Polynomial | None:
        if not isinstance(atom, Expectation):
            return None
        by_depth: dict[int, list[SiteFactor]] = {}
        for factor in atom.factors:
            site = model.sites[factor.site]
            if len(site.depths) > 1:
                raise JoinsLayers(model.architecture, target)
            by_depth.setdefault(site.deepest, []).append(factor)
        if len(by_depth) == 1:
            return None
        if carried:
            raise JoinsLayers(model.architecture, target)
        product = Polynomial.constant(1)
        for factors in by_depth.values():
            product = product * Polynomial.atom(expectation(tuple(factors)))
        return product

    return right.map_atoms(split)
