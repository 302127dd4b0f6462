"""Derivatives of an integrand carried out: ∂(FG) = (∂F) G + F ∂G, ∂f^(m)(u) = (∂u) f^(m+1)(u)."""

from __future__ import annotations

from functools import partial

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.recursion.jets import FieldValue, Jet
from ptheory.recursion.tensors import Leg
from ptheory.recursion.variables import slope_in


def differentiate(integrand: Polynomial, *legs: Leg) -> Polynomial:
    """∂_legs of a polynomial in jets, preactivations and scalars, each leg a field at a sample."""
    for leg in legs:
        integrand = integrand.derivative(partial(_slope, leg))
    return integrand


def _slope(leg: Leg, atom: Atom) -> Polynomial | None:
    if isinstance(atom, Jet):
        inner = slope_in(atom.leg, leg)
        return Polynomial.atom(Jet(atom.function, atom.order + 1, atom.leg)) * inner if inner else None
    return Polynomial.constant(1) if isinstance(atom, FieldValue) and atom.leg == leg else None
