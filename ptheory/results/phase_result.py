"""What ``phase`` gives: the phase at both variances, the phases along one of them, or the plane of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ptheory.displayed import Displayed
from ptheory.language.claim_names import CHI_PAR, CHI_PERP
from ptheory.language.json_values import JsonObject, JsonValue

if TYPE_CHECKING:
    import mpmath
    from sympy import Expr

    from ptheory.criticality.cuts import Stretch
    from ptheory.criticality.finite_width import FiniteWidth
    from ptheory.criticality.phase_diagram import PhaseDiagram
    from ptheory.criticality.phases import Phase

DIGITS = 15


@dataclass(frozen=True)
class PhasePoint:
    """Both variances given. ``exact``: K* where it has a closed form; ``finite``: networks of finite width there."""

    phase: Phase
    exact: Expr | None = None
    finite: FiniteWidth | None = None


@dataclass(frozen=True)
class PhasesAlong:
    """One variance given: the phases along the other one, called ``axis``."""

    axis: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class PhasePlane:
    """Neither given: the edge of chaos in the plane of both, its ends, and a point in every phase.

    ``line``: the variances of the biases and of the weights at which every kernel is critical, where there are any: the
    edge is this one point then.
    """

    diagram: PhaseDiagram
    line: tuple[Expr, Expr] | None = None

    @property
    def edge(self) -> Iterator[tuple[tuple[mpmath.mpf, ...], ...]]:
        """(K*, variance of the biases, of the weights, parallel susceptibility) of the points of every piece."""
        for piece in self.diagram.edge:
            yield tuple((point.kernel, point.bias, point.weight, point.parallel) for point in piece)


FoundPhases: TypeAlias = PhasePoint | PhasesAlong | PhasePlane


@dataclass(frozen=True)
class Phases(Displayed):
    """``values``: the variances that are set; ``axes``: what those of the biases (if any) and of the weights are
    called. ``found`` is a text where nothing was found, and says why."""

    activation: str
    architecture: str
    kernel_name: str
    values: Mapping[str, Expr]
    axes: tuple[str, ...]
    found: FoundPhases | str

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
                width = {} if finite is None else {"finite_width": self._finite(finite)}
                return {**head, **phase_json(phase, self.kernel_name), **star, **width}
            case PhasesAlong(axis, stretches):
                rows: list[JsonValue] = [
                    {
                        "from": number(s.low), "to": number(s.high), "at": str(s.at),
                        **phase_json(s.phase, self.kernel_name),
                    }
                    for s in stretches
                ]  # fmt: skip
                return {**head, "axis": axis, "phases": rows}
            case PhasePlane(diagram, line):
                every = {} if line is None else {"every_kernel_at": dict(zip(self.axes, map(str, line), strict=True))}
                return {**head, **self._plane(diagram), **every}

    def _finite(self, finite: FiniteWidth) -> JsonObject:
        """n times the variance of the kernel, and the shifts of its mean and of that of chi_perp."""
        return {
            "variance": number(finite.variance),
            f"shift_of_{self.kernel_name}": number(finite.shift),
            f"shift_of_{CHI_PERP}": number(finite.perpendicular),
        }

    def _plane(self, diagram: PhaseDiagram) -> JsonObject:
        bias, weight = self.axes
        star = f"{self.kernel_name}_star"
        pieces: list[JsonValue] = [
            [
                {star: number(p.kernel), bias: number(p.bias), weight: number(p.weight), CHI_PAR: number(p.parallel)}
                for p in piece
            ]
            for piece in diagram.edge
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


def number(value: mpmath.mpf) -> str | None:
    """With its digits; zero where it is nothing but rounding; null where it is not known; "oo" where it is infinite."""
    import mpmath

    if mpmath.isnan(value):
        return None
    if not mpmath.isfinite(value):
        return "oo"
    return str(mpmath.nstr(mpmath.chop(value, tol=mpmath.mpf(10) ** -DIGITS), DIGITS)).removesuffix(".0")
