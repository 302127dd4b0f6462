"""What the commands do, as functions that return an exit code; the command line only parses words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.language.errors import LanguageError, joined
from ptheory.language.json_values import JsonObject
from ptheory.language.statements import File, IncludeStatement
from ptheory.session.defects import DEFECT, Defect, defects_kept
from ptheory.session.problems import complain_of, problems_json
from ptheory.session.reading import given_name, read_given
from ptheory.session.streams import complain, say

if TYPE_CHECKING:
    from ptheory.networks.program import Program
    from ptheory.session.output_options import Pages
    from ptheory.session.result import Result

GOOD, REFUTED, BAD_INPUT, UNDECIDED = 0, 1, 2, 3


def run_command(
    files: Sequence[Path],
    directory: Path | None,
    formats: Sequence[str],
    explain: Sequence[str],
    pages: Pages,
    only: Sequence[str] = (),
) -> int:
    """``ptheory run FILE... [-o DIR] [--to ...] [--explain NAME] [--only NAME]``: one bad file stops no other."""
    from ptheory.session.progress import progress_on_stderr

    codes = []
    for path in files:
        try:
            program = readable_program(path)
            with progress_on_stderr() as report:
                from ptheory.session.run import carry_out  # SymPy comes with it: an unreadable file needs none

                result = carry_out(program, given_name(path), report, tuple(explain))
        except LanguageError as error:
            complain(error.render())
            codes.append(BAD_INPUT)
            continue
        from ptheory.session.outputs import show, show_only

        complain_of(result.errors, result.defects)
        shown = show_only(result, only, formats[0], pages) if only else show(result, directory, formats, pages)
        codes += [result.exit_code, shown]
    return worst(codes)


def readable_program(path: Path) -> Program:
    """Everything in a file that can be read, and its mistakes. LanguageError where nothing can.

    A text in which nothing but includes of the prelude can be read is reported before the checker is loaded.
    """
    return readable(read_given(path))


def readable(file: File) -> Program:
    """The same of a file that is parsed already. A claim that cannot be read has a verdict."""
    includes_alone = all(isinstance(s, IncludeStatement) and not s.is_path for s in file.statements)
    if file.unread and includes_alone and all(statement.keyword != "claim" for statement in file.unread):
        raise joined([statement.error for statement in file.unread])
    from ptheory.networks.program import check_what_is_readable

    return check_what_is_readable(file)


def worst(codes: Sequence[int]) -> int:
    """4, a defect of ptheory, beats all; then 2 beats 1 beats 3 beats 0."""
    for code in (DEFECT, BAD_INPUT, REFUTED, UNDECIDED):
        if code in codes:
            return code
    return GOOD


def check_command(
    files: Sequence[Path],
    formats: Sequence[str] = ("text",),
    directory: Path | None = None,
    every_equation: bool = False,
) -> int:
    """``ptheory check FILE... [--all] [-o DIR] [--to ...]``: a verdict per claim; nothing else is run."""
    from ptheory.session.paper_outputs import write
    from ptheory.session.progress import progress_on_stderr

    codes: list[int] = []
    documents: list[JsonObject] = []
    for path in files:
        try:
            with progress_on_stderr() as report:
                from ptheory.session.paper_check import check_file

                checked = check_file(path, every_equation, report)
        except LanguageError as error:
            complain(error.render())
            codes.append(BAD_INPUT)
            documents.append({"file": given_name(path), "error": error.render(), "errors": problems_json(error.each)})
            continue
        complain_of(checked.result.errors, checked.result.defects)
        codes.append(checked.result.exit_code)
        documents.append(checked.as_json())
        if "text" in formats:
            say("\n".join(checked.lines()))
        if directory is not None:
            codes.append(write(checked, directory, formats))
    if directory is None and "json" in formats:
        say(json.dumps({"files": documents, "exit_code": worst(codes)}, indent=1))
    return worst(codes)


def fmt_command(files: Sequence[Path], check_only: bool) -> int:
    """``ptheory fmt FILE...``: rewrite each file in canonical layout (``--check``: only say which would change)."""
    from ptheory.rendering.files import WriteFailed
    from ptheory.session.formatting import format_given

    codes = []
    for path in files:
        defects: list[Defect] = []
        try:
            with defects_kept(defects, given_name(path)):
                codes.append(REFUTED if format_given(path, check_only) and check_only else GOOD)
        except LanguageError as error:
            complain(error.render())
            codes.append(BAD_INPUT)
        except WriteFailed as error:
            complain(str(error))
            codes.append(BAD_INPUT)
        complain_of((), defects)
        codes += [DEFECT] * len(defects)
    return worst(codes)


def flow_command(path: Path, as_json: bool) -> int:
    """``ptheory flow FILE [--json]``: the numbers of every flow that can be read."""
    try:
        program = readable_program(path)
        from ptheory.networks.program import FlowTask

        tasks = [task for task in program.tasks if isinstance(task, FlowTask)]
        if not tasks and not program.errors:
            raise LanguageError(
                "the file has no flow statement",
                path=given_name(path),
                help="write `flow MLP with sigma = ... { ... }`",
            )
    except LanguageError as error:
        complain(error.render())
        return BAD_INPUT
    from dataclasses import replace

    from ptheory.session.progress import progress_on_stderr
    from ptheory.session.run import carry_out

    with progress_on_stderr() as report:
        result = carry_out(replace(program, tasks=tuple(tasks)), given_name(path), report)
    complain_of(result.errors, result.defects)
    if as_json:
        say(json.dumps(flows_json(result), indent=1))
    elif result.flows:
        from ptheory.rendering.flow_items import flow_text

        say("\n".join(flow_text(flow) for flow in result.flows))
    return result.exit_code


def flows_json(result: Result) -> JsonObject:
    """The first flow at the top, all of them under ``flows`` where there are several, the mistakes under ``errors``."""
    from ptheory.rendering.flow_items import flow_json

    flows = [flow_json(flow) for flow in result.flows]
    document: JsonObject = {**flows[0]} if flows else {"layers": []}
    if len(flows) > 1:
        document["flows"] = flows
    if result.errors or result.defects:
        document["errors"] = problems_json(result.errors, result.defects)
    return document
