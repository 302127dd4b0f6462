"""``phase`` in a block about a network with several kernels: at the hyperparameters that are set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.phases_of_kernels import phase_of_kernels
from ptheory.criticality.several_kernels import several_kernels
from ptheory.criticality.slow_direction import Kernels
from ptheory.language.errors import LanguageError
from ptheory.language.statements import PhaseSetting
from ptheory.networks.delayed_fields import is_delay
from ptheory.networks.fields import Field
from ptheory.networks.program import WithTask
from ptheory.networks.roles import roles
from ptheory.results.phase_result import PhaseOfSeveral, Phases
from ptheory.session.block_settings import values_set
from ptheory.session.systems import Systems, binding_label, bound_activations

if TYPE_CHECKING:
    from sympy import Expr


def phases_of_several(task: WithTask, setting: PhaseSetting, systems: Systems) -> Phases:
    """Raises LanguageError where a hyperparameter has no value, and where networks of a shape are asked for."""
    architecture = systems.program.architectures[task.architecture]
    if setting.shape is not None:
        raise LanguageError(
            f"nothing is known at finite width of {architecture.name}, which has several kernels", setting.span,
            help="write `phase`",
        )  # fmt: skip
    values, label = values_set(task), ", ".join(binding_label(binding.value) for binding in task.bindings)
    system, names = systems.system(task.architecture), systems.names(task.architecture)
    try:
        kernels = several_kernels(system, names, (), roles(architecture).rates)
    except Refusal as error:
        raise LanguageError(error.message, setting.span, help=error.help) from error
    used = {atom.name for right in kernels.maps for atom in right.atoms() if isinstance(atom, Symbol)}
    missing = sorted(used - values.keys())
    if missing:
        raise LanguageError(
            f"the phase of {architecture.name}, which has several kernels, is that of a point, and there is no value "
            f"of {' and of '.join(missing)}",
            setting.span,
            help=f"write `set {', '.join(f'{name} = ...' for name in missing)}`",
        )
    at: dict[Atom, Expr] = {Symbol(name): value for name, value in values.items()}
    found: PhaseOfSeveral | str
    try:
        phase = phase_of_kernels(Kernels.of(kernels, bound_activations(systems.program, task.bindings), at))
        named = zip(kernels.fields, kernels.kernels, strict=True)
        shown = {name for field, name in named if not is_delay(Field(field))}
        found = PhaseOfSeveral(
            phase.phase,
            {name: star for name, star in phase.kernels.items() if name in shown},
            {name: c for name, c in phase.correlations.items() if name in shown},
        )
    except Refusal as error:
        found = "; ".join(filter(None, (error.message, error.help)))
    said = {name: value for name, value in values.items() if name in used}
    return Phases(label, architecture.name, kernels.kernels[0], said, (), found, None, "")
