"""The derivation of a recursion, every stage of it kept: the engine takes the last field, ``explain`` prints all.

products         next-layer observables at a pattern of neuron indices, by the layer equation
over_parameters  their joint cumulants over the parameters of the layer: sums over neurons of the layer below
over_neurons     joint cumulants of those sums given the layers below, coincidences counted exactly in n
over_layers      law of total cumulance over the layers below: the coefficient of the tensor's power of 1/n
right_hand_side  their sum, the coefficient of the tensor's own structure of Kronecker deltas

The three levels are the law of total cumulance, innermost first: parameters, neurons, layers below. Where the rows of
all weights are independent, nothing but the parameters' mean is left of the first for products at different neurons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from ptheory.algebra.partitions import set_partitions
from ptheory.algebra.polynomial import Polynomial
from ptheory.recursion.closure import reads_earlier_layers
from ptheory.recursion.coincidences import conditional_cumulant
from ptheory.recursion.earlier_layers import split_by_layer
from ptheory.recursion.fluctuations import LegLimit, joint_cumulant, no_limit
from ptheory.recursion.indexed_terms import IndexedTerm
from ptheory.recursion.layer_model import LayerModel
from ptheory.recursion.next_layer import cumulant_over_parameters, next_layer_product
from ptheory.recursion.sources import sources_of_neurons
from ptheory.recursion.tensors import Collective, Tensor

Block = tuple[int, ...]  # which components of the target stand under one cumulant given the layers below


@dataclass(frozen=True)
class Derivation:
    """How X' of ``target`` comes about in terms of layer-l quantities; see the module docstring.

    ``products`` are by component, ``over_parameters`` and ``over_neurons`` by block of components, ``over_layers`` by
    set partition into blocks; blocks whose joint cumulant over the parameters vanishes are left out of the first. The
    power of 1/n of ``over_layers`` and ``right_hand_side`` is ``target.power``, stripped.
    """

    model: LayerModel
    target: Tensor
    products: Mapping[Collective, tuple[IndexedTerm, ...]]
    over_parameters: Mapping[Block, tuple[IndexedTerm, ...]]
    over_neurons: Mapping[Block, Polynomial]
    over_layers: Mapping[tuple[Block, ...], Polynomial]
    right_hand_side: Polynomial


def derive(model: LayerModel, target: Tensor, limit: LegLimit = no_limit) -> Derivation:
    """The expansion read aloud. ``limit`` cuts off derivatives that vanish because an integrand is a polynomial.

    Raises NonlinearSkip, NoLearningRateError, JoinsLayers.
    """
    # each component at the index pattern of its pairing: legs that the pairing joins share a neuron of layer l+1
    products = {c: tuple(next_layer_product(model, c)) for c in target.components}
    over_parameters = _over_parameters(model, target, products)
    sources = sources_of_neurons(target.power, model.architecture.has_gaussian_rows)
    over_neurons: dict[Block, Polynomial] = {}
    over_layers: dict[tuple[Block, ...], Polynomial] = {}
    for partition in set_partitions(range(len(target.components))):
        blocks = tuple(map(tuple, partition))
        for block in blocks:
            if block not in over_neurons:
                over_neurons[block] = _over_neurons(block, over_parameters)
        # fluctuations of the collective variables, to the power of 1/n this tensor carries
        functions = [over_neurons[block] for block in blocks]
        over_layers[blocks] = joint_cumulant(functions, target.power, limit, sources)
    total = Polynomial.sum(over_layers.values())
    if reads_earlier_layers(model.architecture):
        total = split_by_layer(model, target, total)
    return Derivation(model, target, products, over_parameters, over_neurons, over_layers, total)


def _over_parameters(
    model: LayerModel, target: Tensor, products: Mapping[Collective, tuple[IndexedTerm, ...]]
) -> dict[Block, tuple[IndexedTerm, ...]]:
    """Joint cumulants over the parameters, which are new in every layer, given layer l; those that vanish left out."""
    components = target.components
    count = len(components)
    most = 1 if model.architecture.has_independent_rows else count
    found = {}
    for size in range(1, most + 1):
        for block in combinations(range(count), size):
            members = [components[k] for k in block]
            cumulant = cumulant_over_parameters(model, members, [products[c] for c in members], target.power)
            if cumulant or size == 1:
                found[block] = tuple(cumulant)
    return found


def _over_neurons(block: Block, over_parameters: Mapping[Block, tuple[IndexedTerm, ...]]) -> Polynomial:
    """The joint cumulant of a block's products given the layers below l: over layer l of those over the parameters."""
    parts = []
    for partition in set_partitions(block):
        inner = [tuple(members) for members in partition]
        if all(members in over_parameters for members in inner):
            parts.append(conditional_cumulant([over_parameters[members] for members in inner]))
    return Polynomial.sum(parts)
