"""The smallest change of the right-hand side that makes a refuted claim true.

Tried in this order: the numerical coefficient of one term, a sign and a factor of two first; a term that does not
belong; one name, exponent, prime, slot, layer or average (``other_symbols``); a number, or a term of a sum inside
(``amounts``); the hyperparameters in front of one term; a factor too many or too few; a missing term. Each proposal is
accepted only when the changed claim is equal in normal form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import Protocol

from ptheory.algebra.budget import OutOfBudget, processor_time
from ptheory.algebra.polynomial import Monomial, Polynomial
from ptheory.algebra.refusal import DivisionByZero
from ptheory.claims.corrections.amounts import Factors, other_numbers
from ptheory.claims.corrections.causes import Cause, of_a_number
from ptheory.claims.corrections.fingerprint import Fingerprint, NoFingerprint, may_be_equal
from ptheory.claims.corrections.missing import is_scalar, missing_term, single_term_quotient
from ptheory.claims.corrections.other_symbols import Slip, Symbols
from ptheory.claims.corrections.positions import Position, exchanged, positions
from ptheory.claims.corrections.terms_as_written import Term, additive_terms, multiplied_out, sum_text, term_text
from ptheory.claims.reading.claim_text import Writer, expression_text
from ptheory.claims.reading.read_claim import ClaimReader
from ptheory.claims.terms.ratio import Ratio, TooLarge
from ptheory.claims.terms.scalar_functions import collected
from ptheory.expectations.expectation_errors import ExpectationError
from ptheory.expectations.symbolic_arithmetic import NoClosedForm
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Bracket,
    Divide,
    Expression,
    Indexed,
    Multiply,
    Negate,
    Number,
    Power,
    SumOver,
)
from ptheory.language.statements import ClaimStatement

SECONDS = 5.0  # of processor time for a search
LONGEST_INSTEAD_OF_ZERO = 2  # terms
LONGEST_DIFFERENCE = 6  # terms worth printing

# a proposal that means nothing, is too much, or has no value
UNREADABLE = (LanguageError, DivisionByZero, TooLarge, NoClosedForm, ExpectationError)


class ExactForm(Protocol):
    """What puts a side in the form that decides equality: the generic normal form, or the one with closed forms.

    ``of`` takes sums to sums and products to products.
    """

    def of(self, value: Ratio) -> Ratio:
        """The side in that form: two sides are equal where the difference of their forms is zero."""


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
        sides = (right,) if written is None else (right, written)
        self.symbols = Symbols(reader.vocabulary, *sides)
        self.factors = Factors(reader.vocabulary, *sides)
        self.missing = left - self.value(right)
        self.fingerprint = Fingerprint(self.value)

    def correction(self) -> Correction:
        """The first single change found that makes the claim true."""
        whole = [term for term in additive_terms(self.right) if term.coefficient]
        apart = [term for term in multiplied_out(self.right) if term.coefficient]
        if not whole:
            return self._instead_of_zero()
        return (
            self._coefficient([whole, apart])
            or self._changed_node(self.symbols.of)
            or self._changed_node(other_numbers)
            or self._scalars(whole)
            or self._scalars(apart)
            or self._any_factor(whole)
            or self._any_factor(apart)
            or self._changed_node(self.factors.of)
            or self._missing_term()
            or self._changed_node(self.factors.missing_terms)
        )

    def _instead_of_zero(self) -> Correction:
        """The right side, where it was nothing and is a short sum."""
        if self.missing.factors or len(self.missing.numerator) > LONGEST_INSTEAD_OF_ZERO:
            return NONE_FOUND
        right = self.writer.polynomial(self.missing.numerator)
        return Correction(f"the right side should be {right}", Cause.NOT_ZERO, right)

    def difference(self) -> str:
        """Left minus right in normal form, where it is short enough to read."""
        if self.missing.factors or len(self.missing.numerator) > LONGEST_DIFFERENCE:
            return ""
        return f"left - right = {self.writer.polynomial(self.missing.numerator)}"

    def value(self, node: Expression) -> Ratio:
        """The normal form, made of those of the terms and factors, each read once."""
        if node not in self._values:
            self._values[node] = self._value_anew(node)
        return self._values[node]

    def _value_anew(self, node: Expression) -> Ratio:
        match node:
            case Add(terms):
                return Ratio.sum(map(self.value, terms))
            case Negate(operand):
                return -self.value(operand)
            case Multiply(factors):
                return self._product(factors)
            case Divide(numerator, denominator):
                return collected(self.value(numerator) * self.value(denominator).inverse())
            case Power(base, Number(exponent)) if exponent.denominator == 1:
                return collected(self.value(base) ** int(exponent))
        return self.normal.of(self.reader.read(node))

    def _product(self, factors: Iterable[Expression]) -> Ratio:
        total = Ratio.constant(1)
        for factor in factors:
            total = total * self.value(factor)
        return collected(total)

    def _needed(self, term: Term) -> tuple[Ratio, Ratio] | None:
        """(value of the term without its coefficient, what it would have to be with it)."""
        try:
            bare = self.value(term.tree())
        except UNREADABLE:
            return None
        return (bare, self.missing + bare * Ratio.constant(term.coefficient)) if bare else None

    # ---- one coefficient --------------------------------------------------------------------------------------

    def _coefficient(self, sums: list[list[Term]]) -> Correction:
        """A sign, a factor of two, a term too many or another number, in this order; terms as written come first."""
        found = [(n, k, derived) for n, terms in enumerate(sums) for k, derived in self._coefficients(terms)]
        if not found:
            return NONE_FOUND
        n, k, derived = min(found, key=lambda item: _unlikeliness(sums[item[0]][item[1]].coefficient, item[2]))
        terms, term = sums[n], sums[n][k]
        others = (terms[:k], terms[k + 1 :])
        if not derived:
            return Correction(
                f"extra term: leave out {term_text(term)}", Cause.EXTRA_TERM, sum_text([*others[0], *others[1]])
            )
        right = sum_text([*others[0], replace(term, coefficient=derived), *others[1]])
        change = f"coefficient of {expression_text(term.tree())}: yours {term.coefficient}, derived {derived}"
        return Correction(change, of_a_number(term.coefficient, derived), right)

    def _coefficients(self, terms: list[Term]) -> Iterator[tuple[int, Fraction]]:
        """(number of a term, what its coefficient would have to be) where that is a number."""
        for number, term in enumerate(terms):
            found = self._needed(term)
            if found is None:
                continue
            bare, needed = found
            quotient = single_term_quotient(needed, bare) if needed else ((), Fraction(0))
            if quotient is not None and not quotient[0]:
                yield number, quotient[1]

    def _scalars(self, terms: list[Term]) -> Correction:
        for number, term in enumerate(terms):
            found = self._needed(term)
            if found is None:
                continue
            bare, needed = found
            quotient = single_term_quotient(needed, bare)
            if quotient is None or not all(is_scalar(atom) for atom, _ in quotient[0]):
                continue
            core, scalars = self._split(term)
            factor = self.value(scalars.tree())
            yours = factor * Ratio.constant(term.coefficient)
            derived = self.writer.ratio(factor * Ratio(Polynomial(dict([quotient]))))
            cause = _of_a_coefficient(yours, quotient, term.coefficient)
            others = [*terms[:number], *terms[number + 1 :]]
            if not core.above and not core.below:
                change = f"the term {self.writer.ratio(yours)} should be {derived}"
                return Correction(change, cause, sum_text(others, derived))
            name = expression_text(core.tree())
            change = f"coefficient of {name}: yours {self.writer.ratio(yours)}, derived {derived}"
            front = "" if derived == "1" else f"{_factor(derived)}*"
            return Correction(change, cause, sum_text(others, f"{front}{_factor(name)}"))
        return NONE_FOUND

    def _any_factor(self, terms: list[Term]) -> Correction:
        """A term that lacks tensors or averages, and nothing else."""
        for number, term in enumerate(terms):
            found = self._needed(term)
            quotient = single_term_quotient(found[1], found[0]) if found is not None else None
            if quotient is None or quotient[1] != term.coefficient or any(power < 0 for _, power in quotient[0]):
                continue
            lacking = self.writer.polynomial(Polynomial({quotient[0]: Fraction(1)}))
            derived = lacking if term_text(term) == "1" else f"{term_text(term)}*{lacking}"
            change = f"{term_text(term)} should be {derived}"
            return Correction(change, Cause.MISSING_FACTOR, sum_text([*terms[:number], *terms[number + 1 :]], derived))
        return NONE_FOUND

    def _split(self, term: Term) -> tuple[Term, Term]:
        """What is no scalar of a term, and what is, both without the number."""
        parts = (term.above, term.below)
        core = Term(Fraction(1), *(tuple(f for f in part if not self._is_scalar(f)) for part in parts))
        return core, Term(Fraction(1), *(tuple(f for f in part if self._is_scalar(f)) for part in parts))

    def _is_scalar(self, factor: Expression) -> bool:
        value = self.value(factor)
        return not value.factors and all(is_scalar(atom) for atom in value.atoms())

    # ---- one node ---------------------------------------------------------------------------------------------

    def _changed_node(self, slips: Callable[[Position], Iterator[Slip]]) -> Correction:
        """The first slip of this kind, wherever it is, without which the claim is true."""
        # a sum over inputs is read anew for every change inside, so everything else is tried before
        for position in sorted(positions(self.right), key=lambda place: isinstance(place.part, SumOver)):
            for cause, other in slips(position):
                try:
                    if self._closes_the_gap(position, other):
                        right = exchanged(self.right, position.node, other)
                        if right == self.other_side:
                            continue  # true, and says nothing
                        change = (
                            f"{expression_text(position.node)} should be {expression_text(other)}{_where(position)}"
                        )
                        return Correction(change, cause, expression_text(right))
                except UNREADABLE:
                    continue
        return NONE_FOUND

    def _closes_the_gap(self, position: Position, other: Expression) -> bool:
        """Whether left = right once ``other`` stands in the place of the node."""
        part = position.part
        if not self._may_close(part, exchanged(part, position.node, other), position.factors):
            return False
        step = self.value(exchanged(part, position.node, other)) - self.value(part)
        return bool(step) and not self.missing - collected(step * self._product(position.factors))

    def _may_close(self, part: Expression, changed: Expression, factors: tuple[Expression, ...]) -> bool:
        """The same in floating-point numbers, which tell most proposals apart."""
        number = self.fingerprint.number
        try:
            step = (number(changed) - number(part)) * prod(map(number, factors), start=complex(1))
            return may_be_equal(step, self.fingerprint.of(self.missing))
        except NoFingerprint:
            return True

    # ---- a term that is not there -----------------------------------------------------------------------------

    def _missing_term(self) -> Correction:
        yours = self.value(self.right)
        text = missing_term(self.missing, yours, self.reader, self.value) if yours else ""
        if not text:
            return NONE_FOUND
        sign = f" - {text[1:]}" if text.startswith("-") else f" + {text}"
        return Correction(f"missing term: add {text}", Cause.MISSING_TERM, expression_text(self.right) + sign)


def _where(position: Position) -> str:
    """In which larger part a short node stands, where it alone does not say."""
    node, parent = position.node, position.parent
    if isinstance(node, Bracket) or (isinstance(node, Indexed) and node.arguments) or parent is None:
        return ""
    return f" in {expression_text(parent)}"


def _unlikeliness(yours: Fraction, derived: Fraction) -> int:
    """The order in which other coefficients of single terms are proposed."""
    if not derived:
        return 2
    return (Cause.SIGN, Cause.TWO, None, Cause.NUMBER).index(of_a_number(yours, derived))


def _of_a_coefficient(yours: Ratio, quotient: tuple[Monomial, Fraction], number: Fraction) -> Cause:
    """What hyperparameters and kernels in front are off by: one power, one factor, or more than that."""
    if len(yours.numerator) != 1 or quotient[1] != number or len(quotient[0]) != 1:
        return Cause.COEFFICIENT
    (atom, step), written = quotient[0][0], dict(next(iter(yours.numerator.terms)))
    before = written.get(atom, 0)
    if not before:
        return Cause.MISSING_FACTOR
    return Cause.POWER if before + step else Cause.EXTRA_FACTOR


def _factor(text: str) -> str:
    """A formula as a factor of a product."""
    return f"({text})" if " + " in text or " - " in text or text.startswith("-") else text
