"""Derivatives of an integrand carried out: ∂(FG) = (∂F) G + F ∂G, ∂f^(m)(u) = (∂u) f^(m+1)(u)."""

from __future__ import annotations

from ptheory.algebra.polynomial import Polynomial
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.tensors import Leg
from ptheory.recursion.variables import slope_in


def differentiate(jets: Polynomial, leg: Leg) -> Polynomial:
    """∂/∂(field at sample) of a polynomial in jets."""
    parts = []
    for monomial, coefficient in jets:
        for k, (atom, exponent) in enumerate(monomial):
            if isinstance(atom, Jet) and slope_in(atom.leg, leg):
                inner = Polynomial.atom(Jet(atom.function, atom.order + 1, atom.leg)) * slope_in(atom.leg, leg)
            elif isinstance(atom, FieldValue) and atom.leg == leg:
                inner = Polynomial.constant(1)
            else:
                continue
            rest = list(monomial)
            rest[k : k + 1] = [(atom, exponent - 1)] if exponent > 1 else []
            parts.append(Polynomial({tuple(rest): coefficient * exponent}) * inner)
    return Polynomial.sum(parts)
