"""The two numerical witnesses of a closed form: enclosures by quadrature, and plain mpmath.

``python -m tests.expectations.closed_form_checks`` puts every entry of the catalogue through both at full strength
(30 rational points, 30 digits) and writes docs/expectations-verified.md; the test suite takes samples.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from time import process_time

import mpmath
import numpy as np
import sympy
from flint import arb

from ptheory.activations import Activation, Z, lookup
from ptheory.activations.tape import multiprecision
from ptheory.expectations import DivergentMoment, covariance_symbol, evaluate
from ptheory.expectations.balls import ball, bits
from ptheory.expectations.catalogue import SLOPE, Entry, catalogue
from ptheory.expectations.covariance import read_covariance, read_number
from ptheory.expectations.moments import Moment
from ptheory.expectations.product_integral import product_integral
from ptheory.expectations.reduction import reduce_moment

Matrix = list[list[Fraction]]
POINTS = 30
BITS = {1: 130, 2: 130, 3: 80, 4: 44}


def concrete(entry: Entry, slope: sympy.Rational) -> Moment:
    """The moment with the parameter of leaky ReLU put in."""
    if entry.family.parameters and entry.family.formula.has(SLOPE):
        family = lookup("leaky_relu", slope=slope)
        factors = tuple((family, m, v) for _, m, v in entry.form.moment.factors)
        return Moment(factors)
    return entry.form.moment


def quadrature(target: Moment, covariance: Matrix) -> arb:
    """The enclosure that knows nothing of gates and orthants: integrals of the branch formulas."""
    total = arb(0)
    for term in reduce_moment(target, read_covariance(covariance, target.size)):
        product = ball(term.weight)
        for block in term.blocks:
            product = product * product_integral(block.parts, block.covariance)
        total += product.real
    return total


def points(size: int, seed: str, count: int = POINTS) -> list[Matrix]:
    """Rational covariances; of two variables with rational standard deviations, so that correlations −1, 1 and 0 are
    met exactly, of more as A Aᵀ."""
    rng = random.Random(seed)
    found: list[Matrix] = []
    for k in range(count):
        if size > 2:
            root = [[Fraction(rng.randint(-3, 3), 8) + (i == j) for j in range(size)] for i in range(size)]
            found.append([[sum((a * b for a, b in zip(r, s, strict=True)), Fraction(0)) for s in root] for r in root])
            continue
        a, b = (Fraction(rng.randint(2, 20), rng.randint(5, 12)) for _ in range(2))
        correlation = (Fraction(-1), Fraction(1), Fraction(0))[k] if k < 3 else Fraction(rng.randint(-17, 17), 20)
        matrix = [[a * a, correlation * a * b], [correlation * a * b, b * b]]
        found.append(matrix if size == 2 else [[a * a]])
    return found


def substitution(size: int, matrix: Matrix, slope: sympy.Rational) -> dict[sympy.Symbol, sympy.Rational]:
    values = {SLOPE: slope}
    for i in range(size):
        for j in range(i, size):
            values[covariance_symbol(i, j)] = sympy.Rational(matrix[i][j].numerator, matrix[i][j].denominator)
    return values


def slope_at(rng: random.Random) -> sympy.Rational:
    return sympy.Rational(rng.randint(-9, 9), 7)


def check_enclosures(entry: Entry, precision: int, count: int = POINTS) -> tuple[int, float]:
    """At ``count`` points the formula (or its limit, where it reads 0/0) overlaps a quadrature that does not share its
    recursion. Returns the points compared and the widest relative enclosure."""
    size = entry.form.moment.size
    rng = random.Random(entry.expectation)
    compared, widest = 0, 0.0
    for matrix in points(size, entry.family.name + entry.expectation, count):
        slope = slope_at(rng)
        value = entry.form.expression.subs(substitution(size, matrix, slope))
        singular = size == 2 and matrix[0][1] ** 2 == matrix[0][0] * matrix[1][1]
        try:
            with bits(precision):
                expected = quadrature(concrete(entry, slope), matrix)
        except DivergentMoment:  # two deltas at equal or opposite inputs
            assert singular and not value.is_finite
            continue
        with bits(400):
            if singular and value.has(sympy.nan, sympy.zoo):
                limit = evaluate(concrete(entry, slope), matrix)
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


def check_mpmath(entry: Entry, count: int) -> int:
    """|formula − mpmath| < 10^−30 (1 + |value|) at regular points; moments with deltas have no such integral."""
    rng = random.Random(entry.expectation)
    compared = 0
    for matrix in points(entry.form.moment.size, "mpmath" + entry.expectation, count + 3)[3:]:
        slope = slope_at(rng)
        target = concrete(entry, slope)
        if any(f.derivative(m).deltas for f, m, _ in target.factors):
            return 0
        with mpmath.workdps(42):
            ours = mpmath.mpmathify(sympy.N(entry.form.expression.subs(substitution(target.size, matrix, slope)), 42))
            expected = plain_quadrature(target, matrix)
            assert abs(ours - expected) < mpmath.mpf(10) ** -30 * (1 + abs(expected)), (matrix, ours, expected)
        compared += 1
    return compared


def plain_quadrature(target: Moment, matrix: Matrix) -> mpmath.mpf:
    """One or two variables by sums over nodes, exp(−z P z/2) written out."""
    size = target.size
    exact = [[mpmath.mpf(x.numerator) / x.denominator for x in row] for row in matrix]
    det = exact[0][0] if size == 1 else exact[0][0] * exact[1][1] - exact[0][1] ** 2
    precision = [1 / det] if size == 1 else [exact[1][1] / det, exact[0][0] / det]
    sides = []
    for a in range(size):
        own = [(f, m) for f, m, v in target.factors if v == a]
        z, values = nodes(own, exact[a][a], precision[a])
        sides.append((z, [v * mpmath.exp(-precision[a] * x * x / 2) for x, v in zip(z, values, strict=True)]))
    if size == 1:
        return mpmath.fsum(sides[0][1]) / mpmath.sqrt(2 * mpmath.pi * det)
    total = mpmath.mpf(0)
    rate = exact[0][1] / det
    for x, v in zip(*sides[0], strict=True):
        total += v * mpmath.fdot((w, mpmath.exp(rate * x * y)) for y, w in zip(*sides[1], strict=True))
    return total / (2 * mpmath.pi * mpmath.sqrt(det))


def nodes(
    factors: list[tuple[Activation, int]], variance: mpmath.mpf, precision: mpmath.mpf
) -> tuple[list[mpmath.mpf], list[mpmath.mpf]]:
    """Nodes and weight·Π σ^(m)(node): equal steps for a smooth product, Gauss–Legendre between kinks otherwise."""
    kinks = sorted({mpmath.mpf(int(k)) for f, _ in factors for k in f.kinks})
    rate = sum(float(f.growth.rate) for f, _ in factors if f.growth is not None)
    # exp(rate·z) of both variables shifts the Gaussian by at most rate·(own variance + the other's share)
    reach = mpmath.sqrt(variance) * (14 + rate * 6) + rate * variance
    scale = 1 / mpmath.sqrt(precision + 10)
    if not kinks:
        step = scale / 2
        count = int(reach / step) + 1
        z = [step * k for k in range(-count, count + 1)]
        weights = [step] * len(z)
    else:
        edges = sorted(
            {*kinks, *(scale * 4 * k for k in range(-int(reach / scale / 4) - 1, int(reach / scale / 4) + 2))}
        )
        z, weights = [], []
        x, w = gauss(30)
        for low, high in pairwise(edges):
            z.extend(low + (high - low) * (p + 1) / 2 for p in x)
            weights.extend(q * (high - low) / 2 for q in w)
    kept = [(x, w) for x, w in zip(z, weights, strict=True) if abs(x) <= reach]
    functions = [at_node(f, m) for f, m in factors]
    values = []
    for x, w in kept:
        for function in functions:
            w = w * function(x)
        values.append(w)
    return [x for x, _ in kept], values


def at_node(family: Activation, order: int) -> Callable[[mpmath.mpf], mpmath.mpf]:
    parts = [(float(b.lower), float(b.upper), multiprecision(b.formula.diff(Z, order))) for b in family.branches]
    return lambda x: next(f for low, high, f in parts if low < x and x < high)(x) if len(parts) > 1 else parts[0][2](x)


@lru_cache
def gauss(count: int) -> tuple[list[mpmath.mpf], list[mpmath.mpf]]:
    """Legendre roots polished from double precision, and their weights."""
    starts = [mpmath.mpf(float(x)) for x in np.polynomial.legendre.leggauss(count)[0]]
    roots = [mpmath.findroot(lambda t: mpmath.legendre(count, t), (x, x + mpmath.mpf(10) ** -12)) for x in starts]
    weights = [2 * (1 - r * r) / (count * mpmath.legendre(count - 1, r)) ** 2 for r in roots]
    return roots, weights


def verify(entries: list[Entry]) -> list[str]:
    """One line per entry: points, widest enclosure, mpmath points."""
    lines = []
    for entry in entries:
        size = entry.form.moment.size
        started = process_time()
        compared, widest = check_enclosures(entry, BITS[size])
        witnessed = check_mpmath(entry, POINTS if size == 1 else 3) if size < 3 else 0
        lines.append(
            f"| {entry.family.name} | ${entry.expectation}$ | {compared} | {widest:.0e} | {witnessed or '–'} |"
        )
        print(lines[-1], f"{process_time() - started:.1f} s", file=sys.stderr, flush=True)
    return lines


HEADER = """# Closed forms, verified

Written by `python -m tests.expectations.closed_form_checks`. Points: rational covariances, correlations −1, 0, 1
included for two inputs, at which the formula lies within an enclosure by quadrature that shares nothing with its
derivation (fewer than 30 where two deltas meet and the expectation diverges). Width: the widest of these enclosures,
relative to 1 + |value|. mpmath: points at which plain mpmath sums agree to 30 digits (none for moments with deltas or
of three and four inputs).

| family | expectation | points | width | mpmath |
|---|---|--:|--:|--:|
"""

if __name__ == "__main__":
    found = verify(list(catalogue()))
    page = Path(__file__).parents[2] / "docs" / "expectations-verified.md"
    page.write_text(HEADER + "\n".join(found) + "\n", encoding="utf-8")
