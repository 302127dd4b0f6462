"""Both sides of a claim, read and put into normal form."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from ptheory.algebra.order import EXACT, LEADING, Order, through
from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.claims.points.points import TRANSCENDENTAL, Content, content
from ptheory.claims.reading.claim_text import equation_text
from ptheory.claims.reading.read_claim import ClaimReader
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.reading.written_orders import highest_power_written, lowest_power_written
from ptheory.claims.terms.claim_atoms import Root, ScalarCall
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.linear_solution import solved_for
from ptheory.claims.terms.ratio import Ratio
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Bracket,
    Divide,
    Expression,
    Indexed,
    Name,
    Negate,
    Number,
    Power,
    SumOver,
    children,
    walk,
)
from ptheory.language.functions import BUILTIN_FUNCTIONS, NAMED_ACTIVATIONS
from ptheory.language.statements import ClaimStatement
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import WIDTH, Tensor


def is_defined(name: str) -> bool:
    """Whether a function has a meaning of its own (sin, relu), so that it is never generic."""
    return name in BUILTIN_FUNCTIONS or name in NAMED_ACTIVATIONS


@dataclass
class ReadClaim:
    """A claim with both sides read; ``truncated`` where the series G is named."""

    claim: ClaimStatement
    vocabulary: Vocabulary
    reader: ClaimReader
    normal: ClaimNormalForm
    left: Ratio
    right: Ratio
    truncated: Order = EXACT

    @property
    def understood(self) -> str:
        """The claim as it was read, in plain syntax."""
        return equation_text(self.claim)

    @cached_property
    def left_normal(self) -> Ratio:
        """The left-hand side in normal form, cut off at the claim's order in 1/n. Raises LanguageError there."""
        return _up_to(self.normal.of(self.left), self.truncated, self.claim.left)

    @cached_property
    def right_normal(self) -> Ratio:
        """The right-hand side in normal form, cut off at the claim's order in 1/n. Raises LanguageError there."""
        return _up_to(self.normal.of(self.right), self.truncated, self.claim.right)

    @cached_property
    def equal_in_normal_form(self) -> bool:
        """Whether the normal forms are identical. TooLarge, OutOfBudget where they cannot be written out."""
        return not self.left_normal - self.right_normal

    @property
    def reach(self) -> str:
        """How far the claim goes in 1/n, for words; empty where it is exact or names no series."""
        if self.truncated == LEADING:
            return " at leading order in 1/n"
        return "" if self.truncated == EXACT else f" up to order {self.truncated}"

    @cached_property
    def content(self) -> Content:
        """What both sides as written are made of."""
        return content((self.left, self.right), self.normal)

    @property
    def shown_atoms(self) -> tuple[Symbol | Tensor, ...]:
        """The symbols a counterexample gives values of; what is zero by the architecture is not one of them."""
        tensors = tuple(atom for atom in self.content.tensors if not self.normal.vanishes(atom))
        return (*self.content.symbols, *tensors)

    @cached_property
    def is_generic(self) -> bool:
        """Whether every activation is left open and every number rational."""
        found = self.content
        open_functions = (name not in self.vocabulary.binding and not is_defined(name) for name in found.functions)
        transcendental = any(symbol.name in TRANSCENDENTAL for symbol in found.symbols)
        return all(open_functions) and not (found.formulas or found.has_scalar_functions or transcendental)


def read_sides(claim: ClaimStatement, vocabulary: Vocabulary) -> ReadClaim:
    """Both sides read. LanguageError where a part has no meaning or a denominator vanishes."""
    samples = tuple(range(1, vocabulary.inputs.count + 1)) if vocabulary.inputs is not None else ()
    nodes = [*walk(claim.left), *walk(claim.right)]
    equal_widths = not any(isinstance(n, Indexed) and n.name == "n" for n in nodes)
    held, equal = vocabulary.held, by_relation(vocabulary, equal_widths)
    normal = ClaimNormalForm(vocabulary.system, equal_widths, vocabulary.parities, held, equal)
    reader = ClaimReader(vocabulary, samples)
    order = EXACT
    if any(isinstance(n, (Name, Indexed)) and vocabulary.series(n.name) is not None for n in nodes):
        written = [highest_power_written(side) for side in (claim.left, claim.right)]  # 0/n is a claim at order 1/n
        if max(written) < 0:
            raise LanguageError("a series in 1/n times n", claim.span, help="divide both sides by n")
        found = [_power_of_width(normal.of(reader.read(side))) for side in (claim.left, claim.right)]
        order = through(max(0, *written, *found))
        raised = max(0, *(-lowest_power_written(side) for side in (claim.left, claim.right)))
        reader = ClaimReader(vocabulary, samples, through(max(order.powers) + raised))  # n (K + G1/n) = n K + G1
    if vocabulary.leading_only:
        order = through(max(0, min(_lowest_power(normal.of(reader.read(s))) for s in (claim.left, claim.right))))
    sides = []
    for side in (claim.left, claim.right) if vocabulary.assumes else ():
        for below in _written_denominators(side, vocabulary):
            if not normal.of(reader.read(below)):
                raise LanguageError("a denominator is zero at what is given", below.span, help="cancel it first")
    for side in (claim.left, claim.right):
        raw = reader.read(side)
        if any(not normal.of(below) for below in _denominators(raw)):
            raise LanguageError("a denominator here is zero for every activation", side.span)
        sides.append(_up_to(raw, order, side))
    _check_expansions(sides, claim, vocabulary)
    read = ReadClaim(claim, vocabulary, reader, normal, sides[0], sides[1], order)
    _check_assumptions(read)
    return read


def by_relation(vocabulary: Vocabulary, equal_widths: bool) -> dict[Atom, Ratio]:
    """An average that what is assumed to vanish makes equal to others: <s s''> = 0 where chi_par is chi_perp."""
    if vocabulary.relation is None:
        return {}
    normal = ClaimNormalForm(vocabulary.system, equal_widths, vocabulary.parities, vocabulary.held)
    vanishing = normal.of(vocabulary.relation)
    for atom in sorted((a for a in vanishing.atoms() if isinstance(a, Mean)), key=lambda a: a.sort_key):
        value = solved_for(vanishing, atom)
        if value is not None:
            return {atom: value}
    return {}


def _check_expansions(sides: list[Ratio], claim: ClaimStatement, vocabulary: Vocabulary) -> None:
    """A leading coefficient stands for the whole series only as far as its own next one does not matter."""
    powers: dict[str, int] = {}  # name of a tensor -> the lowest power of 1/n it stands beside
    highest, present = 0, set()
    for side in sides:
        for monomial, _ in side.numerator:
            power = -dict(monomial).get(WIDTH, 0)
            highest = max(highest, power)
            for atom, _ in monomial:
                if isinstance(atom, Tensor) and not atom.is_kernel:
                    present.add((vocabulary.names.of(atom).declared, atom.order))
                    if not atom.order:
                        name = vocabulary.names.of(atom).declared
                        powers[name] = min(powers.get(name, power), power)
    for name, power in powers.items():
        if power < highest and (name, 1) not in present:
            raise LanguageError(
                f"{name} is the leading coefficient here, and its correction is of the order of what stands beside n",
                claim.right.span,
                help=f"write {name} + {name}1/n, or leave out the terms of that order",
            )


def _check_assumptions(read: ReadClaim) -> None:
    """A value that is given is put in everywhere; a parity is of a claim about any such activation."""
    for symbol in read.content.symbols:
        if symbol.name in read.reader.given:
            value = read.vocabulary.given.get(symbol.name)
            place = read.claim.scope.span if value is None else value.span
            raise LanguageError(
                f"{symbol.name} stands inside an activation or at the next kernel, where its value cannot be put",
                place,
                help="bind the activation with the value in it",
            )
    if read.vocabulary.parities and not read.is_generic:
        raise LanguageError(
            "a parity is assumed of activations that are left open, beside rational numbers only",
            read.claim.scope.span,
            help="leave it out where all activations are bound",
        )


def _written_denominators(node: Expression, vocabulary: Vocabulary) -> Iterator[Expression]:
    """What a side divides by as it is written, abbreviations opened; averages and sums over inputs are left closed."""
    match node:
        case Bracket() | SumOver():
            return
        case Name(name) if name in vocabulary.lets:
            yield from _written_denominators(vocabulary.lets[name], vocabulary)
        case Divide(_, below):
            yield below
        case Power(base, Number(value)) if value < 0:
            yield base
        case Power(base, Negate(Number())):
            yield base
    for inner in children(node):
        yield from _written_denominators(inner, vocabulary)


def _denominators(value: Ratio) -> Iterator[Ratio]:
    """Everything the side divides by."""
    yield from (Ratio(factor) for factor, _ in value.factors)
    polynomials = (value.numerator, *(factor for factor, _ in value.factors))
    below = {a for polynomial in polynomials for monomial, _ in polynomial for a, e in monomial if e < 0}
    yield from (Ratio.atom(atom) for atom in below)


def _inside_function(atom: Atom) -> Iterator[Collection[Atom]]:
    """The atoms in the argument of a function and under a root, layer by layer."""
    if isinstance(atom, (ScalarCall, Root)):
        inner = (atom.argument if isinstance(atom, ScalarCall) else atom.base).atoms()
        yield inner
        for deeper in inner:
            yield from _inside_function(deeper)


def _power_of_width(value: Ratio) -> int:
    """The highest power of 1/n that is written out."""
    return max((-e for monomial in value.numerator.terms for atom, e in monomial if atom == WIDTH), default=0)


def _lowest_power(value: Ratio) -> int:
    """The lowest power of 1/n in a side: what leading order is."""
    return min((-dict(monomial).get(WIDTH, 0) for monomial in value.numerator.terms), default=0)


def _up_to(value: Ratio, order: Order, side: Expression) -> Ratio:
    """The terms up to ``order``."""
    if order.is_exact:
        return value
    if any(WIDTH in factor.atoms() for factor, _ in value.factors):
        raise LanguageError("a series in 1/n divided by a sum with n in it", side.span, help="multiply out")
    if any(WIDTH in inner for atom in value.atoms() for inner in _inside_function(atom)):
        raise LanguageError(
            "a series in 1/n in an argument of a function, or under a root", side.span, help="expand it"
        )
    kept = {m: c for m, c in value.numerator if order.reaches(-dict(m).get(WIDTH, 0))}
    return Ratio(Polynomial(kept), value.factors)
