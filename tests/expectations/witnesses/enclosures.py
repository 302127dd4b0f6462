"""First witness: enclosures by quadrature of the branch formulas, which knows nothing of gates and orthants."""

from __future__ import annotations

import random

import sympy
from flint import arb

from ptheory.expectations import DivergentMoment, evaluate
from ptheory.expectations.balls import ball, bits
from ptheory.expectations.covariance import read_covariance, read_number
from ptheory.expectations.moments import Moment
from ptheory.expectations.product_integral import product_integral
from ptheory.expectations.reduction import reduce_moment
from tests.expectations.catalogue import Entry
from tests.expectations.witnesses.points import Matrix, concrete, points, slope_at, substitution


def quadrature(target: Moment, covariance: Matrix) -> arb:
    """The moment by product rules alone."""
    total = arb(0)
    for term in reduce_moment(target, read_covariance(covariance, target.size)):
        product = ball(term.weight)
        for block in term.blocks:
            product = product * product_integral(block.parts, block.covariance)
        total += product.real
    return total


def check_enclosures(entry: Entry, precision: int, count: int) -> tuple[int, float]:
    """At ``count`` points the formula (or its limit, where it reads 0/0) overlaps a quadrature that does not share its
    recursion. Returns the points compared and the widest relative enclosure."""
    size = entry.form.moment.size
    rng = random.Random(entry.expectation)
    compared, widest = 0, 0.0
    for matrix in points(size, entry.family.name + entry.expectation, count):
        slope = slope_at(rng)
        value = entry.form.expression.subs(substitution(size, matrix, slope))
        singular = size == 2 and matrix[0][1] ** 2 == matrix[0][0] * matrix[1][1]
        target = concrete(entry.form.moment, slope)
        try:
            with bits(precision):
                expected = quadrature(target, matrix)
        except DivergentMoment:  # two deltas at equal or opposite inputs
            assert singular and not value.is_finite
            continue
        with bits(400):
            if singular and value.has(sympy.nan, sympy.zoo):
                limit = evaluate(target, matrix)
                middle = read_number(limit.value)
                ours = arb(middle.numerator) / middle.denominator + arb(0, float(limit.radius) * 1.01)
            else:
                ours = ball(value).real
            assert ours.is_finite(), (matrix, value)
            assert ours.overlaps(expected), (matrix, ours, expected)
            width = float(expected.rad()) / (1 + float(abs(expected.mid())))
        assert width < 1e-5, (matrix, expected)
        compared, widest = compared + 1, max(widest, width)
    return compared, widest
