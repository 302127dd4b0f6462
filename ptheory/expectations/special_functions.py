"""The bivariate normal distribution function, for closed forms that need it (ELU, hard tanh at two inputs)."""

from __future__ import annotations

from typing import Any

import mpmath
import sympy


class Phi2(sympy.Function):  # type: ignore[misc]
    r"""Φ₂(h, k; ρ) = P(x < h, y < k) for standard normal x, y of correlation ρ."""

    nargs = 3

    @classmethod
    def eval(cls, h: sympy.Expr, k: sympy.Expr, rho: sympy.Expr) -> sympy.Expr | None:
        """Closed forms at ρ = 0, ±1 and h = k = 0, arguments in canonical order; None leaves the function as it is."""
        if rho.is_zero:
            return (1 + sympy.erf(h / sympy.sqrt(2))) * (1 + sympy.erf(k / sympy.sqrt(2))) / 4
        if h.is_zero and k.is_zero:
            return sympy.Rational(1, 4) + sympy.asin(rho) / (2 * sympy.pi)
        if rho == 1 and h.is_number and k.is_number:
            return (1 + sympy.erf(sympy.Min(h, k) / sympy.sqrt(2))) / 2
        if rho == -1 and h.is_number and k.is_number:
            both = (sympy.erf(h / sympy.sqrt(2)) + sympy.erf(k / sympy.sqrt(2))) / 2
            return both if (h + k).is_positive else sympy.S.Zero
        if sympy.default_sort_key(k) < sympy.default_sort_key(h):
            return cls(k, h, rho)
        return None

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """∂Φ₂ by argument 1 (h), 2 (k) or 3 (ρ): a density times Φ, or the bivariate density."""
        h, k, rho = self.args
        if argindex == 3:
            spread = 1 - rho**2
            return sympy.exp(-(h**2 + k**2 - 2 * h * k * rho) / (2 * spread)) / (2 * sympy.pi * sympy.sqrt(spread))
        own, other = (h, k) if argindex == 1 else (k, h)
        inner = (1 + sympy.erf((other - rho * own) / sympy.sqrt(2 * (1 - rho**2)))) / 2
        return sympy.exp(-(own**2) / 2) / sympy.sqrt(2 * sympy.pi) * inner

    def _eval_evalf(self, precision: int) -> sympy.Expr:
        with mpmath.workprec(precision + 10):
            h, k, rho = (a._to_mpmath(precision + 10) for a in self.args)
            return sympy.Expr._from_mpmath(bivariate_normal(h, k, rho), precision)

    def _latex(self, printer: Any, exp: Any = None) -> str:
        h, k, rho = (printer._print(a) for a in self.args)
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"\Phi_2{power}\left({h}, {k}; {rho}\right)"


def bivariate_normal(h: mpmath.mpf, k: mpmath.mpf, rho: mpmath.mpf) -> mpmath.mpf:
    """Φ(h)Φ(k) + (1/2π)∫₀^{asin ρ} exp(−(h² + k² − 2hk sin t)/(2cos² t)) dt at mpmath's working precision; for |ρ| < 1
    also at complex h and k, where sines meet steps."""
    if abs(rho) >= 1:
        return mpmath.ncdf(min(h, k)) if rho > 0 else max(mpmath.mpf(0), mpmath.ncdf(h) + mpmath.ncdf(k) - 1)

    def slope(t: mpmath.mpf) -> mpmath.mpf:
        return mpmath.exp(-(h * h + k * k - 2 * h * k * mpmath.sin(t)) / (2 * mpmath.cos(t) ** 2))

    angle = mpmath.asin(rho)
    return normal(h) * normal(k) + mpmath.quad(slope, mpmath.linspace(0, angle, 5)) / (2 * mpmath.pi)


def normal(x: mpmath.mpf) -> mpmath.mpf:
    """Φ(x), at complex x too."""
    return mpmath.ncdf(x) if mpmath.im(x) == 0 else (1 + mpmath.erf(x / mpmath.sqrt(2))) / 2
