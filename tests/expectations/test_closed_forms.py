"""Every closed form of the catalogue: enclosed at 30 rational points by quadrature that does not share its recursion,
compared with mpmath to 30 digits, differentiated in K, and followed into another family."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb

from ptheory.activations import Activation, Z, from_formula, lookup
from ptheory.activations.tape import multiprecision
from ptheory.expectations import DivergentMoment, Value, closed_form, covariance_symbol, evaluate, moment
from ptheory.expectations.balls import ball, bits
from ptheory.expectations.catalogue import EXPECTATIONS, FAMILIES, SLOPE, Entry, catalogue, catalogue_moment, table
from ptheory.expectations.covariance import read_covariance, read_number
from ptheory.expectations.line_integral import line_integral
from ptheory.expectations.moments import Moment
from ptheory.expectations.product_integral import product_integral
from ptheory.expectations.reduction import reduce_moment

ENTRIES = list(catalogue())
NAMES = [f"{e.family.name}-{k}" for k, e in enumerate(ENTRIES)]
POINTS = 30


def test_there_are_at_least_sixty() -> None:
    assert len(ENTRIES) >= 60
    found = {(e.family.name, e.expectation) for e in ENTRIES}
    assert len(found) == len(ENTRIES)
    for family in ("gelu", "relu^2", "relu^3"):
        for expectation in (r"\langle\sigma_0\sigma_1\rangle", r"\langle\sigma'_0\sigma'_1\rangle"):
            assert (family, expectation) in found


def concrete(entry: Entry, slope: sympy.Rational) -> Moment:
    """The moment with the parameter of leaky ReLU put in."""
    if entry.family.parameters and entry.family.formula.has(SLOPE):
        family = lookup("leaky_relu", slope=slope)
        factors = tuple((family, m, v) for _, m, v in entry.form.moment.factors)
        return Moment(factors)
    return entry.form.moment


def quadrature(target: Moment, covariance: list[list[Fraction]]) -> arb:
    """The enclosure that knows nothing of gates and orthants: integrals of the branch formulas."""
    total = arb(0)
    for term in reduce_moment(target, read_covariance(covariance, target.size)):
        product = ball(term.weight)
        for block in term.blocks:
            rule = (
                line_integral(block.parts[0], block.covariance[0][0])
                if len(block.parts) == 1
                else product_integral(block.parts, block.covariance)
            )
            product = product * rule
        total += product.real
    return total


def points(size: int, seed: str) -> list[list[list[Fraction]]]:
    """Rational covariances with rational standard deviations, so that correlations -1 and 1 are met exactly."""
    rng = random.Random(seed)
    found = []
    for k in range(POINTS):
        a, b = (Fraction(rng.randint(2, 20), rng.randint(5, 12)) for _ in range(2))
        correlation = (Fraction(-1), Fraction(1), Fraction(0))[k] if k < 3 else Fraction(rng.randint(-17, 17), 20)
        matrix = [[a * a, correlation * a * b], [correlation * a * b, b * b]]
        found.append(matrix if size == 2 else [[a * a]])
    return found


def substitution(size: int, matrix: list[list[Fraction]], slope: sympy.Rational) -> dict[sympy.Symbol, sympy.Rational]:
    values = {SLOPE: slope}
    for i in range(size):
        for j in range(i, size):
            values[covariance_symbol(i, j)] = sympy.Rational(matrix[i][j].numerator, matrix[i][j].denominator)
    return values


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_enclosures_overlap_at_thirty_points(entry: Entry) -> None:
    size = entry.form.moment.size
    rng = random.Random(entry.expectation)
    for matrix in points(size, entry.family.name + entry.expectation):
        slope = sympy.Rational(rng.randint(-9, 9), 7)
        value = entry.form.expression.subs(substitution(size, matrix, slope))
        singular = size == 2 and matrix[0][1] ** 2 == matrix[0][0] * matrix[1][1]
        try:
            with bits(64):
                expected = quadrature(concrete(entry, slope), matrix)
        except DivergentMoment:  # two deltas at equal or opposite inputs
            assert singular and not value.is_finite
            continue
        with bits(400):
            if singular and value.has(sympy.nan, sympy.zoo):  # 0/0 in the formula; the value is its limit
                value = evaluate(concrete(entry, slope), matrix)
                ours = from_value(value)
            else:
                ours = ball(value).real
            assert ours.is_finite(), (matrix, value)
            assert ours.overlaps(expected), (matrix, ours, expected)
            assert abs((ours - expected).mid()) <= 1e-6 * (1 + abs(expected.mid()))


def from_value(value: Value) -> arb:
    middle = read_number(value.value)
    return arb(middle.numerator) / middle.denominator + arb(0, float(value.radius) * 1.01)


def half_rule(
    family: Activation, order: int, variance: Fraction, fine: bool
) -> tuple[list[mpmath.mpf], list[mpmath.mpf]]:
    """Gauss–Legendre nodes between the kinks of one variable, and weight times σ^(order), in plain mpmath."""
    x, w = GAUSS
    deviation = mpmath.sqrt(mpmath.mpf(variance.numerator) / variance.denominator)
    steps = {k * deviation for k in (range(-22, 23) if fine else range(-14, 15, 2))}
    edges = sorted(steps | {mpmath.mpf(int(k)) for k in family.kinks})
    points_, values = [], []
    for low, high in pairwise(edges):
        middle = sympy.Rational(str(mpmath.nstr((low + high) / 2, 10)))
        branch = next(b.formula for b in family.branches if b.lower < middle and middle < b.upper)
        function = multiprecision(branch.diff(Z, order))
        for p, q in zip(x, w, strict=True):
            z = low + (high - low) * (p + 1) / 2
            points_.append(z)
            values.append(q * (high - low) / 2 * function(z))
    return points_, values


def gauss(nodes: int) -> tuple[list[mpmath.mpf], list[mpmath.mpf]]:
    """Legendre roots polished from double precision, and their weights."""
    starts = [mpmath.mpf(float(x)) for x in np.polynomial.legendre.leggauss(nodes)[0]]
    roots = [mpmath.findroot(lambda t: mpmath.legendre(nodes, t), (x, x + mpmath.mpf(10) ** -12)) for x in starts]
    weights = [2 * (1 - r * r) / (nodes * mpmath.legendre(nodes - 1, r)) ** 2 for r in roots]
    return roots, weights


with mpmath.workdps(45):
    GAUSS = gauss(30)


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_mpmath_to_thirty_digits(entry: Entry) -> None:
    slope = sympy.Rational(2, 7)
    target = concrete(entry, slope)
    variances = (Fraction(25, 16), Fraction(4, 9))
    covariance = Fraction(1, 3)
    matrix = [[variances[0], covariance], [covariance, variances[1]]]
    with mpmath.workdps(40):
        exact = sympy.N(entry.form.expression.subs(substitution(target.size, matrix, slope)), 40)
        ours = mpmath.mpmathify(exact)
        if any(f.derivative(m).deltas for f, m, _ in target.factors):
            return  # quadrature of a delta: covered by the enclosures and by ∂/∂K
        sides = []
        for a in range(target.size):
            own = [(f, m) for f, m, v in target.factors if v == a]
            rules = [half_rule(f, m, variances[a], target.size == 1) for f, m in own]
            x, values = rules[0][0], list(rules[0][1])
            for (f, m), _ in zip(own[1:], rules[1:], strict=True):
                functions = [(b, multiprecision(b.formula.diff(Z, m))) for b in f.branches]
                for k, z in enumerate(x):
                    branch = next(g for b, g in functions if b.lower < z and z < b.upper)
                    values[k] = values[k] * branch(z)
            sides.append((x, values))
        if target.size == 1:
            k = mpmath.mpf(variances[0].numerator) / variances[0].denominator
            expected = mpmath.fsum(
                v * mpmath.exp(-z * z / (2 * k)) for z, v in zip(*sides[0], strict=True)
            ) / mpmath.sqrt(2 * mpmath.pi * k)
        else:
            expected = plane(sides, matrix)
        assert abs(ours - expected) < mpmath.mpf(10) ** -29 * (1 + abs(expected))


def plane(sides: list[tuple[list[mpmath.mpf], list[mpmath.mpf]]], matrix: list[list[Fraction]]) -> mpmath.mpf:
    (a, b), (_, c) = ([mpmath.mpf(x.numerator) / x.denominator for x in row] for row in matrix)
    det = a * c - b * b
    left = [v * mpmath.exp(-c * z * z / (2 * det)) for z, v in zip(*sides[0], strict=True)]
    right = [v * mpmath.exp(-a * z * z / (2 * det)) for z, v in zip(*sides[1], strict=True)]
    total = mpmath.mpf(0)
    for z, v in zip(sides[0][0], left, strict=True):
        rate = b * z / det
        total += v * mpmath.fdot((w, mpmath.exp(rate * y)) for y, w in zip(sides[1][0], right, strict=True))
    return total / (2 * mpmath.pi * mpmath.sqrt(det))


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_kernel_derivatives(entry: Entry) -> None:
    """d/dK_ab of the formula is c ⟨∂_a∂_b F⟩, itself a closed form."""
    target = entry.form.moment
    matrix = [[Fraction(9, 4), Fraction(-2, 5)], [Fraction(-2, 5), Fraction(16, 25)]]
    values = substitution(target.size, matrix, sympy.Rational(-3, 5))
    for a in range(target.size):
        for b in range(a, target.size):
            weight, slope = target.kernel_derivative(a, b)
            derived = closed_form(slope)
            assert derived is not None
            difference = entry.form.expression.diff(covariance_symbol(a, b)) - weight * derived.expression
            assert abs(sympy.N(difference.subs(values), 30)) < 1e-25


LIMITS: list[tuple[sympy.Expr, sympy.Expr, float]] = [
    (sympy.erf(10**8 * Z), sympy.sign(Z), 1e-7),
    ((1 + sympy.erf(10**8 * Z)) / 2, sympy.Heaviside(Z), 1e-7),
    (sympy.sin(Z / 10**6) * 10**6, Z, 1e-11),
    (sympy.cos(Z / 10**6), sympy.S.One + 0 * Z, 1e-11),
    (sympy.exp(-(Z**2) / 10**12), sympy.S.One + 0 * Z, 1e-11),
    (Z * (1 + sympy.erf(10**8 * Z)) / 2, sympy.Max(0, Z), 1e-7),
    (sympy.Max(-1, sympy.Min(1, 10**8 * Z)), sympy.sign(Z), 1e-7),
    (sympy.Piecewise((Z, Z > 0), ((sympy.exp(30 * Z) - 1) / 30, True)), sympy.Max(0, Z), 0.05),
    (Z + sympy.sin(Z / 10**4) ** 2 * 10**4 / 10**4, Z, 1e-7),
    (2 * sympy.cosh(Z) - sympy.exp(-Z), sympy.exp(Z), 1e-30),
    (sympy.Heaviside(Z) * 2 - 1, sympy.sign(Z), 1e-30),
    (sympy.Piecewise((Z, Z > 0), (-Z, True)), sympy.Abs(Z), 1e-30),
    (sympy.Piecewise((Z, Z > 0), (0, True)) ** 2, Z**2 * sympy.Heaviside(Z), 1e-30),
    (Z + 10**-6 * Z**2, Z, 1e-5),
]


@pytest.mark.parametrize(("family", "limit", "distance"), LIMITS)
def test_limits_into_another_family(family: sympy.Expr, limit: sympy.Expr, distance: float) -> None:
    near, far = from_formula("near", family), from_formula("far", limit)
    matrix = [[Fraction(3, 2), Fraction(1, 2)], [Fraction(1, 2), Fraction(4, 5)]]
    for orders in (((0, 0), (0, 1)), ((0, 0), (0, 0))):
        values = [evaluate(moment(*((s, m, v) for m, v in orders)), matrix).as_mpf() for s in (near, far)]
        assert abs(values[0] - values[1]) < distance


def test_leaky_slopes_interpolate_between_families() -> None:
    pair = ((0, 0), (0, 1))
    leaky = closed_form(catalogue_moment(lookup("leaky_relu", slope=SLOPE), pair))
    assert leaky is not None
    for slope, name in ((1, "linear"), (0, "relu"), (-1, "abs")):
        other = closed_form(catalogue_moment(lookup(name), pair))
        assert other is not None
        assert sympy.expand(leaky.expression.subs(SLOPE, slope) - other.expression) == 0


def test_published_two_input_kernels() -> None:
    """The closed forms the literature quotes, in its own variables (angle θ), at a rational point."""
    a, b, c = sympy.Rational(3, 2), sympy.Rational(2, 5), sympy.Rational(4, 5)
    theta = sympy.acos(b / sympy.sqrt(a * c))
    pi, root = sympy.pi, sympy.sqrt(a * c)
    published = {
        "step": (pi - theta) / (2 * pi),
        "relu": root * (sympy.sin(theta) + (pi - theta) * sympy.cos(theta)) / (2 * pi),
        "relu2": a
        * c
        * (3 * sympy.sin(theta) * sympy.cos(theta) + (pi - theta) * (1 + 2 * sympy.cos(theta) ** 2))
        / (2 * pi),
        "erf": 2 / pi * sympy.asin(2 * b / sympy.sqrt((1 + 2 * a) * (1 + 2 * c))),
        "probit": sympy.Rational(1, 4) + sympy.asin(b / sympy.sqrt((1 + a) * (1 + c))) / (2 * pi),
        "exp": sympy.exp((a + c) / 2 + b),
        "sin": sympy.exp(-(a + c) / 2) * sympy.sinh(b),
        "cos": sympy.exp(-(a + c) / 2) * sympy.cosh(b),
        "gaussian": 1 / sympy.sqrt((1 + a) * (1 + c) - b * b),
    }
    values = {covariance_symbol(0, 0): a, covariance_symbol(0, 1): b, covariance_symbol(1, 1): c}
    for name, expected in published.items():
        form = closed_form(catalogue_moment(lookup(name), ((0, 0), (0, 1))))
        assert form is not None
        assert abs(sympy.N(form.expression.subs(values) - expected, 40)) < 1e-35, name


def test_published_gelu_moments() -> None:
    k = covariance_symbol(0, 0)
    gelu = lookup("gelu")
    square = k / 4 + k / (2 * sympy.pi) * (sympy.asin(k / (1 + k)) + 2 * k / ((1 + k) * sympy.sqrt(1 + 2 * k)))
    slope = sympy.Rational(1, 4) + sympy.asin(k / (1 + k)) / (2 * sympy.pi)
    slope += k * (3 + 5 * k) / (2 * sympy.pi * (1 + k) * (1 + 2 * k) ** sympy.Rational(3, 2))
    for order, expected in ((0, square), (1, slope)):
        form = closed_form(moment((gelu, order), (gelu, order)))
        assert form is not None
        assert abs(sympy.N((form.expression - expected).subs(k, sympy.Rational(7, 3)), 40)) < 1e-35


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "sin", "gaussian", "relu2", "leaky_relu"])
def test_degenerate_limits_are_finite_and_continuous(name: str) -> None:
    """c → ±1, K → 0 and one variance zero: the formula near the limit approaches the value at it."""
    sigma = lookup(name)
    pair = moment((sigma, 0, 0), (sigma, 0, 1))
    tiny = Fraction(1, 10**12)
    for at, near in (
        ([[1, 1], [1, 1]], [[1, 1 - tiny], [1 - tiny, 1]]),
        ([[1, -1], [-1, 1]], [[1, tiny - 1], [tiny - 1, 1]]),
        ([[0, 0], [0, 0]], [[tiny, tiny / 2], [tiny / 2, tiny]]),
        ([[2, 0], [0, 0]], [[2, 0], [0, tiny]]),
    ):
        limit, close = (evaluate(pair, m).as_mpf() for m in (at, near))
        assert mpmath.isfinite(limit)
        assert abs(limit - close) < 1e-5


def test_four_input_closed_forms() -> None:
    matrix = [[Fraction(i == j) + Fraction(1, 3 + i + j) for j in range(4)] for i in range(4)]
    for name in ("sin", "exp", "gaussian", "quadratic"):
        four = moment(*((lookup(name), 0, a) for a in range(4)))
        form = closed_form(four)
        assert form is not None
        value = sympy.N(form.expression.subs(substitution(4, matrix, sympy.S.One)), 30)
        assert abs(mpmath.mpmathify(value) - evaluate(four, matrix).as_mpf()) < 1e-14 * (1 + abs(value))
    assert closed_form(moment(*((lookup("relu"), 0, a) for a in range(4)))) is None
    assert closed_form(moment(*((lookup("relu"), 0, a) for a in range(3)))) is not None


def test_no_closed_form_is_said() -> None:
    assert closed_form(moment((lookup("tanh"), 0), (lookup("tanh"), 0))) is None
    assert closed_form(moment(*[(lookup("erf"), 0)] * 4)) is None


def test_documentation_table_is_current() -> None:
    path = Path(__file__).parents[2] / "docs" / "expectations-table.md"
    assert path.read_text(encoding="utf-8").endswith(table())


def test_catalogue_covers_every_expectation() -> None:
    assert len(FAMILIES) * len(EXPECTATIONS) >= len(ENTRIES)
