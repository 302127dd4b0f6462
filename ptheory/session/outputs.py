"""What a run shows and writes, in the formats asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory import __version__
from ptheory.language.errors import LanguageError
from ptheory.language.json_values import JsonObject
from ptheory.rendering.files import WriteFailed, write_atomically
from ptheory.session.defects import DEFECT, Defect, defects_kept
from ptheory.session.output_options import Pages
from ptheory.session.page_widths import NotMade, check_columns, wider_than_asked, wider_than_columns
from ptheory.session.streams import StdoutFailed, complain, say

if TYPE_CHECKING:
    from ptheory.rendering.latex_results import Macro
    from ptheory.rendering.report import Report
    from ptheory.session.result import Result

GOOD, BAD_OUTPUT = 0, 2
PAGES = Pages()
FORMATS = ("text", "latex", "pdf", "html", "csv", "json")


def show(result: Result, directory: Path | None, formats: Sequence[str], pages: Pages = PAGES) -> int:
    """Text to stdout, the other formats to files in ``directory``; JSON alone, without a directory, to stdout.

    The exit code: 2 where an output could not be made or written, which stops no other. Raises StdoutFailed, after the
    files are written.
    """
    report = pages.styled(result.report)
    if list(formats) == ["json"] and directory is None:
        say(json.dumps(document_json(result, report), indent=1))
        return GOOD
    failed: StdoutFailed | None = None
    too_wide = ""
    defects: list[Defect] = []
    if "text" in formats and report.sections:
        with defects_kept(defects, f"{result.path}: text"):
            from ptheory.rendering.terminal import terminal_text

            text = terminal_text(pages.laid_out(report), width=pages.width).removesuffix("\n")
            too_wide = wider_than_asked(text, pages.width)
            try:
                say(text)
            except StdoutFailed as reason:
                failed = reason
    code = BAD_OUTPUT if too_wide else GOOD
    if too_wide:
        complain(f"{result.path}: {too_wide}")
    for chosen in dict.fromkeys(formats):
        with defects_kept(defects, f"{result.path}: {chosen}"):
            try:
                folder, name = directory or Path("."), file_name(result.path)
                for message in WRITERS[chosen](result, report, folder, name, pages):
                    complain(message)
            except (WriteFailed, NotMade) as reason:
                complain(str(reason))
                code = BAD_OUTPUT
    for defect in defects:
        complain(defect.render())
    if failed is not None:
        raise failed
    return DEFECT if defects else code


def show_only(result: Result, asked: Sequence[str], chosen: str, pages: Pages = PAGES) -> int:
    """The results of these names on stdout, as text, LaTeX or JSON. The exit code: 2 where there is none of a name."""
    from ptheory.rendering.latex_document import named_apart
    from ptheory.rendering.named_results import NoSuchResult, named, only

    report, names, code = named_apart(pages.styled(result.report)), [], GOOD
    for name in asked:
        try:
            names.append(named(report, name))
        except NoSuchResult as refused:
            complain(f"{result.path}: {refused.message}\n  help: {refused.help}")
            code = BAD_OUTPUT
    if not names:
        return code
    shown = ON_STDOUT[chosen](only(report, names), pages).removesuffix("\n")
    say(shown)
    too_wide = ""
    if chosen == "text":
        too_wide = wider_than_asked(shown, pages.width)
    elif chosen == "latex":
        too_wide = wider_than_columns(shown, pages.columns)
    if too_wide:
        complain(f"{result.path}: {too_wide}")
    return BAD_OUTPUT if too_wide else code


def _results_text(report: Report, pages: Pages) -> str:
    from ptheory.rendering.terminal import results_text

    return results_text(pages.laid_out(report), width=pages.width)


def _results_latex(report: Report, pages: Pages) -> str:
    from ptheory.rendering.latex_results import to_latex_fragment

    return to_latex_fragment(pages.laid_out(report))


def _results_json(report: Report, _: Pages) -> str:
    from ptheory.rendering.json_report import to_json

    return json.dumps(to_json(report), indent=1)


ON_STDOUT: dict[str, Callable[[Report, Pages], str]] = {
    "text": _results_text,
    "latex": _results_latex,
    "json": _results_json,
}


def file_name(path: str) -> str:
    """What the files written for a derivation file are called, without their endings."""
    return Path(path).stem


def _nothing(_: Result, __: Report, ___: Path, ____: str, _____: Pages) -> Iterator[str]:
    """Text goes to the terminal."""
    yield from ()


def _latex(result: Result, report: Report, directory: Path, name: str, pages: Pages) -> Iterator[str]:
    from ptheory.rendering.latex_document import to_latex_document
    from ptheory.rendering.latex_results import (
        latex_macros,
        latex_results,
        result_file,
        to_latex_fragment,
        to_latex_macros,
    )
    from ptheory.rendering.result_names import file_of

    document, fragment, macros = (directory / f"{name}{ending}.tex" for ending in ("", "-fragment", "-macros"))
    yield from _figures(report, directory)
    page = pages.laid_out(report)
    write_atomically(document, to_latex_document(page))
    write_atomically(fragment, to_latex_fragment(page))
    results = latex_results(page)
    for one in results:
        write_atomically(directory / name / f"{file_of(one.name)}.tex", result_file(one, report))
    named = replace(report, macros=pages.macros)
    check_macros(latex_macros(named), result, macros)
    write_atomically(macros, to_latex_macros(named))
    alone = f", and {len(results)} results in {directory / name}" if results else ""
    yield f"wrote {document}; to \\input: {fragment}, {macros}{alone}"
    check_columns(document, page.columns)


def check_macros(macros: Sequence[Macro], result: Result, target: Path) -> None:
    """Raise NotMade where a macro would be called like one of the notation block, or like a command of LaTeX."""
    from ptheory.rendering.latex_results import TAKEN
    from ptheory.session.author_spelling import macros_of_notation

    authors = macros_of_notation(result.program)
    for macro in macros:
        said, help = (
            f"{macro.command} is the macro of {macro.name} too",
            "write --macros PREFIX with letters of its own",
        )
        if macro.command in authors:
            raise NotMade(LanguageError(said, authors[macro.command], help=help).render())
        if macro.command in TAKEN:
            raise NotMade(f"{target}: {macro.command}, of {macro.name}, is a command of LaTeX already; {help}")


def _figures(report: Report, directory: Path) -> Iterator[str]:
    """The figures a document takes in, before the document."""
    from ptheory.rendering.figure_files import figure_files

    for name, drawing in figure_files(report).items():
        write_atomically(directory / name, drawing)
        yield f"wrote {directory / name}"


def _pdf(_: Result, report: Report, directory: Path, name: str, pages: Pages) -> Iterator[str]:
    from ptheory.rendering.pdf import to_pdf

    page = pages.laid_out(report)
    found = to_pdf(page, directory, name)
    if found.pdf is None:
        raise NotMade(found.said())
    yield found.said()
    check_columns(found.tex, page.columns)


def _html(_: Result, report: Report, directory: Path, name: str, pages: Pages) -> Iterator[str]:
    from ptheory.rendering.html import to_html

    write_atomically(directory / f"{name}.html", to_html(pages.laid_out(report)))
    yield f"wrote {directory / f'{name}.html'}"


def _csv(_: Result, report: Report, directory: Path, name: str, __: Pages) -> Iterator[str]:
    from ptheory.rendering.csv_tables import tables_csv

    tables = tables_csv(report)
    if not tables:
        yield f"no CSV of {name}: nothing in it is a table (`flow`, `atlas` and `exponents` give tables)"
    for number, table in enumerate(tables, start=1):
        target = directory / (f"{name}.csv" if len(tables) == 1 else f"{name}-{number}.csv")
        write_atomically(target, table)
        yield f"wrote {target}"


def _json(result: Result, report: Report, directory: Path, name: str, _: Pages) -> Iterator[str]:
    write_atomically(directory / f"{name}.json", json.dumps(document_json(result, report), indent=1))
    yield f"wrote {directory / f'{name}.json'}"


WRITERS: dict[str, Callable[[Result, Report, Path, str, Pages], Iterator[str]]] = {
    "text": _nothing,
    "latex": _latex,
    "pdf": _pdf,
    "html": _html,
    "csv": _csv,
    "json": _json,
}


def result_json(result: Result) -> JsonObject:
    """The JSON of a run in the style of its file."""
    return document_json(result, result.report)


def document_json(result: Result, report: Report) -> JsonObject:
    """The report, the verdicts and the flows of a run, and the mistakes in the file where there are any."""
    from ptheory.rendering.flow_items import flow_json
    from ptheory.rendering.json_report import to_json
    from ptheory.session.load_json import FORMAT
    from ptheory.session.problems import problems_json

    document: JsonObject = {"format": FORMAT, "version": __version__, **to_json(report)}
    document["file"] = result.path
    document["verdicts"] = [verdict.as_json() for verdict in result.verdicts]
    document["flows"] = [flow_json(flow) for flow in result.flows]
    if result.errors or result.defects:
        document["errors"] = problems_json(result.errors, result.defects)
    document["exit_code"] = result.exit_code
    return document
