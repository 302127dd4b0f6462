"""The numbers of a figure as data, with all the digits that are known."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from ptheory.language.json_values import JsonObject
from ptheory.rendering.figure_parts import Axis, Coordinate, Panel
from ptheory.rendering.report import Figure


def figure_json(figure: Figure, caption: str) -> JsonObject:
    """{type, kind, name, file, caption, panels: [{x, y, curves, points, areas, notes}]} (docs/json.md)."""
    return {
        "type": "figure",
        "kind": figure.kind,
        "name": figure.name,
        "file": figure.file,
        "caption": caption,
        "panels": [_panel(panel, figure.digits) for panel in figure.panels],
    }


def _panel(panel: Panel, digits: int) -> JsonObject:
    def listed(values: Iterable[Coordinate]) -> list[str]:
        return [number_text(value, digits) for value in values]

    def axis(one: Axis) -> JsonObject:
        named: JsonObject = {"rows": [name.text for name in one.names]} if one.names else {}
        ends: JsonObject = {"ends": listed(one.ends)} if one.ends is not None else {}
        return {"quantity": one.label.text, "latex": one.label.latex, "logarithmic": one.logarithmic, **ends, **named}

    return {
        "x": axis(panel.x),
        "y": axis(panel.y),
        "curves": [
            {"label": "" if c.label is None else c.label.text, "role": c.role, "x": listed(c.x), "y": listed(c.y)}
            for c in panel.curves
        ],
        "points": [
            {
                "label": "" if p.label is None else p.label.text, "role": p.role, "x": listed(p.x), "y": listed(p.y),
                **({"errors": listed(p.errors)} if p.errors else {}),
            }
            for p in panel.points
        ],
        "areas": [{"label": a.label.text, "role": a.role, "x": listed(a.x), "y": listed(a.y)} for a in panel.areas],
        "notes": [
            {"label": n.label.text, "x": number_text(n.x, digits), "y": number_text(n.y, digits)} for n in panel.notes
        ],
    }  # fmt: skip


def number_text(value: Coordinate, digits: int) -> str:
    """Exact where it is; a double with all its digits; any other number with those it is known to."""
    if isinstance(value, (int, Fraction)):
        return str(value)
    if isinstance(value, float):
        return repr(float(value))
    import mpmath

    return str(mpmath.nstr(value, digits, strip_zeros=False))
