"""The logistic sigmoid, and SWISH."""

from __future__ import annotations

from ptheory.activations.activation import Activation
from ptheory.activations.function_values import sigmoid as sigmoid_formula
from ptheory.activations.symbols import Z


def sigmoid() -> Activation:
    """σ(z) = 1/(1 + exp(−z))."""
    return Activation("sigmoid", sigmoid_formula(Z), source="Roberts, Yaida & Hanin, arXiv:2106.10165, ch. 2")


def swish() -> Activation:
    """σ(z) = z/(1 + exp(−z))."""
    return Activation("swish", Z * sigmoid_formula(Z), source="Ramachandran, Zoph & Le, arXiv:1710.05941")
