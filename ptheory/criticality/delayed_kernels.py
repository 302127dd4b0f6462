"""Layers that read further down through weights of their own: z' = W σ(z) + R σ(prev(z)), as densely connected ones do.

A kernel that stays is the same in all layers, so that critical points are those of the network that reads the same of
one layer, z' = (W + R) σ(z). How kernels approach them is another matter: what comes from further down comes later, and
a layer counts as the share l_1 r_1 of the slow direction (``slow_direction``), 1/(1 + ∂<(R σ)^2>/∂K). Every tensor
closes with those of what layers hand on, and follows in powers of the depth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial, Symbol
from ptheory.criticality.analysed import Analysed
from ptheory.criticality.coupled_recursions import unit_direction
from ptheory.criticality.coupled_tower import DEPTH_FLOW, CoupledTower
from ptheory.criticality.fixed_points import CriticalPoint, critical_points
from ptheory.criticality.given import at_given
from ptheory.criticality.kernels_at_zero import AtZero
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.series import DIGITS, LogSeries, number_value
from ptheory.criticality.several_kernels import KernelMean, SeveralKernels, kernel_slope, several_kernels
from ptheory.criticality.slow_direction import AlongCurve, Kernels
from ptheory.criticality.tuning import check_rates
from ptheory.criticality.universality import Classification, governing_point
from ptheory.networks.coefficients import TensorAt
from ptheory.networks.delayed_fields import with_delays_read_now
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorNames

if TYPE_CHECKING:
    from ptheory.activations import Activation

VALUE_DIGITS, SHOWN = 30, 9


@dataclass(frozen=True)
class AtKernel(AlongCurve):
    """Averages at kernels that stay where they are: numbers."""

    def _atom_series(self, atom: Atom, hyper: Mapping[Atom, sp.Expr], order: sp.Expr | int) -> LogSeries:
        if isinstance(atom, KernelMean):
            kernel = self.curve[atom.kernel].coefficient(0)
            value = self.value(Polynomial.atom(atom.mean), kernel, {}, VALUE_DIGITS)
            return LogSeries.constant(sp.Float(value, DIGITS))
        return super()._atom_series(atom, hyper, order)


class DelayedKernels:
    """``values``: hyperparameters that are set. Raises UnsupportedSystem, OpenHierarchy and NothingToTune."""

    def __init__(
        self, system: RecursionSystem, names: TensorNames, wanted: Sequence[TensorAt], values: Mapping[str, sp.Expr]
    ) -> None:
        declared = system.model.declared
        read_now = RecursionSystem(with_delays_read_now(declared), system.model.kinds)
        self.together = Analysed(read_now, names, (), values)
        self.kernels: SeveralKernels = several_kernels(system, names, wanted, self.together.tuning.rates)
        for recursion in self.kernels.tower:
            check_rates(declared, recursion.name, recursion.rhs, values)

    def classification(
        self,
        activations: Mapping[str, Activation],
        label: str,
        kinks_dropped: bool = False,
        kernel: sp.Expr | None = None,
    ) -> Classification:
        """Critical points, class and exponents. ``kernel``: K* where it is prescribed. Raises NoExpansion."""
        spec = self.together.specialise(activations)
        found = self.together.classification(spec, label, kinks_dropped=kinks_dropped, kernel=kernel)
        point = governing_point(found.critical_points)
        if point is None or found.label == "undecided":
            return found
        search = at_given(critical_points(spec), spec.system, self.together.tuning.given, kernel)
        evidence = (*search.notes, point.certificate)
        kernels = self.at(point, activations, kinks_dropped)
        if point.K_star:
            return self._above_zero(replace(found, evidence=evidence), point, kernels)
        own = AtZero(kernels, label, {}).classification()
        return replace(own, critical_points=found.critical_points, evidence=(*evidence, *own.evidence))

    def at(self, point: CriticalPoint, activations: Mapping[str, Activation], kinks_dropped: bool = False) -> Kernels:
        """The system at the variances of a critical point."""
        tuning = self.together.tuning
        values = {**tuning.fixed}
        for name, value in tuning.hyperparameters(point.C_b, point.C_W).items():
            values[Symbol(name)] = value if not value.has(sp.Float) else sp.N(value, DIGITS)
        kernels = Kernels.of(self.kernels, activations, values)
        return replace(kernels, spec=replace(kernels.spec, kinks_dropped=kinks_dropped))

    def _above_zero(self, found: Classification, point: CriticalPoint, kernels: Kernels) -> Classification:
        """The exponents of the network that reads one layer, in the depth that counts; tensors where K = K*."""
        spec = kernels_that_stay(kernels, point.K_star)
        system, name = self.kernels, found.kernel_name
        parallel = [[kernel_slope(right, kernel) for kernel in system.kernels] for right in system.maps]
        share, other = (_share(spec, matrix) for matrix in (parallel, system.perpendicular))
        tower = CoupledTower(system, spec, DEPTH_FLOW).schemes(f"{name} = {name}*")
        exponents = {n: value for n, value in found.exponents.items() if n.startswith("p_")}
        if "p_perp" in exponents:
            exponents["p_perp"] = number_value(exponents["p_perp"] * other / share)
        approach = {n: value for n, value in found.amplitudes.items() if n not in found.exponents}
        amplitudes = {n: number_value(value / share ** exponents["p_0"]) for n, value in approach.items()}
        said = [f"as layers further down are read, the depth counts as {sp.N(share, SHOWN)}*l"]
        said += [f"{n}: {reason}" for n, reason in tower[0].failures.items()]
        evidence = (*found.evidence, *said)
        return replace(
            found, system=system.naming, exponents=exponents, amplitudes=amplitudes, evidence=evidence, tower=tower
        )


def kernels_that_stay(kernels: Kernels, first: sp.Expr) -> AtKernel:
    """The system at K_1 and the kernels that it keeps, each made of others in the layer below."""
    names, given = kernels.system.kernels, kernels.spec
    curve = {name: LogSeries.constant(0) for name in names} | {names[0]: LogSeries.constant(sp.N(first, DIGITS))}
    spec = AtKernel(given.system, given.activations, given.values, given.kinks_dropped, given._slow, curve)
    for _ in names:
        made = zip(names[1:], kernels.system.maps[1:], strict=True)
        others = {name: spec.series(right, {}, 1) for name, right in made}
        spec = replace(spec, curve={names[0]: curve[names[0]], **others})
    return spec


def _share(spec: AtKernel, matrix: Sequence[Sequence[Polynomial]]) -> sp.Expr:
    """l_1 r_1 of a matrix of responses with the eigenvalue one."""
    numbers = sp.Matrix([[spec.series(entry, {}, 1).coefficient(0) for entry in row] for row in matrix])
    direction = unit_direction(numbers)
    if direction is None:
        raise AsymptoticFailure("kernels near K* shrink exponentially")
    return number_value(direction.left[0] * direction.right[0])
