"""arctan and asinh."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.symbols import Z


def arctangent() -> Activation:
    """σ(z) = arctan z."""
    return Activation("arctan", sympy.atan(Z), source="Glorot & Bengio, AISTATS 2010")


def inverse_hyperbolic_sine() -> Activation:
    """σ(z) = asinh z = log(z + √(1 + z²))."""
    return Activation("asinh", sympy.asinh(Z), source="log-like odd activation; Taylor data as for tanh")
