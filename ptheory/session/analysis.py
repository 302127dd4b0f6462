"""Criticality of a derived system with its activations bound: critical points, class, exponents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import mpmath
import sympy

from ptheory.algebra.refusal import Refusal
from ptheory.criticality.analysed import Analysed, analysis_of, beyond_vertex, classify
from ptheory.criticality.closed_tower import vertex
from ptheory.criticality.constrained import (
    KeptKernel,
    OnEdge,
    fate_of,
    kept_kernel,
    next_kernel,
    on_edge,
    susceptibilities,
)
from ptheory.criticality.derived import UnsupportedSystem
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.series import NoExpansion, NoLeadingTerm
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tuning import NothingToTune, Tuning
from ptheory.criticality.universality import Classification
from ptheory.expectations import ExpectationError
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.language.statements import Critical, Exponents
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
from ptheory.recursion.closure import OpenHierarchy, has_several_kernels
from ptheory.recursion.tensor_names import TensorNames
from ptheory.results.criticality_result import (
    AtGivenVariances,
    Criticality,
    Keeping,
    Kept,
    NotFound,
    NothingStays,
)
from ptheory.session.block_settings import initialisation, near_labels, tensors_asked, values_set
from ptheory.session.near_existence import Components
from ptheory.session.prelude_network import prelude_network
from ptheory.session.systems import Systems

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation


KEPT = 1  # the kernel that a network of unit inputs is asked to keep
KEPT_DIGITS = 18
CONTRADICTING = 1e-12  # relative: nearer, K' and K agree


def classify_activation(activation: Activation, name: str, tower: bool = False) -> Classification:
    """The class of an activation in the fully connected network of the prelude, from its derived recursions.

    ``tower``: exponents of every tensor of the neural tangent kernel family, not of K and V alone.
    """
    network = prelude_network()
    wanted = network.tower if tower else tuple(asked.name for asked in _vertices(network.names))
    return classify(network.system, network.names, wanted, {network.activation: activation}, name)


def specialised_network(activation: Activation) -> SpecialisedSystem:
    """Kernel and four-point vertex of the prelude's fully connected network at an activation."""
    network = prelude_network()
    analysed = Analysed(network.system, network.names, _vertices(network.names), {})
    return analysed.derived.specialise({network.activation: activation})


def _vertices(names: TensorNames) -> tuple[TensorAt, ...]:
    """The four-point vertex where it is declared."""
    found = vertex(names)
    return () if found is None else (found,)


def criticality(
    task: WithTask, systems: Systems, activations: Mapping[str, Activation], labels: Mapping[str, str]
) -> Criticality:
    """Critical points, class and exponents of a block. Raises LanguageError where there is nothing to tune."""
    label = ", ".join(labels.values())
    system, names = systems.system(task.architecture), systems.names(task.architecture)
    wanted, values = tensors_asked(task, systems), values_set(task)
    if has_several_kernels(system.model.architecture):
        return _of_several_kernels(task, systems, activations, label)
    try:
        near = near_labels(task)
        components = Components(activations, near or NO_LABELS)
        analysed = analysis_of(system.model.architecture)(
            system, names, wanted, values, near, lambda component: components.why_missing(component) is None
        )
        spec = analysed.specialise(activations)
        kernel = None if task.kernel is None else real_number(task.kernel.value)
        found = analysed.classification(spec, label, beyond_vertex(wanted, names), task.almost_everywhere, kernel)
    except OpenHierarchy as error:
        raise _pointed_at(error, task, systems, names) from error
    except NothingToTune as error:
        raise LanguageError(str(error), _asking(task), help=error.help) from error
    except UnsupportedSystem as error:
        return Criticality(label, None, str(error))
    chosen = analysed.tuning
    points = tuple(initialisation(point, chosen) for point in found.critical_points)
    is_given = (chosen.given or kernel is not None) and found.label != "undecided"
    if kernel is not None and chosen.are_both_set:
        _check_kept(task, spec, chosen, kernel)
    at_given = _at_given_variances(spec, chosen, kernel, found.critical_points) if is_given else None
    return Criticality(label, found, "", points, at_given, _asked_names(task, systems))


def _of_several_kernels(
    task: WithTask, systems: Systems, activations: Mapping[str, Activation], label: str
) -> Criticality:
    """Where there are several kernels. Raises LanguageError as ``criticality`` does."""
    from ptheory.session.block_kernels import block_kernels

    try:
        found = block_kernels(task, systems, activations, label)
    except OpenHierarchy as error:
        raise _pointed_at(error, task, systems, systems.names(task.architecture)) from error
    except NothingToTune as error:
        raise LanguageError(str(error), _asking(task), help=error.help) from error
    except (UnsupportedSystem, NoExpansion, NoLeadingTerm) as error:
        return Criticality(label, None, str(error))
    return Criticality(label, found.classification, "", found.points, None, _asked_names(task, systems))


def _asked_names(task: WithTask, systems: Systems) -> tuple[str, ...]:
    """Their names at the order wanted."""
    names = systems.names(task.architecture)
    return tuple(_written(systems.tensor_at(name), names) for name in task.exponents)


NO_LABELS = ("", "")  # where there are no components


def _pointed_at(error: OpenHierarchy, task: WithTask, systems: Systems, names: TensorNames) -> LanguageError:
    """At the name of the tensor that does not close, or at what asks for exponents."""
    missing = names.of(error.target).name
    for setting in task.statement.settings:
        for name in setting.names if isinstance(setting, Exponents) else ():
            if _written(systems.tensor_at(name.name), names) == missing:
                return LanguageError(f"{missing}: {error}", name.span, help=error.help)
    return LanguageError(f"{missing}: {error}", _asking(task), help=error.help)


def _asking(task: WithTask) -> Span:
    """The setting that asks for criticality."""
    return next(s.span for s in task.statement.settings if isinstance(s, (Critical, Exponents)))


def _written(asked: TensorAt, names: TensorNames) -> str:
    """The name of a tensor at its order: V, G1."""
    found = names.tensor(asked.name, asked.lowest_order)
    assert found is not None
    return names.of(found).name


def _check_kept(task: WithTask, spec: SpecialisedSystem, chosen: Tuning, kernel: Expr) -> None:
    """Raise LanguageError where both variances and the kernel are set, and contradict each other."""
    assert task.kernel is not None
    after, name = next_kernel(spec, kernel, chosen.given), task.kernel.name
    if abs(after - kernel) > abs(kernel) * CONTRADICTING:
        values = " and ".join(f"{symbol} = {value}" for symbol, value in chosen.set_variances.items())
        raise LanguageError(
            f"{name} = {kernel} is not kept at {values}: {name}' = {mpmath.nstr(after, 9)}",
            task.kernel.span,
            help="set two of the three; the third is solved for",
        )


def _at_given_variances(
    spec: SpecialisedSystem, chosen: Tuning, kernel: Expr | None, critical: Sequence[CriticalPoint]
) -> AtGivenVariances:
    """What there is where a variance or the kernel is set, critical or not: points of the edge, a kernel kept."""
    kept: Kept | None = None
    try:
        if chosen.are_both_set:
            kept = _kept_kernels(spec, chosen, kernel)
        elif chosen.given:
            kept = _keeping(spec, chosen, sympy.Integer(KEPT) if kernel is None else kernel)
    except (NoExpansion, ExpectationError) as error:
        kept = NotFound(str(error))
    edge: OnEdge | NotFound | None = None
    if (kernel is None) == (len(chosen.given) == 1):
        try:
            edge = on_edge(spec, chosen.given, kernel, any(point.K_star is None for point in critical))
        except Refusal as error:
            edge = NotFound(str(error))
    return AtGivenVariances(chosen.set_variances, chosen.bias is not None, kept, kernel, edge)


def _keeping(spec: SpecialisedSystem, chosen: Tuning, kernel: Expr) -> Kept:
    system = spec.system
    kept = kept_kernel(spec, kernel, chosen.given)
    (free,) = [symbol for symbol in (system.bias, system.weight) if symbol not in chosen.given]
    value = None if kept is None else kept.weight if free == system.weight else kept.bias
    return Keeping(str(free), kernel, value, kept)


def _kept_kernels(spec: SpecialisedSystem, chosen: Tuning, wanted: Expr | None) -> Kept:
    """All of them, or the one that is wanted."""
    from ptheory.criticality.edge import fixed_kernels, phase

    found = tuple(
        _kept(spec, chosen, kernel) for kernel in (fixed_kernels(spec, chosen.given) if wanted is None else [wanted])
    )
    if found:
        return found
    try:
        return phase(spec, chosen.given)
    except AsymptoticFailure as error:
        return NothingStays(str(error))


def _kept(spec: SpecialisedSystem, chosen: Tuning, kernel: Expr) -> KeptKernel:
    system, given = spec.system, chosen.given
    parallel, perpendicular = susceptibilities(spec, kernel, given, KEPT_DIGITS)
    fate = fate_of(spec, kernel, given, parallel, perpendicular)
    return KeptKernel(kernel, given[system.bias], given[system.weight], parallel, perpendicular, fate)
