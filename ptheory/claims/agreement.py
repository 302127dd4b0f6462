"""How well left - right = 0 holds at one point, beside the size of the terms it is made of.

An agreement counts only for the terms it can see: ``D = sum_k t_k`` enclosed by |D| <= 10^-A max_k |t_k| says nothing
about a term below 10^-A of the largest. The same holds for the terms inside the arguments of functions. A claim is
checked when every term was seen at some point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite

from sympy import Float, Rational

from ptheory.algebra.polynomial import Monomial, Polynomial
from ptheory.claims.points.ball_values import magnitude
from ptheory.claims.points.branch_lines import function_atoms
from ptheory.claims.points.numerical_points import NumericalPoint
from ptheory.claims.sides import ReadClaim
from ptheory.claims.terms.claim_atoms import Root
from ptheory.claims.terms.ratio import Ratio

FEWEST_DIGITS = 10  # an agreement to fewer digits decides nothing

Term = tuple[int, Monomial]  # which sum, and which of its terms


@dataclass
class Agreements:
    """What the points so far have shown about ``difference``, left minus right in one quotient."""

    difference: Ratio
    digits: list[int] = field(default_factory=list)
    missing: dict[Term, float] = field(default_factory=dict)  # digits that would show a term, at the best point so far
    best: dict[Term, NumericalPoint] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sums = sums_of(self.difference)
        self.missing = {(k, m): float("inf") for k, total in enumerate(self.sums) for m in total.numerator.terms}

    def agreed(self, point: NumericalPoint) -> int | None:
        """Digits to which D is zero, of its largest term; None where it is no number."""
        value, terms = point.value(self.difference), point.terms(self.difference)
        largest = max(map(magnitude, terms))
        if not value.is_finite() or not isfinite(largest):
            return None
        return 10**6 if value == 0 else int(largest - magnitude(value))

    def record(self, point: NumericalPoint, agreed: int) -> None:
        """Count an agreement, and the terms it has seen."""
        self.digits.append(agreed)
        for k, total in enumerate(self.sums):
            sizes = {m: magnitude(t) for m, t in zip(total.numerator.terms, point.terms(total), strict=True)}
            largest = max(sizes.values(), default=0.0)
            for monomial, size in sizes.items():
                key = (k, monomial)
                if key not in self.missing or not isfinite(size):
                    continue
                needed = largest - size + FEWEST_DIGITS
                if needed <= agreed:
                    del self.missing[key]
                elif needed < self.missing[key]:
                    self.missing[key], self.best[key] = needed, point

    def unseen(self) -> Iterator[tuple[Polynomial, NumericalPoint | None, float]]:
        """Terms no agreement has reached, with the point where the fewest digits would show each."""
        for (k, monomial), needed in list(self.missing.items()):
            coefficient = self.sums[k].numerator.terms[monomial]
            if (k, monomial) in self.missing:
                yield Polynomial({monomial: coefficient}), self.best.get((k, monomial)), needed


def sums_of(difference: Ratio) -> tuple[Ratio, ...]:
    """The difference, and the arguments of the functions in it."""
    inside = (a.base if isinstance(a, Root) else a.argument for a in function_atoms((difference,)))
    return (difference, *inside)


def digits_of_numbers(read: ReadClaim) -> int:
    """The length of the longest number in a claim and in the activations it is about."""
    sides = [total for side in (read.left, read.right) for total in sums_of(side)]
    longest = max((_length(side) for side in sides), default=1)
    names = read.content.functions
    for name, activation in read.vocabulary.binding.items():
        if name in names:
            numbers = (Fraction(str(x)) for x in activation.formula.atoms(Rational, Float))
            longest = max((longest, *(_digits(x) for x in numbers)))
    return longest


def _length(side: Ratio) -> int:
    polynomials: Iterable[Polynomial] = (side.numerator, *(factor for factor, _ in side.factors))
    return max((_digits(c) for polynomial in polynomials for _, c in polynomial), default=1)


def _digits(value: Fraction) -> int:
    return int(max(abs(value.numerator).bit_length(), value.denominator.bit_length()) * 0.30103) + 1
