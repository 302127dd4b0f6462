r"""How often the even part of an integrand changes its sign, rigorously, and what follows for its average.

With t = z² and s = 1/(2K) the average is a Laplace transform,

    ⟨F⟩_K = (2πK)^{−1/2} ∫_0^∞ [F(z) + F(−z)] e^{−z²/(2K)} dz,

and by Descartes' rule for these (Pólya and Szegő, *Aufgaben und Lehrsätze*, part V, chapter 1; Karlin, *Total
Positivity*, chapter 5) it has at most as many zeros in 0 < K < ∞, counted with multiplicity, as F(z) + F(−z) has
changes of sign in 0 < z < ∞; masses at kinks count as values. Both ends of a search for zeros are closed at once.

Signs are found in balls: next to the end of a piece by the first derivative that does not vanish there, on [B, ∞) by
``tail_signs``, between by subdivision, until the function or its derivative has one sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import sympy
from flint import arb
from sympy import Expr, S

from ptheory.activations.activation import side_of
from ptheory.activations.activation_errors import UnsupportedFormula
from ptheory.activations.symbols import Z
from ptheory.activations.tape import compiled, tape_of
from ptheory.expectations.balls import BALLS, ball, bits, rational, real_part
from ptheory.expectations.expectation_errors import ExpectationError
from ptheory.expectations.one_variable import OneVariable
from ptheory.expectations.tail_signs import NoTail, tail_sign
from ptheory.expectations.time_limits import check_time

PRECISION = 96  # bits
FARTHEST = 512  # of B
FAR_OUT, FAR_PRECISION = (1, 2, 5, 20), 1024  # in units of B; bits
LONGEST_FORMULA = 150  # operations
DERIVATIVES = 6  # at the end of a piece
HALVINGS = 14  # of the neighbourhood of an end
DEEPEST = 30  # subdivisions
PLACE = 16  # of those, until a change of sign has a short interval


class NotCounted(ExpectationError):
    """The changes of sign could not be counted rigorously, for this reason."""


@dataclass(frozen=True)
class Signs:
    """``changes``: where the sign changes, in increasing order, each between two numbers; ``first``: the sign before
    them, 0 where the function vanishes."""

    first: int
    changes: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Seen:
    """The sign somewhere in [low, high]."""

    sign: int
    low: Fraction
    high: Fraction


@lru_cache(maxsize=256)
def signs_of_even_part(part: OneVariable) -> Signs:
    """The changes of sign of F(z) + F(−z) in 0 < z < ∞. Raises NotCounted, TimeExceeded."""
    if any(order for _, order, _ in part.deltas):
        raise NotCounted("a derivative of a delta function has no sign")
    kinks = [branch.lower for branch in part.branches[1:]] + [point for point, _, _ in part.deltas]
    ends = sorted({S.Zero, *(abs(point) for point in kinks)}, key=lambda x: sympy.N(x, 30))
    if not all(end.is_Rational for end in ends):
        raise NotCounted("a kink at an irrational point")
    seen: list[_Seen] = []
    with bits(PRECISION):
        for place, end in enumerate(ends):
            mass = sympy.expand(sum((w for p, _, w in part.deltas if abs(p) == end), S.Zero))
            at = Fraction(int(end.p), int(end.q))
            if mass != 0:
                seen.append(_Seen(_sign(_constant(mass)), at, at))
            after = ends[place + 1] if place + 1 < len(ends) else None
            seen += _on_piece(_even(part, end), at, None if after is None else Fraction(int(after.p), int(after.q)))
    signed = [one for one in seen if one.sign]
    changes = [(float(a.high), float(b.low)) for a, b in pairwise(signed) if a.sign != b.sign]
    return Signs(signed[0].sign if signed else 0, tuple((min(c), max(c)) for c in changes))


def _even(part: OneVariable, end: Expr) -> Expr:
    """F(z) + F(−z) just right of an end."""
    return side_of(part.branches, end, 1) + side_of(part.branches, -end, -1).subs(Z, -Z)


def _on_piece(formula: Expr, low: Fraction, high: Fraction | None) -> Iterator[_Seen]:
    """The signs of a smooth formula between two ends, or to infinity, from left to right."""
    check_time()
    if _is_zero(formula):
        return
    if sympy.count_ops(formula) > LONGEST_FORMULA:
        raise NotCounted("the even part of what is averaged is a long formula")
    of_one_sign = _sign_by_shape(formula)
    if of_one_sign:
        yield _Seen(of_one_sign, low, low if high is None else high)
        return
    sign, inner = _next_to(formula, low, 1)
    yield _Seen(sign, low, inner)
    if high is not None:
        last, outer = _next_to(formula, high, -1)
        if outer > inner:
            yield from _between(formula, inner, outer)
        yield _Seen(last, outer, high)
        return
    far, start = _tail(formula, inner)
    yield from _between(formula, inner, start)
    yield _Seen(far, start, start)


def _is_zero(formula: Expr) -> bool:
    return bool(formula == 0 or sympy.expand(formula) == 0)


def _sign_by_shape(formula: Expr) -> int:
    """The sign of a number times an even power, as of −sin(z)², which vanishes again and again but never changes it;
    0 for all else."""
    number, power = sympy.expand(formula).as_coeff_Mul()
    if not (number.is_Rational and power.is_Pow and power.exp.is_Integer and power.exp.is_even and power.base.is_real):
        return 0
    return 1 if number > 0 else -1


def _next_to(formula: Expr, end: Fraction, side: int) -> tuple[int, Fraction]:
    """The sign on one side of an end, and how far it is known: f = f^(k)(ξ) (z − end)^k/k! with the first f^(k) that is
    not zero at the end."""
    at, order = sympy.Rational(end.numerator, end.denominator), 0
    while _is_zero(formula.subs(Z, at)):
        formula, order = formula.diff(Z), order + 1
        if order == DERIVATIVES:
            raise NotCounted(f"{order} derivatives vanish at {end}")
    inside = _Enclosing(formula)
    width = Fraction(1, 2)
    for _ in range(HALVINGS):
        inner = end + side * width
        sign = _sign(inside(min(end, inner), max(end, inner)))
        if sign:
            return sign * (side if order % 2 else 1), inner
        width /= 2
    raise NotCounted(f"the sign next to {end} is not seen")


def _tail(formula: Expr, least: Fraction) -> tuple[int, Fraction]:
    start = 4
    while start <= FARTHEST:
        check_time()
        if start >= least:
            with suppress(NoTail):
                sign = tail_sign(formula, start)
                _compare_far_out(formula, start, sign)
                return sign, Fraction(start)
        start *= 2
    raise NotCounted("the sign at large z of what is averaged is not known")


def _compare_far_out(formula: Expr, start: int, sign: int) -> None:
    """A second route to the sign of a tail, at points: the formula itself, of which the first is a rearrangement."""
    with bits(FAR_PRECISION):
        value = _Enclosing(formula)
        for factor in FAR_OUT:
            place = Fraction(start * factor)
            if _sign(value(place, place)) == -sign:
                raise NotCounted(f"two ways to the sign at z = {place} disagree")


def _between(formula: Expr, low: Fraction, high: Fraction) -> Iterator[_Seen]:
    value, slope = _Enclosing(formula), _Enclosing(formula.diff(Z))
    waiting: list[tuple[Fraction, Fraction, int]] = [(low, high, 0)]
    while waiting:
        check_time()
        left, right, depth = waiting.pop()
        sign = _sign(value(left, right))
        if sign:
            yield _Seen(sign, left, right)
            continue
        if depth >= PLACE or depth >= DEEPEST:
            if _sign(slope(left, right)):
                ends = _sign(value(left, left)), _sign(value(right, right))
                if all(ends):
                    yield _Seen(ends[0], left, left)
                    yield _Seen(ends[1], right, right)
                    continue
            if depth >= DEEPEST:
                raise NotCounted(f"the sign near z = {float(left):.6g} is not seen")
        middle = left + (right - left) * Fraction(61, 128)  # not where a symmetry puts a zero
        waiting += [(middle, right, depth + 1), (left, middle, depth + 1)]


class _Enclosing:
    """A formula on an interval, in balls."""

    def __init__(self, formula: Expr) -> None:
        try:
            self.function = compiled(tape_of(formula), BALLS)
        except UnsupportedFormula as error:
            raise NotCounted(str(error)) from error

    def __call__(self, low: Fraction, high: Fraction) -> arb:
        found = self.function(ball(S.Zero) + arb(rational(low)).union(arb(rational(high))))
        return real_part(found) if not hasattr(found, "imag") or found.imag.contains(0) else arb("nan")


def _constant(value: Expr) -> arb:
    try:
        return real_part(ball(value))
    except UnsupportedFormula as error:
        raise NotCounted(str(error)) from error


def _sign(value: arb) -> int:
    """0 where the ball has zero in it, or is not finite."""
    if not value.is_finite() or value.contains(0):
        return 0
    return 1 if value > 0 else -1


def combined(parts: Sequence[tuple[Expr, OneVariable]]) -> OneVariable:
    """Σ constant·part, on the pieces of all of them."""
    ends = sorted({b.lower for _, part in parts for b in part.branches[1:]}, key=lambda x: sympy.N(x, 30))
    places = [-S.Infinity, *ends, S.Infinity]
    branch = type(parts[0][1].branches[0])
    branches = []
    for low, high in pairwise(places):
        inside = high if low == -S.Infinity else low
        side = -1 if low == -S.Infinity else 1
        if inside == S.Infinity:
            inside, side = S.Zero, 1
        formula = sum((c * side_of(part.branches, inside, side) for c, part in parts), S.Zero)
        branches.append(branch(low, high, formula))
    deltas = tuple((p, k, c * w) for c, part in parts for p, k, w in part.deltas)
    return OneVariable(tuple(branches), None, deltas)
