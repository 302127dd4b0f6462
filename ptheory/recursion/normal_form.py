"""One normal form for recursions with generic activations, so that equality is decidable.

Dummies are summed out, derivatives carried out by the product rule, explicit preactivations removed by Stein's identity

    ⟨z_a F⟩ = sum_b K_ab ⟨∂_b F⟩,

what is left is a polynomial in hyperparameters, tensors and moments of jets ⟨prod f^(m)(z_a)⟩. At fixed non-singular K
these moments are linearly independent over all smooth f: a combination of z-free monomials whose expectation vanished
for every f would be a total derivative D Q - z K^-1 Q, whose highest power of z cannot cancel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import factorial, perm

from ptheory.algebra.polynomial import Atom, Monomial, Polynomial, SortKey
from ptheory.networks.architecture import SiteFunction
from ptheory.recursion.dummies import by_leg, relabel_monomial
from ptheory.recursion.jets import FieldValue, Jet, differentiate, expand_expectation
from ptheory.recursion.tensors import Expectation, Leg, Tensor, covariance, tensor
from ptheory.recursion.variables import fields_among


@dataclass(frozen=True)
class JetMoment:
    """⟨prod_k f_k^(m_k)(z_{a_k})^{p_k}⟩_K, no explicit preactivation left; ``factors`` sorted."""

    factors: tuple[tuple[Jet, int], ...]

    @cached_property
    def sort_key(self) -> SortKey:
        return (4, tuple((*jet.sort_key, power) for jet, power in self.factors))

    def __str__(self) -> str:
        return "⟨" + " ".join(str(j) if p == 1 else f"{j}^{p}" for j, p in self.factors) + "⟩"


def leading_kernel(left: Leg, right: Leg) -> Tensor:
    """K at two legs."""
    return tensor((covariance(left, right),))


def normal_form(polynomial: Polynomial, sites: tuple[SiteFunction, ...]) -> Polynomial:
    """The normal form of a right-hand side; see the module docstring."""

    def moments(atom: Atom) -> Polynomial | None:
        if isinstance(atom, Expectation):
            return mean_of_jets(expand_expectation(sites, atom))
        return None

    return sum_out_dummies(polynomial, sites).map_atoms(moments)


def mean_of_jets(integrand: Polynomial) -> Polynomial:
    """⟨integrand⟩_K of a polynomial in jets and field values, as a polynomial in jet moments and K.

    One explicit preactivation of every term at a time is exchanged for derivatives, equal terms merged in between: the
    work is the number of distinct terms, not that of the ways to reach them. Terms in one variable need no such steps.
    """
    done, several = [], {}
    for monomial, coefficient in integrand:
        legs = {a.leg for a, _ in monomial if isinstance(a, (Jet, FieldValue))}
        if len(legs) == 1:
            done.append(_mean_of_one_variable(monomial, coefficient, next(iter(legs))))
        else:
            several[monomial] = coefficient
    left = Polynomial(several)
    while left:
        slopes = []
        for monomial, coefficient in left:
            explicit = next((atom for atom, _ in monomial if isinstance(atom, FieldValue)), None)
            if explicit is None:
                done.append(_mean_of_monomial(monomial, coefficient))
                continue
            rest = Polynomial({_lowered(monomial, explicit): coefficient})
            for leg in fields_among(a.leg for a, _ in monomial if isinstance(a, (Jet, FieldValue))):
                slope = differentiate(rest, leg)
                if slope:
                    slopes.append(Polynomial.atom(leading_kernel(explicit.leg, leg)) * slope)
        left = Polynomial.sum(slopes)
    return Polynomial.sum(done)


def _mean_of_one_variable(monomial: Monomial, coefficient: Fraction, leg: Leg) -> Polynomial:
    """⟨z^p F⟩ = sum_k p!/((p - 2k)! k! 2^k) K^(p - k) ⟨F^(p - 2k)⟩: k pairs of z with each other, the rest with F."""
    p = dict(monomial).get(FieldValue(leg), 0)
    slope = Polynomial({tuple((a, e) for a, e in monomial if a != FieldValue(leg)): coefficient})
    kernel, parts = leading_kernel(leg, leg), []
    for order in range(p + 1):
        if order:
            slope = differentiate(slope, leg)
        pairs, rest = divmod(p - order, 2)
        if not rest and slope:
            ways = Fraction(perm(p, p - order), factorial(pairs) * 2**pairs)
            weight = Polynomial.atom(kernel, p - pairs) if p else Polynomial.constant(1)
            parts.append(weight * ways * Polynomial.sum(_mean_of_monomial(m, c) for m, c in slope))
    return Polynomial.sum(parts)


def _mean_of_monomial(monomial: Monomial, coefficient: Fraction) -> Polynomial:
    """A product of scalars and jets with its jets under one mean."""
    scalars = tuple((a, e) for a, e in monomial if not isinstance(a, Jet))
    jets = tuple((a, e) for a, e in monomial if isinstance(a, Jet))
    value = Polynomial({scalars: coefficient})
    return value * Polynomial.atom(JetMoment(jets)) if jets else value


def _lowered(monomial: Monomial, atom: Atom) -> Monomial:
    return tuple((a, e - (a == atom)) for a, e in monomial if a != atom or e > 1)


def sum_out_dummies(polynomial: Polynomial, sites: tuple[SiteFunction, ...]) -> Polynomial:
    """Replace every dummy leg by the sum over the fields and samples of the expectation it differentiates."""
    parts = []
    for monomial, coefficient in polynomial:
        domains: dict[Leg, list[Leg]] = {}
        for atom, _ in monomial:
            if isinstance(atom, Expectation):
                legs = legs_of(atom, sites)
                domains.update({leg: legs for leg in atom.derivatives if leg.is_dummy})
        for choice in product(*domains.values()):
            names = dict(zip(domains, choice, strict=True))
            filled = relabel_monomial(monomial, by_leg(names)) if names else monomial
            parts.append(Polynomial({filled: coefficient}))
    return Polynomial.sum(parts)


def legs_of(expected: Expectation, sites: tuple[SiteFunction, ...]) -> list[Leg]:
    """The (field, sample) variables an expectation's integrand depends on."""
    return sorted({Leg(field, f.sample) for f in expected.factors for field in sites[f.site].fields})


def at_samples(polynomial: Polynomial, samples: dict[int, int], sites: tuple[SiteFunction, ...]) -> Polynomial:
    """Put concrete samples on the slots and sum out the dummies; like terms merge."""
    from ptheory.recursion.system import relabel_slots

    return sum_out_dummies(relabel_slots(polynomial, samples), sites)


def at_one_input(polynomial: Polynomial, slots: Sequence[int], sites: tuple[SiteFunction, ...]) -> Polynomial:
    """All slots at one input (sample 1)."""
    return at_samples(polynomial, dict.fromkeys(slots, 1), sites)
