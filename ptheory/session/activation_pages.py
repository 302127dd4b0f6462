"""What a command about one activation shows: text and JSON on stdout, the other formats in files named after it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.rendering.files import write_atomically
from ptheory.session.streams import complain, say

if TYPE_CHECKING:
    from ptheory.language.json_values import JsonObject
    from ptheory.rendering.report import Report
    from ptheory.session.output_options import Pages

GOOD, BAD_INPUT = 0, 2
FORMATS = ("text", "latex", "html", "csv", "json")


def shown(
    report: Report, data: JsonObject, name: str, formats: Sequence[str], directory: Path | None, pages: Pages
) -> int:
    """Text, and JSON where there is no folder, to stdout; the others to files. 2 where one cannot be made."""
    from ptheory.rendering.files import WriteFailed
    from ptheory.rendering.terminal import terminal_text

    code = GOOD
    for chosen in formats:
        if chosen == "text":
            say(terminal_text(pages.laid_out(report), width=pages.width).removesuffix("\n"))
        elif chosen == "json" and directory is None:
            say(json.dumps(data, indent=1))
        else:
            try:
                for file, content in _written(report, data, name, chosen, pages):
                    target = (directory or Path(".")) / file
                    write_atomically(target, content)
                    complain(f"wrote {target}")
            except WriteFailed as reason:
                complain(str(reason))
                code = BAD_INPUT
    return code


def _written(report: Report, data: JsonObject, activation: str, chosen: str, pages: Pages) -> Iterator[tuple[str, str]]:
    """The files of a format: their names, made of the activation, and what stands in them."""
    from ptheory.rendering.csv_tables import tables_csv
    from ptheory.rendering.html import to_html
    from ptheory.rendering.latex_document import to_latex_document
    from ptheory.rendering.latex_results import to_latex_fragment

    name = re.sub(r"[^A-Za-z0-9]+", "-", activation).strip("-") or "activation"
    match chosen:
        case "latex":
            yield f"{name}.tex", to_latex_document(pages.laid_out(report))
            yield f"{name}-fragment.tex", to_latex_fragment(pages.laid_out(report))
        case "html":
            yield f"{name}.html", to_html(pages.laid_out(report))
        case "csv":
            for number, table in enumerate(tables_csv(report), start=1):
                yield f"{name}{'' if number == 1 else f'-{number}'}.csv", table
        case "json":
            yield f"{name}.json", json.dumps(data, indent=1)
