"""A number, a factor or a term too many or too few, anywhere in a side: what a node may have been before the slip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations_with_replacement

from ptheory.claims.corrections.causes import Cause, of_a_number
from ptheory.claims.corrections.other_symbols import Slip, samples_of
from ptheory.claims.corrections.positions import Position, squared, times, without
from ptheory.claims.corrections.terms_as_written import additive_terms, as_tree
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.claim_names import ACTIVATION_SHORTHAND, CHI_PAR, CHI_PERP, SUSCEPTIBILITIES
from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
    children,
    walk,
)

LIKELY_FACTORS = tuple(map(Fraction, ("-1", "2", "1/2", "4", "1/4", "3", "1/3")))
ONE = Number(Fraction(1))


def other_numbers(position: Position) -> Iterator[Slip]:
    """The node with another number in front, a neighbouring number, or one term of a sum less."""
    node = position.node
    match node:
        case Number(value):
            near = (value + 1, value - 1, value * 2, value / 2, value * 3, value / 3, value * 4, value / 4)
            yield from ((of_a_number(value, other), Number(other)) for other in near if other or position.inside)
        case Add(terms) if position.parent is not None:
            for term in terms:
                rest = tuple(other for other in terms if other is not term)
                yield Cause.EXTRA_TERM, replace(node, terms=rest) if len(rest) > 1 else rest[0]
    if position.is_term and position.parent is not None and not isinstance(node, Negate):
        yield from ((of_a_number(1, factor), _scaled(node, factor)) for factor in LIKELY_FACTORS)


def _scaled(node: Expression, factor: Fraction) -> Expression:
    """factor*node, the number merged with the one in front."""
    terms = list(additive_terms(node))
    if len(terms) != 1 or isinstance(node, Number):
        return Negate(node) if factor == -1 else Multiply((Number(factor), node))
    return as_tree(replace(terms[0], coefficient=terms[0].coefficient * factor))


class Factors:
    """Factors and terms that may be missing in a claim, from those that it is made of and those of its network."""

    def __init__(self, vocabulary: Vocabulary, *sides: Expression) -> None:
        self.outside = tuple(dict.fromkeys((*_written(sides), *_of_the_network(vocabulary, samples_of(sides)))))
        self.inside = tuple(dict.fromkeys((*_random(sides), *_of_a_neuron(vocabulary, samples_of(sides)))))

    def of(self, position: Position) -> Iterator[Slip]:
        """The node without one of its factors, then with one more, above the line or below it."""
        node = position.node
        match node:
            case Multiply(factors):
                kept = (factor for factor in factors if not isinstance(factor, Number))
                yield from ((Cause.EXTRA_FACTOR, without(node, factor)) for factor in kept)
            case Divide(numerator, denominator) if not isinstance(denominator, Number):
                yield Cause.EXTRA_FACTOR, numerator
                if isinstance(denominator, Multiply):
                    kept = (factor for factor in denominator.factors if not isinstance(factor, Number))
                    less = (without(denominator, factor) for factor in kept)
                    yield from ((Cause.EXTRA_FACTOR, replace(node, denominator=below)) for below in less)
        if (
            position.is_term
            and not isinstance(node, Negate)
            and not (isinstance(node, Add) and position.parent is None)
        ):
            yield from self._missing(position)

    def _missing(self, position: Position) -> Iterator[Slip]:
        node = position.node
        found = self.inside if position.inside else self.outside
        yield from ((Cause.MISSING_FACTOR, times(node, factor)) for factor in found)
        if not position.inside:
            below = (factor for factor in found if not isinstance(factor, (Bracket, Call)))
            yield from ((Cause.MISSING_FACTOR, Divide(node, factor)) for factor in below)

    def missing_terms(self, position: Position) -> Iterator[Slip]:
        """A sum inside an argument or an average with one term more: a number, or something that stands elsewhere."""
        node = position.node
        if position.parent is None or not position.is_term or isinstance(position.parent, (Add, Negate)):
            return
        written = self.inside if position.inside else self.outside
        for term in (ONE, *written):
            for signed in (term, Negate(term)):
                terms = node.terms if isinstance(node, Add) else (node,)
                yield Cause.MISSING_TERM, Add((*terms, signed))


def _written(sides: tuple[Expression, ...]) -> Iterator[Expression]:
    """Names, averages, functions and their powers outside averages, as they stand in a claim."""
    pending = list(sides)
    while pending:
        node = pending.pop(0)
        match node:
            case Name() | Indexed() | Bracket():
                yield node
                continue
            case Power(Name() | Indexed() | Bracket() as base, Number()):
                yield from (node, base)
                continue
            case Call():
                yield node
        pending += [inner for inner in children(node) if not isinstance(inner, Number)]


def _random(sides: tuple[Expression, ...]) -> Iterator[Expression]:
    """The factors inside averages, and their powers."""
    brackets = (node for side in sides for node in walk(side) if isinstance(node, Bracket))
    for bracket in brackets:
        for node in walk(bracket.body):
            is_call = isinstance(node, Call) and len(node.arguments) == 1
            is_power = isinstance(node, Power) and isinstance(node.exponent, Number)
            if isinstance(node, (Name, Indexed)) or is_call or is_power:
                yield node


def _of_the_network(vocabulary: Vocabulary, samples: Sequence[int]) -> Iterator[Expression]:
    """What terms of recursions are made of: at one input all names, at several the kernel and susceptibilities."""
    yield from map(Name, sorted(vocabulary.hyperparameters))
    if len(vocabulary.fields) != 1:
        return
    if vocabulary.one_input:
        for name in (*SUSCEPTIBILITIES, *vocabulary.tensor_names):
            yield from (Name(name), squared(Name(name)))
        return
    numbers = [Number(Fraction(sample)) for sample in samples]
    kernel = next(filter(vocabulary.is_kernel, vocabulary.tensor_names), None)
    for a, b in combinations_with_replacement(numbers, 2):
        yield from (Indexed(name, (a, b)) for name in (kernel, CHI_PERP) if name is not None)
    yield from (Indexed(CHI_PAR, (a,)) for a in numbers)


def _of_a_neuron(vocabulary: Vocabulary, samples: Sequence[int]) -> Iterator[Expression]:
    """s, s', s'', their squares and z at every input; where one activation is meant by s."""
    if len(vocabulary.fields) != 1 or vocabulary.binding:
        return
    for sample in ("",) if vocabulary.one_input else map(str, samples):
        name = ACTIVATION_SHORTHAND + sample
        found = (Name(name), Indexed(name, (), 1), Indexed(name, (), 2), Name(vocabulary.fields[0] + sample))
        yield from found
        yield from map(squared, found)
