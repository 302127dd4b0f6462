"""A second evaluation of a refuted claim at its counterexample, from the tree of the claim as it was written.

Shared with the first one are the formula of the activation, the meaning of names and slots, and the recursions as they
are derived; not the arithmetic of quotients, the counting of contractions, Stein's identity, the product rule, closed
forms or balls. A Gaussian mean is that of independent variables: with K = L D L^T, z = L u and
E[u_a^(2k)] = (2k-1)!! D_a^k, so that polynomials have exact means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from ptheory.algebra.budget import OutOfBudget
from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.algebra.refusal import DivisionByZero, Refusal
from ptheory.claims.reading.preactivations import Place
from ptheory.claims.sides import ReadClaim
from ptheory.claims.terms.claim_atoms import NextMean
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Kind, Verdict, Witness
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import (
    Add,
    Bracket,
    Call,
    Divide,
    Expression,
    FieldAt,
    Multiply,
    Name,
    Negate,
    Number,
    Power,
)
from ptheory.networks.fields import Field
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Expectation, Leg
from ptheory.recursion.variables import leading_kernel, parts_of

if TYPE_CHECKING:
    from ptheory.activations import Activation

Coefficients = tuple[Fraction, ...]  # of 1, z, z^2, ...
MOST_TERMS = 20_000  # of an integrand multiplied out


class NoWitness(Refusal):
    """A part that this evaluation has no value for."""


def confirmed(
    verdict: Verdict, read: ReadClaim, scalars: Mapping[Atom, Fraction], activations: Mapping[str, Coefficients]
) -> Verdict:
    """A refutation with its witness; *undecided* where the two evaluations disagree; as it was where there is none."""
    assert verdict.counterexample is not None
    try:
        sides = values(read, scalars, activations)
    except (NoWitness, OutOfBudget):
        return verdict
    reported = (verdict.counterexample.left, verdict.counterexample.right)
    if all(ball.holds(value) for ball, value in zip(reported, sides, strict=True)):
        left, right = map(str, sides)
        return replace(verdict, witness=Witness(left, right, "means of independent Gaussian variables"))
    return Verdict(
        Kind.UNDECIDED,
        verdict.label,
        "two evaluations of this claim at one point disagree",
        verdict.understood,
        verdict.counterexample,
        reason="two routes of the engine disagree; this is a mistake in the engine, please report it",
    )


def polynomials_bound(binding: Mapping[str, Activation]) -> dict[str, Coefficients]:
    """The activations among these that are polynomials with rational coefficients."""
    found = {name: a.polynomial_coefficients() for name, a in binding.items() if a.is_polynomial}
    return {
        name: tuple(Fraction(int(c.p), int(c.q)) for c in coefficients)
        for name, coefficients in found.items()
        if coefficients is not None and all(c.is_Rational for c in coefficients)
    }


def values(
    read: ReadClaim, scalars: Mapping[Atom, Fraction], activations: Mapping[str, Coefficients]
) -> tuple[Fraction, Fraction]:
    """Both sides at rational values, every activation a polynomial. NoWitness where a part is beyond it."""
    from ptheory.claims.witness_of_sums import PointOverInputs

    at = (PointOverInputs if read.reader.has_open_sums else Point)(read, scalars, activations)
    return at.sides()


class Point:
    """``legs``: the preactivations of the claim, one variable each; ``indices``: the inputs of sums that are open."""

    def __init__(
        self,
        read: ReadClaim,
        scalars: Mapping[Atom, Fraction],
        activations: Mapping[str, Coefficients],
        legs: tuple[Leg, ...] | None = None,
    ) -> None:
        self.read = read
        self.scalars = scalars
        self.activations = activations
        self.legs = read.content.legs if legs is None else legs
        self.indices: tuple[tuple[str, int], ...] = ()
        self.context = fmpq_mpoly_ctx.get(tuple(f"z{k}" for k in range(max(len(self.legs), 1))), Ordering.lex)
        self._means: dict[Atom, Fraction] = {}

    def sides(self) -> tuple[Fraction, Fraction]:
        """Both sides of the claim. NoWitness."""
        try:
            return self.value(self.read.claim.left), self.value(self.read.claim.right)
        except (DivisionByZero, LanguageError) as error:
            raise NoWitness(str(error)) from error

    # ---- outside averages -------------------------------------------------------------------------------------

    def value(self, node: Expression) -> Fraction:
        """The number a formula stands for. NoWitness, DivisionByZero."""
        match node:
            case Number(value):
                return value
            case Negate(operand):
                return -self.value(operand)
            case Add(terms):
                return sum(map(self.value, terms), Fraction(0))
            case Multiply(factors):
                return prod(map(self.value, factors), start=Fraction(1))
            case Divide(above, below):
                return self.value(above) * _power(self.value(below), -1)
            case Power(base, exponent):
                return _power(self.value(base), _whole(exponent))
            case Name(name) if name in self.read.vocabulary.lets:
                return self.value(self.read.vocabulary.lets[name])
            case Bracket(body, None | 0):
                return self._mean(self.integrand(body))
        return self._ratio(self.read.reader.read(node, Place(indices=self.indices)))

    def _ratio(self, side: Ratio) -> Fraction:
        """A name, or what is derived, in the values of its atoms; the series G up to the order of the claim only."""
        if not self.read.truncated.is_exact:
            raise NoWitness("a series in 1/n")
        total = self._polynomial(side.numerator)
        for factor, power in side.factors:
            total *= _power(self._polynomial(factor), -power)
        return total

    def _polynomial(self, polynomial: Polynomial) -> Fraction:
        terms = (c * prod(_power(self.atom(a), e) for a, e in monomial) for monomial, c in polynomial)
        return sum(terms, Fraction(0))

    def atom(self, atom: Atom) -> Fraction:
        """The number that an atom is here."""
        if atom in self.scalars:
            return self.scalars[atom]
        if atom not in self._means:
            found = self._mean_at_next(atom) if isinstance(atom, NextMean) else self._mean(self._of_mean(atom))
            self._means[atom] = found
        return self._means[atom]

    def _mean_at_next(self, atom: NextMean) -> Fraction:
        kernels = {pair: self._polynomial(kernel) for pair, kernel in atom.kernels}
        legs = {leg for pair in kernels for leg in pair}

        def kernel(a: Leg, b: Leg) -> Fraction:
            return kernels[min(a, b), max(a, b)] if {a, b} <= legs else Fraction(int(a == b))

        return self._mean(self._of_mean(atom.mean), kernel)

    # ---- inside averages --------------------------------------------------------------------------------------

    def integrand(self, node: Expression) -> fmpq_mpoly:
        """What stands in <...>, a polynomial in the preactivations."""
        match node:
            case Number(value):
                return self.constant(value)
            case Negate(operand):
                return -self.integrand(operand)
            case Add(terms):
                return sum(map(self.integrand, terms), self.constant(Fraction(0)))
            case Multiply(factors):
                return self._product([self.integrand(factor) for factor in factors])
            case Divide(above, below):
                return self.integrand(above) * self.constant(_power(self.value(below), -1))
            case Power(base, exponent):
                return self._product([self.integrand(base)] * _whole(exponent))
        read = self.read.reader.read(node, Place(inside=True, indices=self.indices))
        if read.factors:
            raise NoWitness("a quotient in an average")
        return self._in_fields(read.numerator)

    def _in_fields(self, jets: Polynomial) -> fmpq_mpoly:
        total = self.constant(Fraction(0))
        for monomial, coefficient in jets:
            random = [(a, e) for a, e in monomial if isinstance(a, (Jet, FieldValue))]
            scalar = prod((_power(self.atom(a), e) for a, e in monomial if not isinstance(a, (Jet, FieldValue))))
            factors = [self._factor(atom) for atom, exponent in random for _ in range(exponent)]
            total += self.constant(coefficient * scalar) * self._product(factors)
        return total

    def _factor(self, atom: Jet | FieldValue) -> fmpq_mpoly:
        argument = self._field(atom.leg)
        if isinstance(atom, FieldValue):
            return argument
        if not isinstance(atom.function, str) or atom.function not in self.activations:
            raise NoWitness(str(atom))
        return self._applied(atom.function, atom.order, argument)

    def _applied(self, function: str, order: int, argument: fmpq_mpoly) -> fmpq_mpoly:
        coefficients = list(self.activations[function])
        for _ in range(order):
            coefficients = [k * c for k, c in enumerate(coefficients)][1:]
        total = self.constant(Fraction(0))
        for coefficient in reversed(coefficients):
            total = total * argument + self.constant(coefficient)
        return total

    def _field(self, leg: Leg) -> fmpq_mpoly:
        variables = self.context.gens()
        parts = ((self._polynomial(slope), part) for part, slope in parts_of(leg))
        return sum(
            (self.constant(slope) * variables[self.legs.index(part)] for slope, part in parts),
            self.constant(Fraction(0)),
        )

    def _of_mean(self, atom: Atom) -> fmpq_mpoly:
        """The integrand of a derived mean, its derivatives carried out."""
        match atom:
            case Mean():
                integrand = self._in_fields(atom.integrand)
            case Expectation():
                sites = self.read.vocabulary.system.model.sites
                integrand = self.constant(Fraction(1))
                for factor in atom.factors:
                    site = self._formula(sites[factor.site].formula, factor.place)
                    for name in factor.derivatives:
                        site = self._derivative(site, Leg(name, factor.place))
                    integrand = self._product([integrand, site])
            case _:
                raise NoWitness(str(atom))
        for leg in atom.derivatives:
            integrand = self._derivative(integrand, leg)
        return integrand

    def _formula(self, node: Expression, place: Sample) -> fmpq_mpoly:
        """A layer function at one sample."""
        match node:
            case FieldAt(name, depth=depth):
                return self._field(Leg(Field(name, depth), place))
            case Call(function, (argument,), primes) if function in self.activations:
                return self._applied(function, primes, self._formula(argument, place))
            case Number(value):
                return self.constant(value)
            case Negate(operand):
                return -self._formula(operand, place)
            case Add(terms):
                return sum((self._formula(term, place) for term in terms), self.constant(Fraction(0)))
            case Multiply(factors):
                return self._product([self._formula(factor, place) for factor in factors])
            case Power(base, exponent):
                return self._product([self._formula(base, place)] * _whole(exponent))
        raise NoWitness(str(node))

    def _derivative(self, integrand: fmpq_mpoly, leg: Leg) -> fmpq_mpoly:
        return integrand.derivative(self.legs.index(leg))

    def constant(self, value: Fraction | int) -> fmpq_mpoly:
        """A number as a polynomial in the preactivations."""
        return self.context.constant(fmpq(value.numerator, value.denominator))

    def _product(self, factors: Sequence[fmpq_mpoly]) -> fmpq_mpoly:
        total = self.constant(1)
        for factor in factors:
            if len(total) * len(factor) > MOST_TERMS:
                raise NoWitness("an integrand of too many terms")
            total = total * factor
        return total

    def _kernel(self, a: Leg, b: Leg) -> Fraction:
        return self.scalars[leading_kernel(a, b)]

    def _mean(self, integrand: fmpq_mpoly, kernel: Callable[[Leg, Leg], Fraction] | None = None) -> Fraction:
        """sum over monomials of prod_a (2k_a - 1)!! D_a^k_a, after z = L u."""
        lower, scales = _decomposed([[(kernel or self._kernel)(a, b) for b in self.legs] for a in self.legs])
        variables = self.context.gens()
        fields = [
            sum((self.constant(x) * u for x, u in zip(row, variables, strict=False)), self.constant(0)) for row in lower
        ]
        apart = integrand.compose(*(fields or variables), ctx=self.context)
        total = Fraction(0)
        for powers, coefficient in apart.to_dict().items():
            if all(power % 2 == 0 for power in powers):
                moments = (_moment(int(power), scale) for power, scale in zip(powers, scales, strict=False))
                total += Fraction(int(coefficient.p), int(coefficient.q)) * prod(moments)
        return total


def _moment(power: int, scale: Fraction) -> Fraction:
    """E[u^power], u of variance ``scale``."""
    return prod(range(1, power, 2)) * scale ** (power // 2)


def _decomposed(matrix: list[list[Fraction]]) -> tuple[list[list[Fraction]], list[Fraction]]:
    """(L, D) with matrix = L D L^T, L lower triangular with a unit diagonal. NoWitness for a singular matrix."""
    size = len(matrix)
    lower = [[Fraction(int(a == b)) for b in range(size)] for a in range(size)]
    scales: list[Fraction] = []
    for b in range(size):
        scale = matrix[b][b] - sum(lower[b][k] ** 2 * scales[k] for k in range(b))
        if not scale:
            raise NoWitness("a singular kernel matrix")
        scales.append(scale)
        for a in range(b + 1, size):
            lower[a][b] = (matrix[a][b] - sum(lower[a][k] * lower[b][k] * scales[k] for k in range(b))) / scale
    return lower, scales


def _power(base: Fraction, exponent: int) -> Fraction:
    if not base and exponent < 0:
        raise DivisionByZero
    return base**exponent


def _whole(exponent: Expression) -> int:
    number = constant_value(exponent)
    if number is None or number.denominator != 1:
        raise NoWitness("a root")
    return int(number)
