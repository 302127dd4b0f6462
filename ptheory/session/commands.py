"""What the commands do, as functions that return an exit code; the command line only parses words."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ptheory.language.errors import LanguageError

GOOD, REFUTED, BAD_INPUT, UNDECIDED = 0, 1, 2, 3


def flow_command(path: Path, as_json: bool) -> int:
    """``ptheory flow FILE [--json]``"""
    from ptheory.networks.program import FlowTask, load_program
    from ptheory.session.flow_task import run_flow
    from ptheory.session.progress import progress_on_stderr
    from ptheory.session.systems import Systems

    try:
        program = load_program(path)
        tasks = [task for task in program.tasks if isinstance(task, FlowTask)]
        if not tasks:
            raise LanguageError("the file has no flow statement", path=str(path), help="write `flow MLP with sigma = ... { ... }`")
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
