"""A derived system at one input with what is tuned in it, and its class once activations are chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ptheory.algebra.polynomial import Symbol
from ptheory.criticality.closed_tower import closed_tower, dimensions_of, near_dimensions, two_point_equation, vertex
from ptheory.criticality.derived import DerivedSystem, UnsupportedSystem, component_name, is_along, one_input_system
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import Dimension
from ptheory.criticality.tuning import Tuning, check_rates, tuning
from ptheory.criticality.universality import Classification, classify_system
from ptheory.networks.architecture import Architecture
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.roles import roles
from ptheory.recursion.closure import has_several_kernels
from ptheory.recursion.equation import Equation
from ptheory.recursion.nearby import near_components
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation

NO_LABELS = ("x", "dx")
KNOWN_OF_SEVERAL = (
    "`critical`, `exponents`, `phase` (all variances set), `consequences` and `check by iteration` in a block, and "
    "claims with `~`, are for such networks too; numbers layer by layer: `flow {name} with ... {{ ... }}`"
)


class Analysed:
    """The one-input system of the wanted tensors, with what is tuned in it.

    ``values``: hyperparameters that are set, as SymPy numbers; ``near``: what an input and the separation of two near
    it are called, where components along it are wanted too, those of which ``exists`` says so. Raises
    UnsupportedSystem where there is no such system.
    """

    def __init__(
        self,
        system: RecursionSystem,
        names: TensorNames,
        wanted: Sequence[TensorAt],
        values: Mapping[str, Expr],
        near: tuple[str, str] | None = None,
        exists: Callable[[Equation], bool] = lambda component: True,
    ) -> None:
        architecture = system.model.architecture
        if has_several_kernels(architecture):
            fields = ", ".join(architecture.fields)
            why = f"has a kernel for each of its fields ({fields}), not one"
            if len(architecture.fields) == 1:
                why = "reads layers further down, and has a kernel for each layer it reads, not one"
            raise UnsupportedSystem(f"{architecture.name} {why}", KNOWN_OF_SEVERAL.format(name=architecture.name))
        self.architecture = architecture
        kernel = two_point_equation(system, names)
        self.tuning: Tuning = tuning(architecture, kernel, values)
        self.tower = closed_tower(system, names, wanted)
        for recursion in self.tower:
            check_rates(architecture, recursion.name, recursion.right, values)
        flow, tower = self.tuning.of(kernel), [self.tuning.of(recursion) for recursion in self.tower]
        components = [] if near is None else [c for one in (flow, *tower) for c in near_components(one)]
        components = [one for one in components if is_along(one.target) and exists(one)]
        labels = near or NO_LABELS
        self.near_dimensions = near_dimensions(components, labels)
        self.components = {component_name(one.target, one, labels): one.target for one in components}
        self.derived: DerivedSystem = one_input_system(
            architecture.name,
            flow,
            tower,
            self.tuning.bias_symbol.name,
            self.tuning.weight.symbol.name,
            tuple(rate for rate in self.tuning.rates if rate not in _left_out(self.tower)),
            roles(architecture).of_outputs,
            components,
            labels,
        )

    @property
    def dimensions(self) -> dict[str, Dimension]:
        """What makes the quantities of the tower dimensionless."""
        return dimensions_of(self.tower)

    def specialise(self, activations: Mapping[str, Activation]) -> SpecialisedSystem:
        """The system at chosen activations, with the values of the hyperparameters that are set."""
        return self.derived.specialise(activations, self.tuning.fixed)

    def classification(
        self,
        spec: SpecialisedSystem,
        label: str,
        all_rates: bool = False,
        kinks_dropped: bool = False,
        kernel: Expr | None = None,
    ) -> Classification:
        """``all_rates``: the exponents of the whole tower too, at either choice of learning rates. ``kernel``: K*
        where it is prescribed."""
        dimensions = self.dimensions if all_rates or self.near_dimensions else {}
        dimensions = dimensions | self.near_dimensions
        return classify_system(
            spec, label, dimensions=dimensions, kinks_dropped=kinks_dropped, given=self.tuning.given, kernel=kernel
        )


def analysis_of(architecture: Architecture) -> type[Analysed]:
    """With direct terms that of large depth, too, which is loaded then."""
    if not architecture.direct_terms:
        return Analysed
    from ptheory.criticality.analysed_at_large_depth import AtLargeDepth

    return AtLargeDepth


def _left_out(tower: Sequence[Equation]) -> frozenset[str]:
    """The hyperparameters that drop out of all recursions of a tower beside the leading power of n."""
    kept = {atom.name for recursion in tower for atom in recursion.right.atoms() if isinstance(atom, Symbol)}
    dropped = {name for recursion in tower for one in recursion.left_out for name in one.names}
    return frozenset(dropped - kept)


def classify(
    system: RecursionSystem,
    names: TensorNames,
    tower: Sequence[str],
    activations: Mapping[str, Activation],
    label: str,
    values: Mapping[str, Expr] | None = None,
    kinks_dropped: bool = False,
) -> Classification:
    """The class of a system at one input; ``tower`` are the tensors whose exponents are wanted.

    ``values``: hyperparameters that are set, as SymPy numbers; a variance among them is not tuned. Raises
    UnsupportedSystem where one is missing, or where the system has no one-input form.
    """
    wanted = [TensorAt(name) for name in tower]
    analysed = Analysed(system, names, wanted, values or {})
    beyond = beyond_vertex(wanted, names)
    return analysed.classification(analysed.specialise(activations), label, beyond, kinks_dropped)


def beyond_vertex(wanted: Iterable[TensorAt], names: TensorNames) -> bool:
    """Whether more than the four-point vertex is wanted, whose exponent every classification has."""
    found = vertex(names)
    return any(found is None or (asked.name, asked.lowest_order) != (found.name, 0) for asked in wanted)
