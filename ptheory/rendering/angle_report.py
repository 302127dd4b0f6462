"""Angles on a page: the map, its fixed points, c layer by layer, and where every start goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import sympy as sp

from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.laws import readable
from ptheory.criticality.series import readable_text
from ptheory.rendering.report import AtLargeDepth, Formula, Item, Prose, Quantity, Table, Words
from ptheory.rendering.result_names import joined
from ptheory.results.angle_result import Angles, AnglesAtKernel, AnglesAtZero
from ptheory.results.phase_result import number

if TYPE_CHECKING:
    from ptheory.criticality.angle_at_zero import Tending

SHOWN_LAYERS = 30  # of a table; of more, some
C, STAR, LIMIT = "c", "c*", "m"
DIFFERENCE, BELOW_ONE = "c - c*", "1 - c"
AMPLITUDE = sp.Symbol("a")


def angle_items(found: Angles, of: Sequence[str] = ()) -> Iterator[Item]:
    """The map, tables of what stays and of the layers, notes. ``of``: ends the names of the tables."""
    values = " and ".join(f"{name} = {readable_text(value)}" for name, value in found.values.items())
    where = f" at {values}" if values else ""
    match found.found:
        case str() as reason:
            yield Prose(f"no angle is followed{where}: {reason}")
            return
        case AnglesAtKernel() as kept:
            yield Prose(_map_words(found, kept, where))
            if kept.is_identity:
                yield Prose("every correlation stays")
            else:
                yield Table(
                    (Formula(Quantity(STAR)), "", "slope", Formula(Quantity("xi_c")), "nearby"),
                    tuple(_fixed_rows(kept)), "correlations that stay", name=joined("angle-fixed", *of),
                )  # fmt: skip
        case AnglesAtZero() as falling:
            yield from _at_zero(found, falling, where)
    yield _layers(found, of)
    yield from _ends(found, of)


def _map_words(found: Angles, kept: AnglesAtKernel, where: str) -> tuple[str | Formula, ...]:
    name = found.kernel_name
    star: tuple[str | Formula, ...] = (f"every {name} stays",)
    if kept.kernel is not None:
        star = (Formula(Quantity(f"{name}*")), " = ", Formula(readable(kept.kernel)))
    what = (*_what(found, where), *star)
    if kept.form is None:
        return what
    return (*what, ": the next one is ", Formula(kept.form))


def _what(found: Angles, where: str) -> tuple[str | Formula, ...]:
    ratio = f" = {found.kernel_name}[1,2]/{found.kernel_name}[1,1],{where}, where "
    return ("the correlation of two inputs of equal norm, ", Formula(C), ratio)


def _fixed_rows(kept: AnglesAtKernel) -> Iterator[tuple[Words, ...]]:
    for one in kept.fixed:
        law: Words = ""
        if one.law is not None and one.stability == "stable":
            amplitude = sp.Float(one.law.amplitude, 15) if one.law.exact is None else one.law.exact
            distance = BELOW_ONE if one.correlation > 0 else "1 + c"
            law = Formula(AtLargeDepth(distance, amplitude / DEPTH**one.law.power))
        elif one.stability == "stable" and one.slope > 0:
            law = Formula(AtLargeDepth(DIFFERENCE, AMPLITUDE * _decimal(one.slope) ** DEPTH))
        length = "infinite" if one.law is not None else _number(one.length) if one.stability == "stable" else ""
        yield _number(one.correlation), one.stability, _number(one.slope), length, law


def _at_zero(found: Angles, falling: AnglesAtZero, where: str) -> Iterator[Item]:
    name = found.kernel_name
    falls = f"{name} goes to zero as a power of the depth, from 1 in the first layer"
    yield Prose((*_what(found, where), falls))
    if falling.unknown:
        yield Prose(("what ", Formula(C), f" tends to is not known: {falling.unknown}"))
    if falling.is_identity:
        yield Prose(f"every correlation stays, to every order in {name} looked at")
    for one in falling.tending:
        yield Prose(_tending(one))


def _tending(one: Tending) -> tuple[str | Formula, ...]:
    """What attracts, and how fast; what repels."""
    if one.correlation.free_symbols:
        assert one.amplitude is not None
        law = one.amplitude.subs(one.correlation, sp.Symbol(LIMIT)) * DEPTH**-one.power
        fall = Formula(AtLargeDepth(f"{C} - {LIMIT}", law))
        return (Formula(C), " tends to ", Formula(LIMIT), ", which depends on where it starts: ", fall)
    star = Formula(Quantity(STAR))
    if one.stability != "stable":
        return (star, " = ", Formula(one.correlation), " repels")
    scale = AMPLITUDE if one.amplitude is None else one.amplitude
    if one.rate is not None:
        fall = sp.exp(-one.rate * DEPTH**one.power)
    else:
        fall = DEPTH**-one.power * (sp.log(DEPTH) if one.log else 1)
    open_ = ", a set by where it starts" if one.amplitude is None else ""
    return (Formula(C), " tends to ", star, " = ", Formula(one.correlation), ": ",
            Formula(AtLargeDepth(DIFFERENCE, scale * fall)), open_)  # fmt: skip


def _layers(found: Angles, of: Sequence[str]) -> Table:
    depth = len(found.paths[0].correlations)
    layers = _some(depth)
    falling = found.found if isinstance(found.found, AnglesAtZero) else None
    rows = []
    for layer in layers:
        kernel: tuple[Words, ...] = () if falling is None else (_number(falling.kernels[layer - 1]),)
        rows.append((str(layer), *kernel, *(_number(path.correlations[layer - 1]) for path in found.paths)))
    starts = (("from ", Formula(path.start)) for path in found.paths)
    kernels: tuple[Words, ...] = () if falling is None else (Formula(found.kernel_name),)
    shown = "" if len(layers) == depth else f", {len(layers)} of {depth} layers"
    caption = (Formula(C), f" layer by layer{shown}")
    return Table(("layer", *kernels, *starts), tuple(rows), caption, name=joined("angle", *of))


def _ends(found: Angles, of: Sequence[str]) -> Iterator[Item]:
    """Where every start goes, where that is known."""
    if all(path.limit is None for path in found.paths):
        return
    amplitudes = any(path.amplitude is not None for path in found.paths)
    rows = []
    for path in found.paths:
        limit: Words = "-" if path.limit is None else _number(path.limit)
        size: Words = "-" if path.amplitude is None else _number(path.amplitude)
        rows.append((Formula(path.start), limit, *((size,) if amplitudes else ())))
    headers: tuple[Words, ...] = ("from", "tends to", *((Formula(AMPLITUDE),) if amplitudes else ()))
    yield Table(headers, tuple(rows), "where it goes", name=joined("angle-end", *of))


def _some(depth: int) -> list[int]:
    """All layers; of many the first ones, then ever fewer, and the last."""
    if depth <= SHOWN_LAYERS:
        return list(range(1, depth + 1))
    further = (first * 10**power for power in range(1, len(str(depth))) for first in (2, 5, 10))
    return [*range(1, 11), *(layer for layer in further if layer < depth), depth]


def _decimal(value: object) -> sp.Expr:
    written = number(value)
    assert written is not None
    return sp.Float(written, 15) if "." in written else sp.Integer(written)


def _number(value: object) -> Words:
    written = number(value)
    return "-" if written is None else "infinite" if written == "oo" else Formula(_decimal(value))
