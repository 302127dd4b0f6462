"""What stands inside E[...], multiplied out: coefficients times products of fields and observables at neurons.

``z1`` and ``H12`` stand at slots, (neuron, sample) pairs; ``z[i;1]`` at neuron i and input 1, ``z[i]`` and ``z`` at the
one input of the claim, the latter at any one neuron; a prime marks layer l+1. ``sum(i, ...)`` runs over the neurons of
the layer its fields stand at, ``d12`` and ``d[i,j]`` are Kronecker deltas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from typing import TypeAlias

from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.constants import layer_offset
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Connected,
    Divide,
    Expression,
    FieldAt,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
    Span,
    SumOver,
    walk,
)
from ptheory.language.names import split_slots
from ptheory.networks.fields import Field
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import PREACTIVATION, Leg, ObservableAt

EXPECTATION = "E"
DELTAS = ("d", "delta")
LARGEST_EXPANSION = 2000  # terms inside one E[...]
MOST_LEGS = 10
MOST_SUMS = 6
ANY_NEURON = ""  # of a field that is written without one

Label: TypeAlias = "str | int"  # a neuron of the claim by its name, or one that is summed over by a number


@dataclass(frozen=True)
class RandomFactor:
    """A field or an observable, each leg at a neuron; ``is_next``: of layer l+1."""

    observable: ObservableAt
    neurons: tuple[Label, ...]
    is_next: bool


@dataclass(frozen=True)
class Term:
    """coefficient * prod factors * prod deltas, summed over the neurons ``summed``."""

    coefficient: Ratio
    factors: tuple[RandomFactor, ...] = ()
    deltas: tuple[tuple[Label, ...], ...] = ()
    summed: tuple[int, ...] = ()

    def neurons(self) -> Iterator[Label]:
        """Every label that stands in it, in order, repeated."""
        for factor in self.factors:
            yield from factor.neurons
        for delta in self.deltas:
            yield from delta


def is_expectation(node: Expression, vocabulary: Vocabulary) -> bool:
    """E[...] or E[...]_c, where E is not the name of something else."""
    if isinstance(node, Connected):
        return True
    if not isinstance(node, Indexed) or node.name != EXPECTATION or len(node.arguments) != 1:
        return False
    return not (vocabulary.is_scalar(EXPECTATION) or vocabulary.is_activation(EXPECTATION))


def body_of(node: Expression) -> Expression:
    """What is averaged. LanguageError for a prime or a layer behind the bracket."""
    if isinstance(node, Connected):
        return node.body
    assert isinstance(node, Indexed)
    if node.primes or node.layer is not None:
        raise LanguageError("the layer stands at the fields", node.span, help="write E[z1' z2'], or z1[l+1]")
    return node.arguments[0]


def delta_labels(node: Expression, vocabulary: Vocabulary) -> tuple[str, ...] | None:
    """The neurons of d12, d[1,2], d[i,j]; None for anything else."""
    if isinstance(node, Name):
        split = split_slots(node.name)
        if split is None or split[0] not in DELTAS or vocabulary.is_scalar(node.name):
            return None
        labels = tuple(map(str, split[1]))
    elif isinstance(node, Indexed) and node.name in DELTAS and not vocabulary.is_scalar(node.name):
        if node.primes or node.layer is not None:
            raise LanguageError("a delta has no layer", node.span, help="write d12 for slots, d[i,j] for letters")
        labels = tuple(_neuron_label(argument) for argument in node.arguments)
    else:
        return None
    if len(labels) < 2 or len(set(labels)) != len(labels):
        raise LanguageError("a delta joins different neurons", node.span, help="write d12 for slots 1 and 2")
    return labels


def _neuron_label(node: Expression) -> str:
    """The number of a slot or the letter of a neuron."""
    if isinstance(node, Number) and node.value.denominator == 1:
        return str(node.value)
    if isinstance(node, Name):
        return node.name
    raise LanguageError("a slot is a number, a neuron a letter", node.span, help="write z1 or z[i;1], d12 or d[i,j]")


def refuse_given_inputs(node: SumOver) -> None:
    """LanguageError where a sum over neurons says inputs to run over, sum(i in {1,2}, ...)."""
    if node.over:
        raise LanguageError("a sum over neurons has no inputs to run over", node.over[0].span, help="write sum(i, ...)")


def is_about_moments(sides: Sequence[Expression], vocabulary: Vocabulary) -> bool:
    """Whether an expectation over the parameters stands in the formulas of a claim."""
    return any(is_expectation(node, vocabulary) for side in sides for node in walk(side))


class BodyReader:
    """``scalar``: the value of a part that is no random variable; ``sample``: the input of a number as written."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        scalar: Callable[[Expression], Ratio],
        sample: Callable[[int, Span], int],
    ) -> None:
        self.vocabulary = vocabulary
        self.scalar = scalar
        self.sample = sample
        self._numbers = count(1)

    def terms(self, node: Expression) -> list[Term]:
        """The body of E[...] as a sum of terms, all of one layer, no label both free and summed. LanguageError."""
        found = self._terms(node, {})
        layers = {factor.is_next for term in found for factor in term.factors}
        if len(layers) > 1:
            help = "give every field of one E[...] a prime, or none"
            raise LanguageError("fields of layers l and l+1 stand in one expectation", node.span, help=help)
        self._check_outputs(found, node)
        for term in found:
            legs = sum(len(factor.neurons) for factor in term.factors)
            if legs > MOST_LEGS or len(term.summed) > MOST_SUMS:
                raise LanguageError(
                    f"a product of {legs} fields under {len(term.summed)} sums over neurons",
                    node.span,
                    help=f"up to {MOST_LEGS} fields and {MOST_SUMS} sums are within budget",
                )
        return found

    def _check_outputs(self, found: Sequence[Term], node: Expression) -> None:
        """An output is the last thing a network has, and there are as many as there are targets. LanguageError."""
        hidden = set(self.vocabulary.fields)
        for term in found:
            of_outputs = [f for f in term.factors if any(leg.field.name not in hidden for leg in f.observable.legs)]
            if of_outputs and len(of_outputs) < len(term.factors):
                help = "correlators of different layers are not derived: write one E[...] for each"
                raise LanguageError("an output and a field of the layers stand in one average", node.span, help=help)
            for factor in of_outputs:
                if not factor.is_next:
                    self.vocabulary.refuse_outputs_of_layer_one(factor.observable.legs, node.span)
            if any(label in term.summed for factor in of_outputs for label in factor.neurons):
                help = "write E[y[i]^2] for any one output i"
                raise LanguageError("a sum over outputs, whose number is no width", node.span, help=help)

    def _terms(self, node: Expression, letters: Mapping[str, int]) -> list[Term]:
        match node:
            case Add(terms):
                return [found for term in terms for found in self._terms(term, letters)]
            case Negate(operand):
                return [replace(term, coefficient=-term.coefficient) for term in self._terms(operand, letters)]
            case Multiply(factors):
                total = [Term(Ratio.constant(1))]
                for factor in factors:
                    total = self._product(total, self._terms(factor, letters), node.span)
                return total
            case Divide(above, below):
                self._require_number(below)
                inverse = self.scalar(Divide(Number(Fraction(1)), below, span=node.span))
                return [replace(term, coefficient=term.coefficient * inverse) for term in self._terms(above, letters)]
            case Power(base, exponent) if self._is_random(base):
                return self._power(node, base, exponent, letters)
            case SumOver(indices, body):
                return self._sum(node, indices, body, letters)
        return self._atom(node, letters)

    def _power(self, node: Power, base: Expression, exponent: Expression, letters: Mapping[str, int]) -> list[Term]:
        if not isinstance(exponent, Number) or exponent.value.denominator != 1 or not 0 <= exponent.value <= MOST_LEGS:
            help = f"moments are of whole powers up to {MOST_LEGS}"
            raise LanguageError("this power of a random variable is no moment", node.span, help=help)
        factor = self._terms(base, letters)
        total = [Term(Ratio.constant(1))]
        for _ in range(int(exponent.value)):
            total = self._product(total, factor, node.span)
        return total

    def _product(self, left: list[Term], right: list[Term], span: Span) -> list[Term]:
        if len(left) * len(right) > LARGEST_EXPANSION:
            raise LanguageError("too many terms inside this expectation", span, help="state the claim in smaller parts")
        return [self._joined(a, b) for a in left for b in right]

    def _joined(self, left: Term, right: Term) -> Term:
        """The product; the sums of the right factor are its own."""
        new: dict[Label, Label] = {number: next(self._numbers) for number in right.summed}

        def moved(labels: tuple[Label, ...]) -> tuple[Label, ...]:
            return tuple(new.get(label, label) for label in labels)

        return Term(
            left.coefficient * right.coefficient,
            (*left.factors, *(replace(f, neurons=moved(f.neurons)) for f in right.factors)),
            (*left.deltas, *map(moved, right.deltas)),
            (*left.summed, *(int(new[number]) for number in right.summed)),
        )

    def _sum(self, node: SumOver, indices: Sequence[str], body: Expression, letters: Mapping[str, int]) -> list[Term]:
        refuse_given_inputs(node)
        numbers = {index: next(self._numbers) for index in indices}
        found = self._terms(body, {**letters, **numbers})
        for index, number in numbers.items():
            if not all(number in set(term.neurons()) for term in found):
                raise LanguageError(
                    f"no field stands at neuron {index} in every term of this sum",
                    node.span,
                    help=f"write sum({index}, z[{index}]^2); sums inside E[...] run over neurons",
                )
        return [replace(term, summed=(*term.summed, *numbers.values())) for term in found]

    # ---- atoms ------------------------------------------------------------------------------------------------

    def _is_random(self, node: Expression) -> bool:
        return any(
            isinstance(inner, (FieldAt, SumOver))
            or self._random(inner, {}) is not None
            or delta_labels(inner, self.vocabulary) is not None
            for inner in walk(node)
        )

    def _atom(self, node: Expression, letters: Mapping[str, int]) -> list[Term]:
        delta = delta_labels(node, self.vocabulary)
        if delta is not None:
            return [Term(Ratio.constant(1), deltas=(tuple(letters.get(label, label) for label in delta),))]
        random = self._random(node, letters)
        if random is not None:
            return [Term(Ratio.constant(1), (random,))]
        if is_expectation(node, self.vocabulary):
            raise LanguageError("an expectation inside an expectation", node.span, help="it is a number: take it out")
        self._require_number(node)
        return [Term(self.scalar(node))]

    def _require_number(self, node: Expression) -> None:
        if self._is_random(node):
            help = "moments are of products of whole powers of fields and observables"
            raise LanguageError("this depends on a neuron's preactivation and is no moment", node.span, help=help)

    def _random(self, node: Expression, letters: Mapping[str, int]) -> RandomFactor | None:
        match node:
            case Name(name):
                return self._at_slots(name, None, 0, node.span, letters)
            case Indexed(name, arguments, primes, layer):
                if len(arguments) == 1 and layer is None and (offset := layer_offset(arguments[0])) is not None:
                    arguments, layer = (), offset
                return self._at_slots(name, arguments or None, self._layer(primes, layer, node), node.span, letters)
            case FieldAt(field, neuron, sample, depth, primes) if field in self.vocabulary.all_fields and not depth:
                return self._field(field, neuron, self._sample_of(sample, node.span), primes, letters)
        return None

    def _layer(self, primes: int, layer: int | None, node: Expression) -> int:
        if layer is not None and (primes or layer not in (0, 1)):
            raise LanguageError("a field stands at layer l or l+1", node.span, help="write z1 and z1', or z1[l+1]")
        return primes if layer is None else layer

    def _at_slots(
        self, name: str, arguments: Sequence[Expression] | None, layer: int, span: Span, letters: Mapping[str, int]
    ) -> RandomFactor | None:
        """z1, z', H12, z[i], H[1,10]: by name and by what stands in brackets; None for what is not random."""
        vocabulary = self.vocabulary
        split = split_slots(name) if arguments is None else (name, None)
        stem, slots = (name, None) if split is None else split
        if name in (*vocabulary.all_fields, *vocabulary.observables) and arguments is None:
            stem, slots = name, None
        if stem not in (*vocabulary.all_fields, *vocabulary.observables):
            return None
        if layer > 1:
            raise LanguageError(f"{name} has two primes", span, help="one prime: the next layer")
        labels = self._labels(arguments, slots)
        if stem in vocabulary.all_fields:
            if labels is None:
                return self._field(stem, ANY_NEURON, self._only_input(name, span), layer, letters)
            if len(labels) != 1:
                raise LanguageError(f"{stem} has 1 slot, not {len(labels)}", span, help=f"write {stem}1*{stem}2")
            label = labels[0]
            sample = self._slot_sample(label, span)
            return self._field(stem, label, sample, layer, letters)
        return self._observable(stem, labels, layer, span, letters)

    def _labels(self, arguments: Sequence[Expression] | None, slots: tuple[int, ...] | None) -> tuple[str, ...] | None:
        if arguments is None:
            return None if slots is None else tuple(map(str, slots))
        return tuple(map(_neuron_label, arguments))

    def _field(self, field: str, neuron: str, sample: int, layer: int, letters: Mapping[str, int]) -> RandomFactor:
        observable = ObservableAt(PREACTIVATION, (Leg(Field(field), Sample(sample)),))
        return RandomFactor(observable, (letters.get(neuron, neuron),), bool(layer))

    def _observable(
        self, name: str, labels: tuple[str, ...] | None, layer: int, span: Span, letters: Mapping[str, int]
    ) -> RandomFactor:
        template = self.vocabulary.observables[name]
        rank = len(template.legs)
        if labels is None and self.vocabulary.one_input:
            labels = (ANY_NEURON,) * rank
        if labels is None or len(labels) != rank:
            slots = ",".join(map(str, range(1, rank + 1)))
            raise LanguageError(f"{name} has {rank} slots", span, help=f"write {name}[{slots}]")
        samples = [self._slot_sample(label, span) for label in labels]
        legs = tuple(Leg(leg.field, Sample(s)) for leg, s in zip(template.legs, samples, strict=True))
        neurons = tuple(letters.get(label, label) for label in labels)
        return RandomFactor(ObservableAt(template.kind, legs), neurons, bool(layer))

    def _slot_sample(self, label: str, span: Span) -> int:
        """The input of a slot: its own where no inputs are named, the one of the claim where there is one."""
        if self.vocabulary.one_input:
            return 1
        if not label.isdigit():
            raise LanguageError(
                f"neuron {label} at which input?", span, help=f"write z[{label};1], or add `inputs one`"
            )
        if self.vocabulary.inputs is not None:
            help = "write z[i;1]: neuron i at input 1; slots such as z1 are for claims that name no inputs, or one"
            raise LanguageError("is this number a slot or an input?", span, help=help)
        return int(label)

    def _sample_of(self, label: str, span: Span) -> int:
        if label.isdigit():
            return self.sample(int(label), span)
        named = self.vocabulary.named_sample(label)
        if named is None:
            raise LanguageError(
                f"no input is called {label}", span, help="write z[i;1], or name the inputs of the claim"
            )
        return named

    def _only_input(self, name: str, span: Span) -> int:
        if not self.vocabulary.one_input:
            raise LanguageError(
                f"{name} at which neuron and input?", span, help=f"write {name}1, {name}[i;1], or add `inputs one`"
            )
        return 1
