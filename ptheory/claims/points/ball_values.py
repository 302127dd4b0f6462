"""Both sides of a claim as numbers with error bounds, at rational values of every symbol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from operator import methodcaller

import mpmath
from flint import acb, arb, ctx, fmpq, fmpz

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.algebra.real import Real
from ptheory.algebra.refusal import Refusal
from ptheory.claims.points.bound_moments import BoundMoments, kernel_matrix
from ptheory.claims.terms.claim_atoms import ARB_FUNCTIONS, Root, ScalarCall
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.verdict import Ball
from ptheory.expectations import enclose
from ptheory.expectations.moments import Moment
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import Expectation, Leg

ESTIMATE_INFLATION = 10**6  # an error estimate is no bound; a difference has to beat it by this much
GUARD_DIGITS = 15
LONGEST_AVERAGE = 4.0  # seconds of processor time, as long as all points of a claim are given

ENCLOSURES: dict[str, Callable[[arb | acb], arb | acb]] = {
    **{name: methodcaller(name) for name in sorted(ARB_FUNCTIONS)},  # of real balls and of complex ones
    "abs": abs,
    "Phi": lambda x: (-x / arb(2).sqrt()).erfc() / 2,
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: (1 + x.exp()).log(),
}


class NoNumber(Refusal):
    """A scalar function without a rigorous evaluation."""


class BallValues:
    """Evaluates at ``scalars``; ``moments`` carries the activations. ``rigorous`` turns False at the first estimate.

    ``complex_values``: a root, log, asin, ... outside its real domain is its principal value, not not-a-number.
    """

    def __init__(
        self, moments: BoundMoments, scalars: Mapping[Atom, Fraction], digits: int, complex_values: bool = False
    ) -> None:
        self.complex_values = complex_values
        self._moments: dict[tuple[Moment, tuple[Leg, ...]], arb] = {}
        self.moments = moments
        self.scalars = scalars
        self.digits = digits
        self.rigorous = True
        self._atoms: dict[Atom, arb] = {}

    def value(self, side: Ratio) -> arb:
        """An enclosure (a nan where the precision did not suffice). ExpectationError, NoNumber."""
        with ctx.workdps(self.digits + GUARD_DIGITS):
            return sum(self.terms(side), arb(0))

    def terms(self, side: Ratio) -> list[arb]:
        """The terms of the numerator one by one, each over the common denominator."""
        with ctx.workdps(self.digits + GUARD_DIGITS):
            below = arb(1)
            for factor, power in side.factors:
                below *= self._polynomial(factor) ** power
            return [self._polynomial(Polynomial({m: c})) / below for m, c in side.numerator]

    def _polynomial(self, polynomial: Polynomial) -> arb:
        return polynomial.evaluate(self._atom, exact_ball)

    def _atom(self, atom: Atom) -> arb:
        if atom not in self._atoms:
            self._atoms[atom] = self._atom_anew(atom)
        return self._atoms[atom]

    def _atom_anew(self, atom: Atom) -> arb:
        if atom in self.scalars:
            return exact_ball(self.scalars[atom])
        if isinstance(atom, Symbol) and atom.name in ("pi", "e"):
            return arb.pi() if atom.name == "pi" else arb(1).exp()
        if isinstance(atom, (Mean, Expectation)):
            total = arb(0)
            for coefficient, moment, legs in self.moments.parts(atom):
                value = self._moment(moment, legs) if legs else arb(1)
                total += self._polynomial(coefficient) * value
            return total
        if isinstance(atom, ScalarCall) and atom.function in ENCLOSURES:
            return self._principal(ENCLOSURES[atom.function], self.value(atom.argument))
        if isinstance(atom, Root):
            degree = atom.degree
            return self._principal(lambda x: x.sqrt() if degree == 2 else _root(x, degree), self.value(atom.base))
        raise NoNumber(str(atom))

    def _principal(self, function: Callable[[arb | acb], arb | acb], argument: arb | acb) -> arb | acb:
        """The real value where there is one; else not a number, or the complex one where those are asked for."""
        value = function(argument)
        if self.complex_values and argument.is_finite() and not value.is_finite():
            return function(acb(argument))
        return value

    def _moment(self, moment: Moment, legs: tuple[Leg, ...]) -> arb:
        if (moment, legs) not in self._moments:
            self._moments[moment, legs] = self._moment_anew(moment, legs)
        return self._moments[moment, legs]

    def _moment_anew(self, moment: Moment, legs: tuple[Leg, ...]) -> arb:
        digits = self.digits + GUARD_DIGITS // 2
        found = enclose(moment, kernel_matrix(legs, self.scalars), digits, LONGEST_AVERAGE)
        if found.kind == "exact":
            return exact_ball(found.value)
        radius = found.radius
        if found.kind == "estimate":
            self.rigorous = False
            radius = radius * ESTIMATE_INFLATION
        return ball_around(found.value, radius)


def exact_ball(value: Fraction | int) -> arb:
    """A rational number as a ball: its radius is the rounding of the working precision."""
    return arb(fmpq(value.numerator, value.denominator))


def ball_around(value: Real, radius: mpmath.mpf) -> arb:
    """The ball of an mpmath number, both parts taken over bit by bit whatever mpmath's working precision is."""
    middle = exact_ball(value) if isinstance(value, (Fraction, int)) else _exact_mpf(value)
    return middle + arb(0, _exact_mpf(radius).abs_upper())


def _exact_mpf(value: mpmath.mpf) -> arb:
    if not mpmath.isfinite(value):
        return arb.nan()
    mantissa, exponent = value.man_exp
    return arb(fmpz(-mantissa if value < 0 else mantissa)) * arb(2) ** int(exponent)


def as_text(value: arb, digits: int, rigorous: bool) -> Ball:
    """A printable ball: the middle to ``digits`` digits, a radius that covers the rounding too."""
    with ctx.workdps(digits + GUARD_DIGITS):
        middle = value.mid().str(digits, radius=False)
        spread = abs(value - arb(middle)).abs_upper()
        if spread == 0:
            return Ball(
                middle.rstrip("0").rstrip(".") if "." in middle and "e" not in middle else middle, "0", rigorous
            )
        return Ball(middle, mpmath.nstr(mpmath.mpf(spread.str(5, radius=False)) * mpmath.mpf("1.01"), 3), rigorous)


def _root(value: arb | acb, degree: int) -> arb | acb:
    """The principal root."""
    if isinstance(value, arb):
        return value.root(degree)
    return (value.log() / degree).exp()


def magnitude(value: arb) -> float:
    """log10 of the largest absolute value in the ball; -inf for zero, +inf where it is not finite."""
    if not value.is_finite():
        return float("inf")
    upper = abs(value).abs_upper()
    if upper == 0:
        return float("-inf")
    with ctx.workdps(GUARD_DIGITS):
        return float((arb(upper).log() / arb(10).log()).mid())
