"""The checks a with block asks for: quadrature of every expectation, simulation of the real finite network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ptheory.language.errors import LanguageError
from ptheory.language.statements import CheckBy
from ptheory.networks.program import WithTask
from ptheory.recursion.closure import remembers_its_past
from ptheory.recursion.equation import Equation
from ptheory.recursion.flow import Flow, FlowSetting, layer_meant
from ptheory.recursion.history_flow import HistoryFlow
from ptheory.recursion.tensors import Leg, covariance, tensor
from ptheory.session.flow_task import hyperparameter_values
from ptheory.session.systems import Systems
from ptheory.verification.verdict import Kind, Verdict

DEFAULT_DEPTH = 4
DEFAULT_WIDTHS = (64, 128)
DEFAULT_NETWORKS = 4000
ALLOWED_ERRORS = 4.5  # standard errors, for the worst of a dozen comparisons
FLOW_DIGITS = 15

Progress = Callable[[str, int, int], None]


def by_quadrature(found: Equation, activations: Mapping[str, Any], digits: int, kinks_dropped: bool = False) -> Verdict:
    """Every expectation of a specialised recursion against independent quadrature.

    ``kinks_dropped``: derivatives of activations are those of automatic differentiation.
    """
    from ptheory.verification.certify import certify

    return certify(found, dict(activations), digits, kinks_dropped=kinks_dropped)


@dataclass(frozen=True)
class Deviation:
    """One comparison: ``predicted`` carries an estimate of the first order left out."""

    what: str
    predicted: float
    truncation: float
    simulated: float
    error: float

    @property
    def in_errors(self) -> float:
        excess = max(abs(self.simulated - self.predicted) - self.truncation, 0.0)
        return excess / self.error if self.error else (0.0 if excess < 1e-9 * abs(self.predicted) else float("inf"))


def by_simulation(
    task: WithTask,
    check: CheckBy,
    systems: Systems,
    activations: Mapping[str, Any],
    values: Mapping[str, Any],
    progress: Progress,
) -> list[Verdict]:
    """One verdict per width: G and V of every layer, theory to order 1/n against real networks, at one input.

    ``values`` are the hyperparameters where the block sets none (the critical point). Raises LanguageError.
    """
    depth = (check.option("depth") or (DEFAULT_DEPTH,))[0]
    widths = check.option("widths") or DEFAULT_WIDTHS
    networks = (check.option("networks") or (DEFAULT_NETWORKS,))[0]
    seed = (check.option("seed") or (1,))[0]
    architecture = systems.program.architectures[task.architecture]
    if depth < 2:
        raise LanguageError(
            "a simulation of one layer has nothing to check", check.span, help="write `depth 2` or more"
        )
    if networks < 2:
        raise LanguageError(
            "error bars need at least two networks", check.span, help="write `networks 4000`, or leave it out"
        )
    if len(architecture.fields) > 1:
        raise LanguageError(
            "a check by simulation is for architectures with one field",
            check.span,
            help="write `check by quadrature`",
        )
    chosen = {**values, **hyperparameter_values(task.values, FLOW_DIGITS)}
    field = architecture.fields[0]
    system = systems.system(task.architecture)
    inputs = [[Fraction(1), Fraction(1)]]
    setting = FlowSetting(inputs, _lookup(chosen, check), activations, digits=FLOW_DIGITS)
    flow = HistoryFlow(system, setting) if remembers_its_past(architecture) else Flow(system, setting)
    pair = covariance(Leg(field, 1), Leg(field, 1))
    series = {}
    for layer in range(2, depth + 1):
        for name, components in (("G", (pair,)), ("V", (pair, pair))):
            series[name, layer] = [float(flow.value(layer, tensor(components, k))) for k in (0, 1)]
        progress("theory for the simulation", layer, depth)
    return [
        _compare(architecture, activations, chosen, inputs, width, depth, networks, seed, series, progress)
        for width in widths
    ]


def _compare(
    architecture: Any, activations: Mapping[str, Any], chosen: Mapping[Any, Any], inputs: Any, width: int, depth: int,
    networks: int, seed: int, series: Mapping[tuple[str, int], list[float]], progress: Progress,
) -> Verdict:  # fmt: skip
    from ptheory.verification.array_activations import array_activation
    from ptheory.verification.networks_in_numbers import draw_rows
    from ptheory.verification.simulate import simulate

    arrays = {name: array_activation(activation) for name, activation in activations.items()}
    numbers = {(name if layer is None else (name, layer)): float(value) for (name, layer), value in chosen.items()}
    found = simulate(
        architecture, arrays, numbers, [[float(x) for x in vector] for vector in inputs], [width] * (depth - 1), depth,
        networks, seed, draw=draw_rows, progress=lambda done, of: progress(f"simulation at width {width}", done, of),
    )  # fmt: skip
    deviations = []
    for layer in range(2, depth + 1):
        estimates = found.layers[layer - 1]
        for name, estimate, index in (("G", estimates.G, (0, 0)), ("V", estimates.V, (0, 0, 0, 0))):
            leading, next_order = series[name, layer]
            correction = next_order / width
            left_out = correction**2 / abs(leading) if leading else 0.0
            deviations.append(
                Deviation(f"{name} at layer {layer}", leading + correction, left_out,
                          float(estimate.value[index]), float(estimate.error[index]))
            )  # fmt: skip
    worst = max(deviations, key=lambda d: d.in_errors)
    label = f"simulation, width {width}, layers 2-{depth}, {found.networks} networks"
    summary = (
        f"{worst.what}: theory to order 1/n {worst.predicted:.6g}, networks {worst.simulated:.6g} ± {worst.error:.2g}"
        f" ({worst.in_errors:.1f} standard errors, the largest of {len(deviations)})"
    )
    if worst.in_errors <= ALLOWED_ERRORS:
        return Verdict(Kind.CHECKED, label, f"agrees with real networks; {summary}", points=len(deviations))
    return Verdict(Kind.REFUTED, label, f"disagrees with real networks; {summary}")


def _lookup(chosen: Mapping[Any, Any], check: CheckBy) -> Callable[[Any, int], Any]:
    def value(atom: Any, layer: int) -> Any:
        for key in ((atom.name, layer_meant(atom, layer)), (atom.name, None)):
            if key in chosen:
                return chosen[key]
        raise LanguageError(
            f"the simulation needs a value for {atom.name}",
            check.span,
            help=f"write `set {atom.name} = ...` in the block",
        )

    return value
