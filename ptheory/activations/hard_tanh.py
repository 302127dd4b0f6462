"""Piecewise linear units that saturate."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.symbols import Z

SOURCE = "piecewise linear: truncated Gaussian moments"


def _clipped(argument: sympy.Expr, low: int, high: int) -> sympy.Expr:
    return sympy.Max(low, sympy.Min(high, argument))


def hard_tanh() -> Activation:
    """σ(z) = max(−1, min(1, z))."""
    return Activation("hard_tanh", _clipped(Z, -1, 1), source=SOURCE)


def relu6() -> Activation:
    """σ(z) = max(0, min(6, z))."""
    return Activation("relu6", _clipped(Z, 0, 6), source=SOURCE)


def hard_sigmoid() -> Activation:
    """σ(z) = max(0, min(1, z/6 + 1/2))."""
    return Activation("hard_sigmoid", _clipped(Z / 6 + sympy.Rational(1, 2), 0, 1), source=SOURCE)
