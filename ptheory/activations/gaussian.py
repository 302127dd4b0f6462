"""The Gaussian bump."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.symbols import Z


def gaussian() -> Activation:
    """σ(z) = exp(−z²/2)."""
    return Activation("gaussian", sympy.exp(-(Z**2) / 2), source="Williams, NeurIPS 1996: Gaussian transfer functions")
