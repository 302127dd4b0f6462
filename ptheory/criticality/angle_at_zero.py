"""Correlations where kernels go to zero as a power of the depth (K* = 0): c' = c + sum_i g_i(c) x^i, x = K^(1/2).

The g are those of ``pair_series``: polynomials in c where sigma is smooth at zero, i even, with square roots and asin
where a derivative jumps there. With K' = K - a K^(1+q), K ~ (q a l)^(-1/q), and g_i the first that does not vanish,
m = i/2 decides:

    m > q    the sum over layers converges: c -> c_oo, which depends on the start; c - c_oo ~ gamma(c_oo) K^(m-q)
    m = q    c flows to a zero of g as a power of the depth
    m < q    the same, as a stretched exponential
    m = 0    the slope of sigma jumps at zero: c -> 1, (1 - c)' = (1 - c) (1 + e x^i) - b (1 - c)^(3/2), e > 0

For a smooth sigma with sigma(0) = 0 and sigma'' (0) != 0, g_2 ~ (1 - c)(1 - 2 c); for an odd one g_2 = 0. Where sigma''
jumps at zero q = 1/2 and g_1 = 0: every angle survives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import mpmath
import sympy as sp

from ptheory.algebra.polynomial import Atom
from ptheory.criticality.angle_map import C
from ptheory.criticality.angle_offsets import Offsets, at_correlation
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.pair_series import ENDS, OfCorrelation, pair_series
from ptheory.criticality.series import is_zero
from ptheory.criticality.specialised import SpecialisedSystem

ORDER = 12  # of the series in x
WITH_KINKS = 10  # where coefficients are no polynomials
POINTS = 200  # of the grid on which zeros of what is no polynomial are searched
NOISE = mpmath.mpf(10) ** -12
HALF = sp.Rational(1, 2)


@dataclass(frozen=True)
class Tending:
    """c - ``correlation`` -> ``amplitude`` * l^(-``power``); ``amplitude`` None where it depends on the start.

    ``correlation``: C itself where every c_oo is one. With a ``rate``, c - c* falls as exp(-rate l^power) instead.
    """

    correlation: sp.Expr
    stability: str
    power: sp.Expr
    amplitude: sp.Expr | None = None
    log: bool = False
    rate: sp.Expr | None = None


@dataclass(frozen=True)
class SmallKernelAngles:
    """The series of K' and of c' as K -> 0 at the variances given, which make K* = 0 critical."""

    spec: SpecialisedSystem
    hyper: Mapping[Atom, sp.Expr]

    @cached_property
    def _pair(self) -> list[OfCorrelation]:
        """K12'/K, as far as it is used."""
        known = pair_series(self.spec, self.hyper, ORDER)
        return known if all(one.value.is_polynomial(C) for one in known) else known[: WITH_KINKS + 1]

    @cached_property
    def kernel(self) -> list[sp.Expr]:
        """K'/K: the coefficients of 1, x, x^2, ..."""
        return [sp.expand(one.value.subs(C, 1)) for one in self._pair]

    @cached_property
    def slowing(self) -> tuple[int, sp.Expr]:
        """(2 q, a) of K' = K - a K^(1+q) + ..."""
        if not is_zero(self.kernel[0] - 1):
            raise AsymptoticFailure("K' is not K at small K")
        powers = [i for i, value in enumerate(self.kernel) if i and not is_zero(value)]
        if not powers:
            raise AsymptoticFailure("K' is K, and angles stay, to every order in K: they move beyond all orders")
        return powers[0], -self.kernel[powers[0]]

    @cached_property
    def drifts(self) -> dict[int, OfCorrelation]:
        """i -> g_i(c), c' = c + sum g_i x^i; those that do not vanish."""
        minus = OfCorrelation(-C, (sp.Integer(-1), sp.Integer(-1)))
        above = [one + minus.times(self.kernel[i]) for i, one in enumerate(self._pair)]
        found: list[OfCorrelation] = []
        for i, one in enumerate(above):  # the quotient by K'/K = 1 + O(x)
            for j, earlier in enumerate(found):
                one = one + earlier.times(-self.kernel[i - j])
            found.append(one.expanded())
        return {i: one for i, one in enumerate(found) if not is_zero(one.value)}

    # ---- what follows -----------------------------------------------------------------------------------------

    @property
    def keeps_every_angle(self) -> bool:
        """Whether c' = c to every order known."""
        return not self.drifts

    def tending(self) -> tuple[Tending, ...]:
        """What correlations tend to as l -> infinity, in increasing order; for m > q one entry, for every c_oo."""
        q, a = self.slowing
        if self.keeps_every_angle:
            return ()
        m = min(self.drifts)
        drift = self.drifts[m]
        if not m:
            return (self._closing(drift),)
        if m > q:
            offset = sp.factor(-drift.value / (sp.Rational(m - q, 2) * a))
            amplitude = offset * self._scale ** sp.Rational(m - q, q)
            return (Tending(C, "stable", sp.Rational(m - q, q), sp.simplify(amplitude)),)
        return tuple(self._at_root(root, m, drift) for root in _roots(drift))

    @cached_property
    def _scale(self) -> sp.Expr:
        """K^q ~ scale/l."""
        q, a = self.slowing
        return 1 / (q * HALF * a)

    def _at_root(self, root: sp.Expr, m: int, drift: OfCorrelation) -> Tending:
        q, _ = self.slowing
        slope = _slope(drift, root)
        if slope == 0:
            raise AsymptoticFailure(f"c = {root} is a double zero of what moves angles at small K")
        stability = "stable" if slope < 0 else "unstable"
        if m < q:
            power = 1 - sp.Rational(m, q)
            rate = sp.simplify(-slope * self._scale ** sp.Rational(m, q) / power)
            return Tending(root, stability, power, rate=rate)
        power = sp.simplify(-slope * self._scale)
        if stability == "unstable" or abs(root) == 1:
            return Tending(root, stability, power)
        return self._driven(root, m, slope, power)

    def _driven(self, root: sp.Expr, m: int, slope: sp.Expr, power: sp.Expr) -> Tending:
        """The slower of l^(-power) and of c* + s x^j, by which the next g that does not vanish at c* moves c*:
        -(j/2) a s = slope s + g_(m+j)(c*)."""
        q, a = self.slowing
        for j in range(1, len(self.kernel) - m):
            later = self.drifts.get(m + j)
            push = sp.Integer(0) if later is None else sp.simplify(later.value.subs(C, root))
            moved = sp.Rational(j, q)
            if power < moved:
                break
            if push != 0:
                if power == moved:
                    return Tending(root, "stable", moved, log=True)
                shift = push / (-j * HALF * a - slope) * self._scale**moved
                return Tending(root, "stable", moved, sp.simplify(shift))
        else:
            raise AsymptoticFailure(f"how c = {root} is approached is decided beyond K^{(len(self.kernel) - 1) // 2}")
        return Tending(root, "stable", power)

    def _closing(self, drift: OfCorrelation) -> Tending:
        """c -> 1 where the slope jumps: b (1 - c)^(3/2) against e x^i (1 - c), K^q ~ scale/l."""
        q, _ = self.slowing
        if not is_zero(drift.slopes[0]) or not drift.bend > 0 or _roots_inside(drift):
            raise AsymptoticFailure(
                "inputs at the smallest norms do not merge as those of a function whose slope jumps"
            )
        one, two = sp.Integer(1), sp.Integer(2)
        first = next((i for i in sorted(self.drifts) if i and not is_zero(self.drifts[i].slopes[0])), None)
        if first is None or first > q:
            return Tending(one, "stable", two, sp.simplify(-4 / drift.bend**2))
        growth = self.drifts[first].slopes[0] * self._scale ** sp.Rational(first, q)  # e x^i ~ growth l^(-i/2q)
        if growth < 0:
            raise AsymptoticFailure("inputs merge faster than their norms at coincidence, beside the kink at zero")
        rest = 2 + growth if first == q else growth  # with 1 - c = A l^-2: -2 = growth - b A^(1/2)
        return Tending(one, "stable", 2 * sp.Rational(first, q), sp.simplify(-((rest / drift.bend) ** 2)))

    # ---- where a start goes -----------------------------------------------------------------------------------

    @cached_property
    def _offsets(self) -> Offsets:
        q, a = self.slowing
        return Offsets(q, a, self.kernel, {i: one.value for i, one in self.drifts.items()})

    def limit(self, kernel: mpmath.mpf, c: mpmath.mpf) -> mpmath.mpf | None:
        """c_oo of a start that is at ``c`` where the kernel is ``kernel``, for m > q; None where the series does not
        give it to nine digits there."""
        return self._offsets.limit(kernel, c)


def _roots(drift: OfCorrelation) -> list[sp.Expr]:
    """Its zeros between -1 and 1, in increasing order; decimals where it is no polynomial."""
    if drift.value.is_polynomial(C):
        roots = sp.real_roots(sp.Poly(drift.value, C))
        return [root for root in dict.fromkeys(roots) if -1 <= root <= 1]
    low, high = (sp.Integer(end) for end in reversed(ENDS))
    found = [sp.Float(root, 20) for root in _roots_inside(drift)]
    at_ends = {end: is_zero(sp.simplify(drift.value.subs(C, end))) for end in (low, high)}
    return [*([low] if at_ends[low] else []), *found, *([high] if at_ends[high] else [])]


def _roots_inside(drift: OfCorrelation) -> list[mpmath.mpf]:
    """Where it changes its sign between -1 and 1, on a grid."""
    value = at_correlation(drift.value)
    with mpmath.workdps(30):
        grid = [mpmath.cos(mpmath.pi * k / (POINTS + 1)) for k in range(POINTS, 0, -1)]
        known = [(c, at) for c in grid if abs(at := value(c)) > NOISE]
        between = [(low, high) for (low, f), (high, g) in pairwise(known) if f * g < 0]
        return [mpmath.findroot(value, pair, solver="anderson") for pair in between]


def _slope(drift: OfCorrelation, root: sp.Expr) -> sp.Expr:
    if root in ENDS:
        return sp.simplify(drift.slopes[ENDS.index(int(root))])
    return sp.simplify(sp.diff(drift.value, C).subs(C, root))
