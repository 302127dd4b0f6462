"""A Gaussian mean whose integrand is written in jets: the one atom for it, in recursions, claims and criticality.

    ⟨∂_legs prod_k x_k^(p_k)⟩_K,      x_k a jet f^(m)(z_a) or a preactivation z_a,

over the leading law of one neuron, whose covariance is K. A mean is linear, so that of a polynomial is a polynomial in
such atoms with its scalars outside: :func:`mean_of`. What may be done with it stands in the files beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from ptheory.algebra.polynomial import Polynomial, SortKey
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.tensors import Expectation, Leg
from ptheory.recursion.variables import in_order, slope_in

Factors = tuple[tuple[Jet | FieldValue, int], ...]  # (factor, power), sorted


@dataclass(frozen=True)
class Mean:
    """⟨∂_legs prod_k x_k^(p_k)⟩_K; ``factors`` sorted, none of them a scalar; ``derivatives`` act on the whole product.

    Build with :func:`mean_of`.
    """

    factors: Factors
    derivatives: tuple[Leg, ...] = ()

    @property
    def integrand(self) -> Polynomial:
        """What the derivatives act on, a polynomial of one term."""
        return Polynomial({self.factors: Fraction(1)})

    @property
    def variables(self) -> tuple[Leg, ...]:
        """The fields at samples, and combinations of fields, that it is over; each once, in order."""
        return in_order(factor.leg for factor, _ in self.factors)

    @property
    def jets(self) -> tuple[Jet, ...]:
        """The functions in it, as often as they occur."""
        return tuple(factor for factor, power in self.factors if isinstance(factor, Jet) for _ in range(power))

    @property
    def explicit_power(self) -> int:
        """How many explicit preactivations stand in it."""
        return sum(power for factor, power in self.factors if isinstance(factor, FieldValue))

    def differentiated(self, *legs: Leg) -> Mean:
        """⟨∂_legs of the same product⟩, on top of the derivatives already there."""
        return Mean(self.factors, tuple(sorted((*self.derivatives, *legs))))

    @cached_property
    def sort_key(self) -> SortKey:
        inside = tuple((factor.sort_key, power) for factor, power in self.factors)
        return (7, 0, inside, tuple(leg.sort_key for leg in self.derivatives))

    def __str__(self) -> str:
        inside = " ".join(str(f) if p == 1 else f"{f}^{p}" for f, p in self.factors)
        return f"<{''.join(f'∂{leg} ' for leg in self.derivatives)}{inside}>"


AnyMean: TypeAlias = Mean | Expectation
"""A mean in either spelling: of jets, or of layer functions as the recursions are derived."""


def terms(integrand: Polynomial) -> Iterator[tuple[Polynomial, Factors]]:
    """The terms of a polynomial in jets, preactivations and scalars: (scalars, a polynomial of one term; the rest)."""
    for monomial, coefficient in integrand:
        random = tuple((a, e) for a, e in monomial if isinstance(a, (Jet, FieldValue)))
        scalars = tuple((a, e) for a, e in monomial if not isinstance(a, (Jet, FieldValue)))
        yield Polynomial({scalars: coefficient}), random


def mean_of(integrand: Polynomial) -> Polynomial:
    """⟨integrand⟩ term by term, the scalars of every term outside; a scalar is its own mean."""
    return Polynomial.sum(
        scalars * Polynomial.atom(Mean(factors)) if factors else scalars for scalars, factors in terms(integrand)
    )


def reads(mean: AnyMean, leg: Leg) -> bool:
    """Whether the integrand depends on a field at a sample; of layer functions, whether one is at that sample."""
    if isinstance(mean, Expectation):
        return any(factor.place == leg.place for factor in mean.factors)
    return any(slope_in(factor.leg, leg) for factor, _ in mean.factors)
