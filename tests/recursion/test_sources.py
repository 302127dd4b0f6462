"""A source the engine does not have, written as docs/architecture.md says, against enumeration of all neurons.

The mean over the neurons of a layer of a function, m = (1/n) sum_j g(x_j), which the layer above reads: no legs, and
its derivative is ∂/∂m by itself. The layer of x is drawn from a law of finitely many values; given it, a neuron of the
next layer is Gaussian with the covariance Ĝ = (1/n) sum_j x_j^2, and F = (m z)^p has

    ⟨F⟩ = (p-1)!! m^p Ĝ^(p/2).

Averages of products of such functions over the layer of x are polynomials in 1/n. The other route sums over every
configuration of n neurons: no cumulants, no derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import factorial, perm, prod
from typing import TypeVar

import pytest

from ptheory.algebra.polynomial import Polynomial
from ptheory.networks.fields import Field
from ptheory.recursion.fluctuations import joint_cumulant
from ptheory.recursion.places import Sample
from ptheory.recursion.sources import COVARIANCE, Inserted, NeuronCumulant, Source, sources_of_neurons
from ptheory.recursion.tensors import (
    PREACTIVATION,
    WIDTH_RATIO,
    Collective,
    Expectation,
    Kind,
    Leg,
    ObservableAt,
    SiteFactor,
    Tensor,
    covariance,
)

T = TypeVar("T")
LAW = {Fraction(-1): Fraction(1, 6), Fraction(1, 2): Fraction(1, 3), Fraction(2): Fraction(1, 2)}

MEAN = Collective((ObservableAt(Kind("m", 0), ()),), ())
BY_MEAN = Leg(Field("m"), Sample(1))
Z = Leg(Field("z"), Sample(1))


def g(x: Fraction) -> Fraction:
    return x + x**2 / 3


@dataclass(frozen=True)
class MeanOverNeurons:
    """δm ∂/∂m."""

    legs: int = 0
    cost: int = 1
    is_centred: bool = True

    def inserted(self, legs: Sequence[Leg]) -> Inserted:
        assert not legs
        return Inserted(Fraction(1), MEAN, (BY_MEAN,))


SOURCES: tuple[Source, ...] = (COVARIANCE, MeanOverNeurons())


# ---- the numbers of what the expansion asks for: one input, one field ------------------------------------------------


def average(variables: Sequence[Collective]) -> Fraction:
    """E of a product of x^2 (for Ĝ) and g(x) (for m) of one neuron."""
    return sum((w * prod(g(x) if v == MEAN else x**2 for v in variables) for x, w in LAW.items()), Fraction(0))


def partitions(items: list[T]) -> list[list[list[T]]]:
    if not items:
        return [[]]
    found = []
    for rest in partitions(items[1:]):
        found += [[[items[0]], *rest]]
        found += [[*rest[:k], [items[0], *block], *rest[k + 1 :]] for k, block in enumerate(rest)]
    return found


def cumulant(variables: list[Collective]) -> Fraction:
    """Of one neuron: n^(1-k) times it is the joint cumulant of the k means."""
    return sum(
        (
            (-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1) * prod(average(block) for block in blocks)
            for blocks in partitions(variables)
        ),
        Fraction(0),
    )


def monomial(p: int) -> Polynomial:
    """⟨(m z)^p⟩: site function p."""
    return Polynomial.atom(Expectation((SiteFactor(p, (), Sample(1)),)))


def expected(atom: Expectation) -> Fraction:
    """∂_m^r ∂_z^s of (m z)^p, averaged at the leading covariance and mean."""
    (factor,) = atom.factors
    p, r = factor.site, sum(leg == BY_MEAN for leg in atom.derivatives)
    s = len(atom.derivatives) - r
    if s > p or r > p or (p - s) % 2:
        return Fraction(0)
    gaussian = prod(range(1, p - s, 2)) * average([covariance(Z, Z)]) ** ((p - s) // 2)
    return perm(p, r) * average([MEAN]) ** (p - r) * perm(p, s) * gaussian


def value(derived: Polynomial) -> Fraction:
    total = Fraction(0)
    for factors, coefficient in derived:
        for atom, exponent in factors:
            if isinstance(atom, Expectation):
                coefficient *= expected(atom) ** exponent
            elif isinstance(atom, Tensor):
                # a cumulant of means over independent neurons has no further order in 1/n
                coefficient *= (cumulant(list(atom.components)) if atom.order == 0 else Fraction(0)) ** exponent
                assert atom.power == len(atom.components) - 1 + atom.order
            else:
                assert atom == WIDTH_RATIO
        total += coefficient
    return total


def coefficients(
    functions: Sequence[Polynomial], through: int, sources: tuple[Source, ...] = SOURCES
) -> list[Fraction]:
    """Of 1, 1/n, ..., n^-through in the joint cumulant."""

    def limit(atom: Expectation) -> int:
        return atom.factors[0].site

    return [value(joint_cumulant(functions, k, limit, sources)) for k in range(through + 1)]


# ---- the other route -------------------------------------------------------------------------------------------------


def enumerated(functions: Sequence[tuple[int, int]], n: int) -> Fraction:
    """The joint cumulant of the functions m^p Ĝ^q, (p, q) each, over every configuration of n neurons."""
    layers = []
    for neurons in product(LAW, repeat=n):
        weight = prod((LAW[x] for x in neurons), start=Fraction(1))
        m, covariance_there = (sum(values, Fraction(0)) / n for values in (map(g, neurons), (x**2 for x in neurons)))
        layers.append((weight, [m**p * covariance_there**q for p, q in functions]))
    total = Fraction(0)
    for blocks in partitions(list(range(len(functions)))):
        term = Fraction((-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1))
        for block in blocks:
            term *= sum((w * prod((values[k] for k in block), start=Fraction(1)) for w, values in layers), Fraction(0))
        total += term
    return total


def exact_coefficients(functions: Sequence[tuple[int, int]]) -> list[Fraction]:
    """Of the polynomial in 1/n that enumeration gives: its degree is the number of means less one."""
    means = sum(p + q for p, q in functions)
    points = [Fraction(1, n) for n in range(1, means + 1)]
    found = [Fraction(0)] * means
    for k, at in enumerate(points):  # Lagrange
        basis = [Fraction(1)]
        for other in points:
            if other != at:
                shifted = [Fraction(0), *basis]
                basis = [(s - other * c) / (at - other) for s, c in zip(shifted, [*basis, Fraction(0)], strict=True)]
        height = enumerated(functions, k + 1)
        found = [c + height * b for c, b in zip(found, basis, strict=True)]
    return found


@pytest.mark.parametrize("degrees, through", [((2,), 2), ((4,), 5), ((2, 2), 3)])
def test_functions_of_a_mean_and_a_covariance(degrees: tuple[int, ...], through: int) -> None:
    exact = exact_coefficients([(p, p // 2) for p in degrees])
    numbers = prod(prod(range(1, p, 2)) for p in degrees)
    derived = coefficients([monomial(p) for p in degrees], through)
    assert derived == [numbers * c for c in exact[: through + 1]] and all(derived[len(degrees) - 1 :])


def test_the_mean_and_the_covariance_themselves_as_factors() -> None:
    factors = [Polynomial.atom(MEAN) * monomial(2), Polynomial.atom(covariance(Z, Z))]
    assert coefficients(factors, 4) == exact_coefficients([(3, 1), (0, 1)])


@pytest.mark.parametrize("missing", [0, 1])
def test_a_source_left_out_is_missed(missing: int) -> None:
    exact = exact_coefficients([(2, 1), (2, 1)])
    assert coefficients([monomial(2)] * 2, 1, SOURCES[:missing] + SOURCES[missing + 1 :]) != exact[:2]


def test_at_order_one_over_n_it_is_half_the_second_derivative() -> None:
    """E f(m) = f + f''/2 Var(g)/n: f(m) = m^2 <z^2>, with Ĝ held at K."""
    derived = joint_cumulant([monomial(2)], 1, lambda _: 0, SOURCES[1:])
    assert value(derived) == cumulant([MEAN, MEAN]) * average([covariance(Z, Z)])


@pytest.mark.parametrize("means", [1, 2, 3, 4])
def test_a_joint_cumulant_of_means_has_one_power_of_the_width(means: int) -> None:
    by_power = [value(joint_cumulant([Polynomial.atom(MEAN)] * means, k, sources=SOURCES)) for k in range(6)]
    assert by_power == [cumulant([MEAN] * means) if k == means - 1 else 0 for k in range(6)]


def test_sources_of_neurons_that_are_not_gaussian() -> None:
    """Ĉ of 2m legs costs m, alone m - 1: those of up to 2(power + 1) legs reach n^-power."""
    assert sources_of_neurons(2, gaussian_rows=True) == (COVARIANCE,)
    found = sources_of_neurons(2, gaussian_rows=False)
    assert [(s.legs, s.cost, s.is_centred) for s in found] == [(2, 1, True), (4, 2, False), (6, 3, False)]
    inserted = NeuronCumulant(4).inserted([Z] * 4)
    assert inserted.factor == Fraction(1, 24) and inserted.variable.cost == 2 and inserted.by == (Z,) * 4
    assert all(o.kind == PREACTIVATION for o in inserted.variable.observables)
