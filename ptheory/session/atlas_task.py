"""``atlas sigma { ... }``: many activations classified in one architecture, what they imply, and one figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ptheory.algebra.refusal import Refusal
from ptheory.criticality.analysed import Analysed
from ptheory.criticality.atlas import BIAS_COLUMN, KERNEL_COLUMN, WEIGHT_COLUMN, kept_and_ranked
from ptheory.criticality.consequences import NO_TANGENT, NO_VERTEX, Consequences, consequences
from ptheory.criticality.tuning import NothingToTune
from ptheory.criticality.universality import Classification
from ptheory.expectations import TimeExceeded
from ptheory.expectations.time_limits import time_limit
from ptheory.language.claim_names import KERNEL_BELOW
from ptheory.language.errors import LanguageError
from ptheory.networks.atlas_rows import RANKS
from ptheory.networks.formulas import FormulaError
from ptheory.networks.program import AtlasTask
from ptheory.results.atlas_result import Atlas
from ptheory.session.consequences_task import analysed_for_consequences
from ptheory.session.refusals import pointing_at
from ptheory.session.systems import Systems, binding_label, bound_activations

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation

SECONDS = 5.0  # of processor time for one activation


def run_atlas(task: AtlasTask, systems: Systems, progress: Callable[[str, int, int], None]) -> Atlas:
    """The recursions are derived once; every activation is then classified from them. Raises LanguageError."""
    system, names = systems.system(task.architecture), systems.names(task.architecture)
    try:
        analysed, missing = analysed_for_consequences(system, names, {})
    except NothingToTune as error:
        place = task.statement.architecture or task.statement.generic
        help = "an atlas sets nothing: put numbers for it into an architecture of your own"
        raise LanguageError(str(error), place.span, help=help) from error
    chosen, derived = analysed.tuning, analysed.derived.system
    bias = "" if chosen.bias is None else chosen.bias_symbol.name
    column = _column(task.ranked_by, bias, chosen.weight.symbol.name)
    if task.ranked_by and column is None:
        ranked = task.statement.ranked_by
        assert ranked is not None
        raise LanguageError(f"{ranked.name} is not tuned in {task.architecture}", ranked.span, help="rank by nu")
    found: list[Consequences] = []
    for number, binding in enumerate(task.bindings):
        label = binding_label(binding.value)
        progress(f"atlas: {label}", number, len(task.bindings))
        with pointing_at(binding.span, label):
            activations = bound_activations(systems.program, (binding,))
            found.append(_row(analysed, activations, label, missing))
    return Atlas(
        task.architecture,
        derived.kernel_name,
        bias,
        chosen.weight.symbol.name,
        kept_and_ranked(found, task.classes, column or ""),
        derived.vertex_ratio,
        "" if derived.vertex is not None else missing.get(NO_VERTEX, "none is declared"),
        "" if derived.tangent is not None else missing.get(NO_TANGENT, NO_TANGENT),
        len(task.bindings),
        task.classes,
        task.ranked_by,
    )


def _row(
    analysed: Analysed, activations: Mapping[str, Activation], label: str, missing: Mapping[str, str]
) -> Consequences:
    """One activation, in ``SECONDS`` at most; what it cannot be analysed for stands in its row."""
    try:
        with time_limit(SECONDS):
            spec = analysed.specialise(activations)
            found, has_bias = analysed.classification(spec, label), analysed.tuning.bias is not None
            return consequences(spec, found, has_bias, missing, analysed.architecture.has_gaussian_rows)
    except (LanguageError, FormulaError):
        raise
    except TimeExceeded:
        reason = f"it takes more than {SECONDS:.0f} seconds of processor time; `with` has no limit"
    except Refusal as error:
        reason = error.message
    undecided = Classification(analysed.derived.system, label, "undecided", (), evidence=(f"undecided: {reason}",))
    return Consequences(undecided, none=reason)


def _column(name: str, bias: str, weight: str) -> str | None:
    """The column of the atlas that a name of the file stands for; None where it stands for none."""
    own = {bias: BIAS_COLUMN, weight: WEIGHT_COLUMN, KERNEL_BELOW: KERNEL_COLUMN}
    if name in own:
        return own[name]
    return name if name in RANKS else None
