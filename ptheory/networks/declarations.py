"""Collects what a file and its includes declare, in whatever order it stands, and checks each declaration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ptheory.language.errors import LanguageError
from ptheory.language.expressions import walk
from ptheory.language.statements import (
    ActivationStatement,
    AlmostEverywhere,
    ArchitectureStatement,
    DefineStatement,
    File,
    LetStatement,
    ObservableStatement,
    Statement,
)
from ptheory.networks.architecture import Architecture
from ptheory.networks.check_activations import check_activation, check_no_cycle
from ptheory.networks.check_architecture import check_architecture, hyperparameters
from ptheory.networks.check_definitions import check_definition
from ptheory.networks.check_observables import check_observable
from ptheory.networks.includes import all_statements
from ptheory.networks.observables import Definition, Observable
from ptheory.networks.slots import slot_field


@dataclass
class Errors:
    """Independent mistakes, in the order of the file."""

    found: list[LanguageError] = field(default_factory=list)

    def attempt(self, action: Callable[[], None]) -> bool:
        """Run a check; keep its mistake and go on. False when there was one."""
        try:
            action()
        except LanguageError as error:
            self.found.append(error)
            return False
        return True

    def raise_if_any(self) -> None:
        if not self.found:
            return
        first, *others = sorted(self.found, key=lambda error: error.span.start)
        raise LanguageError(first.message, first.span, help=first.help, path=first.path, also=tuple(others))


@dataclass
class Declarations:
    """``broken``: names whose declaration has a mistake; using them is not a second one."""

    architectures: dict[str, Architecture] = field(default_factory=dict)
    activations: dict[str, ActivationStatement] = field(default_factory=dict)
    observables: dict[str, Observable] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    lets: dict[str, LetStatement] = field(default_factory=dict)
    almost_everywhere: AlmostEverywhere | None = None
    default_architecture: str | None = None
    broken: set[str] = field(default_factory=set)
    errors: Errors = field(default_factory=Errors)


def collect_declarations(file: File) -> Declarations:
    """Raises LanguageError at once for an include that fails; other mistakes are kept in ``errors``."""
    gathered = list(all_statements(file))
    result = Declarations()
    statements = _without_repetitions([statement for statement, _ in gathered], result)
    _activations(statements, result)
    fields = _architectures(statements, result)
    _observables(statements, fields, result)
    _definitions(statements, fields, result)
    for statement in statements:
        if isinstance(statement, LetStatement):
            result.lets[statement.name] = statement
        elif isinstance(statement, AlmostEverywhere):
            result.almost_everywhere = statement
    own = [s.name for s, is_own in gathered if is_own and isinstance(s, ArchitectureStatement)]
    result.default_architecture = next(iter([*own, *result.architectures]), None)
    return result


def _names(statement: Statement) -> tuple[str, ...]:
    if isinstance(statement, DefineStatement):
        return tuple(name.name for name in statement.names)
    if isinstance(statement, (ArchitectureStatement, ActivationStatement, ObservableStatement, LetStatement)):
        return (statement.name,)
    return ()


def _keys(statement: Statement) -> tuple[tuple[str, str], ...]:
    """Architectures, activations, and what stands in formulas have separate names."""
    kinds = {ArchitectureStatement: "architecture", ActivationStatement: "activation"}
    return tuple((kinds.get(type(statement), "formula"), name) for name in _names(statement))


def _without_repetitions(statements: list[Statement], result: Declarations) -> list[Statement]:
    """A word-for-word repetition (an include that repeats a definition) is dropped; another one is a mistake."""
    kept: list[Statement] = []
    seen: dict[tuple[str, str], Statement] = {}
    for statement in statements:
        keys = _keys(statement)
        again = [key for key in keys if key in seen]
        if not again:
            kept.append(statement)
            seen.update(dict.fromkeys(keys, statement))
        elif seen[again[0]] != statement:
            result.errors.found.append(_defined_twice(again[0][1], statement, seen[again[0]]))
    return kept


def _defined_twice(name: str, statement: Statement, earlier: Statement) -> LanguageError:
    place = earlier.span.source.path if earlier.span.source is not None else ""
    here = statement.span.source.path if statement.span.source is not None else ""
    where = f"line {earlier.span.line}" + ("" if place == here else f" of {place}")
    return LanguageError(f"{name} is defined twice", statement.span, help=f"the first definition is in {where}")


def _activations(statements: list[Statement], result: Declarations) -> None:
    declared = {s.name: s for s in statements if isinstance(s, ActivationStatement)}
    for name, statement in declared.items():
        if result.errors.attempt(lambda s=statement: _check_activation(s, declared)):  # type: ignore[misc]
            result.activations[name] = statement
        else:
            result.broken.add(name)


def _check_activation(statement: ActivationStatement, declared: dict[str, ActivationStatement]) -> None:
    check_activation(statement, declared)
    check_no_cycle(statement, declared)


def _architectures(statements: list[Statement], result: Declarations) -> tuple[str, ...]:
    """Checks the architectures; returns every field named on a left side, of broken ones too."""
    fields: dict[str, None] = {}
    known = {*result.activations, *result.broken}
    for statement in statements:
        if not isinstance(statement, ArchitectureStatement):
            continue
        for equation in statement.equations:
            fields[equation.target.field] = None
        try:
            result.architectures[statement.name] = check_architecture(statement, known)
        except LanguageError as error:
            result.errors.found.append(error)
            result.broken.add(statement.name)
    return tuple(fields)


def _observables(statements: list[Statement], fields: tuple[str, ...], result: Declarations) -> None:
    for statement in statements:
        if not isinstance(statement, ObservableStatement):
            continue
        try:
            result.observables[statement.name] = check_observable(statement, fields)
        except LanguageError as error:
            result.errors.found.append(error)
            result.broken.add(statement.name)


def _definitions(statements: list[Statement], fields: tuple[str, ...], result: Declarations) -> None:
    scalars = {name for architecture in result.architectures.values() for name in hyperparameters(architecture)}
    for statement in statements:
        if not isinstance(statement, DefineStatement):
            continue
        names = _names(statement)
        try:
            definition = check_definition(statement, fields, result.observables, scalars)
        except LanguageError as error:
            if not _mentions_broken(statement, result):
                result.errors.found.append(error)
            result.broken.update(names)
            continue
        result.definitions.update(dict.fromkeys(names, definition))


def _mentions_broken(statement: DefineStatement, result: Declarations) -> bool:
    slots = [slot_field(node) for node in walk(statement.left)]
    return any(slot is not None and slot.name in result.broken for slot in slots)
