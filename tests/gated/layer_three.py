"""Correlators of the gated networks at layer three, enumerated once: ``python -m tests.gated.layer_three``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from tests.gated.correlators import PAIRINGS, Correlator
from tests.gated.networks import CORRELATORS, NETWORKS, enumerated
from tests.oracles.kept import KeptTable

TABLE = KeptTable(Path(__file__).with_suffix(".json"))
SAMPLES = (0, 1, 1, 0)


def key(which: str, correlator: Correlator, pairing: str) -> str:
    (a, b), (c, d) = PAIRINGS[pairing]
    return f"{which}: E[{' '.join(correlator.factors)}]_c, neurons {a}{b} {c}{d}"


def rows() -> Iterator[tuple[str, Correlator, str]]:
    yield from product(NETWORKS, CORRELATORS, PAIRINGS)


def main() -> None:
    TABLE.write((key(*row), enumerated(row[0], 3, row[1], row[2], SAMPLES)) for row in rows())
    print(TABLE.path)


if __name__ == "__main__":
    main()
