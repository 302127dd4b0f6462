"""``atlas sigma { ... }``: many activations classified in one architecture, one table and one figure."""

from __future__ import annotations

from collections.abc import Callable

from ptheory.algebra.refusal import Refusal
from ptheory.criticality.analysed import Analysed
from ptheory.criticality.closed_tower import vertex
from ptheory.criticality.tuning import NothingToTune
from ptheory.criticality.universality import Classification
from ptheory.language.errors import LanguageError
from ptheory.networks.program import AtlasTask
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from ptheory.results.atlas_result import Atlas
from ptheory.session.refusals import pointing_at
from ptheory.session.systems import Systems, binding_label, bound_activations


def run_atlas(task: AtlasTask, systems: Systems, progress: Callable[[str, int, int], None]) -> Atlas:
    """The recursions are derived once; every activation is then classified from them. Raises LanguageError."""
    system, names = systems.system(task.architecture), systems.names(task.architecture)
    try:
        analysed, without_vertex = _analysed(system, names)
    except NothingToTune as error:
        place = task.statement.architecture or task.statement.generic
        help = "an atlas sets nothing: put numbers for it into an architecture of your own"
        raise LanguageError(str(error), place.span, help=help) from error
    found: list[Classification] = []
    for number, binding in enumerate(task.bindings):
        label = binding_label(binding.value)
        progress(f"atlas: {label}", number, len(task.bindings))
        activations = bound_activations(systems.program, (binding,))
        with pointing_at(binding.span, label):
            found.append(analysed.classification(analysed.specialise(activations), label))
    chosen, ratio = analysed.tuning, analysed.derived.system.vertex_ratio
    bias = "" if chosen.bias is None else chosen.bias_symbol.name
    return Atlas(task.architecture, bias, chosen.weight.symbol.name, tuple(found), ratio, without_vertex)


def _analysed(system: RecursionSystem, names: TensorNames) -> tuple[Analysed, str]:
    """Kernel and four-point vertex, or the kernel alone and why. Raises UnsupportedSystem."""
    called = vertex(names)
    if called is None:
        return Analysed(system, names, (), {}), "none is declared"
    try:
        return Analysed(system, names, (called,), {}), ""
    except (NothingToTune, LanguageError):
        raise
    except Refusal as error:
        return Analysed(system, names, (), {}), str(error)
