"""Reduce a moment at a given covariance to independent, non-degenerate blocks: zero inputs, equal and opposite inputs
included.

A variable of zero variance becomes a number, one proportional to another is folded into it, independent blocks factor,
and a product with an odd block is exactly zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import sympy
from sympy import Expr, S

from ptheory.activations.activation import Activation, side_of
from ptheory.activations.symbols import Z
from ptheory.expectations.covariance import Covariance, blocks
from ptheory.expectations.expectation_errors import DivergentMoment
from ptheory.expectations.moments import Moment
from ptheory.expectations.one_variable import OneVariable, one_variable, product


@dataclass(frozen=True)
class Block:
    """Distributions of correlated variables, no two of them proportional, none of zero variance."""

    parts: tuple[OneVariable, ...]
    covariance: Covariance


@dataclass(frozen=True)
class ReducedTerm:
    """weight · Π over blocks."""

    weight: Expr
    blocks: tuple[Block, ...]


def reduce_moment(moment: Moment, covariance: Covariance) -> list[ReducedTerm]:
    """The moment as a sum of products of independent non-degenerate blocks."""
    return [_reduced(weight, term, covariance) for weight, term in _folded(moment, covariance)]


def _reduced(weight: Expr, moment: Moment, covariance: Covariance) -> ReducedTerm:
    parts = [_part(moment, a) for a in range(moment.size)]
    parents = _proportional(covariance)
    alive: dict[int, OneVariable] = {}
    for a in range(moment.size):
        if covariance[a][a] == 0:
            weight = weight * _at_zero(parts[a])
            continue
        parent, ratio = parents[a]
        own = parts[a] if parent == a else parts[a].rescaled(_rational(ratio))
        alive[parent] = product(alive[parent], own) if parent in alive else own
    names = sorted(alive)
    trimmed = tuple(tuple(covariance[a][b] for b in names) for a in names)
    found = []
    for group in blocks(trimmed):
        signs = [_parity_of(alive[names[i]], moment, covariance, parents, names[i]) for i in group]
        if None not in signs and signs.count(-1) % 2:
            return ReducedTerm(S.Zero, ())
        block = tuple(tuple(trimmed[i][j] for j in group) for i in group)
        found.append(Block(tuple(alive[names[i]] for i in group), block))
    return ReducedTerm(weight, tuple(found))


def _parity_of(
    part: OneVariable, moment: Moment, covariance: Covariance, parents: list[tuple[int, Fraction]], name: int
) -> int | None:
    """Of what stands at the variable ``name`` once those proportional to it are folded in."""
    members = {a for a in range(moment.size) if covariance[a][a] and parents[a][0] == name}
    return part.parity or moment.parity(members)


def _part(moment: Moment, variable: int) -> OneVariable:
    return one_variable(moment.factors_at(variable), moment.power(variable), moment.derivatives.count(variable))


def _at_zero(part: OneVariable) -> Expr:
    if any(point == 0 for point, _, _ in part.deltas):
        raise DivergentMoment("a delta function at an input of zero variance: the expectation diverges")
    right, left = (side_of(part.branches, S.Zero, side).subs(Z, 0) for side in (1, -1))
    return (left + right) / 2


def _proportional(covariance: Covariance) -> list[tuple[int, Fraction]]:
    """For each variable the first one it is proportional to, and the factor: z_a = factor · z_parent."""
    parents: list[tuple[int, Fraction]] = []
    for a in range(len(covariance)):
        parents.append((a, Fraction(1)))
        for b in range(a):
            independent = covariance[a][b] ** 2 != covariance[a][a] * covariance[b][b]
            if covariance[b][b] != 0 and covariance[a][a] != 0 and not independent:
                parents[a] = (b, covariance[a][b] / covariance[b][b])
                break
    return parents


def _folded(moment: Moment, covariance: Covariance) -> Iterator[tuple[Expr, Moment]]:
    """Merge proportional variables factor by factor; outer derivatives that would stand between them go inside by the
    product rule.
    """
    parents = _proportional(covariance)
    merged = {a for a, (b, _) in enumerate(parents) if a != b and a < moment.size}
    if not merged:
        yield S.One, moment
        return
    groups = merged | {parents[a][0] for a in merged}
    crossing = [d for d in moment.derivatives if d in groups]
    outside = tuple(d for d in moment.derivatives if d not in groups)
    inner = Moment(moment.factors, moment.powers, outside)
    try:
        terms = [(w, m) for w, m in _product_rule(S.One, inner, crossing)]
        folded = [_merge(w, m, parents) for w, m in terms]
        for _, m in folded:
            for a in range(m.size):
                _part(m, a)
    except DivergentMoment:
        yield S.One, moment  # term by term it diverges; the sum may not
        return
    yield from folded


def _product_rule(weight: Expr, moment: Moment, derivatives: list[int]) -> Iterator[tuple[Expr, Moment]]:
    if not derivatives:
        yield weight, moment
        return
    variable, *rest = derivatives
    for times, slope in moment.slopes(variable):
        yield from _product_rule(weight * times, slope, rest)


def _merge(weight: Expr, moment: Moment, parents: list[tuple[int, Fraction]]) -> tuple[Expr, Moment]:
    factors = []
    powers = [0] * moment.size
    for activation, order, a in moment.factors:
        parent, ratio = parents[a]
        if ratio == 1:
            factors.append((activation, order, parent))
        else:  # σ^(m)(λz) = λ^(−m) d^m/dz^m σ(λz)
            factors.append((rescaled_activation(activation, _rational(ratio)), order, parent))
            weight = weight / _rational(ratio) ** order
    for a in range(moment.size):
        parent, ratio = parents[a]
        powers[parent] += moment.power(a)
        weight = weight * _rational(ratio) ** moment.power(a)
    return weight, Moment(tuple(factors), tuple(powers), moment.derivatives)


@lru_cache(maxsize=1024)
def rescaled_activation(activation: Activation, factor: Expr) -> Activation:
    """z ↦ σ(factor·z)."""
    return Activation(f"{activation.name}({factor}·)", activation.formula.subs(Z, factor * Z), activation.parameters)


def _rational(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)
