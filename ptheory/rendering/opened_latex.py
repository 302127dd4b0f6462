r"""What is too wide for a line in one piece, written so that it may be broken.

A fraction becomes a product: what is wide in it goes behind it, from below with a negative power; a root becomes a
power, e^x becomes exp(x), and \left( ... \right) brackets of a fixed size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ptheory.rendering.font_metrics import BIG_SIZES, DISPLAY, Box, Style, measure_of, settled_kinds
from ptheory.rendering.math_list import Atom, Fenced, Quotient, Root, Row, Sign, row_latex
from ptheory.rendering.math_signs import BINARY, CLOSING, INNER, OPENING, OPERATOR, ORDINARY, RELATION

KEPT = 0.6  # of a line: what may stay in a fraction of which the rest is moved out
COVERED = 0.85  # of what is inside is enough of a bracket
_FRACTION = re.compile(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}")


def opened(atom: Atom, room: float, size: str) -> str | None:
    """The atom as LaTeX that may be broken; None where there is no such form."""
    match atom.nucleus:
        case Fenced(left, body, right):
            return fixed(left, body, right, size) + scripts(atom)
        case Row(atoms, False) if atom.latex.startswith("{") and atom.above is None and atom.below is None:
            return row_latex(atoms)
        case Root(body):
            return in_brackets(body, size) + "^{1/2}" if atom.above is None else None
        case Quotient(above, below, _) if atom.above is None:
            return as_product(above, below, room, size)
        case Sign("e", _) if atom.above is not None and atom.below is None:
            return rf"\exp{in_brackets(atom.above, size)}"
    return None


def scripts(atom: Atom) -> str:
    """The superscript and the subscript of an atom."""
    above = "" if atom.above is None else f"^{{{row_latex(atom.above)}}}"
    return above + ("" if atom.below is None else f"_{{{row_latex(atom.below)}}}")


def in_brackets(body: Sequence[Atom], size: str) -> str:
    """A formula in round brackets of a fixed size."""
    return fixed("(", body, ")", size)


def fixed(left: str, body: Sequence[Atom], right: str, size: str) -> str:
    r"""Brackets as large as what is inside: ( or \bigl( or larger."""
    largest = bracket_size(measure_of(size).row(tuple(body), DISPLAY), size)
    opening, closing = (rf"\{largest}l", rf"\{largest}r") if largest else ("", "")
    start = "" if left == "." else f"{opening}{left}"
    end = "" if right == "." else f"{closing}{right}"
    inside = row_latex(body)
    return f"{start}{' ' if start[-1:].isalpha() else ''}{inside}{end}"


def bracket_size(inside: Box, size: str) -> str:
    """big, Big, bigg or Bigg; nothing for brackets of the size of the type."""
    measure = measure_of(size)
    axis = measure.dimension("axis", DISPLAY)
    needed = 2 * max(inside.height - axis, inside.depth + axis) * COVERED
    for name in ("", *BIG_SIZES):
        box = measure.sign(f"{name} (" if name else "(", DISPLAY)
        if box.height + box.depth >= needed:
            return name
    return BIG_SIZES[-1]


@dataclass(frozen=True)
class Factor:
    """A factor of a numerator or a denominator; ``is_sum``: it needs brackets beside others."""

    atoms: tuple[Atom, ...]
    width: float
    is_sum: bool


def as_product(above: tuple[Atom, ...], below: tuple[Atom, ...], room: float, size: str) -> str | None:
    """a b / (c d) with what is wide in it behind the fraction, from below with a negative power."""
    kept_above, moved_above = _parted(factors(above, size), room * KEPT)
    kept_below, moved_below = _parted(factors(below, size), room * KEPT)
    if not moved_above and not moved_below:
        return None
    top, bottom = _side_by_side(kept_above), _side_by_side(kept_below)
    front = rf"\frac{{{top or '1'}}}{{{bottom}}}" if bottom else top
    behind = [in_brackets(f.atoms, size) if f.is_sum else row_latex(f.atoms) for f in moved_above]
    behind += [inverse(factor, size) for factor in moved_below]
    return " ".join(part for part in (front, *behind) if part)


def _parted(found: list[Factor], room: float) -> tuple[list[Factor], list[Factor]]:
    """Those that stay in the fraction and those that are moved out, the widest; all stay where they have room."""
    kept = list(range(len(found)))
    while sum(found[place].width for place in kept) > room:
        kept.remove(max(kept, key=lambda place: (found[place].is_sum, found[place].width)))
    return [found[place] for place in kept], [factor for place, factor in enumerate(found) if place not in kept]


def _side_by_side(found: Sequence[Factor]) -> str:
    return " ".join(row_latex(factor.atoms) for factor in found)


def factors(atoms: tuple[Atom, ...], size: str) -> list[Factor]:
    """The factors of a product; a sum is one."""
    kinds = settled_kinds(atoms)
    measure = measure_of(size)
    if _is_sum(atoms):
        return [Factor(atoms, measure.row(atoms, DISPLAY).width, True)]
    groups: list[list[Atom]] = []
    depth, last = 0, None
    for atom, kind in zip(atoms, kinds, strict=True):
        depth -= kind == CLOSING
        joins = last in (ORDINARY, CLOSING, INNER) and kind in (ORDINARY, OPENING, INNER, OPERATOR)
        new = not depth and joins and atom.apart
        if not groups or (new and not atom.is_space):
            groups.append([])
        if not (kind == BINARY and not depth):  # a written sign of multiplication between two factors
            groups[-1].append(atom)
        elif groups[-1]:
            groups.append([])
        depth += kind == OPENING
        last = last if atom.is_space else kind
    return [Factor(tuple(g), measure.row(tuple(g), Style(1)).width, False) for g in groups if g]


def _is_sum(atoms: tuple[Atom, ...]) -> bool:
    """Whether there is a sign outside all brackets."""
    depth = 0
    for place, (atom, kind) in enumerate(zip(atoms, settled_kinds(atoms), strict=True)):
        depth += (kind == OPENING) - (kind == CLOSING)
        sign = isinstance(atom.nucleus, Sign) and atom.nucleus.name in ("+", "-", r"\pm", r"\mp")
        if not depth and ((sign and (kind == BINARY or not place)) or kind == RELATION):
            return True
    return False


def inverse(factor: Factor, size: str) -> str:
    """One over a factor, as a negative power."""
    if len(factor.atoms) != 1:
        return in_brackets(factor.atoms, size) + "^{-1}"
    (atom,) = factor.atoms
    exponent = "1" if atom.above is None else _in_line(row_latex(atom.above))
    if isinstance(atom.nucleus, Root):
        return in_brackets(atom.nucleus.body, size) + f"^{{-{exponent}/2}}"
    below = "" if atom.below is None else f"_{{{row_latex(atom.below)}}}"
    if isinstance(atom.nucleus, Fenced):
        return fixed(atom.nucleus.left, atom.nucleus.body, atom.nucleus.right, size) + f"{below}^{{-{exponent}}}"
    return f"{{{atom.bare}}}{below}^{{-{exponent}}}"


def _in_line(exponent: str) -> str:
    """3/2 for a fraction."""
    return _FRACTION.sub(r"\1/\2", exponent)
