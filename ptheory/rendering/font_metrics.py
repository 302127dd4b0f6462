r"""How wide a formula is on paper: TeX's own rules (The TeXbook, appendix G) with the boxes of its own fonts.

``font_metrics.json`` has the boxes of every sign in Computer Modern, measured by TeX
(``tests/rendering/font_metrics.py``). Heights are followed too, since they decide how wide a bracket is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources

from ptheory.rendering.math_list import (
    Atom,
    Cases,
    Delimiter,
    Fenced,
    Quotient,
    Root,
    Row,
    Sign,
    Space,
    Words,
    is_large,
    math_list,
)
from ptheory.rendering.math_signs import (
    BINARY,
    CLOSING,
    OPENING,
    OPERATOR,
    ORDINARY,
    PUNCTUATION,
    RELATION,
    glue,
)

SCRIPT_SPACE = 0.5
NULL_DELIMITER = 1.2
DELIMITER_FACTOR, DELIMITER_SHORTFALL = 0.901, 5.0
BIG_SIZES = ("big", "Big", "bigg", "Bigg")
LARGER_ROOTS = (1.2, 1.8, 2.4, 3.0)  # in sizes of the font
SMALLEST_EXTENSION = 7.0
ROW_OF_CASES = 1.728  # quads between the base lines
_NO_BINARY_AFTER = (None, BINARY, OPERATOR, RELATION, OPENING, PUNCTUATION)
_NO_BINARY_BEFORE = (RELATION, CLOSING, PUNCTUATION)


@dataclass(frozen=True)
class Box:
    """Points; ``italic``: how far the sign leans out at the right, not in the width."""

    width: float
    height: float
    depth: float
    italic: float = 0.0


@dataclass(frozen=True)
class Style:
    """0 displayed, 1 in text, 2 in a script, 3 in a script of a script; ``cramped``: superscripts lower."""

    level: int
    cramped: bool = False

    @property
    def size(self) -> int:
        """Which of the three sizes of type."""
        return max(self.level - 1, 0)

    @property
    def above(self) -> Style:
        """Of a superscript."""
        return Style(max(2, min(self.level + 1, 3)) if self.level > 1 else 2, self.cramped)

    @property
    def below(self) -> Style:
        """Of a subscript."""
        return Style(self.above.level, True)

    @property
    def numerator(self) -> Style:
        """Of a numerator."""
        return Style(min(self.level + 1, 3), self.cramped)


DISPLAY, TEXT, SMALLEST = Style(0), Style(1), Style(3)
INDEX_SHIFT = 5 - 10  # eighteenths of a quad before the index of a root and behind it, as LaTeX has them
Metrics = dict[str, list[list[float]]]


@cache
def _tables() -> dict[str, Metrics]:
    text = resources.files("ptheory.rendering").joinpath("font_metrics.json").read_text("utf-8")
    tables: dict[str, Metrics] = json.loads(text)
    return tables


@lru_cache(maxsize=20_000)
def formula_width(latex: str, size: str = "10", style: Style = DISPLAY) -> float:
    r"""Points that the formula takes on a line, as \hbox{$\displaystyle ...$} in a document of ``size`` pt."""
    return measure_of(size).row(math_list(latex), style).width


def text_width(text: str, size: str = "10") -> float:
    """Points that plain text takes, without the kerns that would make it a little shorter."""
    return measure_of(size).words(text, TEXT).width


@cache
def measure_of(size: str) -> Measure:
    """The measure of a document whose type is ``size`` points high: 10 or 11."""
    return Measure(_tables()[size])


@dataclass(frozen=True)
class Measure:
    """TeX's rules at one size of type."""

    metrics: Metrics
    known: dict[str, Box] = field(default_factory=dict)  # the boxes of displayed atoms, by their source

    def displayed(self, atom: Atom) -> Box:
        """The box of an atom of a displayed formula."""
        if atom.latex not in self.known:
            self.known[atom.latex] = self.atom(atom, DISPLAY)
        return self.known[atom.latex]

    def dimension(self, name: str, style: Style) -> float:
        """A dimension of the fonts: the axis, a quad, how high a numerator stands."""
        return self.metrics[f"font {name}"][style.size][0]

    def sign(self, name: str, style: Style) -> Box:
        """The box of a sign; an unknown one is a quad wide."""
        found = self.metrics.get(name)
        if found is None:
            quad = self.dimension("quad", style)
            return Box(quad, 0.7 * quad, 0.2 * quad)
        width, italic, height, depth = found[style.size]
        return Box(width, height, depth, italic)

    def row(self, atoms: tuple[Atom, ...], style: Style) -> Box:
        """Atoms side by side, with TeX's glue between them."""
        boxes = [self.atom(atom, style) for atom in atoms]
        width = sum(box.width for box in boxes) + sum(self.glues(atoms, style))
        return Box(width, max((b.height for b in boxes), default=0.0), max((b.depth for b in boxes), default=0.0))

    def glues(self, atoms: tuple[Atom, ...], style: Style, before: int | None = None) -> list[float]:
        """The glue before each atom; ``before``: the class of what stands before the first."""
        kinds = settled_kinds(atoms, before)
        quad, last, found = self.dimension("quad", style), before, []
        for atom, kind in zip(atoms, kinds, strict=True):
            if atom.is_space:
                found.append(0.0)
                continue
            found.append(0.0 if last is None else glue(last, kind, style.level > 1) * quad / 18)
            last = kind
        return found

    def atom(self, atom: Atom, style: Style) -> Box:
        """A nucleus with its scripts."""
        nucleus = self.nucleus(atom, style)
        if atom.above is None and atom.below is None:
            return Box(nucleus.width + nucleus.italic, nucleus.height, nucleus.depth)
        over = None if atom.above is None else self.row(atom.above, style.above)
        under = None if atom.below is None else self.row(atom.below, style.below)
        if is_large(atom) and style.level == 0:
            return self._with_limits(nucleus, over, under)
        return self._with_scripts(nucleus, over, under, style, isinstance(atom.nucleus, Sign))

    def _with_limits(self, nucleus: Box, over: Box | None, under: Box | None) -> Box:
        dimension = self.dimension
        width, height, depth = nucleus.width + nucleus.italic, nucleus.height, nucleus.depth
        for box in (over, under):
            width = max(width, box.width if box else 0.0)
        if over:
            gap = max(dimension("above", DISPLAY), dimension("above_baseline", DISPLAY) - over.depth)
            height += gap + over.height + over.depth + dimension("padding", DISPLAY)
        if under:
            gap = max(dimension("below", DISPLAY), dimension("below_baseline", DISPLAY) - under.height)
            depth += gap + under.height + under.depth + dimension("padding", DISPLAY)
        return Box(width, height, depth)

    def _with_scripts(self, nucleus: Box, over: Box | None, under: Box | None, style: Style, is_sign: bool) -> Box:
        dimension = self.dimension
        lean = nucleus.italic if under else 0.0
        width = nucleus.width + (0.0 if under else nucleus.italic)
        up = 0.0 if is_sign else nucleus.height - dimension("sup_drop", style.above)
        down = 0.0 if is_sign else nucleus.depth + dimension("sub_drop", style.below)
        height, depth, beside = nucleus.height, nucleus.depth, 0.0
        if over:
            least = "sup3" if style.cramped else "sup1" if style.level == 0 else "sup2"
            up = max(up, dimension(least, style), over.depth + dimension("x_height", style) / 4)
        if under:
            down = max(down, dimension("sub2" if over else "sub1", style))
        if over and under:
            up, down = self._apart(up - over.depth, under.height - down, up, down, style)
        if over:
            height, beside = max(height, up + over.height), over.width + lean + SCRIPT_SPACE
        if under:
            depth, beside = max(depth, down + under.depth), max(beside, under.width + SCRIPT_SPACE)
        return Box(width + beside, height, depth)

    def _apart(self, bottom: float, top: float, up: float, down: float, style: Style) -> tuple[float, float]:
        """How far scripts above and below each other are moved: TeX's rule 18e. ``bottom`` of the upper, ``top`` of the
        lower one."""
        missing = 4 * self.dimension("rule", style) - (bottom - top)
        if missing <= 0:
            return up, down
        raised = max(0.8 * self.dimension("x_height", style) - bottom, 0.0)
        return up + raised, down + missing - raised

    def nucleus(self, atom: Atom, style: Style) -> Box:
        """What stands on the line."""
        match atom.nucleus:
            case Sign(name, font):
                shown = f"{font} {name}" if font else f"display {name}" if style.level == 0 and is_large(atom) else name
                return self.sign(shown if shown in self.metrics else name, style)
            case Row(atoms):
                return self.row(atoms, Style(style.level, True) if atom.nucleus.accented else style)
            case Words(text):
                return self.words(text, style)
            case Quotient():
                return self._quotient(atom.nucleus, style)
            case Root(body, index):
                root = self._root(self.row(body, Style(style.level, True)), style)
                if not index:
                    return root
                above = self.row(index, SMALLEST).width + INDEX_SHIFT * self.dimension("quad", style) / 18
                return Box(above + root.width, root.height, root.depth)
            case Fenced(left, body, right):
                inside = self.row(body, style)
                boxes = [self._fence(sign, inside, style) for sign in (left, right)]
                return Box(
                    inside.width + sum(b.width for b in boxes),
                    max(inside.height, *(b.height for b in boxes)),
                    max(inside.depth, *(b.depth for b in boxes)),
                )
            case Delimiter(size, sign):
                return self.sign(f"{size} {sign}", style)
            case Space(mu):
                return Box(mu * self.dimension("quad", style) / 18, 0.0, 0.0)
            case Cases(rows):
                return self._cases(rows, style)

    def words(self, text: str, style: Style) -> Box:
        """Roman letters, a third of a quad for a space."""
        quad = self.dimension("quad", style)
        width = 0.0
        for letter in text:
            known = next((name for name in (f"rm {letter}", letter) if name in self.metrics), None)
            width += quad / 3 if letter.isspace() else quad / 2 if known is None else self.sign(known, style).width
        return Box(width, 0.7 * quad, 0.2 * quad)

    def _quotient(self, found: Quotient, style: Style) -> Box:
        style = {r"\tfrac": TEXT, r"\dfrac": DISPLAY}.get(found.command, style)
        inner, dimension = style.numerator, self.dimension
        above, below = self.row(found.above, inner), self.row(found.below, Style(inner.level, True))
        rule, axis, displayed = dimension("rule", style), dimension("axis", style), style.level == 0
        clear = (3 if displayed else 1) * rule
        up = max(dimension("num1" if displayed else "num2", style), clear + above.depth + axis + rule / 2)
        down = max(dimension("denom1" if displayed else "denom2", style), clear + below.height - axis + rule / 2)
        width = max(above.width, below.width) + 2 * NULL_DELIMITER
        return Box(width, up + above.height, down + below.depth)

    def _root(self, body: Box, style: Style) -> Box:
        rule = self.dimension("rule", style)
        clear = rule + (self.dimension("x_height", style) if style.level == 0 else rule) / 4
        needed = body.height + body.depth + clear + rule
        sizes = [*self._sizes_up_to_text(style), *(factor * self._extension_size(style) for factor in LARGER_ROOTS)]
        reach = next((size for size in sizes if size >= needed - 0.01), needed)
        place = sizes.index(reach) if reach in sizes else len(sizes)
        small = place <= style.size
        sign = self.sign("root", Style(style.level - place)) if small else self.sign("tall root", style)
        clear += max(reach - needed, 0.0) / 2
        return Box(sign.width + body.width, body.height + clear + 2 * rule, reach - rule - body.height - clear)

    def _sizes_up_to_text(self, style: Style) -> list[float]:
        """The heights of a parenthesis in the sizes of type from that of ``style`` up: what TeX tries first."""
        boxes = [self.sign("(", Style(level)) for level in range(max(style.level, 1), 0, -1)]
        return [box.height + box.depth for box in boxes]

    def _extension_size(self, style: Style) -> float:
        """The size of the font of large delimiters, of which there is none below 7 points."""
        return max(self._sizes_up_to_text(style)[0], SMALLEST_EXTENSION)

    def _fence(self, sign: str, inside: Box, style: Style) -> Box:
        r"""A delimiter beside what it encloses, as \left and \right choose it."""
        if sign == ".":
            return Box(NULL_DELIMITER, 0.0, 0.0)
        axis = self.dimension("axis", style)
        reach = max(inside.height - axis, inside.depth + axis)
        needed = max(2 * reach * DELIMITER_FACTOR, 2 * reach - DELIMITER_SHORTFALL) - 0.01
        small = [self.sign(sign, Style(level)) for level in range(max(style.level, 1), 0, -1)]
        large = [self.sign(f"{size} {sign}", style) for size in BIG_SIZES]
        return next(
            (box for box in (*small, *large) if box.height + box.depth >= needed), self.sign(f"tall {sign}", style)
        )

    def _cases(self, rows: tuple[tuple[tuple[Atom, ...], ...], ...], style: Style) -> Box:
        quad, axis = self.dimension("quad", style), self.dimension("axis", style)
        columns: dict[int, float] = {}
        for row in rows:
            for column, cell in enumerate(row):
                columns[column] = max(columns.get(column, 0.0), self.row(cell, TEXT).width)
        half = len(rows) * ROW_OF_CASES * quad / 2
        brace = self._fence(r"\{", Box(0.0, half + axis, half - axis), style)
        width = brace.width + sum(columns.values()) + quad * (len(columns) - 1) + NULL_DELIMITER
        return Box(width, half + axis, half - axis)


def settled_kinds(atoms: tuple[Atom, ...], before: int | None = None) -> list[int]:
    """The classes of atoms, a binary sign with nothing to join counted as an ordinary one."""
    kinds = [atom.kind for atom in atoms]
    last: int | None = before
    last_place: int | None = None
    for place, atom in enumerate(atoms):
        if atom.is_space:
            continue
        if kinds[place] == BINARY and last in _NO_BINARY_AFTER:
            kinds[place] = ORDINARY
        elif kinds[place] in _NO_BINARY_BEFORE and last == BINARY and last_place is not None:
            kinds[last_place] = ORDINARY
        last, last_place = kinds[place], place
    if last == BINARY and last_place is not None:
        kinds[last_place] = ORDINARY
    return kinds
