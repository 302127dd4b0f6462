"""Phases on a page: a table of what is known at a point, along a line or of the plane, and notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import mpmath
import sympy as sp

from ptheory.criticality.series import readable_text
from ptheory.language.claim_names import CHI_PAR, CHI_PERP
from ptheory.rendering.report import Formula, Item, Prose, Quantity, Report, Section, Table, Words
from ptheory.rendering.result_names import joined
from ptheory.results.phase_result import PhaseOfSeveral, PhasePlane, PhasePoint, Phases, PhasesAlong, number

if TYPE_CHECKING:
    from ptheory.criticality.edge_at_width import EdgeShift
    from ptheory.criticality.finite_width import FiniteWidth
    from ptheory.criticality.phases import Phase

AT_WIDTH = "kernels of networks of width n at large depth, to order 1/n"
_FINITE: tuple[Words, ...] = (
    "variance of the kernel", "shift of its mean", ("shift of the mean ", Formula(CHI_PERP)),
    "rate of the mean distance", "rate of the typical one", "rate of its variance",
)  # fmt: skip
_SHORT: tuple[Words, ...] = (
    "variance", "shift", ("shift of ", Formula(CHI_PERP)), "mean rate", "typical rate", "rate of variance",
)  # fmt: skip
SHIFTS: tuple[Words, ...] = ("shift", "typical shift", "spread")
_Point = TypeVar("_Point")
_OnEdge: TypeAlias = "tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf, EdgeShift]"
SHOWN_POINTS = 9  # of a piece of the edge
KERNEL_LENGTH, ANGLE_LENGTH = "xi_q", "xi_c"
MEANING = (
    "perturbations of norms and of angles decay as exp(-l/xi); short curves of inputs grow by sqrt(chi_perp) a layer"
)


def phase_report(found: Phases) -> Report:
    """One section."""
    title = f"Phases of {found.activation} in {found.architecture}"
    return Report(found.activation, (Section(title, tuple(phase_items(found))),), found.activation)


def phase_items(found: Phases, of: Sequence[str] = ()) -> Iterator[Item]:
    """The table, then notes. ``of``: ends the name of the table."""
    values = " and ".join(f"{name} = {readable_text(value)}" for name, value in found.values.items())
    where = f"at {values}" if values else "in the plane of both variances" if len(found.axes) > 1 else "without biases"
    match found.found:
        case str() as reason:
            yield Prose(f"no phase was found {where}: {reason}")
        case PhasePoint(phase, exact, finite):
            rows = [_row(phase)]
            yield Table(_headers(found), tuple(rows), name=joined("phase", *of))
            if exact is not None and not exact.is_Rational:
                yield Prose((Formula(Quantity(f"{found.kernel_name}*")), " = ", Formula(exact)))
            if finite is not None:
                yield from _finite(found, finite, of)
            yield from _notes(where, phase)
        case PhaseOfSeveral(phase) as several:
            yield Table(_headers(found), (_row(phase),), name=joined("phase", *of))
            yield from _every_kernel(several, of)
            yield from _notes(where, phase)
        case PhasesAlong(axis, stretches) as along:
            headers = (Formula(axis), "to", *_headers(found, False), "found at")
            rows = [(_number(s.low), _number(s.high), *_row(s.phase, False), Formula(s.at)) for s in stretches]
            yield Prose(f"along {axis} {where}; numbers are those at the point named last")
            yield Table(headers, tuple(rows), labels=2, name=joined("phase", *of))
            for stretch in stretches:
                yield from _notes(f"at {axis} = {readable_text(stretch.at)}", stretch.phase)
            yield from _finite_along(found, along, of)
        case PhasePlane() as plane:
            yield from _plane(found, plane, of)
    yield from _networks(found, where, of)
    if found.without_width and not isinstance(found.found, str):
        yield Prose(found.without_width)
    if not isinstance(found.found, str):
        yield Prose(MEANING)


def _every_kernel(found: PhaseOfSeveral, of: Sequence[str]) -> Iterator[Item]:
    """K* and c* of every kernel, where there is more than the first."""
    rows = tuple(
        (Formula(Quantity(name)), _number(star), _number(found.correlations[name]))
        for name, star in found.kernels.items()
    )
    if len(rows) > 1:
        headers = ("kernel", "where it stays", Formula(Quantity("c*")))
        yield Table(headers, rows, name=joined("kernels", *of))


def _finite(found: Phases, finite: FiniteWidth, of: Sequence[str]) -> Iterator[Item]:
    """What is of order 1/n at large depth."""
    headers: tuple[Words, ...] = ("", ("times ", Formula("n")))
    rows = tuple(zip(_FINITE, _finite_numbers(finite), strict=True))
    yield Table(headers, rows, AT_WIDTH, name=joined("width", *of))
    yield from _what_grows(finite)


def _networks(found: Phases, where: str, of: Sequence[str]) -> Iterator[Item]:
    """Of networks of the shape that was asked for: what they do at a point, or where the edge is."""
    if found.shape is None or isinstance(found.found, str | PhaseOfSeveral):
        return
    of_layers = f"networks of {found.shape[0]} layers"
    rows: list[tuple[Words, ...]] = []
    if isinstance(found.found, PhasePoint):
        headers: tuple[Words, ...] = (Formula("n"), "mean", "standard deviation", "bring inputs together")
        title = f"{of_layers}: the logarithm of by how much they stretch squared distances of nearby inputs"
        rows += _stretched(found, found.found)
        left_out = 0
    else:
        axis, points = _edge(found, found.found)
        headers = (Formula(Quantity(f"{found.kernel_name}*")), Formula("n"), ("typical ", Formula(axis)), "from", "to")
        title = f"the edge of chaos in {of_layers}, over one standard deviation"
        rows += _intervals(found, points)
        left_out = sum(not mpmath.isnan(shift.typical) for *_, shift in points) * len(found.shape[1]) - len(rows)
    if rows:
        yield Table(headers, tuple(rows), title, name=joined("networks", *of))
    elif not left_out:
        yield Prose(f"{of_layers} of finite width: nothing is known of them {where}")
    if left_out:
        yield Prose(
            f"left out: rows where n is below twice the width at which {found.kernel_name}* and its corrections of "
            "order 1/n are of one size"
        )


def _stretched(found: Phases, at: PhasePoint) -> Iterator[tuple[Words, ...]]:
    """For every width, where distances have rates."""
    if at.finite is not None and not mpmath.isnan(at.finite.growth.mean):
        for width, depth in found.networks:
            numbers = at.finite.growth.in_networks(at.phase.perpendicular, width, depth)
            yield (str(width), *map(_number, numbers))


def _edge(found: Phases, at: PhasesAlong | PhasePlane) -> tuple[str, list[_OnEdge]]:
    """The variance that moves, and (where it is, K*, parallel susceptibility, shift) of points of the edge."""
    if isinstance(at, PhasesAlong):
        is_bias = at.axis != found.axes[-1]
        return at.axis, [(p.bias if is_bias else p.weight, p.kernel, p.parallel, s) for p, s in at.edges]
    pieces = [list(zip(*piece, strict=True)) for piece in zip(at.diagram.edge, at.shifts, strict=False)]
    return found.axes[-1], [(p.weight, p.kernel, p.parallel, s) for piece in pieces for p, s in _some(piece)]


def _intervals(found: Phases, points: Iterable[_OnEdge]) -> Iterator[tuple[Words, ...]]:
    """For every point and width that is large enough there."""
    for place, kernel, _, shift in points:
        for width, depth in found.networks:
            interval = shift.interval(place, width, depth)
            if interval is not None:
                yield (_number(kernel), str(width), *map(_number, interval))


def _finite_along(found: Phases, along: PhasesAlong, of: Sequence[str]) -> Iterator[Item]:
    """The same at the point of every stretch, then the edge."""
    known = [(one, finite) for one, finite in zip(along.stretches, along.finite, strict=True) if finite is not None]
    if known:
        rows = [(Formula(one.at), one.phase.name, *_finite_numbers(finite)) for one, finite in known]
        headers: tuple[Words, ...] = (Formula(along.axis), "phase", *_SHORT)
        title = f"{AT_WIDTH}, times n"
        yield Table(headers, tuple(rows), title, labels=2, name=joined("width", *of))
        yield from _what_grows(known[0][1])
    if along.edges:
        place = (Formula(along.axis), Formula(Quantity(f"{found.kernel_name}*")), Formula(CHI_PAR))
        points = [
            tuple(map(_number, (*at, shift.mean, shift.typical, shift.spread))) for *at, shift in _edge(found, along)[1]
        ]
        yield Table((*place, *SHIFTS), tuple(points), "the edge of chaos", name=joined("edge", *of))
        yield Prose(what_shifts_mean(along.axis))


def what_shifts_mean(axis: str) -> str:
    """What stands in the columns SHIFTS."""
    return (
        "at width n the edge moves by the shift over n: the mean squared distance of nearby inputs, or the typical "
        f"one, is kept where {axis} is larger by that; networks of l layers scatter about the typical edge by the "
        "spread over sqrt(n*l)"
    )


def _what_grows(finite: FiniteWidth) -> Iterator[Item]:
    if not mpmath.isnan(finite.growth.mean):
        yield Prose(
            "rates: what a layer adds at width n to the logarithm of the squared distance of nearby inputs, beside "
            "log(chi_perp): to that of its mean, to its typical value, to its variance between networks"
        )


def _finite_numbers(finite: FiniteWidth) -> tuple[Words, ...]:
    grows = finite.growth
    numbers = (finite.variance, finite.shift, finite.perpendicular, grows.mean, grows.typical, grows.variance)
    return tuple(map(_number, numbers))


def _headers(found: Phases, responses: bool = True) -> tuple[Words, ...]:
    """``responses``: the susceptibilities too."""
    names = [f"{found.kernel_name}*", "c*", *((CHI_PAR, CHI_PERP) if responses else ()), KERNEL_LENGTH, ANGLE_LENGTH]
    return ("phase", *(Formula(Quantity(name)) for name in names), "growth of curves")


def _row(phase: Phase, responses: bool = True) -> tuple[Words, ...]:
    kernel: Words = "any" if phase.K_star is None else _number(phase.K_star)
    between = (phase.parallel, phase.perpendicular) if responses else ()
    lengths = (phase.kernel_length, phase.correlation_length)
    numbers = (phase.fixed_correlation, *between, *lengths, phase.trajectory_growth)
    return (phase.name, kernel, *map(_number, numbers))


def _number(value: mpmath.mpf) -> Words:
    written = number(value)
    if written is None:
        return "-"
    return "infinite" if written == "oo" else Formula(sp.Float(written, 15) if "." in written else sp.Integer(written))


def _notes(where: str, phase: Phase) -> Iterator[Item]:
    if phase.name == "explosion":
        yield Prose(f"{where} every kernel grows without end: there is no K*, no c* and no correlation length")
    if phase.note:
        yield Prose(f"{where}: {phase.note}")


def _plane(found: Phases, plane: PhasePlane, of: Sequence[str]) -> Iterator[Item]:
    diagram = plane.diagram
    star = Formula(Quantity(f"{found.kernel_name}*"))
    axes = tuple(map(Formula, found.axes))
    rows = [(Formula(n.bias), Formula(n.weight), *_row(n.phase)) for n in diagram.named]
    yield Table((*axes, *_headers(found)), tuple(rows), "a point in every phase", labels=2, name=joined("phase", *of))
    if plane.line is not None:
        at = ", ".join(f"{name} = {readable_text(value)}" for name, value in zip(found.axes, plane.line, strict=True))
        yield Prose(f"the edge of chaos is one point, {at}, where every kernel is fixed")
        return
    for piece in plane.edge:
        points = tuple(tuple(map(_number, point)) for point in _some(piece))
        headers = (star, *axes, Formula(CHI_PAR), *(SHIFTS if plane.shifts else ()))
        yield Table(headers, points, "the edge of chaos", name=joined("edge", *of))
    if plane.shifts:
        yield Prose(what_shifts_mean(found.axes[-1]))
    if not diagram.edge:
        yield Prose("no point of the edge of chaos attracts: inputs merge wherever kernels stay")
    for end in diagram.ends:
        (k0, b0, w0), (k1, b1, w1) = end[0], end[-1]
        bias, weight = found.axes
        yield Prose(
            f"kernels cease to attract on the line from {bias} = {b0:.6g}, {weight} = {w0:.6g} ({found.kernel_name}* = "
            f"{k0:.6g}) to {bias} = {b1:.6g}, {weight} = {w1:.6g} ({found.kernel_name}* = {k1:.6g})"
        )


def _some(piece: Sequence[_Point]) -> list[_Point]:
    """A few points of a piece, both ends included."""
    if len(piece) <= SHOWN_POINTS:
        return list(piece)
    step = (len(piece) - 1) / (SHOWN_POINTS - 1)
    return [piece[round(k * step)] for k in range(SHOWN_POINTS)]
