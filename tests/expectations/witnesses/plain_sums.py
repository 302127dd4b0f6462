"""Second witness: plain mpmath. A delta is removed by its definition, the density at its point times the expectation
of the rest given that point; what is left is a sum over nodes in one to four variables.

With x_a = y_a √P_aa and r the correlations of P, exp(−y P y/2) is a product of one-variable weights and pair tables
exp(−|r_ab| (x_a ± x_b)²/2) ≤ 1, so that the sum over the third variable is a matrix product; the tables are integers of
``BITS`` bits or more after the point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

import mpmath
import numpy as np
import sympy
from flint import fmpz, fmpz_mat
from mpmath.libmp.libelefun import exp_fixed, ln2_fixed

from ptheory.activations import Activation, Z
from ptheory.activations.tape import multiprecision
from ptheory.expectations.moments import Moment
from tests.expectations.witnesses.points import Matrix, rational, real

GUARD = 24
BITS = 240
REACH = 15  # standard deviations: exp(−15²/2) = 1e−49
Function = Callable[[mpmath.mpf], mpmath.mpf]
Vector = list[mpmath.mpf]


@dataclass(frozen=True)
class Side:
    """The factors at one variable: derivatives without their deltas, and (point, order, coefficient, other factors)
    for the deltas."""

    factors: tuple[tuple[Activation, int], ...]
    power: int = 0

    def deltas(self) -> list[tuple[mpmath.mpf, int, mpmath.mpf, Side]]:
        found = []
        for k, (family, order) in enumerate(self.factors):
            for point, deeper, coefficient in family.derivative(order).deltas:
                rest = self.factors[:k] + self.factors[k + 1 :]
                assert all(point not in f.kinks or f.jumps(point, m)[m] == 0 for f, m in rest), "ambiguous"
                found.append((exact(point), deeper, exact(coefficient), Side(rest, self.power)))
        return found

    def kinks(self) -> set[mpmath.mpf]:
        return {exact(k) for f, _ in self.factors for k in f.kinks}

    def rate(self) -> mpmath.mpf:
        """Σ r for factors bounded by exp(r |z|)."""
        return mpmath.fsum(exact(rational(f.growth.rate)) for f, _ in self.factors if f.growth is not None)

    def steepness(self) -> float:
        """How fast |factors(x + iy)| may grow, as a coefficient of y²/2: 2c² for erf(cz + d), 2c for exp(−cz²)."""
        return sum(max([0.0, *map(curvature, f.formula.atoms(sympy.erf, sympy.exp))]) for f, _ in self.factors)

    def frequency(self) -> int:
        """The highest frequency the product may contain: sin² of snake has 2."""
        return sum(2 for f, _ in self.factors if f.formula.has(sympy.sin) or f.formula.has(sympy.cos))

    def function(self) -> Function:
        parts = [at_node(f, m) for f, m in self.factors]

        def product(x: mpmath.mpf) -> mpmath.mpf:
            value = x**self.power
            for part in parts:
                value = value * part(x)
            return value

        return product


def curvature(node: sympy.Expr) -> float:
    (argument,) = node.args
    if isinstance(node, sympy.erf):
        return float(2 * argument.diff(Z) ** 2)
    return float(-argument.diff(Z, 2))


def exact(x: sympy.Expr) -> mpmath.mpf:
    if x.is_infinite:
        return mpmath.inf if x.is_extended_positive else -mpmath.inf
    return mpmath.mpmathify(sympy.N(x, mpmath.mp.dps + 5))


def at_node(family: Activation, order: int) -> Function:
    """σ^(order) between its kinks, and at a kink where it is continuous."""
    parts = [
        (exact(b.lower), exact(b.upper), multiprecision(b.formula.diff(Z, order) + 0 * Z)) for b in family.branches
    ]
    return lambda x: next(f for low, high, f in parts if low <= x <= high)(x) if len(parts) > 1 else parts[0][2](x)


def plain_expectation(target: Moment, matrix: Matrix) -> mpmath.mpf:
    """⟨target⟩ at mpmath's working precision (at most 50 digits)."""
    assert not target.derivatives
    sides = [Side(target.factors_at(a), target.power(a)) for a in range(target.size)]
    covariance = mpmath.matrix([[real(x) for x in row[: target.size]] for row in matrix[: target.size]])
    return expectation(sides, [mpmath.mpf(0)] * target.size, covariance)


def expectation(sides: list[Side], mean: Vector, covariance: mpmath.matrix) -> mpmath.mpf:
    """E Π sides(z) for z ~ N(mean, covariance)."""
    for a, side in enumerate(sides):
        terms = side.deltas()
        if not terms:
            continue
        total = mpmath.fsum(
            coefficient * against_delta(sides, a, point, deeper, rest, mean, covariance)
            for point, deeper, coefficient, rest in terms
        )
        almost_everywhere = Side(tuple((regular(f, m), 0) for f, m in side.factors), side.power)
        if all(any(b.formula != 0 for b in f.branches) for f, _ in almost_everywhere.factors):
            total += expectation([*sides[:a], almost_everywhere, *sides[a + 1 :]], mean, covariance)
        return total
    return lattice_sum(sides, mean, covariance)


def regular(family: Activation, order: int) -> Activation:
    """σ^(order) without its deltas."""
    return Activation(f"{family.name} {order}", family.derivative(order).regular) if order else family


def against_delta(
    sides: list[Side],
    a: int,
    point: mpmath.mpf,
    deeper: int,
    rest: Side,
    mean: Vector,
    covariance: mpmath.matrix,
) -> mpmath.mpf:
    """E δ^(deeper)(z_a − point) … = (−∂)^deeper [density of z_a · rest(z_a) · E(others | z_a)] at the point."""
    others = [b for b in range(len(sides)) if b != a]
    variance = covariance[a, a]
    own = rest.function()
    left = mpmath.matrix(len(others), len(others)) if others else None
    for i, b in enumerate(others):
        for j, c in enumerate(others):
            left[i, j] = covariance[b, c] - covariance[b, a] * covariance[a, c] / variance

    def slice_at(p: mpmath.mpf) -> mpmath.mpf:
        density = mpmath.exp(-((p - mean[a]) ** 2) / (2 * variance)) / mpmath.sqrt(2 * mpmath.pi * variance)
        value = density * own(p) if rest.factors or rest.power else density
        if not others:
            return value
        shifted = [mean[b] + covariance[b, a] / variance * (p - mean[a]) for b in others]
        return value * expectation([sides[b] for b in others], shifted, left)

    if deeper == 0:
        return slice_at(point)
    return (-1) ** deeper * mpmath.diff(slice_at, point, deeper, h=mpmath.mpf(10) ** -16, relative=False)


def lattice_sum(sides: list[Side], mean: Vector, covariance: mpmath.matrix) -> mpmath.mpf:
    """Σ Π weight·side(node) exp(−y P y/2)/√det 2πK over a grid of one to four variables."""
    size = len(sides)
    precision = covariance**-1
    shift = [mpmath.fsum(abs(covariance[a, b]) * sides[b].rate() for b in range(size)) for a in range(size)]
    grids, own = [], []
    for a, side in enumerate(sides):
        steep = max(float(precision[b, b]) for b in range(size)) if size > 2 else float(precision[a, a])
        scale = 1 / (mpmath.sqrt(steep + side.steepness()) + side.frequency() / mpmath.mpf(10))
        grids.append(nodes(side.kinks(), mean[a], REACH * mpmath.sqrt(covariance[a, a]) + shift[a], scale))
        own.append(
            precision[a, a] * (1 - mpmath.fsum(abs(partial(precision, a, b)) for b in range(size) if b != a)) / 2
        )
    # where a weight exp(−own y²) grows, the pair tables are as small and need as many bits more
    farthest = [max(abs(x - mean[a]) for x in grids[a][0]) for a in range(size)]
    bits = BITS + int(mpmath.fsum(max(0, -own[a] * farthest[a] ** 2) for a in range(size)) / mpmath.log(2))
    tables: list[list[fmpz]] = []
    places: list[Vector] = []
    for a, (z, w) in enumerate(grids):
        function = sides[a].function()
        weights = [v * mpmath.exp(-own[a] * (x - mean[a]) ** 2) for x, v in zip(z, w, strict=True)]
        tables.append([scaled(v * function(x), bits) for x, v in zip(z, weights, strict=True)])
        places.append([(x - mean[a]) * mpmath.sqrt(precision[a, a]) for x in z])
    pairs = {
        (a, b): pair_table(places[a], places[b], partial(precision, a, b), bits)
        for a, b in combinations(range(size), 2)
    }
    total = summed(tables, pairs)
    value = mpmath.mpf(int(total)) * mpmath.mpf(2) ** (-bits * (size + len(pairs)))
    return value / mpmath.sqrt(mpmath.det(covariance) * (2 * mpmath.pi) ** size)


def scaled(x: mpmath.mpf, bits: int) -> fmpz:
    return fmpz(int(mpmath.nint(mpmath.ldexp(x, bits))))


def partial(precision: mpmath.matrix, a: int, b: int) -> mpmath.mpf:
    """P_ab/√(P_aa P_bb), minus the correlation of a and b given the others."""
    return precision[a, b] / mpmath.sqrt(precision[a, a] * precision[b, b])


def pair_table(x: Vector, y: Vector, r: mpmath.mpf, bits: int) -> fmpz_mat:
    """exp(−|r| (x ± y)²/2), which with the one-variable weights makes exp(−r x y)."""
    root = mpmath.sqrt(abs(r) / 2)
    wide = bits + GUARD  # in fixed point: x and y in units of 2^-wide
    left = [int(scaled(root * u, wide)) for u in x]
    right = [int(scaled(root * mpmath.sign(r) * v, wide)) for v in y]
    ln2 = ln2_fixed(wide)
    return fmpz_mat([[exp_fixed(-((u + v) ** 2 >> wide), wide, ln2) >> GUARD for v in right] for u in left])


def summed(tables: list[list[fmpz]], pairs: dict[tuple[int, int], fmpz_mat]) -> fmpz:
    """Σ_{ij…} w_i v_j … E_ij …, the last variable but two by a matrix product."""
    if len(tables) == 1:
        return sum(tables[0], fmpz(0))
    if len(tables) == 2:
        return (fmpz_mat([tables[0]]) * pairs[0, 1] * fmpz_mat([[v] for v in tables[1]]))[0, 0]
    if len(tables) == 3:
        weighted = [[e * w for e, w in zip(row, tables[2], strict=True)] for row in pairs[0, 2].tolist()]
        product = (fmpz_mat(weighted) * pairs[1, 2].transpose()).tolist()
        straight = pairs[0, 1].tolist()
        total = fmpz(0)
        for u, es, ps in zip(tables[0], straight, product, strict=True):
            total += u * sum((v * e * p for v, e, p in zip(tables[1], es, ps, strict=True)), fmpz(0))
        return total
    inner = {(a - 1, b - 1): table for (a, b), table in pairs.items() if a > 0}
    rows = [pairs[0, b].tolist() for b in range(1, len(tables))]
    total = fmpz(0)
    for i, weight in enumerate(tables[0]):
        if weight != 0:
            total += weight * summed(
                [[w * e for w, e in zip(tables[b + 1], rows[b][i], strict=True)] for b in range(3)], inner
            )
    return total


def nodes(kinks: set[mpmath.mpf], mean: mpmath.mpf, reach: mpmath.mpf, scale: mpmath.mpf) -> tuple[Vector, Vector]:
    """Equal steps for a smooth product, Gauss–Legendre between kinks otherwise."""
    if not kinks:
        step = scale * 2 / 5
        count = int(reach / step) + 1
        return [mean + step * k for k in range(-count, count + 1)], [step] * (2 * count + 1)
    panels = int(reach / scale / 4) + 1
    inside = {k for k in kinks if abs(k - mean) < reach}
    edges = sorted({*inside, *(mean + scale * 4 * k for k in range(-panels, panels + 1))})
    z, weights = [], []
    x, w = gauss(36)
    for low, high in pairwise(edges):
        z.extend(low + (high - low) * (p + 1) / 2 for p in x)
        weights.extend(q * (high - low) / 2 for q in w)
    return z, weights


@lru_cache
def gauss(count: int) -> tuple[Vector, Vector]:
    """Legendre roots polished from double precision, and their weights, to 60 digits."""
    with mpmath.workdps(60):
        starts = [mpmath.mpf(float(x)) for x in np.polynomial.legendre.leggauss(count)[0]]
        roots = [mpmath.findroot(lambda t: mpmath.legendre(count, t), (x, x + mpmath.mpf(10) ** -12)) for x in starts]
        weights = [2 * (1 - r * r) / (count * mpmath.legendre(count - 1, r)) ** 2 for r in roots]
    return roots, weights
