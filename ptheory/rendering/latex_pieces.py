r"""A formula of LaTeX cut into the pieces a line may be broken between, as wide as TeX sets them.

Lines are broken before signs, inside brackets too (\left and \right become brackets of a fixed size, which may stand on
different lines), and between factors. What is too wide for a line in one piece, a fraction or a root, is opened first:
``opened_latex.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from ptheory.rendering.breaking import LAST_RESORT, Piece, filled, product_cost, sum_cost
from ptheory.rendering.font_metrics import DISPLAY, formula_width, measure_of, settled_kinds
from ptheory.rendering.math_list import Atom, Fenced, Sign, is_large, math_list, row_latex
from ptheory.rendering.math_signs import (
    BINARY,
    CLOSING,
    INNER,
    OPENING,
    OPERATOR,
    ORDINARY,
    PUNCTUATION,
    RELATION,
)
from ptheory.rendering.opened_latex import opened

SIGNS = ("+", "-", r"\pm", r"\mp")
TIMES = r"\times "
NAKED_FACTOR = 1.0  # what a break costs more before a factor that is no bracket
MOST_OPENINGS = 20  # brackets in brackets


@lru_cache(maxsize=2000)
def broken_latex(latex: str, first: float, room: float, size: str = "10") -> tuple[str, ...]:
    """Lines of at most ``room`` points, the first of ``first``, where that is possible."""
    if formula_width(latex, size) <= first:
        return (latex,)
    atoms = opened_list(latex, min(first, room), size)
    return tuple(filled([piece for _, piece in latex_pieces(atoms, size)], first, room))


def opened_list(latex: str, room: float, size: str) -> tuple[Atom, ...]:
    """The atoms of a formula, those of pieces that are wider than ``room`` opened."""
    atoms = math_list(latex)
    for _ in range(MOST_OPENINGS):
        broken = _opened(atoms, room, size)
        if broken is None:
            break
        atoms = broken
    return atoms


def latex_pieces(atoms: Sequence[Atom], size: str) -> Iterator[tuple[tuple[Atom, ...], Piece]]:
    """The pieces of a row of atoms, each with the atoms in it."""
    measure = measure_of(size)
    widths = [measure.displayed(atom).width for atom in atoms]
    glues = measure.glues(tuple(atoms), DISPLAY)
    times = measure.sign(r"\times", DISPLAY).width + 2 * glues_of_times(size)
    starts = [(0, None, False), *_breaks(atoms)]
    for (start, cost, is_factor), (end, *_) in zip(starts, [*starts[1:], (len(atoms), None, False)], strict=True):
        part = tuple(atoms[start:end])
        if not part:
            continue
        written = row_latex(part)
        inside = sum(widths[start:end]) + sum(glues[start + 1 : end])
        bare = inside - (widths[start] + glues[start + 1] if _is_times(part[0]) and len(part) > 1 else 0.0)
        opens = TIMES + (row_latex(part[1:]) if _is_times(part[0]) else written) if is_factor else written
        gap = " " if part[0].apart else ""
        yield (
            part,
            Piece(
                gap + written,
                glues[start] + inside,
                cost,
                opens,
                (times + bare) if is_factor else inside + glues[start],
            ),
        )


def glues_of_times(size: str) -> float:
    """The glue on one side of a binary sign, in points."""
    return measure_of(size).dimension("quad", DISPLAY) * 4 / 18


def _is_times(atom: Atom) -> bool:
    return isinstance(atom.nucleus, Sign) and atom.nucleus.name in (r"\cdot", r"\times")


def _breaks(atoms: Sequence[Atom]) -> Iterator[tuple[int, float | None, bool]]:
    """(place, cost, whether a sign of multiplication is needed there) of every break."""
    kinds = settled_kinds(tuple(atoms))
    depth, last = 0, None
    for place, (atom, kind) in enumerate(zip(atoms, kinds, strict=True)):
        if atom.is_space:
            continue
        depth -= kind == CLOSING and depth > 0
        if last is not None:
            found = _break_before(atom, kind, last, depth)
            if found is not None:
                yield place, *found
        depth += kind == OPENING
        last = atom.kind if atom.kind == BINARY else kind  # no factor begins behind a sign


def _break_before(atom: Atom, kind: int, last: int, depth: int) -> tuple[float, bool] | None:
    """The cost of a break before an atom, and whether it continues a product there."""
    if kind == BINARY and isinstance(atom.nucleus, Sign):
        return (sum_cost(depth), False) if atom.nucleus.name in SIGNS else (product_cost(depth), True)
    if kind == RELATION and atom.latex != ":" and not depth:
        return sum_cost(depth), False
    if (last == PUNCTUATION and depth) or (last == kind == OPERATOR and is_large(atom)):
        return LAST_RESORT + depth, False
    joins = last in (ORDINARY, CLOSING, INNER) and kind in (ORDINARY, OPENING, INNER, OPERATOR)
    if not joins or not atom.apart:
        return None
    encloses = kind == OPENING or isinstance(atom.nucleus, Fenced)
    return product_cost(depth) + (0.0 if encloses else NAKED_FACTOR), True


def _opened(atoms: tuple[Atom, ...], room: float, size: str) -> tuple[Atom, ...] | None:
    """The row with the widest atom of every piece that is too wide opened; None where none is, or can be."""
    measure = measure_of(size)
    instead: dict[int, str] = {}
    for part, piece in latex_pieces(atoms, size):
        if piece.opens_width <= room:
            continue
        for atom in sorted(part, key=lambda one: -measure.displayed(one).width):
            written = opened(atom, room, size)
            if written is not None:
                instead[id(atom)] = written
                break
    if not instead:
        return None
    return tuple(new for one in atoms for new in (_read(one, instead[id(one)]) if id(one) in instead else (one,)))


def _read(atom: Atom, instead: str) -> tuple[Atom, ...]:
    """The atoms of what stands in the place of one."""
    first, *others = math_list(instead)
    return (replace(first, apart=atom.apart), *others)
