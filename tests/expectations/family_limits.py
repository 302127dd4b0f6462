r"""The limits in which the closed forms of one family become those of another.

A rescaled activation σ_t(z) = A(t) σ(s(t) z) has the moments of σ at the covariance s² K, times A s^m for every factor
σ^(m); as t → 0 it becomes another function, and so must the closed form. Its derivatives may need another A to have a
limit other than 0: exp(tz) → 1, but exp′(tz)/t → z′. A family without a scale of its own (z, |z|, θ(z)) is instead what
a function of z and t becomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy
from sympy import Expr, Heaviside, Piecewise, S, Symbol, erf, latex, sin, sqrt

from ptheory.activations import Activation, Z
from ptheory.expectations.expectation_errors import AmbiguousMoment, DivergentMoment
from ptheory.expectations.moments import Moment
from ptheory.expectations.one_variable import one_variable

T = Symbol("t", positive=True)
SLOPE = Symbol("a", real=True)


@dataclass(frozen=True)
class Target:
    """For derivatives from ``order`` on, ``amplitude``·σ^(m)(scale·z)·scale^m → ``formula``^(m)."""

    order: int
    amplitude: Expr
    formula: Expr


@dataclass(frozen=True)
class Rescaled:
    """σ itself at another scale, or leaky ReLU at another slope, as t → 0: the row's own formula is evaluated.

    ``start`` is the largest t of the sequence start, start/2, … that is followed; ``inputs`` and ``factors`` are the
    most it is followed for."""

    scale: Expr
    targets: tuple[Target, ...]
    slope: Expr | None = None
    inputs: int = 4
    factors: int = 4
    start: Fraction = Fraction(1, 2**12)

    def target(self, order: int) -> Target:
        return [t for t in self.targets if t.order <= order][-1]

    def text(self, orders: set[int]) -> str:
        parts = []
        for target in dict.fromkeys(self.target(m) for m in sorted(orders)):
            m = min(m for m in orders if self.target(m) == target)
            near = written(target.amplitude * self.scale**m, m, self.scale)
            parts.append(rf"{near} \to {latex(target.formula) if m == 0 else derivative_of(target.formula, m)}")
        slope = f"a = {latex(self.slope)}, " if self.slope is not None else ""
        return f"${slope}{', '.join(parts)}$"


@dataclass(frozen=True)
class Approached:
    """``near``, a formula in z and t, becomes σ; used for moments of at most ``factors`` factors of derivative order
    at most ``order``."""

    near: Expr
    factors: int = 4
    inputs: int = 4
    order: int = 2
    start: Fraction = Fraction(1, 2**12)

    def text(self, orders: set[int]) -> str:
        return rf"${latex(self.near)} \to \sigma$"


Limit = Rescaled | Approached


def applies(limit: Limit, moment: Moment) -> bool:
    """Whether the limit of this moment exists: ⟨erf′²⟩ at large scale is that of two deltas."""
    if len(moment.factors) > limit.factors or moment.size > limit.inputs:
        return False
    if isinstance(limit, Approached):
        return max(order for _, order, _ in moment.factors) <= limit.order
    for a in range(moment.size):
        factors = tuple((as_activation(limit.target(m).formula), m) for _, m in moment.factors_at(a))
        try:
            one_variable(factors, 0, 0)
        except (DivergentMoment, AmbiguousMoment):
            return False
    return True


def as_activation(formula: Expr) -> Activation:
    return Activation(str(formula), formula)


def written(amplitude: Expr, m: int, scale: Expr) -> str:
    factor = "" if amplitude == 1 else latex(amplitude) + r"\,"
    return rf"{factor}\sigma{chr(39) * m}({latex(scale * Z)})"


def derivative_of(formula: Expr, m: int) -> str:
    return rf"\left({latex(formula)}\right){chr(39) * m}"


def one(scale: Expr, amplitude: Expr, formula: Expr, start: Fraction = Fraction(1, 2**12)) -> Rescaled:
    return Rescaled(scale, (Target(0, amplitude, formula),), start=start)


def sides(right: Expr, left: Expr) -> Expr:
    return Piecewise((right, Z > 0), (left, True))


def gate(offset: int = 0) -> Expr:
    """Φ((z + offset)/t), a soft step."""
    return (1 + erf((Z + offset) / (T * sqrt(2)))) / 2


CONSTANT = S.One + 0 * Z
LIMITS: dict[str, tuple[Limit, ...]] = {
    "linear": (Approached(sin(T * Z) / T), Approached(sides(Z, (1 - T) * Z), order=1)),
    "quadratic": (Approached(2 * (1 - sympy.cos(T * Z)) / T**2),),
    "cubic": (Approached(6 * (T * Z - sin(T * Z)) / T**3),),
    "cubic_polynomial": (
        Rescaled(T, (Target(0, 1 / T, Z), Target(2, 4 / T**2, Z**2))),
        one(1 / T, -9 * T**3, Z**3),
    ),
    "step": (Approached(sides(S.One, T)), Approached(gate(), factors=3)),
    "sign": (Approached(sides(S.One, T - 1)), Approached(erf(Z / T), factors=2)),
    "relu": (Approached(sides(Z, T * Z)), Approached(Z * gate(), factors=3)),
    "leaky_relu": (
        Rescaled(S.One, (Target(0, S.One, Z),), 1 - T),
        Rescaled(S.One, (Target(0, S.One, sympy.Max(0, Z)),), T),
        Rescaled(S.One, (Target(0, S.One, sympy.Abs(Z)),), T - 1),
    ),
    "relu^2": (Approached(sides(Z**2, T * Z**2)), Approached(Z**2 * gate(), factors=2)),
    "relu^3": (Approached(sides(Z**3, T * Z**3)), Approached(Z**3 * gate(), factors=2)),
    "abs": (Approached(sides(Z, (T - 1) * Z)), Approached(Z * erf(Z / T), factors=2)),
    "erf": (
        one(1 / T, S.One, sympy.sign(Z)),
        Rescaled(T, (Target(0, sqrt(sympy.pi) / (2 * T), Z), Target(2, -3 * sqrt(sympy.pi) / (2 * T**3), Z**3))),
    ),
    "probit": (
        one(1 / T, S.One, Heaviside(Z)),
        Rescaled(
            T,
            (
                Target(0, S(2), CONSTANT),
                Target(1, sqrt(2 * sympy.pi) / T, Z),
                Target(2, -6 * sqrt(2 * sympy.pi) / T**3, Z**3),
            ),
        ),
    ),
    "sin": (Rescaled(T, (Target(0, 1 / T, Z), Target(2, -6 / T**3, Z**3))),),
    "cos": (Rescaled(T, (Target(0, S.One, CONSTANT), Target(1, -2 / T**2, Z**2))),),
    "snake": (Rescaled(T, (Target(0, 1 / T, Z), Target(2, 1 / T**2, Z**2))),),
    "exp": (Rescaled(T, (Target(0, S.One, CONSTANT), Target(1, 1 / T, Z), Target(2, 2 / T**2, Z**2))),),
    "cosh": (Rescaled(T, (Target(0, S.One, CONSTANT), Target(1, 2 / T**2, Z**2))),),
    "z_sin": (one(T, 1 / T**2, Z**2),),
    "gaussian": (Rescaled(T, (Target(0, S.One, CONSTANT), Target(1, -2 / T**2, Z**2))),),
    "gelu": (
        one(1 / T, T, sympy.Max(0, Z)),
        Rescaled(T, (Target(0, 2 / T, Z), Target(2, sqrt(2 * sympy.pi) / T**2, Z**2))),
    ),
    "elu": (
        Rescaled(1 / T, (Target(0, T, sympy.Max(0, Z)),), inputs=1, factors=2, start=Fraction(1, 8)),
        Rescaled(T, (Target(0, 1 / T, Z), Target(2, 2 / T**2, sides(S.Zero, Z**2)))),
    ),
    "hard_tanh": (
        one(1 / T, S.One, sympy.sign(Z)),
        one(T, 1 / T, Z, start=Fraction(1, 8)),
        Approached((Z + 1) * gate(1) - (Z - 1) * gate(-1) - 1, factors=2, inputs=1),
    ),
}
