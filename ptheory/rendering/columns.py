"""The width that LaTeX is written for: a page of our own, a column of a journal, or as many points as asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ptheory.algebra.refusal import Refusal

NARROWEST = 150.0  # points: below it hardly a tensor with its samples has room beside its coefficient
WIDEST = 5000.0
POINTS = {"pt": 1.0, "in": 72.27, "cm": 28.4528, "mm": 2.84528, "bp": 1.00375, "pc": 12.0}
_LENGTH = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(pt|in|cm|mm|bp|pc)")


@dataclass(frozen=True)
class Columns:
    """``width`` in TeX's points; ``size`` of the type: 10 or 11; ``is_one_of_two`` on a page of two columns."""

    width: float
    size: str = "10"
    is_one_of_two: bool = False


PAGE = Columns(469.75499, "11")
NAMED = {
    "page": PAGE,
    "revtex": Columns(246.0, "10", is_one_of_two=True),
    "neurips": Columns(397.48499, "10"),
}


class NoSuchColumns(Refusal):
    """A width that is none, or that nothing would fit in."""


def columns_of(text: str) -> Columns:
    """The columns behind the value of ``--columns``. Raises NoSuchColumns, which says what would work."""
    written = text.strip()
    if written in NAMED:
        return NAMED[written]
    match = _LENGTH.fullmatch(written)
    if match is None:
        from ptheory.language.errors import did_you_mean

        known = f"write {', '.join(NAMED)}, or a length such as 246pt, 5.5in, 8.6cm"
        raise NoSuchColumns(f"no columns {written!r}", help=did_you_mean(written, NAMED) or known)
    width = float(match[1]) * POINTS[match[2]]
    if width < NARROWEST:
        raise NoSuchColumns(
            f"columns of {written} are too narrow: names and numbers would be broken",
            help=f"{NARROWEST:g}pt is the least; a column of a journal has about 246pt (revtex)",
        )
    if width > WIDEST:
        raise NoSuchColumns(f"columns of {written} are wider than any page", help=f"{WIDEST:g}pt is the most")
    return Columns(width)
