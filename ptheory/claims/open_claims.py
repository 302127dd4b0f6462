"""Claims about a tensor whose recursion does not close: both sides are numbers in a concrete network, and are compared.

With a skip connection V at layer l+1 is no function of V and K at layer l, so there is nothing to be equal to in normal
form. But at given hyperparameters, inputs and a polynomial activation both sides are exact rational numbers: tensors
of layers l and l+1 from the joint law of a neuron's branches (``flows.history_flow``), averages from the kernel of
layer l. A network where they differ refutes. Where they agree in every network tried, that is said, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

from ptheory.algebra.polynomial import Polynomial
from ptheory.claims.points.assignment import Coefficients
from ptheory.claims.points.network import (
    DIGITS,
    NO_VALUE_HERE,
    Network,
    NextTensor,
    as_ball,
    differ,
    rational_coefficients,
    scalars_of,
)
from ptheory.claims.points.numerical_points import polynomial_activation
from ptheory.claims.points.points import TRANSCENDENTAL
from ptheory.claims.reading.claim_text import equation_text
from ptheory.claims.reading.read_claim import ClaimReader
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import is_defined
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Counterexample, Kind, Verdict
from ptheory.flows.history_flow import HistoryFlow
from ptheory.flows.layer_values import FlowSetting, constant_scalars
from ptheory.language.claim_names import SUSCEPTIBILITIES
from ptheory.language.expressions import Indexed, Name, walk
from ptheory.language.statements import ClaimStatement
from ptheory.networks.check_architecture import hyperparameters
from ptheory.recursion.closure import OpenHierarchy
from ptheory.recursion.layer_model import with_merged_sites
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import Tensor

_F = Fraction
POLYNOMIALS: tuple[Coefficients, ...] = (
    (_F(0), _F(1), _F(1, 2)),
    (_F(0), _F(0), _F(1)),
    (_F(1), _F(-1), _F(1, 3)),
    (_F(0), _F(1)),
)
LAYERS = (1, 2)  # the layers l of l -> l+1; a form that is right at layer 2 alone is wrong at layer 3


class _NetworkReader(ClaimReader):
    """Primed tensors that cannot be derived stay what they are: values at the next layer."""

    def derived(self, target: Tensor) -> Polynomial:
        try:
            return super().derived(target)
        except OpenHierarchy:
            return Polynomial.atom(NextTensor(target))


def decide_open(claim: ClaimStatement, vocabulary: Vocabulary, error: OpenHierarchy) -> Verdict:
    """Refuted at a network where the sides differ, else undecided with the reason the recursion gives."""
    if vocabulary.assumes:
        message, reason = "a recursion that does not close cannot be compared under assumptions", str(error)
        written = equation_text(claim)
        return Verdict(Kind.UNDECIDED, claim.label, message, written, reason=f"{reason}. {error.help}")
    samples = tuple(range(1, vocabulary.inputs.count + 1)) if vocabulary.inputs is not None else ()
    reader = _NetworkReader(vocabulary, samples)
    sides = reader.read(claim.left), reader.read(claim.right)
    understood = equation_text(claim)
    agreeing = 0
    for network in _networks(sides, vocabulary):
        try:
            left, right = network.values(sides)
        except NO_VALUE_HERE:
            continue
        if differ(left, right):
            at = Counterexample(network.shown(sides), as_ball(left), as_ball(right))
            message = "the two sides differ in a network"
            reason = str(error) + _remark(claim, vocabulary)
            return Verdict(Kind.REFUTED, claim.label, message, understood, at, reason=reason)
        agreeing += 1
    found = f"equal in {agreeing} networks, which proves nothing: " if agreeing else ""
    message = "a recursion that does not close cannot be compared in normal form"
    return Verdict(Kind.UNDECIDED, claim.label, message, understood, reason=f"{found}{error}. {error.help}")


def _remark(claim: ClaimStatement, vocabulary: Vocabulary) -> str:
    """A susceptibility here is a derivative of the whole K', which published forms often write without the skip."""
    named = {node.name for node in (*walk(claim.left), *walk(claim.right)) if isinstance(node, (Name, Indexed))}
    used = [name for name in SUSCEPTIBILITIES if name in named]
    direct = vocabulary.system.model.architecture.direct_terms
    return f". {used[0]} is derived from the whole of K', the skip included" if used and direct else ""


def _networks(sides: Sequence[Ratio], vocabulary: Vocabulary) -> Iterator[Network]:
    """Networks to try: polynomials for what is left open, two choices of hyperparameters, layers 1 -> 2 and 2 -> 3."""
    architecture = vocabulary.system.model.declared
    if any(parameter.excess_fan_in or not parameter.law.is_gaussian for parameter in architecture.parameters):
        return  # flows with skips know variances C_W/n and C_b of Gaussian weights only
    names = [name for name in hyperparameters(architecture) if name not in TRANSCENDENTAL]
    system = RecursionSystem(with_merged_sites(architecture), vocabulary.system.model.kinds)
    inputs = _inputs(sides, vocabulary)
    open_names = [name for name in vocabulary.functions if name not in vocabulary.binding and not is_defined(name)]
    bound = {name: c for name, a in vocabulary.binding.items() if (c := rational_coefficients(a)) is not None}
    for polynomial, shift in product(POLYNOMIALS if open_names else POLYNOMIALS[:1], (0, 1)):
        numbers = {name: _F(k + 1 + shift, 2 + (k + shift) % 3) for k, name in enumerate(names)}
        polynomials = {**bound, **dict.fromkeys(open_names, polynomial)}
        activations = {**vocabulary.binding, **{name: polynomial_activation(name, polynomial) for name in open_names}}
        flow = HistoryFlow(system, FlowSetting(inputs, constant_scalars(numbers), activations, digits=DIGITS))
        for layer in LAYERS:
            yield Network(vocabulary, flow, layer, numbers, polynomials)


def _inputs(sides: Sequence[Ratio], vocabulary: Vocabulary) -> list[list[Fraction]]:
    """As many inputs as the claim is made for, or as its slots name."""
    vectors = [[_F(1), _F(1)], [_F(1), _F(-1, 2)], [_F(1, 2), _F(2)], [_F(0), _F(1)]]
    if vocabulary.inputs is not None:
        return vectors[: vocabulary.inputs.count]
    tensors = [a.component if isinstance(a, NextTensor) else a for side in sides for a in scalars_of(side)]
    slots = [leg.sample for a in tensors if isinstance(a, Tensor) for leg in a.legs]
    return vectors[: max(slots, default=1)]
