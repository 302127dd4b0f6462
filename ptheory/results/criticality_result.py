"""What ``critical`` and ``exponents`` give: critical points in the names of an architecture, class, exponents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ptheory.displayed import Displayed

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.criticality.constrained import KeptKernel, OnEdge
    from ptheory.criticality.phases import Phase
    from ptheory.criticality.universality import Classification


@dataclass(frozen=True)
class CriticalInitialisation(Displayed):
    """A critical point, K* (None: every K) and the hyperparameters it needs.

    ``powers``: the variance that was solved for where a hyperparameter enters through a power of it, s^2 -> value.
    """

    kernel: Expr | None
    hyperparameters: Mapping[str, Expr]
    stability: str
    powers: Mapping[str, Expr] = field(default_factory=dict)


@dataclass(frozen=True)
class Keeping:
    """The variance ``free`` that keeps a kernel where the other one is given; None where no value of it does."""

    free: str
    kernel: Expr
    value: Expr | None = None
    at: KeptKernel | None = None


@dataclass(frozen=True)
class NothingStays:
    """Both variances given: no kernel that stays where it is was found, for this reason."""

    reason: str


@dataclass(frozen=True)
class NotFound:
    """What is left of criticality where something is given could not be computed, for this reason."""

    reason: str


Kept: TypeAlias = "Keeping | tuple[KeptKernel, ...] | Phase | NothingStays | NotFound"


@dataclass(frozen=True)
class AtGivenVariances:
    """What there is, critical or not, where a variance or the kernel is not solved for.

    ``given``: the variances that are set, ``kernel`` the one that is; ``has_bias``: whether any bias has a variance.
    ``edge``: where the edge of chaos meets what is given, where that is one of the three. ``kept``: with one variance
    given what the other has to be; with both the kernels that stay, or the phase at large depth; None where the kernel
    alone is given.
    """

    given: Mapping[str, Expr]
    has_bias: bool
    kept: Kept | None
    kernel: Expr | None = None
    edge: OnEdge | NotFound | None = None


@dataclass(frozen=True)
class Criticality(Displayed):
    """``activation``: as bound; ``undecided``: why there is no classification.

    ``asked``: the tensors whose exponents are wanted, by their names at the order wanted (V, G1).
    """

    activation: str
    classification: Classification | None
    undecided: str = ""
    critical_points: tuple[CriticalInitialisation, ...] = ()
    at_given: AtGivenVariances | None = None
    asked: tuple[str, ...] = ()

    @property
    def governing(self) -> CriticalInitialisation | None:
        """The critical point whose class the activation has; None without one."""
        if self.classification is None:
            return None
        from ptheory.criticality.universality import governing_point

        governing = governing_point(self.classification.critical_points)
        pairs = zip(self.classification.critical_points, self.critical_points, strict=True)
        return next((tuned for point, tuned in pairs if point is governing), None)
