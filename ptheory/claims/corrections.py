"""The smallest change of the right-hand side that makes a refuted claim true.

Tried in this order: the numerical coefficient of one term; a term that does not belong; one exponent, name, slot or
prime; the hyperparameters in front of one term; a missing term. Each proposal is accepted only when the changed claim
is equal in normal form.

A changed node is not read with the whole side around it: the side is A + B*part, where ``part`` is the smallest
subtree around the node that stands in a sum or product, and only the part is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations, product
from typing import Protocol

from ptheory.algebra.budget import OutOfBudget, processor_time
from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, Symbol
from ptheory.algebra.refusal import DivisionByZero
from ptheory.claims.reading.claim_text import Writer, expression_text
from ptheory.claims.reading.read_claim import ClaimReader
from ptheory.claims.terms.ratio import Ratio, TooLarge
from ptheory.claims.terms.scalar_functions import collected
from ptheory.language.claim_names import SUSCEPTIBILITIES
from ptheory.language.constants import layer_index, layer_offset
from ptheory.language.errors import LanguageError
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
    SumOver,
    children,
    rewritten,
    walk,
)
from ptheory.language.statements import ClaimStatement
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Tensor

SECONDS = 5.0  # of processor time for a search
MOST_TERMS = 60  # of a product of sums taken apart
LIKELY_FACTORS = tuple(map(Fraction, ("2", "1/2", "4", "1/4", "3", "1/3")))
LONGEST_MISSING = 2  # terms that still read as one missing term
LONGEST_DIFFERENCE = 6  # terms worth printing


UNREADABLE = (LanguageError, DivisionByZero, TooLarge)  # a proposal that means nothing, or too much


class ExactForm(Protocol):
    """What puts a side in the form that decides equality: the generic normal form, or the one with closed forms.

    ``of`` takes sums to sums and products to products.
    """

    def of(self, value: Ratio) -> Ratio:
        """The side in that form: two sides are equal where the difference of their forms is zero."""


@dataclass(frozen=True)
class Term:
    """coefficient * prod above / prod below, as written."""

    coefficient: Fraction
    above: tuple[Expression, ...]
    below: tuple[Expression, ...] = ()

    def tree(self) -> Expression:
        """The term without its numerical coefficient."""
        one = Number(Fraction(1))
        top = Multiply(self.above) if len(self.above) > 1 else self.above[0] if self.above else one
        if not self.below:
            return top
        return Divide(top, Multiply(self.below) if len(self.below) > 1 else self.below[0])


@dataclass(frozen=True)
class Position:
    """A node and the ``part`` around it, with the whole side = A + part * prod factors, A without the part."""

    node: Expression
    part: Expression
    factors: tuple[Expression, ...]


def positions(tree: Expression, factors: tuple[Expression, ...] = ()) -> Iterator[Position]:
    """Every node, parents first, left to right."""
    yield Position(tree, tree, factors)
    match tree:
        case Add(terms):
            for term in terms:
                yield from positions(term, factors)
        case Negate(operand):
            yield from positions(operand, (*factors, Number(Fraction(-1))))
        case Multiply(parts):
            for k, part in enumerate(parts):
                yield from positions(part, (*factors, *parts[:k], *parts[k + 1 :]))
        case Divide(numerator, denominator):
            yield from positions(numerator, (*factors, Divide(Number(Fraction(1)), denominator)))
            yield from (Position(node, tree, factors) for node in walk(denominator))
        case Indexed():  # its slots and layers are changed as a whole
            return
        case _:
            for child in children(tree):
                yield from (Position(node, tree, factors) for node in walk(child))


@dataclass(frozen=True)
class Correction:
    """``change``: what to change on the right, in words; ``cause``: what kind of slip that is; ``right``: the side
    after it, as text. All empty where no single change was found."""

    change: str = ""
    cause: str = ""
    right: str = ""

    def __bool__(self) -> bool:
        return bool(self.change)


NONE_FOUND = Correction()


def corrected(reader: ClaimReader, normal: ExactForm, left: Ratio, claim: ClaimStatement) -> tuple[Correction, str]:
    """(what to change on the right, left minus right or why the search ended), each empty where there is nothing.

    ``left``: the normal form of the claim's left side.
    """
    difference = ""
    try:
        with processor_time(SECONDS, "the search for a correction"):
            corrector = Corrector(reader, normal, left, claim.right, claim.left)
            difference = corrector.difference()
            return corrector.correction(), difference
    except OutOfBudget as error:
        ended = f"no correction: {error}"
        return NONE_FOUND, f"{difference}; {ended}" if difference else ended


class Corrector:
    """``left``: the normal form of the side taken as right; ``right``: the user's other side, as a tree; ``written``:
    the side taken as right as the user wrote it."""

    def __init__(
        self, reader: ClaimReader, normal: ExactForm, left: Ratio, right: Expression, written: Expression | None = None
    ) -> None:
        self.reader = reader
        self.normal = normal
        self.left = left
        self.right = right
        self.other_side = written
        self.writer = Writer(reader.vocabulary)
        self._values: dict[Expression, Ratio] = {}
        self.missing = left - self._value(right)

    def correction(self) -> Correction:
        """The first single change found that makes the claim true."""
        whole = [term for term in additive_terms(self.right) if term.coefficient]
        apart = [term for term in multiplied_out(self.right) if term.coefficient]
        if not whole:
            return self._instead_of_zero()
        return (
            self._coefficient(whole)
            or self._coefficient(apart)
            or self._changed_node()
            or self._scalars(whole)
            or self._scalars(apart)
            or self._missing_term()
        )

    def _instead_of_zero(self) -> Correction:
        """The right side, where it was nothing and is a short sum."""
        if self.missing.factors or len(self.missing.numerator) > LONGEST_MISSING:
            return NONE_FOUND
        right = self.writer.polynomial(self.missing.numerator)
        return Correction(f"the right side should be {right}", "zero is claimed of what does not vanish", right)

    def difference(self) -> str:
        """Left minus right in normal form, where it is short enough to read."""
        if self.missing.factors or len(self.missing.numerator) > LONGEST_DIFFERENCE:
            return ""
        return f"left - right = {self.writer.polynomial(self.missing.numerator)}"

    def _value(self, node: Expression) -> Ratio:
        """The normal form, made of those of the terms and factors, each read once."""
        if node not in self._values:
            self._values[node] = self._value_anew(node)
        return self._values[node]

    def _value_anew(self, node: Expression) -> Ratio:
        match node:
            case Add(terms):
                return Ratio.sum(map(self._value, terms))
            case Negate(operand):
                return -self._value(operand)
            case Multiply(factors):
                return self._product(factors)
            case Divide(numerator, denominator):
                return collected(self._value(numerator) * self._value(denominator).inverse())
            case Power(base, Number(exponent)) if exponent.denominator == 1:
                return collected(self._value(base) ** int(exponent))
        return self.normal.of(self.reader.read(node))

    def _product(self, factors: Iterable[Expression]) -> Ratio:
        total = Ratio.constant(1)
        for factor in factors:
            total = total * self._value(factor)
        return collected(total)

    def _needed(self, term: Term) -> tuple[Ratio, Ratio] | None:
        """(value of the term without its coefficient, what it would have to be with it)."""
        try:
            bare = self._value(term.tree())
        except UNREADABLE:
            return None
        return (bare, self.missing + bare * Ratio.constant(term.coefficient)) if bare else None

    # ---- one coefficient --------------------------------------------------------------------------------------

    def _coefficient(self, terms: list[Term]) -> Correction:
        for number, term in enumerate(terms):
            found = self._needed(term)
            if found is None:
                continue
            bare, needed = found
            if not needed:
                left_out = self._side([*terms[:number], *terms[number + 1 :]])
                return Correction(f"extra term: leave out {self._signed(term)}", "an extra term", left_out)
            quotient = single_term_quotient(needed, bare)
            if quotient is not None and not quotient[0]:
                core = expression_text(term.tree())
                right = self._side([*terms[:number], replace(term, coefficient=quotient[1]), *terms[number + 1 :]])
                change = f"coefficient of {core}: yours {term.coefficient}, derived {quotient[1]}"
                cause = "a wrong sign" if quotient[1] == -term.coefficient else "a wrong number"
                return Correction(change, cause, right)
        return NONE_FOUND

    def _side(self, terms: Sequence[Term], other: str = "") -> str:
        """A sum of terms as text, ``other`` the last of them."""
        written = [self._signed(term) for term in terms] + ([other] if other else [])
        total = written[0] if written else "0"
        for text in written[1:]:
            total += f" - {text[1:]}" if text.startswith("-") else f" + {text}"
        return total

    def _signed(self, term: Term) -> str:
        tree = term.tree()
        core = f"({expression_text(tree)})" if isinstance(tree, Add) else expression_text(tree)
        if tree == Number(Fraction(1)):
            return str(term.coefficient)
        if abs(term.coefficient) == 1:
            return core if term.coefficient > 0 else f"-{core}"
        return f"{term.coefficient}*{core}"

    def _scalars(self, terms: list[Term]) -> Correction:
        for number, term in enumerate(terms):
            found = self._needed(term)
            if found is None:
                continue
            bare, needed = found
            quotient = single_term_quotient(needed, bare)
            if quotient is None or not all(is_scalar(atom) for atom, _ in quotient[0]):
                continue
            core = Term(
                Fraction(1), *(tuple(f for f in part if not self._is_scalar(f)) for part in (term.above, term.below))
            )
            scalars = Term(
                Fraction(1), *(tuple(f for f in part if self._is_scalar(f)) for part in (term.above, term.below))
            )
            factor = self._value(scalars.tree())
            yours = factor * Ratio.constant(term.coefficient)
            derived = self.writer.ratio(factor * Ratio(Polynomial(dict([quotient]))))
            others = [*terms[:number], *terms[number + 1 :]]
            if not core.above and not core.below:
                change = f"the term {self.writer.ratio(yours)} should be {derived}"
                return Correction(change, "a wrong coefficient", self._side(others, derived))
            name = expression_text(core.tree())
            change = f"coefficient of {name}: yours {self.writer.ratio(yours)}, derived {derived}"
            return Correction(change, "a wrong coefficient", self._side(others, f"{_factor(derived)}*{_factor(name)}"))
        return NONE_FOUND

    def _is_scalar(self, factor: Expression) -> bool:
        value = self._value(factor)
        return not value.factors and all(is_scalar(atom) for atom in value.atoms())

    # ---- one node ---------------------------------------------------------------------------------------------

    def _changed_node(self) -> Correction:
        # a sum over inputs is read anew for every change inside, so everything else is tried before
        for position in sorted(positions(self.right), key=lambda place: isinstance(place.part, SumOver)):
            node = position.node
            for cause, other in self._alternatives(node):
                try:
                    if self._closes_the_gap(position, other):
                        if exchanged(self.right, node, other) == self.other_side:
                            continue  # true, and says nothing
                        change = f"{expression_text(node)} should be {expression_text(other)}{self._where(node)}"
                        return Correction(change, cause, expression_text(exchanged(self.right, node, other)))
                except UNREADABLE:
                    continue
        return NONE_FOUND

    def _closes_the_gap(self, position: Position, other: Expression) -> bool:
        """Whether left = right once ``other`` stands in the place of the node."""
        part = position.part
        step = self._value(exchanged(part, position.node, other)) - self._value(part)
        return bool(step) and not self.missing - collected(step * self._product(position.factors))

    def _where(self, node: Expression) -> str:
        """In which larger part a short node stands, where it alone does not say."""
        if isinstance(node, Bracket) or (isinstance(node, Indexed) and node.arguments) or node is self.right:
            return ""
        parent = next(outer for outer in walk(self.right) if any(inner is node for inner in children(outer)))
        return f" in {expression_text(parent)}"

    def _alternatives(self, node: Expression) -> Iterator[tuple[str, Expression]]:
        """(the slip, what it made this node out of), the likely ones first."""
        match node:
            case Power(base, Number(value)) if value.denominator == 1:
                yield from _other_powers(node, base, value)
            case Bracket():
                yield from _other_averages(node)
            case Number(value):
                for other in (value * 2, value / 2, value + 1, value - 1, value * 4, value / 4, value * 3, value / 3):
                    yield "a wrong number", Number(other)
            case Add():
                yield from _one_term_scaled(node)
            case Negate(operand):
                yield "a wrong sign", operand
            case Name():
                yield from self._other_names(node)
            case Indexed():
                yield from self._other_indices(node)
            case Call(function, _, primes) if self.reader.vocabulary.is_activation(function):
                for count in (primes + 1, primes - 1):
                    if count >= 0:
                        yield "a wrong order of derivative", replace(node, primes=count)
                yield "a wrong power", Power(node, Number(Fraction(2)))

    def _other_names(self, node: Name) -> Iterator[tuple[str, Expression]]:
        """Another name of the same kind, a square forgotten, or a prime."""
        name, vocabulary = node.name, self.reader.vocabulary
        if name in SUSCEPTIBILITIES:
            yield "a wrong power", Power(node, Number(Fraction(2)))
            for other in SUSCEPTIBILITIES:
                if other != name:
                    yield "one susceptibility for another", Name(other)
        elif name in vocabulary.hyperparameters:
            for other in sorted(vocabulary.hyperparameters):
                if other != name:
                    yield "one hyperparameter for another", Name(other)
        elif name in vocabulary.tensor_names:
            for other in vocabulary.tensor_names:
                if other != name:
                    yield "one tensor for another", Name(other)
            yield "a layer too low", Indexed(name, (), 1)
        else:
            for other in self._other_samples(name):
                yield "a wrong input", Name(other)
            yield "a wrong order of derivative", Indexed(name, (), 1)
            if vocabulary.is_known(name):
                yield "a wrong power", Power(node, Number(Fraction(2)))

    def _other_indices(self, node: Indexed) -> Iterator[tuple[str, Expression]]:
        """Slots in another order, another sample, a prime more or less; a susceptibility at layer l."""
        name, arguments, primes = node.name, node.arguments, node.primes
        if name in SUSCEPTIBILITIES and len(arguments) == 1 and layer_offset(arguments[0]):
            yield "a wrong layer", Indexed(name, (layer_index(0),))
            return
        for order in dict.fromkeys(permutations(arguments)):
            if order != arguments:
                yield "wrong slots", replace(node, arguments=order)
        for other in self._other_samples(name):
            yield "a wrong input", replace(node, name=other)
        is_tensor = self.reader.vocabulary.tensor(name) is not None
        yield "a layer too low" if is_tensor else "a wrong order of derivative", replace(node, primes=primes + 1)
        if primes:
            lower = replace(node, primes=primes - 1) if primes > 1 or arguments else Name(name)
            yield "a layer too high" if is_tensor else "a wrong order of derivative", lower

    def _other_samples(self, name: str) -> Iterator[str]:
        """s2, s3, ... for s1."""
        stem = name.rstrip("0123456789")
        if stem != name and not self.reader.vocabulary.tensor(name):
            yield from (f"{stem}{k}" for k in range(1, 5) if f"{stem}{k}" != name)

    # ---- a term that is not there -----------------------------------------------------------------------------

    def _missing_term(self) -> Correction:
        for candidate in self._candidates():
            found = self._needed(Term(Fraction(0), (candidate,)))
            if found is None:
                continue
            quotient = single_term_quotient(found[1], found[0])
            if quotient is not None and all(is_scalar(atom) and power > 0 for atom, power in quotient[0]):
                scale = Polynomial({quotient[0]: quotient[1]})
                scaled = "" if scale == Polynomial.constant(1) else f"{self.writer.polynomial(scale)}*"
                return self._with_term(f"{scaled}{expression_text(candidate)}")
        if not self.missing.factors and len(self.missing.numerator) <= LONGEST_MISSING and self._keeps_a_term():
            return self._with_term(self.writer.polynomial(self.missing.numerator))
        return NONE_FOUND

    def _with_term(self, text: str) -> Correction:
        sign = f" - {text[1:]}" if text.startswith("-") else f" + {text}"
        return Correction(f"missing term: add {text}", "a missing term", expression_text(self.right) + sign)

    def _keeps_a_term(self) -> bool:
        """Whether the difference leaves one of the user's terms alone: to take all away is no missing term."""
        yours = self._value(self.right)
        return not yours.factors and bool(yours.numerator.terms.keys() - self.missing.numerator.terms.keys())

    def _candidates(self) -> Iterator[Expression]:
        """Susceptibilities times tensors, as such terms are usually written; at one input only."""
        if not self.reader.vocabulary.one_input or len(self.reader.vocabulary.fields) != 1:
            return
        tensors: list[Expression] = [Name(name) for name in self.reader.vocabulary.tensor_names]
        powers = [()] + [(name,) for name in SUSCEPTIBILITIES] + list(product(SUSCEPTIBILITIES, repeat=2))
        for factors in powers:
            names: tuple[Expression, ...] = tuple(map(Name, factors))
            if len(names) == 2 and names[0] == names[1]:
                names = (Power(names[0], Number(Fraction(2))),)
            for other in [(), *((t,) for t in tensors)]:
                if names or other:
                    parts = (*names, *other)
                    yield Multiply(parts) if len(parts) > 1 else parts[0]


def _factor(text: str) -> str:
    """A formula as a factor of a product."""
    return f"({text})" if " + " in text or " - " in text or text.startswith("-") else text


def _other_powers(node: Power, base: Expression, value: Fraction) -> Iterator[tuple[str, Expression]]:
    for step in (1, -1, 2, -2):
        if value + step not in (0, 1):
            yield "a wrong power", replace(node, exponent=Number(value + step))
    yield "a wrong power", base
    if isinstance(base, Bracket):
        body = Power(base.body, Number(value))
        match base.body:
            case Power(inner, Number(before)):
                body = Power(inner, Number(before * value))
        yield "the power of an average for the average of a power", replace(base, body=body)


def _other_averages(node: Bracket) -> Iterator[tuple[str, Expression]]:
    if node.layer:
        yield "a wrong layer", replace(node, layer=0)
    yield "a wrong power", Power(node, Number(Fraction(2)))
    if isinstance(node.body, Power):
        base, exponent = node.body.base, node.body.exponent
        yield "the average of a power for the power of an average", Power(replace(node, body=base), exponent)
        if isinstance(exponent, Number) and exponent.value > 2 and exponent.value % 2 == 0:
            half = Power(base, Number(exponent.value / 2))
            yield (
                "the average of a power for the power of an average",
                Power(replace(node, body=half), Number(Fraction(2))),
            )


def _one_term_scaled(node: Add) -> Iterator[tuple[str, Expression]]:
    """The sum with a factor of two or the like, or the other sign, at one of its terms."""
    for k, term in enumerate(node.terms):
        for factor in (*LIKELY_FACTORS, Fraction(-1)):
            scaled = Negate(term) if factor == -1 else Multiply((Number(factor), term))
            cause = "a wrong sign" if factor == -1 else "a wrong number"
            yield cause, replace(node, terms=(*node.terms[:k], scaled, *node.terms[k + 1 :]))


def exchanged(tree: Expression, old: Expression, new: Expression) -> Expression:
    """The tree with one node (the object itself) replaced."""
    return rewritten(tree, lambda node: new if node is old else None)


def is_scalar(atom: Atom) -> bool:
    """Hyperparameters, widths and K: what one calls a coefficient."""
    return isinstance(atom, Symbol) or atom in (WIDTH, WIDTH_RATIO) or (isinstance(atom, Tensor) and atom.is_kernel)


def single_term_quotient(above: Ratio, below: Ratio) -> tuple[Monomial, Fraction] | None:
    """(monomial, coefficient) with above = coefficient * monomial * below; None where it is no single term."""
    if not above or not below:
        return None
    scale = (above * below.inverse()).numerator if len(below.numerator) == 1 and not above.factors else None
    if scale is not None:
        return next(iter(scale.terms.items())) if len(scale) == 1 and not below.factors else None
    if above.factors != below.factors or len(above.numerator) != len(below.numerator):
        return None
    (m, c), (k, d) = above.numerator.sorted_terms()[0], below.numerator.sorted_terms()[0]
    guess = Polynomial({m: c}) * Polynomial({k: d}).inverse_monomial()
    if guess * below.numerator != above.numerator:
        return None
    return next(iter(guess.terms.items()))


def additive_terms(node: Expression, sign: int = 1) -> Iterator[Term]:
    """The terms of a sum as written."""
    match node:
        case Add(terms):
            for term in terms:
                yield from additive_terms(term, sign)
        case Negate(operand):
            yield from additive_terms(operand, -sign)
        case _:
            yield from (t for t in _products(node, expand=False, sign=sign))


def multiplied_out(node: Expression) -> list[Term]:
    """The terms with products of sums taken apart; empty where there would be too many."""
    terms = list(_products(node, expand=True, sign=1))
    return terms if len(terms) <= MOST_TERMS else []


def _products(node: Expression, expand: bool, sign: int) -> list[Term]:
    match node:
        case Number(value):
            return [Term(value * sign, ())]
        case Negate(operand):
            return _products(operand, expand, -sign)
        case Add(terms) if expand:
            return [found for term in terms for found in _products(term, expand, sign)]
        case Multiply(factors):
            products = [Term(Fraction(sign), ())]
            for factor in factors:
                parts = _products(factor, expand, 1)
                products = [
                    Term(a.coefficient * b.coefficient, a.above + b.above, a.below + b.below)
                    for a in products
                    for b in parts
                ][: MOST_TERMS + 1]
            return products
        case Divide(numerator, denominator):
            (below,) = _products(denominator, False, 1)
            if not below.coefficient:
                return [Term(Fraction(sign), (node,))]
            return [
                Term(t.coefficient / below.coefficient, t.above + below.below, t.below + below.above)
                for t in _products(numerator, expand, sign)
            ]
        case Power(Number(value), Number(exponent)) if exponent.denominator == 1 and value:
            return [Term(sign * value ** int(exponent), ())]
        case Power(base, Number(exponent)) if exponent.denominator == 1:
            (inner,) = _products(base, False, 1)
            if inner.coefficient in (0, 1) or abs(exponent) > 12:
                return [Term(Fraction(sign), (node,))]
            bare = replace(inner, coefficient=Fraction(1)).tree()
            return [Term(sign * inner.coefficient ** int(exponent), (Power(bare, Number(exponent)),))]
    return [Term(Fraction(sign), (node,))]
