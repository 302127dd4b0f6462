"""One normal form for recursions with generic activations, so that equality is decidable.

Dummies are summed out, derivatives carried out by the product rule, explicit preactivations removed by Stein's identity

    ⟨z_a F⟩ = sum_b K_ab ⟨∂_b F⟩,

what is left is a polynomial in hyperparameters, tensors and means of jets ⟨prod f^(m)(z_a)⟩. At fixed non-singular K
these means are linearly independent over all smooth f: a combination of z-free monomials whose expectation vanished
for every f would be a total derivative D Q - z K^-1 Q, whose highest power of z cannot cancel.
"""

from __future__ import annotations

from itertools import product

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.networks.architecture import SiteFunction
from ptheory.recursion.dummies import by_leg, relabel_monomial
from ptheory.recursion.means.layer_functions import expand_expectation
from ptheory.recursion.means.relabel import with_samples
from ptheory.recursion.means.stein import mean_without_fields
from ptheory.recursion.sources import legs_read
from ptheory.recursion.tensors import Expectation, Leg


def normal_form(polynomial: Polynomial, sites: tuple[SiteFunction, ...]) -> Polynomial:
    """The normal form of a right-hand side; see the module docstring."""

    def mean(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Expectation):
            return mean_without_fields(expand_expectation(sites, atom))
        return None

    return sum_out_dummies(polynomial, sites).map_atoms(mean)


def sum_out_dummies(polynomial: Polynomial, sites: tuple[SiteFunction, ...]) -> Polynomial:
    """Replace every dummy leg by the sum over the fields and samples of the expectation it differentiates."""
    parts = []
    for monomial, coefficient in polynomial:
        domains: dict[Leg, list[Leg]] = {}
        for atom, _ in monomial:
            if isinstance(atom, Expectation):
                legs = legs_read(atom, sites)
                domains.update({leg: legs for leg in atom.derivatives if leg.is_dummy})
        for choice in product(*domains.values()):
            names = dict(zip(domains, choice, strict=True))
            filled = relabel_monomial(monomial, by_leg(names)) if names else monomial
            parts.append(Polynomial({filled: coefficient}))
    return Polynomial.sum(parts)


def at_samples(polynomial: Polynomial, samples: dict[int, int], sites: tuple[SiteFunction, ...]) -> Polynomial:
    """Put concrete samples on the slots and sum out the dummies; like terms merge."""
    return sum_out_dummies(with_samples(polynomial, samples), sites)
