"""Analyses at large depth: those of ``analysed``, and with a skip of what closes at large depth alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ptheory.algebra.polynomial import Polynomial
from ptheory.criticality.analysed import Analysed
from ptheory.criticality.between_layers import RememberingSystem
from ptheory.criticality.carried_exponents import with_certain_digits, with_counted_depth
from ptheory.criticality.carried_iteration import CarriedSystem
from ptheory.criticality.carried_tower import VERTEX, CarriedTower, Pair, Pairs, PairsOfFields, canonical, pair
from ptheory.criticality.closed_tower import dimension_of, tangent
from ptheory.criticality.kernel_system import LinearRecursion, Quantity
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.tower_exponents import Dimension
from ptheory.criticality.tuning import check_rates
from ptheory.criticality.universality import Classification
from ptheory.networks.architecture import Architecture, Direct
from ptheory.networks.coefficients import TensorAt
from ptheory.recursion.directions import observables_at_neurons
from ptheory.recursion.equation import Equation
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import NamedTensor, TensorNames
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
        carries = carries_neurons(architecture)
        declared = _pairs_of(names) if carries else {}
        means, covariances = ({name: key for name, key in declared.items() if len(key) == size} for size in (1, 2))
        shifted = [one for one in wanted if one.lowest_order == 1 and one.name in means]
        shifts = _shifts_without_skip(system, names, shifted, values) if shifted else {}
        driving = {atom.name for right in shifts.values() for atom in right.atoms() if isinstance(atom, Quantity)}
        asked = {one.name for one in wanted if one.lowest_order == 0}
        carried = [key for name, key in covariances.items() if name in driving | asked]
        closing = [one for one in wanted if one not in shifted and (one.lowest_order or one.name not in covariances)]
        theta = tangent(names)
        if theta is not None and theta not in closing and any(key != VERTEX for key in carried):
            closing.append(theta)
        super().__init__(system, names, closing, values, near, exists)
        self.strength = Polynomial.sum([term.coefficient for term in architecture.direct_terms])
        self.recursions: list[LinearRecursion] = []
        self.layers: CarriedTower | None = None
        self.shifts: dict[str, tuple[Pair, Polynomial]] = {}
        self._targets = {names.of(tensor).name: tensor for tensor in _tensors(names, declared)}
        if not carried:
            return
        edges = max(len({edge for one in key for along in one for edge in along}) for key in carried)
        tower = self.layers = CarriedTower(
            PairsOfFields(architecture, edges, None if theta is None else theta.name),
            self.strength,
            {key: name for name, key in covariances.items()},
        )
        for key in carried:
            tower.covariance(key)
        self.shifts = {name.name: (means[name.declared][0], right) for name, right in shifts.items()}
        made = [tower.shift(one, name, right) for name, (one, right) in self.shifts.items()]
        for one in (*tower.recursions, *made):
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
        unknowns = tuple(one for one in (self.tuning.bias, self.tuning.weight) if one is not None)
        return CarriedSystem(
            system,
            spec.activations,
            spec.values,
            strength=self.strength,
            unknowns=unknowns,
            layers=self.layers,
            shifts=self.shifts,
        )

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


def _pairs_of(names: TensorNames) -> dict[str, Pairs]:
    """The declared tensors that are means or covariances of pairs of fields, each pair at one neuron."""
    found: dict[str, Pairs] = {}
    for entry in names.of_layers:
        at: dict[int, list[tuple[int, ...]]] = {}
        for observable in observables_at_neurons(entry.shape):
            for neuron, leg in observable:
                at.setdefault(neuron, []).append(leg.field.along)
        if len(at) <= 2 and all(len(fields) == 2 for fields in at.values()):
            key = canonical(tuple(pair(left, right) for left, right in at.values()))
            if key not in found.values():
                found[entry.name] = key
    return found


def _tensors(names: TensorNames, declared: Mapping[str, Pairs]) -> Iterator[Tensor]:
    """Those, and of means the next order too."""
    for name, key in declared.items():
        for order in (0, 1) if len(key) == 1 else (0,):
            found = names.tensor(name, order)
            assert found is not None
            yield found


def _shifts_without_skip(
    system: RecursionSystem, names: TensorNames, wanted: Sequence[TensorAt], values: Mapping[str, Expr]
) -> dict[NamedTensor, Polynomial]:
    """The recursions of means to the next order in 1/n, drivers first, of layers that carry nothing over."""
    declared = system.model.declared
    layers = tuple(
        replace(equation, terms=tuple(term for term in equation.terms if not isinstance(term, Direct)))
        for equation in declared.layers
    )
    plain = Analysed(RecursionSystem(replace(declared, layers=layers), system.model.kinds), names, wanted, values)
    return {
        names.of(one.target): plain.derived.system.recursion(one.name).rhs
        for one in plain.tower
        if one.target.order == 1
    }
