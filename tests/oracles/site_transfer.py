"""Exact moments of any network at integer widths: direct terms, prev, several fields, unequal widths.

The expectation wanted is E[prod over neurons of a monomial in that neuron's fields, at any layers]. The fields of the
topmost layer are replaced by their equation,

    u_i = (direct polynomial of the neuron's lower fields) + s_i,    s_i | below ~ Normal(0, Gamma), independent in i,

the s are contracted (Isserlis), and every Gamma = const + (1/n) sum_j (...) is opened one after the other: the neuron j
is one of those already named, or any of the (n - named) others, which are alike. What remains is a sum of expectations
of the same kind, one layer lower. The neurons of layer 1 are independent Gaussians with a known covariance; sums over
them are averaged by ``neuron_sums``.

Layers joined by a direct term, or by a formula that mixes z[j] and prev(z[j]), share neuron labels and need equal
widths; otherwise labels of different layers have nothing to do with each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import comb
from typing import Any

from flint import fmpq

from tests.oracles.moments import GaussianMoments, Leg, Powers, as_powers
from tests.oracles.network import Network, SitePolynomial
from tests.oracles.neuron_sums import NeuronSums, times

Entry = tuple[str, int, int]  # (field, layer, sample)
Site = tuple[int, Powers]  # (label set, monomial in entries)
State = tuple[Site, ...]
Gamma = tuple[tuple[str, int], tuple[str, int]]


def rational(value: Any) -> fmpq:
    return fmpq(value.numerator, value.denominator)


class SiteTransfer:
    """``moment(legs)`` is E[prod of output fields], an exact number, for hidden widths ``network.width(l, n)``."""

    def __init__(self, network: Network, n: int) -> None:
        self.network, self.n = network, n
        self.label_set = _label_sets(network)
        for layer, other in product(range(1, network.depth), repeat=2):
            if self.label_set[layer] == self.label_set[other] and network.width(layer, n) != network.width(other, n):
                raise ValueError(f"layers {layer} and {other} share neurons but differ in width")
        self._known: dict[State, fmpq] = {(): fmpq(1)}
        self._first = GaussianMoments(self._first_covariance, fmpq(1))
        if network.depth > 1:
            self._neuron_sums = NeuronSums(network.width(1, n), self._summand_at_first_layer, self._first)
        self._contracted: dict[tuple[int, Powers], dict[tuple[Powers, Powers], fmpq]] = {}
        self._opened: dict[tuple[int, Gamma], tuple[fmpq, list[tuple[int, int, Powers, fmpq]]]] = {}

    def moment(self, legs: Sequence[Leg]) -> fmpq:
        top = self.network.depth
        by_neuron: dict[int, list[Entry]] = {}
        for name, neuron, sample in legs:
            by_neuron.setdefault(neuron, []).append((name, top, sample))
        shared = [layer for layer in range(1, top) if self.label_set[layer] == self.label_set[top]]
        if shared and len(by_neuron) > self.network.width(shared[0], self.n):
            raise ValueError("a direct term carries neurons upwards: no more output neurons than the width exist")
        state = [(self.label_set[top], as_powers(entries)) for entries in by_neuron.values()]
        return self._expectation(tuple(sorted(state)))

    def _expectation(self, state: State) -> fmpq:
        if state not in self._known:
            top = max(entry[1] for _, monomial in state for entry, _ in monomial)
            if top == 1:
                value = fmpq(1)
                for _, monomial in state:
                    value *= self._first(monomial)
            elif top == 2:
                value = self._onto_first_layer(state)
            else:
                value = sum((c * self._expectation(s) for s, c in self._one_layer_down(state, top).items()), fmpq(0))
            self._known[state] = value
        return self._known[state]

    def _onto_first_layer(self, state: State) -> fmpq:
        """The neurons of layer 1 are independent: their sums are averaged without naming them one by one."""
        total = fmpq(0)
        for (sites, gammas), coefficient in self._contracted_state(state, 2).items():
            total += coefficient * self._neuron_sums.expectation(tuple(monomial for _, monomial in sites), gammas)
        return total

    def _summand_at_first_layer(self, gamma: Gamma) -> dict[Powers, fmpq]:
        """What one neuron of layer 1 adds to a Gamma of layer 2, the bias variance shared out evenly."""
        constant, summands = self._summands(2, gamma)
        polynomial: dict[Powers, fmpq] = {(): constant / self.network.width(1, self.n)} if constant else {}
        for _, _, monomial, coefficient in summands:
            polynomial[monomial] = polynomial.get(monomial, fmpq(0)) + coefficient
        return polynomial

    def _contracted_state(self, state: State, top: int) -> dict[tuple[State, Powers], fmpq]:
        """The fields of layer ``top`` averaged given the layers below: {(named neurons, monomial in Gamma): ...}."""
        contracted_state: dict[tuple[State, Powers], fmpq] = {((), ()): fmpq(1)}
        for labels, monomial in state:
            upper = tuple((entry, e) for entry, e in monomial if entry[1] == top)
            lower = tuple((entry, e) for entry, e in monomial if entry[1] != top)
            grown: dict[tuple[State, Powers], fmpq] = {}
            for (sites, gammas), coefficient in contracted_state.items():
                for (below, contracted), c in self._contract(top, upper).items():
                    merged = times(lower, below)
                    new_sites = (*sites, (labels, merged)) if merged else sites
                    key = (tuple(sorted(new_sites)), times(gammas, contracted))
                    grown[key] = grown.get(key, fmpq(0)) + coefficient * c
            contracted_state = grown
        return contracted_state

    def _one_layer_down(self, state: State, top: int) -> dict[State, fmpq]:
        """The expectation over the parameters of layer ``top``, as a combination of states below it."""
        open_states = self._contracted_state(state, top)
        closed: dict[State, fmpq] = {}
        while open_states:
            grown: dict[tuple[State, Powers], fmpq] = {}
            for (sites, gammas), coefficient in open_states.items():
                if not gammas:
                    closed[sites] = closed.get(sites, fmpq(0)) + coefficient
                    continue
                (gamma, exponent), *others = gammas
                rest = ((gamma, exponent - 1), *others) if exponent > 1 else tuple(others)
                for new_sites, c in self._open(top, gamma, sites).items():
                    key = (new_sites, rest)
                    grown[key] = grown.get(key, fmpq(0)) + coefficient * c
            open_states = grown
        return closed

    def _contract(self, top: int, upper: Powers) -> dict[tuple[Powers, Powers], fmpq]:
        """E over s of one neuron's monomial in (direct + s): {(monomial below, monomial in Gamma): coefficient}."""
        if (top, upper) not in self._contracted:
            partial: dict[tuple[Powers, Powers], fmpq] = {((), ()): fmpq(1)}  # (below, powers of s)
            for (name, _, sample), exponent in upper:
                direct = self._direct_part(top, name, sample)
                grown: dict[tuple[Powers, Powers], fmpq] = {}
                for taken in range(exponent + 1) if direct else (0,):
                    below = _power(direct, taken)
                    noise = ((((name, sample), exponent - taken)),) if exponent > taken else ()
                    for ((old_below, old_noise), c), (monomial, d) in product(partial.items(), below.items()):
                        key = (times(old_below, monomial), times(old_noise, noise))
                        grown[key] = grown.get(key, fmpq(0)) + c * d * comb(exponent, taken)
                partial = grown
            result: dict[tuple[Powers, Powers], fmpq] = {}
            for (monomial, uncontracted), c in partial.items():
                for gammas, d in _pairings(uncontracted).items():
                    result[monomial, gammas] = result.get((monomial, gammas), fmpq(0)) + c * d
            self._contracted[top, upper] = result
        return self._contracted[top, upper]

    def _direct_part(self, top: int, name: str, sample: int) -> dict[Powers, fmpq]:
        total: dict[Powers, fmpq] = {}
        for term in self.network.layers[top - 1][name]:
            if term.kind == "direct" and term.site:
                for monomial, c in self._entries(term.site, top, sample).items():
                    total[monomial] = total.get(monomial, fmpq(0)) + c
        return total

    def _entries(self, site: SitePolynomial, top: int, sample: int) -> dict[Powers, fmpq]:
        return {
            tuple(sorted(((name, top - 1 - depth, sample), e) for (name, depth), e in monomial)): rational(coefficient)
            for monomial, coefficient in site.terms.items()
        }

    def _open(self, top: int, gamma: Gamma, sites: State) -> dict[State, fmpq]:
        """One Gamma written out as const + (1/n) sum over neurons, the named ones first."""
        constant, summands = self._summands(top, gamma)
        result: dict[State, fmpq] = {}
        if constant:
            result[sites] = constant
        for labels, width, monomial, coefficient in summands:
            if not monomial:
                result[sites] = result.get(sites, fmpq(0)) + coefficient * width
                continue
            named = [position for position, site in enumerate(sites) if site[0] == labels]
            for position in named:
                site = (labels, times(sites[position][1], monomial))
                new = tuple(sorted((*sites[:position], site, *sites[position + 1 :])))
                result[new] = result.get(new, fmpq(0)) + coefficient
            if width > len(named):
                new = tuple(sorted((*sites, (labels, monomial))))
                result[new] = result.get(new, fmpq(0)) + coefficient * (width - len(named))
        return result

    def _summands(self, top: int, gamma: Gamma) -> tuple[fmpq, list[tuple[int, int, Powers, fmpq]]]:
        if (top, gamma) not in self._opened:
            (u, a), (v, b) = gamma
            constant, summed = fmpq(0), dict[tuple[int, int, Powers], fmpq]()
            for one, two in product(self.network.layers[top - 1][u], self.network.layers[top - 1][v]):
                if one.parameter is None or one.parameter != two.parameter:
                    continue
                variance = rational(self.network.variances[top - 1][one.parameter])
                if one.kind == "bias":
                    constant += variance * rational(one.coefficient * two.coefficient)
                    continue
                assert one.site is not None and two.site is not None
                read = top - 1 - min((d for _, d in one.site.variables() | two.site.variables()), default=0)
                width = self.network.width(read, self.n)
                left, right = self._entries(one.site, top, a), self._entries(two.site, top, b)
                for (m, c), (k, d) in product(left.items(), right.items()):
                    key = (self.label_set[read], width, times(m, k))
                    summed[key] = summed.get(key, fmpq(0)) + variance * c * d / width
            self._opened[top, gamma] = constant, [(*key, c) for key, c in summed.items()]
        return self._opened[top, gamma]

    def _first_covariance(self, left: Entry, right: Entry) -> fmpq:
        (u, _, a), (v, _, b) = left, right
        total = fmpq(0)
        for one, two in product(self.network.layers[0][u], self.network.layers[0][v]):
            if one.parameter == two.parameter:
                variance = self.network.variances[0][one.parameter or ""]
                overlap = self.network.input_overlap(a, b) if one.kind == "input" else 1
                total += rational(one.coefficient * two.coefficient * variance * overlap)
        return total


def _label_sets(network: Network) -> dict[int, int]:
    """Which layers' neurons carry the same labels: {layer: smallest layer of its set}."""
    label = {layer: layer for layer in range(1, network.depth + 1)}
    for position, equations in enumerate(network.layers[1:]):
        top = position + 2
        joined: dict[str | None, set[int]] = {None: {top}}  # None: direct terms, which also join the layer they make
        for term in (term for terms in equations.values() for term in terms):
            if term.site is not None:
                read = joined.setdefault(term.parameter, set())
                read |= {top - 1 - depth for _, depth in term.site.variables()}
        for layers in joined.values():
            marks = {label[layer] for layer in layers}
            label = {layer: min(marks) if mark in marks else mark for layer, mark in label.items()}
    return label


def _power(polynomial: dict[Powers, fmpq], exponent: int) -> dict[Powers, fmpq]:
    result: dict[Powers, fmpq] = {(): fmpq(1)}
    for _ in range(exponent):
        grown: dict[Powers, fmpq] = {}
        for (m, c), (k, d) in product(result.items(), polynomial.items()):
            grown[times(m, k)] = grown.get(times(m, k), fmpq(0)) + c * d
        result = grown
    return result


def _pairings(noise: Powers) -> dict[Powers, fmpq]:
    """Isserlis with the covariances left as symbols: {monomial in Gamma: number of pairings}."""
    if not noise:
        return {(): fmpq(1)}
    (first, exponent), *others = noise
    rest = ((first, exponent - 1), *others) if exponent > 1 else tuple(others)
    result: dict[Powers, fmpq] = {}
    for position, (partner, count) in enumerate(rest):
        middle = ((partner, count - 1),) if count > 1 else ()
        gamma = tuple(sorted((first, partner)))
        for gammas, c in _pairings((*rest[:position], *middle, *rest[position + 1 :])).items():
            key = times(gammas, ((gamma, 1),))
            result[key] = result.get(key, fmpq(0)) + c * count
    return result
