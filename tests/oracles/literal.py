"""The undeniable oracle: write the whole network as a polynomial in its parameters and take Gaussian moments.

Every weight and bias is a generator of a flint polynomial ring; the outputs are expanded, multiplied, differentiated
with respect to parameters, and a monomial prod theta^k averages to prod (k-1)!! Var^(k/2), zero for odd k. Only for
tiny widths.
``moment`` averages the parameters layer by layer from the top, which is the same sum in a cheaper order.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from tests.oracles.moments import Leg
from tests.oracles.network import Network, SitePolynomial, Term

Parameter = tuple[int, str, int, int]  # (layer, name, output neuron, input neuron; -1 for a bias)


def rational(value: Any) -> fmpq:
    return fmpq(value.numerator, value.denominator)


class LiteralNetwork:
    """Outputs of a network of hidden widths ``network.width(l, n)`` with ``outputs`` neurons, as polynomials."""

    def __init__(self, network: Network, n: int, outputs: int) -> None:
        self.network = network
        self.widths = [network.width(layer, n) for layer in range(1, network.depth)] + [outputs]
        self.parameters: list[Parameter] = sorted(self._all_parameters())
        self.index = {parameter: position for position, parameter in enumerate(self.parameters)}
        self.context = fmpq_mpoly_ctx.get([f"t{k}" for k in range(len(self.parameters))], Ordering.lex)
        self.fields: list[dict[tuple[str, int, int], Any]] = []  # per layer: (field, neuron, sample) -> polynomial
        for layer in range(1, network.depth + 1):
            self.fields.append(self._layer(layer))

    def _all_parameters(self) -> set[Parameter]:
        found: set[Parameter] = set()
        for position, equations in enumerate(self.network.layers):
            for term in (term for terms in equations.values() for term in terms if term.parameter):
                for i in range(self.widths[position]):
                    for j in self._read_neurons(position + 1, term):
                        found.add((position + 1, term.parameter or "", i, j))
        return found

    def _read_neurons(self, layer: int, term: Term) -> range:
        """The neurons a term's parameter runs over; a bias has the single mark -1."""
        if term.kind == "bias":
            return range(-1, 0)
        if term.kind == "input":
            return range(self.network.input_width)
        assert term.site is not None
        return range(self.widths[layer - 2 - min((depth for _, depth in term.site.variables()), default=0)])

    def _layer(self, layer: int) -> dict[tuple[str, int, int], Any]:
        values: dict[tuple[str, int, int], Any] = {}
        for name, terms in self.network.layers[layer - 1].items():
            for i, a in product(range(self.widths[layer - 1]), range(len(self.network.inputs))):
                values[name, i, a] = sum((self._term(layer, term, i, a) for term in terms), self.context.constant(0))
        return values

    def _term(self, layer: int, term: Term, i: int, a: int) -> Any:
        if term.kind == "direct":
            assert term.site is not None
            return self._site(term.site, layer, i, a)
        total = self.context.constant(0)
        for j in self._read_neurons(layer, term):
            parameter = self.context.gen(self.index[layer, term.parameter or "", i, j])
            if term.kind == "bias":
                total += rational(term.coefficient) * parameter
            elif term.kind == "input":
                total += rational(term.coefficient * self.network.inputs[a][j]) * parameter
            else:
                assert term.site is not None
                total += parameter * self._site(term.site, layer, j, a)
        return total

    def _site(self, site: SitePolynomial, layer: int, neuron: int, sample: int) -> Any:
        total = self.context.constant(0)
        for monomial, coefficient in site.terms.items():
            factor = self.context.constant(rational(coefficient))
            for (name, depth), exponent in monomial:
                factor *= self.fields[layer - 2 - depth][name, neuron, sample] ** exponent
            total += factor
        return total

    def output(self, leg: Leg) -> Any:
        return self.fields[-1][leg]

    def _scale(self, parameter: Parameter, values: Sequence[Any]) -> Fraction:
        """Variance or rate of one parameter, the 1/width included."""
        layer, name, _, source = parameter
        value: Fraction = values[layer - 1][name]
        if source < 0:
            return value
        terms = [t for ts in self.network.layers[layer - 1].values() for t in ts if t.parameter == name]
        return value / len(self._read_neurons(layer, terms[0]))

    def variance(self, parameter: Parameter) -> Fraction:
        return self._scale(parameter, self.network.variances)

    def rate(self, parameter: Parameter) -> Fraction:
        return self._scale(parameter, self.network.rates)

    def expectation(self, polynomial: Any) -> fmpq:
        """E over all parameters at once."""
        everything = range(len(self.parameters))
        return self._average(polynomial, everything).to_dict().get((0,) * len(self.parameters), fmpq(0))

    def _average(self, polynomial: Any, over: range | list[int]) -> Any:
        """E over the parameters at positions ``over``, a polynomial in the others."""
        averaged = set(over)
        kept: dict[tuple[int, ...], fmpq] = {}
        for exponents, coefficient in polynomial.to_dict().items():
            if any(exponents[k] % 2 for k in averaged):
                continue
            for k in averaged:
                if exponents[k]:
                    coefficient = coefficient * _moment(int(exponents[k]), self.variance(self.parameters[k]))
            key = tuple(0 if k in averaged else int(e) for k, e in enumerate(exponents))
            kept[key] = kept.get(key, fmpq(0)) + coefficient
        return self.context.from_dict(kept)

    def moment(self, legs: Sequence[Leg]) -> fmpq:
        """E[prod of outputs], averaging the last layer's parameters neuron by neuron, then layer by layer downwards."""
        by_neuron: dict[int, Any] = {}
        for leg in legs:
            by_neuron[leg[1]] = by_neuron.get(leg[1], self.context.constant(1)) * self.output(leg)
        polynomial = self.context.constant(1)
        for neuron, factor in by_neuron.items():
            rows = [k for k, p in enumerate(self.parameters) if p[0] == self.network.depth and p[2] == neuron]
            polynomial *= self._average(factor, rows)
        for layer in range(self.network.depth, 0, -1):
            polynomial = self._average(polynomial, [k for k, p in enumerate(self.parameters) if p[0] == layer])
        return self.expectation(polynomial)

    # observables of training, from their definitions by parameter derivatives

    def tangent_kernel(self, one: Leg, two: Leg) -> Any:
        """H_12 = sum_mu rate_mu d_mu z_1 d_mu z_2."""
        total = self.context.constant(0)
        for mu, parameter in enumerate(self.parameters):
            total += rational(self.rate(parameter)) * self._d(one, mu) * self._d(two, mu)
        return total

    def kernel_differential(self, zero: Leg, one: Leg, two: Leg) -> Any:
        """dH_012 = sum rate_mu rate_nu d_mu_nu z_0 d_mu z_1 d_nu z_2."""
        total = self.context.constant(0)
        for mu, nu in product(range(len(self.parameters)), repeat=2):
            total += self._rates(mu, nu) * self._d(zero, mu, nu) * self._d(one, mu) * self._d(two, nu)
        return total

    def second_differential_one(self, zero: Leg, one: Leg, two: Leg, three: Leg) -> Any:
        """ddI_0123 = sum rates d_mu_nu_rho z_0 d_mu z_1 d_nu z_2 d_rho z_3."""
        total = self.context.constant(0)
        for mu, nu in product(range(len(self.parameters)), repeat=2):
            lower = self._d(zero, mu, nu)
            if not lower:
                continue
            inner = self.context.constant(0)
            for rho in range(len(self.parameters)):
                inner += self._rates(rho) * lower.derivative(rho) * self._d(three, rho)
            total += self._rates(mu, nu) * self._d(one, mu) * self._d(two, nu) * inner
        return total

    def second_differential_two(self, one: Leg, two: Leg, three: Leg, four: Leg) -> Any:
        """ddII_1234 = sum rates d_mu_nu z_1 d_rho_mu z_2 d_nu z_3 d_rho z_4."""
        total = self.context.constant(0)
        for mu in range(len(self.parameters)):
            left, right = self.context.constant(0), self.context.constant(0)
            for nu in range(len(self.parameters)):
                left += self._rates(nu) * self._d(one, mu, nu) * self._d(three, nu)
                right += self._rates(nu) * self._d(two, nu, mu) * self._d(four, nu)
            total += self._rates(mu) * left * right
        return total

    def _d(self, leg: Leg, *positions: int) -> Any:
        polynomial = self.output(leg)
        for position in positions:
            polynomial = polynomial.derivative(position)
        return polynomial

    def _rates(self, *positions: int) -> fmpq:
        total = fmpq(1)
        for position in positions:
            total *= rational(self.rate(self.parameters[position]))
        return total


def _moment(power: int, variance: Fraction) -> fmpq:
    """E[theta^power] for even power: (power-1)!! variance^(power/2)."""
    value = fmpq(1)
    for odd in range(1, power, 2):
        value *= odd * rational(variance)
    return value
