"""The absolute value."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.symbols import Z


def absolute_value() -> Activation:
    """σ(z) = |z|."""
    return Activation("abs", sympy.Abs(Z), source="Tsuchida, Roosta & Gallagher, arXiv:1711.09090 (slopes 1 and -1)")
