"""Correlators of several fields and their tangent kernels: declared in the language, enumerated exactly beside it.

A factor is a field, "u", or two fields, "uv", for the tangent kernel H_uv = sum_mu rate_mu d_mu u d_mu v. Slots are
numbered left to right; each pairing of the four slots is a tensor of its own, X0_a, X0_b, X0_c, ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.oracles.jets import jet_name
from tests.oracles.moments import Leg, cumulant

PAIRINGS = {"a": ((1, 2), (3, 4)), "b": ((1, 3), (2, 4)), "c": ((1, 4), (2, 3))}
Moment = Callable[[tuple[Leg, ...]], Any]


def kernels(fields: Sequence[str]) -> str:
    """Observables and mean tensors of every pair of fields."""
    pairs = [(f, g) for k, f in enumerate(fields) for g in fields[k:]]
    return "".join(
        f"observable H{f}{g}[1,2] = sum(mu, rate(mu)*d({f}1,mu)*d({g}2,mu))\n"
        f"define Theta_{f}{g} by E[H{f}{g}12] = d12 Theta_{f}{g}[1,2]\n"
        f"define M_{f}{g} by E[{f}1 {g}2]_c = d12 M_{f}{g}[1,2]\n"
        for f, g in pairs
    )


@dataclass(frozen=True)
class Correlator:
    """Connected four-slot correlator of a product of factors."""

    number: int
    factors: tuple[str, ...]

    @property
    def slot_fields(self) -> str:
        return "".join(self.factors)

    def tensor(self, pairing: str) -> str:
        return f"X{self.number}_{pairing}"

    @property
    def definition(self) -> str:
        written, slot = [], 1
        for factor in self.factors:
            slots = "".join(str(slot + k) for k in range(len(factor)))
            written.append((f"H{factor}" if len(factor) == 2 else factor) + slots)
            slot += len(factor)
        terms = [f"d{a}{b} d{c}{d} {self.tensor(name)}[{a},{b},{c},{d}]" for name, ((a, b), (c, d)) in PAIRINGS.items()]
        names = ", ".join(self.tensor(name) for name in PAIRINGS)
        return f"define {names} by E[{' '.join(written)}]_c = ({' + '.join(terms)}) / n\n"

    def exact(self, moment: Moment, pairing: str, samples: Sequence[int]) -> Any:
        """The tensor's component with its 1/n still in; ``samples`` in bracket order."""
        (a, b), (c, d) = PAIRINGS[pairing]
        neuron, sample = {a: 0, b: 0, c: 1, d: 1}, dict(zip((a, b, c, d), samples, strict=True))
        blocks, slot, direction = [], 1, 0
        for factor in self.factors:
            directions: tuple[int, ...] = ()
            if len(factor) == 2:
                direction += 1
                directions = (direction,)
            slots = range(slot, slot + len(factor))
            blocks.append([(jet_name(self.slot_fields[s - 1], directions), neuron[s], sample[s]) for s in slots])
            slot += len(factor)
        return cumulant(moment, blocks)
