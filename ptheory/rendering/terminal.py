"""A report on the terminal: like a paper, as wide as the window, no colour when piped."""

from __future__ import annotations

from rich.console import Console
from rich.style import Style
from rich.text import Text

from ptheory.rendering.lines import TextReport
from ptheory.rendering.report import Report

WIDEST = 110
STYLES = {
    "title": Style(bold=True, underline=True),
    "section": Style(bold=True),
    "where": Style(dim=True),
    "header": Style(bold=True),
    "proved": Style(color="green"),
    "checked": Style(color="cyan"),
    "undecided": Style(color="yellow"),
    "refuted": Style(color="red", bold=True),
}


def print_report(report: Report, console: Console | None = None) -> None:
    """Print to ``console`` (stdout by default). ASCII where the terminal's encoding has no Greek."""
    output = console or Console(highlight=False)
    lines = TextReport(min(output.width, WIDEST), unicode=speaks_unicode(output.encoding)).report(report)
    for line in lines:
        output.print(Text(line.text, style=STYLES.get(line.style, "")), soft_wrap=True)


def speaks_unicode(encoding: str) -> bool:
    try:
        "⟨σ₁″⟩χ∥".encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
