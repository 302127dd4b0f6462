"""A flow of the derived recursions beside exact finite-width enumeration that shares no code with the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import product
from pathlib import Path

from tests.oracles.covariance_transfer import CovarianceTransfer
from tests.oracles.jets import jet_network
from tests.oracles.kept import KeptTable
from tests.oracles.network import Network
from tests.oracles.tensors import divide_by_powers, paired_correlator
from tests.oracles.training_tensors import DIRECTIONS
from tests.oracles.training_tensors import tensor as exact_tensor
from tests.recursion.front_end import EngineFlow, vectors

LIVE = 2  # layers up to this one are enumerated in the test itself; above, rows of the kept table are read
TABLE = KeptTable(Path(__file__).with_name("enumerated.json"))
TELLING = [(0, 0, 0, 0), (0, 0, 1, 1), (0, 1, 0, 1), (0, 1, 1, 0), (1, 0, 0, 0), (0, 0, 0, 1), (1, 1, 0, 1)]


def choices(name: str, inputs: int) -> list[tuple[int, ...]]:
    """Samples to look at: all of them for two slots, else those that tell the slots apart."""
    if name in ("G", "Theta"):
        return list(product(range(inputs), repeat=2))
    return [samples for samples in TELLING if max(samples) < inputs]


@dataclass
class Comparison:
    """A derivation text and the same network as data: depth -> Network; ``called`` names it in the kept table."""

    called: str
    text: str
    network_of_depth: Callable[[int], Network]
    inputs: int
    widths: tuple[str, ...] = ("1", "1", "1")
    _exact: dict[tuple[int, int], CovarianceTransfer] = field(default_factory=dict)

    @cached_property
    def engine(self) -> EngineFlow:
        return EngineFlow(self.text)

    def correlators(self, layer: int, directions: int) -> CovarianceTransfer:
        """Exact correlators of the network with that many directions of parameter derivatives."""
        key = layer, directions
        if key not in self._exact:
            plain = self.network_of_depth(layer)
            self._exact[key] = CovarianceTransfer(jet_network(plain, directions) if directions else plain)
        return self._exact[key]

    def key(self, layer: int, name: str, samples: Sequence[int]) -> str:
        return f"{self.called}, {self.inputs} inputs, layer {layer}: {name}[{','.join(map(str, samples))}]"

    def exact(self, layer: int, name: str, samples: Sequence[int]) -> list[Fraction]:
        """Coefficients of 1, 1/n, ...: enumerated here and now, or as they are on file."""
        return self.enumerated(layer, name, samples) if layer <= LIVE else TABLE[self.key(layer, name, samples)]

    def enumerated(self, layer: int, name: str, samples: Sequence[int]) -> list[Fraction]:
        """Coefficients of 1, 1/n, ... with the 1/(width below) of the definition stripped."""
        below = Fraction(self.widths[layer - 2]) if layer > 1 else Fraction(1)
        powers = 0 if name in ("G", "Theta") else 1
        if name in ("G", "V"):
            series = paired_correlator(self.correlators(layer, 0).moment, samples)
        else:
            series = exact_tensor(self.correlators(layer, DIRECTIONS[name]).moment, name, samples)
        return divide_by_powers(series, powers, below)

    def check(self, layer: int, name: str, orders: int, at: Sequence[tuple[int, ...]] = ()) -> None:
        """The coefficients of the engine are those enumerated, at the samples given or else at all that matter."""
        for samples in at or choices(name, self.inputs):
            expected = [*self.exact(layer, name, samples), *[Fraction(0)] * orders][:orders]
            assert self.engine.coefficients(layer, name, samples, orders) == expected, (layer, name, samples)


def flow_text(head: str, architecture: str, inputs: Sequence[Sequence[str]], lines: Sequence[str]) -> str:
    body = "".join(f"    {line}\n" for line in (f"inputs {vectors(inputs)}", *lines, "depth 3", "show G, V"))
    return f"ptheory 1\n{head}flow {architecture} {{\n{body}}}\n"
