"""Averages of derivatives as they came out of the derivation: where that is narrower, <d^4 s^2>, or wherever."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.recursion.equation import Equation
from ptheory.recursion.means.derivatives_with_names import with_names
from ptheory.recursion.means.layer_functions import expand_factors
from ptheory.recursion.tensors import Expectation
from ptheory.rendering.brackets import OPENED, MeanAtom, opened, primitive_part
from ptheory.rendering.notation import Notation
from ptheory.rendering.shortest.single_means import in_single_means

Width = Callable[[Polynomial], float]


def with_derivatives_where_narrower(
    right: Polynomial, equation: Equation, notation: Notation, width: Width
) -> Polynomial:
    """Averages of sums that are multiples of averages of derivatives in the equation as derived, where these are."""
    kept = _kept(equation.right, notation)

    def narrower(atom: Atom) -> Polynomial | None:
        if not isinstance(atom, MeanAtom) or len(atom.body) < 2:
            return None
        best = _narrowest(atom, kept, width)
        return best if best is not None and width(best) < width(Polynomial.atom(atom)) else None

    return right.map_atoms(narrower)


def with_derivatives(right: Polynomial, derived: Sequence[Polynomial], notation: Notation, width: Width) -> Polynomial:
    """Every average that is a multiple of an average of derivatives in what was derived."""
    kept = [pair for one in derived for pair in _kept(one, notation)]
    return right.map_atoms(lambda atom: _narrowest(atom, kept, width) if isinstance(atom, MeanAtom) else None)


def _narrowest(atom: MeanAtom, kept: Sequence[tuple[Polynomial, Polynomial]], width: Width) -> Polynomial | None:
    """The narrowest multiple of an average of derivatives that an average is."""
    if atom.derivatives:
        return None
    value = in_single_means(Polynomial.atom(atom))
    written = [one for one in (_as_multiple(value, *pair) for pair in kept) if one is not None]
    return min(written, key=width, default=None)


def _kept(derived: Polynomial, notation: Notation) -> list[tuple[Polynomial, Polynomial]]:
    """(average of derivatives, the same in averages of single products) of every expectation that was derived."""
    found = []
    for atom in sorted((a for a in derived.atoms() if isinstance(a, Expectation)), key=lambda a: a.sort_key):
        if atom.derivatives and not any(leg.is_dummy for leg in atom.derivatives):
            scale, body = primitive_part(with_names(expand_factors(notation.sites, atom.factors)))
            closed = scale * Polynomial.atom(MeanAtom(body, atom.derivatives))
            found.append((closed, in_single_means(opened(atom, notation, OPENED, False))))
    return found


def _as_multiple(value: Polynomial, closed: Polynomial, of_closed: Polynomial) -> Polynomial | None:
    """value as a rational multiple of ``closed``, where it is one."""
    if set(value.terms) != set(of_closed.terms):
        return None
    ratios = {coefficient / of_closed.terms[monomial] for monomial, coefficient in value}
    return closed * ratios.pop() if len(ratios) == 1 else None
