"""Roots in closed form: rational and quadratic ones of a factor, and those of a + b K + c exp(d K) by Lambert's W."""

from __future__ import annotations

from collections.abc import Iterator

import mpmath
import sympy as sp

from ptheory.criticality.specialised import K

CERTAIN = 25  # digits


def exact_root(form: sp.Expr, root: mpmath.mpf, digits: int = CERTAIN) -> sp.Expr | None:
    """The root of ``form`` in K that agrees with a numerical one to so many digits; None where none has a closed form.

    Each candidate is a root exactly; the number says which of them is meant.
    """
    near, wanted = sp.Float(root, 40), sp.Float(10) ** -digits
    for candidate in (*_of_factors(form), *_by_lambert(form)):
        if candidate.is_real and abs(sp.N(candidate, 40) - near) < wanted * max(1, abs(near)):
            return candidate
    return None


def _of_factors(form: sp.Expr) -> Iterator[sp.Expr]:
    numerator = sp.numer(sp.together(sp.expand(form)))
    for factor, _ in sp.factor_list(numerator)[1] if numerator.is_polynomial(K) else _radical_factors(numerator):
        if factor.has(K) and factor.is_polynomial(K) and sp.degree(factor, K) <= 2:
            yield from sp.roots(sp.Poly(factor, K))


def _radical_factors(numerator: sp.Expr) -> list[tuple[sp.Expr, int]]:
    factored = sp.factor(numerator)
    return [f.as_base_exp() for f in sp.Mul.make_args(factored)]


def _by_lambert(form: sp.Expr) -> Iterator[sp.Expr]:
    """a + b K + c e^{dK} = 0 is y e^y = (c d/b) e^{-a d/b} with K = -a/b - y/d."""
    expanded = sp.expand(form)
    growing = [term for term in sp.Add.make_args(expanded) if term.has(sp.exp)]
    if len(growing) != 1 or not (expanded - growing[0]).is_polynomial(K):
        return
    c, exponential = growing[0].as_independent(K)
    line = sp.Poly(expanded - growing[0], K)
    if not isinstance(exponential, sp.exp) or line.degree() != 1:
        return
    exponent = sp.expand(exponential.args[0])
    if not exponent.is_polynomial(K) or sp.degree(exponent, K) != 1 or exponent.subs(K, 0) != 0:
        return
    d, (b, a) = exponent.coeff(K), line.all_coeffs()
    product = c * d / b * sp.exp(-a * d / b)
    for branch in (0, -1):
        yield -a / b - sp.LambertW(product, branch) / d
