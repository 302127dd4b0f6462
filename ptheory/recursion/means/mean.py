"""A Gaussian mean whose integrand is written in jets: the one atom for it, in recursions, claims and criticality.

    ⟨prod_k x_k^(p_k)⟩_K,      x_k a jet f^(m)(z_a) or a preactivation z_a,

over the leading law of one neuron, whose covariance is K. A mean is linear, so that of a polynomial is a polynomial in
such atoms with its scalars outside: :func:`mean_of`. What may be done with it stands in the files beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from ptheory.algebra.polynomial import Polynomial, SortKey
from ptheory.recursion.jets import FieldValue, Jet

Factors = tuple[tuple[Jet | FieldValue, int], ...]  # (factor, power), sorted


@dataclass(frozen=True)
class Mean:
    """⟨prod_k x_k^(p_k)⟩_K; ``factors`` sorted, none of them a scalar. Build with :func:`mean_of`."""

    factors: Factors

    @property
    def integrand(self) -> Polynomial:
        """What the mean is taken of, a polynomial of one term."""
        return Polynomial({self.factors: Fraction(1)})

    @cached_property
    def sort_key(self) -> SortKey:
        return (7, 0, tuple((factor.sort_key, power) for factor, power in self.factors))

    def __str__(self) -> str:
        return "<" + " ".join(str(f) if p == 1 else f"{f}^{p}" for f, p in self.factors) + ">"


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
