"""The expansion of one tensor, read aloud: product, Wick, coincidences, 1/n, match."""

from __future__ import annotations

from ptheory.algebra.partitions import set_partitions
from ptheory.algebra.polynomial import Polynomial
from ptheory.recursion.coincidences import conditional_cumulant
from ptheory.recursion.fluctuations import joint_cumulant
from ptheory.recursion.layer_model import LayerModel
from ptheory.recursion.next_layer import collective_as_neuron_sums
from ptheory.recursion.tensors import Tensor


def derive_tensor(model: LayerModel, target: Tensor) -> Polynomial:
    sums = [collective_as_neuron_sums(model, component) for component in target.components]
    parts = []
    for partition in set_partitions(range(len(sums))):
        functions = [conditional_cumulant([sums[k] for k in block]) for block in partition]
        parts.append(joint_cumulant(functions, target.power))
    return Polynomial.sum(parts)
