"""Figures drawn with matplotlib, for one column of a paper: PDF, SVG, PGF.

The same bytes come out of the same numbers: no dates, no versions, ids from the figure's name, and none of the settings
a user's matplotlib has. Colours are told apart by the colour-blind (Okabe and Ito) and doubled by lines and markers.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any

from ptheory.algebra.refusal import Refusal
from ptheory.rendering.figure_parts import Area, Axis, Coordinate, Curve, Label, Panel, Points
from ptheory.rendering.report import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

FORMATS = ("pdf", "svg", "pgf")
RASTER = 200  # dots an inch, of a preview
COLUMN = 3.4  # inches: a column of revtex4-2
HEIGHT = {1: 2.4, 2: 3.4, 3: 4.4}
ROW, FRAME = 0.145, 0.75  # inches: of a figure whose rows have names
ENTRY = 0.16  # of a row of a legend above the axes
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00")
FAINT = 0.25  # of a band about a curve
AREAS = ("#DCEAF4", "#FBE3D3")
LINES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (5, 1.2, 1, 1.2)), (0, (1.5, 1)), "-", (0, (5, 1.5)), (0, (1.5, 1)))
MARKERS = ("o", "s", "^", "d", "v", "p", "8")
FILLED = {"stable": "full", "half-stable": "left", "unstable": "none"}  # fixed points
GREY = "0.35"
INSIDE = 4  # entries of a legend
MOST_POINTS = 150  # of a curve on a logarithmic axis
STYLE: Mapping[str, Any] = {
    "font.family": "STIXGeneral", "mathtext.fontset": "stix", "font.size": 9, "axes.labelsize": 9,
    "xtick.labelsize": 8, "ytick.labelsize": 8, "legend.fontsize": 8, "axes.linewidth": 0.6, "lines.linewidth": 1.2,
    "xtick.direction": "in", "ytick.direction": "in", "xtick.top": True, "ytick.right": True, "legend.frameon": False,
    "legend.handlelength": 2.2, "legend.borderpad": 0.2, "legend.labelspacing": 0.3,
    "axes.formatter.use_mathtext": True,
    "pdf.fonttype": 42, "svg.fonttype": "path", "pgf.rcfonts": False, "pgf.texsystem": "pdflatex",
    "text.usetex": False, "savefig.bbox": None, "path.simplify": False,
}  # fmt: skip
ROLES: Mapping[str, Mapping[str, Any]] = {
    "law": {"color": "black", "linestyle": (0, (4, 2)), "linewidth": 0.9, "zorder": 3},
    "guide": {"color": GREY, "linestyle": (0, (4, 2)), "linewidth": 0.8, "zorder": 1},
    "border": {"color": "black", "linestyle": "-", "linewidth": 1.4, "zorder": 3},
    "end": {"color": "black", "linestyle": (0, (1, 1.2)), "linewidth": 1.2, "zorder": 3},
}
METADATA: Mapping[str, Mapping[str, None]] = {
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
    "svg": {"Creator": None, "Date": None, "Format": None, "Type": None},
    "png": {"Software": None},
}


class NotDrawn(Refusal):
    """A figure could not be drawn in a format."""


@lru_cache(maxsize=64)  # a document and its PDF take in the same drawings
def drawn(figure: Figure, to: str) -> bytes:
    """The file of a figure in a format. NotDrawn where PGF is asked for without TeX, which measures its words."""
    with _own_settings(figure.name):
        canvas = _canvas(figure)
        out = io.BytesIO()
        try:
            options: dict[str, Any] = {"metadata": METADATA[to]} if to in METADATA else {}
            canvas.savefig(out, format=to, dpi=RASTER, **options)
        except (RuntimeError, FileNotFoundError) as error:
            if to != "pgf":
                raise
            raise NotDrawn(
                "PGF needs TeX to measure its words (pdflatex with the package pgf)", "write a PDF or an SVG instead"
            ) from error
    return out.getvalue()


@contextmanager
def _own_settings(name: str) -> Iterator[None]:
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**STYLE, "svg.hashsalt": name})
        yield


def _canvas(figure: Figure) -> Canvas:
    from matplotlib.figure import Figure as Canvas
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    panels = figure.panels
    rows = max(len(panel.y.names) for panel in panels)
    height = FRAME + ROW * rows if rows else HEIGHT.get(len(panels), 0.6 + 1.25 * len(panels))
    height += sum(ENTRY * ceil(count / 2) for count in map(_entries, panels) if count > INSIDE)
    canvas = Canvas(figsize=(COLUMN, height), layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02))
    places = canvas.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for number, (panel, axes) in enumerate(zip(panels, places, strict=True)):
        _draw(panel, axes)
        if number < len(panels) - 1:
            axes.set_xlabel("")
    return canvas


def _draw(panel: Panel, axes: Axes) -> None:
    for area in panel.areas:
        _area(area, axes)
    for curve in panel.curves:
        _curve(_thinned(curve) if panel.x.logarithmic else curve, axes)
    for points in panel.points:
        _points(points, axes)
    _axis(panel.x, axes, "x")
    _axis(panel.y, axes, "y")
    for note in panel.notes:
        axes.text(float(note.x), float(note.y), words(note.label), ha="center", va="center", style="italic")
    if entries := _entries(panel):
        _legend(axes, entries)


def _entries(panel: Panel) -> int:
    """How many a legend has."""
    return sum(curve.label is not None for curve in panel.curves) + sum(p.label is not None for p in panel.points)


def _legend(axes: Axes, entries: int) -> None:
    """Inside the axes where it finds room, above them where it is long."""
    if entries <= INSIDE:
        axes.legend(loc="best")
    else:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, columnspacing=1.0)


def _area(area: Area, axes: Axes) -> None:
    style = {"facecolor": AREAS[area.group % len(AREAS)], "zorder": 0}
    if area.role == "band":
        style = {"facecolor": COLOURS[area.group % len(COLOURS)], "alpha": FAINT, "zorder": 1}
    axes.fill(floats(area.x), floats(area.y), edgecolor="none", **style)


def _curve(curve: Curve, axes: Axes) -> None:
    own = {"color": COLOURS[curve.group % len(COLOURS)], "linestyle": LINES[curve.group % len(LINES)], "zorder": 2}
    style = ROLES.get(curve.role, own)
    axes.plot(floats(curve.x), floats(curve.y), label=None if curve.label is None else words(curve.label), **style)


def _thinned(curve: Curve) -> Curve:
    """As many of its points as can be seen on a logarithmic axis."""
    if len(curve.x) <= MOST_POINTS:
        return curve
    last = len(curve.x) - 1
    kept = sorted({round((last + 1) ** (k / (MOST_POINTS - 1))) - 1 for k in range(MOST_POINTS)})
    return replace(curve, x=tuple(curve.x[k] for k in kept), y=tuple(curve.y[k] for k in kept))


def _points(points: Points, axes: Axes) -> None:
    label = None if points.label is None else words(points.label)
    x, y = floats(points.x), floats(points.y)
    colour, marker = COLOURS[points.group % len(COLOURS)], MARKERS[points.group % len(MARKERS)]
    if points.role == "critical":
        axes.plot(x, y, "*", color="black", markersize=9, clip_on=False, zorder=5, label=label)
    elif points.role in FILLED:
        axes.plot(
            x, y, "o", color="black", markerfacecoloralt="white", fillstyle=FILLED[points.role], markersize=5.5,
            markeredgewidth=0.9, clip_on=False, zorder=5, label=label,
        )  # fmt: skip
    elif points.errors:
        axes.errorbar(
            x, y, floats(points.errors), fmt=marker, color=colour, markersize=3, capsize=1.5, linewidth=0.8,
            capthick=0.8, zorder=4, label=label,
        )  # fmt: skip
    else:
        axes.plot(x, y, marker, color=colour, markersize=4, zorder=4, label=label)


def _axis(axis: Axis, axes: Axes, which: str) -> None:
    getattr(axes, f"set_{which}label")(words(axis.label))
    if axis.logarithmic:
        getattr(axes, f"semilog{which}")()
    if axis.ends is not None:
        getattr(axes, f"set_{which}lim")(*floats(axis.ends))
    if axis.names:
        axes.set_yticks(range(len(axis.names)), [words(name) for name in axis.names], fontsize=7)
        axes.set_ylim(-0.7, len(axis.names) - 0.3)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", linewidth=0.3, color="0.85")
        axes.set_axisbelow(True)


def floats(values: Sequence[Coordinate]) -> list[float]:
    """What is drawn: numbers as doubles."""
    return [float(value) for value in values]


def words(label: Label) -> str:
    """A label as matplotlib reads it; as plain text where its formula is more than that reads."""
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(label.latex)
    except ValueError:
        return label.text.replace("$", r"\$")
    return label.latex
