r"""Formulas that are rational in exponentials, written on a half line so that every exponential decays.

With w = e^{−b|z|}, tanh is (1 − w)/(1 + w) at b = 2 on the right, swish z/(1 + w), softplus z + log(1 + w): the same
function, but bounded in the complex neighbourhood of the half line, and ready for ∫ z^k R(w) dz.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import gcd, lcm

import sympy
from sympy import Expr

from ptheory.activations.rational_functions import lowest_terms
from ptheory.activations.symbols import Z

W = sympy.Dummy("w", positive=True)


@dataclass(frozen=True)
class ExponentialForm:
    """``numerator``/``denominator`` in Z, W = exp(−rate·|z|) and logarithms of functions of W, on one half line.

    ``denominator`` is a polynomial in W, factored, that does not vanish at W = 0.
    """

    rate: Expr
    side: int
    numerator: Expr
    denominator: Expr

    def formula(self) -> Expr:
        """The form as a function of z."""
        decay = sympy.exp(-self.rate * self.side * Z)
        return (self.numerator / self.denominator).xreplace({W: decay})


@lru_cache(maxsize=512)
def exponential_form(formula: Expr, side: int) -> ExponentialForm | None:
    """The form of a formula on z > 0 (``side`` 1) or z < 0 (−1); None where it is not rational in exponentials of
    commensurate real rates, or grows exponentially on that side."""
    written = formula.rewrite((sympy.tanh, sympy.cosh, sympy.sinh), sympy.exp)
    rate = common_rate(_slopes(written) or ())
    if rate is None:
        return None
    substituted = _in_decay(written, rate, side)
    if substituted is None:
        return None
    logarithms = sorted(substituted.atoms(sympy.log), key=sympy.default_sort_key)
    names = {log: sympy.Dummy(f"L{k}") for k, log in enumerate(logarithms)}
    numerator, denominator = lowest_terms(substituted.xreplace(names), (W, Z, *names.values()))
    if denominator.has(Z, *names.values()) or not numerator.is_polynomial(W) or denominator.subs(W, 0) == 0:
        return None
    step = 1 if names else gcd(*(m for p in (numerator, denominator) for (m,) in sympy.Poly(p, W).monoms())) or 1
    if step > 1:  # tanh z is a function of e^{2z}
        numerator, denominator = (p.subs(W, W ** sympy.Rational(1, step)) for p in (numerator, denominator))
    back = {name: log for log, name in names.items()}
    return ExponentialForm(step * rate, side, sympy.horner(numerator, W).xreplace(back), sympy.factor(denominator))


def _slopes(formula: Expr) -> list[Expr] | None:
    """The slopes a of the exponentials e^{az + c}; None where an exponent is not linear in z."""
    slopes = []
    for exponential in formula.atoms(sympy.exp):
        argument = sympy.expand(exponential.exp)
        if not argument.has(Z):
            continue
        if not argument.is_polynomial(Z) or sympy.degree(argument, Z) != 1:
            return None
        slopes.append(argument.coeff(Z, 1))
    return slopes


def common_rate(slopes: Sequence[Expr]) -> Expr | None:
    """The largest b > 0 such that every slope is kb, k an integer; None where there is none."""
    if not slopes or any(not slope.is_real for slope in slopes):
        return None
    ratios = [sympy.radsimp(sympy.cancel(slope / slopes[0])) for slope in slopes]
    if any(not ratio.is_Rational for ratio in ratios):
        return None
    # SymPy's own gcd of rationals takes 1 for the gcd of 1/2, 1, 3/2: the rate would depend on which slope came first
    below = lcm(*(int(ratio.q) for ratio in ratios))
    return abs(slopes[0]) * sympy.Rational(gcd(*(int(ratio * below) for ratio in ratios)), below)


def _in_decay(node: Expr, rate: Expr, side: int) -> Expr | None:
    """The node with e^{kbz + c} → e^c W^{−k side} and log f → −m log W + log(W^m f), log W = −b|z|."""
    if not node.has(Z) or node == Z:
        return node
    if isinstance(node, sympy.exp):
        argument = sympy.expand(node.exp)
        return sympy.exp(argument.coeff(Z, 0)) * W ** (-side * argument.coeff(Z, 1) / rate)
    if isinstance(node, sympy.log):
        inner = _in_decay(node.args[0], rate, side)
        return None if inner is None or inner.has(Z) else _logarithm(inner, rate, side)
    if node.is_Add or node.is_Mul or (node.is_Pow and node.exp.is_Integer):
        parts = [_in_decay(argument, rate, side) for argument in node.args]
        known = [part for part in parts if part is not None]
        return node.func(*known, evaluate=False) if len(known) == len(parts) else None
    return None


def _logarithm(inner: Expr, rate: Expr, side: int) -> Expr | None:
    """log f(w) on a half line where f > 0."""
    numerator, denominator = lowest_terms(inner, (W,))
    if not (numerator.is_polynomial(W) and denominator.is_polynomial(W)):
        return None
    lowest = [min(m for (m,) in sympy.Poly(p, W).monoms()) for p in (numerator, denominator)]
    power = lowest[1] - lowest[0]
    return power * rate * side * Z + sympy.log(sympy.cancel(inner * W**power))
