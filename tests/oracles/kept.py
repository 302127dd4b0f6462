"""Enumerations that take minutes, made once: exact numbers as text in a file beside the program that makes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class KeptTable:
    """key -> coefficients of 1, 1/n, ...; a key says which network, layer, correlator and samples."""

    path: Path

    @cached_property
    def _rows(self) -> dict[str, list[str]]:
        rows: dict[str, list[str]] = json.loads(self.path.read_text("utf-8"))
        return rows

    def __getitem__(self, key: str) -> list[Fraction]:
        return [Fraction(text) for text in self._rows[key]]

    def keys(self) -> set[str]:
        return set(self._rows)

    def write(self, rows: Iterable[tuple[str, Sequence[Fraction]]]) -> None:
        """One row a line, so that a change can be read in a diff."""
        lines = [f"{json.dumps(key)}: {json.dumps([str(c) for c in values])}" for key, values in rows]
        self.path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
