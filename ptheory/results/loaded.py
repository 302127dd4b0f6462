"""What ``ptheory.load_json`` reads back: values and expressions of a run, frozen, without their derivation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import mpmath
    from sympy import Expr

    from ptheory.claims.verdict import Kind
    from ptheory.language.json_values import JsonObject

Number: TypeAlias = "Fraction | mpmath.mpf"


@dataclass(frozen=True)
class LoadedEquation:
    """A recursion as it was written: ``left`` = ``right`` in the language, ``claim`` what states it, None without one.

    ``inputs``: names, none for one input or slots; ``bindings``: activations, and hyperparameters that were set, as
    written. ``closed_form_text``: the right-hand side in closed form where it has one, ``closed_form`` the same in
    plain symbols K_12, V_1122, C_W; None where the text is for reading only, with numbers too long to be read.
    """

    architecture: str
    name: str
    left: str
    right: str
    claim: str | None
    latex: str
    order: int
    inputs: tuple[str, ...] = ()
    bindings: Mapping[str, str] = field(default_factory=dict)
    closed_form_text: str | None = None
    closed_form: Expr | None = None


@dataclass(frozen=True)
class LoadedVerdict:
    """``kind``, ``label`` and ``message`` of a verdict; ``data``: all its keys as they stand in the file."""

    kind: Kind
    label: str
    message: str
    data: JsonObject


@dataclass(frozen=True)
class LoadedFlow:
    """``values[layer]["V"]["0,1,1,0"]``: the coefficients of 1, 1/n, ..., exact or with the digits written."""

    architecture: str
    values: Mapping[int, Mapping[str, Mapping[str, tuple[Number, ...]]]]


@dataclass(frozen=True)
class LoadedCriticalPoint:
    """``kernel``: None for a line of fixed points; ``hyperparameters``: what they have to be."""

    activation: str
    kernel: Expr | None
    hyperparameters: Mapping[str, Expr]
    stability: str


@dataclass(frozen=True)
class LoadedSolution:
    """A tensor solved in depth: ``equation`` as text, ``of``: every layer, large depth, l/n fixed, ..."""

    tensor: str
    of: str
    equation: str
    latex: str


@dataclass(frozen=True)
class LoadedTable:
    """A table as text: exponents, an atlas."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class LoadedResult(Mapping[str, LoadedEquation]):
    """A run as its JSON has it: ``loaded["V"]`` is the derived recursion, ``specialised`` those of the with blocks.

    ``file``: the derivation file that was run, ``version``: of ptheory.
    """

    file: str
    version: str
    derived: tuple[LoadedEquation, ...]
    specialised: tuple[LoadedEquation, ...]
    critical_points: tuple[LoadedCriticalPoint, ...]
    solutions: tuple[LoadedSolution, ...]
    tables: tuple[LoadedTable, ...]
    verdicts: tuple[LoadedVerdict, ...]
    flows: tuple[LoadedFlow, ...]
    exit_code: int

    def __getitem__(self, name: str) -> LoadedEquation:
        found = {one.name: one for one in reversed(self.derived)}
        if name not in found:
            raise KeyError(f"{name} was not derived in {self.file}; derived: {', '.join(self) or 'none'}")
        return found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(one.name for one in self.derived))

    def __len__(self) -> int:
        return len(list(iter(self)))
