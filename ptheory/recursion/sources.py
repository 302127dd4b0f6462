"""Sources: the collective variables that the law of one neuron depends on, and so what an average over it is
differentiated by.

Given the layers below, the average of F over one neuron is a function of collective variables X_s, one or more for
every source s. Expanded around what X_s is to leading order,

    ⟨F⟩_X = exp(sum_s δX_s D_s) ⟨F⟩,       δX_s = X_s less what is expanded around,

each source with its derivative D_s. A joint cumulant of collective variables comes with n^(1 - sum of their costs) and
a series in 1/n: a mean over n neurons costs 1, since m of them have a joint cumulant of order n^-(m-1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from typing import NamedTuple, Protocol

from ptheory.algebra.hashing import hash_once
from ptheory.networks.architecture import SiteFunction
from ptheory.recursion.tensors import Collective, Expectation, Leg, field_cumulant

COST_OF_MEAN = 1  # of an average over the neurons of a layer: m of them have a joint cumulant of order n^-(m-1)


class Inserted(NamedTuple):
    """A term of δX D: ``factor`` * ``variable`` * the derivative by all of ``by``."""

    factor: Fraction
    variable: Collective
    by: tuple[Leg, ...]


class Source(Protocol):
    """What the expansion asks of a source; it may be inserted into one average any number of times."""

    @property
    def legs(self) -> int:
        """How many fields δX D sums over, all those the average depends on: it is of that order in ∂/∂field."""

    @property
    def cost(self) -> int:
        """The cost of X in a joint cumulant, n^(1 - sum of costs)."""

    @property
    def is_centred(self) -> bool:
        """The leading mean of X is what is expanded around, so that the mean of δX alone starts at n^-cost.

        It has to be where the cost is one: otherwise there are insertions that cost nothing.
        """

    def inserted(self, legs: Sequence[Leg]) -> Inserted:
        """The term of δX D at ``legs``, as many as it sums over: dummies, or fields at samples one after the other."""


@dataclass(frozen=True)
class NeuronCumulant:
    """The joint cumulant at one neuron of ``legs`` preactivations, given the layers below:

    Ĝ, legs = 2 :        D = (1/2) sum_{a,b} δĜ[a,b] ∂_a ∂_b,                 cost 1, around K;
    Ĉ, legs = 2m > 2 :   D = (1/(2m)!) sum Ĉ[a,...] ∂_a ... (2m times),       cost m, around zero.
    """

    legs: int

    __hash__ = hash_once

    @property
    def cost(self) -> int:
        return self.legs // 2

    @property
    def is_centred(self) -> bool:
        return self == COVARIANCE

    def inserted(self, legs: Sequence[Leg]) -> Inserted:
        return Inserted(Fraction(1, factorial(self.legs)), field_cumulant(legs), tuple(legs))


COVARIANCE = NeuronCumulant(2)


def sources_of_neurons(power: int, gaussian_rows: bool) -> tuple[NeuronCumulant, ...]:
    """Those of a layer whose neurons are independent given the layers below, as far as n^-power.

    ``gaussian_rows``: they are Gaussian too, so that Ĝ is all their law depends on.
    """
    return (COVARIANCE,) if gaussian_rows else tuple(NeuronCumulant(2 * m) for m in range(1, power + 2))


def legs_read(expected: Expectation, sites: tuple[SiteFunction, ...]) -> list[Leg]:
    """The fields at samples that an expectation's integrand depends on: what its dummies are summed over."""
    return sorted({Leg(field, f.place) for f in expected.factors for field in sites[f.site].fields})
