"""Tensors of layers more than one apart, V[l+2] = 10*K^2 of ReLU: claims about several steps of the recursions.

With every activation bound, tensors of layer l+k are written in those of layer l by closed forms of their recursions,
one step after the other. The same is asked of networks, whose flow makes each layer from the one below: one where the
sides differ refutes, and all must agree before *proved* is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.refusal import DivisionByZero
from ptheory.claims.bound import undecided
from ptheory.claims.kinds.layers_apart import MOST_APART, layer_of
from ptheory.claims.kinds.networks_tried import networks_of
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.points.network import NO_VALUE_HERE, Network, as_ball, differ
from ptheory.claims.reading.claim_text import expression_text
from ptheory.claims.reading.vocabulary import Vocabulary, check_number_of_slots
from ptheory.claims.sides import ReadClaim, read_sides
from ptheory.claims.terms.cancellation import lowest_terms
from ptheory.claims.terms.layer_power import substituted
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.terms.scalar_functions import with_values
from ptheory.claims.verdict import Counterexample, Kind, Verdict
from ptheory.expectations.symbolic_arithmetic import NoClosedForm
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Indexed, Name, Number, rewritten
from ptheory.language.statements import ClaimStatement
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import Expectation, Tensor

NETWORKS, LAYERS = 3, range(1, 4)  # that are tried


def decide_several_layers(formula: ClaimStatement, vocabulary: Vocabulary) -> Verdict:
    """Proved by closed forms of the recursions, or refuted by a network; else undecided. LanguageError."""
    if vocabulary.held or formula.scope.regimes:
        help = "give the variances; what a regime fixes is said of two layers"
        raise LanguageError("layers more than one apart in a regime", formula.span, help=help)
    above = _TensorsAbove(vocabulary)
    named = replace(formula, left=above.named(formula.left), right=above.named(formula.right))
    words = {name: Ratio.atom(Symbol(name)) for name in above.tensors}
    read = read_sides(named, replace(vocabulary, starred={**vocabulary.starred, **words}))
    as_written = replace(read, claim=formula)
    agreeing = 0
    for network in _networks(read, above):
        try:
            left, right = network.values((read.left, read.right))
        except NO_VALUE_HERE:
            continue
        if differ(left, right):
            at = Counterexample(network.shown((read.left, read.right)), as_ball(left), as_ball(right))
            message = "the two sides differ in the layers of a network"
            return Verdict(Kind.REFUTED, formula.label, message, as_written.understood, at)
        agreeing += 1
    try:
        reason = _Steps(read, above).missing()
    except (DivisionByZero, NoClosedForm):
        reason = "a side has no value in some layer"
    if reason is None and agreeing:
        message = "equal in closed form, layer after layer"
        return Verdict(Kind.PROVED, formula.label, message, as_written.understood)
    message = f"equal in {agreeing} networks, which proves nothing"
    return undecided(as_written, message, reason or "no network was found where both sides have values")


@dataclass
class _TensorsAbove:
    """What a claim says of layers l+2 and above; ``tensors``: by the name put in their place, with their layer."""

    vocabulary: Vocabulary
    tensors: dict[str, tuple[int, Tensor]] = field(default_factory=dict)

    def named(self, side: Expression) -> Expression:
        """A side with a name in place of each of them."""
        return rewritten(side, self._in_place_of)

    def _in_place_of(self, node: Expression) -> Expression | None:
        layer = layer_of(node, self.vocabulary)
        if layer is None or not isinstance(node, Indexed):
            return None
        if layer > MOST_APART:
            help = f"up to {MOST_APART} layers are looked at"
            raise LanguageError(f"layers {layer} apart", node.span, help=help)
        reference = self.vocabulary.tensor(node.name)
        assert reference is not None
        slots = node.arguments if node.layer is not None else ()
        if not slots and not self.vocabulary.one_input:
            raise LanguageError(f"{node.name} at which samples?", node.span, help="or add `inputs one` to the claim")
        samples = tuple(self._sample(slot) for slot in slots) or (1,) * reference.arity
        check_number_of_slots(node.name, reference, len(samples), node.span)
        tensor = reference.at(samples)
        name = expression_text(node)
        self.tensors[name] = layer, tensor
        return Name(name, span=node.span)

    def _sample(self, slot: Expression) -> int:
        named = self.vocabulary.named_sample(slot.name) if isinstance(slot, Name) else None
        if named is not None:
            return named
        if isinstance(slot, Number) and slot.value.denominator == 1:
            return self.vocabulary.sample(max(int(slot.value), 1), slot.span)
        raise LanguageError("a slot is a number or the name of an input", slot.span, help="write V[1,2,3,4;l+2]")


@dataclass
class _Steps:
    """The recursions in closed form, from one layer to the next."""

    read: ReadClaim
    above: _TensorsAbove
    _next: dict[Atom, Ratio] = field(default_factory=dict)

    @cached_property
    def _moments(self) -> BoundMoments:
        vocabulary = self.read.vocabulary
        return BoundMoments(self.read.normal, vocabulary.binding, vocabulary.almost_everywhere)

    def missing(self) -> str | None:
        """None where the claim is proved, else what is missing. DivisionByZero, NoClosedForm, TooLarge."""
        values: dict[Atom, Ratio] = {
            Symbol(name): self._at(layer, tensor) for name, (layer, tensor) in self.above.tensors.items()
        }
        difference = self._closed(substituted(self.read.left - self.read.right, lambda atom: values.get(atom)))
        if any(isinstance(atom, (Mean, Expectation)) for atom in difference.atoms()):
            return "an average in the recursions has no closed form"
        return None if not lowest_terms(difference) else "the closed forms are not equal as they are written"

    def _at(self, layer: int, tensor: Tensor) -> Ratio:
        """A tensor of layer l + ``layer`` in those of layer l."""
        value = Ratio.atom(tensor)
        for _ in range(layer):
            value = substituted(value, self._in_next_layer)
        if self.read.vocabulary.at_layer == 1:
            value = substituted(value, lambda a: Ratio.constant(0) if isinstance(a, Tensor) and a.power else None)
        return value

    def _in_next_layer(self, atom: Atom) -> Ratio | None:
        if not isinstance(atom, Tensor):
            return None
        if atom not in self._next:
            self._next[atom] = lowest_terms(self._closed(Ratio(self.read.reader.derived(atom))))
        return self._next[atom]

    def _closed(self, value: Ratio) -> Ratio:
        given = self.read.reader.given
        closed = self._moments.of(value)
        return with_values(closed, given) if given else closed


def _networks(read: ReadClaim, above: _TensorsAbove) -> Iterator[Network]:
    """Layers of networks at concrete inputs, with the tensors above as their flow makes them."""
    samples = [leg.sample for atom in read.content.tensors for leg in atom.legs]
    samples += [leg.sample for _, tensor in above.tensors.values() for leg in tensor.legs]
    layers = LAYERS if read.vocabulary.at_layer is None else (read.vocabulary.at_layer,)
    for number in range(NETWORKS):
        vectors = [_vector(sample, 1 + number) for sample in range(1, max(samples, default=1) + 1)]
        for network in networks_of(read, vectors, number, layers):
            yield replace(network, numbers={**network.numbers, **_values_above(network, above)})


def _values_above(network: Network, above: _TensorsAbove) -> Mapping[str, Fraction]:
    return {name: network.flow.value(network.layer + k, tensor) for name, (k, tensor) in above.tensors.items()}


def _vector(sample: int, components: int) -> list[Fraction]:
    """Another vector for every input, no two of them parallel."""
    return [Fraction((3 * sample * sample + 5 * k) % 7 + 1, sample + 1) for k in range(components)]
