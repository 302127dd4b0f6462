"""The dot plot of a report as an SVG and as a LaTeX picture: one row per label, a dot at its value, no dependencies."""

from __future__ import annotations

from math import ceil, log10

from markupsafe import Markup, escape

from ptheory.rendering.columns import PAGE, POINTS, Columns
from ptheory.rendering.latex_text import latex_text
from ptheory.rendering.report import DotPlot

ROW = 4.0  # millimetres
WIDTH, LABELS = 80.0, 50.0
_SVG_ROW = 16
_SVG_WIDTH = 420
_SVG_LABELS = 190


def ticks(largest: float) -> list[float]:
    """From zero past the largest value in steps of 1, 2 or 5 times a power of ten, at most ten of them."""
    unit = 10.0 ** ceil(log10(largest / 10))
    step = next(step for step in (unit / 5, unit / 2, unit) if largest <= 10 * step)
    return [step * k for k in range(ceil(largest / step - 1e-9) + 1)]


def dots(plot: DotPlot) -> list[tuple[str, float]]:
    """The rows that have a value, the smallest on top."""
    return sorted(((label, value) for label, value in plot.rows if value is not None), key=lambda row: row[1])


def dot_plot_latex(plot: DotPlot, caption: str, columns: Columns = PAGE) -> str:
    """The plot as a picture environment; the caption alone where no value can be drawn."""
    rows = dots(plot)
    if not rows:
        return caption
    scale = ticks(max(value for _, value in rows))
    height = ROW * len(rows)
    lines = [
        r"\begin{center}",
        rf"\setlength{{\unitlength}}{{{min(1.0, columns.width / POINTS['mm'] / (WIDTH + LABELS)):.3g}mm}}",
        rf"\begin{{picture}}({WIDTH + LABELS:g},{height + 12:g})({-LABELS:g},-10)",
        rf"\put(0,0){{\line(1,0){{{WIDTH:g}}}}}",
        rf"\put(0,0){{\line(0,1){{{height:g}}}}}",
    ]
    for tick in scale:
        place = f"{WIDTH * tick / scale[-1]:.2f}"
        lines.append(rf"\put({place},-1){{\line(0,1){{1}}}}")
        lines.append(rf"\put({place},-2){{\makebox(0,0)[t]{{\scriptsize {tick:g}}}}}")
    for number, (label, value) in enumerate(rows):
        y = f"{height - ROW * (number + 0.5):.2f}"
        lines.append(rf"\put(-2,{y}){{\makebox(0,0)[r]{{\scriptsize {latex_text(label)}}}}}")
        lines.append(rf"\put({WIDTH * value / scale[-1]:.2f},{y}){{\circle*{{1.2}}}}")
    lines.append(rf"\put({WIDTH / 2:g},-9){{\makebox(0,0)[b]{{\scriptsize {latex_text(plot.quantity)}}}}}")
    lines.append(r"\end{picture}")
    return "\n".join([*lines, rf"\par\smallskip {caption}", r"\end{center}"])


def dot_plot_svg(plot: DotPlot) -> Markup:
    """The plot as an SVG element; nothing where no value can be drawn."""
    rows = dots(plot)
    if not rows:
        return Markup("")
    scale = ticks(max(value for _, value in rows))
    height = _SVG_ROW * len(rows)
    parts = [
        Markup('<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" ').format(
            _SVG_LABELS + _SVG_WIDTH + 20, height + 44
        )
        + Markup('font-family="sans-serif" font-size="11" fill="currentColor" role="img" aria-label="{}">').format(
            f"{plot.quantity}: {len(rows)} values from {rows[0][1]:.4g} to {rows[-1][1]:.4g}"
        ),
        Markup('<path d="M{0} 0 V{1} H{2}" fill="none" stroke="currentColor"/>').format(
            _SVG_LABELS, height, _SVG_LABELS + _SVG_WIDTH
        ),
    ]
    for tick in scale:
        x = f"{_SVG_LABELS + _SVG_WIDTH * tick / scale[-1]:.1f}"
        parts.append(Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(x, height + 15, f"{tick:g}"))
    for number, (label, value) in enumerate(rows):
        y = f"{_SVG_ROW * (number + 0.5):.1f}"
        x = f"{_SVG_LABELS + _SVG_WIDTH * value / scale[-1]:.1f}"
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="end" dominant-baseline="middle">{}</text>').format(
                _SVG_LABELS - 6, y, escape(label)
            )
        )
        parts.append(Markup('<circle cx="{}" cy="{}" r="3.5" fill="#2458a6"/>').format(x, y))
    middle = _SVG_LABELS + _SVG_WIDTH // 2
    parts.append(
        Markup('<text x="{}" y="{}" text-anchor="middle">{}</text></svg>').format(middle, height + 34, plot.quantity)
    )
    return Markup("\n").join(parts)
