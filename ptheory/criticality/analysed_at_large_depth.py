"""Analyses at large depth: those of ``analysed``, and with a skip of what closes at large depth alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ptheory.algebra.polynomial import Polynomial
from ptheory.criticality.analysed import Analysed
from ptheory.criticality.between_layers import RememberingSystem
from ptheory.criticality.carried_exponents import with_certain_digits, with_counted_depth
from ptheory.criticality.carried_tower import VERTEX, CarriedTower, Pairs, PairsOfFields, canonical, pair
from ptheory.criticality.closed_tower import dimension_of, tangent
from ptheory.criticality.kernel_system import LinearRecursion
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import Dimension
from ptheory.criticality.tuning import check_rates
from ptheory.criticality.universality import Classification
from ptheory.networks.architecture import Architecture
from ptheory.networks.coefficients import TensorAt
from ptheory.recursion.directions import observables_at_neurons
from ptheory.recursion.equation import Equation
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames
from ptheory.recursion.tensors import Tensor

if TYPE_CHECKING:
    from sympy import Expr

    from ptheory.activations.activation import Activation


class AtLargeDepth(Analysed):
    """As ``Analysed``; where layers carry their neurons over the wanted tensors of four fields, which do not close, are
    those of recursions to leading order at large depth (``carried_tower``)."""

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
        declared = _covariances(names) if carries_neurons(architecture) else {}
        keys = {name: key for key, (name, _) in declared.items()}
        self.carried = [keys[one.name] for one in wanted if one.lowest_order == 0 and one.name in keys]
        closing = [one for one in wanted if one.lowest_order or one.name not in keys]
        theta = tangent(names)
        if any(key != VERTEX for key in self.carried) and theta is not None and theta not in closing:
            closing.append(theta)
        super().__init__(system, names, closing, values, near, exists)
        self.strength = Polynomial.sum([term.coefficient for term in architecture.direct_terms])
        self.recursions: list[LinearRecursion] = []
        self._targets = {name: target for name, target in declared.values()}
        if not self.carried:
            return
        edges = max(len({edge for one in key for along in one for edge in along}) for key in self.carried)
        tower = CarriedTower(
            PairsOfFields(architecture, edges, None if theta is None else theta.name),
            self.strength,
            {key: name for key, (name, _) in declared.items()},
        )
        for key in self.carried:
            tower.covariance(key)
        for one in tower.recursions:
            right = self.tuning.in_powers(one.rhs)
            check_rates(architecture, one.name, right, values)
            self.recursions.append(LinearRecursion(one.name, right))

    @property
    def dimensions(self) -> dict[str, Dimension]:
        """Those of what does not close, too."""
        known = (one.name for one in self.recursions if one.name in self._targets)
        carried = {name: dimension_of(self._targets[name]) for name in known}
        return super().dimensions | carried

    def specialise(self, activations: Mapping[str, Activation]) -> SpecialisedSystem:
        """With averages over two layers among its atoms where layers carry their neurons over."""
        spec = super().specialise(activations)
        if not self.recursions:
            return spec
        names = {one.name for one in self.recursions}
        called = next((name for name in names if name in self._targets and self._targets[name].is_vertex), None)
        system = replace(
            spec.system,
            tower=(*spec.system.tower, *self.recursions),
            vertex=called,
            at_large_depth=frozenset(names),
        )
        return RememberingSystem(system, spec.activations, spec.values, strength=self.tuning.in_powers(self.strength))

    def classification(
        self,
        spec: SpecialisedSystem,
        label: str,
        all_rates: bool = False,
        kinks_dropped: bool = False,
        kernel: Expr | None = None,
    ) -> Classification:
        """With the digits that are certain, and the depth that counts."""
        found = super().classification(spec, label, all_rates, kinks_dropped, kernel)
        if not isinstance(spec, RememberingSystem):
            return found
        return with_counted_depth(with_certain_digits(found), spec)


def carries_neurons(architecture: Architecture) -> bool:
    """Whether layers carry the neurons of one field over from the layer below, z' = c z + ..., with Gaussian weights
    and nothing else that is remembered."""
    direct = architecture.direct_terms
    plain = all(term.carried_field is not None for term in direct) and architecture.layers_read == 1
    widths = not architecture.is_scaled and all(not parameter.excess_fan_in for parameter in architecture.parameters)
    return bool(direct) and plain and widths and architecture.has_gaussian_rows and len(architecture.fields) == 1


def _covariances(names: TensorNames) -> dict[Pairs, tuple[str, Tensor]]:
    """The declared tensors that are covariances of two pairs of fields, each pair at one neuron."""
    found: dict[Pairs, tuple[str, Tensor]] = {}
    for entry in names.of_layers:
        at: dict[int, list[tuple[int, ...]]] = {}
        for observable in observables_at_neurons(entry.shape):
            for neuron, leg in observable:
                at.setdefault(neuron, []).append(leg.field.along)
        if len(at) == 2 and all(len(fields) == 2 for fields in at.values()):
            key = canonical(tuple(pair(left, right) for left, right in at.values()))
            found.setdefault(key, (entry.name, entry.shape))
    return found
