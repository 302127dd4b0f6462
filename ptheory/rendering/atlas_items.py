"""An atlas on a page: a table of classes, one of what they imply, one figure, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.atlas import BIAS_COLUMN, COLUMNS, KERNEL_COLUMN, PER_ASPECT, WEIGHT_COLUMN, Cell, atlas_row
from ptheory.criticality.consequences import Consequences
from ptheory.criticality.detuning import Detuned
from ptheory.criticality.rate_scalings import LAYERS
from ptheory.rendering.consequence_items import ANGLES, DELTA, NORMS, SLOPE, at_delta, moved, tidied
from ptheory.rendering.critical_items import DECAY_EXPONENTS
from ptheory.rendering.report import AtLargeDepth, Formula, Item, Prose, Quantity, Table, Words
from ptheory.rendering.result_names import joined
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.results.atlas_result import Atlas
from ptheory.results.figures import AtlasFigure

LONGEST_EXACT_CELL = 12
CELL_DIGITS = 15  # in data; a page has those of numbers on pages


def atlas_items(atlas: Atlas, stem: str = "", spelling: Spelling = OURS) -> list[Item]:
    """The table of classes and exponents, that of what they imply, the figure of what depth costs, and notes.

    ``stem``: of the figure's file.
    """
    if not atlas.rows:
        of = " or ".join(f'"{label}"' for label in atlas.classes)
        return [Prose(f"none of {atlas.searched} activations in {atlas.architecture} is of the class {of}")]
    columns = _columns(atlas)
    rows = [atlas_row(implied) for implied in atlas.rows]
    cells = tuple(tuple(_cell(row[c]) for c in columns) for row in rows)
    headers = tuple(h if h in ("activation", "class") else Formula(Quantity(h)) for h in columns.values())
    items: list[Item] = [Table(headers, cells, _caption(atlas), name=joined("atlas", atlas.architecture))]
    items += _implied(atlas)
    if any(not isinstance(row[PER_ASPECT], str) for row in rows):
        from ptheory.rendering.figure_panels import figure_of

        items.append(figure_of(AtlasFigure(f"atlas-{atlas.architecture}-nu", atlas), stem, spelling))
    return [*items, *map(Prose, _notes(atlas))]


def _notes(atlas: Atlas) -> Iterator[str]:
    """What is not in the tables, and why."""
    if atlas.without_vertex:
        yield f"without the four-point vertex: {atlas.without_vertex}"
    if atlas.without_tangent:
        yield f"without learning rates: {atlas.without_tangent}"
    for implied in atlas.rows:
        found, name = implied.classification, implied.classification.activation
        if found.label == "undecided":
            yield from (f"{name}: {line}" for line in found.evidence if line.startswith("undecided"))
        for one in implied.situations[:1]:
            if one.no_slope and not atlas.without_vertex:
                yield f"{name}: no aspect ratio: {one.no_slope}"
            if one.no_rates and not atlas.without_tangent:
                yield f"{name}: no learning rates: {one.no_rates}"
        if implied.no_detunings:
            yield f"{name}: no depth scales: {implied.no_detunings}"


def _columns(atlas: Atlas) -> dict[str, str]:
    """Column -> header: the variances that are tuned, under their own names; what a vertex costs where there is one."""
    own = {BIAS_COLUMN: atlas.bias, WEIGHT_COLUMN: atlas.weight}
    empty = set() if atlas.bias else {BIAS_COLUMN}
    empty |= set() if atlas.vertex_ratio else {PER_ASPECT}
    return {c: own.get(c, c) for c in COLUMNS if c not in empty}


def _caption(atlas: Atlas) -> Words:
    decays = [piece for name in DECAY_EXPONENTS for piece in (", ", Formula(Quantity(name)))][1:]
    kernel = Formula(Quantity(KERNEL_COLUMN))
    number = f"{len(atlas.rows)}" if len(atlas.rows) == atlas.searched else f"{len(atlas.rows)} of {atlas.searched}"
    said: tuple[str | Formula, ...] = (
        f"{number} activations in {atlas.architecture}; ",
        *decays,
        ": decay of the kernel (of its distance from ",
        kernel,
        "), of parallel and of perpendicular perturbations",
    )
    if atlas.vertex_ratio:
        growth = sp.Symbol(PER_ASPECT) * DEPTH / sp.Symbol("n")
        said += ("; ", Formula(AtLargeDepth(atlas.vertex_ratio, growth)))
        if any(implied.situations[0].kernel for implied in atlas.rows if implied.situations):
            said += (", with the kernel at ", kernel, " > 0 in every layer")
    return said


def _implied(atlas: Atlas) -> Iterator[Table]:
    """Aspect ratios, learning rates, depth scales of the activations that have a critical point."""
    rows = [implied for implied in atlas.rows if implied.situations]
    if not rows:
        return
    rates = list(dict.fromkeys(rate.rate for implied in rows for rate in implied.situations[0].rates))
    headers: tuple[Words, ...] = (
        "activation", *([Formula(1 / SLOPE)] if atlas.vertex_ratio else ()), *map(Formula, rates),
        "off", Formula(Quantity(NORMS)), Formula(Quantity(ANGLES)),
    )  # fmt: skip
    layer: tuple[str | Formula, ...] = (
        "; the learning rates of layer ", Formula(DEPTH), " of ", Formula(LAYERS),
        " with which every layer contributes alike to the tangent kernel of the last",
    ) if rates else ()  # fmt: skip
    ratio: tuple[str | Formula, ...] = (
        ("the aspect ratio ", Formula(1 / SLOPE), ", at which fluctuations between networks are of order one")
        if atlas.vertex_ratio
        else ("what critical points imply",)
    )
    lengths: tuple[str | Formula, ...] = (
        "; depth scales where ", Formula(atlas.weight), " is off its critical value by the fraction ", Formula(DELTA),
        ", to the side on which a kernel stays",
    )  # fmt: skip
    cells = tuple(_implied_row(implied, rates, bool(atlas.vertex_ratio)) for implied in rows)
    yield Table(headers, cells, (*ratio, *layer, *lengths), name=joined("consequences", atlas.architecture))


def _implied_row(implied: Consequences, rates: list[str], has_ratio: bool) -> tuple[Words, ...]:
    one = implied.situations[0]
    scalings = {rate.rate: Formula(tidied(rate.in_layer)) for rate in one.rates}
    ratio = "" if one.aspect_ratio is None else _cell(one.aspect_ratio)
    off = _off(implied)
    lengths = ("", "", "") if off is None else (moved(off), at_delta(off.norms), at_delta(off.angles))
    begins: list[Words] = [implied.classification.activation]
    return (*begins, *([ratio] if has_ratio else ()), *(scalings.get(rate, "") for rate in rates), *lengths)


def _off(implied: Consequences) -> Detuned | None:
    """The variance of the weights to the side on which a kernel K* > 0 attracts, else to one with lengths."""
    weight = implied.classification.system.weight.name
    known = [one for one in implied.detunings if one.variance == weight and one.norms is not None]
    return next((one for one in known if one.kernel is not None), known[0] if known else None)


def _cell(value: Cell) -> Words:
    """Exact where that is short, else a decimal number."""
    if isinstance(value, str):
        return value
    if not value.has(sp.Float) and len(str(value)) <= LONGEST_EXACT_CELL:
        return Formula(value)
    return Formula(sp.N(value, CELL_DIGITS))
