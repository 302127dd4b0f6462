"""``claim``: a verdict on every one, also where it cannot be read, or where ptheory itself fails at it."""

from __future__ import annotations

from dataclasses import replace

from ptheory import __version__
from ptheory.claims.verdict import Kind, Record, Verdict
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Span
from ptheory.language.statements import LatexClaimStatement
from ptheory.networks.program import ClaimTask
from ptheory.session.systems import Systems, bound_activations


def verdict_on(task: ClaimTask, systems: Systems) -> Verdict:
    """Proved, refuted, checked or undecided; in a paper, with its place. Raises LanguageError where a side has none."""
    from ptheory.claims.claims import decide

    program = systems.program
    activations = bound_activations(program, task.bindings)
    lets = {name: statement.right for name, statement in program.lets.items()}
    system, names = systems.system(task.architecture), systems.names(task.architecture)
    verdict = decide(
        task.statement,
        system,
        names,
        activations,
        lets,
        almost_everywhere=program.almost_everywhere is not None,
        notation=program.notation,
        observables=systems.observables(task.architecture),
    )
    verdict = typeset(verdict, task, systems)
    place = task.statement.span
    is_in_a_paper = place.source is not None and bool(place.source.written)
    verdict = replace(verdict, place=LanguageError("", place).place) if is_in_a_paper else verdict
    return replace(verdict, record=record_of(place), architecture=task.architecture)


def typeset(verdict: Verdict, task: ClaimTask, systems: Systems) -> Verdict:
    """The verdict with what its claim looks like in the author's notation."""
    from ptheory.claims.reading.vocabulary import Vocabulary
    from ptheory.session.author_latex import as_in_a_paper, in_the_authors_latex

    program = systems.program
    vocabulary = Vocabulary(
        systems.system(task.architecture),
        systems.names(task.architecture),
        bound_activations(program, task.bindings),
        {name: statement.right for name, statement in program.lets.items()},
        task.statement.scope.inputs,
        program.almost_everywhere is not None,
    )
    if isinstance(task.statement, LatexClaimStatement):
        verdict = in_the_authors_latex(verdict, task.statement, vocabulary, program.notation)
    if verdict.kind in (Kind.PROVED, Kind.CHECKED):
        verdict = replace(verdict, written_latex=as_in_a_paper(task.statement, vocabulary, program.notation))
    return verdict


def without_verdict(label: str, error: Exception, place: Span) -> Verdict:
    """The verdict on a claim at ``place`` that cannot be read, or at which ptheory failed."""
    record = record_of(place)
    if isinstance(error, LanguageError):
        return Verdict(Kind.UNREADABLE, label, error.message, place=error.place, reason=error.help or "", record=record)
    message = f"{type(error).__name__}: {error}".strip()
    reason = f"a defect in ptheory: {message}"
    return Verdict(Kind.UNDECIDED, label, "ptheory failed at this claim", reason=reason, record=record)


def record_of(place: Span) -> Record | None:
    """How to get the verdict on the claim that stands at ``place`` again; None where it stands in no text."""
    from ptheory.claims.claims import DIGITS

    if place.source is None:
        return None
    return Record(place.source.shown[place.start : place.end], __version__, DIGITS)
