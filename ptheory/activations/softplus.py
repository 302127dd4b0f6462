"""Softplus and mish."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.function_values import softplus as softplus_formula
from ptheory.activations.symbols import Z


def softplus() -> Activation:
    """σ(z) = log(1 + exp z)."""
    return Activation("softplus", softplus_formula(Z), source="Dugas et al., NeurIPS 2000")


def mish() -> Activation:
    """σ(z) = z tanh(log(1 + exp z)), written without the logarithm: z (1 − 2/(1 + (1 + exp z)²))."""
    formula = Z * (1 - 2 / (1 + (1 + sympy.exp(Z)) ** 2))
    return Activation("mish", formula, source="Misra, arXiv:1908.08681")
