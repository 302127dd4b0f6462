"""Theta, D, F, A, B, P, Q, R, S, T, U from exact correlators; arguments are samples as in the tensor's bracket.

    E[H12 z3 z4]_c = (d12 d34 D[1,2,3,4] + d13 d24 F[1,3,2,4] + d14 d23 F[1,4,2,3])/n    and so on (published.md),

so F[a,b,c,d] is read with slots 1 = a, 3 = b, 2 = c, 4 = d. Returned with the explicit 1/n still in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.oracles import jets
from tests.oracles.jets import Moment, Slot

DIRECTIONS = {"Theta": 1, "D": 1, "F": 1, "A": 2, "B": 2, "P": 2, "Q": 2, "R": 3, "S": 3, "T": 3, "U": 3}
"""How many directions the jet network needs for each tensor."""


def tensor(moment: Moment, name: str, samples: Sequence[int], field: str = "z") -> Any:
    """The named tensor's component for one field; ``moment`` belongs to a jet network of at least DIRECTIONS[name]."""
    correlator, slots = _correlator(name, samples)
    return correlator(moment, *slots, field=field)


def _correlator(name: str, samples: Sequence[int]) -> tuple[Callable[..., Any], tuple[Slot, ...]]:
    """The correlator a tensor is read from, and its slots: equal neurons are those the tensor's deltas join."""
    if name == "Theta":
        return jets.mean_kernel, ((0, samples[0]), (0, samples[1]))
    a, b, c, d = samples
    straight = ((0, a), (0, b), (1, c), (1, d))  # d12 d34, bracket [1,2,3,4]
    crossed = ((0, a), (1, c), (0, b), (1, d))  # d13 d24, bracket [1,3,2,4]
    match name:
        case "D":
            return jets.kernel_and_fields, straight
        case "F":
            return jets.kernel_and_fields, crossed
        case "A":
            return jets.kernel_fluctuation, straight
        case "B":
            return jets.kernel_fluctuation, crossed
        case "P":  # d03 d12 P[0,1,2,3]
            return jets.kernel_differential, ((0, a), (1, b), (1, c), (0, d))
        case "Q":  # d01 d23 Q[0,1,2,3]
            return jets.kernel_differential, straight
        case "R":  # d01 d23 R[0,1,2,3]
            return jets.second_differential_one, straight
        case "S":
            return jets.second_differential_two, straight
        case "T":
            return jets.second_differential_two, crossed
        case "U":  # d14 d23 U[1,4,2,3]
            return jets.second_differential_two, ((0, a), (1, c), (1, d), (0, b))
    raise ValueError(f"no tensor {name}")
