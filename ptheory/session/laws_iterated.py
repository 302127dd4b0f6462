"""Laws at large depth beside the sequences of the recursions they are of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom
from ptheory.criticality.carried_iteration import every_tensor_on
from ptheory.criticality.fixed_points import CriticalPoint
from ptheory.criticality.iterated import DepthLaw
from ptheory.criticality.kernel_system import KERNEL
from ptheory.criticality.laws import LOGARITHM, laws
from ptheory.criticality.tower_exponents import FIXED, Growth
from ptheory.criticality.universality import Classification, governing_point
from ptheory.networks.coefficients import TensorAt
from ptheory.recursion.tensor_names import TensorNames
from ptheory.session.plotted_network import PlottedNetwork

if TYPE_CHECKING:
    from ptheory.criticality.specialised import SpecialisedSystem


def governing(found: Classification) -> CriticalPoint:
    """The critical point of a class that has one."""
    point = governing_point(found.critical_points)
    assert point is not None
    return point


def hyperparameters_at(spec: SpecialisedSystem, point: CriticalPoint) -> dict[Atom, float]:
    """The variances of the critical point; learning rates and what else outputs have are one where they are not set."""
    held = (*spec.system.rates, *spec.system.constants)
    rates: dict[Atom, float] = {rate: float(spec.values.get(rate, 1)) for rate in held}
    return {**rates, spec.system.weight: float(point.C_W), spec.system.bias: float(point.C_b)}


def kernel_law(
    spec: SpecialisedSystem, found: Classification, point: CriticalPoint, kernels: np.ndarray
) -> Iterator[DepthLaw]:
    """The distance of K from the critical one, where it flows."""
    if point.K_star is None:
        return
    named = {law.quantity: law for name, law in laws(found).items() if name not in found.exponents}
    kernel = spec.system.kernel_name
    for quantity, law in named.items():
        if quantity == kernel or quantity.startswith((f"{kernel} ", f"{kernel}* ")):
            distance = np.abs(kernels - float(point.K_star))
            called = quantity.removesuffix(LOGARITHM)
            logs = law.log_power - (called != quantity)  # K log(l) -> 1/2 says that K falls as 1/log(l)
            named_so = "" if called == kernel else called
            yield DepthLaw(kernel, tuple(map(float, distance)), law.power, abs(law.amplitude), logs, None, named_so)
            return


def tensor_laws(
    network: PlottedNetwork,
    wanted: Sequence[TensorAt],
    names: TensorNames,
    found: Classification,
    kernels: np.ndarray,
    without: dict[str, str],
    kept: bool = False,
) -> Iterator[DepthLaw]:
    """Of every tensor asked for its dimensionless ratio, or itself where that has no 1/n; ``without``: what has no
    law. ``kept``: where the kernel is K* > 0 in every layer, instead of on its way there."""
    spec = replace(network.spec, kinks_dropped=network.kinks_dropped)
    numbers = hyperparameters_at(spec, governing(found))
    tensors = every_tensor_on(spec, kernels, numbers, without=found.tower[0].failures if found.tower else ())
    dimensions, growths = network.analysed.dimensions, {g.tensor: g for g in _fixed_growths(found, kept)}
    failures = {} if not found.tower else found.tower[0].failures
    for asked in wanted:
        tensor = names.tensor(asked.name, asked.lowest_order)
        assert tensor is not None
        name = names.of(tensor).name
        dimension, growth = dimensions.get(name), growths.get(name)
        if growth is None and dimension is not None and not kept:
            ratio = dimension.ratio(name, spec.system.kernel_name, spec.system.tangent or "")
            if ratio in found.amplitudes:  # of the vertex alone
                growth = Growth(name, ratio, found.exponents[ratio], found.amplitudes[ratio], 0, dimension.width)
        amplitude = None if growth is None else _at_numbers(growth.amplitude, numbers, float(kernels[0]))
        if growth is None or not amplitude:
            without[name] = failures.get(name, "it vanishes" if amplitude == 0 else "none is known")
            continue
        values, scaled = tensors[name], growth.width > 0
        if scaled and dimension is not None:
            tangent = tensors[spec.system.tangent] if dimension.tangent and spec.system.tangent else 1.0
            values = values / (kernels ** float(dimension.kernel) * tangent**dimension.tangent)
        yield DepthLaw(
            name, tuple(map(float, values)), growth.power, amplitude, growth.log_power, dimension if scaled else None
        )


def _fixed_growths(found: Classification, kept: bool) -> tuple[Growth, ...]:
    """At fixed learning rates, the ratio of a tensor behind the tensor; of the two places of a kernel at K* > 0, where
    it stays comes first."""
    schemes = [scheme for scheme in found.tower if scheme.rates == FIXED]
    return schemes[0 if kept else -1].growths if schemes else ()


def _at_numbers(amplitude: sp.Expr, numbers: Mapping[Atom, float], kernel: float) -> sp.Expr | None:
    """The amplitude at the numbers that the recursions are iterated with; None where it depends on others, as on what
    the first layer has."""
    known = {**{str(atom): value for atom, value in numbers.items()}, KERNEL: kernel}
    if any(symbol.name not in known for symbol in amplitude.free_symbols):
        return None
    return amplitude.subs({symbol: sp.Rational(str(known[symbol.name])) for symbol in amplitude.free_symbols})
