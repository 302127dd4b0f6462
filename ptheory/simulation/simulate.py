"""Estimates of G, V and V6 from simulated finite-width networks, with standard errors.

Averages over each layer's own parameters are taken exactly (``field_cumulants``), the rest over independent networks;
errors come from the jackknife over blocks of networks. They are statistical only: a heavy-tailed network, such as a
polynomial one at large hyperparameters, can be far off with a small error; ``Estimate.heaviest`` warns of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ptheory.networks.architecture import Architecture
from ptheory.simulation.array_formulas import Activations
from ptheory.simulation.field_cumulants import (
    conditional_moments,
    fourth_cumulant_cross,
    fourth_cumulant_of_a_row,
    fourth_cumulant_same,
    second_cumulant,
    third_cumulant_of_covariances,
)
from ptheory.simulation.jackknife import Averages, Estimate, jackknife
from ptheory.simulation.networks_in_numbers import (
    CannotSimulate,
    Draw,
    Fields,
    Hyperparameters,
    NumericArchitecture,
    draw_weights,
)

BLOCKS = 100
MEMORY = 64 * 2**20  # bytes of arrays alive at a time, roughly

Progress = Callable[[int, int], None]
"""(networks done, of how many)"""


@dataclass(frozen=True)
class LayerEstimates:
    """One layer; array indices are legs, numbered as in ``Simulation.legs``.

    G[a,b] = E[z_i;a z_i;b]_c,  V[a,b,c,d]/width_below = E[z_i;a z_i;b z_j;c z_j;d]_c for i != j,
    V_same[a,b,c,d]/width_below = the same with i = j, V6[a,...,f]/width_below^2 for i, j, k distinct (None where there
    are direct terms or more than four legs), C4[a,b,c,d]/width_below = E[kappa(z_i;a, ..., z_i;d | layers below)] (None
    where the weights are Gaussian or there are direct terms).
    """

    layer: int
    width_below: int
    G: Estimate
    V: Estimate
    V_same: Estimate
    V6: Estimate | None
    C4: Estimate | None


@dataclass(frozen=True)
class Simulation:
    """``interrupted``: stopped from the keyboard; the estimates are those of the ``networks`` completed by then."""

    legs: tuple[tuple[str, int], ...]
    layers: tuple[LayerEstimates, ...]
    networks: int
    interrupted: bool

    def leg(self, field: str, sample: int) -> int:
        """The array index of a field at a sample (counted from 0)."""
        return self.legs.index((field, sample))


def simulate(
    architecture: Architecture,
    activations: Activations,
    hyperparameters: Hyperparameters,
    inputs: Sequence[Sequence[float]],
    widths: Sequence[int],
    depth: int,
    networks: int,
    seed: int,
    *,
    draw: Draw = draw_weights,
    progress: Progress | None = None,
) -> Simulation:
    """Estimates for layers 1 ... depth from ``networks`` independent networks; the same seed gives the same numbers.

    ``widths``: of hidden layers 1 ... depth-1 (the top layer's own width plays no part). ``activations``: name ->
    (sigma, ...) on arrays, see ``array_activations``. Ctrl-C keeps the blocks that are complete. ``draw=draw_rows``
    draws neurons from their law given the layer below, without weights: the same distribution, far cheaper when wide.
    Raises ValueError for settings that do not fit together.
    """
    numeric = NumericArchitecture(
        architecture, activations, hyperparameters, np.asarray(inputs, dtype=float), tuple(widths)
    )
    check_setting(numeric, depth, networks)
    blocks, done, interrupted = over_blocks(
        networks, seed, lambda size, rng: _block(numeric, depth, size, rng, draw), progress
    )
    layers = tuple(
        _estimates(layer, numeric.width_below(layer), [block[layer - 1] for block in blocks])
        for layer in range(1, depth + 1)
    )
    return Simulation(numeric.legs, layers, done, interrupted)


def check_setting(numeric: NumericArchitecture, depth: int, networks: int) -> None:
    """Raises ValueError where inputs, widths, depth and number of networks do not fit together."""
    if numeric.inputs.ndim != 2 or not numeric.inputs.size:
        raise CannotSimulate("inputs are a list of vectors of one length")
    if depth < 1 or len(numeric.widths) < depth - 1:
        raise CannotSimulate(f"depth {depth} needs the widths of {max(depth - 1, 0)} hidden layers")
    if any(width < 1 for width in numeric.widths):
        raise CannotSimulate("widths are positive")
    if networks < 2:
        raise CannotSimulate("at least two networks are needed for an error estimate")
    if numeric.architecture.direct_terms and len(set(numeric.widths[: depth - 1])) > 1:
        raise CannotSimulate("direct terms carry neurons upwards: all hidden widths must be equal")
    if numeric.architecture.direct_terms and not numeric.architecture.has_gaussian_rows:
        raise CannotSimulate("direct terms are simulated with Gaussian weights")


BlockResult = TypeVar("BlockResult")


def over_blocks(
    networks: int,
    seed: int,
    block: Callable[[int, np.random.Generator], BlockResult],
    progress: Progress | None,
) -> tuple[list[BlockResult], int, bool]:
    """(results of the blocks, networks in them, stopped from the keyboard?); every block has its own random numbers.

    A KeyboardInterrupt keeps the complete blocks; with fewer than two of them it is passed on.
    """
    count = min(BLOCKS, networks)
    sizes = [networks // count + (position < networks % count) for position in range(count)]
    results: list[BlockResult] = []
    done = 0
    try:
        for size, seeds in zip(sizes, np.random.SeedSequence(seed).spawn(count), strict=True):
            results.append(block(size, np.random.default_rng(seeds)))
            done += size
            if progress is not None:
                progress(done, networks)
    except KeyboardInterrupt:
        if len(results) < 2:
            raise
        return results, done, True
    return results, done, False


# ---- one block of networks ------------------------------------------------------------------------------------


def _block(numeric: NumericArchitecture, depth: int, size: int, rng: np.random.Generator, draw: Draw) -> list[Averages]:
    averages = [Averages() for _ in range(depth)]
    for networks in _chunks(numeric, depth, size, draw):
        below: list[Fields] = []
        for layer in range(1, depth + 1):
            read = numeric.read(layer, below, networks)
            averages[layer - 1].add(conditional_moments(read), networks)
            if layer < depth:
                fields = numeric.unstack(draw(read, numeric.widths[layer - 1], rng))
                below = [fields, *below[: numeric.architecture.layers_read - 1]]
    return averages


def _chunks(numeric: NumericArchitecture, depth: int, size: int, draw: Draw) -> Iterator[int]:
    """Sizes of the pieces of a block that fit into ``MEMORY``."""
    legs, width = len(numeric.legs), max((*numeric.widths[: depth - 1], numeric.inputs.shape[1]))
    arrays = 10 * legs * width + 2 * legs**4 + (3 * legs**2 * width if numeric.architecture.direct_terms else 0)
    if draw is draw_weights:
        arrays += 2 * width**2
    largest = max(1, MEMORY // (8 * arrays))
    while size > 0:
        yield min(size, largest)
        size -= largest


def _estimates(layer: int, width_below: int, blocks: list[Averages]) -> LayerEstimates:
    row = jackknife(blocks, fourth_cumulant_of_a_row) if "row4" in blocks[0] else None
    sextic = jackknife(blocks, third_cumulant_of_covariances) if "cross6" in blocks[0] else None
    return LayerEstimates(
        layer,
        width_below,
        jackknife(blocks, second_cumulant),
        _scaled(jackknife(blocks, fourth_cumulant_cross), width_below),
        _scaled(jackknife(blocks, fourth_cumulant_same), width_below),
        None if sextic is None else _scaled(sextic, width_below**2),
        None if row is None else _scaled(row, width_below),
    )


def _scaled(estimate: Estimate, factor: int) -> Estimate:
    return Estimate(estimate.value * factor, estimate.error * factor, estimate.heaviest)
