"""What the commands do, as functions that return an exit code; the command line only parses words."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptheory.language.errors import LanguageError

if TYPE_CHECKING:
    from ptheory.networks.program import Program
    from ptheory.session.results import Result

GOOD, REFUTED, BAD_INPUT, UNDECIDED = 0, 1, 2, 3
ARGUMENT = "<activation>"
LONGEST = 100
FORMATS = ("text", "latex", "pdf", "html", "csv", "json")


def run_command(files: Sequence[Path], directory: Path | None, formats: Sequence[str], explain: Sequence[str]) -> int:
    """``ptheory run FILE... [-o DIR] [--to ...] [--explain NAME]``: one bad file stops no other."""
    from ptheory.session.progress import progress_on_stderr

    codes = []
    for path in files:
        try:
            program = checked_program(path)
            with progress_on_stderr() as report:
                from ptheory.session.run import run_program  # SymPy comes with it: a mistake in the text needs none

                result = run_program(program, str(path), report, tuple(explain))
            show(result, directory, formats)
            codes.append(result.exit_code)
        except LanguageError as error:
            print(error.render(), file=sys.stderr)
            codes.append(BAD_INPUT)
    return worst(codes)


def checked_program(path: Path) -> Program:
    """The program of a file. A text that does not parse is reported before the checker is loaded. LanguageError."""
    from ptheory.language import load

    file = load(path)
    from ptheory.networks.program import check_file

    return check_file(file)


def worst(codes: Sequence[int]) -> int:
    """2 beats 1 beats 3 beats 0."""
    for code in (BAD_INPUT, REFUTED, UNDECIDED):
        if code in codes:
            return code
    return GOOD


def show(result: Result, directory: Path | None, formats: Sequence[str]) -> None:
    """Text to stdout, the other formats to files in ``directory``; JSON alone, without a directory, to stdout."""
    assert result.report is not None
    if list(formats) == ["json"] and directory is None:
        print(json.dumps(result_json(result), indent=1))
        return
    if "text" in formats:
        from ptheory.rendering.terminal import print_report

        print_report(result.report)
    written = write_formats(result, directory or Path("."), [name for name in formats if name != "text"])
    for message in written:
        print(message, file=sys.stderr)


def write_formats(result: Result, directory: Path, formats: Sequence[str]) -> list[str]:
    """Write each format atomically; one message per file."""
    assert result.report is not None
    from ptheory.rendering.files import write_atomically

    name = Path(result.path).stem
    messages = []
    if formats:
        directory.mkdir(parents=True, exist_ok=True)
    for chosen in formats:
        if chosen == "latex":
            from ptheory.rendering.latex_document import to_latex_document, to_latex_fragment

            write_atomically(directory / f"{name}.tex", to_latex_document(result.report))
            write_atomically(directory / f"{name}-fragment.tex", to_latex_fragment(result.report))
            messages.append(f"wrote {directory / f'{name}.tex'} and {directory / f'{name}-fragment.tex'} (to \\input)")
        elif chosen == "pdf":
            from ptheory.rendering.pdf import to_pdf

            found = to_pdf(result.report, directory, name)
            also = f"and {found.pdf}" if found.pdf else f"without a PDF: {found.message}"
            messages.append(f"wrote {found.tex} {also}")
        elif chosen == "html":
            from ptheory.rendering.html import to_html

            write_atomically(directory / f"{name}.html", to_html(result.report))
            messages.append(f"wrote {directory / f'{name}.html'}")
        elif chosen == "csv":
            from ptheory.rendering.csv_tables import tables_csv

            tables = tables_csv(result.report)
            for number, table in enumerate(tables, start=1):
                target = directory / (f"{name}.csv" if len(tables) == 1 else f"{name}-{number}.csv")
                write_atomically(target, table)
                messages.append(f"wrote {target}")
        elif chosen == "json":
            write_atomically(directory / f"{name}.json", json.dumps(result_json(result), indent=1))
            messages.append(f"wrote {directory / f'{name}.json'}")
    return messages


def result_json(result: Result) -> dict[str, Any]:
    """The report, the verdicts and the flows of a run."""
    assert result.report is not None
    from ptheory.rendering.json_report import to_json

    document = dict(to_json(result.report))
    document["file"] = result.path
    document["verdicts"] = [verdict.as_json() for verdict in result.verdicts]
    document["flows"] = [flow.as_json() for flow in result.flows]
    document["exit_code"] = result.exit_code
    return document


def check_command(files: Sequence[Path], as_json: bool) -> int:
    """``ptheory check FILE... [--json]``: a verdict per claim; nothing else is run."""
    from ptheory.session.progress import progress_on_stderr

    codes: list[int] = []
    documents: list[dict[str, Any]] = []
    for path in files:
        try:
            program = checked_program(path)
            from dataclasses import replace

            from ptheory.networks.program import ClaimTask

            claims = [task for task in program.tasks if isinstance(task, ClaimTask)]

            from ptheory.session.run import run_program

            with progress_on_stderr() as report:
                result = run_program(replace(program, tasks=tuple(claims)), str(path), report)
        except LanguageError as error:
            print(error.render(), file=sys.stderr)
            codes.append(BAD_INPUT)
            documents.append({"file": str(path), "error": error.render()})
            continue
        codes.append(result.exit_code)
        documents.append({"file": str(path), "claims": [verdict.as_json() for verdict in result.verdicts]})
        if not as_json:
            print(f"{path}: {len(claims)} claim{'s' if len(claims) != 1 else ''}")
            for verdict in result.verdicts:
                print("\n".join(f"  {line}" for line in verdict.lines()))
    if as_json:
        print(json.dumps({"files": documents, "exit_code": worst(codes)}, indent=1))
    return worst(codes)


def fmt_command(files: Sequence[Path], check_only: bool) -> int:
    """``ptheory fmt FILE...``: rewrite each file in canonical layout (``--check``: only say which would change)."""
    from ptheory.language import load
    from ptheory.language.formatter import format_file
    from ptheory.rendering.files import write_atomically

    codes = []
    for path in files:
        try:
            file = load(path)
        except LanguageError as error:
            print(error.render(), file=sys.stderr)
            codes.append(BAD_INPUT)
            continue
        formatted = format_file(file)
        changed = formatted != path.read_text(encoding="utf-8")
        codes.append(REFUTED if changed and check_only else GOOD)
        if changed and not check_only:
            write_atomically(path, formatted)
        if changed:
            print(f"{path}: {'would be reformatted' if check_only else 'reformatted'}")
    return worst(codes)


def classify_command(text: str, as_json: bool, tower: bool = False) -> int:
    """``ptheory classify ACTIVATION [--tower] [--json]``: ACTIVATION is a known name or a formula in z."""
    from ptheory.language import parse_formula

    try:
        activation = read_activation(text)
        from ptheory.session.analysis import classify_activation
        from ptheory.session.refusals import pointing_at

        with pointing_at(parse_formula(text, ARGUMENT).span):
            found = classify_activation(activation, text, tower)
    except LanguageError as error:
        print(error.render(), file=sys.stderr)
        return BAD_INPUT
    if as_json:
        print(json.dumps(found.to_json(), indent=1))
    else:
        print(classification_text(found.to_json()))
    return UNDECIDED if found.label == "undecided" else GOOD


def read_activation(text: str) -> Any:
    """The activation a command-line argument names or defines. Raises LanguageError."""
    from ptheory.language import parse_formula
    from ptheory.language.statements import Binding
    from ptheory.networks.check_activations import check_binding
    from ptheory.session.analysis import mlp_program
    from ptheory.session.systems import bound_activations

    formula = parse_formula(text, ARGUMENT)
    program = mlp_program()
    binding = Binding("sigma", formula)
    check_binding(binding, program.activations)
    return bound_activations(program, program.architectures["MLP"], (binding,))["sigma"]


def classification_text(found: dict[str, Any]) -> str:
    lines = [f"{found['activation']}: {found['class']}"]
    for point in found["critical_points"]:
        lines.append(f"  K* = {point['K_star']}  C_b = {point['C_b']}  C_W = {point['C_W']}  ({point['stability']})")
    amplitudes = found["amplitudes"]
    for name, value in found["exponents"].items():
        amplitude = f"   amplitude {shortened(amplitudes[name])}" if name in amplitudes else ""
        lines.append(f"  {name} = {value}{amplitude}")
    lines += [f"  {name} -> {shortened(value)}" for name, value in amplitudes.items() if name not in found["exponents"]]
    for title, powers in found["rates"].items():
        lines.append(f"  {title}: " + ", ".join(f"{rate} ~ l^({power})" for rate, power in powers.items()))
    lines += [f"  {line}" for line in found["evidence"]]
    return "\n".join(lines)


def shortened(text: str) -> str:
    """A long exact number by its first digits."""
    return text if len(text) <= LONGEST else text[: LONGEST - 4] + " ..."


def flow_command(path: Path, as_json: bool) -> int:
    """``ptheory flow FILE [--json]``"""
    from ptheory.session.progress import progress_on_stderr

    try:
        program = checked_program(path)
        from ptheory.networks.program import FlowTask

        tasks = [task for task in program.tasks if isinstance(task, FlowTask)]
        if not tasks:
            raise LanguageError(
                "the file has no flow statement", path=str(path), help="write `flow MLP with sigma = ... { ... }`"
            )
        from ptheory.session.flow_task import run_flow
        from ptheory.session.systems import Systems

        systems = Systems(program)
        with progress_on_stderr() as report:
            results = [run_flow(task, systems, report) for task in tasks]
    except LanguageError as error:
        print(error.render(), file=sys.stderr)
        return BAD_INPUT
    if as_json:
        document = results[0].as_json()
        if len(results) > 1:
            document["flows"] = [result.as_json() for result in results]
        print(json.dumps(document, indent=1))
    else:
        for result in results:
            print(flow_text(result.architecture, result.layers))
    return GOOD


def flow_text(architecture: str, layers: dict[int, dict[str, dict[str, list[str]]]]) -> str:
    """A plain table: one block per layer, one line per component, coefficients of 1, 1/n, ... left to right."""
    lines = [f"{architecture}: coefficients of 1, 1/n, ... by layer"]
    for layer, tensors in layers.items():
        lines.append(f"layer {layer}")
        for name, values in tensors.items():
            for key, coefficients in values.items():
                lines.append(f"  {name}[{key}]  " + "  ".join(coefficients))
    return "\n".join(lines)
