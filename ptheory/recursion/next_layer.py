"""Step 1 and 2 of the expansion: next-layer products in terms of layer-l quantities, then Wick over the new parameters.

The neuron indices of a next-layer product are set to a *pattern*: legs that the pairing joins share an index, others
differ. Rows of the new weights that belong to different indices are independent, so at a given pattern the parameter
average factorises over the connected components of the pairing; each factor is a collective variable of layer l+1,
written as sums over neurons of layer l. With preactivations alone,

    Ĝ'[1,2] = C_b + (C_W/n) sum_j phi(z_j(1)) phi(z_j(2)).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import product

from ptheory.algebra.partitions import pairings
from ptheory.algebra.polynomial import Polynomial
from ptheory.recursion.indexed_terms import IndexedTerm, InnerNeuron, Neuron, OuterNeuron, ParameterFactor
from ptheory.recursion.layer_maps import next_observable, next_preactivation
from ptheory.recursion.layer_model import LayerModel
from ptheory.recursion.tensors import PREACTIVATION, WIDTH, Collective


def next_layer_product(model: LayerModel, component: Collective) -> list[IndexedTerm]:
    """The product of next-layer observables of one component, its neuron indices at the pattern of its pairing."""
    neuron_of = {}
    for number, (a, b) in enumerate(component.pairs, start=1):
        neuron_of[a] = neuron_of[b] = OuterNeuron(number)
    expanded = []
    for position, observable in enumerate(component.observables):
        neurons = tuple(neuron_of[position, leg] for leg in range(len(observable.legs)))
        tag = str(position + 1)
        if observable.kind == PREACTIVATION:
            expanded.append(next_preactivation(model, observable.legs[0], neurons[0], tag))
        else:
            expanded.append(next_observable(model, observable, neurons, tag))
    terms = []
    for choice in product(*expanded):
        term = choice[0]
        for factor in choice[1:]:
            term = term.times(factor)
        terms.append(term)
    return terms


def wick_contract(model: LayerModel, term: IndexedTerm) -> list[IndexedTerm]:
    """E over the new parameters: E[W_ij W_kl] = (C_W/n) d_ik d_jl for equal families, 0 otherwise; deltas resolved."""
    if len(term.parameters) % 2:
        return []
    contracted = []
    for pairing in pairings(list(range(len(term.parameters)))):
        names: dict[InnerNeuron, Neuron] | None = {}
        coefficient = term.coefficient
        for left, right in pairing:
            a, b = term.parameters[left], term.parameters[right]
            names = _identify(names, a, b) if names is not None and a.name == b.name else None
            if names is None:
                break
            parameter = model.parameters[a.name]
            coefficient = (
                coefficient * parameter.variance * Polynomial({((WIDTH, -1),) * parameter.fan_in: Fraction(1)})
            )
        if names is not None:
            bare = replace(term, coefficient=coefficient, parameters=())
            contracted.append(bare.renamed({index: _root(names, index) for index in term.summed_indices}))
    return contracted


def _root(names: dict[InnerNeuron, Neuron], index: Neuron) -> Neuron:
    while isinstance(index, InnerNeuron) and index in names:
        index = names[index]
    return index


def _identify(
    names: dict[InnerNeuron, Neuron], a: ParameterFactor, b: ParameterFactor
) -> dict[InnerNeuron, Neuron] | None:
    """Merge the indices of two contracted parameters; None where two next-layer neurons would have to agree."""
    merged = dict(names)
    for left, right in zip(a.indices, b.indices, strict=True):
        left, right = _root(merged, left), _root(merged, right)
        if left == right:
            continue
        if isinstance(left, InnerNeuron):
            merged[left] = right
        elif isinstance(right, InnerNeuron):
            merged[right] = left
        else:
            return None
    return merged


def collective_as_neuron_sums(model: LayerModel, component: Collective) -> list[IndexedTerm]:
    """The next-layer collective variable of ``component`` given layer l: free sums over layer-l neurons."""
    return averaged_over_parameters(model, next_layer_product(model, component))


def averaged_over_parameters(model: LayerModel, terms: Iterable[IndexedTerm]) -> list[IndexedTerm]:
    """E over the new parameters of a sum of products, like terms added."""
    return merge([t for term in terms for t in wick_contract(model, term)])


def merge(terms: list[IndexedTerm]) -> list[IndexedTerm]:
    """Add the coefficients of terms that differ only in the names of their summed indices."""
    totals: dict[IndexedTerm, Polynomial] = {}
    for term in terms:
        names: dict[InnerNeuron, Neuron] = {
            index: InnerNeuron(str(k)) for k, index in enumerate(term.summed_indices, start=1)
        }
        shape = replace(term.renamed(names), coefficient=Polynomial.constant(1))
        totals[shape] = totals.get(shape, Polynomial()) + term.coefficient
    return [replace(shape, coefficient=total) for shape, total in totals.items() if total]
