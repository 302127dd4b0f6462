"""``check by simulation``: every tensor shown, every component, layer by layer, against real networks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from ptheory.algebra.exponents import Exponent
from ptheory.algebra.order import Series, through
from ptheory.algebra.real import Real
from ptheory.expectations.expectation_errors import DivergentMoment, NonIntegrable
from ptheory.flows.layer_values import FlowSetting, LayerValues
from ptheory.flows.of_network import flow_of
from ptheory.language.errors import LanguageError
from ptheory.language.statements import CheckBy
from ptheory.networks.architecture import Architecture
from ptheory.networks.check_architecture import hyperparameters, rate_names
from ptheory.networks.program import WithTask
from ptheory.recursion.tensor_names import TensorName
from ptheory.recursion.tensors import Tensor, tensor
from ptheory.recursion.uniform_scaling import uniform_scaling
from ptheory.results.simulated import Compared, NotSimulated, SimulationResult
from ptheory.session.flow_task import ScalarPlace, components, hyperparameter_values, scalar_value
from ptheory.session.systems import Systems

if TYPE_CHECKING:
    from ptheory.activations.activation import Activation
    from ptheory.simulation.estimators import Estimator
    from ptheory.simulation.jackknife import Estimate
    from ptheory.simulation.simulate import Simulation
    from ptheory.simulation.simulate_training import TrainingEstimates

DEFAULT_DEPTH = 4
DEFAULT_WIDTHS = (64, 128)
DEFAULT_NETWORKS = 4000
FLOW_DIGITS = 15
KNOWN_THEORY = through(1)  # what networks are compared with; the next order is estimated
OUTPUTS = 8  # neurons of the top layer a tangent kernel is averaged over

Progress = Callable[[str, int, int], None]


@dataclass
class Predictions:
    """Every component that can be simulated to order 1/n, (tensor, label, layer) ->; why the others cannot."""

    series: dict[tuple[str, str, int], Series] = field(default_factory=dict)
    estimators: dict[tuple[str, str], Estimator] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    powers: dict[str, Exponent] = field(default_factory=dict)  # tensor -> the power of n beside its own


@dataclass(frozen=True)
class Setting:
    """One check with every option filled in."""

    architecture: Architecture
    activations: Mapping[str, Activation]
    chosen: Mapping[ScalarPlace, Real]
    rates_of_one: tuple[str, ...]
    inputs: tuple[tuple[Fraction, ...], ...]
    labels: tuple[str, ...]
    depth: int
    networks: int
    seed: int
    progress: Progress


def by_simulation(
    task: WithTask,
    check: CheckBy,
    wanted: Collection[str],
    systems: Systems,
    activations: Mapping[str, Activation],
    values: Mapping[ScalarPlace, Real],
    progress: Progress,
) -> list[SimulationResult | NotSimulated]:
    """One result per width on every component of the tensors ``wanted``, layers 2 to ``depth``, and one on what has
    no estimate. Theory to order 1/n from the derived recursions.

    ``values`` are the hyperparameters where the block sets none (the critical point). Raises LanguageError.
    """
    architecture = systems.program.architectures[task.architecture]
    entries = _entries(wanted, systems, task.architecture)
    chosen, ones = _values(task, values, entries, architecture, check)
    setting = Setting(
        architecture, activations, chosen, ones, input_vectors(task.inputs.count),
        task.inputs.names or tuple(str(k + 1) for k in range(task.inputs.count)),
        _option(check, "depth", DEFAULT_DEPTH), _option(check, "networks", DEFAULT_NETWORKS), _option(check, "seed", 1),
        progress,
    )  # fmt: skip
    _check_options(setting, check)
    predictions = _predict(setting, entries, systems, task.almost_everywhere)
    found: list[SimulationResult | NotSimulated] = []
    if predictions.series:
        found += [_simulated(setting, width, predictions) for width in check.option("widths") or DEFAULT_WIDTHS]
    return [*found, NotSimulated(predictions.missing)] if predictions.missing else found


def input_vectors(count: int) -> tuple[tuple[Fraction, ...], ...]:
    """(1, 1) for one input; several of different lengths, any two at an angle: 1 in common, 1 + a/4 of its own."""
    if count <= 1:
        return ((Fraction(1), Fraction(1)),)
    own = (Fraction(0),) * count
    return tuple((Fraction(1), *own[:a], 1 + Fraction(a, 4), *own[a + 1 :]) for a in range(count))


def _option(check: CheckBy, name: str, default: int) -> int:
    return int((check.option(name) or (default,))[0])


def _check_options(setting: Setting, check: CheckBy) -> None:
    if setting.depth < 2:
        raise LanguageError(
            "a simulation of one layer has nothing to check", check.span, help="write `depth 2` or more"
        )
    if setting.networks < 2:
        raise LanguageError(
            "error bars need at least two networks", check.span, help="write `networks 4000`, or leave it out"
        )


def _values(
    task: WithTask,
    values: Mapping[ScalarPlace, Real],
    entries: Sequence[TensorName],
    architecture: Architecture,
    check: CheckBy,
) -> tuple[dict[ScalarPlace, Real], tuple[str, ...]]:
    """The hyperparameters the networks are drawn with, and the rates among them that nobody set, taken as 1."""
    chosen = {**values, **hyperparameter_values(task.values, FLOW_DIGITS)}
    with_rates = any(o.kind.edges for e in entries for c in e.shape.components for o in c.observables)
    given = {name for name, _ in chosen}
    only_rates = rate_names(architecture)
    missing = [name for name in hyperparameters(architecture) if name not in given]
    for name in missing:
        if name not in only_rates:
            raise LanguageError(
                f"the simulation needs a value for {name}", check.span, help=f"write `set {name} = ...` in the block"
            )
    ones = tuple(missing) if with_rates else ()
    return {**chosen, **{(name, None): Fraction(1) for name in ones}}, ones


def _entries(wanted: Collection[str], systems: Systems, architecture: str) -> list[TensorName]:
    """The tensors wanted that are declared, each once, its orders together; without any, kernels and vertices."""
    names = systems.names(architecture)
    if wanted:
        return [entry for entry in names.declared if entry.name in wanted]
    return [e for e in names.declared if len(e.arguments) <= 4 and all(c.is_covariance for c in e.shape.components)]


def _predict(setting: Setting, entries: Sequence[TensorName], systems: Systems, almost_everywhere: bool) -> Predictions:
    system = systems.system(setting.architecture.name)
    flow_setting = FlowSetting(
        setting.inputs, scalar_value(dict(setting.chosen), FLOW_DIGITS), setting.activations, digits=FLOW_DIGITS,
        almost_everywhere=almost_everywhere,
    )  # fmt: skip
    flow = flow_of(system, flow_setting)
    found = Predictions()
    for entry in entries:
        why = _why_not(entry, setting)
        found.powers[entry.name] = system.offset(entry.shape)
        if not why:
            try:
                _predict_tensor(entry, flow, setting, found)
            except (DivergentMoment, NonIntegrable) as error:
                why = f"no theory to order 1/n to compare with: {error}"
        if why:
            found.missing[entry.name] = why
            found.series = {key: value for key, value in found.series.items() if key[0] != entry.name}
    return found


def _predict_tensor(entry: TensorName, flow: LayerValues, setting: Setting, found: Predictions) -> None:
    from ptheory.simulation.estimators import estimator

    for label, component in _components(entry, setting.labels):
        how = estimator(component)
        assert how is not None
        found.estimators[entry.name, label] = how
        for layer in range(2, setting.depth + 1):
            found.series[entry.name, label, layer] = flow.series(layer, component, KNOWN_THEORY)
            setting.progress("theory for the simulation", layer, setting.depth)


def _why_not(entry: TensorName, setting: Setting) -> str:
    """Why a tensor cannot be simulated; empty where it can."""
    from ptheory.simulation.estimators import estimator
    from ptheory.simulation.field_cumulants import MOST_LEGS_OF_SIX_POINT

    how, architecture = estimator(entry.shape), setting.architecture
    if how is None:
        return "no estimate of it from simulated networks exists"
    if uniform_scaling(architecture) is None:
        return "theory is the leading power of n, and the next ones are no orders in 1/n"
    if len(entry.shape.components) == 1 and len(how.legs) == 4 and how.of_fields and architecture.has_gaussian_rows:
        return "it vanishes, the weights being Gaussian"
    if how.of_training is not None and len(how.fields) > 1:
        return "tangent kernels are simulated one field at a time"
    too_many = len(architecture.all_fields) * len(setting.inputs) > MOST_LEGS_OF_SIX_POINT
    if len(how.legs) == 6 and (architecture.direct_terms or too_many):
        return f"six-point functions are simulated without skips and up to {MOST_LEGS_OF_SIX_POINT} legs"
    return ""


def _components(entry: TensorName, labels: Sequence[str]) -> Iterator[tuple[str, Tensor]]:
    """(label, component), those equal by symmetry once."""
    seen = set()
    for key, component in components(entry, len(labels)):
        canonical = tensor(component.components)
        if canonical not in seen:
            seen.add(canonical)
            slots = ",".join(labels[int(k)] for k in key.split(","))
            yield (entry.name if len(labels) == 1 else f"{entry.name}[{slots}]"), canonical


# ---- networks -------------------------------------------------------------------------------------------------


def _simulated(setting: Setting, width: int, predictions: Predictions) -> SimulationResult:
    """Every component beside networks of one width."""
    from ptheory.simulation.networks_in_numbers import DRAWN_AT

    networks = _Networks(setting, width)
    compared = []
    for (name, label, layer), series in predictions.series.items():
        estimate, index = networks.estimate(predictions.estimators[name, label], layer)
        leading, correction = float(series.coefficient(0)), float(series.coefficient(1)) / width
        scale = width ** -float(predictions.powers[name].at(DRAWN_AT))
        compared.append(
            Compared(
                name, label, layer, leading + correction,
                correction**2 / abs(leading) if leading else abs(correction),
                scale * float(estimate.value[index]), scale * float(estimate.error[index]),
                float(estimate.heaviest[index]),
            )
        )  # fmt: skip
    return SimulationResult(width, setting.depth, networks.done, tuple(compared), setting.rates_of_one)


class _Networks:
    """Networks of one width, simulated when first asked for: fields of all layers at once, tangent kernels by layer."""

    def __init__(self, setting: Setting, width: int) -> None:
        from ptheory.simulation.array_activations import array_activation

        self.setting, self.width, self.done = setting, width, setting.networks
        self.arrays = {name: array_activation(activation) for name, activation in setting.activations.items()}
        self.numbers = {
            (name if layer is None else (name, layer)): float(value) for (name, layer), value in setting.chosen.items()
        }
        self.inputs = [[float(x) for x in vector] for vector in setting.inputs]
        self._fields: Simulation | None = None
        self._training: dict[tuple[str, int], TrainingEstimates] = {}

    def estimate(self, how: Estimator, layer: int) -> tuple[Estimate, tuple[int, ...]]:
        """The estimate a component is part of, and where in it."""
        if how.of_fields is not None:
            found = self._simulated_fields()
            estimate = how.of_fields(found.layers[layer - 1])
            assert estimate is not None
            return estimate, tuple(found.leg(leg.field.name, leg.sample - 1) for leg in how.legs)
        assert how.of_training is not None
        (name,) = how.fields
        return how.of_training(self._simulated_training(name, layer)), tuple(leg.sample - 1 for leg in how.legs)

    def _simulated_fields(self) -> Simulation:
        from ptheory.simulation.simulate import simulate

        setting = self.setting
        if self._fields is None:
            self._fields = simulate(
                setting.architecture, self.arrays, self.numbers, self.inputs, self._widths(setting.depth),
                setting.depth, setting.networks, setting.seed, progress=self._progress,
            )  # fmt: skip
            self.done = min(self.done, self._fields.networks)
        return self._fields

    def _simulated_training(self, name: str, layer: int) -> TrainingEstimates:
        from ptheory.simulation.simulate_training import simulate_training

        setting = self.setting
        if (name, layer) not in self._training:
            found = simulate_training(
                setting.architecture, self.arrays, self.numbers, self.inputs, self._widths(layer), layer,
                setting.networks, setting.seed + layer, field=name, outputs=min(OUTPUTS, self.width),
                progress=self._progress,
            )  # fmt: skip
            self._training[name, layer] = found
            self.done = min(self.done, found.networks)
        return self._training[name, layer]

    def _widths(self, depth: int) -> list[int]:
        return [self.width] * (depth - 1)

    def _progress(self, done: int, of: int) -> None:
        self.setting.progress(f"simulation at width {self.width}", done, of)
