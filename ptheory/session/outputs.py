"""What a run shows and writes, in the formats asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.algebra.refusal import Refusal
from ptheory.language.json_values import JsonObject
from ptheory.rendering.files import WriteFailed, write_atomically
from ptheory.session.defects import DEFECT, Defect, defects_kept
from ptheory.session.streams import StdoutFailed, complain, say

if TYPE_CHECKING:
    from ptheory.rendering.report import Report
    from ptheory.session.result import Result

GOOD, BAD_OUTPUT = 0, 2
FORMATS = ("text", "latex", "pdf", "html", "csv", "json")


class NotMade(Refusal):
    """An output that was asked for could not be made; what could be written in its place is."""


def show(result: Result, directory: Path | None, formats: Sequence[str]) -> int:
    """Text to stdout, the other formats to files in ``directory``; JSON alone, without a directory, to stdout.

    The exit code: 2 where an output could not be made or written, which stops no other. Raises StdoutFailed, after the
    files are written.
    """
    report = result.report
    if list(formats) == ["json"] and directory is None:
        say(json.dumps(result_json(result), indent=1))
        return GOOD
    failed: StdoutFailed | None = None
    defects: list[Defect] = []
    if "text" in formats and report.sections:
        with defects_kept(defects, f"{result.path}: text"):
            from ptheory.rendering.terminal import terminal_text

            text = terminal_text(report).removesuffix("\n")
            try:
                say(text)
            except StdoutFailed as reason:
                failed = reason
    code = GOOD
    for chosen in dict.fromkeys(formats):
        with defects_kept(defects, f"{result.path}: {chosen}"):
            try:
                for message in WRITERS[chosen](result, report, directory or Path("."), file_name(result.path)):
                    complain(message)
            except (WriteFailed, NotMade) as reason:
                complain(str(reason))
                code = BAD_OUTPUT
    for defect in defects:
        complain(defect.render())
    if failed is not None:
        raise failed
    return DEFECT if defects else code


def file_name(path: str) -> str:
    """What the files written for a derivation file are called, without their endings."""
    return Path(path).stem


def _nothing(_: Result, __: Report, ___: Path, ____: str) -> Iterator[str]:
    """Text goes to the terminal."""
    yield from ()


def _latex(_: Result, report: Report, directory: Path, name: str) -> Iterator[str]:
    from ptheory.rendering.latex_document import to_latex_document, to_latex_fragment

    document, fragment = directory / f"{name}.tex", directory / f"{name}-fragment.tex"
    write_atomically(document, to_latex_document(report))
    write_atomically(fragment, to_latex_fragment(report))
    yield f"wrote {document} and {fragment} (to \\input)"


def _pdf(_: Result, report: Report, directory: Path, name: str) -> Iterator[str]:
    from ptheory.rendering.pdf import to_pdf

    found = to_pdf(report, directory, name)
    if found.pdf is None:
        raise NotMade(found.said())
    yield found.said()


def _html(_: Result, report: Report, directory: Path, name: str) -> Iterator[str]:
    from ptheory.rendering.html import to_html

    write_atomically(directory / f"{name}.html", to_html(report))
    yield f"wrote {directory / f'{name}.html'}"


def _csv(_: Result, report: Report, directory: Path, name: str) -> Iterator[str]:
    from ptheory.rendering.csv_tables import tables_csv

    tables = tables_csv(report)
    if not tables:
        yield f"no CSV of {name}: nothing in it is a table (`flow`, `atlas` and `exponents` give tables)"
    for number, table in enumerate(tables, start=1):
        target = directory / (f"{name}.csv" if len(tables) == 1 else f"{name}-{number}.csv")
        write_atomically(target, table)
        yield f"wrote {target}"


def _json(result: Result, _: Report, directory: Path, name: str) -> Iterator[str]:
    write_atomically(directory / f"{name}.json", json.dumps(result_json(result), indent=1))
    yield f"wrote {directory / f'{name}.json'}"


WRITERS: dict[str, Callable[[Result, Report, Path, str], Iterator[str]]] = {
    "text": _nothing,
    "latex": _latex,
    "pdf": _pdf,
    "html": _html,
    "csv": _csv,
    "json": _json,
}


def result_json(result: Result) -> JsonObject:
    """The report, the verdicts and the flows of a run, and the mistakes in the file where there are any."""
    from ptheory.rendering.flow_items import flow_json
    from ptheory.rendering.json_report import to_json
    from ptheory.session.problems import problems_json

    document = dict(to_json(result.report))
    document["file"] = result.path
    document["verdicts"] = [verdict.as_json() for verdict in result.verdicts]
    document["flows"] = [flow_json(flow) for flow in result.flows]
    if result.errors or result.defects:
        document["errors"] = problems_json(result.errors, result.defects)
    document["exit_code"] = result.exit_code
    return document
