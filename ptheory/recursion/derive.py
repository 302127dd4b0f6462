"""The derivation of a recursion, every stage of it kept: the engine takes the last field, ``explain`` prints all.

product        next-layer observables at a pattern of neuron indices, by the layer equation
contracted     Wick over the parameters of the layer: sums over neurons of the layer below
conditional    joint cumulants of those sums given the layers below, coincidences counted exactly in n
joint          law of total cumulance over the layers below: the coefficient of the tensor's power of 1/n
right_hand_side  their sum, the coefficient of the tensor's own structure of Kronecker deltas
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ptheory.algebra.partitions import set_partitions
from ptheory.algebra.polynomial import Polynomial
from ptheory.recursion.closure import reads_earlier_layers
from ptheory.recursion.coincidences import conditional_cumulant
from ptheory.recursion.earlier_layers import split_by_layer
from ptheory.recursion.fluctuations import LegLimit, joint_cumulant, no_limit
from ptheory.recursion.indexed_terms import IndexedTerm
from ptheory.recursion.layer_model import LayerModel
from ptheory.recursion.next_layer import averaged_over_parameters, next_layer_product
from ptheory.recursion.sources import sources_of_neurons
from ptheory.recursion.tensors import Collective, Tensor

Block = tuple[int, ...]  # which components of the target stand under one cumulant given the layers below


@dataclass(frozen=True)
class Derivation:
    """How X' of ``target`` comes about in terms of layer-l quantities; see the module docstring.

    ``products`` and ``contracted`` are by component, ``conditional`` by block of components, ``joint`` by set
    partition into blocks. The power of 1/n of ``joint`` and ``right_hand_side`` is ``target.power``, stripped.
    """

    model: LayerModel
    target: Tensor
    products: Mapping[Collective, tuple[IndexedTerm, ...]]
    contracted: Mapping[Collective, tuple[IndexedTerm, ...]]
    conditional: Mapping[Block, Polynomial]
    joint: Mapping[tuple[Block, ...], Polynomial]
    right_hand_side: Polynomial


def derive(model: LayerModel, target: Tensor, limit: LegLimit = no_limit) -> Derivation:
    """The expansion read aloud. ``limit`` cuts off derivatives that vanish because an integrand is a polynomial.

    Raises NonlinearSkip, NoLearningRateError, JoinsLayers.
    """
    # each component at the index pattern of its pairing: legs that the pairing joins share a neuron of layer l+1
    products = {c: tuple(next_layer_product(model, c)) for c in target.components}
    # the parameters are new in every layer, so they are averaged first: what is left are sums over layer-l neurons
    contracted = {c: tuple(averaged_over_parameters(model, c, product)) for c, product in products.items()}
    sources = sources_of_neurons(target.power, model.architecture.has_gaussian_rows)
    sums = [contracted[c] for c in target.components]
    conditional: dict[Block, Polynomial] = {}
    joint: dict[tuple[Block, ...], Polynomial] = {}
    # law of total cumulance: neurons first (given the layers below), then the layers below
    for partition in set_partitions(range(len(sums))):
        blocks = tuple(map(tuple, partition))
        for block in blocks:
            if block not in conditional:
                # coincidences of the summed neurons, exact in n
                conditional[block] = conditional_cumulant([sums[k] for k in block])
        # fluctuations of the collective variables, to the power of 1/n this tensor carries
        joint[blocks] = joint_cumulant([conditional[block] for block in blocks], target.power, limit, sources)
    total = Polynomial.sum(joint.values())
    if reads_earlier_layers(model.architecture):
        total = split_by_layer(model, target, total)
    return Derivation(model, target, products, contracted, conditional, joint, total)
