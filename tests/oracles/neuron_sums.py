"""E[prod_s m_s(j_s) prod_p (sum_j q_p(j))^alpha_p] for independent neurons of one Gaussian law, by convolution.

The exponential series in t of prod_j exp(t.q(j)), one factor per neuron: a named neuron s carries its monomial m_s
along, the others are alike, and their product is built by halving their number. Exact numbers, no formula in the width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import product
from math import factorial, prod
from typing import Any

from flint import fmpq

from tests.oracles.moments import GaussianMoments, Powers

Polynomial = Mapping[Powers, fmpq]


class NeuronSums:
    """``summand(p)`` is q_p as a polynomial in one neuron's variables; ``moments`` their Gaussian moments."""

    def __init__(self, neurons: int, summand: Callable[[Any], Polynomial], moments: GaussianMoments) -> None:
        self.neurons, self.summand, self.moments = neurons, summand, moments
        self._powers: dict[Powers, dict[Powers, fmpq]] = {(): {(): fmpq(1)}}
        self._single: dict[tuple[Powers, Powers], fmpq] = {}
        self._alike: dict[tuple[int, Powers], fmpq] = {}
        self._named: dict[tuple[tuple[Powers, ...], int, Powers], fmpq] = {}

    def expectation(self, named: tuple[Powers, ...], alpha: Powers) -> fmpq:
        """The expectation of the module docstring, ``named`` holding the monomials of distinct named neurons."""
        if len(named) > self.neurons:
            return fmpq(0)
        others = self.neurons - len(named)
        return self._with_named(tuple(sorted(named)), others, alpha) * prod(factorial(e) for _, e in alpha)

    def _with_named(self, named: tuple[Powers, ...], others: int, alpha: Powers) -> fmpq:
        if not named:
            return self._others(others, alpha)
        key = (named, others, alpha)
        if key not in self._named:
            total = fmpq(0)
            for beta, rest in splittings(alpha):
                one = self._one_neuron(named[0], beta)
                if one:
                    total += one * self._with_named(named[1:], others, rest)
            self._named[key] = total
        return self._named[key]

    def _others(self, count: int, alpha: Powers) -> fmpq:
        """Coefficient of t^alpha in E[exp(t.q)]^count."""
        if not alpha or not count:
            return fmpq(not alpha)
        if count == 1:
            return self._one_neuron((), alpha)
        if (count, alpha) not in self._alike:
            half = count // 2
            parts = (self._others(half, beta) * self._others(count - half, rest) for beta, rest in splittings(alpha))
            self._alike[count, alpha] = sum(parts, fmpq(0))
        return self._alike[count, alpha]

    def _one_neuron(self, monomial: Powers, beta: Powers) -> fmpq:
        """E[m prod_p q_p^beta_p]/beta! at one neuron."""
        if (monomial, beta) not in self._single:
            total = fmpq(0)
            for powers, coefficient in self._power(beta).items():
                total += coefficient * self.moments(times(powers, monomial))
            self._single[monomial, beta] = total / prod(factorial(e) for _, e in beta)
        return self._single[monomial, beta]

    def _power(self, beta: Powers) -> dict[Powers, fmpq]:
        if beta not in self._powers:
            (variable, exponent), *others = beta
            lower = ((variable, exponent - 1), *others) if exponent > 1 else tuple(others)
            result: dict[Powers, fmpq] = {}
            for (m, c), (k, d) in product(self._power(lower).items(), self.summand(variable).items()):
                key = times(m, k)
                result[key] = result.get(key, fmpq(0)) + c * d
            self._powers[beta] = result
        return self._powers[beta]


@lru_cache(maxsize=20_000)
def splittings(alpha: Powers) -> tuple[tuple[Powers, Powers], ...]:
    """All (beta, alpha - beta) with 0 <= beta <= alpha."""
    found = []
    for taken in product(*(range(exponent + 1) for _, exponent in alpha)):
        beta = tuple((p, t) for (p, _), t in zip(alpha, taken, strict=True) if t)
        found.append((beta, tuple((p, e - t) for (p, e), t in zip(alpha, taken, strict=True) if e > t)))
    return tuple(found)


def times(left: Powers, right: Powers) -> Powers:
    """Product of two monomials with sorted variables."""
    if not left or not right:
        return left or right
    powers = dict(left)
    for variable, exponent in right:
        powers[variable] = powers.get(variable, 0) + exponent
    return tuple(sorted(powers.items()))
