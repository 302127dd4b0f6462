"""Other samples in the place of those a mean is over: slots at concrete inputs, inputs made equal."""

from __future__ import annotations

from collections.abc import Mapping

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.recursion.dummies import relabel_atom
from ptheory.recursion.places import Sample
from ptheory.recursion.tensors import Expectation, Leg, SiteFactor, Tensor, expectation


def with_samples(polynomial: Polynomial, samples: Mapping[int, int]) -> Polynomial:
    """samples[s] wherever sample s stands, in tensors, derivatives and layer functions alike; like terms merge."""

    def leg(old: Leg) -> Leg:
        return old if old.is_dummy else Leg(old.field, Sample(samples[old.sample]))

    def moved(atom: Atom) -> Atom:
        if isinstance(atom, Expectation):
            factors = tuple(SiteFactor(f.site, f.derivatives, Sample(samples[f.place.number])) for f in atom.factors)
            return expectation(factors, tuple(leg(d) for d in atom.derivatives))
        return relabel_atom(atom, leg) if isinstance(atom, Tensor) else atom

    return polynomial.rename_atoms(moved)
