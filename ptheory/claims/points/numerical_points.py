"""Points where both sides of a claim are numbers with error bounds: activations as bound, generic ones polynomial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations, combinations_with_replacement, islice

from flint import acb, arb

from ptheory.activations import Activation
from ptheory.algebra.partitions import pairings
from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.claims.points.assignment import Coefficients
from ptheory.claims.points.ball_values import BallValues, NoNumber, as_text
from ptheory.claims.points.bound_moments import BoundMoments
from ptheory.claims.points.branch_lines import BranchPoint, boundaries, branch_points, scales
from ptheory.claims.points.determined_variances import determined_variances
from ptheory.claims.points.exact_points import polynomial_text
from ptheory.claims.points.points import general_polynomials, of_parity
from ptheory.claims.points.samples import samples
from ptheory.claims.reading.claim_text import Writer
from ptheory.claims.sides import ReadClaim
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Ball, Counterexample
from ptheory.expectations.expectation_errors import ExpectationError, TimeExceeded
from ptheory.recursion.means.binding import is_bound, resolve
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Leg
from ptheory.recursion.variables import leading_kernel

DIGITS_OF_A_SCAN = 15
MOST_PAIRINGS = 15  # all of six preactivations; of twelve there are ten thousand


@dataclass(frozen=True)
class NumericalPoint:
    """Evaluated at ``digits`` when asked. ``polynomials``: what generic activations are set to."""

    read: ReadClaim
    scalars: Mapping[Atom, Fraction]
    polynomials: Mapping[str, Coefficients]
    digits: int
    branch: BranchPoint | None = field(default=None, compare=False)

    def _ball_values(self, complex_values: bool = False) -> BallValues:
        chosen = {name: polynomial_activation(name, c) for name, c in self.polynomials.items()}
        vocabulary = self.read.vocabulary
        binding = {**vocabulary.binding, **chosen}
        moments = BoundMoments(self.read.normal, binding, vocabulary.almost_everywhere, self.scalars)
        return BallValues(moments, self.scalars, self.digits, complex_values)

    @cached_property
    def _values(self) -> BallValues:
        return self._ball_values()

    @cached_property
    def left(self) -> arb:
        """The left-hand side as an enclosure; not finite where it has no value."""
        return self._values.value(self.read.left)

    @cached_property
    def right(self) -> arb:
        """The right-hand side as an enclosure; not finite where it has no value."""
        return self._values.value(self.read.right)

    def terms(self, side: Ratio) -> list[arb]:
        """The terms of a side's numerator, each over the whole denominator: their size says how much cancels."""
        return self._values.terms(side)

    def value(self, side: Ratio) -> arb:
        """Any quotient in the claim's symbols as an enclosure here."""
        return self._values.value(side)

    @property
    def is_finite(self) -> bool:
        """Whether both sides have an enclosure here: one that is no number decides nothing."""
        return bool(self.left.is_finite() and self.right.is_finite())

    @cached_property
    def is_allowed(self) -> bool:
        """Whether no variance that the claim determines is negative here; NO_VALUE where a mean in one has none."""
        return not any(self.value(variance) < 0 for variance in determined_variances(self.read))

    @cached_property
    def principal(self) -> tuple[acb, acb]:
        """Both sides with the complex principal values of roots, logs, ... outside their real domain."""
        values = self._ball_values(complex_values=True)
        return acb(values.value(self.read.left)), acb(values.value(self.read.right))

    @property
    def rigorous(self) -> bool:
        """Whether both enclosures are bounds; read after both sides."""
        return self._values.rigorous

    def at_digits(self, digits: int) -> NumericalPoint:
        """The same point, evaluated to another number of digits."""
        if digits == self.digits:
            return self
        return NumericalPoint(self.read, self.scalars, self.polynomials, digits, self.branch)

    def as_counterexample(self, digits: int) -> Counterexample:
        """The values of all symbols and both sides to ``digits``, with their error bounds."""
        left, right = (as_text(side, digits, self.rigorous) for side in (self.left, self.right))
        return Counterexample(self.shown, left, right)

    def as_complex_counterexample(self, digits: int) -> Counterexample:
        """The same with principal complex values, where a side leaves its real domain."""
        left, right = (_complex_text(side, digits) for side in self.principal)
        return Counterexample(self.shown, left, right)

    @property
    def shown(self) -> tuple[tuple[str, str], ...]:
        """The activations and symbols of the claim with their values."""
        writer, found = Writer(self.read.vocabulary), self.read.content
        binding = self.read.vocabulary.binding
        shown = [(f"{name}(z)", str(a.formula)) for name, a in binding.items() if name in found.functions]
        shown += [(f"{name}(z)", polynomial_text(c)) for name, c in self.polynomials.items()]
        shown += [(writer.atom(a), str(self.scalars[a])) for a in self.read.shown_atoms if a in self.scalars]
        if found.has_width:
            shown.append(("n", str(self.scalars[WIDTH])))
        if found.has_ratio and not self.read.normal.equal_widths:
            shown.append(("n[l]/n[l-1]", str(self.scalars[WIDTH_RATIO])))
        return tuple(dict.fromkeys(shown))


def numerical_points(read: ReadClaim, digits: int) -> Iterator[NumericalPoint]:
    """The simplest point, then one for each profile of ``samples``."""
    for number, scalars in enumerate(samples(read.content, read.normal)):
        yield NumericalPoint(read, scalars, polynomials_at(read, number), digits)


def points_of_few_variables(read: ReadClaim, digits: int) -> Iterator[NumericalPoint]:
    """Points at which an average over three or four variables is a product of averages over two, or one over two or
    one: those take milliseconds where others take minutes.

    The simplest point with the preactivations correlated in pairs at most, for up to MOST_PAIRINGS ways to pair them;
    then with the inputs equal in pairs, and all equal, where both sides are continuous there: without a kink, and
    without tensors, which equal inputs would make equal. None where the claim itself holds the kernel otherwise.
    """
    legs, held = read.content.legs, read.normal.held
    simplest = next(samples(read.content, read.normal))
    to_pair: list[Leg | None] = [*legs, None] if len(legs) % 2 else [*legs]
    paired = [[frozenset(pair) for pair in pairs] for pairs in islice(pairings(to_pair), MOST_PAIRINGS)]
    kernels: list[dict[Atom, Fraction]] = []
    for pairs in paired:
        cut = [(a, b) for a, b in combinations(legs, 2) if not any({a, b} <= pair for pair in pairs)]
        kernels.append({leading_kernel(a, b): Fraction(0) for a, b in cut})
    equal = [*paired, [frozenset[Leg | None](legs)]] if _is_continuous_at_equal_inputs(read) else []
    for groups in equal:
        first = {leg: next(o for o in legs if any({leg, o} <= group for group in groups)) for leg in legs}
        entries = combinations_with_replacement(legs, 2)
        kernels.append({leading_kernel(a, b): simplest[leading_kernel(first[a], first[b])] for a, b in entries})
    for kernel in kernels:
        if all(held.get(atom, value) == value for atom, value in kernel.items()):
            yield NumericalPoint(read, {**simplest, **kernel}, polynomials_at(read, 0), digits)


def _is_continuous_at_equal_inputs(read: ReadClaim) -> bool:
    found, binding = read.content, read.vocabulary.binding
    if found.formulas or found.has_scalar_functions or len({leg.field for leg in found.legs}) > 1:
        return False
    if any(not atom.is_kernel for atom in found.tensors):
        return False
    bound = [resolve(name, binding) for name in found.functions if is_bound(name, binding)]
    return all(activation is not None and not activation.kinks for activation in bound)


def points_on_branches(read: ReadClaim, sides: tuple[Ratio, ...], digits: int) -> Iterator[NumericalPoint]:
    """One point on each branch that the functions in ``sides`` have. TimeExceeded where an average takes too long: a
    branch that could not be looked for is not one that is not there."""
    yield from _points_beside(read, boundaries(sides), digits)


def points_at_scales(read: ReadClaim, sides: tuple[Ratio, ...], digits: int) -> Iterator[NumericalPoint]:
    """Points where no function in ``sides`` is close to its limits. TimeExceeded where an average takes too long."""
    yield from _points_beside(read, scales(sides), digits)


def _points_beside(read: ReadClaim, separating: tuple[Polynomial, ...], digits: int) -> Iterator[NumericalPoint]:
    known: dict[tuple[Fraction, ...], BallValues] = {}

    def number(polynomial: Polynomial, scalars: Mapping[Atom, Fraction]) -> float:
        key = tuple(scalars.values())
        if key not in known:
            known[key] = NumericalPoint(read, scalars, polynomials_at(read, 0), DIGITS_OF_A_SCAN)._values
        try:
            return float(known[key].value(Ratio(polynomial)).mid())
        except TimeExceeded:
            raise
        except (ExpectationError, NoNumber):
            return float("nan")

    for found in branch_points(separating, read.content, read.normal, number):
        yield NumericalPoint(read, found.scalars, polynomials_at(read, 0), digits, found)


def polynomials_at(read: ReadClaim, number: int) -> dict[str, Coefficients]:
    """What the activations that are not bound are set to at the point of this number."""
    free = (name for name in read.content.functions if not is_bound(name, read.vocabulary.binding))
    choice = general_polynomials(read.content.highest_derivative)
    parities = read.vocabulary.parities
    return {name: of_parity(choice[(number + k) % len(choice)], parities.get(name)) for k, name in enumerate(free)}


def polynomial_activation(name: str, coefficients: Coefficients) -> Activation:
    """sigma(z) = sum_k c_k z^k as an activation called ``name``."""
    from sympy import Rational

    from ptheory.activations import Z, from_formula

    formula = sum((Rational(c.numerator, c.denominator) * Z**k for k, c in enumerate(coefficients)), Rational(0))
    return from_formula(name, formula)


def _complex_text(value: acb, digits: int) -> Ball:
    if value.imag == 0:
        return as_text(value.real, digits, True)
    real, imaginary = (as_text(part, digits, True) for part in (value.real, value.imag))
    sign = "-" if imaginary.value.startswith("-") else "+"
    return Ball(f"{real.value} {sign} {imaginary.value.lstrip('-')}*i", imaginary.radius, True)
