"""``ptheory plot KIND``: one figure, of an activation in the network of the prelude or of what a file says."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ptheory.language.errors import LanguageError
from ptheory.session.commands import readable_program, worst
from ptheory.session.defects import DEFECT, Defect, defects_kept
from ptheory.session.problems import complain_of
from ptheory.session.streams import complain, say

if TYPE_CHECKING:
    from ptheory.networks.program import PlotTask, Program
    from ptheory.session.plotted_figure import PlottedFigure

GOOD, BAD_INPUT = 0, 2
GIVEN = "<plot>"


def plot_command(
    kind: str, given: Sequence[str], settings: Sequence[str], name: str | None, files: Sequence[Path], as_json: bool
) -> int:
    """``ptheory plot KIND FILE|ACTIVATION... [-s SETTING]... [--name NAME] [-o FILE]... [--json]``.

    Without ``-o`` a sketch on stdout, or with ``--json`` the numbers.
    """
    from ptheory.session.progress import progress_on_stderr

    defects: list[Defect] = []
    try:
        with defects_kept(defects, f"plot {kind}"), progress_on_stderr() as progress:
            program, label = _program(kind, given, settings)
            complain_of(program.errors, ())
            if program.errors and label == GIVEN:
                return BAD_INPUT
            figure, code = _figure(_chosen(program, kind, name, label), program, progress)
            return worst([code, _written(figure, files, as_json), BAD_INPUT if program.errors else GOOD])
    except LanguageError as error:
        complain(error.render())
        return BAD_INPUT
    complain(defects[0].render())
    return DEFECT


def _program(kind: str, given: Sequence[str], settings: Sequence[str]) -> tuple[Program, str]:
    """What a file says, or a program of one plot statement; and the name of the file. Raises LanguageError."""
    from ptheory.session.reading import given_name

    if len(given) == 1 and is_file(given[0]):
        if settings:
            help = "a file has the settings of its figures in their blocks"
            raise LanguageError("a setting beside a file", path=given[0], help=help)
        path = Path(given[0])
        return readable_program(path), given_name(path)
    from ptheory.language.parser import parse_text
    from ptheory.networks.program import check_what_is_readable

    return check_what_is_readable(parse_text(plot_text(kind, given, settings), GIVEN)), GIVEN


def is_file(word: str) -> bool:
    """Whether a word of the command line means a file rather than an activation."""
    return word == "-" or word.endswith((".deriv", ".tex", ".md", ".ipynb")) or Path(word).is_file()


def plot_text(kind: str, activations: Sequence[str], settings: Sequence[str]) -> str:
    """The derivation file of one figure of the prelude's network. Raises LanguageError."""
    from ptheory.language import parse_formula
    from ptheory.language.formatter import format_expression
    from ptheory.networks.check_activations import with_known_spellings
    from ptheory.session.prelude_network import TEXT, prelude_network

    network = prelude_network()
    formulas = [
        format_expression(with_known_spellings(parse_formula(text, "<activation>"), network.program.activations))
        for text in activations
    ]
    if kind == "atlas":
        if settings:
            raise LanguageError("an atlas has no settings", path=GIVEN, help="leave -s out")
        return f"{TEXT}plot atlas {network.activation} {{ {', '.join(formulas)} }}\n"
    if len(formulas) > 1:
        raise LanguageError(
            f"plot {kind} is of one activation, and there are {len(formulas)}", path=GIVEN, help="several: plot atlas"
        )
    bound = f"with {network.activation} = {formulas[0]}"
    head = f"plot flow {network.architecture.name} {bound}" if kind == "flow" else f"plot {kind} {bound}"
    lines = "".join(f"    {setting}\n" for setting in settings)
    return f"{TEXT}{head} {{\n{lines}}}\n"


def _chosen(program: Program, kind: str, name: str | None, label: str) -> PlotTask:
    """The one figure that is meant. Raises LanguageError where there is none, or several."""
    from ptheory.networks.plot_tasks import figure_task
    from ptheory.networks.program import PlotTask

    plots = [task for task in program.tasks if isinstance(task, PlotTask) and task.kind == kind]
    plots = plots or [task for task in map(figure_task, program.tasks) if task is not None and task.kind == kind]
    if not plots:
        example = {"flow": "flow MLP with sigma = tanh { ... }", "atlas": "atlas sigma { ... }"}.get(
            kind, "with sigma = tanh"
        )
        raise LanguageError(
            f"no data for this figure: nothing in {label} is a `plot {kind}`",
            path=label,
            help=f"add the line `plot {example if kind in ('flow', 'atlas') else f'{kind} {example}'}`, "
            f"or give an activation: ptheory plot {kind} tanh",
        )
    names = ", ".join(task.name for task in plots)
    chosen = [task for task in plots if name in (None, task.name)]
    if not chosen:
        raise LanguageError(f"no `plot {kind}` of {label} is called {name}", path=label, help=f"there is {names}")
    if len(chosen) > 1:
        raise LanguageError(f"{label} has {len(plots)} figures of this kind", path=label, help=f"add --name: {names}")
    return chosen[0]


def _figure(task: PlotTask, program: Program, progress: Callable[[str, int, int], None]) -> tuple[PlottedFigure, int]:
    """The figure, and the exit code of the verdicts that come with it. Raises LanguageError."""
    from ptheory.claims.verdict import exit_code
    from ptheory.results.figures import VertexFigure
    from ptheory.session.author_spelling import spelling_of
    from ptheory.session.plot_task import run_plot
    from ptheory.session.plotted_figure import PlottedFigure
    from ptheory.session.refusals import pointing_at
    from ptheory.session.systems import Systems

    with pointing_at(task.statement.span, architecture=program.architectures[task.architecture]):
        found = run_plot(task, Systems(program), progress)
    verdicts = found.verdicts if isinstance(found, VertexFigure) else ()
    for verdict in verdicts:
        complain(str(verdict))
    return PlottedFigure(found, spelling_of(program)), exit_code(verdicts)


def _written(figure: PlottedFigure, files: Sequence[Path], as_json: bool) -> int:
    """Every file, or what stands in for them on stdout. 2 where one could not be made."""
    from ptheory.algebra.refusal import Refusal
    from ptheory.rendering.files import WriteFailed

    if as_json:
        say(json.dumps(figure.to_json(), indent=1))
    elif not files:
        say(str(figure).rstrip("\n"))
    code = GOOD
    for path in files:
        try:
            figure.save(path)
            complain(f"wrote {path}")
        except (WriteFailed, Refusal) as reason:
            help = f"; {reason.help}" if isinstance(reason, Refusal) and reason.help else ""
            complain(f"{reason}{help}")
            code = BAD_INPUT
    return code
