"""Exact moments of plain networks (no direct terms) by transferring polynomials of the covariance down the layers.

Given layer l, the neurons of layer l+1 are independent and Gaussian with the random covariance

    Ghat[p] = (1/n_l) sum_j q_p(j),    q_p(j) = (bias variance) + sum_W (variance of W) phi_u(j;a) phi_v(j;b),

p standing for a pair (u;a), (v;b) of fields and samples. So a moment of the outputs is a polynomial in Ghat (Isserlis),
and the expectation of a monomial in Ghat of one layer is a polynomial in Ghat of the layer below, exact at every width:
with F = E[exp(t.q)] at one neuron and S = sum_j q(j), E[exp(t.S)] = F^n, whose coefficients obey

    alpha_i G_alpha = sum_{0 < beta <= alpha} (n beta_i - (alpha_i - beta_i)) F_beta G_(alpha - beta).

The bottom covariance is a number. Results are polynomials in 1/n (flint's fmpq_poly), nothing truncated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, product
from math import factorial, prod
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx, fmpq_poly

from tests.oracles.moments import GaussianMoments, Leg, Powers, as_powers
from tests.oracles.network import Network, SitePolynomial

Place = tuple[str, int]  # (field, sample)
Pair = tuple[Place, Place]
Factor = tuple[str, str, int]  # (weight, field, sample): the polynomial this weight multiplies in that field's equation


def rational(value: Any) -> fmpq:
    return fmpq(value.numerator, value.denominator)


class CovarianceTransfer:
    """``moment(legs)`` is E[prod of output fields] as a polynomial in 1/n; results are kept between calls."""

    def __init__(self, network: Network) -> None:
        self.network = network
        for layer in network.layers[1:]:
            for terms in layer.values():
                for term in terms:
                    if term.kind == "direct" or (term.site and any(d for _, d in term.site.variables())):
                        raise ValueError("the covariance transfer needs a network without direct or prev terms")
        self._levels = {layer: _Level(self, layer) for layer in range(2, network.depth + 1)}
        self._moments: dict[tuple[Powers, ...], fmpq_poly] = {}

    def moment(self, legs: Sequence[Leg]) -> fmpq_poly:
        by_neuron: dict[int, list[Place]] = {}
        for name, neuron, sample in legs:
            by_neuron.setdefault(neuron, []).append((name, sample))
        key = tuple(sorted((as_powers(places) for places in by_neuron.values()), key=repr))
        if key not in self._moments:
            self._moments[key] = self._outer_moment(key)
        return self._moments[key]

    def _outer_moment(self, neurons: tuple[Powers, ...]) -> fmpq_poly:
        top = self.network.depth
        if top == 1:
            moments = GaussianMoments(self.first_covariance, fmpq(1))
            return fmpq_poly([prod((moments(powers) for powers in neurons), start=fmpq(1))])
        level = self._levels[top]
        polynomial = prod((level.outer_moments(powers) for powers in neurons), start=level.symbols.constant(1))
        for layer in range(top, 1, -1):
            polynomial = self._levels[layer].expectation(polynomial)
        return polynomial

    def first_covariance(self, left: Place, right: Place) -> fmpq:
        """Covariance of the first layer: a number."""
        (u, a), (v, b) = left, right
        total = fmpq(0)
        for one, two in product(self.network.layers[0][u], self.network.layers[0][v]):
            if one.parameter == two.parameter:
                variance = self.network.variances[0][one.parameter or ""]
                overlap = self.network.input_overlap(a, b) if one.kind == "input" else 1
                total += rational(one.coefficient * two.coefficient * variance * overlap)
        return total


class _Level:
    """Polynomials in the covariance of one layer, and their expectations given the layer below."""

    def __init__(self, owner: CovarianceTransfer, layer: int) -> None:
        self.owner, self.layer = owner, layer
        network = owner.network
        places = sorted(product(network.layers[layer - 1], range(len(network.inputs))))
        self.pairs: list[Pair] = list(combinations_with_replacement(places, 2))
        self.position = {pair: position + 1 for position, pair in enumerate(self.pairs)}
        # generator 0 is 1/n
        self.symbols = fmpq_mpoly_ctx.get(["x"] + [f"g{layer}_{k}" for k in range(len(self.pairs))], Ordering.lex)
        self.outer_moments = GaussianMoments(self._symbol, self.symbols.constant(1))
        self.equations = network.layers[layer - 1]
        self.variances = network.variances[layer - 1]
        self._sites = fmpq_mpoly_ctx.get(
            [f"{field}_{sample}" for field, sample in self._site_places()] or ["none"], Ordering.lex
        )
        self._factor_moments: dict[tuple[tuple[Factor, int], ...], Any] = {}
        self._pairs_in_factors: dict[Pair, dict[tuple[tuple[Factor, int], ...], fmpq]] = {}
        self._site_functions: dict[Factor, Any] = {}
        self._block_moments: dict[Powers, Any] = {}
        self._sums: dict[Powers, Any] = {}

    def _symbol(self, left: Place, right: Place) -> Any:
        return self.symbols.gen(self.position[(left, right) if left <= right else (right, left)])

    def _site_places(self) -> list[Place]:
        network = self.owner.network
        return sorted(product(network.layers[self.layer - 2], range(len(network.inputs))))

    # the ring of the answers: polynomials in 1/n and the covariance below, or in 1/n alone at the bottom
    def _inverse_width(self) -> Any:
        ratio = rational(1 / self.owner.network.widths[self.layer - 2])
        x = fmpq_poly([0, 1]) if self.layer == 2 else self._below().symbols.gen(0)
        return ratio * x

    def _one(self) -> Any:
        return fmpq_poly([1]) if self.layer == 2 else self._below().symbols.constant(1)

    def _below(self) -> _Level:
        return self.owner._levels[self.layer - 1]

    def expectation(self, polynomial: Any) -> Any:
        """E over layer l of a polynomial in the covariance of layer l+1, term by term."""
        one = self._one()
        powers_of_x = fmpq_poly([0, 1]) if self.layer == 2 else self._below().symbols.gen(0)
        total = one * 0
        for exponents, coefficient in polynomial.to_dict().items():
            powers = tuple((pair, int(e)) for pair, e in zip(self.pairs, exponents[1:], strict=True) if e)
            weight = prod(factorial(e) for _, e in powers) * coefficient
            total += weight * powers_of_x ** int(exponents[0]) * self._sum_moment(powers)
        return total

    def _sum_moment(self, alpha: Powers) -> Any:
        """E[prod_p Ghat_p^alpha_p]/alpha!, Ghat a sum over neurons divided by n (recursion of the module docstring)."""
        if not alpha:
            return self._one()
        if alpha in self._sums:
            return self._sums[alpha]
        pair, exponent = alpha[0]
        y = self._inverse_width()
        y_power = [y**k for k in range(sum(e for _, e in alpha) + 1)]
        total = self._one() * 0
        for beta, rest in _splittings(alpha):
            size = sum(e for _, e in beta)
            marked = dict(beta).get(pair, 0)
            weight = marked * y_power[size - 1] - (exponent - marked) * y_power[size]
            total += weight * (self._block_moment(beta) * self._sum_moment(rest))
        self._sums[alpha] = total * fmpq(1, exponent)
        return self._sums[alpha]

    def _block_moment(self, beta: Powers) -> Any:
        """E[prod_p q_p^beta_p]/beta! at one neuron of the layer below."""
        if beta not in self._block_moments:
            expanded: dict[tuple[tuple[Factor, int], ...], fmpq] = {(): fmpq(1)}
            for pair, exponent in beta:
                for _ in range(exponent):
                    expanded = _multiply(expanded, self._pair_factors(pair))
            total = self._one() * 0
            for factors, coefficient in expanded.items():
                total += coefficient * self._factor_moment(factors)
            self._block_moments[beta] = total * fmpq(1, prod(factorial(e) for _, e in beta))
        return self._block_moments[beta]

    def _pair_factors(self, pair: Pair) -> dict[tuple[tuple[Factor, int], ...], fmpq]:
        """q_p as a polynomial in the site functions of each weight."""
        if pair not in self._pairs_in_factors:
            self._pairs_in_factors[pair] = self._opened(pair)
        return self._pairs_in_factors[pair]

    def _opened(self, pair: Pair) -> dict[tuple[tuple[Factor, int], ...], fmpq]:
        (u, a), (v, b) = pair
        q: dict[tuple[tuple[Factor, int], ...], fmpq] = {}
        constant = fmpq(0)
        for one, two in product(self.equations[u], self.equations[v]):
            if one.kind == two.kind == "bias" and one.parameter == two.parameter:
                constant += rational(one.coefficient * two.coefficient * self.variances[one.parameter or ""])
        if constant:
            q[()] = constant
        left = {term.parameter for term in self.equations[u] if term.kind == "weighted"}
        right = {term.parameter for term in self.equations[v] if term.kind == "weighted"}
        for weight in sorted(name for name in left & right if name):
            q[as_powers([(weight, u, a), (weight, v, b)])] = rational(self.variances[weight])
        return q

    def _factor_moment(self, factors: tuple[tuple[Factor, int], ...]) -> Any:
        """E[prod phi^power] at one neuron, given the covariance of its layer."""
        if factors not in self._factor_moments:
            polynomial = self._sites.constant(1)
            for factor, exponent in factors:
                if factor not in self._site_functions:
                    self._site_functions[factor] = self._site_function(*factor)
                polynomial = polynomial * self._site_functions[factor] ** exponent
            moments = self._lower_moments()
            places = self._site_places()
            total = self._one() * 0
            for exponents, coefficient in polynomial.to_dict().items():
                powers = tuple((place, int(e)) for place, e in zip(places, exponents, strict=True) if e)
                total += coefficient * moments(powers)
            self._factor_moments[factors] = total
        return self._factor_moments[factors]

    def _site_function(self, weight: str, name: str, sample: int) -> Any:
        places = self._site_places()
        total = self._sites.constant(0)
        for term in self.equations[name]:
            if term.kind == "weighted" and term.parameter == weight:
                total += _as_mpoly(term.site or SitePolynomial({}), sample, places, self._sites)
        return total

    def _lower_moments(self) -> GaussianMoments:
        if self.layer > 2:
            return self._below().outer_moments
        if not hasattr(self, "_bottom"):
            self._bottom = GaussianMoments(self.owner.first_covariance, fmpq(1))
        return self._bottom


def _as_mpoly(site: SitePolynomial, sample: int, places: list[Place], context: Any) -> Any:
    terms: dict[tuple[int, ...], fmpq] = {}
    for monomial, coefficient in site.terms.items():
        powers = {(name, sample): exponent for (name, _), exponent in monomial}
        terms[tuple(powers.get(place, 0) for place in places)] = rational(coefficient)
    return context.from_dict(terms)


def _multiply(left: dict[Any, fmpq], right: dict[Any, fmpq]) -> dict[Any, fmpq]:
    result: dict[Any, fmpq] = {}
    for (one, a), (two, b) in product(left.items(), right.items()):
        powers = dict(one)
        for factor, exponent in two:
            powers[factor] = powers.get(factor, 0) + exponent
        key = tuple(sorted(powers.items()))
        result[key] = result.get(key, fmpq(0)) + a * b
    return result


def _splittings(alpha: Powers) -> Iterator[tuple[Powers, Powers]]:
    """All (beta, alpha - beta) with 0 < beta <= alpha."""
    for taken in product(*(range(exponent + 1) for _, exponent in alpha)):
        if any(taken):
            beta = tuple((p, t) for (p, _), t in zip(alpha, taken, strict=True) if t)
            rest = tuple((p, e - t) for (p, e), t in zip(alpha, taken, strict=True) if e > t)
            yield beta, rest
