"""Derivatives of an integrand carried out: ∂(FG) = (∂F) G + F ∂G, ∂f^(m)(u) = (∂u) f^(m+1)(u)."""

from __future__ import annotations

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.means.mean import Mean
from ptheory.recursion.tensors import Leg
from ptheory.recursion.variables import slope_in


def carried_out(mean: Mean) -> Polynomial:
    """The integrand of a mean with its derivatives carried out."""
    integrand = mean.integrand
    for leg in mean.derivatives:
        integrand = differentiate(integrand, leg)
    return integrand


def differentiate(integrand: Polynomial, leg: Leg) -> Polynomial:
    """∂/∂(field at sample) of a polynomial in jets, preactivations and scalars."""

    def slope(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Jet):
            inner = slope_in(atom.leg, leg)
            return Polynomial.atom(Jet(atom.function, atom.order + 1, atom.leg)) * inner if inner else None
        return Polynomial.constant(1) if isinstance(atom, FieldValue) and atom.leg == leg else None

    return integrand.derivative(slope)
