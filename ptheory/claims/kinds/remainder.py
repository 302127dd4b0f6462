"""O(K^m) in a claim: the order up to which it is claimed at small kernels, taken off the sides it stands at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.reading.written_orders import power_of_inverse_width
from ptheory.language.claim_names import INVERSE_KERNEL, SUSCEPTIBILITIES
from ptheory.language.constants import constant_value
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
    walk,
)
from ptheory.language.statements import ClaimStatement
from ptheory.recursion.tensors import Tensor

ORDER = "O"
HIGHEST = 12  # of the powers of K that are compared


@dataclass(frozen=True)
class Remainder:
    """O(K^power), taken off the sides of the claim it stood at."""

    power: Fraction
    formula: ClaimStatement

    def __str__(self) -> str:
        return "O(K)" if self.power == 1 else f"O(K^{self.power})"


def remainder_of(formula: ClaimStatement, vocabulary: Vocabulary) -> Remainder | None:
    """The claim without its O(K^m); None where it has none. LanguageError at any other order, or at two."""
    reader = _OrderReader(vocabulary)
    left, right = (reader.without(side, Fraction(0)) for side in (formula.left, formula.right))
    if not reader.found:
        return None
    nodes, powers = zip(*reader.found, strict=True)
    if len(set(powers)) > 1:
        raise LanguageError("two orders in one claim", nodes[1].span, help="keep one")
    if any(atom.is_kernel for atom in vocabulary.held if isinstance(atom, Tensor)):
        raise LanguageError("the kernel is a number, and this is an order as K -> 0", nodes[0].span, help="keep one")
    power = powers[0]
    if not 0 < power <= HIGHEST or (2 * power).denominator > 1:
        raise LanguageError(f"powers of K are compared up to {HIGHEST}, in halves", nodes[0].span, help="write O(K^3)")
    for side in (left, right):
        reader.check_nothing_beyond(side, power)
    return Remainder(power, replace(formula, left=left, right=right))


class _OrderReader:
    """Takes O(K^m) off a side: a term of a sum, or of one in parentheses, which a factor K^p beside it raises by p."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.found: list[tuple[Call, Fraction]] = []

    def without(self, node: Expression, raised: Fraction) -> Expression:
        """The formula without its orders, which are noted."""
        match node:
            case Add(terms):
                kept = tuple(self.without(term, raised) for term in terms if not self._is_order(term, raised))
                if not kept:
                    return Number(Fraction(0), span=node.span)
                return kept[0] if len(kept) == 1 < len(terms) else replace(node, terms=kept)
            case Negate(operand):
                return replace(node, operand=self.without(operand, raised))
            case Multiply(factors) if any(_has_order(factor) for factor in factors):
                self._check_factors(factors)
                by = [self._power_of(f) for f in factors if not _has_order(f)]
                return replace(node, factors=tuple(self.without(f, raised + sum(by, Fraction(0))) for f in factors))
            case Divide(above, below) if _has_order(above):
                return replace(node, numerator=self.without(above, raised - self._power_of(below)))
            case Call(function) if function == ORDER:
                self._is_order(node, raised)
                return Number(Fraction(0), span=node.span)
        if _has_order(node):
            help = "it stands in a sum: ... + O(K^3), or (... + O(K))*K^2"
            raise LanguageError("what is this order of?", node.span, help=help)
        return node

    def _check_factors(self, factors: Sequence[Expression]) -> None:
        """LanguageError at two factors with an order, whose product has another one, and beside a factor zero."""
        _, *others = (factor for factor in factors if _has_order(factor))
        if others:
            raise LanguageError("orders in two factors of a product", others[0].span, help="multiply out")
        zero = next((factor for factor in factors if constant_value(factor) == 0), None)
        if zero is not None:
            raise LanguageError("an order times zero is zero", zero.span, help="leave it out")

    def _is_order(self, term: Expression, raised: Fraction) -> bool:
        inner = term.operand if isinstance(term, Negate) else term
        if not (isinstance(inner, Call) and inner.function == ORDER and not inner.primes):
            return False
        power = self._power_of(inner.arguments[0]) if len(inner.arguments) == 1 else Fraction(0)
        if not power or not self.vocabulary.one_input or not self._is_power(inner.arguments[0]):
            if len(inner.arguments) == 1 and power_of_inverse_width(inner.arguments[0]) is not None:
                help = "write it last: ... + O(1/n)"
                raise LanguageError("an order in 1/n stands at the end of a side", inner.span, help=help)
            help = "write O(K^3), at one input"
            raise LanguageError("an order is that of a power of the kernel", inner.span, help=help)
        self.found.append((inner, power + raised))
        return True

    def _is_power(self, node: Expression) -> bool:
        base = node.base if isinstance(node, Power) else node
        return isinstance(base, Name) and self.vocabulary.is_kernel(base.name)

    def _power_of(self, node: Expression) -> Fraction:
        """p of K^p; 0 of what does not hold K. _DependsOnKernel for K in any other place."""
        match node:
            case Name(name) if self.vocabulary.is_kernel(name):
                return Fraction(1)
            case Power(Name(name), exponent) if self.vocabulary.is_kernel(name):
                power = constant_value(exponent)
                if power is not None:
                    return power
            case Multiply(factors):
                return sum(map(self._power_of, factors), Fraction(0))
            case Divide(above, below):
                return self._power_of(above) - self._power_of(below)
        if any(isinstance(n, (Bracket, Indexed)) or _is_named(n, self.vocabulary) for n in walk(node)):
            raise _DependsOnKernel("an order beside a factor that depends on K", node.span, help="multiply out")
        return Fraction(0)

    def check_nothing_beyond(self, side: Expression, power: Fraction, raised: Fraction = Fraction(0)) -> None:
        """LanguageError at a term K^p that the order leaves out, in parentheses too: it would not be looked at."""
        match side:
            case Add(terms):
                for term in terms:
                    self.check_nothing_beyond(term, power, raised)
                return
            case Negate(operand):
                return self.check_nothing_beyond(operand, power, raised)
        try:
            sums = [f for f in side.factors if isinstance(f, Add)] if isinstance(side, Multiply) else []
            if len(sums) == 1 and isinstance(side, Multiply):
                by = sum((self._power_of(f) for f in side.factors if f is not sums[0]), Fraction(0))
                return self.check_nothing_beyond(sums[0], power, raised + by)
            if isinstance(side, Divide) and isinstance(side.numerator, Add):
                return self.check_nothing_beyond(side.numerator, power, raised - self._power_of(side.denominator))
            reaches = self._power_of(side) + raised
        except _DependsOnKernel:
            return  # an average, or a sum with K in it
        if reaches >= power:
            raise LanguageError(f"a term beyond O(K^{power}) is written", side.span, help="raise the order")


class _DependsOnKernel(LanguageError):
    """A factor that holds K in another way than as a power."""


def _has_order(node: Expression) -> bool:
    return any(isinstance(inner, Call) and inner.function == ORDER for inner in walk(node))


def _is_named(node: Expression, vocabulary: Vocabulary) -> bool:
    """Whether a name depends on the kernel: the kernel itself, susceptibilities, abbreviations."""
    names = (*SUSCEPTIBILITIES, INVERSE_KERNEL, *vocabulary.lets)
    return isinstance(node, Name) and (vocabulary.is_kernel(node.name) or node.name in names)
