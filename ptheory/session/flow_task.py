"""``flow``: the numbers of a flow statement, layer by layer, from the derived recursions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from ptheory.algebra.polynomial import Symbol
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Span
from ptheory.language.statements import Order, Statement, Widths
from ptheory.networks.check_settings import assignments_of, check_every_layer_has_a_value
from ptheory.networks.formulas import formula_to_sympy, real_number
from ptheory.networks.program import FlowTask
from ptheory.networks.scalars import with_named_scalars
from ptheory.recursion.closure import carries_neurons, remembers_its_past
from ptheory.recursion.dummies import by_sample, relabel_atom
from ptheory.recursion.flow import Flow, FlowSetting, layer_meant
from ptheory.recursion.history_flow import HistoryFlow
from ptheory.recursion.jets import Scalar
from ptheory.recursion.names import TensorName
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensors import Tensor, tensor
from ptheory.session.refusals import pointing_at
from ptheory.session.systems import Systems, bound_activations, polynomial_degrees

DEFAULT_DIGITS = 30
GUARD_DIGITS = 8
LARGEST_EXACT_POWER = 40


@dataclass(frozen=True)
class FlowResult:
    """``layers``: layer -> tensor name -> component key "0,1,1,0" -> coefficients of 1, 1/n, ... as strings.

    ``equal``: tensor name -> its keys in groups, those of a group equal by the tensor's symmetry.
    ``digits``: the significant digits of what is not exact.
    """

    architecture: str
    layers: dict[int, dict[str, dict[str, list[str]]]]
    equal: dict[str, tuple[tuple[str, ...], ...]]
    digits: int = DEFAULT_DIGITS

    def as_json(self) -> dict[str, Any]:
        return {
            "architecture": self.architecture,
            "layers": [{"layer": layer, **tensors} for layer, tensors in self.layers.items()],
        }


def run_flow(task: FlowTask, systems: Systems, progress: Callable[[str, int, int], None]) -> FlowResult:
    """Every component of every shown tensor at every shown layer. ``progress(what, done, of)`` after each layer.

    Raises LanguageError where the flow cannot be computed as asked (an exact series that does not end, say).
    """
    import mpmath

    architecture = systems.program.architectures[task.architecture]
    check_every_layer_has_a_value(assignments_of(task.statement.settings), architecture, task.depth)
    with (
        mpmath.workdps((task.digits or DEFAULT_DIGITS) + GUARD_DIGITS),
        pointing_at(_head(task), architecture=architecture),
    ):
        return _layers(task, systems, progress)


def _layers(task: FlowTask, systems: Systems, progress: Callable[[str, int, int], None]) -> FlowResult:
    flow, digits = prepare_flow(task, systems)
    names = systems.names(task.architecture)
    shown = {entry.name: entry for entry in names.declared if entry.name in task.show}
    layers: dict[int, dict[str, dict[str, list[str]]]] = {}
    for layer in range(1, task.depth + 1):
        values: dict[str, dict[str, list[str]]] = {}
        for name in task.show:
            entry = shown[name]
            values[name] = {
                key: [number_text(c, digits) for c in coefficients(flow, task, layer, component)]
                for key, component in components(entry, len(task.inputs))
            }
        if layer in task.layers:
            layers[layer] = values
        progress(f"flow {task.architecture}", layer, task.depth)
    equal = {name: equal_components(shown[name], len(task.inputs)) for name in task.show}
    return FlowResult(task.architecture, layers, equal, digits)


def _head(task: FlowTask) -> Span:
    """What a refusal of the numbers points at: the activation, or the architecture where none is bound."""
    statement = task.statement
    return statement.bindings[0].value.span if statement.bindings else statement.architecture.span


def _setting(task: FlowTask, kind: type[Statement]) -> Span:
    """The setting of a kind, or the whole statement where it is not written."""
    return next((s.span for s in task.statement.settings if isinstance(s, kind)), task.statement.span)


def prepare_flow(task: FlowTask, systems: Systems) -> tuple[Flow | HistoryFlow, int]:
    """The flow of a task, and the digits to show."""
    architecture = systems.program.architectures[task.architecture]
    digits = task.digits or DEFAULT_DIGITS
    activations = bound_activations(systems.program, architecture, task.bindings)
    scalars = hyperparameter_values(task.values, digits)
    inputs = [[_number(x, digits) for x in vector] for vector in task.inputs]
    system = systems.numeric_system(task.architecture)
    setting = FlowSetting(
        inputs,
        _scalar_value(scalars, digits),
        activations,
        task.widths,
        digits + GUARD_DIGITS,
        task.almost_everywhere,
    )
    if remembers_its_past(architecture):
        return _history_flow(task, system, setting), digits
    degrees = polynomial_degrees(system, activations, len(inputs) == 1)
    if degrees is not None:
        system = systems.numeric_system(task.architecture, degrees)
    elif task.order is None:
        raise LanguageError(
            "the series in 1/n does not end for this activation",
            _setting(task, Order),
            help="write `order 1/n` or another order; `exact` is for polynomial activations, "
            "and for homogeneous ones at one input",
        )
    return Flow(system, setting), digits


def _history_flow(task: FlowTask, system: RecursionSystem, setting: FlowSetting) -> HistoryFlow:
    if len(set(task.widths)) > 1 and carries_neurons(system.model.architecture):
        raise LanguageError(
            "unequal widths with a skip connection that carries neurons over",
            _setting(task, Widths),
            help="use one width; only skips through weights of their own, sum(j, R[i,j]*...prev(...)), allow several",
        )
    unusual = next((p for p in system.model.architecture.parameters if p.excess_fan_in), None)
    if unusual is not None:
        raise LanguageError(
            f"with a skip connection the variance or rate of {unusual.name} at another power of 1/n",
            task.statement.architecture.span,
            help="flows with skips are for C_W/n and lambda_W/n (weights), C_b and lambda_b (biases)",
        )
    if task.order is None:
        raise LanguageError(
            "the exact series is not available with a skip connection",
            _setting(task, Order),
            help="write `order 1/n^2`, say",
        )
    return HistoryFlow(system, setting)


def coefficients(flow: Flow | HistoryFlow, task: FlowTask, layer: int, component: Tensor) -> list[Any]:
    """The coefficients of 1, 1/n, ... of a component, the explicit power of 1/n of its definition stripped."""
    pairs = len(component.legs) // 2
    if task.order is None:
        assert isinstance(flow, Flow)
        highest = flow.highest_power(layer, pairs) - (pairs - 1)
        if highest > LARGEST_EXACT_POWER:
            raise LanguageError(
                f"the exact series has {highest + 1} terms at layer {layer}",
                _setting(task, Order),
                help="ask for a lower depth, or for an order such as `order 1/n`",
            )
        orders = range(max(highest, 0) + 1)
    else:
        orders = range(task.order + 1)
    below = flow.setting.width(layer - 1) if layer > 1 else Fraction(1)
    return [flow.value(layer, tensor(component.components, k)) / below**k for k in orders]


def components(entry: TensorName, inputs: int) -> Iterator[tuple[str, Tensor]]:
    """(key in bracket order, tensor) for every choice of inputs; legs at sample input + 1."""
    for choice in product(range(inputs), repeat=len(entry.arguments)):
        samples = {slot: number + 1 for slot, number in zip(entry.arguments, choice, strict=True)}
        filled = relabel_atom(entry.shape, by_sample(samples))
        yield ",".join(map(str, choice)), filled


def equal_components(entry: TensorName, inputs: int) -> tuple[tuple[str, ...], ...]:
    """The keys of a tensor's components in groups equal by symmetry: V[0,0,1,1] = V[1,1,0,0]; each once, in order."""
    groups: dict[Tensor, list[str]] = {}
    for key, component in components(entry, inputs):
        groups.setdefault(tensor(component.components), []).append(key)
    return tuple(map(tuple, groups.values()))


def number_text(value: Any, digits: int) -> str:
    """Exact "p/q" for a rational, else ``digits`` significant digits."""
    if isinstance(value, (int, Fraction)):
        return str(value)
    import mpmath

    return str(mpmath.nstr(value, digits, strip_zeros=False))


def hyperparameter_values(values: Mapping[Any, Fraction | Expression], digits: int) -> dict[Any, Any]:
    """(name, layer or None) -> exact Fraction, or an mpmath number for sqrt(2) and the like. Raises FormulaError."""
    return {key: _number(value, digits) for key, value in values.items()}


def _number(value: Fraction | Expression, digits: int) -> Any:
    if isinstance(value, Fraction):
        return value
    import mpmath

    exact = real_number(value)
    with mpmath.workdps(digits + GUARD_DIGITS):
        return mpmath.mpf(exact.evalf(digits + GUARD_DIGITS))


def _scalar_value(scalars: dict[tuple[str, int | None], Any], digits: int) -> Callable[[Any, int], Any]:
    """(atom, layer made) -> number: by its own layer, then the value for every layer, then pi and e, then formulas."""

    def value(atom: Any, layer: int) -> Any:
        if isinstance(atom, Symbol):
            at = layer_meant(atom, layer)
            if (atom.name, at) in scalars:
                return scalars[atom.name, at]
            if (atom.name, None) in scalars:
                return scalars[atom.name, None]
            import mpmath

            constants = {"pi": mpmath.pi, "e": mpmath.e}
            with mpmath.workdps(digits + GUARD_DIGITS):
                return +constants[atom.name]
        assert isinstance(atom, Scalar)
        formula, symbols = with_named_scalars(atom.formula)
        names = {name: _as_sympy(value(symbol, layer)) for name, symbol in symbols.items()}
        import mpmath

        exact = formula_to_sympy(formula, names, {})
        with mpmath.workdps(digits + GUARD_DIGITS):
            return mpmath.mpf(exact.evalf(digits + GUARD_DIGITS))

    return value


def _as_sympy(number: Any) -> Any:
    import sympy

    if isinstance(number, Fraction):
        return sympy.Rational(number.numerator, number.denominator)
    return sympy.Float(number)
