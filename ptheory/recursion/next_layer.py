"""Step 1 and 2 of the expansion: next-layer products in terms of layer-l quantities, then Wick over the new parameters.

The neuron indices of a next-layer product are set to a *pattern*: legs of one block share an index, others
differ. Rows of the new weights that belong to different indices are independent, so at a given pattern the parameter
average factorises over the connected components of the blocks; each factor is a collective variable of layer l+1,
written as sums over neurons of layer l. With preactivations alone,

    Ĝ'[1,2] = C_b + (C_W/n) sum_j phi(z_j(1)) phi(z_j(2)).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    """The product of next-layer observables of one component, its neuron indices at the pattern of its blocks."""
    neuron_of = {}
    for number, block in enumerate(component.blocks, start=1):
        neuron_of.update(dict.fromkeys(block, OuterNeuron(number)))
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


def wick_contract(model: LayerModel, component: Collective, term: IndexedTerm) -> list[IndexedTerm]:
    """The new parameters averaged out of a product of the observables of ``component``, deltas resolved.

    At most two parameters stand at one neuron of layer l+1 where the blocks of ``component`` are pairs, so they are
    averaged in pairs whatever their law: E[W_ij W_kl] = (C_W/n) d_ik d_jl for equal families, 0 otherwise. A block of
    more preactivations stands for their joint cumulant, and so for that of their parameters.
    """
    positions = list(range(len(term.parameters)))
    if len(positions) % 2:
        return []
    if component.is_of_fields and len(component.legs) > 2:
        # what a skip connection carries over is no random variable given the layer below: it has no cumulant
        partitions: Iterable[Sequence[Sequence[int]]] = [[positions]] if len(positions) == len(component.legs) else []
    else:
        partitions = pairings(positions)
    found = (_contracted(model, term, partition) for partition in partitions)
    return [contracted for contracted in found if contracted is not None and contracted.coefficient]


def _contracted(model: LayerModel, term: IndexedTerm, partition: Sequence[Sequence[int]]) -> IndexedTerm | None:
    """The cumulants of the blocks of parameters; None where one is zero because of its families or indices."""
    names: dict[InnerNeuron, Neuron] | None = {}
    coefficient = term.coefficient
    for block in partition:
        first, *others = (term.parameters[position] for position in block)
        for other in others:
            names = _identify(names, first, other) if names is not None and first.name == other.name else None
        if names is None:
            return None
        parameter = model.parameters[first.name]
        over_width = Polynomial({((WIDTH, -1),) * parameter.fan_in: Fraction(1)})
        for _ in range(len(block) // 2):
            coefficient = coefficient * parameter.variance * over_width
        coefficient = coefficient * parameter.law.cumulant(len(block))
    bare = replace(term, coefficient=coefficient, parameters=())
    return bare.renamed({index: _root(names or {}, index) for index in term.summed_indices})


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
    return averaged_over_parameters(model, component, next_layer_product(model, component))


def averaged_over_parameters(
    model: LayerModel, component: Collective, product: Iterable[IndexedTerm]
) -> list[IndexedTerm]:
    """The new parameters averaged out of the product of the observables of ``component``, like terms added."""
    return merge([t for term in product for t in wick_contract(model, component, term)])


def cumulant_over_parameters(
    model: LayerModel, components: Sequence[Collective], products: Sequence[Iterable[IndexedTerm]], power: int
) -> list[IndexedTerm]:
    """The joint cumulant over the new parameters, given layer l, of the products of the observables of ``components``.

    Of one product it is the average. Different components stand at different neurons of layer l+1 and so take their
    parameters from different rows: of several it is zero, or what the law of the parameters says, through n^-power.
    """
    if len(components) == 1:
        return averaged_over_parameters(model, components[0], products[0])
    return merge([t for terms in product(*products) for t in _across_rows(model, terms, power)])


def _across_rows(model: LayerModel, terms: Sequence[IndexedTerm], power: int) -> list[IndexedTerm]:
    """The joint cumulant over the parameters of terms at different neurons, each with two fields or fewer.

    Families of parameters are independent of each other, and even about zero in every row: it is zero unless all
    factors are of one family.
    """
    families = {factor.name for term in terms for factor in term.parameters}
    if len(families) != 1 or not all(term.parameters for term in terms):
        return []
    parameter = model.parameters[families.pop()]
    apart = [
        term.renamed({i: InnerNeuron(f"{i.label}.{k}") for i in term.summed_indices}) for k, term in enumerate(terms)
    ]
    whole = apart[0]
    for term in apart[1:]:
        whole = whole.times(term)
    variance = parameter.variance * Polynomial({((WIDTH, -1),) * parameter.fan_in: Fraction(1)})
    found = []
    for columns, below, coefficient in parameter.law.across_rows(tuple(len(t.parameters) for t in terms), power):
        names: dict[InnerNeuron, Neuron] = {}
        for first, *others in columns:
            for other in others:
                _identify_columns(names, whole.parameters[first], whole.parameters[other])
        factor = variance ** (len(whole.parameters) // 2) * Polynomial({((WIDTH, -below),): coefficient})
        joined = replace(whole, coefficient=whole.coefficient * factor, parameters=())
        found.append(joined.renamed({index: _root(names, index) for index in whole.summed_indices}))
    return found


def _identify_columns(names: dict[InnerNeuron, Neuron], a: ParameterFactor, b: ParameterFactor) -> None:
    left, right = _root(names, a.indices[-1]), _root(names, b.indices[-1])
    if left != right:
        assert isinstance(left, InnerNeuron)
        names[left] = right


def merge(terms: list[IndexedTerm]) -> list[IndexedTerm]:
    """Add the coefficients of terms that differ only in the names of their summed indices."""
    totals: dict[IndexedTerm, Polynomial] = {}
    for term in terms:
        names: dict[Neuron, Neuron] = {
            index: InnerNeuron(str(k)) for k, index in enumerate(term.summed_indices, start=1)
        }
        shape = replace(term.renamed(names), coefficient=Polynomial.constant(1))
        totals[shape] = totals.get(shape, Polynomial()) + term.coefficient
    return [replace(shape, coefficient=total) for shape, total in totals.items() if total]
