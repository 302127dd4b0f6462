"""Monomials σ(z) = z^p, any degree."""

from __future__ import annotations

from ptheory.activations.activation import Activation
from ptheory.activations.activation_errors import ActivationError
from ptheory.activations.symbols import Z

SOURCE = "Isserlis, Biometrika 12 (1918) 134: Gaussian moments by pairings"


def monomial(degree: int = 2) -> Activation:
    """σ(z) = z^degree, degree ≥ 0."""
    if not isinstance(degree, int) or degree < 0:
        raise ActivationError(f"monomial: the degree must be a natural number, not {degree}")
    return Activation(f"monomial({degree})", Z**degree, source=SOURCE)


def quadratic() -> Activation:
    """σ(z) = z²."""
    return Activation("quadratic", Z**2, source=SOURCE)


def cubic() -> Activation:
    """σ(z) = z³."""
    return Activation("cubic", Z**3, source=SOURCE)
