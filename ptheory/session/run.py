"""One file through the column: its text, its statements, the program they are, and a result for every task of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from ptheory.claims.verdict import Verdict
from ptheory.language.errors import LanguageError, joined, suggestion
from ptheory.language.parser import read_file
from ptheory.networks.program import (
    AtlasTask,
    ClaimTask,
    DeriveTask,
    FlowTask,
    PlotTask,
    Program,
    ReadTask,
    Task,
    UnreadClaim,
    WithTask,
    check_what_is_readable,
)
from ptheory.results.outcomes import ExplainedClaim, Outcome, Refused
from ptheory.results.recursions import Explained
from ptheory.session.claim_task import verdict_on, without_verdict
from ptheory.session.defects import Defect, defects_kept
from ptheory.session.derive_task import derive
from ptheory.session.refusals import pointing_at
from ptheory.session.result import Result, derived_equations
from ptheory.session.room import with_room
from ptheory.session.systems import Systems, binding_label

Progress = Callable[[str, int, int], None]
Found = TypeVar("Found")


def silent(_what: str, _done: int, _of: int) -> None:
    """No progress."""


def run_file(path: str | Path, progress: Progress = silent, explain: Sequence[str] = ()) -> Result:
    """Everything a derivation file asks for. Raises LanguageError at bad input."""
    return run_program(check_what_is_readable(read_file(path)), str(path), progress, explain)


def run_program(program: Program, path: str, progress: Progress = silent, explain: Sequence[str] = ()) -> Result:
    """The same of a checked program. Raises one LanguageError with every mistake, or what a defect raised."""
    result = carry_out(program, path, progress, explain)
    for defect in result.defects:
        raise defect.error
    if result.errors:
        raise joined(result.errors)
    return result


def carry_out(program: Program, path: str, progress: Progress = silent, explain: Sequence[str] = ()) -> Result:
    """A result for every task of a program; what goes wrong in one stops no other, and is a result too.

    ``explain`` names equations whose steps are to be shown.
    """
    return with_room(_carried_out, program, path, progress, explain)


def _carried_out(program: Program, path: str, progress: Progress, explain: Sequence[str]) -> Result:
    systems = Systems(program)
    notation = kept("notation", partial(check_notation, program))
    outcomes: list[Outcome] = [] if notation is None else [notation]
    for number, task in enumerate(program.tasks):
        progress(f"{Path(path).name}: {task_title(task)}", number, len(program.tasks))
        outcomes += attempted(task, path, systems, outcomes, progress)
    for name in explain:
        outcomes.append(kept(f"explain {name}", partial(explained, name, path, outcomes)))
    return Result(path, program, tuple(outcomes))


def attempted(
    task: Task, path: str, systems: Systems, before: Sequence[Outcome], progress: Progress
) -> tuple[Outcome, ...]:
    """The result of a task, or why there is none; a claim has a verdict in either case."""
    if isinstance(task, UnreadClaim):
        return (without_verdict(task.label, task.error, task.span),)
    place, architecture = task.statement.span, systems.program.architectures[task.architecture]

    def carried_out() -> Outcome:
        with pointing_at(place, architecture=architecture):
            return outcome_of(task, systems, before, progress)

    found = kept(f"{path}:{place.line}: {task_title(task)}", carried_out)
    if isinstance(task, ClaimTask) and isinstance(found, Refused):
        return found, without_verdict(task.statement.label, found.error, place)
    return (found,)


def outcome_of(task: ReadTask, systems: Systems, before: Sequence[Outcome], progress: Progress) -> Outcome:
    """What a task gives after the results ``before`` it. Raises LanguageError."""
    match task:
        case DeriveTask():
            return derive(task, systems)
        case WithTask():
            from ptheory.session.with_task import specialise

            return specialise(task, systems, before, progress)
        case FlowTask():
            from ptheory.session.flow_task import run_flow

            return run_flow(task, systems, progress)
        case AtlasTask():
            from ptheory.session.atlas_task import run_atlas

            return run_atlas(task, systems, progress)
        case PlotTask():
            from ptheory.session.plot_task import run_plot

            return run_plot(task, systems, progress)
        case ClaimTask():
            return verdict_on(task, systems)


def explained(name: str, path: str, outcomes: Sequence[Outcome]) -> Explained | ExplainedClaim:
    """The steps of a derived equation, or the sides of a refuted claim. Raises LanguageError for any other name."""
    derived = derived_equations(outcomes)
    if name in derived:
        return Explained(name, derived[name].steps(), derived[name].names)
    claims = {outcome.label: outcome for outcome in outcomes if isinstance(outcome, Verdict)}
    if name not in claims:
        raise LanguageError(
            f"{name} was not derived, so there is nothing to explain",
            path=path,
            help=suggestion(name, {*derived, *claims}, "derived equation or claim"),
        )
    if not claims[name].terms:
        help = "shown term by term is a refuted claim whose sides have normal forms of the same denominator"
        raise LanguageError(f"{name} is {claims[name].kind}, and has no terms to be shown", path=path, help=help)
    return ExplainedClaim(claims[name])


def check_notation(program: Program) -> None:
    """The author's symbols, whether anything uses them or not. Raises LanguageError."""
    if program.notation:
        from ptheory.session.author_spelling import spelling_of

        spelling_of(program)


def kept(where: str, outcome: Callable[[], Found]) -> Found | Refused:
    """An outcome, or what a LanguageError or a defect leaves in its place."""
    defects: list[Defect] = []
    try:
        with defects_kept(defects, where):
            return outcome()
    except LanguageError as error:
        return Refused(where, error)
    return Refused(where, defects[0].error)


def task_title(task: Task) -> str:
    """The task as messages call it: derive V, claim LABEL."""
    match task:
        case DeriveTask():
            return f"derive {', '.join(task.names)}"
        case WithTask():
            return "with " + ", ".join(f"{b.name} = {binding_label(b.value)}" for b in task.bindings)
        case FlowTask():
            return f"flow {task.architecture}"
        case AtlasTask():
            return f"atlas of {task.architecture}"
        case PlotTask():
            return f"plot {task.kind} {task.name}"
        case UnreadClaim():
            return f"claim {task.label}"
    return f"claim {task.statement.label}"
