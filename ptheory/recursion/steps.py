"""How a recursion came about, step by step, with the very functions the engine uses.

    1 next-layer product   2 Wick over the parameters   3 coincidences   4 expansion   5 matching

A step's lines are data (products over neurons, polynomials); ``ptheory.rendering.explain`` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from ptheory.algebra.partitions import set_partitions
from ptheory.algebra.polynomial import Polynomial
from ptheory.recursion.closure import reads_earlier_layers
from ptheory.recursion.coincidences import conditional_cumulant
from ptheory.recursion.earlier_layers import split_by_layer
from ptheory.recursion.fluctuations import joint_cumulant
from ptheory.recursion.next_layer import IndexedTerm, collective_as_neuron_sums, next_layer_product
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import Collective, Tensor

NEXT_LAYER_PRODUCT = (
    "Each product of next-layer quantities that the tensor's neuron indices join is written with the layer equation; "
    "i, k, ... are different neurons of layer ℓ+1, j a neuron of layer ℓ."
)
WICK = (
    "The parameters of the layer are independent Gaussians, so they are averaged in pairs; every pair identifies two "
    "inner neurons and brings its variance. What is left is Ĝ, the covariance given the layers below: it fluctuates."
)
COINCIDENCES = (
    "Given the layers below (averages written E[ | ℓ], joint cumulants κ[ | ℓ]) the neurons of layer ℓ are independent "
    "Gaussians; sums over them are split by which indices coincide, and what is left are averages at the fluctuating "
    "covariance Ĝ of layer ℓ."
)
EXPANSION = (
    "The law of total cumulance joins the pieces; each average at the fluctuating covariance is expanded around K, an "
    "insertion of a fluctuation being half a second derivative, and only what carries the tensor's own power of 1/n is "
    "kept."
)
MATCHING = "The sum is the coefficient of the tensor's own structure of Kronecker deltas."


@dataclass(frozen=True)
class NeuronProduct:
    """The product of next-layer observables of one component, its neuron indices at the pattern of its pairing."""

    component: Collective


@dataclass(frozen=True)
class NextCollective:
    """A collective variable of layer l+1."""

    component: Collective


@dataclass(frozen=True)
class ConditionalCumulant:
    """The joint cumulant of next-layer collective variables over layer l, given the layers below."""

    components: tuple[Collective, ...]


@dataclass(frozen=True)
class OuterCumulant:
    """The coefficient of n^-power in the joint cumulant, over the layers below, of conditional cumulants."""

    blocks: tuple[tuple[Collective, ...], ...]
    power: int


Left = NeuronProduct | NextCollective | ConditionalCumulant | OuterCumulant | Tensor
Right = tuple[IndexedTerm, ...] | Polynomial


@dataclass(frozen=True)
class StepLine:
    """left = right; what stands on the right of a Polynomial may be averages at the fluctuating Ĝ (step 3)."""

    left: Left
    right: Right


@dataclass(frozen=True)
class Step:
    name: str
    why: str
    lines: tuple[StepLine, ...]
    system: RecursionSystem


def derivation_steps(system: RecursionSystem, target: Tensor) -> tuple[Step, ...]:
    """The five steps that lead to ``system.right_hand_side(target)``."""
    model = system.model
    components = target.components
    distinct = tuple(dict.fromkeys(components))
    products = tuple(StepLine(NeuronProduct(c), tuple(next_layer_product(model, c))) for c in distinct)
    sums = [collective_as_neuron_sums(model, c) for c in components]
    contracted = tuple(StepLine(NextCollective(c), tuple(sums[components.index(c)])) for c in distinct)
    counted: dict[tuple[Collective, ...], StepLine] = {}
    expanded: list[StepLine] = []
    for partition in set_partitions(range(len(components))):
        blocks = tuple(tuple(components[k] for k in block) for block in partition)
        functions = []
        for block, members in zip(partition, blocks, strict=True):
            function = conditional_cumulant([sums[k] for k in block])
            functions.append(function)
            counted.setdefault(members, StepLine(ConditionalCumulant(members), function))
        value = joint_cumulant(functions, target.power)
        expanded.append(StepLine(OuterCumulant(blocks, target.power), value))
    total = Polynomial.sum(line.right for line in expanded if isinstance(line.right, Polynomial))
    if reads_earlier_layers(model.architecture):
        total = split_by_layer(model, target, total)
    return (
        Step("Next-layer product", NEXT_LAYER_PRODUCT, products, system),
        Step("Wick contraction over the parameters", WICK, contracted, system),
        Step("Coincidences", COINCIDENCES, tuple(counted.values()), system),
        Step("Expansion", EXPANSION, tuple(expanded), system),
        Step("Matching", MATCHING, (StepLine(target, total),), system),
    )
