"""Expansions at small kernels, <sin(z)^2> = K - K^2 + 2/3*K^3 + O(K^4): both sides as series in K -> 0, term by term.

An average of a smooth function is its series with <z^(2k)> = (2k-1)!! K^k; with a kink at zero half-integer powers
occur, and what has a kink elsewhere differs beyond all orders only. For activations that are left open,

    <F> = sum_k K^k/(2^k k!) d^(2k)F/dz^(2k) at z = 0,

in their derivatives sigma(0), sigma'(0), ... The order claimed, O(K^m), says which powers are compared: all below m.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import factorial

import sympy as sp
from flint import arb

from ptheory.algebra.polynomial import Atom
from ptheory.claims.bound import undecided
from ptheory.claims.comparison import NO_VALUE
from ptheory.claims.kinds.remainder import Remainder
from ptheory.claims.kinds.sides_in_kernel import NotExpanded, SidesInKernel
from ptheory.claims.points.ball_values import NoNumber, as_text
from ptheory.claims.points.numerical_points import NumericalPoint, polynomials_at
from ptheory.claims.points.points import scalar_values
from ptheory.claims.points.samples import PROFILES, sample
from ptheory.claims.reading.at_zero import NoValueAtZero
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.claims.sides import ReadClaim, read_sides
from ptheory.claims.terms.claim_atoms import ValueAtZero
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Counterexample, Kind, Verdict
from ptheory.criticality.series import LogSeries, NoExpansion, NoLeadingTerm, order_key, readable_text
from ptheory.language.expressions import Add, Bracket, Call, Expression, Name, children
from ptheory.language.statements import ClaimStatement
from ptheory.recursion.tensors import Tensor

GUARDS = (2, 5)  # powers beyond, against what divisions cost
NEAR = (Fraction(1, 10**4), Fraction(1, 10**8))  # kernels at which the remainder is looked at
GROWTH = 30  # by which (left - right)/K^m may grow from one to the other; of a power K^(m-1/2) it grows by 100
WITNESS_DIGITS = 60


def decide_expansion(remainder: Remainder, vocabulary: Vocabulary) -> Verdict:
    """Proved where all coefficients below the order agree, refuted at the first that does not."""
    read = read_sides(remainder.formula, replace(vocabulary, at_zero=True))
    power = sp.Rational(remainder.power.numerator, remainder.power.denominator)
    claim = _Claim(read, remainder)
    try:
        difference = claim.difference(power)
    except (NoExpansion, NoLeadingTerm, NotExpanded, NoValueAtZero, *NO_VALUE) as error:
        return _said(claim, undecided(read, "no expansion at small K is known", str(error)))
    if difference.truncation is not None and order_key(difference.truncation) <= order_key(power):
        reason = f"the expansion is known below K^{difference.truncation} only"
        return _said(claim, undecided(read, "the expansion is not known to this order", reason))
    wrong = LogSeries({term: c for term, c in difference.terms.items() if _is_beyond(*term, power)})
    if not wrong.terms:
        if claim.remainder_stays_bounded() is False:
            reason = "two routes of the engine disagree; this is a mistake in the engine, please report it"
            return _said(claim, undecided(read, "the coefficients agree, the values at small K do not", reason))
        below = f"all powers of K below {remainder.power} agree as K -> 0{read.reach}"
        return _said(claim, Verdict(Kind.PROVED, read.claim.label, below, read.understood))
    return _said(claim, claim.refuted(wrong, power))


def decide_limit(formula: ClaimStatement, vocabulary: Vocabulary, otherwise: Verdict) -> Verdict:
    """A claim at K* = 0, which is only approached: the limits of both sides as K -> 0, where one is not zero.

    ``otherwise``: the verdict at K of any size, which stands where the limits differ.
    """
    read = read_sides(formula, vocabulary)
    claim = _Claim(read, Remainder(Fraction(1, 2), formula))
    help = "write + O(K^m), or state it at large depth with ~"
    if otherwise.kind is not Kind.REFUTED or any(not atom.is_kernel for atom in read.content.tensors):
        # V and the like vanish with K, each in its own power: what is small beside them is not said
        return undecided(read, "not for every K, and K* = 0 is only approached", help)
    try:
        half = sp.Rational(1, 2)
        left, right = (claim.limit(side) for side in (read.left, read.right))
        difference = claim.difference(half).truncated(half)
        parts = [part for side in formula.sides for part in _terms_and_arguments(side, vocabulary)]
        vanishing = any(map(claim.vanishes, parts))
    except (NoExpansion, NoLeadingTerm, NotExpanded, NoValueAtZero, *NO_VALUE):
        return undecided(read, "not for every K, and K* = 0 is only approached", help)
    if left == 0 and right == 0:
        return undecided(read, "not for every K, and both sides vanish as K -> 0", help)
    if difference.terms:
        return otherwise
    if vanishing:
        return undecided(read, "not for every K, and a term vanishes as K -> 0", help)
    return Verdict(Kind.PROVED, formula.label, "equal in the limit K -> 0", read.understood)


def _terms_and_arguments(node: Expression, vocabulary: Vocabulary) -> Iterator[Expression]:
    """The terms of every sum and the arguments of every function, abbreviations opened, averages left closed."""
    match node:
        case Bracket():
            return
        case Name(name) if name in vocabulary.lets:
            yield from _terms_and_arguments(vocabulary.lets[name], vocabulary)
        case Add(terms):
            yield from terms
        case Call():
            yield from node.arguments
    for inner in children(node):
        yield from _terms_and_arguments(inner, vocabulary)


def _is_beyond(exponent: sp.Expr, logarithms: int, power: sp.Rational) -> bool:
    """Whether K^exponent (log K)^logarithms is not of order K^power."""
    return (order_key(exponent), -logarithms) < (order_key(power), 0)


def _said(claim: _Claim, verdict: Verdict) -> Verdict:
    return replace(verdict, understood=f"{verdict.understood} + {claim.remainder}")


@dataclass
class _Claim:
    read: ReadClaim
    remainder: Remainder

    @cached_property
    def _series(self) -> SidesInKernel:
        return SidesInKernel(self.read)

    def difference(self, power: sp.Rational) -> LogSeries:
        """Left minus right below ``power``. Raises NoExpansion and its like."""
        for guard in GUARDS:
            found = self._series.of(self.read.left, power + guard) - self._series.of(self.read.right, power + guard)
            if found.truncation is None or order_key(found.truncation) > order_key(power):
                break
        return found

    def coefficients(self, power: sp.Rational, at: sp.Expr, logarithms: int) -> tuple[sp.Expr, sp.Expr]:
        """Those of K^at (log K)^logarithms on the left and on the right."""
        left, right = (self._series.of(side, power + GUARDS[-1]) for side in (self.read.left, self.read.right))
        return left.coefficient(at, logarithms), right.coefficient(at, logarithms)

    def limit(self, side: Ratio) -> sp.Expr:
        """The value as K -> 0. Raises NotExpanded where it has none."""
        found = self._series.of(side, sp.Integer(GUARDS[-1]))
        if found.terms and (order_key(found.leading[0]) < 0 or (found.leading[0] == 0 and found.leading[1])):
            raise NotExpanded("a side grows as K -> 0")
        return found.coefficient(0)

    def vanishes(self, part: Expression) -> bool:
        """Whether a part is not zero and goes to zero, so that the limits say nothing of it. NotExpanded."""
        value = self.read.reader.read(part)
        return bool(value) and self.limit(value) == 0

    # ---- numbers ------------------------------------------------------------------------------------------------

    def _points(self, kernel: Fraction) -> Iterator[NumericalPoint]:
        """At one kernel: the simplest values of all else, then ones of both signs."""
        content, normal = self.read.content, self.read.normal
        values = (scalar_values(content, normal, 0), sample(content, normal, PROFILES[0]))
        for number, scalars in enumerate(values):
            held: dict[Atom, Fraction] = {a: kernel for a in scalars if isinstance(a, Tensor) and a.is_kernel}
            polynomials = polynomials_at(self.read, number)
            for atom in {*self.read.left.atoms(), *self.read.right.atoms()}:
                if isinstance(atom, ValueAtZero):
                    coefficients = (*polynomials[atom.function], *(Fraction(0),) * (atom.order + 1))
                    held[atom] = coefficients[atom.order] * factorial(atom.order)
            yield NumericalPoint(self.read, {**scalars, **held}, polynomials, WITNESS_DIGITS)

    def remainder_stays_bounded(self) -> bool | None:
        """Whether (left - right)/K^m does not grow as K -> 0, by values that know nothing of series; None without."""
        found = [self._stays_bounded(points) for points in zip(*map(self._points, NEAR), strict=True)]
        return False if False in found else True if True in found else None

    def _stays_bounded(self, points: Sequence[NumericalPoint]) -> bool | None:
        sizes = []
        for kernel, point in zip(NEAR, points, strict=True):
            try:
                gap = abs(point.left - point.right)
            except (*NO_VALUE, NoNumber):
                return None
            scale = arb(kernel.denominator) ** (arb(self.remainder.power.numerator) / self.remainder.power.denominator)
            sizes.append((gap * scale / arb(kernel.numerator)).abs_upper())
        if not all(size.is_finite() for size in sizes):
            return None
        far, near = sizes
        return bool(near <= GROWTH * far + arb(10) ** -6)

    def refuted(self, wrong: LogSeries, power: sp.Rational) -> Verdict:
        """At the lowest power whose coefficients differ, with the sides at a small kernel."""
        at, logs, _ = wrong.leading
        left, right = self.coefficients(power, at, logs)
        read, kernel = self.read, self.read.vocabulary.kernel_name
        yours, derived = (readable_text(value).replace("**", "^") for value in (right, left))
        change = f"{_place(kernel, at, logs)}: yours {yours}, derived {derived}"
        counterexample = next(self._apart(), None)
        message = f"the two sides differ at order K^{at}, below {self.remainder}"
        return Verdict(Kind.REFUTED, read.claim.label, message, read.understood, counterexample, correction=change)

    def _apart(self) -> Iterator[Counterexample]:
        """Where the sides differ in numbers; none where nothing but the coefficients says it."""
        for point in self._points(NEAR[0]):
            try:
                if not point.left.overlaps(point.right):
                    left, right = (as_text(side, 20, point.rigorous) for side in (point.left, point.right))
                    yield Counterexample(point.shown, left, right)
            except (*NO_VALUE, NoNumber):
                continue


def _place(kernel: str, exponent: sp.Expr, logarithms: int) -> str:
    """The coefficient of K^2*log(K), in words."""
    if not exponent and not logarithms:
        return "the constant term"
    factors = [] if not exponent else [kernel if exponent == 1 else f"{kernel}^{exponent}"]
    factors += [] if not logarithms else [f"log({kernel})" + (f"^{logarithms}" if logarithms > 1 else "")]
    return f"the coefficient of {'*'.join(factors)}"
