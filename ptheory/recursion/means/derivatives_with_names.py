"""Derivatives of functions whose derivatives are functions with a name: sin' = cos, cos' = -sin, exp' = exp."""

from __future__ import annotations

from ptheory.algebra.elementary import BY_NAME
from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.recursion.jets import Jet


def with_names(integrand: Polynomial) -> Polynomial:
    """The same function, every derivative that has a name by it; a polynomial in jets and preactivations."""
    return integrand.map_atoms(_by_name)


def _by_name(atom: Atom) -> Polynomial | None:
    if not isinstance(atom, Jet) or not isinstance(atom.function, str) or not atom.order:
        return None
    sign, name = 1, atom.function
    for _ in range(atom.order):
        row = BY_NAME.get(name)
        if row is None or row.derivative is None:
            return None
        sign, name = sign * row.derivative[0], row.derivative[1]
    return Polynomial.atom(Jet(name, 0, atom.leg)) * sign
