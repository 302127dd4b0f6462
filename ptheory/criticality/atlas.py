"""One row of the atlas per activation: the governing critical point, exponents, and what depth costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import sympy as sp

from ptheory.criticality.consequences import Consequences
from ptheory.criticality.series import number_value
from ptheory.criticality.universality import governing_point

# documented names of columns, whatever an architecture calls its kernel and its variances
KERNEL_COLUMN, BIAS_COLUMN, WEIGHT_COLUMN, PER_ASPECT = "K*", "C_b", "C_W", "nu"
COLUMNS = ("activation", "class", KERNEL_COLUMN, BIAS_COLUMN, WEIGHT_COLUMN, "p_0", "p_par", "p_perp", PER_ASPECT)
Cell: TypeAlias = sp.Expr | str


def atlas_row(implied: Consequences) -> dict[str, Cell]:
    """The entries of one row, empty where there is nothing to say.

    V/(nK^2) -> nu l/n is the relative size of the fluctuations between networks, of order one at the aspect ratio
    l/n = 1/nu; at K* > 0 with the kernel at K* in every layer.
    """
    found = implied.classification
    row: dict[str, Cell] = dict.fromkeys(COLUMNS, "")
    row["activation"], row["class"] = found.activation, found.label
    point = governing_point(found.critical_points)
    if point is not None:
        row[KERNEL_COLUMN] = "any" if point.K_star is None else point.K_star
        row[BIAS_COLUMN], row[WEIGHT_COLUMN] = point.C_b, point.C_W
    for key in ("p_0", "p_par", "p_perp"):
        row[key] = found.exponents.get(key, "")
    if implied.governing is not None and implied.governing.slope is not None:
        row[PER_ASPECT] = implied.governing.slope
    return row


def kept_and_ranked(found: Sequence[Consequences], classes: Sequence[str], column: str) -> tuple[Consequences, ...]:
    """The rows of these classes, all where there are none, the least number of a column first.

    Rows with equal numbers, and those without one behind all others, stay in their order.
    """
    kept = [one for one in found if not classes or one.classification.label in classes]
    return tuple(sorted(kept, key=lambda one: _rank(one, column)) if column else kept)


def _rank(one: Consequences, column: str) -> tuple[bool, sp.Expr]:
    value = atlas_row(one)[column]
    return (True, sp.Integer(0)) if isinstance(value, str) else (False, number_value(value))
