"""The phase of networks with several kernels at given hyperparameters: as ``phases``, for the vector K' = F(K).

Kernels flow to K* from wherever they start: from many starts at once in double precision, then by Newton's method. With
J = ∂F/∂K at K* and J_perp = ∂K'[1,2]/∂K[1,2] there, perturbations of norms and of angles fall with the largest
eigenvalue of either. K[1,2] flows to c* K*, c* one vector as K* is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import mpmath
import numpy as np

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.criticality.interpolated import OnWindows
from ptheory.criticality.kernel_system import SECOND, Quantity
from ptheory.criticality.linear_recursions import AsymptoticFailure, Flow
from ptheory.criticality.phases import Phase, length_of
from ptheory.criticality.series import LogSeries, NoExpansion, exact, number_value, order_key
from ptheory.criticality.several_kernels import KernelMean, kernel_slope, pair_name, pair_slope
from ptheory.criticality.slow_direction import Kernels
from ptheory.recursion.means.mean import Mean

STARTS = np.logspace(-6, 6, 25)  # of all kernels in layer 1
LAYERS = 400
SMALLEST, LARGEST = 1e-40, 1e16  # beyond them kernels go to zero, or grow without end
SETTLED = 1e-6  # relative: what two layers differ by where Newton's method takes over
SAME = 1e-8  # relative: kernels nearer to each other are one
STEPS = 60
JUST_BELOW = 0.999  # of one: where correlations start
PAIR_LAYERS = 4000


@dataclass(frozen=True)
class PhaseOfKernels:
    """``phase``: with K* and c* of the first kernel; ``kernels``, ``correlations``: K* and c* of every one by its name,
    empty where there is no K*."""

    phase: Phase
    kernels: Mapping[str, mpmath.mpf]
    correlations: Mapping[str, mpmath.mpf]


def phase_of_kernels(kernels: Kernels, digits: int = 15) -> PhaseOfKernels:
    """The phase where all hyperparameters have values. Of several K* that attract the least is described.

    Raises AsymptoticFailure where no behaviour was found, and ExpectationError.
    """
    with mpmath.workdps(digits + 10):
        return _Phases(kernels, digits).phase()


class _Phases:
    def __init__(self, kernels: Kernels, digits: int) -> None:
        self._kernels, self._spec, self._system = kernels, kernels.spec, kernels.system
        self._names, self._digits = kernels.system.kernels, digits
        self._averages: dict[Mean, OnWindows] = {}

    def phase(self) -> PhaseOfKernels:
        ends = self._ends()
        attracting, others = self._attracting(ends), []
        at_zero = self._at_zero()
        grows = bool(np.any(ends >= LARGEST) or np.any(np.isnan(ends)))
        if attracting:
            star, *more = attracting
            others += [f"{self._names[0]} = {_shown(one[0])} attracts too" for one in more]
            if at_zero is not None:
                others.insert(0, "small kernels go to zero")
            if grows:
                others.append("large kernels explode")
            return self._at(star, "; ".join(others))
        if at_zero is not None:
            note = "large kernels explode" if grows else at_zero.note
            return PhaseOfKernels(replace(at_zero, note=note), {}, {})
        if grows:
            nan = mpmath.nan
            return PhaseOfKernels(Phase("explosion", mpmath.inf, nan, nan, nan, nan, nan), {}, {})
        raise AsymptoticFailure("no kernels were found that attract, nor that kernels go to zero or grow without end")

    # -- values -----------------------------------------------------------------------------------------------------
    def _number(self, atom: Atom) -> mpmath.mpf:
        value = number_value(exact(self._spec.scalar(atom, None, {})))
        return mpmath.mpf(value)

    def _value(self, polynomial: Polynomial, at: Mapping[str, mpmath.mpf]) -> mpmath.mpf:
        """At kernels, and kernels at two inputs, by their names."""

        def base(atom: Atom) -> mpmath.mpf:
            if isinstance(atom, KernelMean):
                norm, pair = at[atom.kernel], at.get(pair_name(atom.kernel))
                kernel = ((norm, pair), (pair, norm)) if atom.mean.variables[-1] == SECOND else norm
                return self._spec.value(Polynomial.atom(atom.mean), kernel, {}, self._digits)
            if isinstance(atom, Quantity):
                return at[atom.name]
            return self._number(atom)

        return polynomial.evaluate(base, lambda c: mpmath.mpf(c.numerator) / c.denominator)

    def _average(self, mean: Mean) -> OnWindows:
        if mean not in self._averages:
            self._averages[mean] = OnWindows(partial(self._spec.average_on, mean))
        return self._averages[mean]

    def _on_starts(self, polynomial: Polynomial, at: Mapping[str, np.ndarray]) -> np.ndarray:
        def base(atom: Atom) -> np.ndarray:
            if isinstance(atom, KernelMean):
                kernels = at[atom.kernel]
                if atom.mean.variables[-1] == SECOND:
                    pairs = at[pair_name(atom.kernel)]
                    matrices = np.stack([np.stack([kernels, pairs], -1), np.stack([pairs, kernels], -1)], -1)
                    return self._spec.grid_of_pairs(Polynomial.atom(atom.mean), matrices, {})
                return self._average(atom.mean).on(kernels)
            if isinstance(atom, Quantity):
                return at[atom.name]
            return np.asarray(float(self._number(atom)))

        found: np.ndarray = polynomial.evaluate(base, lambda c: np.asarray(float(c)))
        return found

    # -- norms ------------------------------------------------------------------------------------------------------
    def _ends(self) -> np.ndarray:
        """The kernels, by row, that the starts, by column, come to."""
        state = np.tile(STARTS, (len(self._names), 1))
        with np.errstate(all="ignore"):
            for _ in range(LAYERS):
                usable = np.clip(state, SMALLEST, LARGEST)
                at = dict(zip(self._names, usable, strict=True))
                after = np.array([np.broadcast_to(self._on_starts(m, at), STARTS.shape) for m in self._system.maps])
                moves = np.abs(after - usable) > 1e-14 * usable
                inside = (usable > SMALLEST) & (usable < LARGEST)
                state = np.where(np.any(inside, axis=0), after, state)
                if not np.any(moves & np.any(inside, axis=0)):
                    break
        return state

    @cached_property
    def _slopes(self) -> list[list[Polynomial]]:
        return [[kernel_slope(right, name) for name in self._names] for right in self._system.maps]

    def _attracting(self, ends: np.ndarray) -> list[list[mpmath.mpf]]:
        """Every K* > 0 that starts come to and that attracts, the least first."""
        found: list[list[mpmath.mpf]] = []
        for column in ends.T:
            if not np.all(np.isfinite(column)) or np.any(column <= SMALLEST) or np.any(column >= LARGEST):
                continue
            star = self._newton([mpmath.mpf(float(value)) for value in column])
            if star is None or any(_near(star, other) for other in found):
                continue
            if self._radius(self._slopes, dict(zip(self._names, star, strict=True))) < 1:
                found.append(star)
        return sorted(found, key=lambda star: star[0])

    def _newton(self, star: list[mpmath.mpf]) -> list[mpmath.mpf] | None:
        """K with F(K) = K near a start; None where there is none near."""
        start = star
        for _ in range(STEPS):
            at = dict(zip(self._names, star, strict=True))
            gap = mpmath.matrix(
                [self._value(m, at) - at[n] for m, n in zip(self._system.maps, self._names, strict=True)]
            )
            if max(abs(g) / k for g, k in zip(gap, star, strict=True)) < mpmath.mpf(10) ** (-self._digits - 2):
                return star
            jacobian = self._matrix(self._slopes, at) - mpmath.eye(len(star))
            if not mpmath.det(jacobian):
                return None
            step = mpmath.lu_solve(jacobian, -gap)
            star = [k + s for k, s in zip(star, step, strict=True)]
            if any(not 0.1 < k / s < 10 for k, s in zip(star, start, strict=True)):
                return None
        return None

    def _matrix(self, rows: Sequence[Sequence[Polynomial]], at: Mapping[str, mpmath.mpf]) -> mpmath.matrix:
        return mpmath.matrix([[self._value(entry, at) for entry in row] for row in rows])

    def _radius(self, rows: Sequence[Sequence[Polynomial]], at: Mapping[str, mpmath.mpf]) -> mpmath.mpf:
        return largest_eigenvalue(self._matrix(rows, at))

    # -- at K* ------------------------------------------------------------------------------------------------------
    def _at(self, star: Sequence[mpmath.mpf], note: str) -> PhaseOfKernels:
        at = dict(zip(self._names, star, strict=True))
        parallel, perpendicular = self._radius(self._slopes, at), self._radius(self._system.perpendicular, at)
        one = mpmath.mpf(1)
        correlations, response = dict.fromkeys(self._names, one), perpendicular
        if abs(perpendicular - 1) < mpmath.mpf(10) ** (-self._digits + 4):
            name, response = "edge", one
        elif perpendicular < 1:
            name = "ordered"
        else:
            name = "chaotic"
            correlations, response = self._correlations(at)
        found = Phase(
            name, star[0], parallel, perpendicular, correlations[self._names[0]], length_of(parallel),
            length_of(response), note,
        )  # fmt: skip
        return PhaseOfKernels(found, at, correlations)

    def _correlations(self, at: Mapping[str, mpmath.mpf]) -> tuple[dict[str, mpmath.mpf], mpmath.mpf]:
        """c* of every kernel, the nearest below one, and the factor with which correlations come to it."""
        pairs = self._pairs_in_doubles({name: float(value) for name, value in at.items()})
        slopes = [[pair_slope(right, name) for name in self._names] for right in self._system.pairs]
        for _ in range(STEPS):
            here = {**at, **{pair_name(n): p for n, p in zip(self._names, pairs, strict=True)}}
            gap = mpmath.matrix([self._value(m, here) - p for m, p in zip(self._system.pairs, pairs, strict=True)])
            jacobian = self._matrix(slopes, here)
            if max(abs(g) / at[n] for g, n in zip(gap, self._names, strict=True)) < mpmath.mpf(10) ** -self._digits:
                found = {n: p / at[n] for n, p in zip(self._names, pairs, strict=True)}
                return found, largest_eigenvalue(jacobian)
            moved = jacobian - mpmath.eye(len(pairs))
            if not mpmath.det(moved):
                break
            step = mpmath.lu_solve(moved, -gap)
            pairs = [p + s for p, s in zip(pairs, step, strict=True)]
        raise AsymptoticFailure("the correlations that inputs come to were not found")

    def _pairs_in_doubles(self, at: Mapping[str, float]) -> list[mpmath.mpf]:
        norms = {name: np.array([value]) for name, value in at.items()}
        state = [np.array([JUST_BELOW * at[name]]) for name in self._names]
        for _ in range(PAIR_LAYERS):
            here = {**norms, **{pair_name(n): p for n, p in zip(self._names, state, strict=True)}}
            after = [np.broadcast_to(self._on_starts(m, here), (1,)) for m in self._system.pairs]
            moved = max(abs(float(b[0] - a[0])) / at[n] for a, b, n in zip(state, after, self._names, strict=True))
            state = after
            if moved < SETTLED:
                break
        return [mpmath.mpf(float(value[0])) for value in state]

    # -- at zero ----------------------------------------------------------------------------------------------------
    def _at_zero(self) -> Phase | None:
        """Collapse, the edge, or a line of fixed points, where kernels near zero stay near it; None where not."""
        try:
            values, matrix = self._kernels.at_zero()
        except NoExpansion:
            return None
        if any(order_key(value) for value in values):
            return None
        parallel = largest_eigenvalue(_numbers(matrix.tolist()))
        if abs(parallel - 1) < SAME:
            return self._slowly_at_zero()
        if parallel > 1:
            return None
        across = [[self._kernels.constant(entry) for entry in row] for row in self._system.perpendicular]
        perpendicular = largest_eigenvalue(_numbers(across))
        lengths = length_of(parallel), length_of(perpendicular)
        return Phase("collapse", mpmath.mpf(0), parallel, perpendicular, mpmath.nan, *lengths)

    def _slowly_at_zero(self) -> Phase | None:
        _, flow = self._kernels.curve(2)
        drift = flow - LogSeries.power(1)
        one, known = mpmath.mpf(1), drift.truncation is None
        if not drift.terms and known:
            return Phase("edge", None, one, one, mpmath.nan, mpmath.inf, mpmath.inf, "every kernel is fixed")
        if not drift.terms or order_key(Flow(flow).c) > 0:
            return None
        note = "the kernels go to zero as a power of the depth"
        return Phase("edge", mpmath.mpf(0), one, one, mpmath.nan, mpmath.inf, mpmath.inf, note)


def largest_eigenvalue(matrix: mpmath.matrix) -> mpmath.mpf:
    """The modulus of the largest; zero of a matrix of zeros."""
    if matrix.rows == 1:
        return abs(matrix[0, 0])
    values, _ = mpmath.eig(matrix)
    return max(abs(value) for value in values)


def _numbers(rows: Sequence[Sequence[object]]) -> mpmath.matrix:
    return mpmath.matrix([[mpmath.mpf(number_value(exact(entry))) for entry in row] for row in rows])


def _near(left: Sequence[mpmath.mpf], right: Sequence[mpmath.mpf]) -> bool:
    return all(abs(a - b) < SAME * b for a, b in zip(left, right, strict=True))


def _shown(kernel: mpmath.mpf) -> str:
    return str(mpmath.nstr(kernel, 8)).removesuffix(".0")
