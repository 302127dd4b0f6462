"""The scalars the language has names for, and their place in a coefficient: chi_perp = C_W <s'^2> puts chi_perp/C_W
for <s'^2>, chi_par = C_W (<s s''> + <s'^2>) puts it for the sum of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ptheory.algebra.polynomial import Polynomial
from ptheory.language.claim_names import CHI_PAR, CHI_PERP, CURVATURE
from ptheory.recursion.susceptibilities import SeveralFields, chi_par, chi_perp, h
from ptheory.recursion.system import RecursionSystem
from ptheory.rendering.arrange import Susceptibility
from ptheory.rendering.brackets import MeanAtom, open_expectations
from ptheory.rendering.notation import Notation
from ptheory.rendering.shortest.single_means import in_single_means

Width = Callable[[Polynomial], float]


@dataclass(frozen=True)
class Known:
    """``value``: what ``name`` stands for, in averages of single products."""

    name: str
    value: Polynomial

    @property
    def symbol(self) -> Polynomial:
        """The name as an atom of a coefficient."""
        return Polynomial.atom(Susceptibility(self.name))

    def eliminations(self) -> Iterator[tuple[MeanAtom, Polynomial]]:
        """(average, what it is by this definition) for every average that the value has linearly."""
        for mean in sorted((a for a in self.value.atoms() if isinstance(a, MeanAtom)), key=lambda a: a.sort_key):
            beside = Polynomial({m: c for m, c in self.value if dict(m).get(mean)})
            slope = beside * Polynomial.atom(mean, -1)
            if len(slope) == 1 and mean not in slope.atoms():
                yield mean, (self.symbol - (self.value - beside)) * slope.inverse_monomial()


def known_quantities(system: RecursionSystem, notation: Notation) -> tuple[Known, ...]:
    """The susceptibilities of one input, as the architecture has them; none of several fields."""
    try:
        derived = {CHI_PAR: chi_par(system, 1), CHI_PERP: chi_perp(system, 1, 1), CURVATURE: h(system, 1)}
    except SeveralFields:
        return ()
    values = {name: in_single_means(open_expectations(value, notation)) for name, value in derived.items()}
    return tuple(Known(name, value) for name, value in values.items() if _has_means(value))


def _has_means(value: Polynomial) -> bool:
    return any(isinstance(atom, MeanAtom) for atom in value.atoms())


def with_known(coefficient: Polynomial, known: Sequence[Known], width: Width) -> Polynomial:
    """Whole quantities put in one after the other, as long as what is printed becomes narrower.

    A sum of k averages is there as a whole where putting it in makes k - 1 terms fewer.
    """
    best, narrowest = coefficient, width(coefficient)
    while True:
        tried = [
            put_in
            for one in known
            for mean, value in one.eliminations()
            if mean in best.atoms() and len(put_in := _put(best, mean, value)) + len(one.value) <= len(best) + 1
        ]
        widths = [width(one) for one in tried]
        if not widths or min(widths) >= narrowest:
            return best
        narrowest = min(widths)
        best = tried[widths.index(narrowest)]


def _put(coefficient: Polynomial, mean: MeanAtom, value: Polynomial) -> Polynomial:
    return coefficient.map_atoms(lambda atom: value if atom == mean else None)
