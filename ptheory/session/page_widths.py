"""Whether what was made fits into the width that was asked for: only a name or a number, never broken, does not."""

from __future__ import annotations

from math import ceil
from pathlib import Path

from ptheory.algebra.refusal import Refusal
from ptheory.rendering.columns import PAGE, Columns


class NotMade(Refusal):
    """An output that was asked for could not be made; what could be written in its place is."""


def wider_than_asked(text: str, width: int | None) -> str:
    """That a line of text is wider than ``--width``; nothing where none is."""
    widest = max(text.splitlines(), key=len, default="")
    if width is None or len(widest) <= width:
        return ""
    return (
        f"a name or a number does not fit into --width {width}, and none is broken; "
        f"write --width {len(widest)} or more: {widest.strip()}"
    )


def wider_than_columns(latex: str, columns: Columns) -> str:
    """That a displayed line is wider than the columns that were asked for; nothing where none is."""
    from ptheory.rendering.latex_equations import too_wide

    wide = None if columns == PAGE else too_wide(latex, columns)  # a page of our own is made wider
    if wide is None:
        return ""
    needed = ceil(wide[0])
    return (
        f"a line of {needed}pt cannot be broken for columns of {columns.width:g}pt; "
        f"write --columns {needed}pt or more: {wide[1]}"
    )


def check_columns(document: Path, columns: Columns) -> None:
    """Raise NotMade where a name or a number in a document is wider than the columns."""
    wide = wider_than_columns(document.read_text("utf-8"), columns)
    if wide:
        raise NotMade(f"{document}: {wide}")
