"""The stages of a ``Derivation`` as steps to read, each with its reason; nothing is computed here.

    1 next-layer product   2 Wick over the parameters   3 coincidences   4 expansion   5 matching

A step's lines are data (products over neurons, polynomials); ``ptheory.rendering.explain`` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from ptheory.algebra.polynomial import Polynomial
from ptheory.recursion.derive import Block, Derivation
from ptheory.recursion.indexed_terms import IndexedTerm
from ptheory.recursion.layer_model import LayerModel
from ptheory.recursion.tensors import Collective, Tensor

NEXT_LAYER_PRODUCT = (
    "Each product of next-layer quantities that the tensor's neuron indices join is written with the layer equation; "
    "i, k, ... are different neurons of layer ℓ+1, j a neuron of layer ℓ."
)
WICK = (
    "The parameters of the layer are independent Gaussians, so they are averaged in pairs; every pair identifies two "
    "inner neurons and brings its variance. What is left is {fluctuating}, the covariance given the layers below: it "
    "fluctuates."
)
COINCIDENCES = (
    "Given the layers below (averages written E[ | ℓ], joint cumulants κ[ | ℓ]) the neurons of layer ℓ are independent "
    "Gaussians; sums over them are split by which indices coincide, and what is left are averages at the fluctuating "
    "covariance {fluctuating} of layer ℓ."
)
CUMULANTS_OF_PARAMETERS = (
    "The parameters of the layer are independent, even about zero and not Gaussian: they are averaged in blocks, each "
    "a cumulant of one parameter that identifies all its neurons. What is left is {fluctuating}, the covariance "
    "given the layers below, and Ĉ, the cumulants of more fields at one neuron: they fluctuate."
)
COINCIDENCES_OF_INDEPENDENT = (
    "Given the layers below (averages written E[ | ℓ], joint cumulants κ[ | ℓ]) the neurons of layer ℓ are "
    "independent; sums over them are split by which indices coincide, and what is left are averages over one neuron "
    "with the fluctuating cumulants {fluctuating}, Ĉ of layer ℓ."
)
EXPANSION = (
    "The law of total cumulance joins the pieces; each average at the fluctuating covariance is expanded around "
    "{kernel}, an insertion of a fluctuation being half a second derivative, and only what carries the tensor's own "
    "power of 1/n is kept."
)
EXPANSION_OF_CUMULANTS = (
    "The law of total cumulance joins the pieces; each average is expanded around the Gaussian of covariance {kernel}, "
    "an insertion of a fluctuation of {fluctuating} being half a second derivative, one of Ĉ with 2m fields "
    "1/(2m)! times 2m derivatives, and only what carries the tensor's own power of 1/n is kept."
)
MATCHING = "The sum is the coefficient of the tensor's own structure of Kronecker deltas."
LEADING_POWER = (
    "Tensors of layer ℓ come with powers of n, too; the terms with the largest power of n are kept, all layers equally "
    "wide."
)
EQUAL_SAMPLES = "The sums over the samples that stand in an average are carried out, and like terms added."


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
    """``why``: prose in which {fluctuating} and {kernel} stand for the covariance and its leading value by name."""

    name: str
    why: str
    lines: tuple[StepLine, ...]
    model: LayerModel


def derivation_steps(derivation: Derivation, printed: Polynomial, is_leading_power: bool = False) -> tuple[Step, ...]:
    """The five steps of a derivation; equal components, and equal blocks of them, are shown once.

    ``printed``: the equation they lead to. At samples that were made equal it is the derivation's right-hand side with
    its sums over fields and samples carried out, which is then a step of its own; where only the leading power of n is
    kept, that is what the step says.
    """
    target, components = derivation.target, derivation.target.components

    def members(block: Block) -> tuple[Collective, ...]:
        return tuple(components[k] for k in block)

    products = tuple(StepLine(NeuronProduct(c), terms) for c, terms in derivation.products.items())
    averaged = {members(block)[0]: t for block, t in derivation.over_parameters.items() if len(block) == 1}
    contracted = tuple(StepLine(NextCollective(c), terms) for c, terms in averaged.items())
    counted: dict[tuple[Collective, ...], StepLine] = {}
    for block, cumulant in derivation.over_neurons.items():
        counted.setdefault(members(block), StepLine(ConditionalCumulant(members(block)), cumulant))
    expanded = tuple(
        StepLine(OuterCumulant(tuple(map(members, blocks)), target.power), value)
        for blocks, value in derivation.over_layers.items()
    )
    matched = (StepLine(target, derivation.right_hand_side),)
    model = derivation.model
    why = (WICK, COINCIDENCES, EXPANSION)
    if not model.architecture.has_gaussian_rows:
        why = (CUMULANTS_OF_PARAMETERS, COINCIDENCES_OF_INDEPENDENT, EXPANSION_OF_CUMULANTS)
    steps = (
        Step("Next-layer product", NEXT_LAYER_PRODUCT, products, model),
        Step("Wick contraction over the parameters", why[0], contracted, model),
        Step("Coincidences", why[1], tuple(counted.values()), model),
        Step("Expansion", why[2], expanded, model),
        Step("Matching", MATCHING, matched, model),
    )
    if printed == derivation.right_hand_side:
        return steps
    last = (StepLine(target, printed),)
    if is_leading_power:
        return (*steps, Step("Leading power of n", LEADING_POWER, last, model))
    return (*steps, Step("Equal samples", EQUAL_SAMPLES, last, model))
