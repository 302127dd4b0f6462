"""What ``phase`` gives: the phase at both variances, the phases along one of them, or the plane of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeAlias

from ptheory.displayed import Displayed
from ptheory.language.claim_names import CHI_PAR, CHI_PERP
from ptheory.language.json_values import JsonObject, JsonValue

if TYPE_CHECKING:
    import mpmath
    from sympy import Expr

    from ptheory.criticality.cuts import Stretch
    from ptheory.criticality.edge import EdgePoint
    from ptheory.criticality.edge_at_width import EdgeShift
    from ptheory.criticality.finite_width import FiniteWidth
    from ptheory.criticality.phase_diagram import PhaseDiagram
    from ptheory.criticality.phases import Phase

DIGITS, SHIFT_DIGITS = 15, 8  # of what is computed to many digits; along the edge, in double precision


@dataclass(frozen=True)
class PhasePoint:
    """Both variances given. ``exact``: K* where it has a closed form; ``finite``: networks of finite width there."""

    phase: Phase
    exact: Expr | None = None
    finite: FiniteWidth | None = None


@dataclass(frozen=True)
class PhasesAlong:
    """One variance given: the phases along the other one, called ``axis``.

    ``finite``: networks of finite width at the point of every stretch; ``edges``: where the edge of chaos is met, and
    where it is for them.
    """

    axis: str
    stretches: tuple[Stretch, ...]
    finite: tuple[FiniteWidth | None, ...] = ()
    edges: tuple[tuple[EdgePoint, EdgeShift], ...] = ()


@dataclass(frozen=True)
class PhasePlane:
    """Neither given: the edge of chaos in the plane of both, its ends, and a point in every phase.

    ``line``: the variances of the biases and of the weights at which every kernel is critical, where there are any: the
    edge is this one point then. ``shifts``: of the variance of the weights in networks of finite width, for every point
    of every piece; empty where they are not known.
    """

    diagram: PhaseDiagram
    line: tuple[Expr, Expr] | None = None
    shifts: tuple[tuple[EdgeShift, ...], ...] = ()

    @property
    def edge(self) -> Iterator[tuple[tuple[mpmath.mpf, ...], ...]]:
        """(K*, variance of the biases, of the weights, parallel susceptibility) of the points of every piece, then what
        the shift is where it is known."""
        for piece, shifts in zip_longest(self.diagram.edge, self.shifts, fillvalue=()):
            yield tuple(
                (point.kernel, point.bias, point.weight, point.parallel, *_numbers(shift))
                for point, shift in zip_longest(piece, shifts)
            )


@dataclass(frozen=True)
class PhaseOfSeveral:
    """All hyperparameters of a network with several kernels given: K* and c* of every kernel by its name, none where
    there is no K*; ``phase`` has those of the first."""

    phase: Phase
    kernels: Mapping[str, mpmath.mpf]
    correlations: Mapping[str, mpmath.mpf]


FoundPhases: TypeAlias = PhasePoint | PhasesAlong | PhasePlane | PhaseOfSeveral


def _numbers(shift: EdgeShift | None) -> tuple[mpmath.mpf, ...]:
    return () if shift is None else (shift.mean, shift.typical, shift.spread)


@dataclass(frozen=True)
class Phases(Displayed):
    """``values``: the variances that are set; ``axes``: what those of the biases (if any) and of the weights are
    called. ``found`` is a text where nothing was found, and says why. ``shape``: the number of layers, and the widths,
    of networks that were asked for. ``without_width``: why nothing is known of finite width, "" where something is."""

    activation: str
    architecture: str
    kernel_name: str
    values: Mapping[str, Expr]
    axes: tuple[str, ...]
    found: FoundPhases | str
    shape: tuple[int, tuple[int, ...]] | None = None
    without_width: str = ""

    def to_json(self) -> JsonObject:
        """Numbers are strings with their digits; what is not known, or depends on the start, is null."""
        head: JsonObject = {
            "activation": self.activation,
            "architecture": self.architecture,
            "values": {name: str(value) for name, value in self.values.items()},
        }
        match self.found:
            case str() as reason:
                return {**head, "none": reason}
            case PhasePoint(phase, exact, finite):
                star = {} if exact is None else {f"{self.kernel_name}_star_exact": str(exact)}
                width = {} if finite is None else {"finite_width": self._finite(finite, phase)}
                return {**head, **phase_json(phase, self.kernel_name), **star, **width}
            case PhaseOfSeveral(phase, kernels, correlations):
                every: JsonObject = {
                    name: {"K_star": number(star), "c_star": number(correlations[name])}
                    for name, star in kernels.items()
                }
                return {**head, **phase_json(phase, self.kernel_name), **({"kernels": every} if every else {})}
            case PhasesAlong(axis, stretches, finite, edges):
                rows: list[JsonValue] = [
                    {
                        "from": number(s.low), "to": number(s.high), "at": str(s.at),
                        **phase_json(s.phase, self.kernel_name),
                        **({} if at_width is None else {"finite_width": self._finite(at_width, s.phase)}),
                    }
                    for s, at_width in zip_longest(stretches, finite)
                ]  # fmt: skip
                met: list[JsonValue] = [
                    {**self._point(point), "finite_width": self._shift(axis, point, shift)} for point, shift in edges
                ]
                return {**head, "axis": axis, "phases": rows, **({"edge": met} if met else {})}
            case PhasePlane(_, line) as plane:
                at_all = {} if line is None else {"every_kernel_at": dict(zip(self.axes, map(str, line), strict=True))}
                return {**head, **self._plane(plane), **at_all}

    @property
    def networks(self) -> Iterator[tuple[int, int]]:
        """The width and the depth of every network asked for."""
        depth, widths = self.shape or (0, ())
        return ((width, depth) for width in widths)

    def _finite(self, finite: FiniteWidth, phase: Phase) -> JsonObject:
        """n times the variance of the kernel, the shifts of its mean and of that of chi_perp, and what a layer adds to
        the logarithm of the squared distance of nearby inputs beside that of chi_perp."""
        return {
            "variance": number(finite.variance),
            f"shift_of_{self.kernel_name}": number(finite.shift),
            f"shift_of_{CHI_PERP}": number(finite.perpendicular),
            "rate_of_mean": number(finite.growth.mean),
            "rate_typical": number(finite.growth.typical),
            "rate_of_variance": number(finite.growth.variance),
            **self._listed(
                {"mean": number(mean), "deviation": number(deviation), "together": number(share)}
                for mean, deviation, share in (
                    finite.growth.in_networks(phase.perpendicular, width, depth) for width, depth in self.networks
                )
            ),
        }

    def _listed(self, found: Iterable[JsonObject]) -> JsonObject:
        """What was found for every network asked for, with its shape."""
        rows: list[JsonValue] = [
            {"width": width, "depth": depth, **row} for (width, depth), row in zip(self.networks, found, strict=True)
        ]
        return {"networks": rows} if rows else {}

    def _shift(self, axis: str, point: EdgePoint, shift: EdgeShift, digits: int = DIGITS) -> JsonObject:
        """n times the shifts of the edge along an axis, and sqrt(n L) times the standard deviation between networks."""
        place = point.weight if axis == self.axes[-1] else point.bias
        found = (shift.interval(place, width, depth) for width, depth in self.networks)
        names = (f"typical_{axis}", "from", "to")
        return {
            f"shift_of_{axis}": number(shift.mean, digits),
            f"typical_shift_of_{axis}": number(shift.typical, digits),
            f"spread_of_{axis}": number(shift.spread, digits),
            **self._listed(
                {name: number(value, digits) for name, value in zip(names, interval, strict=True)} if interval else {}
                for interval in found
            ),
        }

    def _point(self, point: EdgePoint) -> JsonObject:
        values = (point.bias, point.weight)[-len(self.axes) :]
        return {
            f"{self.kernel_name}_star": number(point.kernel),
            **{name: number(value) for name, value in zip(self.axes, values, strict=True)},
            CHI_PAR: number(point.parallel),
        }

    def _plane(self, plane: PhasePlane) -> JsonObject:
        bias, weight = self.axes
        star, diagram = f"{self.kernel_name}_star", plane.diagram
        pieces: list[JsonValue] = [
            [
                {**self._point(p), **({} if s is None else {"finite_width": self._shift(weight, p, s, SHIFT_DIGITS)})}
                for p, s in zip_longest(piece, shifts)
            ]
            for piece, shifts in zip_longest(diagram.edge, plane.shifts, fillvalue=())
        ]
        ends: list[JsonValue] = [
            [{star: str(k), bias: str(b), weight: str(w)} for k, b, w in piece] for piece in diagram.ends
        ]
        named: list[JsonValue] = [
            {bias: str(n.bias), weight: str(n.weight), **phase_json(n.phase, self.kernel_name)} for n in diagram.named
        ]
        return {"edge": pieces, "ends": ends, "phases": named}


def phase_json(phase: Phase, kernel: str) -> JsonObject:
    """A phase with its numbers as text."""
    import mpmath

    star = phase.K_star
    return {
        "phase": phase.name,
        f"{kernel}_star": "any" if star is None else "oo" if star == mpmath.inf else number(star),
        "c_star": number(phase.fixed_correlation),
        CHI_PAR: number(phase.parallel),
        CHI_PERP: number(phase.perpendicular),
        "xi_q": number(phase.kernel_length),
        "xi_c": number(phase.correlation_length),
        "trajectory_growth": number(phase.trajectory_growth),
        "note": phase.note,
    }


def number(value: mpmath.mpf, digits: int = DIGITS) -> str | None:
    """With its digits; zero where it is nothing but rounding; null where it is not known; "oo" where it is infinite."""
    import mpmath

    if mpmath.isnan(value):
        return None
    if not mpmath.isfinite(value):
        return "oo"
    return str(mpmath.nstr(mpmath.chop(value, tol=mpmath.mpf(10) ** -DIGITS), digits)).removesuffix(".0")
