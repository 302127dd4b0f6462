"""Both sides of a claim as numbers with error bounds, at rational values of every symbol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import mpmath
from flint import arb, ctx, fmpq, fmpz

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.expectations import evaluate
from ptheory.recursion.tensors import Expectation
from ptheory.verification.bound_moments import BoundMoments, kernel_matrix
from ptheory.verification.claim_atoms import ARB_FUNCTIONS, Mean, Root, ScalarCall
from ptheory.verification.ratio import Ratio
from ptheory.verification.verdict import Ball

ESTIMATE_INFLATION = 10**6  # an error estimate is no bound; a difference has to beat it by this much
GUARD_DIGITS = 15

ENCLOSURES: dict[str, Callable[[arb], arb]] = {
    **{name: getattr(arb, name) for name in sorted(ARB_FUNCTIONS)},
    "abs": abs,
    "Phi": lambda x: (-x / arb(2).sqrt()).erfc() / 2,
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: (1 + x.exp()).log(),
}


class NoNumber(ValueError):
    """A scalar function without a rigorous evaluation."""


class BallValues:
    """Evaluates at ``scalars``; ``moments`` carries the activations. ``rigorous`` turns False at the first estimate."""

    def __init__(self, moments: BoundMoments, scalars: Mapping[Any, Fraction], digits: int) -> None:
        self.moments = moments
        self.scalars = scalars
        self.digits = digits
        self.rigorous = True
        self._atoms: dict[Any, arb] = {}

    def value(self, side: Ratio) -> arb:
        """An enclosure (a nan where the precision did not suffice). ExpectationError, NoNumber."""
        with ctx.workdps(self.digits + GUARD_DIGITS):
            total = self._polynomial(side.numerator)
            for factor, power in side.factors:
                total /= self._polynomial(factor) ** power
            return total

    def _polynomial(self, polynomial: Polynomial) -> arb:
        total = arb(0)
        for monomial, coefficient in polynomial:
            term = exact_ball(coefficient)
            for atom, exponent in monomial:
                term *= self._atom(atom) ** exponent
            total += term
        return total

    def _atom(self, atom: Any) -> arb:
        if atom not in self._atoms:
            self._atoms[atom] = self._atom_anew(atom)
        return self._atoms[atom]

    def _atom_anew(self, atom: Any) -> arb:
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
            return ENCLOSURES[atom.function](self.value(atom.argument))
        if isinstance(atom, Root):
            base = self.value(atom.base)
            return base.sqrt() if atom.degree == 2 else base.root(atom.degree)
        raise NoNumber(str(atom))

    def _moment(self, moment: Any, legs: tuple[Any, ...]) -> arb:
        found = evaluate(moment, kernel_matrix(legs, self.scalars), self.digits + GUARD_DIGITS // 2)
        if found.kind == "exact":
            return exact_ball(found.value)
        radius = found.radius
        if found.kind == "estimate":
            self.rigorous = False
            radius = radius * ESTIMATE_INFLATION
        return ball_around(found.value, radius)


def exact_ball(value: Fraction | int) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


def ball_around(value: Any, radius: Any) -> arb:
    """The ball of an mpmath number, both parts taken over bit by bit whatever mpmath's working precision is."""
    middle = exact_ball(value) if isinstance(value, (Fraction, int)) else _exact_mpf(value)
    return middle + arb(0, _exact_mpf(radius).abs_upper())


def _exact_mpf(value: Any) -> arb:
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


def common_digits(left: arb, right: arb) -> int:
    """How many digits the two enclosures are certain to share (of the larger one; of 1 near zero)."""
    size = max(float(abs(left).abs_upper()), float(abs(right).abs_upper()))
    gap = (left - right).abs_upper()
    scale = arb(size) if size > 1e-12 else arb(1)
    quotient = gap / scale
    if quotient == 0:
        return 10**6
    return int(mpmath.floor(-mpmath.log10(mpmath.mpf(quotient.str(10, radius=False)))))
