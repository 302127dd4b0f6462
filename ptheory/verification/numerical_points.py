"""Points where both sides of a claim are numbers with error bounds: activations as bound, generic ones polynomial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb

from ptheory.activations import Activation
from ptheory.verification.assignment import Coefficients
from ptheory.verification.ball_values import BallValues, as_text
from ptheory.verification.bound_moments import BoundMoments, resolve
from ptheory.verification.claim_text import Writer
from ptheory.verification.exact_points import polynomial_text
from ptheory.verification.points import GENERAL_POLYNOMIALS, attempts
from ptheory.verification.sides import ReadClaim
from ptheory.verification.verdict import Counterexample


@dataclass(frozen=True)
class NumericalPoint:
    """Evaluated at ``digits`` when asked. ``polynomials``: what generic activations are set to."""

    read: ReadClaim
    scalars: Mapping[Any, Fraction]
    polynomials: Mapping[str, Coefficients]
    digits: int

    @cached_property
    def _values(self) -> BallValues:
        chosen = {name: polynomial_activation(name, c) for name, c in self.polynomials.items()}
        vocabulary = self.read.vocabulary
        moments = BoundMoments(self.read.normal, {**vocabulary.binding, **chosen}, vocabulary.almost_everywhere)
        return BallValues(moments, self.scalars, self.digits)

    @cached_property
    def left(self) -> arb:
        return self._values.value(self.read.left)

    @cached_property
    def right(self) -> arb:
        return self._values.value(self.read.right)

    @property
    def is_finite(self) -> bool:
        """Whether both sides have an enclosure here: one that is no number decides nothing."""
        return bool(self.left.is_finite() and self.right.is_finite())

    @property
    def rigorous(self) -> bool:
        """Whether both enclosures are bounds; read after both sides."""
        return self._values.rigorous

    def at_digits(self, digits: int) -> NumericalPoint:
        return NumericalPoint(self.read, self.scalars, self.polynomials, digits)

    def as_counterexample(self, digits: int) -> Counterexample:
        writer, found = Writer(self.read.vocabulary), self.read.content
        binding = self.read.vocabulary.binding
        shown = [(f"{name}(z)", str(a.formula)) for name, a in binding.items() if name in found.functions]
        shown += [(f"{name}(z)", polynomial_text(c)) for name, c in self.polynomials.items()]
        shown += [(writer.atom(a), str(self.scalars[a])) for a in self.read.shown_atoms if a in self.scalars]
        left, right = (as_text(side, digits, self.rigorous) for side in (self.left, self.right))
        return Counterexample(tuple(dict.fromkeys(shown)), left, right)


def numerical_points(read: ReadClaim, digits: int) -> Iterator[NumericalPoint]:
    found = read.content
    free = tuple(name for name in found.functions if resolve(name, read.vocabulary.binding) is None)
    for scalars, polynomials in attempts(found, read.normal, free, GENERAL_POLYNOMIALS, most=12):
        yield NumericalPoint(read, scalars, polynomials, digits)


def polynomial_activation(name: str, coefficients: Coefficients) -> Activation:
    from sympy import Rational

    from ptheory.activations import Z, from_formula

    formula = sum((Rational(c.numerator, c.denominator) * Z**k for k, c in enumerate(coefficients)), Rational(0))
    return from_formula(name, formula)
