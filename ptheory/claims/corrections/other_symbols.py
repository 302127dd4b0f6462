"""One symbol for another: what a node was before the slip of a name, an exponent, a prime, a slot, a layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import permutations

from ptheory.claims.corrections.causes import Cause
from ptheory.claims.corrections.positions import Position, squared, without
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.terms.claim_atoms import OTHER_SPELLINGS, SCALAR_FUNCTIONS
from ptheory.language.claim_names import SUSCEPTIBILITIES
from ptheory.language.constants import layer_index, layer_offset
from ptheory.language.expressions import (
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
    walk,
)

Slip = tuple[Cause, Expression]  # its name, and the node before it
MOST_FACTORS_APART = 6  # of an average that is taken apart


class Symbols:
    """The slips of one symbol that a claim may hold; ``sides``: of that claim."""

    def __init__(self, vocabulary: Vocabulary, *sides: Expression) -> None:
        self.vocabulary = vocabulary
        self.samples = samples_of(sides)

    def of(self, position: Position) -> Iterator[Slip]:
        """The slips that lead to this node, the likely ones first."""
        node = position.node
        match node:
            case Power(base, Number(value)):
                yield from _other_powers(node, base, value)
                if value == 2 and isinstance(base, (Name, Indexed)):
                    others = self.of(Position(base, base, (), node, position.inside))
                    yield from ((cause, Multiply((base, other))) for cause, other in others if cause is not Cause.POWER)
            case Bracket():
                yield from _other_averages(node)
            case Negate(operand):
                yield Cause.SIGN, operand
            case Divide(Indexed("n") as above, Indexed("n") as below):
                yield Cause.WIDTH, replace(node, numerator=below, denominator=above)
            case Multiply():
                yield from _joint_averages(node)
            case Name():
                yield from self._other_names(node)
            case Indexed():
                yield from self._other_indices(node)
            case Call():
                yield from self._other_calls(node, position)

    def _other_calls(self, node: Call, position: Position) -> Iterator[Slip]:
        if self.vocabulary.is_activation(node.function):
            for count in (node.primes + 1, node.primes - 1):
                if count >= 0:
                    yield Cause.DERIVATIVE, replace(node, primes=count)
            yield Cause.POWER, squared(node)
        elif not position.inside:
            name = OTHER_SPELLINGS.get(node.function, node.function)
            others = (other for other in sorted(SCALAR_FUNCTIONS) if other != name)
            yield from ((Cause.FUNCTION, replace(node, function=other)) for other in others)
            yield Cause.POWER, squared(node)

    # ---- names ------------------------------------------------------------------------------------------------

    def _other_names(self, node: Name) -> Iterator[Slip]:
        """Another name of the same kind, a square forgotten, or a prime."""
        name, vocabulary = node.name, self.vocabulary
        if name in SUSCEPTIBILITIES:
            yield Cause.POWER, squared(node)
            yield from ((Cause.SUSCEPTIBILITY, Name(other)) for other in SUSCEPTIBILITIES if other != name)
            yield Cause.LAYER, Indexed(name, (layer_index(1),))
        elif name in vocabulary.hyperparameters:
            others = (other for other in sorted(vocabulary.hyperparameters) if other != name)
            yield from ((Cause.HYPERPARAMETER, Name(other)) for other in others)
            yield Cause.POWER, squared(node)
        elif vocabulary.tensor(name) is not None:
            yield from ((cause, Name(other)) for cause, other in self._other_tensors(name))
            yield Cause.LAYER_LOW, Indexed(name, (), 1)
            yield Cause.POWER, squared(node)
        else:
            yield from ((Cause.INPUT, Name(other)) for other in self._other_samples(name))
            if vocabulary.is_known(name):
                yield Cause.DERIVATIVE, Indexed(name, (), 1)
                yield Cause.POWER, squared(node)

    def _other_tensors(self, name: str) -> Iterator[tuple[Cause, str]]:
        """The same at another order in 1/n; others with as many slots, then the rest at one input."""
        reference = self.vocabulary.tensor(name)
        assert reference is not None
        names = self.vocabulary.tensor_names
        leading = next((n for n in names if _declared(self.vocabulary, n) == reference.entry.name), "")
        same = {leading, f"{reference.entry.name}1"} - {name, ""}
        yield from ((Cause.ORDER, other) for other in sorted(same) if self.vocabulary.tensor(other) is not None)
        for other in names:
            found = self.vocabulary.tensor(other)
            fits = found is not None and (self.vocabulary.one_input or found.arity == reference.arity)
            if fits and other != name and other not in same:
                yield Cause.TENSOR, other

    def _other_indices(self, node: Indexed) -> Iterator[Slip]:
        """Slots in another order, another sample, a prime more or less; a susceptibility at layer l."""
        name, arguments, primes = node.name, node.arguments, node.primes
        if name in SUSCEPTIBILITIES and len(arguments) == 1 and layer_offset(arguments[0]):
            yield Cause.LAYER, Indexed(name, (layer_index(0),))
            return
        if name in self.vocabulary.hyperparameters:
            others = (other for other in sorted(self.vocabulary.hyperparameters) if other != name)
            yield from ((Cause.HYPERPARAMETER, replace(node, name=other)) for other in others)
            yield Cause.POWER, squared(node)
            return
        if name in SUSCEPTIBILITIES:
            yield from ((Cause.SUSCEPTIBILITY, replace(node, name=o)) for o in SUSCEPTIBILITIES if o != name)
        orders = dict.fromkeys(permutations(arguments))
        yield from ((Cause.SLOTS, replace(node, arguments=order)) for order in orders if order != arguments)
        yield from self._other_slots(node)
        yield from ((Cause.INPUT, replace(node, name=other)) for other in self._other_samples(name))
        is_tensor = self.vocabulary.tensor(name) is not None
        lower = replace(node, primes=primes - 1) if primes > 1 or arguments else Name(name)
        if is_tensor:
            yield from ((c, replace(node, name=other)) for c, other in self._other_tensors(name))
            yield (Cause.LAYER_HIGH, lower) if primes else (Cause.LAYER_LOW, replace(node, primes=1))
        elif self.vocabulary.is_known(name):
            yield Cause.DERIVATIVE, replace(node, primes=primes + 1)
            if primes:
                yield Cause.DERIVATIVE, lower
        yield Cause.POWER, squared(node)

    def _other_slots(self, node: Indexed) -> Iterator[Slip]:
        """One slot at another input."""
        for k, slot in enumerate(node.arguments):
            if isinstance(slot, Number):
                for sample in self.samples:
                    other = (*node.arguments[:k], Number(Fraction(sample)), *node.arguments[k + 1 :])
                    if other != node.arguments:
                        yield Cause.INPUT, replace(node, arguments=other)

    def _other_samples(self, name: str) -> Iterator[str]:
        """s2, s3, ... for s1."""
        stem = name.rstrip("0123456789")
        if stem != name and not self.vocabulary.tensor(name):
            yield from (f"{stem}{k}" for k in self.samples if f"{stem}{k}" != name)


def _declared(vocabulary: Vocabulary, name: str) -> str:
    reference = vocabulary.tensor(name)
    return reference.entry.name if reference is not None else ""


def samples_of(sides: tuple[Expression, ...]) -> tuple[int, ...]:
    """The numbers of inputs that a claim names."""
    found: set[int] = set()
    for node in (node for side in sides for node in walk(side)):
        if isinstance(node, (Name, Indexed)) and node.name[-1].isdigit():
            found.add(int(node.name[len(node.name.rstrip("0123456789")) :]))
        if isinstance(node, Indexed):
            found |= {int(slot.value) for slot in node.arguments if isinstance(slot, Number)}
    return tuple(sorted(found))


# ---- powers and averages -------------------------------------------------------------------------------------------


def _other_powers(node: Power, base: Expression, value: Fraction) -> Iterator[Slip]:
    for step in (1, -1, 2, -2) if value.denominator == 1 else (1, -1, Fraction(1, 2), Fraction(-1, 2)):
        if value + step not in (0, 1):
            yield Cause.POWER, replace(node, exponent=Number(value + step))
    yield Cause.POWER, base
    if isinstance(base, Bracket):
        body: Expression = Power(base.body, Number(value))
        match base.body:
            case Power(inner, Number(before)):
                body = Power(inner, Number(before * value))
        yield Cause.POWER_OF_AVERAGE, replace(base, body=body)


def _other_averages(node: Bracket) -> Iterator[Slip]:
    if node.layer:
        yield Cause.LAYER, replace(node, layer=0)
    yield Cause.POWER, squared(node)
    body = node.body
    if isinstance(body, Power) and isinstance(body.exponent, Number):
        yield Cause.AVERAGE_OF_POWER, Power(replace(node, body=body.base), body.exponent)
        if body.exponent.value > 2 and body.exponent.value % 2 == 0:
            half = Power(body.base, Number(body.exponent.value / 2))
            yield Cause.AVERAGE_OF_POWER, squared(replace(node, body=half))
    if isinstance(body, Multiply) and len(body.factors) <= MOST_FACTORS_APART:
        for factor in body.factors:
            apart = (replace(node, body=factor), replace(node, body=without(body, factor)))
            yield Cause.AVERAGE_OF_PRODUCT, Multiply(apart)
        if len(body.factors) == 4:
            halves = (Multiply(body.factors[:2]), Multiply(body.factors[2:]))
            yield Cause.AVERAGE_OF_PRODUCT, Multiply(tuple(replace(node, body=half) for half in halves))


def _joint_averages(node: Multiply) -> Iterator[Slip]:
    """<a*b> for <a>*<b>."""
    averages = [factor for factor in node.factors if isinstance(factor, Bracket)]
    for k, first in enumerate(averages):
        for second in averages[k + 1 :]:
            if first.layer == second.layer:
                joint = replace(first, body=Multiply((first.body, second.body)))
                rest = without(node, first, second)
                yield (
                    Cause.PRODUCT_OF_AVERAGES,
                    joint if rest == Number(Fraction(1)) else Multiply((*_factors(rest), joint)),
                )


def _factors(node: Expression) -> tuple[Expression, ...]:
    return node.factors if isinstance(node, Multiply) else (node,)
