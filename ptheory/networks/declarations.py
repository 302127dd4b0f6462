"""Collects what a file and its includes declare, in whatever order it stands, and checks each declaration."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from ptheory.language.claim_names import leading_name
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Call, Expression, walk
from ptheory.language.statements import (
    ActivationStatement,
    AlmostEverywhere,
    ArchitectureStatement,
    DefineStatement,
    File,
    LetStatement,
    NotationEntry,
    NotationStatement,
    ObservableStatement,
    Statement,
    StyleNotation,
    Unread,
)
from ptheory.networks.architecture import Architecture
from ptheory.networks.check_activations import check_activation, check_no_cycle, with_known_spellings
from ptheory.networks.check_architecture import check_architecture, generic_activations, hyperparameters
from ptheory.networks.check_definitions import check_definition
from ptheory.networks.check_hyperparameters import check_hyperparameters
from ptheory.networks.check_lets import check_let, meaning_in_claims
from ptheory.networks.check_observables import check_observable
from ptheory.networks.coefficients import is_two_point
from ptheory.networks.includes import Gathered, gather
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


@dataclass
class Declarations:
    """``broken``: names whose declaration has a mistake; using them is not a second one.

    ``uncertain``: the mistake because of which nothing in the file has a certain meaning, where there is one.
    ``incomplete``: names may be unknown because of a mistake elsewhere; ``fields_missing``: so may fields.
    """

    architectures: dict[str, Architecture] = field(default_factory=dict)
    activations: dict[str, ActivationStatement] = field(default_factory=dict)
    observables: dict[str, Observable] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    lets: dict[str, LetStatement] = field(default_factory=dict)
    notation: list[NotationEntry | StyleNotation] = field(default_factory=list)
    almost_everywhere: AlmostEverywhere | None = None
    default_architecture: str | None = None
    broken: set[str] = field(default_factory=set)
    uncertain: LanguageError | None = None
    incomplete: bool = False
    fields_missing: bool = False
    errors: Errors = field(default_factory=Errors)


def collect_declarations(file: File) -> Declarations:
    """Every mistake is kept in ``errors``; what has one is left out, and so is what rests on it."""
    gathered = gather(file)
    result = Declarations()
    _note_unread(gathered, result)
    statements = _without_repetitions([statement for statement, _ in gathered.statements], result)
    _activations(statements, result)
    fields = _architectures(statements, result)
    _observables(statements, fields, result)
    _definitions(statements, fields, result)
    _hyperparameters(gathered, result)
    for statement in sorted(statements, key=lambda s: isinstance(s, NotationStatement)):  # it may name abbreviations
        if isinstance(statement, LetStatement) and statement.name not in result.broken:
            _let(statement, result)
        elif isinstance(statement, NotationStatement):
            _notation(statement, result)
        elif isinstance(statement, AlmostEverywhere):
            result.almost_everywhere = statement
    for table in (result.architectures, result.activations, result.observables, result.definitions):
        for name in result.broken & table.keys():
            del table[name]  # a sound declaration of the same name elsewhere is not the one that is meant
    own = [
        (s.span.start, s.name) for s, is_own in gathered.statements if is_own and isinstance(s, ArchitectureStatement)
    ]
    own += [
        (u.error.span.start, _name_of(u)) for u, is_own in gathered.unread if is_own and u.keyword == "architecture"
    ]
    result.default_architecture = next(iter([*(name for _, name in sorted(own)), *result.architectures]), None)
    return result


NAMELESS = "?"


def _name_of(unread: Unread) -> str:
    return unread.names[0] if unread.names else NAMELESS


def _note_unread(gathered: Gathered, result: Declarations) -> None:
    """Statements with a syntax error, and includes that bring nothing: what is missing because of them."""
    for unread, _ in gathered.unread:
        result.errors.found.append(unread.error)
        result.broken.update(unread.names)
        if unread.keyword == "architecture":
            result.broken.add(_name_of(unread))
            result.fields_missing = True
        if unread.keyword in ("derivatives", "notation"):
            result.uncertain = unread.error
        result.incomplete |= unread.keyword in ("", "include")
    for error, changes_meaning in gathered.missing:
        result.errors.found.append(error)
        result.incomplete = result.fields_missing = True
        if changes_meaning:
            result.uncertain = error


def _let(statement: LetStatement, result: Declarations) -> None:
    try:
        check_let(statement, result.architectures, result.activations, result.definitions, result.observables)
    except LanguageError as error:
        result.errors.found.append(error)
        result.broken.add(statement.name)
        return
    result.lets[statement.name] = statement


def _notation(statement: NotationStatement, result: Declarations) -> None:
    """Of all notation blocks together, each name once."""
    known = {entry.name for entry in result.notation if isinstance(entry, NotationEntry) and entry.name}
    styled = {entry.name for entry in result.notation if isinstance(entry, StyleNotation)}
    declared = result.architectures, set(result.activations), result.definitions, set(result.observables)
    for entry in statement.entries:
        if isinstance(entry, StyleNotation):
            if entry.name in styled:
                help = f"keep one of the two notation blocks, or take {entry.name} out of one"
                result.errors.found.append(LanguageError(f"{entry.name} is said twice", entry.span, help=help))
            result.notation.append(entry)
        elif entry.name in known:
            help = "keep one of the two notation blocks, or take the name out of one"
            result.errors.found.append(LanguageError(f"{entry.name} is written in two ways", entry.span, help=help))
        elif (
            entry.name
            and entry.name not in {*result.lets, *result.observables, *result.broken}
            and not result.incomplete
            and meaning_in_claims(entry.name, *declared) is None
        ):
            help = (
                "notation is for hyperparameters, tensors, observables, activations, fields, abbreviations of the file"
            )
            result.errors.found.append(LanguageError(f"nothing is called {entry.name}", entry.span, help=help))
        else:
            result.notation.append(entry)


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
    """A word-for-word repetition (an include that repeats a definition) is dropped; another one is a mistake, and
    leaves nothing with that name."""
    kept: list[Statement] = []
    seen: dict[tuple[str, str], Statement] = {}
    disputed: set[tuple[str, str]] = set()
    for statement in statements:
        keys = _keys(statement)
        again = [key for key in keys if key in seen]
        if not again:
            kept.append(statement)
            seen.update(dict.fromkeys(keys, statement))
        elif seen[again[0]] != statement:
            result.errors.found.append(_defined_twice(again[0][1], statement, seen[again[0]]))
            disputed.update(keys, _keys(seen[again[0]]))
    result.broken.update(name for _, name in disputed)
    return [statement for statement in kept if not disputed & set(_keys(statement))]


def _defined_twice(name: str, statement: Statement, earlier: Statement) -> LanguageError:
    place = earlier.span.source.path if earlier.span.source is not None else ""
    here = statement.span.source.path if statement.span.source is not None else ""
    where = f"line {earlier.span.line}" + ("" if place == here else f" of {place}")
    return LanguageError(f"{name} is defined twice", statement.span, help=f"the first definition is in {where}")


def _activations(statements: list[Statement], result: Declarations) -> None:
    named = {*result.broken, *(s.name for s in statements if isinstance(s, ActivationStatement))}
    declared = {
        s.name: replace(s, formula=with_known_spellings(s.formula, named))
        for s in statements
        if isinstance(s, ActivationStatement)
    }
    sound: dict[str, ActivationStatement] = {}
    for name, statement in declared.items():
        known = {*declared, *result.broken}
        if result.errors.attempt(lambda s=statement, k=known: _check_activation(s, declared, k)):  # type: ignore[misc]
            sound[name] = statement
        else:
            result.broken.add(name)
    while resting := {name for name, statement in sound.items() if _calls(statement) & result.broken}:
        result.broken |= resting
        sound = {name: statement for name, statement in sound.items() if name not in resting}
    result.activations |= sound


def _calls(statement: Statement) -> set[str]:
    """The functions a declaration calls."""
    match statement:
        case ActivationStatement():
            formulas: list[Expression] = [statement.formula]
        case ArchitectureStatement():
            formulas = [equation.right for equation in statement.equations]
        case _:
            formulas = []
    return {node.function for formula in formulas for node in walk(formula) if isinstance(node, Call)}


def _check_activation(
    statement: ActivationStatement, declared: dict[str, ActivationStatement], known: Collection[str]
) -> None:
    check_activation(statement, known)
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
            architecture = check_architecture(statement, known)
        except LanguageError as error:
            result.errors.found.append(error)
            result.broken.add(statement.name)
            continue
        if _calls(statement) & result.broken:
            result.broken.add(statement.name)
        else:
            result.architectures[statement.name] = architecture
    return tuple(fields)


def _observables(statements: list[Statement], fields: tuple[str, ...], result: Declarations) -> None:
    for statement in statements:
        if not isinstance(statement, ObservableStatement):
            continue
        try:
            result.observables[statement.name] = check_observable(statement, fields)
        except LanguageError as error:
            if not result.fields_missing:
                result.errors.found.append(error)
            result.broken.add(statement.name)


def _definitions(statements: list[Statement], fields: tuple[str, ...], result: Declarations) -> None:
    scalars = {name for architecture in result.architectures.values() for name in hyperparameters(architecture)}
    activations = {name for a in result.architectures.values() for name in generic_activations(a)}
    everywhere = {name for s in statements if isinstance(s, DefineStatement) for name in _names(s)}
    for statement in statements:
        if not isinstance(statement, DefineStatement):
            continue
        names = _names(statement)
        elsewhere = sorted(everywhere.difference(names))
        try:
            definition = check_definition(statement, fields, result.observables, scalars, activations, elsewhere)
        except LanguageError as error:
            if not _mentions_broken(statement, result) and not result.fields_missing:
                result.errors.found.append(error)
            result.broken.update(names)
            continue
        result.definitions.update(dict.fromkeys(names, definition))
    for name in [name for name in result.definitions if is_two_point(name, result.definitions, result.observables)]:
        leading = leading_name(name)
        if leading != name and leading in result.definitions:
            place = result.definitions[leading].span
            message = f"the name {leading} is taken: the leading coefficient of {name}"
            result.errors.found.append(LanguageError(message, place, help="choose another name for the tensor"))
            result.broken.add(leading)


def _hyperparameters(gathered: Gathered, result: Declarations) -> None:
    """Hyperparameters that have the name of something else; pointed at in the file itself, not in the prelude."""
    defines = [s for s, is_own in gathered.statements if is_own and isinstance(s, DefineStatement)]
    own_tensors = {name.name: name.span for statement in defines for name in statement.names}
    for statement, is_own in gathered.statements:
        if not isinstance(statement, ArchitectureStatement) or statement.name not in result.architectures:
            continue
        architecture, instead = result.architectures[statement.name], {} if is_own else own_tensors
        try:
            check_hyperparameters(
                statement, architecture, result.activations, result.definitions, result.observables, instead
            )
        except LanguageError as error:
            result.errors.found.append(error)
            result.broken.add(statement.name)


def _mentions_broken(statement: DefineStatement, result: Declarations) -> bool:
    slots = [slot_field(node) for node in walk(statement.left)]
    return any(slot is not None and slot.name in result.broken for slot in slots)
