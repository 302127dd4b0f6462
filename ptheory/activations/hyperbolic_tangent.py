"""tanh."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.symbols import Z


def hyperbolic_tangent() -> Activation:
    """σ(z) = tanh z."""
    return Activation("tanh", sympy.tanh(Z), source="Roberts, Yaida & Hanin, arXiv:2106.10165, ch. 5")
