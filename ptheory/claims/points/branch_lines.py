"""One point on each side of every place where a function of the claim changes its branch.

Both sides of a claim are analytic in every symbol but where

    the base of a root, the argument of log or abs          passes zero,
    the argument of asin, acos, atanh                       passes 1 or -1,     that of acosh passes 1,
    an argument of any function                             has a pole;

between two such places agreement near one point is agreement throughout, across them it is not (sqrt((K-1)^2) = K-1).
The places are the zeros of the irreducible factors of these polynomials; along each symbol they are isolated exactly
where the factor is a polynomial in symbols, and looked for on a grid where it has functions or means in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import isfinite, prod, sqrt

from flint import fmpq, fmpz_poly

from ptheory.algebra.elementary import BY_NAME
from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.claims.points.points import Content, scalar_values
from ptheory.claims.points.samples import PROFILES, Scalars, is_positive_definite, sample
from ptheory.claims.terms.cancellation import irreducible_factors
from ptheory.claims.terms.claim_atoms import Root, ScalarCall
from ptheory.claims.terms.claim_normal_form import ClaimNormalForm
from ptheory.claims.terms.ratio import Ratio
from ptheory.claims.terms.scalar_functions import collected
from ptheory.networks.roles import positive_hyperparameters
from ptheory.recursion.tensors import WIDTH, WIDTH_RATIO, Tensor
from ptheory.recursion.variables import leading_kernel

BASES = (0, 4)  # profiles from which the lines start, after the simplest point
GRID = 24  # on each side of 1, from 10^-6 to 10^6
FAR = (1e-30, 1e-24, 1e-18, 1e-12, 1e-9, 1e9, 1e12)  # beyond the grid, where numbers like 10^-20 have branches
STEPS = 50  # of a bisection
CLOSEST = 12  # 1 -+ correlation down to 10^-12
TOUCH = 1e-9  # a minimum this much smaller than its surroundings is a double zero
LARGEST = 10.0**6

Number = Callable[[Polynomial, Scalars], float]  # nan where there is none


@dataclass(frozen=True)
class BranchPoint:
    """A point inside one branch; ``where`` says which, in terms of the polynomial that vanishes at its end."""

    scalars: Scalars
    boundary: Polynomial
    below: bool  # the polynomial is negative here


@dataclass(frozen=True)
class Line:
    """All values but one (or the kernels together) held; ``at(x)`` is the point, None outside the allowed values."""

    least: float
    most: float
    at: Callable[[Fraction], Scalars | None]
    moved: frozenset[Atom]


def boundaries(sides: Iterable[Ratio]) -> tuple[Polynomial, ...]:
    """The irreducible polynomials whose zeros may separate branches of the functions in ``sides``."""
    found: dict[Polynomial, None] = {}
    for atom in function_atoms(sides):
        argument = atom.base if isinstance(atom, Root) else atom.argument
        points = (0,) if isinstance(atom, Root) else BY_NAME[atom.function].branch_points
        changing = [collected(prod((argument - Ratio.constant(p) for p in points), start=Ratio.constant(1)))]
        polynomials = [value.numerator for value in changing]
        polynomials += [factor for value in (*changing, argument) for factor, _ in value.factors]
        polynomials += [_below(value.numerator) for value in (*changing, argument)]
        for polynomial in polynomials:
            found.update(dict.fromkeys(irreducible_factors(polynomial)))
    return tuple(sorted((f for f in found if not f.is_constant), key=str))


def scales(sides: Iterable[Ratio]) -> tuple[Polynomial, ...]:
    """Polynomials that vanish where the argument of a function that saturates is 1 or -1: tanh(10^9 K) is not 1 there.

    These are no branches, but beside the ranges of the profiles a function may look like one of its limits.
    """
    found: dict[Polynomial, None] = {}
    for atom in function_atoms(sides):
        if isinstance(atom, ScalarCall) and BY_NAME[atom.function].has_scale:
            for one in (Ratio.constant(1), Ratio.constant(-1)):
                found.update(dict.fromkeys(irreducible_factors((atom.argument - one).numerator)))
    return tuple(sorted((f for f in found if not f.is_constant), key=str))


def function_atoms(sides: Iterable[Ratio]) -> tuple[Root | ScalarCall, ...]:
    """Every root and function in the sides, those inside arguments too."""
    found: dict[Root | ScalarCall, None] = {}
    pending = [atom for side in sides for atom in side.atoms()]
    while pending:
        atom = pending.pop()
        if isinstance(atom, (Root, ScalarCall)) and atom not in found:
            found.setdefault(atom)
            pending += (atom.base if isinstance(atom, Root) else atom.argument).atoms()
    return tuple(found)


def _below(polynomial: Polynomial) -> Polynomial:
    """The single term of negative powers: 1/K has a pole where K vanishes."""
    powers: dict[Atom, int] = {}
    for monomial, _ in polynomial:
        for atom, exponent in monomial:
            powers[atom] = max(powers.get(atom, 0), -exponent)
    below = Polynomial.constant(1)
    for atom, exponent in powers.items():
        if exponent:
            below = below * Polynomial.atom(atom)
    return below


def branch_points(
    separating: tuple[Polynomial, ...], found: Content, normal: ClaimNormalForm, number: Number
) -> Iterator[BranchPoint]:
    """One point on each side of every boundary met along each symbol, without repeating a branch."""
    if not separating:
        return
    seen: set[tuple[bool, ...]] = set()
    starts = [scalar_values(found, normal, 0), *(sample(found, normal, PROFILES[k], k) for k in BASES)]
    for first, start in enumerate(starts):
        for line in lines(start, found, normal):
            places = sorted(
                {
                    root: f for f in separating for root in zeros(f, line, number) if line.least < root < line.most
                }.items()
            )
            for inside, boundary in _cells(places, line):
                scalars = line.at(inside)
                if scalars is None:
                    continue
                signs = tuple(number(f, scalars) < 0 for f in separating)
                if not first or signs not in seen:
                    seen.add(signs)
                    yield BranchPoint(scalars, boundary, number(boundary, scalars) < 0)


def _cells(places: list[tuple[float, Polynomial]], line: Line) -> Iterator[tuple[Fraction, Polynomial]]:
    """A simple number in each interval between neighbouring zeros, with the boundary it touches."""
    if not places:
        return
    ends = [line.least, *(root for root, _ in places), line.most]
    for k, (low, high) in enumerate(pairwise(ends)):
        if not (isfinite(low) and isfinite(high)) or high - low > 1e-12 * max(abs(low), abs(high)):
            yield between(low, high), places[min(k, len(places) - 1)][1]


def between(low: float, high: float) -> Fraction:
    """A simple fraction well inside an interval, either end of which may be infinite; not 0, where terms vanish."""
    if not isfinite(low) and not isfinite(high):
        return Fraction(1)
    if not isfinite(high):
        return between(low, low + max(1.0, abs(low)))
    if not isfinite(low):
        return between(high - max(1.0, abs(high)), high)
    middle = sqrt(low * high) if low > 0 and high > 9 * low else (low + high) / 2
    if low < 0 < high:
        middle = max(low, high, key=abs) / 2
    width = min(high - middle, middle - low)
    for digits in range(1, 40):
        guess = Fraction(middle).limit_denominator(10**digits)
        if abs(guess - Fraction(middle)) < Fraction(width) / 4:
            return guess
    return Fraction(middle)


# ---- lines through the space of symbols ----------------------------------------------------------------------------


def lines(start: Scalars, found: Content, normal: ClaimNormalForm) -> Iterator[Line]:
    """From ``start`` along every symbol, every tensor, every kernel entry and all kernels together."""
    infinity = float("inf")
    positive = positive_hyperparameters(normal.system.model.architecture)
    yield from _kernel_lines(start, found, normal)
    for symbol in found.symbols:
        if symbol in start:
            least = 0.0 if symbol.name in positive else -infinity
            yield Line(least, infinity, moved_freely(start, symbol), frozenset((symbol,)))
    for tensor in found.tensors:
        if not tensor.is_kernel and not normal.vanishes(tensor) and tensor not in normal.held:
            yield Line(-infinity, infinity, moved_freely(start, tensor), frozenset((tensor,)))
    if found.has_width:

        def whole(x: Fraction) -> Scalars | None:
            return {**start, WIDTH: Fraction(round(x))} if x >= 1 else None

        yield Line(1.0, infinity, whole, frozenset((WIDTH,)))
    if found.has_ratio and not normal.equal_widths:
        yield Line(0.0, infinity, moved_freely(start, WIDTH_RATIO), frozenset((WIDTH_RATIO,)))


def _kernel_lines(start: Scalars, found: Content, normal: ClaimNormalForm) -> Iterator[Line]:
    """Along every entry of the kernel as far as it stays positive definite, and along all of them scaled together."""
    free = (atom for atom in found.tensors if atom not in normal.held)
    kernels = [atom for atom in free if atom.is_kernel and not normal.vanishes(atom)]

    def moved(atom: Tensor) -> Callable[[Fraction], Scalars | None]:
        def at(x: Fraction) -> Scalars | None:
            values = {**start, atom: x}
            return values if is_positive_definite(found.legs, values) else None

        return at

    for atom in kernels:
        a, b = atom.legs
        if a == b:
            yield Line(0.0, float("inf"), moved(atom), frozenset((atom,)))
        else:
            reach = sqrt(start[leading_kernel(a, a)] * start[leading_kernel(b, b)])
            yield Line(-reach, reach, moved(atom), frozenset((atom,)))
    if len(kernels) > 1:

        def scaled(x: Fraction) -> Scalars | None:
            return {**start, **{atom: x * start[atom] for atom in kernels}} if x > 0 else None

        yield Line(0.0, float("inf"), scaled, frozenset(kernels))


def moved_freely(start: Scalars, atom: Atom) -> Callable[[Fraction], Scalars | None]:
    """The point ``start`` with another value of one atom, whatever the value."""
    return lambda x: {**start, atom: x}


# ---- zeros along a line --------------------------------------------------------------------------------------------


def zeros(polynomial: Polynomial, line: Line, number: Number) -> list[float]:
    """Where a polynomial vanishes along a line."""
    values = line.at(Fraction(1)) or line.at(between(line.least, line.most))
    if values is None:
        return []
    if all(atom in values for atom in polynomial.atoms()):
        return _exact_zeros(polynomial, line, values)
    return list(_zeros_on_a_grid(polynomial, line, number))


def _exact_zeros(polynomial: Polynomial, line: Line, values: Scalars) -> list[float]:
    """Real roots of the polynomial in the one number that moves, isolated by FLINT."""
    coefficients: dict[int, Fraction] = {}
    unit = line.at(Fraction(1))
    for monomial, coefficient in polynomial:
        degree = 0
        for atom, exponent in monomial:
            if atom in line.moved:
                degree += exponent
                if len(line.moved) > 1 and unit is not None:
                    coefficient *= unit[atom] ** exponent
            else:
                coefficient *= values[atom] ** exponent
        coefficients[degree] = coefficients.get(degree, Fraction(0)) + coefficient
    coefficients = {degree: c for degree, c in coefficients.items() if c}
    if len(coefficients) < 2:
        return [0.0] if any(coefficients) else []
    lowest, scale = min(coefficients), 1
    for c in coefficients.values():
        scale *= c.denominator // _gcd(scale, c.denominator)
    dense = [0] * (max(coefficients) - lowest + 1)
    for degree, c in coefficients.items():
        dense[degree - lowest] = int(c * scale)
    roots = [float(root.real.mid()) for root, _ in fmpz_poly(dense).complex_roots() if root.imag == 0]
    return roots + ([0.0] if lowest > 0 else [])


def _gcd(a: int, b: int) -> int:
    return int(fmpq(a).numer().gcd(b))


def _zeros_on_a_grid(polynomial: Polynomial, line: Line, number: Number) -> Iterator[float]:
    """Sign changes, and minima that touch zero, of a function with functions or means in it."""

    def value(x: float) -> float:
        scalars = line.at(Fraction(x))
        return float("nan") if scalars is None else number(polynomial, scalars)

    points = [(x, value(x)) for x in grid(line.least, line.most)]
    points = [(x, y) for x, y in points if isfinite(y)]
    for (a, left), (b, right) in pairwise(points):
        if left == 0:
            yield a
        elif left * right < 0:
            yield _bisected(value, a, b, left)
    for (a, left), (_, middle), (b, right) in zip(points, points[1:], points[2:], strict=False):
        if left * middle > 0 and middle * right > 0 and abs(middle) < min(abs(left), abs(right)):
            least = _least(lambda x: abs(value(x)), a, b)
            if abs(value(least)) < TOUCH * max(abs(left), abs(right)):
                yield least


def grid(least: float, most: float) -> list[float]:
    """Points that cover an interval: evenly where it is bounded, by powers of ten where it is not and at bounded ends.

    The ends are correlations of 1 and -1, where a function may change its branch as close as one likes.
    """
    if isfinite(least) and isfinite(most) and least < 0:
        evenly = [least + (most - least) * (k + 0.5) / (2 * GRID) for k in range(2 * GRID)]
        close = [(most - least) * 10.0**-k for k in range(CLOSEST, 1, -1)]
        return [*(least + x for x in close), *evenly, *(most - x for x in reversed(close))]
    upwards = [LARGEST ** (k / GRID) for k in range(-GRID, GRID + 1)]
    upwards = sorted({*upwards, *(0.25 * k for k in range(1, 45)), *FAR})
    return [*(-x for x in reversed(upwards) if -x > least), *(x for x in upwards if least < x < most)]


def _bisected(value: Callable[[float], float], a: float, b: float, at_a: float) -> float:
    for _ in range(STEPS):
        middle = (a + b) / 2
        if value(middle) * at_a > 0:
            a = middle
        else:
            b = middle
    return (a + b) / 2


def _least(size: Callable[[float], float], a: float, b: float) -> float:
    """The minimum of a function with one minimum in [a, b], by thirds."""
    for _ in range(2 * STEPS):
        c, d = a + (b - a) / 3, b - (b - a) / 3
        a, b = (a, d) if size(c) < size(d) else (c, b)
    return (a + b) / 2
