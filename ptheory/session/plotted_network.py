"""The network a figure of criticality is about: its one-input recursions, its activations bound, its variances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ptheory.algebra.polynomial import Atom
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.analysed import NO_LABELS, Analysed, analysis_of
from ptheory.criticality.closed_tower import vertex
from ptheory.criticality.finite_width import Fluctuations
from ptheory.criticality.fixed_points import CriticalPoint, critical_points
from ptheory.criticality.given import at_given
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tuning import NothingToTune
from ptheory.criticality.universality import Classification, governing_point
from ptheory.language.expressions import Expression
from ptheory.language.statements import Binding
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.formulas import real_number
from ptheory.networks.program import PlotTask, WithTask
from ptheory.networks.set_values import Value, as_expression
from ptheory.results.figures import About
from ptheory.session.flow_task import ScalarPlace
from ptheory.session.systems import Systems, binding_label, bound_activations

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation


@dataclass(frozen=True)
class PlottedNetwork:
    """``analysed`` with its ``activations`` bound; ``kinks_dropped``: by the convention that their derivatives are zero
    at kinks."""

    architecture: str
    bindings: tuple[Binding, ...]
    analysed: Analysed
    activations: Mapping[str, Activation]
    values: Mapping[str, Expr]
    kinks_dropped: bool = False
    systems: Systems | None = field(default=None, compare=False, repr=False)  # what it was made from

    @staticmethod
    def of(
        architecture: str,
        bindings: tuple[Binding, ...],
        values: Mapping[str, Expr],
        systems: Systems,
        wanted: Sequence[TensorAt] | None = None,
        kinks_dropped: bool = False,
    ) -> PlottedNetwork:
        """Kernel and the ``wanted`` tensors, with a skip those that are known at large depth too; by default the
        four-point vertex where its recursion closes.

        Raises UnsupportedSystem.
        """
        system, names = systems.system(architecture), systems.names(architecture)
        if wanted is None:
            called = vertex(names)
            try:
                analysed = Analysed(system, names, () if called is None else (called,), values)
            except NothingToTune:
                raise
            except Refusal:
                analysed = Analysed(system, names, (), values)  # the vertex of a network with skips does not close
        else:
            analysed = analysis_of(system.model.architecture)(system, names, wanted, values)
        activations = bound_activations(systems.program, bindings)
        return PlottedNetwork(architecture, bindings, analysed, activations, values, kinks_dropped, systems)

    @cached_property
    def fluctuations(self) -> Fluctuations | None:
        """The recursions of the vertex and the first correction of the kernel, and of their components along a
        separation of two inputs where they have any; None where these recursions do not close."""
        if self.systems is None:
            return None
        system, names = self.systems.system(self.architecture), self.systems.names(self.architecture)
        kernel = next((entry.name for entry in names.of_layers if entry.shape.is_kernel), None)
        called = vertex(names)
        if kernel is None or called is None:
            return None
        wanted = (called, TensorAt(kernel, 1))
        for near in (NO_LABELS, None):
            try:
                made = Analysed(system, names, wanted, self.values, near)
            except Refusal:
                continue
            return Fluctuations(made.specialise(self.activations), f"{kernel}1", made.components)
        return None

    @cached_property
    def spec(self) -> SpecialisedSystem:
        """The recursions at one input as numbers."""
        return self.analysed.specialise(self.activations)

    @cached_property
    def classification(self) -> Classification:
        """Critical points, class and laws at large depth."""
        label = ", ".join(binding_label(binding.value) for binding in self.bindings)
        return self.analysed.classification(self.spec, label, kinks_dropped=self.kinks_dropped)

    @property
    def given(self) -> Mapping[Atom, Expr]:
        """The variances that are set."""
        return self.analysed.tuning.given

    @property
    def is_given(self) -> bool:
        """Whether both variances are set."""
        return self.analysed.tuning.are_both_set

    @cached_property
    def critical_point(self) -> CriticalPoint:
        """The one that governs the class, at the variances that are set. Refusal where there is none."""
        search = at_given(critical_points(self.spec), self.spec.system, self.given)
        if search.open_questions:
            raise Refusal(f"the critical point is undecided: {search.open_questions[0]}", self._set_both)
        point = governing_point(search.points)
        if point is None:
            where = " and ".join(f"{symbol} = {value}" for symbol, value in self.given.items())
            raise Refusal(
                "there is no critical point that attracts" + (f" at {where}" if where else ""), self._set_both
            )
        return point

    @property
    def _set_both(self) -> str:
        tuned = self.analysed.tuning
        names = [unknown.name for unknown in (tuned.bias, tuned.weight) if unknown is not None]
        return "say where it is to be drawn: set " + ", ".join(f"{name} = ..." for name in names)

    def variances(self) -> tuple[dict[Atom, Expr], About]:
        """The two variances: those set, else the critical ones. Raises Refusal where there are none."""
        if self.is_given:
            return dict(self.given), self.about({})
        point, system = self.critical_point, self.spec.system
        values = self.analysed.tuning.hyperparameters(point.C_b, point.C_W)
        return {system.bias: point.C_b, system.weight: point.C_W}, self.about(values, True)

    def about(self, critical: Mapping[str, Expr], is_critical: bool = False) -> About:
        """What a figure of it is of."""
        bound: dict[str, Expression] = {binding.name: binding.value for binding in self.bindings}
        return About(self.architecture, bound, {**critical, **self.values}, is_critical)


def plotted_network(task: PlotTask, systems: Systems, wanted: Sequence[TensorAt] | None = None) -> PlottedNetwork:
    """The network of a figure's block. Raises UnsupportedSystem."""
    block = block_of(task)
    values = set_numbers(block.values)
    return PlottedNetwork.of(block.architecture, block.bindings, values, systems, wanted, block.almost_everywhere)


def block_of(task: PlotTask) -> WithTask:
    """The block of a figure that is written with one."""
    assert isinstance(task.of, WithTask)
    return task.of


def set_numbers(values: Mapping[ScalarPlace, Value]) -> dict[str, Expr]:
    """What is set in every layer, exactly. Raises FormulaError."""
    return {name: real_number(as_expression(value)) for (name, layer), value in values.items() if layer is None}
