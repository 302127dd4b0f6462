"""What a function tends to at ±∞ up to exponentially small terms, as a polynomial: tanh → ±1, softplus → z or 0, GELU
→ z or 0.
"""

from __future__ import annotations

from functools import lru_cache

import sympy
from sympy import Expr, S

from ptheory.activations.symbols import Z


@lru_cache(maxsize=1024)
def tail_polynomial(formula: Expr, side: int) -> Expr | None:
    """The polynomial P with formula − P exponentially small as z → side·∞, or None when there is none (oscillation,
    power laws, growth).
    """
    mirrored = formula if side > 0 else formula.subs(Z, -Z)
    value = _tail(mirrored)
    if value is None or not sympy.expand(value).is_polynomial(Z):
        return None
    polynomial = sympy.expand(value)
    return polynomial if side > 0 else sympy.expand(polynomial.subs(Z, -Z))


def _tail(f: Expr) -> Expr | None:
    """The behaviour as z → +∞: a polynomial in z, or None."""
    if not f.has(Z) or f == Z:
        return f
    if f.is_Add or f.is_Mul:
        growth = _exponential_ratio(f) if f.is_Mul else None
        if growth is not None:
            return growth
        parts = [_tail(argument) for argument in f.args]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return sympy.expand(f.func(*known))
    if isinstance(f, sympy.exp):
        return S.Zero if f.exp.is_polynomial(Z) and _sign_at_infinity(f.exp) < 0 else None
    if f.func in (sympy.tanh, sympy.erf) and f.args[0].is_polynomial(Z):
        return sympy.Integer(_sign_at_infinity(f.args[0]))
    if isinstance(f, sympy.erfc) and f.args[0].is_polynomial(Z):
        return sympy.Integer(1 - _sign_at_infinity(f.args[0]))
    if isinstance(f, sympy.log):
        return _logarithm(f.args[0])
    if f.is_Pow and f.exp.is_Integer:
        return _power(f.base, int(f.exp))
    return None


def _power(base: Expr, exponent: int) -> Expr | None:
    inner = _tail(base)
    if inner is not None:
        if exponent >= 0:
            return sympy.expand(inner**exponent)
        return inner**exponent if not inner.has(Z) and inner != 0 else None
    return S.Zero if exponent < 0 and _dominant_rate(base) is not None else None


def _exponential_ratio(f: Expr) -> Expr | None:
    """0 for polynomial × e^{az} / (growing exponentials) that decays: the derivative of a sigmoid. Where the rates
    cancel, the ratio of the leading coefficients: e^z/(1 + e^z) → 1."""
    rate: Expr = S.Zero
    leading: Expr | None = S.One
    for argument in f.args:
        if isinstance(argument, sympy.exp):
            slope = argument.exp.coeff(Z, 1)
            if not argument.exp.is_polynomial(Z) or sympy.degree(argument.exp, Z) != 1:
                return None
            rate += slope
            leading = None if leading is None else leading * sympy.exp(argument.exp.subs(Z, 0))
        elif argument.is_Pow and argument.exp.is_Integer and argument.exp < 0:
            dominant = _dominant_rate(argument.base)
            rate += dominant * argument.exp if dominant is not None else S.Zero
            factor = _leading(argument.base, dominant) if dominant is not None else _tail(argument)
            if factor is None and dominant is None:
                return None
            power = argument.exp if dominant is not None else S.One
            leading = None if leading is None or factor is None else leading * factor**power
        else:
            factor = _tail(argument)
            if factor is None:
                return None
            leading = None if leading is None else leading * factor
    if rate.is_negative:
        return S.Zero
    return leading if rate.is_zero and f.has(sympy.exp) else None


def _leading(f: Expr, rate: Expr) -> Expr | None:
    """c with f → c·e^{rate z} for a sum of multiples of exponentials and constants."""
    found = [a for a in sympy.Add.make_args(f) if _dominant_rate(a.as_independent(Z, as_Add=False)[1]) == rate]
    if len(found) != 1:
        return None
    coefficient, exponential = found[0].as_independent(Z, as_Add=False)
    if not isinstance(exponential, sympy.exp):
        return None
    return coefficient * sympy.exp(exponential.exp.subs(Z, 0))


def _dominant_rate(f: Expr) -> Expr | None:
    """a > 0 when f grows like e^{az} up to polynomials: sums and powers of exponentials."""
    if isinstance(f, sympy.exp) and f.exp.is_polynomial(Z) and sympy.degree(f.exp, Z) == 1:
        slope = f.exp.coeff(Z, 1)
        return slope if slope.is_positive else None
    if f.is_Add:
        rates = [rate for rate in map(_dominant_rate, f.args) if rate is not None]
        rest = [a for a in f.args if _dominant_rate(a) is None and _tail(a) is None]
        if not rates or rest:
            return None
        top = max(rates, key=lambda r: sympy.N(r, 30))
        return top if rates.count(top) == 1 else None
    if f.is_Pow and f.exp.is_Integer and f.exp > 0:
        inner = _dominant_rate(f.base)
        return None if inner is None else inner * f.exp
    if isinstance(f, sympy.cosh) and f.args[0].is_polynomial(Z) and sympy.degree(f.args[0], Z) == 1:
        return abs(f.args[0].coeff(Z, 1))
    return None


def _logarithm(argument: Expr) -> Expr | None:
    """log(c + e^{az+b} + …) → az + b for a > 0; log of a constant plus what vanishes."""
    inner = _tail(argument)
    if inner is not None:
        return sympy.log(inner) if not inner.has(Z) and inner.is_positive else None
    if argument.is_Add:
        growing = [a for a in argument.args if _dominant_rate(a) is not None]
        if len(growing) == 1 and isinstance(growing[0], sympy.exp):
            return sympy.expand(growing[0].exp)
    return None


def _sign_at_infinity(polynomial: Expr) -> int:
    leading = sympy.Poly(polynomial, Z).LC()
    return int(sympy.sign(leading))
