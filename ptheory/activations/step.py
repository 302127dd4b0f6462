"""Step and sign: the perceptron's activations, the arc-cosine kernel of order 0."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.function_values import heaviside
from ptheory.activations.symbols import Z

SOURCE = "Cho & Saul, NeurIPS 2009: arc-cosine kernel of order 0"


def step() -> Activation:
    """σ(z) = θ(z): 1 for z > 0, 0 for z < 0."""
    return Activation("step", heaviside(Z), source=SOURCE)


def sign() -> Activation:
    """σ(z) = sign z."""
    return Activation("sign", sympy.sign(Z), source=SOURCE)
