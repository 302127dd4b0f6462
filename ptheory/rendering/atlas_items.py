"""An atlas on a page: one table, one figure, and what is missing."""

from __future__ import annotations

import sympy as sp

from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.atlas import BIAS_COLUMN, COLUMNS, KERNEL_COLUMN, PER_ASPECT, WEIGHT_COLUMN, Cell, atlas_row
from ptheory.rendering.critical_items import DECAY_EXPONENTS
from ptheory.rendering.report import AtLargeDepth, Formula, Item, Prose, Quantity, Table, Words
from ptheory.rendering.result_names import joined
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.results.atlas_result import Atlas
from ptheory.results.figures import AtlasFigure

LONGEST_EXACT_CELL = 12
CELL_DIGITS = {KERNEL_COLUMN: 12, BIAS_COLUMN: 12, WEIGHT_COLUMN: 12, "p_perp": 6, PER_ASPECT: 6}


def atlas_items(atlas: Atlas, stem: str = "", spelling: Spelling = OURS) -> list[Item]:
    """The table of classes and exponents, the figure of what depth costs, and notes; ``stem``: of the figure's file."""
    columns = _columns(atlas)
    rows = [atlas_row(found) for found in atlas.classifications]
    cells = tuple(tuple(_cell(row[c], c) for c in columns) for row in rows)
    headers = tuple(h if h in ("activation", "class") else Formula(Quantity(h)) for h in columns.values())
    items: list[Item] = [Table(headers, cells, _caption(atlas), name=joined("atlas", atlas.architecture))]
    if any(not isinstance(row[PER_ASPECT], str) for row in rows):
        from ptheory.rendering.figure_panels import figure_of

        items.append(figure_of(AtlasFigure(f"atlas-{atlas.architecture}-nu", atlas), stem, spelling))
    notes = [f"without the four-point vertex: {atlas.without_vertex}"] if atlas.without_vertex else []
    for found in atlas.classifications:
        if found.label == "undecided":
            notes += [f"{found.activation}: {line}" for line in found.evidence if line.startswith("undecided")]
    return [*items, *map(Prose, notes)]


def _columns(atlas: Atlas) -> dict[str, str]:
    """Column -> header: the variances that are tuned, under their own names; what a vertex costs where there is one."""
    own = {BIAS_COLUMN: atlas.bias, WEIGHT_COLUMN: atlas.weight}
    empty = set() if atlas.bias else {BIAS_COLUMN}
    empty |= set() if atlas.vertex_ratio else {PER_ASPECT}
    return {c: own.get(c, c) for c in COLUMNS if c not in empty}


def _caption(atlas: Atlas) -> Words:
    decays = [piece for name in DECAY_EXPONENTS for piece in (", ", Formula(Quantity(name)))][1:]
    said: tuple[str | Formula, ...] = (
        f"{len(atlas.classifications)} activations in {atlas.architecture}; ",
        *decays,
        ": decay of the kernel (of its distance from ",
        Formula(Quantity(KERNEL_COLUMN)),
        "), of parallel and of perpendicular perturbations",
    )
    if atlas.vertex_ratio:
        growth = sp.Symbol(PER_ASPECT) * DEPTH / sp.Symbol("n")
        said += ("; ", Formula(AtLargeDepth(atlas.vertex_ratio, growth)))
    return said


def _cell(value: Cell, column: str) -> Words:
    """Exact where that is short, else a decimal number."""
    if isinstance(value, str):
        return value
    if not value.has(sp.Float) and len(str(value)) <= LONGEST_EXACT_CELL:
        return Formula(value)
    return str(sp.N(value, CELL_DIGITS[column]))
