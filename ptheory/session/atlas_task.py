"""``atlas sigma { ... }``: many activations classified in one architecture, one table and one figure."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from ptheory.criticality.atlas import COLUMNS, PER_ASPECT, Cell, atlas_row
from ptheory.criticality.derived import UnsupportedSystem, one_input_system
from ptheory.criticality.universality import classify_system
from ptheory.networks.program import AtlasTask
from ptheory.rendering.report import DotPlot, Formula, Item, Prose, Section, Table, Words
from ptheory.session.analysis import closed_tower, two_point_equation
from ptheory.session.refusals import pointing_at
from ptheory.session.systems import Systems, binding_label, bound_activations

LONGEST_EXACT = 12
DIGITS = {"K*": 12, "C_b": 12, "C_W": 12, "p_perp": 6, PER_ASPECT: 6}
FIGURE = "nu in V/(nK^2) -> nu l/n: networks of one shape differ by order one at l/n = 1/nu"


def run_atlas(task: AtlasTask, systems: Systems, progress: Callable[[str, int, int], None]) -> Section:
    """The recursions are derived once; every activation is then classified from them. Raises LanguageError."""
    system, names = systems.system(task.architecture), systems.names(task.architecture)
    architecture = systems.program.architectures[task.architecture]
    kernel = two_point_equation(system, names)
    try:
        tower = closed_tower(system, names, ("V",))
        notes = []
    except (UnsupportedSystem, ValueError) as error:
        tower, notes = [], [f"without the four-point vertex: {error}"]
    derived = one_input_system(task.architecture, kernel, tower)
    rows: list[dict[str, Cell]] = []
    for number, binding in enumerate(task.bindings):
        label = binding_label(binding.value)
        progress(f"atlas: {label}", number, len(task.bindings))
        activations = bound_activations(systems.program, architecture, (binding,))
        with pointing_at(binding.span, label):
            found = classify_system(derived.specialise(activations), label)
        rows.append(atlas_row(found))
        if found.label == "undecided":
            notes += [f"{label}: {line}" for line in found.evidence if line.startswith("undecided")]
    items: list[Item] = [
        Table(COLUMNS, tuple(tuple(_cell(row[c], c) for c in COLUMNS) for row in rows), _caption(task)),
        DotPlot(PER_ASPECT, tuple(_dot(row) for row in rows), FIGURE),
        *(Prose(note) for note in notes),
    ]
    return Section(f"Atlas of {task.architecture}", tuple(items))


def _caption(task: AtlasTask) -> str:
    return (
        f"{len(task.bindings)} activations in {task.architecture}; p_0, p_par, p_perp: decay of K (of K - K*), of "
        "parallel and of perpendicular perturbations; V/(nK^2) -> nu l/n"
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
