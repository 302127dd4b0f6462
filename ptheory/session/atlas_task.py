"""``atlas sigma { ... }``: many activations classified in one architecture, one table and one figure."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from ptheory.algebra.refusal import Refusal
from ptheory.criticality.atlas import BIAS_COLUMN, COLUMNS, KERNEL_COLUMN, PER_ASPECT, WEIGHT_COLUMN, Cell, atlas_row
from ptheory.language.errors import LanguageError
from ptheory.networks.program import AtlasTask
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from ptheory.rendering.report import DotPlot, Formula, Item, Prose, Section, Table, Words
from ptheory.session.analysis import Analysed
from ptheory.session.refusals import pointing_at
from ptheory.session.systems import Systems, binding_label, bound_activations
from ptheory.session.tower import vertex
from ptheory.session.tuning import NothingToTune

LONGEST_EXACT = 12
DIGITS = {KERNEL_COLUMN: 12, BIAS_COLUMN: 12, WEIGHT_COLUMN: 12, "p_perp": 6, PER_ASPECT: 6}
FIGURE = "nu in {} -> nu l/n: networks of one shape differ by order one at l/n = 1/nu"


def run_atlas(task: AtlasTask, systems: Systems, progress: Callable[[str, int, int], None]) -> Section:
    """The recursions are derived once; every activation is then classified from them. Raises LanguageError."""
    system, names = systems.system(task.architecture), systems.names(task.architecture)
    architecture = systems.program.architectures[task.architecture]
    try:
        analysed, notes = _analysed(system, names)
    except NothingToTune as error:
        place = task.statement.architecture or task.statement.generic
        help = "an atlas sets nothing: put numbers for it into an architecture of your own"
        raise LanguageError(str(error), place.span, help=help) from error
    rows: list[dict[str, Cell]] = []
    for number, binding in enumerate(task.bindings):
        label = binding_label(binding.value)
        progress(f"atlas: {label}", number, len(task.bindings))
        activations = bound_activations(systems.program, architecture, (binding,))
        with pointing_at(binding.span, label):
            found = analysed.classification(analysed.specialise(activations), label)
        rows.append(atlas_row(found))
        if found.label == "undecided":
            notes += [f"{label}: {line}" for line in found.evidence if line.startswith("undecided")]
    ratio, columns = analysed.derived.system.vertex_ratio, _columns(analysed)
    cells = tuple(tuple(_cell(row[c], c) for c in columns) for row in rows)
    items: list[Item] = [Table(tuple(columns.values()), cells, _caption(task, ratio))]
    if ratio:
        items.append(DotPlot(PER_ASPECT, tuple(_dot(row) for row in rows), FIGURE.format(ratio)))
    items += [Prose(note) for note in notes]
    return Section(f"Atlas of {task.architecture}", tuple(items))


def _analysed(system: RecursionSystem, names: TensorNames) -> tuple[Analysed, list[str]]:
    """Kernel and four-point vertex, or the kernel alone and why. Raises UnsupportedSystem."""
    called = vertex(names)
    if called is None:
        return Analysed(system, names, (), {}), ["without the four-point vertex: none is declared"]
    try:
        return Analysed(system, names, (called,), {}), []
    except (NothingToTune, LanguageError):
        raise
    except Refusal as error:
        return Analysed(system, names, (), {}), [f"without the four-point vertex: {error}"]


def _columns(analysed: Analysed) -> dict[str, str]:
    """Column -> header: the variances that are tuned, under their own names; what a vertex costs where there is one."""
    chosen = analysed.tuning
    own = {BIAS_COLUMN: chosen.bias_symbol.name, WEIGHT_COLUMN: chosen.weight.symbol.name}
    empty = {BIAS_COLUMN} if chosen.bias is None else set()
    empty |= set() if analysed.derived.system.vertex_ratio else {PER_ASPECT}
    return {c: own.get(c, c) for c in COLUMNS if c not in empty}


def _caption(task: AtlasTask, ratio: str) -> str:
    return (
        f"{len(task.bindings)} activations in {task.architecture}; p_0, p_par, p_perp: decay of K (of K - K*), of "
        f"parallel and of perpendicular perturbations{f'; {ratio} -> nu l/n' if ratio else ''}"
    )


def _cell(value: Cell, column: str) -> Words:
    """Exact where that is short, else a decimal number."""
    if isinstance(value, str):
        return value
    if not value.has(sp.Float) and len(str(value)) <= LONGEST_EXACT:
        return Formula(value)
    return str(sp.N(value, DIGITS[column]))


def _dot(row: dict[str, Cell]) -> tuple[str, float | None]:
    value = row[PER_ASPECT]
    return str(row["activation"]), None if isinstance(value, str) else float(value)
