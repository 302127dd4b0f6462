"""What a claim is written in, besides hyperparameters, tensors and the engine's expectations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ptheory.algebra.elementary import ELEMENTARY
from ptheory.algebra.polynomial import Polynomial, SortKey
from ptheory.claims.terms.ratio import Ratio
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import Leg

# Functions of scalars that have a rigorous enclosure; sqrt is a root of its own.
ARB_FUNCTIONS = frozenset(row.name for row in ELEMENTARY if row.in_libraries)
SCALAR_FUNCTIONS = frozenset(row.name for row in ELEMENTARY if row.in_claims)
OTHER_SPELLINGS = {
    other: row.name for row in ELEMENTARY if row.in_claims for other in (*row.spellings, *row.claim_spellings)
}


@dataclass(frozen=True)
class NextMean:
    """``mean`` over the Gaussian law of the next layer, whose kernel is K' as derived.

    ``kernels``: K' at every pair of the variables, in what it is made of at this layer.
    """

    mean: Mean
    kernels: tuple[tuple[tuple[Leg, Leg], Polynomial], ...]

    @cached_property
    def sort_key(self) -> SortKey:
        return (7, 1, *self.mean.sort_key[2:])

    def __str__(self) -> str:
        return f"{self.mean}_K'"


@dataclass(frozen=True)
class ScalarCall:
    """function(argument) of a scalar: asin(K/(1+K)), exp(-K/2)."""

    function: str
    argument: Ratio

    @cached_property
    def sort_key(self) -> SortKey:
        return (8, self.function, str(self.argument))

    def __str__(self) -> str:
        return f"{self.function}({self.argument})"


@dataclass(frozen=True)
class Root:
    """base^(1/degree), the principal branch; whole powers are taken out when terms are collected."""

    base: Ratio
    degree: int

    @cached_property
    def sort_key(self) -> SortKey:
        return (9, self.degree, str(self.base))

    def __str__(self) -> str:
        return f"({self.base})^(1/{self.degree})"


@dataclass(frozen=True)
class ValueAtZero:
    """sigma^(order)(0) of an activation that is left open."""

    function: str
    order: int

    @cached_property
    def sort_key(self) -> SortKey:
        return (1, f"{self.function}(0)", self.order)

    def __str__(self) -> str:
        return f"{self.function}{chr(39) * self.order}(0)"
