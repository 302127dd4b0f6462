"""Theta, D, F, A, B, P, Q, R, S, T, U from exact correlators; arguments are samples as in the tensor's bracket.

    E[H12 z3 z4]_c = (d12 d34 D[1,2,3,4] + d13 d24 F[1,3,2,4] + d14 d23 F[1,4,2,3])/n    and so on (published.md),

so F[a,b,c,d] is read with slots 1 = a, 3 = b, 2 = c, 4 = d. Returned with the explicit 1/n still in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.oracles import jets
from tests.oracles.jets import Moment

DIRECTIONS = {"Theta": 1, "D": 1, "F": 1, "A": 2, "B": 2, "P": 2, "Q": 2, "R": 3, "S": 3, "T": 3, "U": 3}
"""How many directions the jet network needs for each tensor."""


def theta(moment: Moment, a: int, b: int) -> Any:
    return jets.mean_kernel(moment, (0, a), (0, b))


def _crossed(correlator: Callable[..., Any], moment: Moment, samples: Sequence[int]) -> Any:
    """Coefficient of d13 d24, bracket [1,3,2,4]."""
    a, b, c, d = samples
    return correlator(moment, (0, a), (1, c), (0, b), (1, d))


def _straight(correlator: Callable[..., Any], moment: Moment, samples: Sequence[int]) -> Any:
    """Coefficient of d12 d34, bracket [1,2,3,4]."""
    a, b, c, d = samples
    return correlator(moment, (0, a), (0, b), (1, c), (1, d))


def tensor(moment: Moment, name: str, samples: Sequence[int]) -> Any:
    """The named tensor's component; ``moment`` belongs to a jet network with DIRECTIONS[name] or more directions."""
    if name == "Theta":
        return theta(moment, *samples)
    a, b, c, d = samples
    match name:
        case "D":
            return _straight(jets.kernel_and_fields, moment, samples)
        case "F":
            return _crossed(jets.kernel_and_fields, moment, samples)
        case "A":
            return _straight(jets.kernel_fluctuation, moment, samples)
        case "B":
            return _crossed(jets.kernel_fluctuation, moment, samples)
        case "P":  # d03 d12 P[0,1,2,3]
            return jets.kernel_differential(moment, (0, a), (1, b), (1, c), (0, d))
        case "Q":  # d01 d23 Q[0,1,2,3]
            return jets.kernel_differential(moment, (0, a), (0, b), (1, c), (1, d))
        case "R":  # d01 d23 R[0,1,2,3]
            return jets.second_differential_one(moment, (0, a), (0, b), (1, c), (1, d))
        case "S":
            return _straight(jets.second_differential_two, moment, samples)
        case "T":
            return _crossed(jets.second_differential_two, moment, samples)
        case "U":  # d14 d23 U[1,4,2,3]
            return jets.second_differential_two(moment, (0, a), (1, c), (1, d), (0, b))
    raise ValueError(f"no tensor {name}")
