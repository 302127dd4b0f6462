"""Softsign."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.symbols import Z


def softsign() -> Activation:
    """σ(z) = z/(1 + |z|)."""
    return Activation("softsign", Z / (1 + sympy.Abs(Z)), source="Glorot & Bengio, AISTATS 2010")
