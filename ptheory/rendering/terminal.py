"""A report on the terminal: like a paper, as wide as the window, no colour when piped."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console
from rich.style import Style
from rich.text import Text

from ptheory.rendering.lines import Line, TextReport
from ptheory.rendering.report import Report

WIDEST = 110
NARROWEST = 40  # a terminal that says it has no columns at all is read as one of these
STYLES = {
    "title": Style(bold=True, underline=True),
    "section": Style(bold=True),
    "where": Style(dim=True),
    "header": Style(bold=True),
    "proved": Style(color="green"),
    "checked": Style(color="cyan"),
    "undecided": Style(color="yellow"),
    "refuted": Style(color="red", bold=True),
    "unreadable": Style(color="magenta", bold=True),
}


def terminal_text(report: Report, console: Console | None = None, width: int | None = None) -> str:
    """The report for the terminal that ``console`` (stdout by default) stands for, as wide as it is or as asked for.

    ASCII where its encoding has no Greek.
    """
    terminal = console or Console(highlight=False)
    return _printed(terminal, writer_for(terminal, width).report(report))


def results_text(report: Report, console: Console | None = None, width: int | None = None) -> str:
    """The items of the report alone, without its title and those of its sections."""
    terminal = console or Console(highlight=False)
    writer = writer_for(terminal, width)
    return _printed(terminal, (line for section in report.sections for line in writer.items(section))).lstrip("\n")


def writer_for(terminal: Console, width: int | None = None) -> TextReport:
    """What writes lines as wide as asked for or as the terminal, in signs that it has."""
    wide = width or min(max(terminal.width, NARROWEST), WIDEST)
    return TextReport(wide, unicode=speaks_unicode(terminal.encoding))


def _printed(terminal: Console, lines: Iterable[Line]) -> str:
    text = io.StringIO()
    wide = max(terminal.width, NARROWEST)
    page = Console(file=text, force_terminal=terminal.is_terminal, width=wide, highlight=False)
    for line in lines:
        page.print(Text(line.text, style=STYLES.get(line.style, "")), soft_wrap=True)
    return text.getvalue()


def speaks_unicode(encoding: str) -> bool:
    """Whether an encoding has the signs the reports use."""
    try:
        "⟨σ₁″⟩χ∥".encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
