"""sin, cos, and snake."""

from __future__ import annotations

import sympy

from ptheory.activations.activation import Activation
from ptheory.activations.parameters import ParameterValue, exact
from ptheory.activations.symbols import Z

SOURCE = "characteristic function of a Gaussian; Rahimi & Recht, NeurIPS 2007"


def sine() -> Activation:
    """σ(z) = sin z."""
    return Activation("sin", sympy.sin(Z), source=SOURCE)


def cosine() -> Activation:
    """σ(z) = cos z."""
    return Activation("cos", sympy.cos(Z), source=SOURCE)


def snake(frequency: ParameterValue = 1) -> Activation:
    """σ(z) = z + sin²(frequency·z)/frequency."""
    rate = exact(frequency)
    source = "Ziyin, Hartwig & Ueda, arXiv:2006.08195"
    return Activation("snake", Z + sympy.sin(rate * Z) ** 2 / rate, (("frequency", rate),), source=source)
