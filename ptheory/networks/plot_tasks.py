"""Resolves plot: which figure, what it is called, which settings it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.expressions import Expression, Name
from ptheory.language.formatter import format_expression, format_statement
from ptheory.language.keywords import FIGURES
from ptheory.language.statements import (
    AlmostEverywhere,
    CheckBy,
    Correlations,
    Depth,
    Exponents,
    PhaseSetting,
    PlotStatement,
    Range,
    SetValues,
    Statement,
    WithStatement,
)
from ptheory.language.syntax_errors import no_figure
from ptheory.networks.check_activations import check_formula
from ptheory.networks.check_angle import correlations
from ptheory.networks.check_settings import assignments_of
from ptheory.networks.program import AtlasTask, FlowTask, PlotTask, Task, WithTask

SETTINGS: Mapping[str, tuple[type[Statement], ...]] = {
    "map": (SetValues, Range),
    "phase": (SetValues, Range, PhaseSetting),
    "angle": (SetValues, Depth, Correlations),
    "vertex": (SetValues, Depth, CheckBy, AlmostEverywhere),
    "exponents": (SetValues, Exponents, Depth, AlmostEverywhere),
}
"""What the block of a figure may set, by its kind; `plot flow` and `plot atlas` have what flow and atlas do."""

_KEYWORDS: Mapping[type[Statement], str] = {
    SetValues: "set", Range: "range", Depth: "depth", Correlations: "correlations", Exponents: "exponents",
    CheckBy: "check by simulation", AlmostEverywhere: "derivatives almost everywhere",
    PhaseSetting: "phase depth 40 widths 100",
}  # fmt: skip
MOST_LAYERS = 10_000  # of a figure
LONGEST_NAME = 80
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def check_kind(statement: PlotStatement) -> None:
    """Raise LanguageError for a figure there is not, a setting it does not have, a label that names no file."""
    kind = statement.kind
    if kind.name not in FIGURES:
        raise no_figure(kind.name, kind.span)
    if isinstance(statement.of, WithStatement):
        _check_settings(kind.name, statement.of.settings)
    if statement.label and (not _LABEL.fullmatch(statement.label) or len(statement.label) > LONGEST_NAME):
        raise LanguageError(
            "the name of a figure is part of a file's name",
            statement.label_span,
            help=f'letters, digits, - and _, at most {LONGEST_NAME}: plot {kind.name} "edge-of-chaos" ...',
        )


def _check_settings(kind: str, settings: Sequence[Statement]) -> None:
    allowed = SETTINGS[kind]
    checks = [setting for setting in settings if isinstance(setting, CheckBy)]
    for setting in settings:
        method = setting.method if isinstance(setting, CheckBy) and setting.method != "simulation" else ""
        bare = isinstance(setting, PhaseSetting) and setting.shape is None
        if not isinstance(setting, allowed) or method or bare:
            word = f"check by {method}" if method else format_statement(setting).split()[0]
            raise LanguageError(
                f"plot {kind} has no setting `{word}`",
                setting.span,
                help=f"it has {', '.join(_KEYWORDS[k] for k in allowed)}",
            )
    if len(checks) > 1:
        raise LanguageError("the networks of one figure are drawn once", checks[1].span, help="keep one of the two")


def plot_task(statement: PlotStatement, of: WithTask | FlowTask | AtlasTask) -> PlotTask:
    """The task of a figure that ``check_kind`` has accepted; ``of``: what it is made of. Raises LanguageError."""
    settings = statement.of.settings if isinstance(statement.of, WithStatement) else ()
    depth = next((s for s in settings if isinstance(s, Depth)), None)
    if depth is not None and not 2 <= depth.layers <= MOST_LAYERS:
        raise LanguageError(
            f"a figure of {depth.layers} layers", depth.span, help=f"from 2 to {MOST_LAYERS:,} of them can be drawn"
        )
    return PlotTask(
        statement,
        statement.kind.name,
        statement.label or figure_name(statement, of),
        of,
        None if depth is None else depth.layers,
        dict(_ranges(settings)),
        tuple(correlations(value for s in settings if isinstance(s, Correlations) for value in s.values)),
    )


def _ranges(settings: Sequence[Statement]) -> Iterator[tuple[str, tuple[Fraction | Expression, Fraction | Expression]]]:
    for setting in settings:
        for interval in setting.intervals if isinstance(setting, Range) else ():
            for end in (interval.low, interval.high):
                check_formula(end, "", ())
            low, high = constant_value(interval.low), constant_value(interval.high)
            if low is not None and high is not None and low >= high:
                raise LanguageError(
                    f"the range of {interval.name} is empty", interval.span, help="write the smaller number first"
                )
            yield interval.name, (interval.low if low is None else low, interval.high if high is None else high)


def figure_name(statement: PlotStatement, of: WithTask | FlowTask | AtlasTask) -> str:
    """What a figure without a label is called: phase-MLP-tanh, angle-MLP-erf-C_b-0-C_W-2. LanguageError where that is
    too long for a file's name."""
    parts = [statement.kind.name, of.architecture]
    if isinstance(of, AtlasTask):
        parts.append(of.statement.generic.name)
    else:
        parts += [format_expression(binding.value) for binding in of.bindings]
        parts += [
            a.name + ("" if a.layer is None else f"-{a.layer}") + "-" + format_expression(a.value)
            for a in assignments_of(of.statement.settings)
        ]
    name = "-".join(part for part in (re.sub(r"[^A-Za-z0-9_]+", "-", p).strip("-") for p in parts) if part)
    if len(name) > LONGEST_NAME:
        raise LanguageError(
            "what this figure shows is too long for the name of its file",
            statement.kind.span,
            help=f'give it one: plot {statement.kind.name} "name" ...',
        )
    return name


def figure_task(task: Task) -> PlotTask | None:
    """A flow or an atlas that a file has, as the figure of it; None for any other task."""
    if not isinstance(task, (FlowTask, AtlasTask)):
        return None
    kind = Name("flow" if isinstance(task, FlowTask) else "atlas", span=task.statement.span)
    return plot_task(PlotStatement(kind, "", task.statement, span=task.statement.span), task)


def named_twice(task: PlotTask, before: Sequence[PlotTask]) -> LanguageError | None:
    """The mistake of two figures that would be written under one name, whatever its case; None where there is none."""
    if all(task.name.lower() != other.name.lower() for other in before):
        return None
    return LanguageError(
        f"another figure of this file is called {task.name}",
        task.statement.label_span,
        help=f'give this one a name of its own: plot {task.kind} "name" ...',
    )
