"""The figures of a report where a format has them: as files beside a document, in a page, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from ptheory.rendering.drawn_figures import drawn
from ptheory.rendering.report import Figure, Report


def figures_of(report: Report) -> Iterator[Figure]:
    """All of them, in order."""
    for section in report.sections:
        yield from (item for item in section.items if isinstance(item, Figure))


def figure_files(report: Report, to: str = "pdf") -> dict[str, bytes]:
    """name of the file -> what is in it, drawn."""
    return {f"{figure.file}.{to}": drawn(figure, to) for figure in figures_of(report)}


def figure_latex(figure: Figure, caption: str) -> str:
    r"""A float with \includegraphics of the file written beside; needs graphicx."""
    return "\n".join(
        [
            r"\begin{figure}[htbp]",
            r"\centering",
            rf"\includegraphics{{{figure.file}.pdf}}",
            rf"\caption{{{caption}}}",
            rf"\label{{fig:{figure.file}}}",
            r"\end{figure}",
        ]
    )
