"""The notation of a file for what is written: its symbols, each with one meaning."""

from __future__ import annotations

from collections.abc import Iterator

from ptheory.claims.latex.read_notation import read_notation
from ptheory.language.claim_names import DERIVED, leading_name
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.language.latex_macros import MacroError, macros_in
from ptheory.language.statements import NotationEntry, StyleNotation
from ptheory.networks.check_architecture import generic_activations, hyperparameters
from ptheory.networks.program import ClaimTask, DeriveTask, Program, WithTask
from ptheory.rendering.known_names import KnownNames
from ptheory.rendering.spelling import OURS, Spelling, Symbol, symbol_of


def spelling_of(program: Program) -> Spelling:
    """How the names of a file are written in LaTeX.

    LanguageError at an entry that is no symbol, and at one that is written as another name is.
    """
    if not program.notation:
        return OURS
    notation = read_notation(program.notation)
    symbols = {symbol.name: symbol_of(symbol.expanded) for symbol in notation.symbols}
    styles = [entry.style for entry in program.notation if isinstance(entry, StyleNotation)]
    spelling = Spelling(symbols).in_style(styles)
    taken = {plain(spelling.symbol(name)): name for name in names_of(program) if name not in spelling.symbols}
    for entry in program.notation:
        if isinstance(entry, NotationEntry) and entry.name:
            other = taken.get(plain(spelling.symbol(entry.name)), entry.name)
            if other != entry.name:
                help = f'give {other} a symbol of its own, {other} = "..."'
                raise LanguageError(f"{other} is written {entry.latex} already", entry.latex_span, help=help)
    return spelling


def spelling_as_far_as_read(program: Program) -> Spelling:
    """The same; ours where the notation block has a mistake, which is among the errors of the run."""
    try:
        return spelling_of(program)
    except LanguageError:
        return OURS


def names_of(program: Program) -> Iterator[str]:
    """What may stand in an equation of the file."""
    yield from DERIVED
    for definition in program.definitions:
        yield from (definition, leading_name(definition) or definition)
    yield from program.observables
    yield from program.lets
    for architecture in program.architectures.values():
        yield from hyperparameters(architecture)
        yield from architecture.all_fields
        yield from generic_activations(architecture, set(program.activations))


def known_names(program: Program) -> KnownNames:
    """What may be a name in what is said of a file."""
    activations = frozenset(
        name
        for architecture in program.architectures.values()
        for name in generic_activations(architecture, set(program.activations))
    )
    tensors = frozenset((*program.definitions, *map(leading_name, program.definitions)))
    kernels = kernels_of(program)
    kernel = next(iter(kernels)) if len(kernels) == 1 else ""
    return KnownNames(frozenset(names_of(program)), activations, tensors, kernel, frozenset(separations(program)))


def separations(program: Program) -> Iterator[str]:
    """dx of inputs near x, wherever they stand."""
    for task in program.tasks:
        inputs = task.statement.inputs if isinstance(task, DeriveTask) else None
        if isinstance(task, (WithTask, ClaimTask)):
            inputs = task.inputs
        if inputs is not None and inputs.near:
            yield inputs.names[1]


def kernels_of(program: Program) -> set[str]:
    """What the leading two-point functions of fields are called, as far as definitions can be read."""
    from ptheory.session.systems import Systems

    systems = Systems(program)
    try:
        declared = [entry for architecture in program.architectures for entry in systems.names(architecture).declared]
    except LanguageError:
        return set()
    return {
        leading_name(entry.name)
        for entry in declared
        if len(entry.shape.components) == 1 and entry.shape.components[0].is_covariance
    }


def macros_of_notation(program: Program) -> dict[str, Span]:
    r"""The macros that the notation block defines, \\avg with its place; none where they cannot be read."""
    found: dict[str, Span] = {}
    for entry in program.notation:
        if isinstance(entry, NotationEntry) and not entry.name:
            try:
                found |= {f"\\{name.lstrip(chr(92))}": entry.latex_span for name in macros_in(entry.latex)}
            except MacroError:
                continue
    return found


def plain(symbol: Symbol) -> tuple[str, ...]:
    """A symbol by what is seen of it, braces and spaces aside."""
    return tuple(
        "".join(part.split()).replace("{", "").replace("}", "") for part in (symbol.base, symbol.below, symbol.above)
    )
