"""A figure as plain data: what is drawn on which axes. Drawing, data and a sketch for the terminal are made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from fractions import Fraction

    import mpmath

Coordinate: TypeAlias = "int | float | Fraction | mpmath.mpf"


@dataclass(frozen=True)
class Label:
    """``text`` for the terminal and for data, in the language's own spelling; ``latex``: text with formulas between
    dollars, as both TeX and matplotlib read it."""

    text: str
    latex: str

    @staticmethod
    def words(text: str) -> Label:
        """Plain words."""
        return Label(text, text)


@dataclass(frozen=True)
class Axis:
    """``ends``: from where to where, None where that follows from what is drawn. ``names``: of rows 0, 1, ..."""

    label: Label
    ends: tuple[Coordinate, Coordinate] | None = None
    logarithmic: bool = False
    names: tuple[Label, ...] = ()


@dataclass(frozen=True)
class Curve:
    """``role``: "data", "law" (what data should tend to), "border" (between phases), "end" (of a phase) or "guide";
    curves and points of one ``group`` have one colour."""

    label: Label | None
    x: tuple[Coordinate, ...]
    y: tuple[Coordinate, ...]
    role: str = "data"
    group: int = 0


@dataclass(frozen=True)
class Points:
    """``errors``: standard errors of y. ``role``: "data", "critical", or of a fixed point "stable", "half-stable",
    "unstable"."""

    label: Label | None
    x: tuple[Coordinate, ...]
    y: tuple[Coordinate, ...]
    errors: tuple[Coordinate, ...] = ()
    role: str = "data"
    group: int = 0


@dataclass(frozen=True)
class Area:
    """The inside of an outline; ``role``: "phase", or "band" about the curve of its group."""

    label: Label
    x: tuple[Coordinate, ...]
    y: tuple[Coordinate, ...]
    group: int = 0
    role: str = "phase"


@dataclass(frozen=True)
class Note:
    """Words at a place inside the axes."""

    label: Label
    x: Coordinate
    y: Coordinate


@dataclass(frozen=True)
class Panel:
    """Two axes and what is drawn in them."""

    x: Axis
    y: Axis
    curves: tuple[Curve, ...] = ()
    points: tuple[Points, ...] = ()
    areas: tuple[Area, ...] = ()
    notes: tuple[Note, ...] = ()
