"""One row of the atlas per classified activation: the governing critical point, exponents, and what depth costs."""

from __future__ import annotations

from typing import TypeAlias

import sympy as sp

from ptheory.criticality.universality import Classification, governing_point

# documented names of columns, whatever an architecture calls its kernel and its variances
KERNEL_COLUMN, BIAS_COLUMN, WEIGHT_COLUMN, PER_ASPECT = "K*", "C_b", "C_W", "nu"
COLUMNS = ("activation", "class", KERNEL_COLUMN, BIAS_COLUMN, WEIGHT_COLUMN, "p_0", "p_par", "p_perp", PER_ASPECT)
Cell: TypeAlias = sp.Expr | str


def atlas_row(found: Classification) -> dict[str, Cell]:
    """The entries of one row, empty where there is nothing to say.

    V/(nK^2) -> nu l/n is the relative size of the fluctuations between networks; it reaches one at the aspect ratio
    l/n = 1/nu, beyond which an ensemble of this shape has no typical member.
    """
    row: dict[str, Cell] = dict.fromkeys(COLUMNS, "")
    row["activation"], row["class"] = found.activation, found.label
    point = governing_point(found.critical_points)
    if point is not None:
        row[KERNEL_COLUMN] = "any" if point.K_star is None else point.K_star
        row[BIAS_COLUMN], row[WEIGHT_COLUMN] = point.C_b, point.C_W
    for key in ("p_0", "p_par", "p_perp"):
        row[key] = found.exponents.get(key, "")
    if found.exponents.get(found.system.vertex_ratio) == 1:
        row[PER_ASPECT] = found.amplitudes[found.system.vertex_ratio]
    return row
