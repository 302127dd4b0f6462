"""Expectations of layer functions written out in jets: what every verb of a mean beside this file starts from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from ptheory.algebra.polynomial import Polynomial
from ptheory.networks.architecture import SiteFunction
from ptheory.recursion.jets import expand_formula
from ptheory.recursion.means.mean import AnyMean, Mean
from ptheory.recursion.means.product_rule import differentiate
from ptheory.recursion.tensors import Expectation, Leg, SiteFactor, expectation


def expand_factors(sites: tuple[SiteFunction, ...], factors: Iterable[SiteFactor]) -> Polynomial:
    """prod_k ∂^{d_k} phi_k(sample a_k) as a polynomial in jets. Raises NotAFunctionOfOneField."""
    product = Polynomial.constant(1)
    for factor in factors:
        jets = expand_formula(sites[factor.site].formula, factor.place)
        product = product * differentiate(jets, *(Leg(field, factor.place) for field in factor.derivatives))
    return product


def integrand_of(sites: tuple[SiteFunction, ...], mean: AnyMean) -> Polynomial:
    """What the derivatives of a mean act on, as a polynomial in jets. Raises NotAFunctionOfOneField."""
    return mean.integrand if isinstance(mean, Mean) else expand_factors(sites, mean.factors)


def expand_expectation(sites: tuple[SiteFunction, ...], mean: AnyMean) -> Polynomial:
    """The same with the derivatives carried out by the product rule."""
    return differentiate(integrand_of(sites, mean), *mean.derivatives)


def carried_onto_factors(expected: Expectation) -> Polynomial:
    """⟨∂_legs prod_k phi_k⟩ as a sum of ⟨prod_k ∂_{fields} phi_k⟩, so that samples may then be set equal."""
    factors = Polynomial.constant(1)
    for factor in expected.factors:
        factors = factors * Polynomial.atom(factor)
    for leg in expected.derivatives:
        factors = factors.derivative(partial(_moved_on, leg))
    return Polynomial.sum(
        Polynomial.atom(expectation(tuple(f for f, times in product for _ in range(times)))) * coefficient
        for product, coefficient in factors
    )


def _moved_on(leg: Leg, factor: SiteFactor) -> Polynomial | None:
    if factor.place != leg.place:
        return None
    return Polynomial.atom(replace(factor, derivatives=tuple(sorted((*factor.derivatives, leg.field)))))
