r"""Exact integrals over a half line of what is left when a tail polynomial is taken off: ∫_0^∞ x^p D(x) dx.

D = Σ_k x^k R_k(w), w = e^{−bx}, R_k rational with R_k(0) = 0. In partial fractions R_k is a sum of w^j, j ≥ 1, and
(w − r)^{−m} − (−r)^{−m}; with (w − r)^{−m} = (−r)^{−m} Σ_n C(n+m−1, m−1) (w/r)^n and ∫ x^k e^{−bnx} dx = k!/(bn)^{k+1},

    ∫_0^∞ x^k [(w − r)^{−m} − (−r)^{−m}] dx = (−r)^{−m} k!/b^{k+1} Σ_{n≥1} C(n+m−1, m−1) r^{−n}/n^{k+1},

a combination of polylogarithms Li_s(1/r), s ≤ k + 1 (continued analytically where |r| < 1; r is never in (0, 1]).
At r = −1 they are zeta values, log 2 and rational numbers. Logarithms log(1 + w) to the first power, and to the second
at even k, are zeta values too (Sitaramachandrarao 1987 for the alternating sums of harmonic numbers).
"""

from __future__ import annotations

import sympy
from sympy import Expr, S

from ptheory.activations.exponentials import W, exponential_form
from ptheory.activations.symbols import Z
from ptheory.expectations.kernel_series import truncated_product

LOG = sympy.Dummy("L")


def half_line_integral(formula: Expr, tail: Expr, side: int, power: int) -> Expr | None:
    """∫ z^power (formula − tail) dz over z > 0 (``side`` 1) or z < 0 (−1); None where no exact value is known here."""
    if sympy.expand(formula - tail) == 0:
        return S.Zero
    form = exponential_form(formula, side)
    if form is None:
        return None
    numerator = sympy.expand(form.numerator - tail * form.denominator).xreplace({sympy.log(1 + W): LOG})
    if numerator.has(sympy.log):
        return None
    # z = side·x with x > 0, dz z^power = side^power x^power dx
    polynomial = sympy.Poly(sympy.expand(numerator.subs(Z, side * Z)), Z, LOG)
    total: Expr = S.Zero
    for (k, logarithms), coefficient in polynomial.terms():
        value = _term(coefficient, form.denominator, logarithms, k + power, form.rate)
        if value is None:
            return None
        total += value
    return sympy.expand(side**power * total)


def _term(numerator: Expr, denominator: Expr, logarithms: int, k: int, rate: Expr) -> Expr | None:
    """∫_0^∞ x^k N(w)/D(w) log(1 + w)^logarithms dx."""
    scale = sympy.factorial(k) / rate ** (k + 1)
    if logarithms == 0:
        value = _rational(numerator, denominator, k)
        return None if value is None else scale * value
    if numerator.has(W) or denominator.has(W):
        return None
    if logarithms == 1:
        return scale * numerator / denominator * sympy.dirichlet_eta(k + 2).rewrite(sympy.zeta)
    if logarithms == 2 and k % 2 == 0:
        return scale * numerator / denominator * _squared_logarithm(k // 2 + 1)
    return None


def _squared_logarithm(q: int) -> Expr:
    """Σ_n a_n/n^{2q−1} with log²(1 + w) = Σ a_n w^n, a_n = 2 (−1)^n H_{n−1}/n: the integral at k = 2q − 2, over
    k!/b^{k+1}."""
    sums = (2 * q + 1) * _eta(2 * q + 1) - sympy.zeta(2 * q + 1)
    sums -= 2 * sympy.Add(*(_eta(2 * j) * sympy.zeta(2 * q + 1 - 2 * j) for j in range(1, q)))
    # 2 Σ (−1)^{n+1} H_n/n^{2q} = sums, and H_{n−1} = H_n − 1/n
    return sympy.expand(-sums + 2 * _eta(2 * q + 1))


def _eta(s: int) -> Expr:
    return sympy.log(2) if s == 1 else (1 - S(2) ** (1 - s)) * sympy.zeta(s)


def _rational(numerator: Expr, denominator: Expr, k: int) -> Expr | None:
    """The sums over n of the partial fractions of N/D (N/D = 0 at w = 0), without k!/b^{k+1}."""
    try:
        top, bottom = sympy.Poly(numerator, W, domain="QQ"), sympy.Poly(denominator, W, domain="QQ")
    except sympy.CoercionFailed:
        return None
    assert top.eval(0) == 0, "what is left of a function without its tail vanishes at infinity"
    whole, rest = sympy.div(top, bottom)
    total: Expr = sympy.Add(*(c / S(j) ** (k + 1) for (j,), c in whole.terms() if j > 0))
    for factor, multiplicity in sympy.factor_list(bottom)[1]:
        if factor.degree() > 2:
            return None
        cofactor = sympy.quo(bottom, factor**multiplicity)
        for root in sympy.roots(factor):
            if root.is_real is False and sympy.im(root).is_negative:
                continue  # the conjugate of another root
            other = sympy.quo(factor.set_domain(sympy.EX), sympy.Poly(W - root, W, domain=sympy.EX))
            value: Expr = S.Zero
            for m, coefficient in _principal_part(rest, cofactor, other, root, multiplicity):
                value += sympy.radsimp(coefficient * (-root) ** (-m)) * _pole_sum(root, m, k)
            total += value if root.is_real else _twice_real_part(sympy.expand(value))
    return sympy.expand(total)


def _twice_real_part(value: Expr) -> Expr:
    return 2 * sympy.Add(*(sympy.re(term) for term in sympy.Add.make_args(value)))


def _principal_part(
    top: sympy.Poly, cofactor: sympy.Poly, other: sympy.Poly, root: Expr, multiplicity: int
) -> list[tuple[int, Expr]]:
    """c_m of c_m/(w − r)^m, m = 1 … M: the Taylor coefficients of N/(cofactor · other^M) at r."""
    bottom = [S.One] + [S.Zero] * (multiplicity - 1)
    for polynomial in (cofactor, *([other] * multiplicity)):
        bottom = truncated_product(bottom, _taylor(polynomial, root, multiplicity))
    quotient = truncated_product(_taylor(top, root, multiplicity), _inverse(bottom))
    return [(multiplicity - j, c) for j, c in enumerate(quotient) if c != 0]


def _taylor(polynomial: sympy.Poly, root: Expr, length: int) -> list[Expr]:
    expression = polynomial.as_expr()
    return [
        sympy.radsimp(sympy.expand(expression.diff(W, j).subs(W, root) / sympy.factorial(j))) for j in range(length)
    ]


def _inverse(series: list[Expr]) -> list[Expr]:
    inverse = [sympy.radsimp(1 / series[0])]
    for k in range(1, len(series)):
        known = sympy.Add(*(series[j] * inverse[k - j] for j in range(1, k + 1)))
        inverse.append(sympy.expand(-known * inverse[0]))
    return inverse


def _pole_sum(root: Expr, m: int, k: int) -> Expr:
    """Σ_{n≥1} C(n + m − 1, m − 1) r^{−n}/n^{k+1}."""
    n = sympy.Dummy("n")
    weight = sympy.Poly(sympy.Mul(*((n + j) / S(j) for j in range(1, m))), n)
    return sympy.Add(*(c * _polylogarithm(k + 1 - j, root) for (j,), c in weight.terms()))


def _polylogarithm(s: int, root: Expr) -> Expr:
    """Li_s(1/r)."""
    argument = sympy.radsimp(1 / root)
    if s == 1:
        return -sympy.log(1 - argument)
    if s <= 0:  # (x d/dx)^{−s} x/(1 − x)
        x = sympy.Dummy("x")
        value = x / (1 - x)
        for _ in range(-s):
            value = x * value.diff(x)
        return sympy.radsimp(sympy.together(value).subs(x, argument))
    return -_eta(s) if argument == -1 else sympy.polylog(s, argument)
