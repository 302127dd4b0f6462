"""GELU, σ(z) = z Φ(z)."""

from __future__ import annotations

from ptheory.activations.activation import Activation
from ptheory.activations.function_values import gelu as gelu_formula
from ptheory.activations.symbols import Z


def gelu() -> Activation:
    """σ(z) = z Φ(z) = z (1 + erf(z/√2))/2."""
    return Activation(
        "gelu", gelu_formula(Z), source="Tsuchida et al., arXiv:2002.08517; Roberts, Yaida & Hanin, ch. 5"
    )
