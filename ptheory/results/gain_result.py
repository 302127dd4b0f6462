"""What ``ptheory gain`` gives: the variance of the weights for every constraint, in the names of an architecture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from ptheory.criticality.universality import decimal_text, exact_text
from ptheory.displayed import Displayed
from ptheory.language.claim_names import CHI_PAR, CHI_PERP
from ptheory.language.json_values import JsonObject

if TYPE_CHECKING:
    from ptheory.criticality.gains import Gain

DIGITS = 20


@dataclass(frozen=True)
class SolvedGain:
    """A row: the constraint and the ``values`` of the hyperparameters that satisfy it, none where nothing does.

    ``ratios``: n times the variance of every matrix of weights that is tuned, its ratio to 1/n.
    """

    found: Gain
    values: Mapping[str, sp.Expr]
    ratios: Mapping[str, sp.Expr]

    @property
    def gains(self) -> dict[str, sp.Expr]:
        """The square roots of the ratios."""
        return {name: sp.sqrt(ratio) for name, ratio in self.ratios.items()}


@dataclass(frozen=True)
class GainTable(Displayed):
    """``kernel``, ``bias``: what was asked for. ``hyperparameters``: those of the biases, if any, and of the weights.

    ``variances``: the variance of every matrix that is tuned, as written: {"W": "C_W/n"}.
    """

    activation: str
    architecture: str
    kernel_name: str
    kernel: sp.Expr
    bias: sp.Expr
    hyperparameters: tuple[str, ...]
    variances: Mapping[str, str]
    rows: tuple[SolvedGain, ...]

    def to_json(self) -> JsonObject:
        """Numbers are strings with their digits; exact values beside decimals."""
        return {
            "activation": self.activation,
            "architecture": self.architecture,
            "asked": {self.kernel_name: exact_text(self.kernel), "bias": exact_text(self.bias)},
            "variances": dict(self.variances),
            "gains": [self._row(row) for row in self.rows],
        }

    def _row(self, row: SolvedGain) -> JsonObject:
        found = row.found
        entry: JsonObject = {"constraint": found.constraint}
        if found.weight is None:
            return {**entry, "none": found.why}
        entry[self.kernel_name] = "any" if found.kernel is None else decimal_text(found.kernel, DIGITS)
        for name, value in row.values.items():
            entry[name] = decimal_text(value, DIGITS)
            if not value.has(sp.Float) and not value.is_Integer:
                entry[f"{name}_exact"] = exact_text(value)
        entry["ratios"] = {name: decimal_text(value, DIGITS) for name, value in row.ratios.items()}
        entry["gains"] = {name: decimal_text(value, DIGITS) for name, value in row.gains.items()}
        entry[CHI_PAR] = decimal_text(sp.Float(found.parallel, DIGITS), DIGITS)
        entry[CHI_PERP] = decimal_text(sp.Float(found.perpendicular, DIGITS), DIGITS)
        entry["phase"] = found.fate
        return entry
