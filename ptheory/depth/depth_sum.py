"""Sequences in the layer that are finite sums of c l^p rho^l, and linear recursions solved in them.

``c`` and ``rho`` are rational in hyperparameters, exact. X_{l+1} = a X_l + b_l with b = c l^p rho^l has the particular
solution q(l) rho^l, q a polynomial of degree p, of degree p + 1 where rho = a; the rest of X is a multiple of a^l.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

import sympy as sp

from ptheory.algebra.refusal import Refusal
from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.series import DIGITS
from ptheory.expectations.time_limits import check_time


class NoDepthForm(Refusal):
    """No closed form in the layer; the message says why."""


NOTHING = sp.Float(10) ** -25  # a decimal coefficient that is smaller is zero


@lru_cache(maxsize=10_000)
def canonical(value: sp.Expr) -> sp.Expr:
    """One form for equal rational functions; with decimal coefficients a sum, of which nothing is left that is zero."""
    if not value.has(sp.Float):
        return sp.factor(sp.cancel(sp.together(value)))
    terms = sp.Add.make_args(sp.expand(sp.N(value, DIGITS)))
    return sp.Add(*(term for term in terms if abs(term.as_coeff_Mul()[0]) > NOTHING))


@dataclass(frozen=True)
class DepthSum:
    """``terms[rho, p]`` is the coefficient of l^p rho^l; none of them is zero."""

    terms: Mapping[tuple[sp.Expr, int], sp.Expr] = field(default_factory=dict)

    @staticmethod
    def of(terms: Iterable[tuple[sp.Expr, int, sp.Expr]]) -> DepthSum:
        """The sum of (rho, p, c), equal powers together."""
        check_time()
        found: dict[tuple[sp.Expr, int], sp.Expr] = {}
        for rho, power, coefficient in terms:
            key = canonical(rho), power
            found[key] = found.get(key, sp.Integer(0)) + coefficient
        kept = {key: canonical(value) for key, value in found.items()}
        return DepthSum({key: value for key, value in kept.items() if value != 0})

    @staticmethod
    def constant(value: sp.Expr) -> DepthSum:
        """The same in every layer."""
        return DepthSum.of([(sp.Integer(1), 0, value)])

    def __add__(self, other: DepthSum) -> DepthSum:
        return DepthSum.of((rho, p, c) for one in (self, other) for (rho, p), c in one.terms.items())

    def __mul__(self, other: DepthSum) -> DepthSum:
        return DepthSum.of(
            (rho * sigma, p + q, c * d) for (rho, p), c in self.terms.items() for (sigma, q), d in other.terms.items()
        )

    def scaled(self, factor: sp.Expr) -> DepthSum:
        """Times a number or hyperparameters."""
        return DepthSum.of((rho, p, c * factor) for (rho, p), c in self.terms.items())

    def raised(self, exponent: sp.Expr) -> DepthSum:
        """A power; of a sum only a whole one that is not negative. Raises NoDepthForm."""
        if exponent.is_Integer and exponent >= 0:
            total = DepthSum.constant(sp.Integer(1))
            for _ in range(int(exponent)):
                total = total * self
            return total
        if len(self.terms) != 1:
            raise NoDepthForm(f"the power {exponent} of a sum over layers")
        (((rho, power), coefficient),) = self.terms.items()
        if power:
            raise NoDepthForm(f"the power {exponent} of a polynomial in the layer")
        return DepthSum.of([(rho**exponent, 0, coefficient**exponent)])

    def at(self, layer: int) -> sp.Expr:
        """The value in a layer."""
        return canonical(sp.Add(*(c * sp.Integer(layer) ** p * rho**layer for (rho, p), c in self.terms.items())))

    def before(self) -> DepthSum:
        """The sequence of the layer below: l - 1 in place of l."""
        return DepthSum.of(
            (rho, j, c / rho * sp.binomial(p, j) * sp.Integer(-1) ** (p - j))
            for (rho, p), c in self.terms.items()
            for j in range(p + 1)
        )

    @property
    def is_constant(self) -> bool:
        """Whether every layer has the same value."""
        return all(rho == 1 and power == 0 for rho, power in self.terms)

    def expression(self) -> sp.Expr:
        """The sum in l."""
        return sp.Add(*self.summands())

    def summands(self) -> tuple[sp.Expr, ...]:
        """One for each rho, its power written as rho^(l-1), the polynomial in the layer before it in factors."""
        by_base: dict[sp.Expr, sp.Expr] = {}
        for (rho, power), coefficient in self.terms.items():
            by_base[rho] = by_base.get(rho, sp.Integer(0)) + coefficient * rho * DEPTH**power
        found = [_in_factors(polynomial) * rho ** (DEPTH - 1) for rho, polynomial in by_base.items()]
        return tuple(sorted(found, key=lambda term: (sp.count_ops(term), str(term)))) or (sp.Integer(0),)


def _in_factors(polynomial: sp.Expr) -> sp.Expr:
    """A polynomial in the layer in factors; with decimal coefficients l - 1 alone, where it vanishes in layer 1."""
    if not polynomial.has(sp.Float):
        return sp.factor(polynomial)
    whole = sp.expand(polynomial)
    coefficients = [whole.coeff(DEPTH, power) for power in range(sp.degree(whole, DEPTH), -1, -1)]
    *above, left = (canonical(one) for one in accumulate(coefficients))  # divided by l - 1
    if above and left == 0:
        return sp.Add(*(c * DEPTH**power for power, c in enumerate(reversed(above)))) * (DEPTH - 1)
    return sp.collect(whole, DEPTH)


def solved(factor: sp.Expr, source: DepthSum, first: sp.Expr, start: int = 1) -> DepthSum:
    """X_{l+1} = factor X_l + source_l with X = ``first`` in layer ``start``; ``factor`` is not zero."""
    particular = DepthSum.of(
        (rho, power, coefficient)
        for rho in {rho for rho, _ in source.terms}
        for power, coefficient in enumerate(_particular(canonical(factor), rho, source))
    )
    rest = canonical((first - particular.at(start)) / factor**start)
    return particular + DepthSum.of([(factor, 0, rest)])


def _particular(factor: sp.Expr, rho: sp.Expr, source: DepthSum) -> list[sp.Expr]:
    """The coefficients of q in q(l + 1) rho - factor q(l) = the source's polynomial before rho^l."""
    wanted = {power: c for (base, power), c in source.terms.items() if base == rho}
    degree = max(wanted)
    gap = canonical(rho - factor)
    if gap != 0:
        found: list[sp.Expr] = [sp.Integer(0)] * (degree + 1)
        for k in range(degree, -1, -1):
            above = sum((sp.binomial(j, k) * found[j] for j in range(k + 1, degree + 1)), sp.Integer(0))
            found[k] = canonical((wanted.get(k, sp.Integer(0)) - rho * above) / gap)
        return found
    found = [sp.Integer(0)] * (degree + 2)
    for k in range(degree, -1, -1):
        above = sum((sp.binomial(j, k) * found[j] for j in range(k + 2, degree + 2)), sp.Integer(0))
        found[k + 1] = canonical((wanted.get(k, sp.Integer(0)) - rho * above) / (rho * (k + 1)))
    return found


def gaps(factor: sp.Expr, source: DepthSum) -> set[sp.Expr]:
    """What must not vanish for the form to hold: the differences of bases that depend on hyperparameters."""
    differences = (canonical(rho - factor) for rho, _ in source.terms)
    factors = {one for gap in differences for one, _ in sp.factor_list(gap)[1]}
    return {one for one in factors if one.is_nonzero is not True}
