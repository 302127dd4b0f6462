"""What a command about one activation shows: text and JSON on stdout, the other formats in files named after it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.language.errors import LanguageError
from ptheory.rendering.files import write_atomically
from ptheory.session.defects import DEFECT, Defect, defects_kept
from ptheory.session.page_widths import wider_than_asked, wider_than_columns
from ptheory.session.streams import complain, say

if TYPE_CHECKING:
    from ptheory.language.json_values import JsonObject
    from ptheory.rendering.report import Report
    from ptheory.session.output_options import Pages

GOOD, BAD_INPUT, UNDECIDED = 0, 2, 3
FORMATS = ("text", "latex", "html", "csv", "json")


@dataclass(frozen=True)
class ActivationPages:
    """Where what a command about one activation has found goes: in which formats, into which folder, laid out how."""

    formats: Sequence[str]
    directory: Path | None
    pages: Pages

    def show(self, report: Report, data: JsonObject, activation: str) -> int:
        """Text, and JSON where there is no folder, to stdout; the others to files. 2 where one cannot be made."""
        from ptheory.rendering.files import WriteFailed
        from ptheory.rendering.terminal import terminal_text

        code = GOOD
        for chosen in self.formats:
            if chosen == "text":
                text = terminal_text(self.pages.laid_out(report), width=self.pages.width).removesuffix("\n")
                say(text)
                code = max(code, self._fits(activation, wider_than_asked(text, self.pages.width)))
            elif chosen == "json" and self.directory is None:
                say(json.dumps(data, indent=1))
            else:
                try:
                    for file, content in _written(report, data, activation, chosen, self.pages):
                        target = (self.directory or Path(".")) / file
                        write_atomically(target, content)
                        complain(f"wrote {target}")
                        if target.suffix == ".tex":
                            code = max(code, self._fits(str(target), wider_than_columns(content, self.pages.columns)))
                except WriteFailed as reason:
                    complain(str(reason))
                    code = BAD_INPUT
        return code

    def _fits(self, what: str, too_wide: str) -> int:
        """GOOD, or BAD_INPUT where it is said how much too wide something is."""
        if not too_wide:
            return GOOD
        complain(f"{what}: {too_wide}")
        return BAD_INPUT


def answered(where: str, answer: Callable[[], int]) -> int:
    """The exit code of an answer; a mistake in what was asked, or a defect, is said in its place."""
    defects: list[Defect] = []
    try:
        with defects_kept(defects, where):
            return answer()
    except LanguageError as error:
        complain(error.render())
        return BAD_INPUT
    complain(defects[0].render())
    return DEFECT


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
