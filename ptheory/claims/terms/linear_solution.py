"""A quotient that vanishes, solved for one atom that stands in it to the first power."""

from __future__ import annotations

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.claims.terms.claim_atoms import NextMean, Root, ScalarCall
from ptheory.claims.terms.layer_power import LayerPower
from ptheory.claims.terms.ratio import Ratio


def slope_and_rest(value: Ratio, atom: Atom) -> tuple[Polynomial, Polynomial] | None:
    """(a, b) with numerator = a * atom + b, neither holding the atom; None where it stands in any other way."""
    slope, rest = Polynomial(), Polynomial()
    for monomial, coefficient in value.numerator:
        powers = dict(monomial)
        power = powers.pop(atom, 0)
        if power not in (0, 1) or any(_holds(other, atom) for other in powers):
            return None
        kept = Polynomial({tuple(pair for pair in monomial if pair[0] != atom): coefficient})
        slope, rest = (slope + kept, rest) if power else (slope, rest + kept)
    return (slope, rest) if slope else None


def _holds(outer: Atom, atom: Atom) -> bool:
    """Whether the atom stands inside a function, under a root or in a base."""
    match outer:
        case ScalarCall(_, inner) | Root(inner):
            atoms = inner.atoms()
        case LayerPower(base):
            atoms = frozenset(base.atoms())
        case NextMean(_, kernels):
            atoms = frozenset(a for _, kernel in kernels for a in kernel.atoms())
        case _:
            return False
    return atom in atoms or any(_holds(other, atom) for other in atoms)


def solved_for(value: Ratio, atom: Atom) -> Ratio | None:
    """What the atom is where the quotient vanishes; None where it does not stand in it to the first power alone."""
    found = slope_and_rest(value, atom)
    if found is None or any(atom in factor.atoms() for factor, _ in value.factors):
        return None
    slope, rest = found
    return -Ratio(rest) * Ratio(slope).inverse()
