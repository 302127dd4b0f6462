"""How V/(nK^2) -> nu l/n depends on the strength c of a skip connection, z' = c z + b + W sigma(z), where c is open.

At criticality f(K) - K = (1 - c^2) [f_0(K) - K] with variances (1 - c^2) times those of the network without the skip:
critical kernels stay where they are, and so does the share of what a layer adds that is left at large depth; what it
adds is the sum over layers of ``between_layers``. For functions smooth at zero, K* = 0, that is nu_0 (1 - c^4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import sympy as sp

from ptheory.algebra.polynomial import Polynomial, Symbol
from ptheory.criticality.between_layers import RememberingSystem
from ptheory.criticality.carried_exponents import gain
from ptheory.criticality.consequences import Consequences
from ptheory.criticality.kernel_system import KERNEL, Quantity
from ptheory.criticality.series import number_value
from ptheory.criticality.universality import governing_point

TABLE = tuple(sp.Rational(k, 100) for k in (0, 20, 40, 50, 60, 70, 80, 90, 95, 99))
SCANNED = (*(k / 40 for k in range(40)), 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9965, 0.998)
FINE = 1e-9
DIGITS = 12


@dataclass(frozen=True)
class Balanced:
    """A network of aspect ratio l/n = ``ratio``: the strengths at which nu(c) l/n has a value."""

    width: int
    ratio: sp.Rational
    at_one: tuple[float, ...]
    at_stationary: tuple[float, ...] | None


@dataclass(frozen=True)
class SkipStrengths:
    """``name``: what c is called; ``form``: nu as a function of it, None where none is closed; ``rows``: (c, nu);
    ``largest``: (c, nu) where nu is largest, None where that is at c = 0; ``kernel``: which kernel the layers have."""

    name: str
    kernel: str
    ratio: str
    form: sp.Expr | None
    rows: tuple[tuple[sp.Rational, sp.Expr], ...]
    largest: tuple[float, float] | None
    balanced: tuple[Balanced, ...] = ()


def scales_with_strength(kernel: Polynomial, strength: Polynomial, tuned: Sequence[Symbol]) -> Symbol | None:
    """The hyperparameter that the strength of the skip is, where it stands nowhere else in the kernel's recursion and
    all else in that is a multiple of one of the two variances that are tuned."""
    if len(strength) != 1 or len(strength.atoms()) != 1:
        return None
    (atom,) = strength.atoms()
    if not isinstance(atom, Symbol) or strength != Polynomial.atom(atom):
        return None
    rest = kernel - strength * strength * Polynomial.atom(Quantity(KERNEL))
    for monomial, _ in rest:
        powers = dict(monomial)
        if atom in powers or sum(powers.get(symbol, 0) for symbol in tuned) != 1:
            return None
    return atom


def skip_strengths(
    spec: RememberingSystem,
    implied: Consequences,
    name: Symbol,
    shapes: Sequence[tuple[int, sp.Rational]],
    stationary: sp.Expr | None,
) -> SkipStrengths | None:
    """Of the network whose strength is zero in ``spec``; None where V/(nK^2) has no known growth there, without
    rows where there is no critical point, at any strength.

    ``shapes``: (width, l/n) wanted; ``stationary``: nu l/n at which the mutual information is stationary. Raises
    NoExpansion.
    """
    point, governing = governing_point(implied.classification.critical_points), implied.governing
    if implied.none:
        return SkipStrengths(name.name, "", implied.classification.system.vertex_ratio, None, (), None)
    if point is None or governing is None or governing.slope is None:
        return None
    share = governing.slope / gain(spec, point)

    def slope(strength: sp.Expr) -> sp.Expr:
        at = replace(spec, values={**spec.values, name: strength})
        scale = 1 - strength**2
        value = share * gain(at, replace(point, C_W=point.C_W * scale, C_b=point.C_b * scale))
        return sp.N(number_value(value), DIGITS) if value.has(sp.Float) else sp.factor(value)

    rows = tuple((strength, slope(strength)) for strength in TABLE)
    symbol = sp.Symbol(name.name, positive=True)
    smooth = not point.K_star and not any(value.has(sp.Float) for _, value in rows)
    form = sp.Mul(governing.slope, 1 - symbol**4, evaluate=False) if smooth else None
    if form is not None and any(sp.simplify(form.subs(symbol, at) - value) != 0 for at, value in rows):
        form = None
    numbers = {at: float(slope(sp.Rational(str(at)))) for at in SCANNED}

    def number(at: float) -> float:
        return float(slope(sp.Rational(repr(at))))

    balanced = [
        Balanced(
            width,
            ratio,
            tuple(_crossings(number, numbers, 1 / float(ratio))),
            None if stationary is None else tuple(_crossings(number, numbers, float(stationary / ratio))),
        )
        for width, ratio in shapes
    ]
    return SkipStrengths(
        name.name,
        governing.kernel,
        implied.classification.system.vertex_ratio,
        form,
        rows,
        _largest(number, numbers),
        tuple(balanced),
    )


def _crossings(number: Callable[[float], float], numbers: dict[float, float], wanted: float) -> Iterator[float]:
    """Where nu(c) = wanted, by bisection between the values that are known."""
    places = list(numbers)
    for low, high in pairwise(places):
        if (numbers[low] - wanted) * (numbers[high] - wanted) >= 0:
            if numbers[low] == wanted:
                yield low
            continue
        sign = numbers[low] > wanted
        while high - low > FINE:
            middle = (low + high) / 2
            low, high = (middle, high) if (number(middle) > wanted) == sign else (low, middle)
        yield (low + high) / 2


def _largest(number: Callable[[float], float], numbers: dict[float, float]) -> tuple[float, float] | None:
    """By golden sections about the largest of the values that are known."""
    places = list(numbers)
    best = max(range(len(places)), key=lambda k: numbers[places[k]])
    if best == 0:
        return None
    low, high = places[best - 1], places[min(best + 1, len(places) - 1)]
    section = (5**0.5 - 1) / 2
    while high - low > 1e-6:
        left, right = high - section * (high - low), low + section * (high - low)
        low, high = (left, high) if number(left) < number(right) else (low, right)
    at = (low + high) / 2
    return at, number(at)
