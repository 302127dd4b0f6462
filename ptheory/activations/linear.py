"""The linear activation, σ(z) = z: deep linear networks."""

from __future__ import annotations

from ptheory.activations.activation import Activation
from ptheory.activations.symbols import Z


def linear() -> Activation:
    """σ(z) = z."""
    return Activation("linear", Z, source="Saxe, McClelland & Ganguli, arXiv:1312.6120")
