"""The map of correlations at a kernel that stays: c' = F(c) = f12(K, K, c K)/K, its fixed points, what flows to them.

F(1) = 1 always, F(-1) = -1 where the recursions are odd. With lambda = dF/dc at c*, correlations nearby flow to it as
lambda^l; next to one on the edge of chaos, where lambda = 1, by the power of the depth of ``edge.angle_approach``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import mpmath
import numpy as np
import sympy as sp

from ptheory.algebra.polynomial import Atom
from ptheory.criticality.edge import AngleApproach, angle_approach, slope_jump_strength
from ptheory.criticality.kernel_system import at_coincidence, pair_derivative
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.expectations import ExpectationError, covariance_symbol

C = sp.Symbol("c", real=True)
DIGITS = 20
POINTS = 200  # of the grid in theta, c = cos(theta), on which fixed points are searched
NOISE = 1e-11  # |F(c) - c| below which doubles say nothing of its sign
CLOSE, DERIVATIVES = mpmath.mpf(10) ** -3, 8  # 1 - c below which F is expanded about one, and how far
LONGEST = 120  # characters of a closed form with its numbers
NEXT_TO_ONE = mpmath.mpf(10) ** -8  # 1 - c up to which a fixed point next to one is told apart from one
SAME = mpmath.mpf(10) ** -12


@dataclass(frozen=True)
class FixedCorrelation:
    """F(c) = c with ``slope`` dF/dc, ``stability`` "stable" or "unstable"; ``law``: how c closes on one on the edge."""

    correlation: mpmath.mpf
    slope: mpmath.mpf
    stability: str
    law: AngleApproach | None = None

    @property
    def length(self) -> mpmath.mpf:
        """xi_c = -1/log |slope|: infinite at one, zero where correlations arrive faster than exponentially."""
        size = abs(self.slope)
        return mpmath.inf if size == 1 else -1 / mpmath.log(size) if size else mpmath.mpf(0)


@dataclass(frozen=True)
class AngleMap:
    """``kernel``: K*, or 1 where every kernel stays and the map does not depend on it; a Float where it is no more than
    a decimal."""

    spec: SpecialisedSystem
    hyper: Mapping[Atom, sp.Expr]
    kernel: sp.Expr

    def __call__(self, c: mpmath.mpf) -> mpmath.mpf:
        """F(c) to some 20 digits."""
        if c == 1:
            return c
        expanded = self._expanded(1 - c)
        if expanded is not None:
            return expanded
        with mpmath.workdps(DIGITS + 10):
            moved = self.spec.value(self.spec.system.pair, self._covariance(c), self.hyper, DIGITS + 2) / self._size
            return max(min(moved, mpmath.mpf(1)), mpmath.mpf(-1))

    def _expanded(self, distance: mpmath.mpf) -> mpmath.mpf | None:
        """F(1 - distance) by its derivatives at one, where these give all digits; None elsewhere."""
        if not distance < CLOSE:
            return None
        with mpmath.workdps(DIGITS + 10):
            terms = [value * (-distance) ** k / mpmath.factorial(k) for k, value in enumerate(self._at_coincidence, 1)]
            if not terms or abs(terms[-1]) > distance * mpmath.mpf(10) ** -DIGITS:
                return None
            return 1 + mpmath.fsum(terms)

    @cached_property
    def _at_coincidence(self) -> list[mpmath.mpf]:
        """d^k F/dc^k at c = 1, k = 1, 2, ...; none where they diverge, as at kinks."""
        slope, found = self.spec.system.pair, []
        for k in range(1, DERIVATIVES + 1):
            slope = pair_derivative(slope)
            try:
                value = self.spec.value(at_coincidence(slope), self._size, self.hyper, DIGITS + 5)
            except ExpectationError:
                return []
            found.append(value * self._size ** (k - 1))
        return found

    def slope(self, c: mpmath.mpf) -> mpmath.mpf:
        """dF/dc; infinite where the function itself jumps and c = 1."""
        with mpmath.workdps(DIGITS + 10):
            try:
                return self.spec.value(
                    pair_derivative(self.spec.system.pair), self._covariance(c), self.hyper, DIGITS + 2
                )
            except ExpectationError:
                if abs(c) == 1:
                    return mpmath.inf
                raise

    @cached_property
    def _size(self) -> mpmath.mpf:
        return mpmath.mpf(sp.N(self.kernel, DIGITS + 10)._to_mpmath(int((DIGITS + 10) * 3.33)))

    def _covariance(self, c: mpmath.mpf) -> tuple[tuple[mpmath.mpf, ...], ...]:
        return ((self._size, c * self._size), (c * self._size, self._size))

    @property
    def is_exact(self) -> bool:
        """Whether K* and the variances are known exactly."""
        return not any(value.has(sp.Float) for value in (self.kernel, *self.hyper.values()))

    @cached_property
    def form(self) -> sp.Expr | None:
        """F in closed form in c; in K and the variances as symbols where these are decimals, or long. None where it has
        none."""
        exact = self._exact_form
        if exact is not None and len(str(exact)) <= LONGEST:
            return exact
        values = {atom: sp.Symbol(str(atom), nonnegative=True) for atom in self.hyper}
        return self._form(sp.Symbol(self.spec.system.kernel_name, positive=True), values)

    @cached_property
    def _exact_form(self) -> sp.Expr | None:
        return self._form(self.kernel, self.hyper) if self.is_exact else None

    def _form(self, size: sp.Expr, hyper: Mapping[Atom, sp.Expr]) -> sp.Expr | None:
        form = self.spec.closed_form(self.spec.system.pair, hyper)
        if form is None:
            return None
        entries = {covariance_symbol(0, 0): size, covariance_symbol(1, 1): size, covariance_symbol(0, 1): C * size}
        return sp.simplify(form.subs(entries, simultaneous=True) / size)

    @cached_property
    def is_identity(self) -> bool:
        """Whether every correlation stays, exactly."""
        return self._exact_form is not None and sp.simplify(self._exact_form - C) == 0

    # ---- fixed points -----------------------------------------------------------------------------------------

    def fixed(self) -> tuple[FixedCorrelation, ...]:
        """Those found between -1 and 1, in increasing order; none where every correlation stays.

        Searched where F(c) - c changes its sign on a grid. Raises AsymptoticFailure where it is not known how
        correlations next to one move.
        """
        if self.is_identity:
            return ()
        with mpmath.workdps(DIGITS + 10):
            inside = [self._fixed_inside(c) for c in self._roots()]
            ends = [self._at_minus_one(), self._at_one]
            found = [*inside, *(end for end in ends if end is not None)]
            return tuple(sorted(found, key=lambda one: one.correlation))

    def _fixed_inside(self, c: mpmath.mpf) -> FixedCorrelation:
        slope = self.slope(c)
        return FixedCorrelation(c, slope, "stable" if abs(slope) < 1 else "unstable")

    def _at_minus_one(self) -> FixedCorrelation | None:
        """Odd recursions: what holds at one holds at minus one."""
        end = mpmath.mpf(-1)
        if abs(self(end) + 1) > SAME:
            return None
        slope, there = self.slope(end), self._at_one
        opposite = there if abs(slope - there.slope) < SAME else None
        if opposite is not None:
            return FixedCorrelation(end, opposite.slope, opposite.stability, opposite.law)
        return FixedCorrelation(end, slope, "stable" if abs(slope) < 1 else "unstable")

    @cached_property
    def _at_one(self) -> FixedCorrelation:
        one, slope = mpmath.mpf(1), self.slope(mpmath.mpf(1))
        if abs(slope - 1) > SAME:
            return FixedCorrelation(one, slope, "stable" if abs(slope) < 1 else "unstable")
        law = angle_approach(self.spec, self.hyper, self.kernel)
        if not mpmath.isfinite(law.amplitude):
            raise AsymptoticFailure("1 - c moves in no order up to the second")
        return FixedCorrelation(one, one, "stable" if law.amplitude > 0 else "unstable", law)

    def _roots(self) -> Iterator[mpmath.mpf]:
        """Where F(c) - c changes its sign between -1 and 1."""
        for low, high in self._brackets():
            root = mpmath.findroot(lambda c: self(c) - c, (low, high), solver="anderson", tol=SAME**2, verify=False)
            yield root if abs(root) > SAME or abs(self(mpmath.mpf(0))) > SAME else mpmath.mpf(0)

    def _brackets(self) -> Iterator[tuple[mpmath.mpf, mpmath.mpf]]:
        theta = np.linspace(np.pi, 0, POINTS + 2)[1:-1]
        grid = np.cos(theta)
        size = float(self._size)
        full = np.full_like(grid, size)
        covariances = np.array([[full, grid * size], [grid * size, full]]).transpose(2, 0, 1)
        numbers = {atom: float(value) for atom, value in self.hyper.items()}
        gaps = self.spec.grid_of_pairs(self.spec.system.pair, covariances, numbers) / size - grid
        known = [(mpmath.mpf(float(c)), int(np.sign(g))) for c, g in zip(grid, gaps, strict=True) if abs(g) > NOISE]
        for (low, before), (high, after) in pairwise([*known, *self._next_to_one()]):
            if before != after:
                yield low, high

    def _next_to_one(self) -> list[tuple[mpmath.mpf, int]]:
        """The sign of F(c) - c just below one: towards it where one is stable."""
        return [(1 - NEXT_TO_ONE, 1 if self._at_one.stability == "stable" else -1)]

    # ---- how they are reached ---------------------------------------------------------------------------------

    def half_powers(self, at: FixedCorrelation) -> bool:
        """Whether F has a (1 - c)^(3/2) at c* = 1 (or -1), as where a slope jumps."""
        if abs(at.correlation) != 1:
            return False
        try:
            return bool(slope_jump_strength(self.spec, self.hyper, self.kernel, DIGITS) != 0)
        except AsymptoticFailure:
            return True
