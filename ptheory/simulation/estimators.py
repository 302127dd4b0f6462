"""Which estimate of a simulation a declared tensor is, read off the tensor's structure, never off its name.

Collective variables of one layer:  (z z) the covariance,  (H) the tangent kernel with its own neurons paired,  (H z z)
and (H H) paired across.  With one or more of them in a joint cumulant, at distinct neurons,

    (z z)          G        (z z)(z z)     V        (z z)(z z)(z z)   V6        legs in any fields
    (z z z z)      C4, at one neuron, where the weights are not Gaussian
    (H)            Theta    (H)(z z)       D        (H z z)           F
    (H)(H)         A        (H H)          B                                    legs in one field
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ptheory.recursion.tensors import PREACTIVATION, Collective, Kind, Leg, Tensor
from ptheory.simulation.jackknife import Estimate
from ptheory.simulation.simulate import LayerEstimates
from ptheory.simulation.simulate_training import TrainingEstimates

TANGENT_EDGES = ((0, 1),)  # one parameter shared by two slots, with its learning rate


@dataclass(frozen=True)
class Estimator:
    """``of_fields``, ``of_training``: where the estimate stands; ``legs``: the tensor's legs as its indices run."""

    legs: tuple[Leg, ...]
    of_fields: Callable[[LayerEstimates], Estimate | None] | None = None
    of_training: Callable[[TrainingEstimates], Estimate] | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The fields the estimate is made of."""
        return frozenset(leg.field.name for leg in self.legs)


def estimator(target: Tensor) -> Estimator | None:
    """How a tensor at leading order is estimated; None where no estimate of it exists."""
    parts = target.components
    if all(part.is_covariance for part in parts):
        legs = tuple(leg for part in parts for leg in part.legs)
        found = _COVARIANCES.get(len(parts))
        return None if found is None else Estimator(legs, of_fields=found)
    if len(parts) == 1 and parts[0].is_of_fields and len(parts[0].legs) == 4:
        return Estimator(parts[0].legs, of_fields=lambda e: e.C4)
    kernels = [part for part in parts if _is_tangent_mean(part)]
    others = [part for part in parts if not _is_tangent_mean(part)]
    if not others and len(kernels) <= 2:
        legs = tuple(leg for part in kernels for leg in part.legs)
        return Estimator(legs, of_training=(lambda e: e.Theta) if len(kernels) == 1 else (lambda e: e.A))
    if len(kernels) == len(others) == 1 and others[0].is_covariance:
        return Estimator((*kernels[0].legs, *others[0].legs), of_training=lambda e: e.D)
    if not kernels and len(others) == 1:
        return _paired_across(others[0])
    return None


_COVARIANCES: Mapping[int, Callable[[LayerEstimates], Estimate | None]] = {
    1: lambda e: e.G,
    2: lambda e: e.V,
    3: lambda e: e.V6,
}


def _is_tangent(kind: Kind) -> bool:
    return kind.slots == 2 and kind.edges == TANGENT_EDGES


def _is_tangent_mean(part: Collective) -> bool:
    return len(part.observables) == 1 and _is_tangent(part.observables[0].kind)


def _paired_across(part: Collective) -> Estimator | None:
    """F and B: the legs in the order of two pairs of equal neurons."""
    kinds = [observable.kind for observable in part.observables]
    tangents = sum(_is_tangent(kind) for kind in kinds)
    if tangents + sum(kind == PREACTIVATION for kind in kinds) != len(kinds) or len(part.legs) != 4 or not tangents:
        return None
    first = next(k for k, kind in enumerate(kinds) if _is_tangent(kind))
    (one, two) = (_partner(part, (first, leg)) for leg in (0, 1))
    here = part.observables[first].legs
    legs = (here[0], part.observables[one[0]].legs[one[1]], here[1], part.observables[two[0]].legs[two[1]])
    return Estimator(legs, of_training=(lambda e: e.F) if tangents == 1 else (lambda e: e.B))


def _partner(part: Collective, position: tuple[int, int]) -> tuple[int, int]:
    return next(leg for block in part.blocks if position in block for leg in block if leg != position)
