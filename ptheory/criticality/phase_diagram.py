"""The plane of the two variances: where kernels stay, and what nearby inputs do there.

f(K) = K is a straight line of that plane for every K, f being affine in either variance. On it K attracts up to where
the parallel susceptibility is one (or where a variance would be negative); inputs merge up to where the perpendicular
one is. The phases are what these pieces sweep as K grows: ordered the first ones, chaotic the others, and between them
the edge of chaos. What no line reaches has no kernel that attracts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor, log10

import mpmath
import numpy as np

from ptheory.algebra.polynomial import Polynomial
from ptheory.algebra.refusal import Refusal
from ptheory.criticality.edge import EdgePoint, edge_at
from ptheory.criticality.fixed_points import CriticalConditions, CriticalPoint
from ptheory.criticality.kernel_system import NotAffine, coefficient_of, expanded
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.phases import Phase, phase
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.criticality.universality import governing_point

LINES = 321  # kernels whose lines sweep the regions
REACH = (1e-6, 1e5)  # of those kernels, in units of the window
BEYOND = 1.04  # how far past the window regions are followed
EDGE_POINTS = 33
RASTER = (45, 33)
SMALLEST = 10  # cells of the raster below which a region has no room for a name
EDGE_DIGITS, PHASE_DIGITS = 15, 10
NOTICEABLE = 1e-4  # of the window, the area of a region
WIDEST = {True: Fraction(3), False: Fraction(2)}  # critical weight variances across: K* = 0 or a line, and K* > 0
HIGHER, ABOVE = Fraction(5, 4), 4  # in units of the bias variance that the edge reaches there; of the critical one


class NoDiagram(Refusal):
    """There is nothing to draw in this window."""


@dataclass(frozen=True)
class Window:
    """From where to where the two variances go."""

    weights: tuple[Fraction, Fraction]
    biases: tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Region:
    """The outline (weight variance, bias variance) of where kernels stay, inputs merging or separating."""

    name: str
    outline: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Named:
    """The phase at a point of the plane."""

    bias: Fraction
    weight: Fraction
    phase: Phase


@dataclass(frozen=True)
class PhaseDiagram:
    """``edge``: the edge of chaos in pieces without a gap. ``ends``: (K, bias variance, weight variance) where K ceases
    to attract though neither variance is zero. ``named``: a point in every phase that has room for its name."""

    window: Window
    edge: tuple[tuple[EdgePoint, ...], ...]
    ends: tuple[tuple[tuple[float, float, float], ...], ...]
    regions: tuple[Region, ...]
    named: tuple[Named, ...]


def phase_diagram(spec: SpecialisedSystem, window: Window) -> PhaseDiagram:
    """The phases inside a window. NoDiagram where no kernel attracts in it; NotAffine, NoInfluence of the recursion."""
    lines = _Lines.of(spec, window)
    regions = tuple(lines.regions())
    if not regions:
        raise NoDiagram(
            "there are no phases to draw: no kernel attracts at any of these variances",
            f"choose smaller {spec.system.weight}, or look at `plot map`",
        )
    edge = tuple(_edge(spec, lines))
    return PhaseDiagram(window, edge, tuple(lines.ends()), regions, tuple(_named(spec, lines)))


@dataclass(frozen=True)
class _Lines:
    """f(K) = constant + slope w + factor b on a grid of kernels, with what the susceptibilities say of w."""

    kernels: np.ndarray
    constant: np.ndarray
    slope: np.ndarray
    factor: np.ndarray
    marginal: np.ndarray  # w at which the parallel susceptibility is one
    critical: np.ndarray  # and the perpendicular one
    window: Window

    @staticmethod
    def of(spec: SpecialisedSystem, window: Window) -> _Lines:
        system = spec.system
        conditions = CriticalConditions.of(spec)
        constant, slope = coefficient_of(conditions.kernel[0], system.weight)
        if coefficient_of(conditions.kernel[1], system.weight)[1]:
            raise NotAffine(f"the kernel depends on a product of {system.weight} and {system.bias}")
        parallel = coefficient_of(expanded(system.parallel_susceptibility), system.weight)
        size = max(1.0, float(window.biases[1]))
        kernels = np.geomspace(REACH[0] * size, REACH[1] * size, LINES)

        def at(polynomial: Polynomial) -> np.ndarray:
            if not polynomial:
                return np.zeros_like(kernels)
            return np.broadcast_to(spec.grid(polynomial, kernels, {}), kernels.shape)

        with np.errstate(all="ignore"):
            return _Lines(
                kernels, at(constant), at(slope), at(conditions.kernel[1]),
                _root(*map(at, parallel)), _root(*map(at, conditions.perpendicular)), window,
            )  # fmt: skip

    def bias(self, weights: np.ndarray) -> np.ndarray:
        """b on the line of each kernel at its w."""
        return np.asarray((self.kernels - self.constant - self.slope * weights) / self.factor)

    def weight(self, bias: float) -> np.ndarray:
        """w on the line of each kernel where b has this value."""
        with np.errstate(all="ignore"):
            return np.asarray((self.kernels - self.constant - self.factor * bias) / self.slope)

    @property
    def last(self) -> np.ndarray:
        """w up to which the kernel attracts and b is not negative, within the window."""
        end = np.fmin(np.fmin(self.marginal, self.weight(0.0)), BEYOND * float(self.window.weights[1]))
        return np.asarray(np.where(np.isfinite(self.constant + self.slope), end, np.nan))

    @property
    def first(self) -> np.ndarray:
        """w from which on the line is in the window."""
        return np.asarray(np.fmax(0.0, self.weight(BEYOND * float(self.window.biases[1]))))

    def regions(self) -> Iterator[Region]:
        """Ordered and chaotic pieces of the plane, as far as the window goes."""
        for name, begin, end in (
            ("ordered", self.first, np.fmin(self.critical, self.last)),
            ("chaotic", np.fmax(self.critical, self.first), self.last),
        ):
            for piece in _runs(begin < end):
                if len(piece) > 1:
                    low, high = begin[piece], end[piece]
                    there = zip(low, self.bias(begin)[piece], strict=True)
                    back = zip(high[::-1], self.bias(end)[piece][::-1], strict=True)
                    outline = np.array([*there, *back])
                    if self._is_noticed(outline):
                        yield Region(name, tuple((float(w), float(b)) for w, b in outline))

    def _is_noticed(self, outline: np.ndarray) -> bool:
        """Whether it reaches into the window and has an area there; rounding makes slivers without one."""
        (left, right), (bottom, top) = self.window.weights, self.window.biases
        w, b = outline.T
        inside = w.max() > left and w.min() < right and b.max() > bottom and b.min() < top
        area = abs(float(w @ np.roll(b, -1) - b @ np.roll(w, -1))) / 2
        return bool(inside and area > NOTICEABLE * float(right - left) * float(top - bottom))

    def ends(self) -> Iterator[tuple[tuple[float, float, float], ...]]:
        """Where the kernel ceases to attract while b > 0."""
        bias = self.bias(self.marginal)
        (_, right), (_, top) = self.window.weights, self.window.biases
        inside = (bias > 1e-9) & (bias < BEYOND * float(top)) & (self.marginal < BEYOND * float(right))
        for piece in _runs(inside & (self.marginal > 0)):
            if len(piece) > 1:
                yield tuple((float(self.kernels[k]), float(bias[k]), float(self.marginal[k])) for k in piece)

    def phase_at(self, bias: float, weight: float) -> str:
        """By the sign of f(K) - K on the grid: at the least kernel that attracts; "zero" or "explosion" without one."""
        gap = self.constant + self.slope * weight + self.factor * bias - self.kernels
        known = np.flatnonzero(np.isfinite(gap))
        falls = [k for k, after in pairwise(known) if gap[k] > 0 >= gap[after]]
        if not falls:
            return "explosion" if gap[known[-1]] > 0 else "collapse"
        return "ordered" if weight < self.critical[falls[0]] else "chaotic"


def _root(constant: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """w with constant + slope w = 1; infinite where the slope is zero and the constant below one."""
    return np.where(slope > 0, np.maximum(1 - constant, 0) / slope, np.where(constant < 1, np.inf, 0.0))


def _runs(chosen: np.ndarray) -> list[np.ndarray]:
    """The places chosen, in runs without a gap."""
    places = np.flatnonzero(chosen)
    return [run for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if len(run)]


def _edge(spec: SpecialisedSystem, lines: _Lines) -> Iterator[tuple[EdgePoint, ...]]:
    """Points of the edge at kernels spread over the part of it inside the window, and one beyond either end."""
    (_, right), (_, top) = lines.window.weights, lines.window.biases
    bias = lines.bias(lines.critical)
    seen = (lines.critical <= BEYOND * float(right)) & (bias <= BEYOND * float(top)) & (bias > -1e-9)
    for run in _runs(seen & np.isfinite(lines.critical)):
        low, high = lines.kernels[max(run[0] - 1, 0)], lines.kernels[min(run[-1] + 1, LINES - 1)]
        kernels = [rounded(float(k), 6) for k in _spread(run, lines, bias, low, high)]
        yield from _pieces([edge_at(spec, kernel, EDGE_DIGITS) for kernel in kernels])


def _spread(run: np.ndarray, lines: _Lines, bias: np.ndarray, low: float, high: float) -> np.ndarray:
    """Kernels between two, evenly along the curve as it is seen."""
    places = np.arange(max(run[0] - 1, 0), min(run[-1] + 2, LINES))
    width, height = float(lines.window.weights[1]), float(lines.window.biases[1])
    steps = np.hypot(np.diff(lines.critical[places]) / width, np.diff(bias[places]) / height)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    if not np.isfinite(along[-1]) or along[-1] == 0:
        return np.geomspace(low, high, 2)
    logs = np.interp(np.linspace(0, along[-1], EDGE_POINTS), along, np.log(lines.kernels[places]))
    return np.unique(np.exp(logs))


def _pieces(points: Sequence[EdgePoint]) -> Iterator[tuple[EdgePoint, ...]]:
    """Points that no network reaches are left out; what is left of a point repeated is one."""
    piece: list[EdgePoint] = []
    for point in points:
        if point.excluded:
            if piece:
                yield tuple(piece)
            piece = []
        elif not piece or _apart(point, piece[-1]):
            piece.append(point)
    if piece:
        yield tuple(piece)


def _apart(one: EdgePoint, other: EdgePoint) -> bool:
    return bool(abs(one.weight - other.weight) + abs(one.bias - other.bias) > mpmath.mpf(10) ** (3 - EDGE_DIGITS))


def _named(spec: SpecialisedSystem, lines: _Lines) -> Iterator[Named]:
    """A point in every phase, as far as possible from the others and from the frame, with the phase found there."""
    (left, right), (bottom, top) = lines.window.weights, lines.window.biases
    across, up = RASTER
    cells = [(Fraction(2 * i + 1, 2 * across), Fraction(2 * j + 1, 2 * up)) for i in range(across) for j in range(up)]
    places = [(left + (right - left) * x, bottom + (top - bottom) * y) for x, y in cells]
    names = np.array([lines.phase_at(float(b), float(w)) for w, b in places])
    inside = np.array([(float(x), float(y)) for x, y in cells])
    for name in ("ordered", "chaotic", "collapse", "explosion"):
        own = np.flatnonzero(names == name)
        if len(own) < SMALLEST:
            continue
        others = inside[names != name]
        frame = np.minimum(inside[own], 1 - inside[own]).min(axis=1)
        apart = np.full(len(own), np.inf)
        for other in others:
            apart = np.minimum(apart, np.hypot(*(inside[own] - other).T))
        w, b = places[own[int(np.argmax(np.minimum(apart, 1.6 * frame)))]]
        weight, bias = rounded(float(w), 3), rounded(float(b), 3)
        try:
            at = {spec.system.bias: bias, spec.system.weight: weight}
            yield Named(bias, weight, phase(spec, at, PHASE_DIGITS))
        except AsymptoticFailure:
            continue


def default_window(spec: SpecialisedSystem, points: Sequence[CriticalPoint]) -> Window:
    """From zero to a multiple of the critical variance of the weights, and as high as the edge of chaos goes there.

    NoDiagram where there is no critical point to go by.
    """
    point = governing_point(tuple(points))
    if point is None:
        raise NoDiagram(
            "there is no critical point to choose the axes by",
            f"say where they go: range {spec.system.weight} = 0 to 4, {spec.system.bias} = 0 to 1/2",
        )
    right = ceiling(float(point.C_W) * float(WIDEST[not point.K_star]))
    lines = _Lines.of(spec, Window((Fraction(0), right), (Fraction(0), Fraction(1))))
    bias = lines.bias(lines.critical)
    reached = bias[(lines.critical <= float(right)) & (bias > 1e-9) & (lines.critical <= lines.marginal * (1 + 1e-12))]
    highest = ABOVE * float(point.C_b) if point.C_b else max(reached, default=0.0) * float(HIGHER)
    highest = min(highest, float(right) / 2)
    top = ceiling(highest) if highest > NOTICEABLE else Fraction(1)
    return Window((Fraction(0), right), (Fraction(0), top))


def rounded(value: float, digits: int) -> Fraction:
    """To so many significant digits, as the decimal it then is."""
    return Fraction(f"{value:.{digits - 1}e}")


def ceiling(value: float) -> Fraction:
    """The next number of the form 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    power = Fraction(10) ** floor(log10(value))
    steps = (Fraction(s) for s in ("1", "1.2", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10"))
    return next(step * power for step in steps if float(step * power) >= value * (1 - 1e-9))
