"""Observables of training as plain correlators of a larger network.

Let zeta^k be independent copies of the parameters with Var zeta^k_mu = rate_mu, and D_k = sum_mu zeta^k_mu d_mu. Then

    H_12       = E_zeta[D_1 z_1  D_1 z_2]
    dH_012     = E_zeta[D_1 D_2 z_0  D_1 z_1  D_2 z_2]
    ddI_0123   = E_zeta[D_1 D_2 D_3 z_0  D_1 z_1  D_2 z_2  D_3 z_3]
    ddII_1234  = E_zeta[D_1 D_2 z_1  D_3 D_1 z_2  D_2 z_3  D_3 z_4]

because E[zeta_mu zeta_nu] = rate_mu d_mu_nu. The derivatives D_S z, S a set of directions, obey layer equations of the
same kind as z with extra weights zeta^k (the parameter theta + sum_k epsilon_k zeta^k with epsilon_k^2 = 0), so the
oracles for fields apply unchanged. Checked against derivatives with respect to every parameter in ``literal``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

from tests.oracles.moments import Leg, cumulant
from tests.oracles.network import Equations, Network, SitePolynomial, Term, at

Directions = frozenset[int]
Slot = tuple[int, int]
"""(output neuron, sample)."""


def jet_name(field: str, directions: Sequence[int] | Directions) -> str:
    """Name of D_S field in the larger network: z, z|1, z|12, ..."""
    return field + ("|" + "".join(str(k) for k in sorted(directions)) if directions else "")


def direction_name(parameter: str, direction: int) -> str:
    """Name of zeta^k of one parameter family."""
    return f"{parameter}~{direction}"


def jet_network(network: Network, directions: int) -> Network:
    """The network of all D_S fields with S a subset of {1, ..., directions}."""
    subsets = [
        frozenset(chosen) for size in range(directions + 1) for chosen in combinations(range(1, directions + 1), size)
    ]
    layers = tuple(
        {
            jet_name(name, subset): [jet for term in terms for jet in _jet_of_term(term, subset, subsets)]
            for name, terms in equations.items()
            for subset in subsets
        }
        for equations in network.layers
    )
    variances = tuple(
        {
            **variance,
            **{direction_name(name, k): rate for name, rate in rates.items() for k in range(1, directions + 1)},
        }
        for variance, rates in zip(network.variances, network.rates, strict=True)
    )
    return Network(_without_vanishing_fields(layers), variances, network.inputs, network.widths)


def _without_vanishing_fields(layers: Sequence[Equations]) -> tuple[Equations, ...]:
    """Monomials in fields that are identically zero left out (layer 1 is linear in its parameters: D_1 D_2 z = 0)."""
    kept: list[dict[str, list[Term]]] = []
    for equations in layers:
        kept.append({name: [t for t in map(partial(_pruned, kept), terms) if t] for name, terms in equations.items()})
    return tuple(kept)


def _pruned(below: Sequence[Equations], term: Term) -> Term | None:
    if term.site is None:
        return term
    alive = {
        monomial: coefficient
        for monomial, coefficient in term.site.terms.items()
        if all(below[-1 - depth][name] for (name, depth), _ in monomial)
    }
    return replace(term, site=SitePolynomial(alive)) if alive else None


def _jet_of_term(term: Term, subset: Directions, subsets: Sequence[Directions]) -> list[Term]:
    """D_S of one term: the parameter is linear, so at most one direction falls on it and the rest on phi."""
    site_jets: Mapping[Directions, SitePolynomial | None] = {frozenset(): None}
    if term.site is not None:
        site_jets = _site_jets(term.site, subsets)
    pieces: list[Term] = []
    if subset in site_jets:
        pieces.append(Term(term.kind, term.parameter, site_jets[subset], term.coefficient))
    if term.parameter is not None:
        for direction in sorted(subset):
            rest = subset - {direction}
            if rest in site_jets:
                name = direction_name(term.parameter, direction)
                pieces.append(Term(term.kind, name, site_jets[rest], term.coefficient))
    return [piece for piece in pieces if piece.site is None or piece.site.terms]


def _site_jets(site: SitePolynomial, subsets: Sequence[Directions]) -> dict[Directions, SitePolynomial]:
    """Coefficients of prod_{k in S} epsilon_k in phi(sum_S epsilon_S D_S u), with epsilon_k^2 = 0."""
    total: dict[Directions, SitePolynomial] = {}
    for monomial, coefficient in site.terms.items():
        product: dict[Directions, SitePolynomial] = {frozenset(): SitePolynomial.constant(coefficient)}
        for (name, depth), exponent in monomial:
            argument = {subset: at(jet_name(name, subset), depth) for subset in subsets}
            for _ in range(exponent):
                product = _nilpotent_product(product, argument)
        for subset, part in product.items():
            total[subset] = total.get(subset, SitePolynomial({})) + part
    return total


def _nilpotent_product(
    left: dict[Directions, SitePolynomial], right: dict[Directions, SitePolynomial]
) -> dict[Directions, SitePolynomial]:
    result: dict[Directions, SitePolynomial] = {}
    for one, a in left.items():
        for two, b in right.items():
            if not one & two:
                result[one | two] = result.get(one | two, SitePolynomial({})) + a * b
    return result


Moment = Callable[[tuple[Leg, ...]], Any]


def _leg(slot: Slot, *directions: int, field: str = "z") -> Leg:
    return (jet_name(field, directions), *slot)


def kernel_legs(one: Slot, two: Slot, direction: int, field: str = "z") -> list[Leg]:
    """H_12, its parameter sum carried by the given direction."""
    return [_leg(one, direction, field=field), _leg(two, direction, field=field)]


def mean_kernel(moment: Moment, one: Slot, two: Slot, field: str = "z") -> Any:
    """E[H12]"""
    return moment(tuple(kernel_legs(one, two, 1, field)))


def kernel_and_fields(moment: Moment, one: Slot, two: Slot, three: Slot, four: Slot, field: str = "z") -> Any:
    """E[H12 z3 z4]_c, the joint cumulant of the three."""
    return cumulant(moment, [kernel_legs(one, two, 1, field), [_leg(three, field=field)], [_leg(four, field=field)]])


def kernel_fluctuation(moment: Moment, one: Slot, two: Slot, three: Slot, four: Slot, field: str = "z") -> Any:
    """E[H12 H34]_c"""
    return cumulant(moment, [kernel_legs(one, two, 1, field), kernel_legs(three, four, 2, field)])


def kernel_differential(moment: Moment, zero: Slot, one: Slot, two: Slot, three: Slot, field: str = "z") -> Any:
    """E[dH012 z3]"""
    legs = [(zero, (1, 2)), (one, (1,)), (two, (2,)), (three, ())]
    return moment(tuple(_leg(slot, *directions, field=field) for slot, directions in legs))


def second_differential_one(moment: Moment, zero: Slot, one: Slot, two: Slot, three: Slot, field: str = "z") -> Any:
    """E[ddI0123]"""
    legs = [(zero, (1, 2, 3)), (one, (1,)), (two, (2,)), (three, (3,))]
    return moment(tuple(_leg(slot, *directions, field=field) for slot, directions in legs))


def second_differential_two(moment: Moment, one: Slot, two: Slot, three: Slot, four: Slot, field: str = "z") -> Any:
    """E[ddII1234]"""
    legs = [(one, (1, 2)), (two, (1, 3)), (three, (2,)), (four, (3,))]
    return moment(tuple(_leg(slot, *directions, field=field) for slot, directions in legs))
