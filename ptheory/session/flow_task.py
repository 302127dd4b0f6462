"""``flow``: the numbers of a flow statement, layer by layer, from the derived recursions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from ptheory.algebra.order import Series
from ptheory.algebra.polynomial import Atom, Symbol
from ptheory.algebra.real import Real
from ptheory.flows.flow import SeriesTooLong
from ptheory.flows.layer_values import FlowSetting, LayerValues, layer_meant
from ptheory.flows.moment_values import Average
from ptheory.flows.of_network import flow_of
from ptheory.flows.on_lattices import MOST_DIGITS, known_on_lattices
from ptheory.flows.significant_digits import GUARD_DIGITS, Known, known_values
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Span
from ptheory.language.statements import OrderSetting, Statement, Widths
from ptheory.networks.check_settings import assignments_of, check_every_layer_has_a_value
from ptheory.networks.formulas import FormulaError, formula_to_sympy, real_number
from ptheory.networks.program import FlowTask
from ptheory.networks.scalars import with_named_scalars
from ptheory.recursion.closure import carries_neurons, remembers_its_past
from ptheory.recursion.dummies import by_sample, relabel_atom
from ptheory.recursion.jets import Scalar
from ptheory.recursion.system import RecursionSystem
from ptheory.recursion.tensor_names import TensorName
from ptheory.recursion.tensors import Tensor, tensor
from ptheory.recursion.uniform_scaling import uniform_scaling
from ptheory.results.flow_numbers import FlowTable
from ptheory.session.refusals import pointing_at
from ptheory.session.systems import Systems, binding_label, bound_activations, polynomial_degrees

if TYPE_CHECKING:
    from sympy import Expr


DEFAULT_DIGITS = 30
LATTICE_WORKING = 25  # digits in which float64 averages are added up
MOST_TIMES = {1: 16, 2: 3}  # the working digits over those asked for, by the number of inputs


def run_flow(task: FlowTask, systems: Systems, progress: Callable[[str, int, int], None]) -> FlowTable:
    """Every component of every shown tensor at every shown layer. ``progress(what, done, of)`` after each layer.

    Raises LanguageError where the flow cannot be computed as asked (an exact series that does not end, say).
    """
    architecture = systems.program.architectures[task.architecture]
    check_every_layer_has_a_value(assignments_of(task.statement.settings), architecture, task.depth)
    digits = task.digits or DEFAULT_DIGITS
    with pointing_at(_head(task), architecture=architecture):
        system = numeric_system(task, systems)
        known = _on_lattices(task, systems, system, digits, progress)
        in_float64 = known is not None and any(one.digits is not None for one in known.values())
        if known is None:
            most = MOST_TIMES[min(len(task.inputs), max(MOST_TIMES))] * (digits + GUARD_DIGITS)
            known = known_values(lambda working: _numbers(task, systems, system, working, progress), digits, most)
    numbers: dict[int, dict[str, dict[str, tuple[Known, ...]]]] = {}
    for (layer, name, key), found in _by_component(known).items():
        numbers.setdefault(layer, {}).setdefault(name, {})[key] = tuple(found)
    shown = _shown(task, systems)
    equal = {name: equal_components(shown[name], len(task.inputs)) for name in task.show}
    bound = {binding.name: binding_label(binding.value) for binding in task.bindings}
    powers = {name: system.offset(entry.shape) for name, entry in shown.items()}
    return FlowTable(
        task.architecture, numbers, task.order, equal, digits, bound, task.digits is not None, in_float64,
        {name: power for name, power in powers.items() if power},
    )  # fmt: skip


def _on_lattices(
    task: FlowTask,
    systems: Systems,
    system: RecursionSystem,
    digits: int,
    progress: Callable[[str, int, int], None],
) -> dict[Place, Known] | None:
    """The numbers in float64 where few digits are asked for; None where they are not right to so many."""
    activations = bound_activations(systems.program, task.bindings)
    if digits > MOST_DIGITS or any(activation.kinks for activation in activations.values()):
        return None
    return known_on_lattices(
        lambda average: _numbers(task, systems, system, LATTICE_WORKING, progress, average), digits
    )


def is_of_outputs(entry: TensorName, outputs: Collection[str]) -> bool:
    """Whether a tensor is one of outputs: those are read off a layer, so layer 1 is none."""
    return any(leg.field.name in outputs for leg in entry.shape.legs)


def _shown(task: FlowTask, systems: Systems) -> dict[str, TensorName]:
    return {entry.name: entry for entry in systems.names(task.architecture).declared if entry.name in task.show}


ScalarPlace = tuple[str, int | None]  # hyperparameter, layer (None: every layer)
Place = tuple[int, str, tuple[str, int]]  # layer, tensor, (component, power of 1/n)


def _numbers(
    task: FlowTask,
    systems: Systems,
    system: RecursionSystem,
    working: int,
    progress: Callable[[str, int, int], None],
    average: Average | None = None,
) -> dict[Place, Real]:
    """Every number of the flow at so many working digits, averages as ``average`` has them or enclosed."""
    import mpmath

    shown = _shown(task, systems)
    found: dict[Place, Real] = {}
    with mpmath.workdps(working):
        flow = prepare_flow(task, systems, system, working, average)
        outputs = systems.program.architectures[task.architecture].outputs
        for layer in range(1, task.depth + 1):
            for name in task.show:
                if layer == 1 and is_of_outputs(shown[name], outputs):
                    continue
                for key, component in components(shown[name], len(task.inputs)):
                    series = component_series(flow, task, layer, component)
                    if layer in task.layers:
                        found |= {(layer, name, (key, k)): value for k, value in enumerate(series.coefficients)}
            progress(f"flow {task.architecture}", layer, task.depth)
    return found


def _by_component(known: Mapping[Place, Known]) -> dict[tuple[int, str, str], list[Known]]:
    """(layer, tensor, component) -> coefficients of 1, 1/n, ..."""
    found: dict[tuple[int, str, str], list[Known]] = {}
    for (layer, name, (key, _)), number in known.items():
        found.setdefault((layer, name, key), []).append(number)
    return found


def _head(task: FlowTask) -> Span:
    """What a refusal of the numbers points at: the activation, or the architecture where none is bound."""
    statement = task.statement
    return statement.bindings[0].value.span if statement.bindings else statement.architecture.span


def _setting(task: FlowTask, kind: type[Statement]) -> Span:
    """The setting of a kind, or the whole statement where it is not written."""
    return next((s.span for s in task.statement.settings if isinstance(s, kind)), task.statement.span)


def numeric_system(task: FlowTask, systems: Systems) -> RecursionSystem:
    """The recursions the numbers of a task come from. Raises LanguageError where an exact series does not end."""
    architecture = systems.program.architectures[task.architecture]
    system = systems.numeric_system(task.architecture)
    if remembers_its_past(architecture):
        return system
    activations = bound_activations(systems.program, task.bindings)
    degrees = polynomial_degrees(system, activations, len(task.inputs) == 1)
    if degrees is not None:
        return systems.numeric_system(task.architecture, degrees)
    if task.order.is_exact:
        raise LanguageError(
            "the series in 1/n does not end for this activation",
            _setting(task, OrderSetting),
            help="write `order 1/n` or another order; `exact` is for polynomial activations, "
            "and for homogeneous ones at one input",
        )
    return system


def prepare_flow(
    task: FlowTask, systems: Systems, system: RecursionSystem, working: int, average: Average | None = None
) -> LayerValues:
    """The flow of a task at so many working digits."""
    architecture = systems.program.architectures[task.architecture]
    setting = FlowSetting(
        [[_number(x, working) for x in vector] for vector in task.inputs],
        scalar_value(hyperparameter_values(task.values, working), working),
        bound_activations(systems.program, task.bindings),
        task.widths,
        working,
        task.almost_everywhere,
        average,
    )
    if system.needs_equal_widths and len(set(task.widths)) > 1:
        raise LanguageError(
            "unequal widths with powers of n that are of one width",
            _setting(task, Widths),
            help="powers of n are compared at equal widths here: leave out `widths`",
        )
    if remembers_its_past(architecture):
        _check_skips(task, system)
    return flow_of(system, setting)


def _check_skips(task: FlowTask, system: RecursionSystem) -> None:
    """Raise LanguageError for a setting that flows with skips do not have."""
    if len(set(task.widths)) > 1 and carries_neurons(system.model.architecture):
        raise LanguageError(
            "unequal widths with a skip connection that carries neurons over",
            _setting(task, Widths),
            help="use one width; only skips through weights of their own, sum(j, R[i,j]*...prev(...)), allow several",
        )
    architecture = system.model.declared
    unusual = next((p for p in architecture.parameters if p.excess_fan_in), None)
    if uniform_scaling(architecture) is None or system.needs_equal_widths:
        unusual = next(p for p in architecture.parameters if p.is_scaled)
    if unusual is not None:
        raise LanguageError(
            f"with a skip connection the variance or rate of {unusual.name} at another power of 1/n",
            task.statement.architecture.span,
            help="flows with skips are for C_W/n and lambda_W/n (weights), C_b and lambda_b (biases)",
        )
    if task.order.is_exact:
        raise LanguageError(
            "the exact series is not available with a skip connection",
            _setting(task, OrderSetting),
            help="write `order 1/n^2`, say",
        )


def component_series(flow: LayerValues, task: FlowTask, layer: int, component: Tensor) -> Series:
    """A component as far as the task asks. Raises LanguageError where an exact series is too long."""
    try:
        return flow.series(layer, component, task.order)
    except SeriesTooLong as error:
        raise LanguageError(error.message, _setting(task, OrderSetting), help=error.help) from error


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


def hyperparameter_values(values: Mapping[ScalarPlace, Fraction | Expression], digits: int) -> dict[ScalarPlace, Real]:
    """(name, layer or None) -> exact Fraction, or an mpmath number for sqrt(2) and the like. Raises FormulaError."""
    return {key: _number(value, digits) for key, value in values.items()}


def _number(value: Fraction | Expression, digits: int) -> Real:
    if isinstance(value, Fraction):
        return value
    import mpmath

    exact = real_number(value)
    with mpmath.workdps(digits):
        return mpmath.mpf(exact.evalf(digits))


def scalar_value(scalars: Mapping[ScalarPlace, Real], digits: int) -> Callable[[Atom, int], Real]:
    """(atom, layer made) -> number: by its own layer, then the value for every layer, then pi and e, then formulas."""

    def value(atom: Atom, layer: int) -> Real:
        if isinstance(atom, Symbol):
            at = layer_meant(atom, layer)
            if (atom.name, at) in scalars:
                return scalars[atom.name, at]
            if (atom.name, None) in scalars:
                return scalars[atom.name, None]
            import mpmath

            constants = {"pi": mpmath.pi, "e": mpmath.e}
            with mpmath.workdps(digits):
                return +constants[atom.name]
        assert isinstance(atom, Scalar)
        formula, symbols = with_named_scalars(atom.formula)
        names = {name: _as_sympy(value(symbol, layer)) for name, symbol in symbols.items()}
        import mpmath

        number = formula_to_sympy(formula, names, {}).evalf(digits)
        if not (number.is_real and number.is_finite):
            raise FormulaError("this is no real number at the values that are set", atom.formula)
        with mpmath.workdps(digits):
            return mpmath.mpf(number)

    return value


def _as_sympy(number: Real) -> Expr:
    import sympy

    if isinstance(number, Fraction):
        return sympy.Rational(number.numerator, number.denominator)
    return sympy.Float(number)
