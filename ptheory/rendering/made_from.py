"""What the results of a task were made from: the quantities of an architecture, by name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ptheory.claims.verdict import Verdict
from ptheory.recursion.equation import Equation
from ptheory.rendering.dependencies import quantities_in
from ptheory.results.atlas_result import Atlas
from ptheory.results.figures import (
    AngleFigure,
    AtlasFigure,
    ExponentsFigure,
    FlowFigure,
    MapFigure,
    PhaseFigure,
    VertexFigure,
)
from ptheory.results.flow_numbers import FlowTable
from ptheory.results.outcomes import Outcome
from ptheory.results.recursions import Recursions
from ptheory.results.specialisation import Specialisation

_NAME = re.compile(r"[A-Za-z]\w*")


def architecture_of(outcome: Outcome) -> str:
    """The architecture that a task is about; none of steps and of what was refused."""
    match outcome:
        case Recursions() | Specialisation() | FlowTable() | Atlas() | Verdict():
            return outcome.architecture
        case AtlasFigure(atlas=atlas):
            return atlas.architecture
        case FlowFigure() | MapFigure() | PhaseFigure() | AngleFigure() | VertexFigure() | ExponentsFigure():
            return outcome.about.architecture
    return ""


def made_from(outcome: Outcome, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """None of recursions, whose equations say it themselves."""
    match outcome:
        case Specialisation():
            return specialised_from(outcome)
        case FlowTable():
            return tuple(dict.fromkeys(name for tensors in outcome.numbers.values() for name in tensors))
        case Atlas():
            return classified_from(outcome)
        case Verdict():
            return claimed_about(outcome, outcomes)
    return drawn_from(outcome)


def drawn_from(outcome: Outcome) -> tuple[str, ...]:
    """The quantities whose numbers are in a figure."""
    match outcome:
        case FlowFigure(table=table):
            return tuple(dict.fromkeys(name for tensors in table.numbers.values() for name in tensors))
        case AtlasFigure(atlas=atlas):
            return classified_from(atlas)
        case MapFigure() | PhaseFigure() | AngleFigure():
            return (outcome.kernel,)
        case VertexFigure():
            return outcome.kernel, outcome.vertex
        case ExponentsFigure():
            return tuple(dict.fromkeys((outcome.kernel, *(law.tensor for law in outcome.laws))))
    return ()


def specialised_from(found: Specialisation) -> tuple[str, ...]:
    """The recursions that a with block is about: those it shows, the kernel's, those whose exponents are asked for."""
    names = [one.equation.name for one in found.equations]
    if found.criticality is not None and found.classification is not None:
        names += [found.classification.kernel_name, *found.criticality.asked]
    return tuple(dict.fromkeys(names))


def classified_from(found: Atlas) -> tuple[str, ...]:
    """The kernel, and the tensor whose growth is shown beside it."""
    return (found.kernel_name, *([found.vertex_ratio.partition("/")[0]] if found.vertex_ratio else []))


def claimed_about(verdict: Verdict, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """The quantities derived in the file that a claim speaks of."""
    recursions = [one for one in outcomes if isinstance(one, Recursions) and one.architecture == verdict.architecture]
    known = {name for found in recursions for equation in found.equations for name in named_in(equation)}
    return tuple(dict.fromkeys(name for name in _NAME.findall(verdict.understood) if name in known))


def named_in(equation: Equation) -> set[str]:
    """The quantity an equation is for, and those on its right side."""
    return {equation.name, *quantities_in(equation)}
