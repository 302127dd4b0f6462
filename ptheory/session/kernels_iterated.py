"""``check by iteration`` of several kernels: their laws, and those of their towers, beside the recursions iterated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import sympy as sp

from ptheory.algebra.polynomial import Symbol
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.alternating import period
from ptheory.criticality.coupled_tower import scale_of
from ptheory.criticality.extrapolation import amplitude_of, exponent_of
from ptheory.criticality.iterated_kernels import IteratedKernels, starting_kernels
from ptheory.criticality.tower_exponents import Growth
from ptheory.criticality.universality import governing_point
from ptheory.networks.program import WithTask
from ptheory.results.iterated_laws import IteratedLaw, IterationResult
from ptheory.session.block_kernels import BlockKernels, block_kernels
from ptheory.session.block_settings import tensors_asked
from ptheory.session.systems import Systems, bound_activations


def kernels_by_iteration(
    task: WithTask, depth: int, systems: Systems, progress: Callable[[str, int, int], None]
) -> IterationResult:
    """The laws of all kernels and of the exponents asked for. Raises Refusal where there is no critical point, and what
    ``block_kernels`` does."""
    found = block_kernels(task, systems, bound_activations(systems.program, task.bindings), "")
    point = governing_point(found.classification.critical_points)
    if found.kernels is None or point is None or found.classification.label == "undecided":
        raise Refusal("there is no critical point to whose laws the recursions could be held")
    if point.K_star:
        raise Refusal(
            f"with several kernels the recursions are iterated towards zero and on lines, not towards {point.K_star}"
        )
    progress(f"iterating to layer {depth}", 0, 1)
    spec, system = found.kernels.spec, found.kernels.system
    rates = {rate: 1.0 for rate in system.naming.rates if rate not in spec.values}
    iterated = IteratedKernels(found.kernels, starting_kernels(found.kernels, point.K_star is None), depth, rates)
    without: dict[str, str] = {}
    laws = list(_laws(found, iterated, rates, without, {one.name for one in tensors_asked(task, systems)}))
    if point.K_star is None and not task.exponents:
        without[system.kernels[0]] = "every kernel on the line is critical, and none flows; ask for `exponents V`"
    of_rates = any(system.targets[one].rates for one in system.targets)
    return IterationResult(depth, tuple(laws), without, tuple(map(str, rates)) if of_rates else ())


def _laws(
    found: BlockKernels,
    iterated: IteratedKernels,
    rates: Mapping[Symbol, float],
    without: dict[str, str],
    asked: set[str],
) -> Iterator[IteratedLaw]:
    assert found.kernels is not None
    system, scheme = found.kernels.system, found.classification.tower[0]
    tensors = {**iterated.kernels, **iterated.tower(tuple(scheme.failures))}
    numbers = {
        **{str(rate): value for rate, value in rates.items()},
        system.kernels[0]: iterated.kernels[system.kernels[0]][0],
    }
    kinds = period(found.kernels.at_zero()[1])
    last = {growth.tensor: growth for growth in scheme.growths}  # a ratio stands behind its tensor
    without |= scheme.failures
    for name, growth in last.items():
        if name in system.kernels and growth.power == 0:
            continue
        amplitude = _at_numbers(growth, numbers)
        if not amplitude:
            without[name] = "it vanishes" if amplitude == 0 else "its law depends on what the first layers have"
            continue
        values = tensors[name]
        below = scale_of(system, system.targets[name]) if growth.width else None
        for one, power in below or ():
            values = values / tensors[one] ** float(power)
        sequence = tuple(map(float, values))
        yield IteratedLaw(
            growth.name,
            growth.power,
            amplitude,
            growth.log_power,
            growth.width,
            exponent_of(sequence, growth.log_power, kinds),
            amplitude_of(sequence, float(growth.power), growth.log_power, kinds),
        )


def _at_numbers(growth: Growth, numbers: Mapping[str, float]) -> sp.Expr | None:
    """The amplitude at the numbers that the recursions are iterated with; None where it depends on others."""
    free = growth.amplitude.free_symbols
    if any(symbol.name not in numbers for symbol in free):
        return None
    return growth.amplitude.subs({symbol: sp.Rational(str(numbers[symbol.name])) for symbol in free})
