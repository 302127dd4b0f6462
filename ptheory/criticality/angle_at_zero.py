"""Correlations where kernels go to zero as a power of the depth (K* = 0): c' = c + g_m(c) K^m + g_(m+1)(c) K^(m+1) ...

At small K, f12 at K12 = c K is a series in K whose coefficients are polynomials in c: f12 is expanded in K12 about
zero, where averages over two inputs factorise, (d/dK12)^k <F(z1) G(z2)> = <F^(k)> <G^(k)>. With K' = K - a K^(1+q),
K ~ (q a l)^(-1/q), the first g that does not vanish decides:

    m > q    the sum over layers converges: c -> c_oo, which depends on the start; c - c_oo ~ gamma(c_oo) K^(m-q)
    m = q    c flows to a zero of g_m as a power of the depth
    m < q    the same, as a stretched exponential

For a smooth sigma with sigma(0) = 0 and sigma'' (0) != 0, g_1 ~ (1 - c)(1 - 2 c); for an odd one g_1 = 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import mpmath
import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.criticality.angle_map import C
from ptheory.criticality.kernel_system import FIRST, PAIR, Quantity, expanded, pair_derivative
from ptheory.criticality.linear_recursions import AsymptoticFailure
from ptheory.criticality.series import LogSeries, NoExpansion, is_zero
from ptheory.criticality.specialised import K, SpecialisedSystem
from ptheory.expectations import ExpectationError
from ptheory.recursion.means.mean import Factors, Mean

ORDER = 6  # of the series in K
AGREEING = mpmath.mpf(10) ** -9


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
    def kernel(self) -> dict[int, sp.Expr]:
        """K' in powers of K. Raises AsymptoticFailure where it has others."""
        return _whole_powers(self._series(self.spec.system.kernel))

    @cached_property
    def slowing(self) -> tuple[int, sp.Expr]:
        """(q, a) of K' = K - a K^(1+q) + ..."""
        power = min(p for p, value in self.kernel.items() if p > 1 and not is_zero(value))
        return power - 1, -self.kernel[power]

    @cached_property
    def drifts(self) -> dict[int, sp.Expr]:
        """m -> g_m(c), through K^ORDER."""
        x = K
        slope, at_zero = self.spec.system.pair, dict[int, sp.Expr]()
        for k in range(ORDER + 2):
            term = self._at_zero(slope)
            for power, value in _whole_powers(term).items():
                if power + k <= ORDER + 1:
                    at_zero[power + k] = at_zero.get(power + k, sp.Integer(0)) + value * C**k / sp.factorial(k)
            slope = pair_derivative(slope)
        above = sum((sp.expand(v) * x ** (p - 1) for p, v in at_zero.items()), sp.Integer(0))
        below = sum((v * x ** (p - 1) for p, v in self.kernel.items() if p <= ORDER + 1), sp.Integer(0))
        return {m: g for m, g in _quotient(above - C * below, below).items() if not is_zero(g)}

    def _at_zero(self, polynomial: Polynomial) -> LogSeries:
        """The polynomial of two inputs at K12 = 0: each average is a product of one over each input."""

        def split(atom: Atom) -> Polynomial | None:
            if atom == Quantity(PAIR):
                return Polynomial()
            if not isinstance(atom, Mean):
                return None
            first = tuple((f, e) for f, e in atom.factors if f.leg == FIRST)
            second = tuple((f, e) for f, e in atom.factors if f.leg != FIRST)
            return _mean(first) * _mean(second)

        return self._series(expanded(polynomial).map_atoms(split))

    def _series(self, polynomial: Polynomial) -> LogSeries:
        try:
            return self.spec.series(polynomial, self.hyper, ORDER + 1)
        except (NoExpansion, ExpectationError) as error:
            raise AsymptoticFailure(f"angles at small K have no series in K: {error}") from error

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
        scale = 1 / (q * a)  # K^q ~ scale/l
        if m > q:
            amplitude = sp.factor(self.offsets[m - q]) * scale ** sp.Rational(m - q, q)
            return (Tending(C, "stable", sp.Rational(m - q, q), sp.simplify(amplitude)),)
        drift = sp.Poly(sp.expand(self.drifts[m]), C)
        roots = [root for root in sp.real_roots(drift) if -1 <= root <= 1]
        return tuple(self._at_root(root, m, drift) for root in dict.fromkeys(roots))

    def _at_root(self, root: sp.Expr, m: int, drift: sp.Poly) -> Tending:
        q, a = self.slowing
        slope = sp.simplify(drift.diff(C).as_expr().subs(C, root))
        if slope == 0:
            raise AsymptoticFailure(f"c = {root} is a double zero of what moves angles at small K")
        stability = "stable" if slope < 0 else "unstable"
        scale = 1 / (q * a)
        if m < q:
            power = 1 - sp.Rational(m, q)
            return Tending(root, stability, power, rate=sp.simplify(-slope * scale ** sp.Rational(m, q) / power))
        power = sp.simplify(-slope * scale)
        if stability == "unstable" or abs(root) == 1:
            return Tending(root, stability, power)
        return self._driven(root, m, slope, power)

    def _driven(self, root: sp.Expr, m: int, slope: sp.Expr, power: sp.Expr) -> Tending:
        """The slower of l^(-power) and of c* + s K^j, by which the next g that does not vanish at c* moves c*:
        -j a s = slope s + g_(m+j)(c*)."""
        q, a = self.slowing
        for j in range(1, ORDER + 1 - m):
            push = sp.simplify(self.drifts.get(m + j, sp.Integer(0)).subs(C, root))
            later = sp.Rational(j, q)
            if power < later:
                break
            if push != 0:
                if power == later:
                    return Tending(root, "stable", later, log=True)
                shift = push / (-j * a - slope) * (1 / (q * a)) ** later
                return Tending(root, "stable", later, sp.simplify(shift))
        else:
            raise AsymptoticFailure(f"how c = {root} is approached is decided beyond K^{ORDER}")
        return Tending(root, "stable", power)

    @cached_property
    def offsets(self) -> dict[int, sp.Expr]:
        """j -> gamma_j(c_oo) of c = c_oo + sum_j gamma_j K^j, from c(K') = c'(c, K) order by order; for m > q."""
        q, a = self.slowing
        kernel = [sp.Poly(self.kernel.get(power, 0), C) for power in range(ORDER + 1)]
        raised = _powers(kernel, ORDER)
        drifts = {m: sp.Poly(g, C).all_coeffs()[::-1] for m, g in self.drifts.items()}
        path = [sp.Poly(C, C)]
        for j in range(1, ORDER + 1 - q):
            order = j + q
            highest = max(len(coefficients) for coefficients in drifts.values())
            raised_path = _powers(path + [sp.Poly(0, C)] * (order + 1 - len(path)), highest)
            rest = sp.Poly(0, C)
            for i in range(1, j):
                rest += path[i] * raised[i][order]
            for m, coefficients in drifts.items():
                for r, value in enumerate(coefficients):
                    if m <= order and value != 0:
                        rest -= raised_path[r][order - m] * value
            path.append(rest * (1 / (j * a)))
        return {j: gamma.as_expr() for j, gamma in enumerate(path) if j}

    def limit(self, kernel: mpmath.mpf, c: mpmath.mpf) -> mpmath.mpf | None:
        """c_oo of a start that is at ``c`` where the kernel is ``kernel``, for m > q; None where the series does not
        give it to nine digits there."""
        terms = [
            (power, [mpmath.mpf(sp.N(value, 30)) for value in sp.Poly(gamma, C).all_coeffs()])
            for power, gamma in self.offsets.items()
        ]

        def offset(x: mpmath.mpf, upto: int) -> mpmath.mpf:
            return mpmath.fsum(mpmath.polyval(gamma, x) * kernel**power for power, gamma in terms[:upto])

        found = []
        for upto in (len(terms) - 1, len(terms)):
            x = c
            for _ in range(60):
                x = c - offset(x, upto)
            found.append(x)
        return found[1] if abs(found[0] - found[1]) < AGREEING else None


def _mean(factors: Factors) -> Polynomial:
    return Polynomial.atom(Mean(factors)) if factors else Polynomial.constant(1)


def _whole_powers(series: LogSeries) -> dict[int, sp.Expr]:
    found: dict[int, sp.Expr] = {}
    for (power, log), value in series.sorted_terms():
        if log or not power.is_Integer:
            raise AsymptoticFailure(f"K' or c' has K^({power}) at small K, and angles are followed in whole powers")
        found[int(power)] = value
    return found


def _quotient(above: sp.Expr, below: sp.Expr) -> dict[int, sp.Expr]:
    """above/below through K^ORDER, both polynomials in K, below = 1 + O(K)."""
    top, bottom = ([sp.expand(p).coeff(K, k) for k in range(ORDER + 1)] for p in (sp.expand(above), sp.expand(below)))
    found: list[sp.Expr] = []
    for k in range(ORDER + 1):
        rest = top[k] - sum((found[i] * bottom[k - i] for i in range(k)), sp.Integer(0))
        found.append(sp.expand(sp.simplify(rest / bottom[0])))
    return dict(enumerate(found))


def _powers(series: list[sp.Poly], highest: int) -> list[list[sp.Poly]]:
    """The powers 0, ..., highest of a series in K, cut off where it is."""
    length = len(series)
    found = [[sp.Poly(1, C)] + [sp.Poly(0, C)] * (length - 1)]
    for _ in range(highest):
        last = found[-1]
        found.append([sum((last[i] * series[k - i] for i in range(k + 1)), sp.Poly(0, C)) for k in range(length)])
    return found
