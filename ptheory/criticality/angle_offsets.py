"""The limit of a correlation that is on its way to one: c = c_oo + sum_j gamma_j(c_oo) x^j, x = K^(1/2).

Order by order from c(K') = c'(c, K), c' = c + sum_i g_i(c) x^i and K' = K (1 - a x^(2q) + ...):

    (j/2) a gamma_j = [x^(j+2q)] (sum_(i<j) gamma_i x'^i - sum_i x^i g_i(c_oo + delta)),    delta = sum gamma_j x^j,

at numbers. A function of c is a polynomial in c, s = sqrt(1 - c^2) and t = asin(c), negative powers of s allowed, whose
derivatives are again such: ds/dc = -c/s, dt/dc = 1/s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import mpmath
import sympy as sp

from ptheory.criticality.angle_map import C

AGREEING = mpmath.mpf(10) ** -9
STEPS = 60
DIGITS = 30
_S, _T = sp.Symbol("s"), sp.Symbol("t")
Terms = dict[tuple[int, int, int], mpmath.mpf]  # powers of c, s, t


@dataclass(frozen=True)
class Offsets:
    """``doubled``: 2 q; ``slowing``: a; ``kernel``: the coefficients of K'/K; ``drifts``: i -> g_i, every i > 2 q."""

    doubled: int
    slowing: sp.Expr
    kernel: Sequence[sp.Expr]
    drifts: Mapping[int, sp.Expr]

    @cached_property
    def step(self) -> int:
        """2 where the series are in K, 1 where they are in x."""
        used = [i for i, value in enumerate(self.kernel) if value != 0]
        return 1 if any(i % 2 for i in (*used, *self.drifts)) else 2

    @cached_property
    def highest(self) -> int:
        """The last j, in steps."""
        return (len(self.kernel) - 1 - self.doubled) // self.step

    def limit(self, kernel: mpmath.mpf, c: mpmath.mpf) -> mpmath.mpf | None:
        """c_oo to nine digits; None where two orders do not agree to as many."""
        with mpmath.workdps(DIGITS):
            if abs(c) == 1:
                stays = all(abs(_at(g[0], c)) < AGREEING**2 for g in self._derivatives.values())
                return c if stays else None
            powers = [kernel ** (mpmath.mpf(self.step * j) / 2) for j in range(self.highest + 1)]
            found, x = [], c
            for upto in (self.highest, self.highest - 1):
                for _ in range(STEPS):
                    if not abs(x) < 1:
                        return None
                    before, x = x, c - mpmath.fdot(self.at(x)[: upto + 1], powers[: upto + 1])
                    if abs(x - before) < AGREEING / 1000:
                        break
                found.append(x)
            return found[0] if abs(found[0] - found[1]) < AGREEING else None

    def at(self, c: mpmath.mpf) -> list[mpmath.mpf]:
        """gamma_0 = 0 and those of x^step, x^(2 step), ... at c_oo = c."""
        powers = _Powers(c)
        jets = {
            i: [powers.sum(g) / mpmath.factorial(r) for r, g in enumerate(derivatives)]
            for i, derivatives in self._derivatives.items()
        }
        gamma, highest = [mpmath.mpf(0)], self.highest
        raised = [[mpmath.mpf(1)], *([mpmath.mpf(0)] for _ in range(highest))]  # delta^r, as far as gamma is known
        for j in range(1, highest + 1):
            order = j + self.doubled // self.step
            rest = mpmath.fsum(gamma[i] * self._raised[i][order] for i in range(1, j))
            for i, jet in jets.items():
                if i <= order:
                    rest -= mpmath.fsum(value * power[order - i] for value, power in zip(jet, raised, strict=False))
            gamma.append(2 * rest / (j * self.step * self._slowing))
            raised[0].append(mpmath.mpf(0))
            for r in range(1, highest + 1):  # delta^r = delta delta^(r-1)
                raised[r].append(mpmath.fsum(gamma[k] * raised[r - 1][j - k] for k in range(1, j + 1)))
        return gamma

    @cached_property
    def _slowing(self) -> mpmath.mpf:
        return mpmath.mpf(sp.N(self.slowing, DIGITS))

    @cached_property
    def _raised(self) -> list[list[mpmath.mpf]]:
        """x'^(i step) in powers of x^step, i = 0, 1, ...: x^(i step) (K'/K)^(i step/2)."""
        ratio = [mpmath.mpf(sp.N(value, DIGITS)) for value in self.kernel[:: self.step]]
        length = len(ratio)
        found = []
        for i in range(length):
            exponent = mpmath.mpf(i * self.step) / 2
            power = [mpmath.mpf(1)]  # p = f^exponent, from f p' = exponent f' p
            for k in range(1, length):
                terms = ((exponent * j - (k - j)) * ratio[j] * power[k - j] for j in range(1, k + 1))
                power.append(mpmath.fsum(terms) / k)
            found.append(([mpmath.mpf(0)] * i + power)[:length])
        return found

    @cached_property
    def _derivatives(self) -> dict[int, list[Terms]]:
        """i, in steps -> g_i, g_i', ... as often as they are used."""
        found = {}
        for i, drift in self.drifts.items():
            jet = [_terms(drift)]
            while len(jet) <= self.highest:
                jet.append(_derivative(jet[-1]))
            found[i // self.step] = jet
        return found


def at_correlation(value: sp.Expr) -> Callable[[mpmath.mpf], mpmath.mpf]:
    """A function of c as one of numbers."""
    terms = _terms(value)
    return lambda c: _at(terms, c)


def _terms(value: sp.Expr) -> Terms:
    with mpmath.workdps(DIGITS):
        named = sp.expand(value).subs({sp.sqrt(1 - C**2): _S, sp.asin(C): _T})
        polynomial = sp.Poly(named, C, _S, _T)
        return {powers: mpmath.mpf(sp.N(factor, DIGITS)) for powers, factor in polynomial.terms()}


def _derivative(terms: Terms) -> Terms:
    found: Terms = {}
    for (i, k, r), value in terms.items():
        for powers, factor in (((i - 1, k, r), i), ((i + 1, k - 2, r), -k), ((i, k - 1, r - 1), r)):
            if factor:
                found[powers] = found.get(powers, mpmath.mpf(0)) + factor * value
    return found


class _Powers:
    """Those of c, s and t at one c, each made once."""

    def __init__(self, c: mpmath.mpf) -> None:
        self._bases = c, mpmath.sqrt(1 - c**2), mpmath.asin(c)
        self._known: dict[tuple[int, int], mpmath.mpf] = {}

    def _power(self, base: int, exponent: int) -> mpmath.mpf:
        if (base, exponent) not in self._known:
            self._known[base, exponent] = self._bases[base] ** exponent
        return self._known[base, exponent]

    def sum(self, terms: Terms) -> mpmath.mpf:
        """The function with these terms."""
        power = self._power
        return mpmath.fsum(value * power(0, i) * power(1, k) * power(2, r) for (i, k, r), value in terms.items())


def _at(terms: Terms, c: mpmath.mpf) -> mpmath.mpf:
    return _Powers(c).sum(terms)
