"""A figure as a user of the library meets it: its numbers, and files of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.algebra.refusal import Refusal
from ptheory.rendering.spelling import OURS, Spelling
from ptheory.results.figures import Figure

if TYPE_CHECKING:
    from ptheory.language.json_values import JsonObject
    from ptheory.rendering.report import Figure as Drawing


class UnknownFormat(Refusal):
    """A file's ending that no figure is written with."""


@dataclass(frozen=True)
class PlottedFigure:
    """``data``: the numbers, one of the classes in ``ptheory.results.figures``; drawn when it is shown or saved, with
    names in the author's ``spelling``."""

    data: Figure
    spelling: Spelling = OURS

    @property
    def name(self) -> str:
        """What it is called: phase-MLP-tanh."""
        return self.data.name

    @property
    def drawing(self) -> Drawing:
        """Its panels, as ``ptheory.rendering`` draws them."""
        from ptheory.rendering.figure_panels import figure_of

        return figure_of(self.data, "", self.spelling)

    def to_json(self) -> JsonObject:
        """Every number that is drawn, with all its digits."""
        from ptheory.rendering.json_report import item_json

        return item_json(self.drawing)

    def save(self, path: str | Path) -> None:
        """Write it as PDF, SVG or PGF, by the ending of ``path``; whole or not at all.

        Raises UnknownFormat for another ending, NotDrawn for PGF without TeX, WriteFailed.
        """
        from ptheory.rendering.drawn_figures import drawn
        from ptheory.rendering.files import write_atomically

        write_atomically(Path(path), drawn(self.drawing, figure_format(Path(path))))

    def _repr_svg_(self) -> str:
        from ptheory.rendering.figure_html import svg_element

        return svg_element(self.drawing)

    def __str__(self) -> str:
        from ptheory.rendering.lines import TextReport

        return "\n".join(line.text for line in TextReport().item(self.drawing))


def figure_format(path: Path) -> str:
    """pdf, svg or pgf, by the ending. Raises UnknownFormat."""
    from ptheory.rendering.drawn_figures import FORMATS

    ending = path.suffix.removeprefix(".").lower()
    if ending not in FORMATS:
        what = f"no figure is written as .{ending}" if ending else f"{path} has no ending that says what to write"
        raise UnknownFormat(what, f"end it in {', '.join(f'.{name}' for name in FORMATS)}")
    return ending
