"""What one group of neurons of a layer knows of another: mutual information at one input, to order 1/n^3.

Given the layers below, the N neurons of a layer are independent Gaussians of one variance Ĝ = <Ĝ>(1 + delta). With
u = |z|^2/(2<Ĝ>) their density is that of fixed variance times

    E (1 + delta)^(-N/2) exp(u delta/(1 + delta)) = sum_k E[delta^k] P_k(u),      E delta = 0, E delta^2 = v,

P_k orthogonal in the Gaussian average (Laguerre polynomials). v is of order 1/n, E delta^3 of 1/n^2, E delta^4 = 3 v^2
+ ..., so that the relative entropy E[f log f] of f = 1 + v P_2 + ... is v^2 <P_2^2>/2 - v^3 <P_2^3>/6 + O(1/n^4), in
which nothing beyond the variance enters. Mutual information is the relative entropy of both groups less that of either.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

NEURONS = sp.Symbol("n_L", positive=True)
VARIANCE = sp.Symbol("v", positive=True)
_FLUCTUATION, _RADIUS, _COUNT = sp.symbols("delta u N", positive=True)


@lru_cache(maxsize=1)
def relative_entropy() -> sp.Expr:
    """Of N neurons with variance v of Ĝ/<Ĝ>, from independent ones: N(N + 2) v^2/16 - ... v^3, in the symbols N, v."""
    density = (1 + _FLUCTUATION) ** (-_COUNT / 2) * sp.exp(_RADIUS * _FLUCTUATION / (1 + _FLUCTUATION))
    second = sp.expand(sp.diff(density, _FLUCTUATION, 2).subs(_FLUCTUATION, 0) / 2)
    return sp.expand(VARIANCE**2 * _mean(second**2) / 2 - VARIANCE**3 * _mean(second**3) / 6)


def _mean(polynomial: sp.Expr) -> sp.Expr:
    """<u^k> = N/2 (N/2 + 1) ... (N/2 + k - 1)."""
    terms = sp.Poly(polynomial, _RADIUS).terms()
    return sp.Add(*(c * sp.prod([_COUNT / 2 + j for j in range(k)]) for (k,), c in terms))


def mutual_information(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """Of groups of ``first`` and ``second`` neurons, to order v^3: N1 N2 v^2/8 - N1 N2 (3 (N1 + N2) + 20) v^3/48."""
    of = relative_entropy()
    return sp.factor(of.subs(_COUNT, first + second) - of.subs(_COUNT, first) - of.subs(_COUNT, second))


@lru_cache(maxsize=1)
def stationary_variance() -> sp.Expr:
    """The v > 0 at which the series to order v^3 is largest, for groups that make up n_L neurons, however split."""
    first = sp.Symbol("N_1", positive=True)
    slope = sp.diff(mutual_information(first, NEURONS - first), VARIANCE)
    (found,) = [root for root in sp.solve(slope, VARIANCE) if root != 0]
    return sp.factor(found)
