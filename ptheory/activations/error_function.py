"""The error function and the probit (normal distribution function): arcsine kernels."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.function_values import normal_distribution
from ptheory.activations.symbols import Z

SOURCE = "Williams, NeurIPS 1996: computing with infinite networks"


def erf() -> Activation:
    """σ(z) = erf z = (2/√π)∫_0^z exp(−t²) dt."""
    return Activation("erf", sympy.erf(Z), source=SOURCE)


def probit() -> Activation:
    """σ(z) = Φ(z) = (1 + erf(z/√2))/2."""
    return Activation("probit", normal_distribution(Z), source=SOURCE)
