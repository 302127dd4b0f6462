"""Closed forms followed into another family: the difference falls as a power of t, and its extrapolation to t = 0
vanishes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil

import mpmath
import sympy

from ptheory.activations import Activation
from ptheory.expectations import closed_form, evaluate
from ptheory.expectations.moments import Moment
from tests.expectations.catalogue import Entry
from tests.expectations.family_limits import Approached, Limit, Rescaled, T, as_activation
from tests.expectations.witnesses.points import Matrix, number, rational, substitution

DIGITS = 60
STEPS = 5
TOLERANCE = mpmath.mpf(10) ** -6


@dataclass(frozen=True)
class Followed:
    """``order``: the measured power of t of the difference, inf where it falls below 10^−30 before the last t;
    ``least``: the difference from the limit after extrapolation to t = 0; ``exact``: no difference at any t."""

    order: float
    least: float
    exact: bool = False


def follow(entry: Entry, limit: Limit, matrix: Matrix) -> Followed:
    """Asserts that the difference falls at least as t^(1/2), by a whole or half power or faster than any, and that the
    values extrapolate to the limit within 10^−6."""
    matrix = [[x / ceil(max(row[a] for a, row in enumerate(matrix))) for x in row] for row in matrix]
    times = [limit.start / 2**k for k in range(STEPS)]
    slope = sympy.Rational(-3, 5)
    with mpmath.workdps(DIGITS):
        if isinstance(limit, Rescaled):
            far = moment_value(target_moment(entry, limit), matrix)
            near = [rescaled_value(entry, limit, matrix, t) for t in times]
        else:
            far = number(entry.form.expression, substitution(entry.form.moment.size, matrix, slope), DIGITS)
            near = [approaching_value(entry, limit, matrix, t) for t in times]
        differences = [value - far for value in near]
        label = (entry.family.name, entry.expectation, limit)
        size = mpmath.mpf(10) ** -30 * (1 + abs(far))
        if all(abs(d) < size for d in differences[-2:]):
            exact = all(abs(d) < mpmath.mpf(10) ** -40 * (1 + abs(far)) for d in differences)
            return Followed(float("inf"), float(abs(differences[-1])), exact)
        order = measured_order(differences)
        assert order > 0.45, (label, differences)
        if order < 9:
            assert abs(order * 2 - round(order * 2)) < 0.1, (label, order, differences)
        least = min(abs(differences[-1]), abs(extrapolated(differences)))
        assert least < TOLERANCE * (1 + abs(far)), (label, order, differences)
        return Followed(float(order), float(least))


def measured_order(differences: list[mpmath.mpf]) -> mpmath.mpf:
    """log2 of the ratios of successive differences, extrapolated to t = 0."""
    return extrapolated([mpmath.log(abs(a / b), 2) for a, b in pairwise(differences)])


def extrapolated(values: list[mpmath.mpf]) -> mpmath.mpf:
    """The polynomial in t through the values at t, t/2, t/4, …, at t = 0."""
    row = list(values)
    for j in range(1, len(values)):
        row = [(2**j * b - a) / (2**j - 1) for a, b in pairwise(row)]
    return row[0]


def target_moment(entry: Entry, limit: Rescaled) -> Moment:
    factors = []
    for _, order, variable in entry.form.moment.factors:
        factors.append((as_activation(limit.target(order).formula), order, variable))
    return Moment(tuple(factors))


def moment_value(target: Moment, matrix: Matrix) -> mpmath.mpf:
    """By its own closed form."""
    form = closed_form(target)
    if form is None:
        return evaluate(target, matrix, digits=40).as_mpf()
    return number(form.expression, substitution(target.size, matrix, sympy.S.One), DIGITS)


def rescaled_value(entry: Entry, limit: Rescaled, matrix: Matrix, t: Fraction) -> mpmath.mpf:
    """The row's own formula at the covariance s² K, times A s^m of every factor."""
    size = entry.form.moment.size
    scale = limit.scale.subs(T, rational(t))
    square = Fraction(int((scale**2).p), int((scale**2).q))
    slope = sympy.S.One if limit.slope is None else limit.slope.subs(T, rational(t))
    values = substitution(size, [[square * x for x in row] for row in matrix], slope)
    factor = sympy.S.One
    for _, order, _ in entry.form.moment.factors:
        factor *= limit.target(order).amplitude.subs(T, rational(t)) * scale**order
    return number(entry.form.expression, values, DIGITS) * number(factor, {}, DIGITS)


def approaching_value(entry: Entry, limit: Approached, matrix: Matrix, t: Fraction) -> mpmath.mpf:
    near = Activation(f"near {t}", limit.near.subs(T, rational(t)))
    factors = tuple((near, order, variable) for _, order, variable in entry.form.moment.factors)
    return evaluate(Moment(factors), matrix, digits=45).as_mpf()
