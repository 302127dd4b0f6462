"""exp, sinh, cosh: log-normal moments."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.symbols import Z

SOURCE = "moment generating function of a Gaussian"


def exponential() -> Activation:
    """σ(z) = exp z."""
    return Activation("exp", sympy.exp(Z), source=SOURCE)


def hyperbolic_sine() -> Activation:
    """σ(z) = sinh z."""
    return Activation("sinh", sympy.sinh(Z), source=SOURCE)


def hyperbolic_cosine() -> Activation:
    """σ(z) = cosh z."""
    return Activation("cosh", sympy.cosh(Z), source=SOURCE)
