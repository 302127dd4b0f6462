"""Cumulants of the kernel to every order in 1/n at once, where the network is a product of independent random factors.

A fully connected Gaussian network without biases whose activation is homogeneous, phi(s z) = s phi(z) for s > 0, has at
one input Ĝ' = Ĝ (C_W/n) sum_j phi(u_j)^2 with u_j independent standard Gaussians: every layer multiplies Ĝ by a factor
independent of those before. With c_k = <phi^(2k)>/K^k

    E[Ĝ^k] = K^k prod_m M_k(n_m),     M_k(n) = E[(sum_j phi(u_j)^2)^k] / (n c_1)^k,     M_2 = 1 + (c_2/c_1^2 - 1)/n,

over the layers m below. At l/n = r fixed, Ĝ/K becomes log-normal: E[Ĝ^k]/K^k -> exp(r a k (k-1)/2), a = c_2/c_1^2 - 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import factorial, prod

import sympy as sp

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.criticality.asymptotics import DEPTH
from ptheory.criticality.laws import WIDTH
from ptheory.criticality.specialised import SpecialisedSystem
from ptheory.depth.depth_sum import NoDepthForm
from ptheory.networks.architecture import Architecture, Bias, WeightedSum
from ptheory.recursion.means.mean import Mean

LAYER = sp.Symbol("m", integer=True, positive=True)  # that a product runs over
WIDTH_OF_LAYER = sp.Symbol("n[m]", positive=True)
MOST_KERNELS = 6  # in a cumulant


@dataclass(frozen=True)
class ProductOfLayers:
    """The moments of one neuron's phi(u)^2 in units of their mean."""

    spec: SpecialisedSystem
    mean: Mean  # <phi^2>

    @cached_property
    def growth(self) -> sp.Expr:
        """a = <phi^4>/<phi^2>^2 - 1: 2 for a linear network, 5 for ReLU."""
        return self._moment(2) - 1

    def _moment(self, k: int) -> sp.Expr:
        """c_k/c_1^k."""
        ((jet, _),) = self.mean.factors

        def coefficient(power: int) -> sp.Expr:
            series = self.spec.average_series(Mean(((jet, 2 * power),)), 1)
            return series.terms[sp.Integer(power), 0]

        return sp.simplify(coefficient(k) / coefficient(1) ** k)

    def factor(self, k: int, width: sp.Expr) -> sp.Expr:
        """M_k(n): neurons that coincide, over all partitions of k factors."""
        total: sp.Expr = sp.Integer(0)
        for sizes, ways in _partitions(k):
            neurons = sp.prod([width - j for j in range(len(sizes))])
            total += ways * neurons * sp.prod([self._moment(size) for size in sizes])
        return sp.expand(sp.cancel(total / width**k))

    def cumulant(self, kernels: int, moment: Callable[[int], sp.Expr]) -> sp.Expr:
        """n^(k-1) times the k-th cumulant of Ĝ/K, ``moment(j)`` being E[Ĝ^j]/K^j."""
        terms = [
            (-1) ** (len(sizes) - 1) * factorial(len(sizes) - 1) * ways * sp.prod([moment(size) for size in sizes])
            for sizes, ways in _partitions(kernels)
        ]
        return WIDTH ** (kernels - 1) * sp.Add(*terms)

    def at_equal_widths(self, kernels: int) -> sp.Expr:
        """The cumulant in units of K^k, every layer of width n."""
        return self.cumulant(kernels, lambda j: self.factor(j, WIDTH) ** (DEPTH - 1))

    def at_any_widths(self, kernels: int) -> sp.Expr:
        """The same without n^(k-1), a product over the layers below."""
        if kernels == 1:
            return sp.Integer(1)

        def moment(j: int) -> sp.Expr:
            factor = self.factor(j, WIDTH_OF_LAYER)
            return sp.Integer(1) if factor == 1 else sp.Product(factor, (LAYER, 1, DEPTH - 1))

        return self.cumulant(kernels, moment) / WIDTH ** (kernels - 1)

    def at_fixed_ratio(self, kernels: int, ratio: sp.Expr) -> sp.Expr:
        """The cumulant of Ĝ/K at l/n = ratio, n -> infinity."""
        moments = self.cumulant(kernels, lambda j: sp.exp(ratio * self.growth * sp.Rational(j * (j - 1), 2)))
        return sp.expand(moments / WIDTH ** (kernels - 1))


def product_of_layers(
    spec: SpecialisedSystem, architecture: Architecture, hyper: Mapping[Atom, sp.Expr]
) -> ProductOfLayers:
    """The network as a product of independent factors. Raises NoDepthForm where it is none."""
    equations = architecture.layers
    if len(equations) != 1 or any(not isinstance(term, (Bias, WeightedSum)) for term in equations[0].terms):
        raise NoDepthForm("every order in 1/n is known for one field and no skip connections")
    sums = [term for term in equations[0].terms if isinstance(term, WeightedSum)]
    gaussian = architecture.has_gaussian_rows and all(p.law.is_gaussian for p in architecture.parameters)
    if len(sums) != 1 or not gaussian or any(p.excess_fan_in for p in architecture.parameters):
        raise NoDepthForm("every order in 1/n is known for one sum over Gaussian weights of variance C_W/n")
    means = [atom for atom in spec.system.kernel.atoms() if isinstance(atom, Mean)]
    if len(means) != 1 or not _is_square(means[0], spec) or len(_with(spec.system.kernel, means[0])) != 1:
        raise NoDepthForm("every order in 1/n is known for a homogeneous activation, sigma(s z) = s sigma(z)")
    if _without(spec.system.kernel, means[0]).evaluate(lambda atom: hyper[atom], _rational) != 0:
        raise NoDepthForm("every order in 1/n is known without biases: set their variance to zero")
    return ProductOfLayers(spec, means[0])


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def _without(polynomial: Polynomial, mean: Mean) -> Polynomial:
    """The terms that do not hold the average: variances of biases."""
    return Polynomial({monomial: c for monomial, c in polynomial if all(atom != mean for atom, _ in monomial)})


def _is_square(mean: Mean, spec: SpecialisedSystem) -> bool:
    """Whether it is <phi^2> of one homogeneous function."""
    jets = mean.jets
    if len(mean.factors) != 1 or len(jets) != 2 or jets[0].order or mean.derivatives:
        return False
    degree: int | None = spec.activation(jets[0].function).homogeneous_degree
    return degree == 1


def _with(polynomial: Polynomial, mean: Mean) -> Polynomial:
    """The terms that hold the average."""
    return Polynomial({monomial: c for monomial, c in polynomial if any(atom == mean for atom, _ in monomial)})


def _partitions(k: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Sizes of the blocks of partitions of k things, largest first, and in how many ways."""

    def sizes(left: int, most: int) -> Iterator[tuple[int, ...]]:
        if not left:
            yield ()
        for first in range(min(left, most), 0, -1):
            for rest in sizes(left - first, first):
                yield (first, *rest)

    for blocks in sizes(k, k):
        same = prod(factorial(count) for count in Counter(blocks).values())
        yield blocks, factorial(k) // (prod(map(factorial, blocks)) * same)
