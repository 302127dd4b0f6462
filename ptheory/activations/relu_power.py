"""Powers of ReLU, σ(z) = max(0, z)^k: the arc-cosine kernels of every order."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.activation_errors import ActivationError
from ptheory.activations.symbols import Z

SOURCE = "Cho & Saul, NeurIPS 2009: arc-cosine kernel of order k"


def relu_power(degree: int = 2) -> Activation:
    """σ(z) = max(0, z)^degree, degree ≥ 1."""
    if not isinstance(degree, int) or degree < 1:
        raise ActivationError(f"relu_power: the degree must be a positive integer, not {degree}")
    return Activation(f"relu^{degree}", sympy.Max(0, Z) ** degree, source=SOURCE)


def squared_relu() -> Activation:
    """σ(z) = max(0, z)²."""
    return relu_power(2)


def cubed_relu() -> Activation:
    """σ(z) = max(0, z)³."""
    return relu_power(3)
