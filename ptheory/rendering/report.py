"""What a run shows, as plain data: a session fills a Report, the renderers know nothing else about the run.

    Report -> Section -> Prose | DerivedEquation | SpecialisedEquation | CriticalPoint | Solved | Table | Figure
                         | Verdict | StepList

Text is plain text (never LaTeX, never rich markup): every renderer escapes it for its own medium. Mathematics is an
``Equation``, a ``Formula`` around a Polynomial, a SymPy expression, an expression of the language, a number or a name.
``name`` of an item is what the result is called, see ``result_names.py``; items without one are said, not results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ptheory.language.json_values import JsonValue
from ptheory.rendering.columns import PAGE, Columns
from ptheory.rendering.known_names import NONE_KNOWN, KnownNames
from ptheory.rendering.result_names import MACRO_PREFIX
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.rendering.written_numbers import DIGITS, LONGEST

if TYPE_CHECKING:
    from ptheory.recursion.equation import Equation
    from ptheory.recursion.steps import Step
    from ptheory.recursion.tensor_names import TensorNames
    from ptheory.rendering.figure_parts import Panel
    from ptheory.rendering.shortest.short_form import ShortForm
    from ptheory.results.depth_forms import DepthForm
    from ptheory.results.specialisation import BoundEquation

VERDICT_KINDS = ("proved", "checked", "undecided", "refuted", "unreadable")


@dataclass(frozen=True)
class Formula:
    """A piece of mathematics inside prose or a table.

    ``value``: Polynomial, SymPy expression, language Expression, Fraction or int, a Quantity, a law AtLargeDepth, what
    is Typeset already, or a str that is one identifier (``chi_par`` is set as χ∥). ``equation`` lends a Polynomial its
    tensor names and site functions. A rational of more than ``longest`` characters is shown by its first ``digits``
    significant digits, in data with all.
    """

    value: Any
    equation: Equation | None = None
    digits: int = DIGITS
    longest: int = LONGEST


@dataclass(frozen=True)
class Quantity:
    """The value of a Formula that is a quantity of criticality, by its name: p_perp, nu, K*, V/(nK^2), K - K*."""

    name: str


@dataclass(frozen=True)
class AtLargeDepth:
    """The value of a Formula that is a law at large depth: ``quantity`` goes like ``law``, a SymPy expression in l."""

    quantity: str
    law: Any


@dataclass(frozen=True)
class Typeset:
    """The value of a Formula that was found in running text: its LaTeX, and the text as it stood there."""

    latex: str
    text: str


Words = str | Formula | tuple["str | Formula", ...]  # running text with formulas in it


@dataclass(frozen=True)
class Prose:
    """A paragraph: ``Prose("…")`` or ``Prose(("critical at ", Formula("C_W"), " = ", Formula(Fraction(2))))``."""

    words: Words


@dataclass(frozen=True)
class DerivedEquation:
    """A recursion as derived, every sample symbolic. ``equal_widths`` sets n_l/n_(l-1) to one in what is shown.

    ``short``: its short form, proved equal to it.
    """

    equation: Equation
    architecture: str = ""
    equal_widths: bool = False
    note: Words = ""
    name: str = ""
    short: ShortForm | None = None


@dataclass(frozen=True)
class SpecialisedEquation:
    """A recursion at concrete inputs, perhaps with its activations bound. ``equal_widths`` as in DerivedEquation.

    ``short``: its short form, proved equal to it.
    """

    found: BoundEquation
    architecture: str = ""
    equal_widths: bool = False
    note: Words = ""
    name: str = ""
    short: ShortForm | None = None


@dataclass(frozen=True)
class CriticalPoint:
    """One critical initialisation; values are str (digits, or ``any``), numbers or SymPy expressions."""

    kernel_name: str
    kernel: Any
    values: Mapping[str, Any]  # {"C_b": ..., "C_W": ...}
    stability: str = ""
    activation: str = ""
    evidence: tuple[Words, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Solved:
    """A tensor in closed form in the layer."""

    form: DepthForm
    name: str = ""


@dataclass(frozen=True)
class Table:
    """``rows`` of cells; every row as long as ``headers``; the first ``labels`` columns say what a row is.

    ``digits``: those that were asked for in the file, with which its numbers stand on a page, too.
    """

    headers: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]
    caption: Words = ""
    labels: int = 1
    name: str = ""
    digits: int | None = None


def unfolded(table: Table) -> Table:
    """One row for each column that is no label: (labels, header of the column, its cell)."""
    kept = table.labels
    rows = [
        (*row[:kept], header, cell)
        for row in table.rows
        for header, cell in zip(table.headers[kept:], row[kept:], strict=True)
        if cell != ""
    ]
    return replace(table, headers=(*table.headers[:kept], "of", "value"), rows=tuple(rows), labels=kept + 1)


def of_columns(table: Table, places: Sequence[int]) -> Table:
    """The labels and the columns at these places."""
    kept = (*range(table.labels), *places)
    rows = tuple(tuple(row[k] for k in kept) for row in table.rows)
    return replace(table, headers=tuple(table.headers[k] for k in kept), rows=rows)


@dataclass(frozen=True)
class Figure:
    """A figure: its ``panels`` from top to bottom. ``kind`` and ``name`` as of ``plot``; ``file``: what it is called
    where it is written, without an ending. Numbers are known to ``digits`` digits."""

    kind: str
    name: str
    file: str
    panels: tuple[Panel, ...]
    caption: Words = ""
    digits: int = 15


@dataclass(frozen=True)
class Verdict:
    """``kind``: one of VERDICT_KINDS; ``details``, one line each: counterexample, points checked, reason.

    ``latex``: the equation that was decided, in the author's form.
    """

    kind: str
    what: Words
    details: tuple[Words, ...] = ()
    name: str = ""
    latex: str = ""

    def __post_init__(self) -> None:
        if self.kind not in VERDICT_KINDS:
            raise ValueError(f"a verdict is one of {', '.join(VERDICT_KINDS)}, not {self.kind!r}")


@dataclass(frozen=True)
class StepList:
    """The steps of a derivation, from ``ptheory.recursion.steps.derivation_steps``."""

    title: Words
    steps: tuple[Step, ...]
    names: TensorNames


Item = Prose | DerivedEquation | SpecialisedEquation | CriticalPoint | Solved | Table | Figure | Verdict | StepList


@dataclass(frozen=True)
class NamedNumber:
    """A number of a result: ``quantity`` C_W of ``result`` gelu."""

    result: str
    quantity: str
    value: Any


@dataclass(frozen=True)
class Section:
    """A title and what stands below it; ``numbers``: those of its results, each under its name.

    ``architecture``: whose quantities its equations are; ``rests_on``: the quantities by name that what stands here was
    made from, where it is no recursion.
    """

    title: Words
    items: tuple[Item, ...]
    numbers: tuple[NamedNumber, ...] = ()
    architecture: str = ""
    rests_on: tuple[str, ...] = ()

    @property
    def equations(self) -> Iterator[Equation]:
        """The recursions among the items, as derived or at concrete inputs."""
        for item in self.items:
            if isinstance(item, DerivedEquation):
                yield item.equation
            elif isinstance(item, SpecialisedEquation):
                yield item.found.equation


@dataclass(frozen=True)
class Report:
    """``source``: the derivation file's name; ``spelling``: of names in LaTeX, the author's where the file has a
    notation block; ``columns``: what LaTeX is broken for; ``names``: what may be a name in running text; ``macros``:
    what the names of LaTeX macros begin with; ``margin``: whether claims in LaTeX have their verdict there; ``data``:
    whatever JSON-able extras the session wants in ``to_json``."""

    title: str
    sections: tuple[Section, ...]
    source: str = ""
    data: Mapping[str, JsonValue] = field(default_factory=dict)
    spelling: Spelling = OURS
    columns: Columns = PAGE
    names: KnownNames = NONE_KNOWN
    macros: str = MACRO_PREFIX
    margin: bool = False
