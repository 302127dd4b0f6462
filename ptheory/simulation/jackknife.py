"""Statistics of averages over blocks of independent networks, with jackknife errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ptheory.simulation.array_functions import Array


@dataclass(frozen=True)
class Estimate:
    """``heaviest``: the largest share of the squared error that one block of networks contributes (about 0.1 is
    normal for 100 blocks; near 1 the tail is not sampled and the error means nothing).
    """

    value: Array
    error: Array
    heaviest: Array


class Averages(dict[str, Array]):
    """name -> mean over a block's networks of a conditional moment."""

    weight = 0

    def add(self, moments: Mapping[str, Array], networks: int) -> None:
        """Average in the moments of another block, weighted by its number of networks."""
        self.weight += networks
        for name, value in moments.items():
            step = (value - self[name]) * (networks / self.weight) if name in self else value
            self[name] = self[name] + step if name in self else step


def jackknife(blocks: Sequence[Averages], statistic: Callable[[Mapping[str, Array]], Array]) -> Estimate:
    """Value (bias removed to first order) and standard error from leaving out one block at a time."""
    total = sum(block.weight for block in blocks)
    names = list(blocks[0])
    whole = {name: np.sum([block.weight * block[name] for block in blocks], axis=0) / total for name in names}
    without = []
    for block in blocks:
        share = block.weight / total
        without.append(statistic({name: (whole[name] - share * block[name]) / (1 - share) for name in names}))
    left_out = np.array(without)
    centre = left_out.mean(axis=0)
    squares = (left_out - centre) ** 2
    count = len(blocks)
    spread = squares.sum(axis=0)
    heaviest = np.divide(squares.max(axis=0), spread, out=np.zeros_like(spread), where=spread > 0)
    value = count * statistic(whole) - (count - 1) * centre
    return Estimate(value, np.sqrt((count - 1) / count * spread), heaviest)
