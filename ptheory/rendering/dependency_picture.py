"""The picture of what rests on what: columns from left to right, every result right of what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from markupsafe import Markup

from ptheory.rendering.dependencies import Dependencies, Key

ROW, HEIGHT, GAP, MARGIN = 38, 28, 44, 8  # points
LETTER = 7.4


@dataclass(frozen=True)
class Label:
    """What stands in a box: HTML, how many letters wide it is, and the anchor it links to, if it is on the page."""

    shown: Markup
    letters: float
    anchor: str = ""


@dataclass(frozen=True)
class _Passing:
    """Where the line from one node to another passes a column between theirs."""

    used: Key
    result: Key
    column: int


@dataclass(frozen=True)
class _Box:
    """``left``, ``right``: of the column it stands in; lines run straight there, so that they cross no other box."""

    x: float
    y: float
    width: float
    left: float
    right: float


_Place: TypeAlias = "Key | _Passing"


def columns(found: Dependencies) -> list[list[_Place]]:
    """The nodes by how many steps they rest on, and the lines that pass; in the order of what each is joined to."""
    depth = _depths(found)
    before: dict[_Place, list[_Place]] = {key: [] for key in found.nodes}
    arranged: list[list[_Place]] = [[] for _ in range(1 + max(depth.values()))]
    for key in found.nodes:
        arranged[depth[key]].append(key)
    for used, result in found.edges:
        *passing, end = _way(used, result, depth)
        for start, stop in pairwise([used, *passing, end]):
            before.setdefault(stop, []).append(start)
        for place in passing:
            arranged[place.column].append(place)  # type: ignore[union-attr]
    height: dict[_Place, float] = {}
    for column, members in enumerate(arranged):
        wanted = {
            one: sum(height[k] for k in before[one]) / len(before[one]) if before[one] else 0.0 for one in members
        }
        arranged[column] = sorted(members, key=lambda one: wanted[one])
        height |= {one: place - (len(members) - 1) / 2 for place, one in enumerate(arranged[column])}
    return arranged


def _depths(found: Dependencies) -> dict[Key, int]:
    depth = dict.fromkeys(found.nodes, 0)
    for key in found.nodes:
        depth[key] = max((depth[used] + 1 for used, result in found.edges if result == key), default=0)
    return depth


def _way(used: Key, result: Key, depth: Mapping[Key, int]) -> list[_Place]:
    """What a line goes through, its end included."""
    return [*(_Passing(used, result, column) for column in range(depth[used] + 1, depth[result])), result]


def picture(found: Dependencies, labels: Mapping[Key, Label]) -> Markup:
    """The picture as an SVG with links; nothing where nothing rests on anything."""
    if not found.edges:
        return Markup("")
    boxes, width, height = _boxes(columns(found), labels)
    size = Markup('viewBox="0 0 {0} {1}" width="{0}" height="{1}"').format(f"{width:.0f}", f"{height:.0f}")
    opening = Markup('<svg xmlns="http://www.w3.org/2000/svg" role="group" aria-label="What each result rests on" {}>')
    depth = _depths(found)
    ways = ([boxes[place] for place in (used, *_way(used, result, depth))] for used, result in found.edges)
    nodes = [_node(boxes[key], labels[key]) for key in found.nodes]
    return Markup("\n").join([opening.format(size), *map(_line, ways), *nodes, Markup("</svg>")])


def _boxes(arranged: list[list[_Place]], labels: Mapping[Key, Label]) -> tuple[dict[_Place, _Box], float, float]:
    """Where everything stands, and the size of the whole."""
    tallest = max(map(len, arranged))
    boxes: dict[_Place, _Box] = {}
    left = float(MARGIN)
    for column in arranged:
        widths = {one: labels[one].letters * LETTER + 18 if not isinstance(one, _Passing) else 0.0 for one in column}
        top, widest = MARGIN + (tallest - len(column)) * ROW / 2, max(widths.values())
        for place, one in enumerate(column):
            width = widths[one] or widest
            boxes[one] = _Box(left + (widest - width) / 2, top + ROW * place, width, left, left + widest)
        left += widest + GAP
    return boxes, left - GAP + MARGIN, tallest * ROW + MARGIN


def _line(way: list[_Box]) -> Markup:
    """From the right of one box to the left of the next, straight through what it passes."""
    start = way[0]
    path = f"M{start.x + start.width:.1f} {start.y + HEIGHT / 2:.1f} H{start.right:.1f}"
    for box in way[1:]:
        bend = (box.left - start.right) / 2
        height, before = box.y + HEIGHT / 2, start.y + HEIGHT / 2
        path += (
            f" C{start.right + bend:.1f} {before:.1f} {box.left - bend:.1f} {height:.1f} {box.left:.1f} {height:.1f}"
        )
        path += f" H{box.x if box is way[-1] else box.right:.1f}"
        start = box
    return Markup('<path class="edge" d="{}"/>').format(path)


def _node(box: _Box, label: Label) -> Markup:
    kind = "box" if label.anchor else "box quantity"
    inside = Markup(
        '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{}" rx="4"/>'
        '<foreignObject x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{}"><div class="node">{}</div></foreignObject>'
    ).format(kind, box.x, box.y, box.width, HEIGHT, box.x, box.y, box.width, HEIGHT, label.shown)
    return Markup('<a href="#{}">{}</a>').format(label.anchor, inside) if label.anchor else inside
