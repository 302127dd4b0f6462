"""One moment at many covariances: float64, vectorised over the covariances."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log2

import numpy as np

from ptheory.expectations.arrays import TINY, ArrayArithmetic, check_stack
from ptheory.expectations.covariance import GivenCovariance
from ptheory.expectations.evaluation import Value, evaluate
from ptheory.expectations.expectation_errors import PrecisionNotMet
from ptheory.expectations.gaussian_integral import gaussian_integral
from ptheory.expectations.lattice_integral import branch_values
from ptheory.expectations.moments import Moment
from ptheory.expectations.one_variable import OneVariable, one_variable

REACH = 8.6
ROUNDING = 4e-16
ENCLOSED_DIGITS = 15
CHUNK = 4_000_000
REFINEMENTS, REFINEMENT = 6, 1.7
WIDE = 16.0
AGREEMENT = 1e-10  # relative, of a sample at two resolutions; the finer error is far below it
CANCELLATION = 1e-2  # of ⟨|F|⟩: below it a value has lost digits to cancellation that no rule brings back
SMALL = 1e-4  # a variance below which formulas are not taken to keep their digits
UNCORRELATED = 1e-5  # a correlation below which a mean may be that much smaller than the terms of its sum
LEGENDRE = np.polynomial.legendre.leggauss(16)


def sweep(moment: Moment, covariances: np.ndarray | Sequence[GivenCovariance]) -> np.ndarray:
    """⟨moment⟩ at each of N covariances, an (N, r, r) array (or N variances for one variable): at least 9 digits, about
    13 as a rule; no bound.

    Singular covariances are evaluated one by one, as by ``evaluate``. A closed form is compared with enclosures at the
    extreme covariances first: its terms may cancel (ELU at small kernels), and then quadrature is used.
    Raises NotPositiveSemidefinite, DivergentMoment, PrecisionNotMet.
    """
    stack, parts = _read(moment, covariances)

    def enclosed(matrix: np.ndarray) -> float:
        return float(_enclosed(moment, matrix))

    if not _has_pieces(parts):
        return _trusted(_without_pieces(parts, stack, enclosed), stack, enclosed)
    try:
        result = _from_pieces(moment, parts, stack)
    except PrecisionNotMet:
        result = np.full(len(stack), np.nan)
    for k in _extremes(stack):
        expected = enclosed(stack[k])
        if result[k] != expected and not abs(result[k] - expected) <= AGREEMENT * abs(expected):
            if moment.size > 2 or any(part.deltas for part in parts):
                return np.array([enclosed(matrix) for matrix in stack])
            return _trusted(_swept(parts, stack, enclosed), stack, enclosed)
    return result


def _trusted(result: np.ndarray, stack: np.ndarray, enclosed: Callable[[np.ndarray], float]) -> np.ndarray:
    """The values of quadrature, but where they may be too wrong for it: formulas lose their digits at small arguments
    (exp(z) − 1), and means next to zero theirs to cancellation; those are enclosed one by one."""
    variances = np.diagonal(stack, axis1=1, axis2=2)
    small = np.flatnonzero(variances.min(axis=1) < SMALL)
    chosen = small[_extremes(stack[small])] if len(small) else small
    for k in chosen:
        if not abs(result[k] - (expected := enclosed(stack[k]))) <= AGREEMENT * abs(expected):
            for place in small:
                result[place] = enclosed(stack[place])
            break
    if stack.shape[1] == 2:
        with np.errstate(divide="ignore", invalid="ignore"):
            correlation = np.abs(stack[:, 0, 1]) / np.sqrt(variances.prod(axis=1))
        for k in np.flatnonzero(correlation < UNCORRELATED):
            result[k] = enclosed(stack[k])
    return result


def sweep_in_floating_point(moment: Moment, covariances: np.ndarray | Sequence[GivenCovariance]) -> np.ndarray:
    """The same, with nan for every kernel whose rule does not settle in float64 (an exponential overflows), and closed
    forms as float64 gives them: at small kernels their terms may cancel.

    For searches over many kernels, where certified numbers one by one would take minutes. Raises PrecisionNotMet too
    where the closed form needs a function that float64 does not have (a sine times a step).
    """
    stack, parts = _read(moment, covariances)
    if not _has_pieces(parts):
        return _without_pieces(parts, stack, lambda _: float("nan"))
    result = np.full(len(stack), np.nan)
    if moment.size == 1 and _cancels(parts[0]):
        large = np.flatnonzero(stack[:, 0, 0] > SMALL)
        result[large] = _swept(parts, stack[large], lambda _: float("nan"))
    left = np.flatnonzero(np.isnan(result))
    if left.size:
        result[left] = _from_pieces(moment, parts, stack[left])
    return result


def _cancels(part: OneVariable) -> bool:
    """Whether the closed form has terms with exponentials that nearly cancel at large kernels, as
    e^{2K} − e^{2K} Φ(2√K) of exp(2z) below zero, and a rule stands in for it."""
    assert part.pieces is not None
    grows = any(shape.linear != 0 and shape.start is not None for shape, _ in part.pieces)
    return grows and not any(order for _, order, _ in part.deltas)


def _read(moment: Moment, covariances: np.ndarray | Sequence[GivenCovariance]) -> tuple[np.ndarray, list[OneVariable]]:
    parts = [
        one_variable(moment.factors_at(a), moment.power(a), moment.derivatives.count(a)) for a in range(moment.size)
    ]
    return check_stack(covariances, moment.size), parts


def _has_pieces(parts: list[OneVariable]) -> bool:
    return all(part.pieces is not None for part in parts)


def _from_pieces(moment: Moment, parts: list[OneVariable], stack: np.ndarray) -> np.ndarray:
    """The recursion of the closed form in arrays, singular covariances one by one."""
    entries = [[stack[:, a, b] for b in range(len(parts))] for a in range(len(parts))]
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        value = gaussian_integral(parts, entries, ArrayArithmetic())
    result = np.real(np.broadcast_to(value, stack.shape[:1])).astype(float)
    for k in np.flatnonzero(_singular(stack) | ~np.isfinite(result)):
        result[k] = float(_enclosed(moment, stack[k]))
    return result


def _without_pieces(
    parts: list[OneVariable], stack: np.ndarray, unsettled: Callable[[np.ndarray], float]
) -> np.ndarray:
    if any(part.deltas for part in parts) and len(parts) > 1:
        raise PrecisionNotMet("a delta function in several variables without closed form is not swept")
    if len(parts) > 2:
        raise PrecisionNotMet("sweeps without a closed form are limited to two variables; use evaluate")
    return _swept(parts, stack, unsettled)


def _enclosed(moment: Moment, matrix: np.ndarray) -> Value:
    return evaluate(moment, _exactly_singular(matrix), ENCLOSED_DIGITS)


def _singular(stack: np.ndarray) -> np.ndarray:
    """Zero variances, and pairs of correlation ±1 to rounding."""
    diagonal = np.diagonal(stack, axis1=1, axis2=2)
    bad = (diagonal <= 0).any(axis=1)
    if stack.shape[1] > 1:
        squares = diagonal[:, :, None] * diagonal[:, None, :]
        missing = squares - stack**2
        off = ~np.eye(stack.shape[1], dtype=bool)
        bad |= (missing[:, off] <= ROUNDING * squares[:, off]).any(axis=1)
    return np.asarray(bad)


def _exactly_singular(matrix: np.ndarray) -> list[list[Fraction]]:
    """The covariance as exact numbers; a pair whose correlation is ±1 up to rounding is made exactly so."""
    exact = [[Fraction(float(x)) for x in row] for row in matrix]
    if len(exact) == 2 and exact[0][0] > 0:
        missing = exact[0][0] * exact[1][1] - exact[0][1] ** 2
        if missing <= Fraction(ROUNDING) * exact[0][0] * exact[1][1]:
            exact[1][1] = exact[0][1] ** 2 / exact[0][0]
    return exact


def _swept(parts: list[OneVariable], stack: np.ndarray, unsettled: Callable[[np.ndarray], float]) -> np.ndarray:
    """Kernels of similar size together, each with only the points it needs; one by one where no rule settles."""
    widest = np.sqrt(np.max([stack[:, a, a] for a in range(len(parts))], axis=0, initial=0.0))
    result = np.zeros(len(stack))
    sizes = np.maximum(0, np.ceil(np.log(np.maximum(widest, 1e-300)) / np.log(1.5))).astype(int)
    for size in sorted(set(sizes.tolist())):
        members = np.flatnonzero(sizes == size)
        resolution = _sufficient(parts, stack[members], Resolution(1.5 ** float(size)))
        if resolution is None:
            for k in members:
                result[k] = unsettled(stack[k])
            continue
        for chosen, values in _chunks(parts, stack[members], resolution):
            result[members[chosen]] = values
    return result


def _chunks(parts: list[OneVariable], stack: np.ndarray, resolution: Resolution) -> Iterator[tuple[slice, np.ndarray]]:
    points = int(np.prod([resolution.count(part) for part in parts]))
    step = max(1, CHUNK // points)
    for k in range(0, len(stack), step):
        chosen = slice(k, k + step)
        yield chosen, _rule(parts, stack[chosen], resolution)


def _sufficient(parts: list[OneVariable], stack: np.ndarray, resolution: Resolution) -> Resolution | None:
    """A rule fine enough for the function at hand: refined until a finer one agrees on a sample, the most correlated
    and the smallest kernels included; None where none does."""
    chosen = stack[_extremes(stack)]
    coarse = np.concatenate([values for _, values in _chunks(parts, chosen, resolution)])
    sizes = _rule(parts, chosen, resolution, absolute=True)
    for _ in range(REFINEMENTS):
        fine = np.concatenate([values for _, values in _chunks(parts, chosen, resolution.finer)])
        if (np.abs(fine - coarse) <= AGREEMENT * np.maximum(np.abs(fine), CANCELLATION * sizes)).all():
            return resolution
        coarse, resolution = fine, resolution.finer
    return None


def _extremes(stack: np.ndarray) -> list[int]:
    """A few of the covariances: the smallest and largest variances, some between, the most and the least correlated."""
    if not len(stack):
        return []
    sample: set[int] = set()
    for a in range(stack.shape[1]):
        order = np.argsort(stack[:, a, a])
        sample |= {*order[[0, -1]], *order[:: max(1, len(order) // 4)]}
    for a in range(stack.shape[1]):
        for b in range(a):
            correlation = stack[:, a, b] ** 2 / np.maximum(stack[:, a, a] * stack[:, b, b], TINY)
            sample |= {*np.argsort(correlation)[[0, -1]]}
    return sorted(int(k) for k in sample)


@dataclass(frozen=True)
class Resolution:
    """How finely a group is sampled: ``spread`` its largest standard deviation, ``fineness`` 1 and up."""

    spread: float
    fineness: float = 1.0

    @property
    def finer(self) -> Resolution:
        """The next resolution to compare with."""
        return Resolution(self.spread, REFINEMENT * self.fineness)

    @property
    def wide(self) -> bool:
        """Features of order one near 0 are then narrow: panels shrink geometrically towards 0 and the kinks."""
        return self.spread > WIDE

    @property
    def panels(self) -> int:
        """Poles of tanh and its kin sit at distance of order one: panels in standard deviations shrink as K grows."""
        return ceil(self.fineness * (WIDE if self.wide else max(4, 4 * self.spread)))

    @property
    def points(self) -> int:
        """How many equidistant points the trapezoidal rule takes where nothing has a kink."""
        return ceil(72 * max(1.0, self.spread) * self.fineness)

    @property
    def ladder(self) -> np.ndarray:
        """Distances from a kink (or 0) at which panels of a wide group end."""
        if not self.wide:
            return np.zeros(0)
        steps = ceil(self.fineness * log2(8 * REACH * self.spread))
        return np.asarray(2.0 ** (np.arange(steps) / self.fineness) / 8)

    def centres(self, part: OneVariable) -> list[float]:
        """Where panels shrink: at the kinks, and at 0 for a wide group."""
        kinks = [float(branch.lower) for branch in part.branches[1:]]
        return sorted({0.0, *kinks}) if self.wide else kinks

    def count(self, part: OneVariable) -> int:
        """How many points the rule for ``part`` takes in all."""
        if len(part.branches) == 1 and not self.wide:
            return self.points
        return (self.panels + len(self.centres(part)) * (1 + 2 * len(self.ladder))) * LEGENDRE[0].size


def _rule(parts: list[OneVariable], stack: np.ndarray, resolution: Resolution, absolute: bool = False) -> np.ndarray:
    """⟨F⟩, or ⟨|F|⟩ of its regular part."""
    first = np.sqrt(stack[:, 0, 0])
    u, weight = _nodes(parts[0], np.zeros(first.shape), first, resolution)
    z = first[:, None] * u
    values = branch_values(parts[0].branches, z) * weight
    if absolute:
        values = np.abs(values)
    for point, order, coefficient in parts[0].deltas:
        if order:
            raise PrecisionNotMet("derivatives of delta functions without closed form are not swept; use evaluate")
        spread = np.maximum(first, 1e-300)
        height = np.exp(-((float(point) / spread) ** 2) / 2) / (np.sqrt(2 * np.pi) * spread)
        values = np.concatenate([values, (float(coefficient) * height)[:, None]], axis=1)
    if len(parts) == 1:
        return np.asarray(values.sum(axis=1))
    slope = np.divide(stack[:, 0, 1], stack[:, 0, 0], out=np.zeros(first.shape), where=stack[:, 0, 0] > 0)
    spread = np.sqrt(np.maximum(stack[:, 1, 1] - slope * stack[:, 0, 1], 0))
    centre = slope[:, None] * z
    deviation = np.broadcast_to(spread[:, None], centre.shape)
    v, inner = _nodes(parts[1], centre.reshape(-1), deviation.reshape(-1), resolution)
    w = centre.reshape(-1)[:, None] + deviation.reshape(-1)[:, None] * v
    inside = branch_values(parts[1].branches, w) * inner
    if absolute:
        inside = np.abs(inside)
    conditional = inside.sum(axis=1).reshape(centre.shape)
    return np.asarray((values * conditional).sum(axis=1))


def _nodes(
    part: OneVariable, centre: np.ndarray, deviation: np.ndarray, resolution: Resolution
) -> tuple[np.ndarray, np.ndarray]:
    """Nodes u (in standard deviations about the centre) and Gaussian weights, split at the kinks; shapes (points,
    nodes).
    """
    if (
        len(part.branches) == 1 and not resolution.wide
    ):  # smooth: the trapezoid rule converges geometrically, and its weights are shared
        grid = np.linspace(-REACH, REACH, resolution.points)
        weight = np.exp(-grid * grid / 2) / np.sqrt(2 * np.pi) * (grid[1] - grid[0])
        return grid[None, :], weight[None, :]
    edges = [np.full(centre.shape, e) for e in np.linspace(-REACH, REACH, resolution.panels + 1)]
    ladder = resolution.ladder
    for kink in resolution.centres(part):
        for point in [kink, *(kink + ladder), *(kink - ladder)]:
            place = np.divide(point - centre, deviation, out=np.zeros(centre.shape), where=np.asarray(deviation > 0))
            edges.append(np.clip(place, -REACH, REACH))
    table = np.sort(np.stack(edges, axis=-1), axis=-1)
    width = (table[..., 1:] - table[..., :-1])[..., None]
    u = (table[..., :-1, None] + width * (LEGENDRE[0] + 1) / 2).reshape(*centre.shape, -1)
    weights = (width * LEGENDRE[1] / 2 * np.ones(LEGENDRE[0].shape)).reshape(*centre.shape, -1)
    return u, weights * np.exp(-u * u / 2) / np.sqrt(2 * np.pi)
