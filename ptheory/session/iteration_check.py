"""``check by iteration``: the laws of a block at large depth against its recursions, iterated and extrapolated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ptheory.algebra.refusal import Refusal
from ptheory.criticality.analysed import beyond_vertex
from ptheory.criticality.extrapolation import SMALLEST_DEPTH, amplitude_of, exponent_of
from ptheory.criticality.iterated import DepthLaw, kernels_towards
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import governing_point
from ptheory.language.errors import LanguageError
from ptheory.language.statements import CheckBy
from ptheory.networks.formulas import real_number
from ptheory.networks.program import WithTask
from ptheory.networks.set_values import as_expression
from ptheory.recursion.closure import has_several_kernels
from ptheory.results.iterated_laws import IteratedLaw, IterationResult
from ptheory.session.block_settings import is_leading_kernel
from ptheory.session.kernels_iterated import kernels_by_iteration
from ptheory.session.laws_iterated import hyperparameters_at, kernel_law, tensor_laws
from ptheory.session.plotted_network import PlottedNetwork
from ptheory.session.systems import Systems

DEFAULT_DEPTH = 100_000
DEPTH_WITH_SKIP = 20_000  # where every layer is followed with all others
DEEPEST = 1_000_000


def by_iteration(
    task: WithTask, check: CheckBy, systems: Systems, progress: Callable[[str, int, int], None]
) -> list[IterationResult]:
    """The kernel's law and those of the exponents asked for; at K* > 0 also where the kernel stays there. LanguageError
    where there are none to be checked."""
    is_carried = bool(systems.system(task.architecture).model.architecture.direct_terms)
    depth = (check.option("depth") or (DEPTH_WITH_SKIP if is_carried else DEFAULT_DEPTH,))[0]
    _check_meaning(task, check, depth)
    if has_several_kernels(systems.system(task.architecture).model.architecture):
        return [kernels_by_iteration(task, depth, systems, progress)]
    names = systems.names(task.architecture)
    asked = [systems.tensor_at(name) for name in task.exponents]
    wanted = [tensor for tensor in asked if not is_leading_kernel(tensor, names)]
    values = {name: real_number(as_expression(value)) for (name, layer), value in task.values.items() if layer is None}
    network = PlottedNetwork.of(task.architecture, task.bindings, values, systems, wanted, task.almost_everywhere)
    all_rates = beyond_vertex(wanted, names)
    found = network.analysed.classification(network.spec, "", all_rates, task.almost_everywhere)
    point = governing_point(found.critical_points)
    if point is None or found.label == "undecided":
        raise Refusal("there is no critical point to whose laws the recursions could be held", found.evidence[-1])
    progress(f"iterating to layer {depth}", 0, 1)
    kernels = kernels_towards(network.spec, point, hyperparameters_at(network.spec, point), depth)
    without: dict[str, str] = {}
    laws = [
        *kernel_law(network.spec, found, point, kernels),
        *tensor_laws(network, wanted, names, found, kernels, without),
    ]
    system = network.spec.system
    if point.K_star is None and not wanted:
        without[system.kernel_name] = "every kernel is critical, and none flows; ask for `exponents V`"
    results = [_result(network.spec, depth, laws, without)]
    if point.K_star and wanted:
        if not all_rates:  # of the vertex alone the law where the kernel stays is among those of the tower
            found = network.analysed.classification(network.spec, "", True, task.almost_everywhere)
        without = {}
        kernels = np.full(depth, float(point.K_star))
        laws = list(tensor_laws(network, wanted, names, found, kernels, without, kept=True))
        place = f"{system.kernel_name} = {system.kernel_name}*"
        results.append(replace(_result(network.spec, depth, laws, without), place=place))
    return results


def _result(
    spec: SpecialisedSystem, depth: int, laws: Sequence[DepthLaw], without: Mapping[str, str]
) -> IterationResult:
    system = spec.system
    unresolved = {
        law.tensor: "what it has beside its law are powers of 1/log(l), which no such depth resolves"
        for law in laws
        if law.log_power < 0
    }
    laws = [law for law in laws if law.log_power >= 0]
    tangents = [law for law in laws if law.tensor == system.tangent or (law.dimension and law.dimension.tangent)]
    held = (*system.rates, *system.constants) if tangents else ()
    rates = tuple(str(rate) for rate in held if rate not in spec.values)
    return IterationResult(
        depth,
        tuple(_beside(law, system.kernel_name, system.tangent or "") for law in laws),
        {**without, **unresolved},
        rates,
        tuple(law.tensor for law in laws if law.tensor in system.at_large_depth),
    )


def _beside(law: DepthLaw, kernel: str, tangent: str) -> IteratedLaw:
    called = law.distance or (law.tensor if law.dimension is None else law.dimension.ratio(law.tensor, kernel, tangent))
    return IteratedLaw(
        called,
        law.power,
        law.amplitude,
        law.log_power,
        0 if law.dimension is None else law.dimension.width,
        exponent_of(law.values, law.log_power),
        amplitude_of(law.values, float(law.power), law.log_power),
    )


def _check_meaning(task: WithTask, check: CheckBy, depth: int) -> None:
    """Raise LanguageError where the block has no laws at one input, or the depth does not settle them."""
    if not task.exponents and not task.critical:
        raise LanguageError(
            "a check by iteration, and no law at large depth to be checked",
            check.span,
            help="add `exponents V` to this block",
        )
    if task.kernel is not None:
        raise LanguageError(
            f"the iteration starts from a kernel of its own, and {task.kernel.name} is set",
            task.kernel.span,
            help=f"put `check by iteration` in a block without `set {task.kernel.name}`",
        )
    if task.inputs.near:
        raise LanguageError(
            "the recursions are iterated at one input",
            check.span,
            help="put `check by iteration` in a block of its own: inputs one",
        )
    if not SMALLEST_DEPTH <= depth <= DEEPEST:
        raise LanguageError(
            f"a law is not told from its corrections at depth {depth}"
            if depth < SMALLEST_DEPTH
            else f"depth {depth} is more than {DEEPEST} layers",
            check.span,
            help=f"write a depth from {SMALLEST_DEPTH} to {DEEPEST}; {DEFAULT_DEPTH} is taken where none is written, "
            f"{DEPTH_WITH_SKIP} with a skip",
        )
