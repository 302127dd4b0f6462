"""Resolves derive, with, flow and claim: which architecture, which tensors, which activations, which numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from ptheory.algebra.order import LEADING, through
from ptheory.algebra.refusal import Refusal
from ptheory.language.claim_names import LAYER
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError, suggestion
from ptheory.language.expressions import Call, Expression, Indexed, Name, Span, walk
from ptheory.language.prelude import declared_in_prelude
from ptheory.language.statements import (
    AlmostEverywhere,
    Angle,
    Assignment,
    AtlasStatement,
    Binding,
    CheckBy,
    ClaimStatement,
    ConsequencesSetting,
    Critical,
    Depth,
    DeriveStatement,
    Digits,
    Exponents,
    File,
    FlowStatement,
    Inputs,
    LatexClaimStatement,
    Layers,
    OrderSetting,
    Parity,
    PhaseSetting,
    PlotStatement,
    Scope,
    SetValues,
    Show,
    Solve,
    Statement,
    Widths,
    WithStatement,
)
from ptheory.networks.architecture import Architecture
from ptheory.networks.atlas_rows import check_atlas
from ptheory.networks.check_activations import check_binding, check_formula, with_known_spellings
from ptheory.networks.check_angle import angle_setting
from ptheory.networks.check_architecture import generic_activations, hyperparameters, rate_names
from ptheory.networks.check_kernel import kernel_set
from ptheory.networks.check_near import check_near_claim, check_near_has_meaning
from ptheory.networks.check_settings import (
    assignments_of,
    check_layers,
    check_layers_are_simulated,
    check_no_vectors,
    check_of_layers,
    check_one_layer,
    check_output_layers,
    check_variances,
)
from ptheory.networks.coefficients import TensorAt, tensor_at
from ptheory.networks.declarations import NAMELESS, Declarations
from ptheory.networks.layers_of_flows import layers_of, widths_of
from ptheory.networks.observables import fields_of
from ptheory.networks.plot_tasks import check_kind, named_twice, plot_task
from ptheory.networks.program import (
    AtlasTask,
    ClaimTask,
    DeriveTask,
    FlowTask,
    PlotTask,
    Task,
    UnreadClaim,
    WithTask,
)

Kind = TypeVar("Kind", bound=Statement)
LARGEST_DEPTH = 100_000
_TASKS = (
    AtlasStatement,
    ClaimStatement,
    DeriveStatement,
    FlowStatement,
    LatexClaimStatement,
    PlotStatement,
    WithStatement,
)


def check_tasks(file: File, declarations: Declarations) -> list[Task]:
    """The file's own tasks in order; mistakes go to ``declarations.errors``, one per statement.

    A claim that cannot be read, or rests on what cannot, stays in its place as an UnreadClaim.
    """
    checker = _TaskChecker(declarations)
    sources = _in_reading_order(file)
    placed: list[tuple[tuple[int, int], Task]] = [
        (_placed(statement.span, sources), UnreadClaim(statement.label, statement.error, statement.span))
        for statement in file.unread
        if statement.keyword == "claim"
    ]
    for statement in file.statements:
        try:
            placed += [(_placed(statement.span, sources), task) for task in checker.tasks_of(statement)]
        except (LanguageError, _Broken) as problem:
            error = problem if isinstance(problem, LanguageError) else problem.as_error(_beginning(statement.span))
            claim = isinstance(statement, (ClaimStatement, LatexClaimStatement))
            if isinstance(problem, LanguageError) and (claim or not checker.follows(problem)):
                declarations.errors.found.append(problem)
            if isinstance(statement, (ClaimStatement, LatexClaimStatement)):
                placed.append((_placed(statement.span, sources), UnreadClaim(statement.label, error, statement.span)))
    return [task for _, task in sorted(placed, key=lambda pair: pair[0])]


def check_layer_given(bindings: Sequence[Binding]) -> None:
    """l = 1, l = 2, ...: the layer that a claim's recursion reads."""
    for binding in bindings:
        number = constant_value(binding.value) if binding.name == LAYER else Fraction(1)
        if number is None or number.denominator > 1 or number < 1:
            raise LanguageError("a layer is 1, 2, ...", binding.value.span, help="layer 1 is the first one, made of x")


def _in_reading_order(file: File) -> dict[str, int]:
    """The texts a file is made of: one, or a paper and the files it takes in."""
    spans = [file.source, *(statement.span.source for statement in file.statements)]
    return {path: number for number, path in enumerate(dict.fromkeys(s.path for s in spans if s is not None))}


def _placed(span: Span, sources: dict[str, int]) -> tuple[int, int]:
    return (0 if span.source is None else sources.get(span.source.path, 0), span.start)


class UnknownName(LanguageError):
    """An architecture or a tensor that is declared nowhere."""


class _Broken(Refusal):
    """The task rests on a declaration that has a mistake of its own; nothing more is said, but on claims."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def as_error(self, place: Span) -> LanguageError:
        return LanguageError(f"rests on {self.name}, which cannot be read", place)


class _TaskChecker:
    def __init__(self, declarations: Declarations) -> None:
        self.known = declarations
        self.plots: list[PlotTask] = []

    def follows(self, error: LanguageError) -> bool:
        """Whether the mistake may be nothing but the consequence of another one."""
        return self.known.incomplete and isinstance(error, UnknownName)

    def tasks_of(self, statement: Statement) -> list[Task]:
        if self.known.uncertain is not None and isinstance(statement, _TASKS):
            raise _Broken(f"line {self.known.uncertain.line} of {self.known.uncertain.path}")
        match statement:
            case DeriveStatement():
                return list(self._derive(statement))
            case WithStatement():
                return [self._with(statement)]
            case FlowStatement():
                return [self._flow(statement)]
            case AtlasStatement():
                return [self._atlas(statement)]
            case PlotStatement():
                return [self._plot(statement)]
            case ClaimStatement() | LatexClaimStatement():
                return [self._claim(statement)]
        return []

    # ---- names ------------------------------------------------------------------------------------------------

    def _architecture(self, name: Name | None, place: Span) -> Architecture:
        wanted = self.known.default_architecture if name is None else name.name
        if wanted is None:
            if self.known.broken:
                raise _Broken(min(self.known.broken))
            raise UnknownName("no architecture is declared", place, help="write `include mlp`, or declare one")
        if wanted in self.known.broken:
            raise _Broken(wanted if wanted != NAMELESS else "an architecture")
        if wanted not in self.known.architectures:
            include = declared_in_prelude().get(wanted)
            raise UnknownName(
                f"unknown architecture {wanted}",
                place if name is None else name.span,
                help=f"add `include {include}`"
                if include
                else suggestion(wanted, self.known.architectures, "architecture"),
            )
        return self.known.architectures[wanted]

    def _tensors(self, names: Iterable[Name], architecture: Architecture) -> tuple[TensorAt, ...]:
        """The tensors of a list, each with its order where its name has one: G1, K."""
        found: list[TensorAt] = []
        for name in names:
            tensor = self._tensor(name)
            if any(_same(tensor, other) for other in found):
                raise LanguageError(f"{name.name} stands twice", name.span)
            self._check_exists(replace(name, name=tensor.name), architecture)
            found.append(tensor)
        return tuple(found)

    def _written(self, names: Sequence[Name], architecture: Architecture) -> tuple[str, ...]:
        self._tensors(names, architecture)
        return tuple(name.name for name in names)

    def _of_layers(self, names: Sequence[Name], architecture: Architecture) -> tuple[str, ...]:
        written = self._written(names, architecture)
        for name in names:
            check_of_layers(name, self._fields_of(self._tensor(name).name), architecture)
        return written

    def _tensor(self, name: Name) -> TensorAt:
        if name.name in self.known.broken:
            raise _Broken(name.name)
        found = tensor_at(name.name, self.known.definitions, self.known.observables)
        if found is not None:
            return found
        include = declared_in_prelude().get(name.name)
        raise UnknownName(
            f"unknown tensor {name.name}",
            name.span,
            help=f"add `include {include}`, or a define of your own"
            if include and not self._close(name.name)
            else suggestion(name.name, self.known.definitions, "tensor"),
        )

    def _close(self, name: str) -> bool:
        return any(name.lower() == known.lower() for known in self.known.definitions)

    def _check_exists(self, name: Name, architecture: Architecture) -> None:
        """The fields of a definition are fields of the architecture, and a rate is declared where one is needed."""
        for field in self._fields_of(name.name):
            if field not in architecture.all_fields:
                raise LanguageError(
                    f"{name.name} is about the field {field}, which {architecture.name} does not have",
                    name.span,
                    help=f"the fields of {architecture.name}: {', '.join(architecture.all_fields)}",
                )
        check_one_layer(name, self._fields_of(name.name), architecture)
        for factor in self.known.definitions[name.name].factors:
            observable = self.known.observables.get(factor.name)
            if observable is not None and any(term.rates for term in observable.terms):
                for parameter in architecture.parameters:
                    if parameter.rate is None:
                        raise LanguageError(
                            f"{name.name} needs learning rates, and {parameter.name} of {architecture.name} has none",
                            name.span,
                            help=f"declare it: {parameter.keyword} {parameter.name}... ~ ... "
                            f"rate lambda_{parameter.name}",
                        )

    def _fields_of(self, tensor: str) -> tuple[str, ...]:
        return fields_of(self.known.definitions[tensor], self.known.observables)

    def _bindings(
        self, bindings: tuple[Binding, ...], architecture: Architecture, place: Span | None
    ) -> tuple[Binding, ...]:
        """``place``: where to report an activation left unbound; None where that is allowed."""
        generic = generic_activations(architecture, self.known.activations)
        named = {*self.known.activations, *self.known.broken}
        bindings = tuple(replace(b, value=with_known_spellings(b.value, named)) for b in bindings)
        seen: set[str] = set()
        for binding in bindings:
            if binding.name in seen:
                raise LanguageError(f"{binding.name} is bound twice", binding.name_span)
            seen.add(binding.name)
            if binding.name not in generic:
                what = (
                    f"its activations: {', '.join(generic)}" if generic else "its activations are all given by formula"
                )
                raise LanguageError(
                    f"{architecture.name} has no activation {binding.name} to bind", binding.name_span, help=what
                )
            self._check_sound(binding.value)
            check_binding(binding, self.known.activations)
        for name in generic:
            if place is not None and name not in seen:
                raise LanguageError(
                    f"the activation {name} of {architecture.name} is not bound",
                    place,
                    help=f"write with {name} = tanh",
                )
        return bindings

    def _check_sound(self, *formulas: Expression) -> None:
        """Nothing the formulas name, nor a let they name, has a declaration with a mistake."""
        waiting, seen = list(formulas), set[str]()
        while waiting:
            for node in walk(waiting.pop()):
                name = _named(node)
                if name in self.known.broken:
                    raise _Broken(name)
                if name in self.known.lets and name not in seen:
                    waiting.append(self.known.lets[name].right)
                seen.add(name)

    # ---- tasks ------------------------------------------------------------------------------------------------

    def _derive(self, statement: DeriveStatement) -> Iterable[DeriveTask]:
        order = statement.order
        seen: set[str] = set()
        check_no_vectors(statement.inputs, "a derive statement")
        for name in statement.architectures or (None,):
            architecture = self._architecture(name, _beginning(statement.span))
            if architecture.name in seen and name is not None:
                raise LanguageError(f"{architecture.name} stands twice", name.span)
            seen.add(architecture.name)
            tensors = self._tensors(statement.names, architecture)
            for tensor, written in zip(tensors, statement.names, strict=True):
                if tensor.order is not None and order is not None:
                    raise LanguageError(
                        f"{written.name} is a coefficient of its own, and there is an order beside it",
                        order.span,
                        help=f"write `derive {written.name}`, or `derive {tensor.name} to order ...`",
                    )
            yield DeriveTask(
                statement,
                architecture.name,
                tuple(name.name for name in statement.names),
                LEADING if order is None else order.order,
            )

    def _claim(self, statement: ClaimStatement | LatexClaimStatement) -> ClaimTask:
        scope = statement.scope
        architecture = self._architecture(scope.architecture, _beginning(statement.span))
        scalars = hyperparameters(architecture)
        bindings = tuple(binding for binding in scope.bindings if binding.name not in (*scalars, LAYER))
        bindings = self._bindings(bindings, architecture, None)
        self._check_assumptions(scope, architecture, {binding.name for binding in bindings})
        check_no_vectors(scope.inputs, "a claim")
        check_near_claim(statement, self.known.almost_everywhere is not None)
        if isinstance(statement, ClaimStatement):
            self._check_sound(*statement.sides)
        return ClaimTask(statement, architecture.name, bindings, scope.inputs)

    def _check_assumptions(self, scope: Scope, architecture: Architecture, bound: set[str]) -> None:
        """Each hyperparameter has one value, each activation that is left open one parity."""
        check_layer_given(scope.bindings)
        assumed: set[str] = set()
        items: tuple[Binding | Parity, ...] = (*scope.bindings, *scope.parities)
        for item in items:
            if item.name in assumed:
                raise LanguageError(f"{item.name} is given twice", item.span, help="keep one of the two")
            assumed.add(item.name)
        left_open = set(generic_activations(architecture, self.known.activations)) - bound
        for parity in scope.parities:
            if parity.name not in left_open:
                raise LanguageError(
                    f"{parity.name} is no activation that this claim leaves open",
                    parity.span,
                    help=suggestion(parity.name, left_open, "activation"),
                )

    def _with(self, statement: WithStatement) -> WithTask:
        architecture = self._architecture(statement.architecture, _beginning(statement.span))
        bindings = self._bindings(statement.bindings, architecture, _beginning(statement.span))
        exponents = _only(statement.settings, Exponents)
        show = _only(statement.settings, Show)
        inputs = _only(statement.settings, Inputs)
        check_no_vectors(inputs, "a with block")
        almost = self._almost_everywhere(statement.settings)
        check_near_has_meaning(inputs, statement.settings, almost)
        kernel, settings = kernel_set(
            statement.settings, hyperparameters(architecture), self.known.definitions, self.known.observables
        )
        assignments = self._assignments(settings, architecture)
        checks = tuple(setting for setting in statement.settings if isinstance(setting, CheckBy))
        check_layers_are_simulated(assignments, checks)
        check_variances(assignments, architecture)
        return WithTask(
            statement,
            architecture.name,
            bindings,
            inputs or Inputs(1),
            _only(statement.settings, Critical) is not None,
            self._written(exponents.names, architecture) if exponents else (),
            self._solves(statement, architecture),
            self._written(show.names, architecture) if show else (),
            checks,
            {(a.name, a.layer): _number(a.value) for a in assignments},
            almost,
            kernel,
            _only(statement.settings, PhaseSetting),
            angle_setting(_only(statement.settings, Angle), assignments),
            _only(statement.settings, ConsequencesSetting),
        )

    def _solves(self, statement: WithStatement, architecture: Architecture) -> tuple[Solve, ...]:
        """What is solved in depth: at one input, and with hyperparameters that are the same in every layer."""
        found = tuple(setting for setting in statement.settings if isinstance(setting, Solve))
        if not found:
            return ()
        for solve in found:
            self._of_layers(solve.names, architecture)
            if isinstance(solve.ratio, Name) and self._has_a_meaning(solve.ratio.name, architecture):
                raise LanguageError(
                    f"{solve.ratio.name} has a meaning of its own", solve.ratio.span, help="write solve V at l/n = r"
                )
        inputs = _only(statement.settings, Inputs)
        if inputs is not None and inputs.count > 1:
            raise LanguageError(
                "recursions are solved in the layer at one input", inputs.span, help="put it in a block of its own"
            )
        for assignment in assignments_of(statement.settings):
            if assignment.layer is not None:
                raise LanguageError(
                    f"{assignment.name} is another number in layer {assignment.layer}, and the recursions are solved",
                    assignment.span,
                    help=f"write set {assignment.name} = ..., the same in every layer",
                )
        return found

    def _has_a_meaning(self, name: str, architecture: Architecture) -> bool:
        """Whether a name stands for a hyperparameter or a tensor."""
        known = self.known
        return (
            name in hyperparameters(architecture) or tensor_at(name, known.definitions, known.observables) is not None
        )

    def _flow(self, statement: FlowStatement) -> FlowTask:
        place = _beginning(statement.span)
        architecture = self._architecture(statement.architecture, place)
        bindings = self._bindings(statement.bindings, architecture, place)
        show = _only(statement.settings, Show)
        if show is None:
            raise LanguageError("this flow shows nothing", place, help="say which tensors: show G, V")
        names = self._leading_tensors(show.names, architecture)
        depth = _only(statement.settings, Depth)
        if depth is None:
            raise LanguageError("this flow has no depth", place, help="say how many layers: depth 3")
        if depth.layers > LARGEST_DEPTH:
            raise LanguageError(f"a depth of {depth.layers} is too large", depth.span, help=f"at most {LARGEST_DEPTH}")
        order = _only(statement.settings, OrderSetting)
        digits = _only(statement.settings, Digits)
        layers = _only(statement.settings, Layers)
        of_outputs = [n for n in show.names if {*self._fields_of(n.name)} & {*architecture.outputs}]
        check_output_layers(of_outputs, show.names, layers, depth)
        return FlowTask(
            statement,
            architecture.name,
            bindings,
            self._vectors(_only(statement.settings, Inputs), place),
            self._values(statement, architecture, names, depth.layers, place),
            depth.layers,
            LEADING if order is None else order.order,
            widths_of(_only(statement.settings, Widths), depth.layers),
            layers_of(layers, depth.layers),
            names,
            digits.count if digits is not None else None,
            self._almost_everywhere(statement.settings),
        )

    def _leading_tensors(self, names: Sequence[Name], architecture: Architecture) -> tuple[str, ...]:
        """The tensors of a flow, which lists their coefficients side by side."""
        tensors = self._tensors(names, architecture)
        for tensor, written in zip(tensors, names, strict=True):
            if tensor.order is not None:
                ordinal = "first" if tensor.order == 0 else f"last of {tensor.order + 1}"
                raise LanguageError(
                    f"{written.name} is a coefficient of {tensor.name}, and a flow shows them side by side",
                    written.span,
                    help=f"write `order {through(tensor.order)}; show {tensor.name}`: {written.name} is the {ordinal}",
                )
        return tuple(tensor.name for tensor in tensors)

    def _atlas(self, statement: AtlasStatement) -> AtlasTask:
        place = _beginning(statement.span)
        architecture = self._architecture(statement.architecture, place)
        generic = statement.generic
        bindings: list[Binding] = []
        for entry in statement.entries:
            given = Binding(generic.name, entry, generic.span, span=entry.span)
            (binding,) = self._bindings((given,), architecture, place)
            if any(binding.value == other.value for other in bindings):
                raise LanguageError("this activation stands twice in the atlas", entry.span, help="keep one of the two")
            bindings.append(binding)
        check_atlas(statement, architecture)
        labels = tuple(one.label for one in statement.classes)
        ranked_by = "" if statement.ranked_by is None else statement.ranked_by.name
        return AtlasTask(statement, architecture.name, tuple(bindings), labels, ranked_by)

    def _plot(self, statement: PlotStatement) -> PlotTask:
        check_kind(statement)
        match statement.of:
            case WithStatement() as block:
                made: WithTask | FlowTask | AtlasTask = self._with(block)
                check_layers_are_simulated(assignments_of(block.settings), ())
            case FlowStatement() as flow:
                made = self._flow(flow)
            case AtlasStatement() as atlas:
                made = self._atlas(atlas)
        task = plot_task(statement, made)
        taken = named_twice(task, self.plots)
        if taken is not None:
            raise taken
        self.plots.append(task)
        return task

    # ---- settings ---------------------------------------------------------------------------------------------

    def _almost_everywhere(self, settings: Sequence[Statement]) -> bool:
        return self.known.almost_everywhere is not None or _only(settings, AlmostEverywhere) is not None

    def _assignments(self, settings: Sequence[Statement], architecture: Architecture) -> list[Assignment]:
        names = hyperparameters(architecture)
        seen: set[tuple[str, int | None]] = set()
        found: list[Assignment] = []
        for setting in settings:
            for assignment in setting.assignments if isinstance(setting, SetValues) else ():
                if assignment.name not in names:
                    raise LanguageError(
                        f"{architecture.name} has no hyperparameter {assignment.name}",
                        assignment.name_span,
                        help=suggestion(assignment.name, names, "hyperparameter"),
                    )
                if (assignment.name, assignment.layer) in seen:
                    raise LanguageError(f"{assignment.name} is set twice", assignment.name_span)
                seen.add((assignment.name, assignment.layer))
                check_formula(assignment.value, "", ())
                found.append(assignment)
        return found

    def _values(
        self, statement: FlowStatement, architecture: Architecture, names: tuple[str, ...], depth: int, place: Span
    ) -> dict[tuple[str, int | None], Fraction | Expression]:
        assignments = self._assignments(statement.settings, architecture)
        check_layers(assignments, architecture, depth)
        values = {(a.name, a.layer): _number(a.value) for a in assignments}
        given = {name for name, _ in values}
        with_rates = any(
            factor.name in self.known.observables for name in names for factor in self.known.definitions[name].factors
        )
        only_rates = rate_names(architecture)
        for name in hyperparameters(architecture):
            if name not in given and (with_rates or name not in only_rates):
                raise LanguageError(f"{name} has no value", place, help=f"add it: set {name} = 1")
        return values

    def _vectors(self, inputs: Inputs | None, place: Span) -> tuple[tuple[Fraction | Expression, ...], ...]:
        if inputs is None:
            raise LanguageError("this flow has no inputs", place, help="give vectors: inputs [1/2, 3/4] [1, -1/3]")
        if not inputs.vectors:
            raise LanguageError(
                "a flow needs its inputs as vectors", inputs.span, help="write inputs [1/2, 3/4] [1, -1/3]"
            )
        for vector in inputs.vectors:
            for component in vector:
                check_formula(component, "", ())
        return tuple(tuple(_number(component) for component in vector) for vector in inputs.vectors)


def _named(node: Expression) -> str:
    """The name a node of a formula carries, without the slots written into it (``V1234``)."""
    match node:
        case Name() | Indexed():
            return node.name
        case Call():
            return node.function
    return ""


def _same(one: TensorAt, other: TensorAt) -> bool:
    """Whether both stand for one coefficient; without an order the leading one at least is meant."""
    return (one.name, one.lowest_order) == (other.name, other.lowest_order)


def _number(expression: Expression) -> Fraction | Expression:
    value = constant_value(expression)
    return expression if value is None else value


def _beginning(span: Span) -> Span:
    """The first word of a statement."""
    if span.source is None:
        return span
    text = span.source.text[span.start : span.end]
    length = len(text.split(maxsplit=1)[0]) if text else 1
    return Span(span.start, span.start + length, span.line, span.column, span.source)


def _only(settings: Iterable[Statement], kind: type[Kind]) -> Kind | None:
    return next((setting for setting in settings if isinstance(setting, kind)), None)
