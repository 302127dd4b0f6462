"""A figure as rows of characters: enough to see on a terminal what the drawing will show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, log10

from ptheory.rendering.figure_parts import Axis, Coordinate, Curve, Panel, Points

ROWS, WIDEST = 15, 72
DATA = "*+x%&=~^"
ROLES = {"law": ".", "guide": "-", "border": "#", "end": ":"}
MARKS = {"critical": "@", "stable": "0", "half-stable": "(", "unstable": "o"}
BETWEEN = "   "  # two entries of a legend
FINENESS = 4  # points of a curve a character, at least


def sketch(panel: Panel, width: int) -> Iterator[str]:
    """The lines of a panel: what it shows, the axes with their ends, and which sign stands for what."""
    if panel.y.names:
        yield from _named_rows(panel, width)
        return
    columns = max(20, min(width - 14, WIDEST))
    frame = _Frame.around(panel, columns)
    if frame is None:
        return
    grid = [[" "] * columns for _ in range(ROWS)]
    legend: list[str] = []
    for curve in panel.curves:
        sign = ROLES.get(curve.role, DATA[curve.group % len(DATA)])
        legend += [] if curve.label is None else [f"{sign} {curve.label.text}"]
        for column, row in _along(curve, frame):
            grid[row][column] = sign
    for points in panel.points:
        sign = MARKS.get(points.role, DATA[points.group % len(DATA)])
        legend += [] if points.label is None else [f"{sign} {points.label.text}"]
        for place in map(frame.place, points.x, points.y):
            if place is not None:
                grid[place[1]][place[0]] = sign
    for note in panel.notes:
        place = frame.place(note.x, note.y)
        if place is not None:
            start = max(0, min(place[0] - len(note.label.text) // 2, columns - len(note.label.text)))
            grid[place[1]][start : start + len(note.label.text)] = note.label.text
    yield from _framed(panel, frame, grid)
    if legend:
        yield from _side_by_side(legend, width)


def _side_by_side(entries: Sequence[str], width: int) -> Iterator[str]:
    """Entries of a legend in as few lines as hold them."""
    line = ""
    for entry in entries:
        if line and len(line) + len(BETWEEN) + len(entry) > width:
            yield line
            line = ""
        line += BETWEEN + entry
    yield line


def _framed(panel: Panel, frame: _Frame, grid: Sequence[Sequence[str]]) -> Iterator[str]:
    (left, right), (bottom, top) = (f"{end:.4g}" for end in frame.x), (f"{end:.4g}" for end in frame.y)
    if panel.y.label.text:
        yield f"{panel.y.label.text}"
    for number, row in enumerate(grid):
        end = top if number == 0 else bottom if number == ROWS - 1 else ""
        yield f"{end:>10} |{''.join(row)}".rstrip()
    yield f"{'':>10} +{'-' * frame.columns}"
    name = panel.x.label.text
    inner = max(frame.columns - len(left) - len(right), len(name) + 2)
    yield f"{'':>12}{left}{name:^{inner}}{right}"


@dataclass(frozen=True)
class _Frame:
    """From where to where the axes go, and the scale of each."""

    x: tuple[float, float]
    y: tuple[float, float]
    logarithmic: tuple[bool, bool]
    columns: int

    @staticmethod
    def around(panel: Panel, columns: int) -> _Frame | None:
        shown: list[Curve | Points] = [*panel.curves, *panel.points]
        x = _ends(panel.x, [float(v) for one in shown for v in one.x])
        y = _ends(panel.y, [float(v) for one in shown for v in one.y])
        if x is None or y is None:
            return None
        return _Frame(x, y, (panel.x.logarithmic, panel.y.logarithmic), columns)

    def place(self, x: Coordinate, y: Coordinate) -> tuple[int, int] | None:
        """(column, row) of a point inside the frame."""
        across, up = (
            _share(float(value), ends, logarithmic)
            for value, ends, logarithmic in zip((x, y), (self.x, self.y), self.logarithmic, strict=True)
        )
        if across is None or up is None:
            return None
        return round(across * (self.columns - 1)), ROWS - 1 - round(up * (ROWS - 1))


def _ends(axis: Axis, values: Sequence[float]) -> tuple[float, float] | None:
    if axis.ends is not None:
        return float(axis.ends[0]), float(axis.ends[1])
    usable = [value for value in values if isfinite(value) and (value > 0 or not axis.logarithmic)]
    if not usable:
        return None
    low, high = min(usable), max(usable)
    return (low, high) if low < high else (low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2)


def _share(value: float, ends: tuple[float, float], logarithmic: bool) -> float | None:
    """How far along an axis, from 0 to 1; None outside."""
    low, high = ends
    if logarithmic:
        if value <= 0 or low <= 0:
            return None
        value, low, high = log10(value), log10(low), log10(high)
    share = (value - low) / (high - low)
    return share if -1e-9 <= share <= 1 + 1e-9 else None


def _along(curve: Curve, frame: _Frame) -> Iterator[tuple[int, int]]:
    """The characters a curve goes through, its points joined by straight lines."""
    points = [(float(x), float(y)) for x, y in zip(curve.x, curve.y, strict=True)]
    pieces = max(1, FINENESS * frame.columns // max(len(points), 1))
    for (x0, y0), (x1, y1) in zip(points, points[1:] or points, strict=False):
        for k in range(pieces + 1):
            place = frame.place(x0 + (x1 - x0) * k / pieces, y0 + (y1 - y0) * k / pieces)
            if place is not None:
                yield place


def _named_rows(panel: Panel, width: int) -> Iterator[str]:
    """One row a name, its points as far right as their values are large."""
    widest = max(len(name.text) for name in panel.y.names)
    largest = max((float(x) for points in panel.points for x in points.x), default=1.0)
    room = max(width - widest - 14, 10)
    yield f"{panel.x.label.text}"
    for number, name in reversed(list(enumerate(panel.y.names))):
        for points in panel.points:
            for x, y in zip(points.x, points.y, strict=True):
                if y == number:
                    place = " " * round(room * float(x) / largest)
                    yield f"{name.text.ljust(widest)}  {place}{DATA[points.group % len(DATA)]} {float(x):.4g}"
    named = [f"{DATA[p.group % len(DATA)]} {p.label.text}" for p in panel.points if p.label is not None]
    yield from (line.removeprefix(BETWEEN) for line in _side_by_side(named, width))
