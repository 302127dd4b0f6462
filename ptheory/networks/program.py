"""A derivation file checked as a whole: what it declares, and the tasks it sets, every name resolved.

    file ──includes──▶ statements ──declarations──▶ architectures, activations, observables, tensors ──tasks──▶ Program

Declarations may stand anywhere in the file. An included file brings its declarations only; its tasks are not run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from ptheory.algebra.order import Order
from ptheory.language.errors import LanguageError, in_order, joined
from ptheory.language.expressions import Expression, Span
from ptheory.language.source import Source
from ptheory.language.statements import (
    ActivationStatement,
    AlmostEverywhere,
    Assignment,
    AtlasStatement,
    Binding,
    CheckBy,
    ClaimStatement,
    ConsequencesSetting,
    DeriveStatement,
    File,
    FlowStatement,
    Inputs,
    LatexClaimStatement,
    LetStatement,
    NotationEntry,
    PhaseSetting,
    PlotStatement,
    Solve,
    StyleNotation,
    WithStatement,
)
from ptheory.networks.architecture import Architecture
from ptheory.networks.check_angle import AngleSetting
from ptheory.networks.observables import Definition, Observable


@dataclass(frozen=True)
class DeriveTask:
    """derive names for one architecture; ``order``: how far, the leading one where none is written.

    ``names`` as written, G1 and K among them (``networks.coefficients``).
    """

    statement: DeriveStatement
    architecture: str
    names: tuple[str, ...]
    order: Order


@dataclass(frozen=True)
class WithTask:
    """with sigma = tanh { ... } for one architecture. ``kernel``: what it is set to, as in `set K = 1; critical`."""

    statement: WithStatement
    architecture: str
    bindings: tuple[Binding, ...]
    inputs: Inputs
    critical: bool
    exponents: tuple[str, ...]
    solve: tuple[Solve, ...]
    show: tuple[str, ...]
    checks: tuple[CheckBy, ...]
    values: dict[tuple[str, int | None], Fraction | Expression]
    almost_everywhere: bool
    kernel: Assignment | None = None
    phase: PhaseSetting | None = None
    angle: AngleSetting | None = None
    consequences: ConsequencesSetting | None = None


@dataclass(frozen=True)
class FlowTask:
    """flow MLP with sigma = ... { ... }.

    ``inputs``: exact components, or formulas such as sqrt(2) where they are not rational. ``values``: (hyperparameter,
    layer or None for every layer) -> the same. ``order``: how far, to the end of the series where it is EXACT.
    ``widths``: in units of n, layer 1 first (always ``depth`` of them). ``layers``: those to show.
    """

    statement: FlowStatement
    architecture: str
    bindings: tuple[Binding, ...]
    inputs: tuple[tuple[Fraction | Expression, ...], ...]
    values: dict[tuple[str, int | None], Fraction | Expression]
    depth: int
    order: Order
    widths: tuple[Fraction, ...]
    layers: tuple[int, ...]
    show: tuple[str, ...]
    digits: int | None
    almost_everywhere: bool


@dataclass(frozen=True)
class ClaimTask:
    """A claim about one architecture; its formulas are read by the verification."""

    statement: ClaimStatement | LatexClaimStatement
    architecture: str
    bindings: tuple[Binding, ...]
    inputs: Inputs | None


@dataclass(frozen=True)
class AtlasTask:
    """atlas sigma for one architecture; ``bindings``: one per activation of the list.

    ``classes``: labels of the rows that are kept, all where there are none; ``ranked_by``: what they are sorted by.
    """

    statement: AtlasStatement
    architecture: str
    bindings: tuple[Binding, ...]
    classes: tuple[str, ...] = ()
    ranked_by: str = ""


@dataclass(frozen=True)
class PlotTask:
    """plot KIND: the figure ``name``, a part of the name of its file; ``of``: what it is made of.

    ``ranges``: axis -> its ends; ``depth``: how many layers it shows, None where that is not set.
    """

    statement: PlotStatement
    kind: str
    name: str
    of: WithTask | FlowTask | AtlasTask
    depth: int | None
    ranges: dict[str, tuple[Fraction | Expression, Fraction | Expression]]
    correlations: tuple[Fraction, ...]

    @property
    def architecture(self) -> str:
        """The one the figure is about."""
        return self.of.architecture


@dataclass(frozen=True)
class UnreadClaim:
    """A claim that cannot be read: by a mistake of its own, or because it rests on one elsewhere."""

    label: str
    error: LanguageError
    span: Span

    @property
    def start(self) -> int:
        """Where in the file its mistake stands, for the order of messages."""
        return self.error.span.start


ReadTask = DeriveTask | WithTask | FlowTask | ClaimTask | AtlasTask | PlotTask
Task = ReadTask | UnreadClaim


@dataclass(frozen=True)
class Program:
    """Everything a file declares (its own and included) and the tasks in file order.

    ``definitions`` maps each tensor name to its definition (D and F share one); ``default_architecture`` is the file's
    own first architecture, else the first included one. ``errors``: every independent mistake, in the order of the
    file; what has none is in the tables and tasks all the same.
    """

    source: Source
    architectures: dict[str, Architecture] = field(default_factory=dict)
    activations: dict[str, ActivationStatement] = field(default_factory=dict)
    observables: dict[str, Observable] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    lets: dict[str, LetStatement] = field(default_factory=dict)
    notation: tuple[NotationEntry | StyleNotation, ...] = ()
    almost_everywhere: AlmostEverywhere | None = None
    default_architecture: str | None = None
    tasks: tuple[Task, ...] = ()
    errors: tuple[LanguageError, ...] = ()


def load_program(path: str | Path) -> Program:
    """Read, parse and check a derivation file. Raises LanguageError."""
    from ptheory.language.parser import read_file

    return check_file(read_file(path))


def check_file(file: File) -> Program:
    """The program of a parsed file. Raises one LanguageError with every independent mistake in it (``also``)."""
    program = check_what_is_readable(file)
    if program.errors:
        raise joined(program.errors)
    return program


def check_what_is_readable(file: File) -> Program:
    """The program of everything in a file that has no mistake, and does not rest on one; the mistakes as ``errors``."""
    from ptheory.networks.declarations import collect_declarations
    from ptheory.networks.tasks import check_tasks

    declarations = collect_declarations(file)
    tasks = check_tasks(file, declarations)
    return Program(
        source=file.source,
        architectures=declarations.architectures,
        activations=declarations.activations,
        observables=declarations.observables,
        definitions=declarations.definitions,
        lets=declarations.lets,
        notation=tuple(declarations.notation),
        almost_everywhere=declarations.almost_everywhere,
        default_architecture=declarations.default_architecture,
        tasks=tuple(tasks),
        errors=in_order(declarations.errors.found, file.source),
    )
